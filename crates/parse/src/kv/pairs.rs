//! Finding `key=value` in text.

use bumpalo::Bump;
use bumpalo::collections::String;
use girok_event::Value;

use crate::text::quote_end;

/// A longer run of letters before `=` is no key.
const KEY_BYTES_MAX: usize = 64;

/// What may surround a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The line consists of pairs: a value ends at a space.
    Line,
    /// The pair stands in running text: a value also ends at `,`, `;`, `|` or an unopened bracket.
    Inside,
}

/// One pair as it stands in the text.
pub(super) struct Pair<'a> {
    pub(super) key: &'a str,
    /// The value without its quotes.
    text: &'a str,
    is_quoted: bool,
    /// The bytes from the key's first to the value's last.
    pub(super) length: usize,
}

impl<'a> Pair<'a> {
    /// The value with its type. A number is one only where its text can be told from it.
    pub(super) fn value(&self, arena: &'a Bump) -> Value<'a> {
        if self.is_quoted {
            return Value::Str(unescaped(self.text, arena));
        }
        match self.text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => number(text).unwrap_or(Value::Str(text)),
        }
    }
}

/// The pairs of a text from left to right.
pub(super) struct Pairs<'a> {
    text: &'a str,
    at: usize,
    style: Style,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(text: &'a str, style: Style) -> Self {
        Pairs { text, at: 0, style }
    }

    /// Where the last pair ended.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The pair around the equals sign at `sign`, whose key begins at `from` or later.
    fn pair(&self, from: usize, sign: usize) -> Option<Pair<'a>> {
        let key = key_before(self.text, from, sign)?;
        let behind = &self.text[sign + 1..];
        let (text, value_length, is_quoted) = match quoted(behind) {
            Some(inside) => (inside, inside.len() + 2, true),
            None => {
                let value = bare(behind, self.style)?;
                (value, value.len(), false)
            }
        };
        Some(Pair { key, text, is_quoted, length: key.len() + 1 + value_length })
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let from = self.at;
        loop {
            let sign = self.at + memchr::memchr(b'=', &self.text.as_bytes()[self.at..])?;
            self.at = sign + 1;
            if let Some(pair) = self.pair(from, sign) {
                self.at = sign - pair.key.len() + pair.length;
                return Some(pair);
            }
        }
    }
}

/// The key that ends at `sign`: a name that begins a word.
fn key_before(text: &str, from: usize, sign: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let earliest = from.max(sign.saturating_sub(KEY_BYTES_MAX + 1));
    let length = bytes[earliest..sign].iter().rev().take_while(|byte| is_key_byte(**byte)).count();
    let start = sign - length;
    let opens =
        start == 0 || matches!(bytes[start - 1], b' ' | b'\t' | b',' | b';' | b'(' | b'[' | b'{' | b'|');
    let begins_well =
        length > 0 && (bytes[start].is_ascii_alphabetic() || bytes[start] == b'_' || bytes[start] == b'@');
    (length <= KEY_BYTES_MAX && opens && begins_well).then(|| &text[start..sign])
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@')
}

/// The inside of the quotes that `behind` begins with.
fn quoted(behind: &str) -> Option<&str> {
    let inside = behind.strip_prefix('"')?;
    quote_end(inside.as_bytes()).map(|end| &inside[..end])
}

/// A value without quotes; an empty one, or another operator (`==`, `=>`), makes no pair.
fn bare(behind: &str, style: Style) -> Option<&str> {
    let ends = |byte: &u8| match style {
        Style::Line => byte.is_ascii_whitespace(),
        Style::Inside => byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|'),
    };
    let end = behind.as_bytes().iter().position(ends).unwrap_or(behind.len());
    let value = behind[..end].trim_end_matches([',', ';']);
    let value = if style == Style::Inside { without_surroundings(value)? } else { value };
    let first = value.as_bytes().first()?;
    (!matches!(first, b'=' | b'>' | b'~' | b'"')).then_some(value)
}

/// `value` without closing brackets and quotes at its end that were opened outside; nothing if it opens a
/// bracket that it does not close.
fn without_surroundings(value: &str) -> Option<&str> {
    let (first, last) = (*value.as_bytes().first()?, *value.as_bytes().last()?);
    if partner(first).is_some_and(|close| !value.contains(close)) {
        return None;
    }
    let value = match last {
        b')' | b']' | b'}' | b'>' => without_unopened(value, char::from(last)),
        _ => value,
    };
    Some(value.trim_end_matches('"'))
}

/// The bracket that closes `open`.
fn partner(open: u8) -> Option<char> {
    match open {
        b'(' => Some(')'),
        b'[' => Some(']'),
        b'{' => Some('}'),
        b'<' => Some('>'),
        _ => None,
    }
}

fn without_unopened(value: &str, close: char) -> &str {
    let is_opened = value.bytes().any(|byte| partner(byte) == Some(close));
    if is_opened { value } else { value.trim_end_matches(close) }
}

/// A decimal number without leading zeros, and short enough to be exact.
fn number(text: &str) -> Option<Value<'static>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = is_digits(whole) && is_digits(decimals) && (whole == "0" || !whole.starts_with('0'));
    if !is_plain {
        return None;
    }
    if digits.len() == whole.len() {
        return text.parse().ok().map(Value::Int).filter(|_| text != "-0");
    }
    (digits.len() <= 16).then(|| text.parse().ok().map(Value::Float)).flatten()
}

/// The text inside quotes with its escapes written out.
fn unescaped<'a>(inside: &'a str, arena: &'a Bump) -> &'a str {
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return inside;
    }
    let mut text = String::with_capacity_in(inside.len(), arena);
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            text.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some(escaped @ ('"' | '\\')) => text.push(escaped),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    text.into_bump_str()
}
