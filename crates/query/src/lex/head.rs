//! Cuts the head of a query into tokens.
//!
//! What ends a word depends on where it stands. A word that may be a field's name ends at `:`, `=`, `<`,
//! `>` and `!=`; a value, which follows one of these, holds them (`url:http://x/?a=b`). The head ends at
//! the first `|` outside quotes.

use std::net::Ipv6Addr;

use super::{Scanner, Token};
use crate::QueryError;
use crate::regex_check::check_regex;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HeadKind {
    Word(String),
    Quoted(String),
    BackTicked(String),
    Regex(String),
    And,
    Or,
    /// `NOT`, `-` or `!`
    Not,
    Open,
    Close,
    /// `[` is inclusive, `{` is not.
    RangeOpen(bool),
    RangeClose(bool),
    /// `..` in a range
    Dots,
    Op(HeadOp),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadOp {
    Colon,
    Equal,
    DoubleEqual,
    NotEqual,
    Matches,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Substring,
}

const OPS: [(&str, HeadOp); 9] = [
    ("==", HeadOp::DoubleEqual),
    ("=~", HeadOp::Matches),
    ("!=", HeadOp::NotEqual),
    ("<=", HeadOp::LessOrEqual),
    (">=", HeadOp::GreaterOrEqual),
    (":", HeadOp::Colon),
    ("=", HeadOp::Equal),
    ("<", HeadOp::Less),
    (">", HeadOp::Greater),
];

pub(crate) type HeadToken = Token<HeadKind>;

/// The head's tokens, the last being `End`, and where the first pipe's `|` or the end of the text lies.
pub(crate) fn tokens(text: &str) -> Result<(Vec<HeadToken>, usize), QueryError> {
    let mut lexer =
        Lexer { scanner: Scanner { text, at: 0 }, groups: Vec::new(), in_range: false, after_op: None };
    let mut tokens = Vec::new();
    loop {
        lexer.scanner.skip_blanks()?;
        let start = lexer.scanner.at;
        let kind = lexer.next()?;
        let span = lexer.scanner.span_from(start);
        let ended = kind == HeadKind::End;
        tokens.push(Token { kind, span });
        if ended {
            return Ok((tokens, start));
        }
    }
}

struct Lexer<'a> {
    scanner: Scanner<'a>,
    /// For each open parenthesis, whether it holds values (`field:(a OR b)`).
    groups: Vec<bool>,
    in_range: bool,
    /// Where the operator before this token ended, if one stands before it.
    after_op: Option<usize>,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<HeadKind, QueryError> {
        let op_end = self.after_op.take();
        let Some(first) = self.scanner.peek() else { return Ok(HeadKind::End) };
        let rest = self.scanner.rest();
        match first {
            '|' if rest.starts_with("||") => Ok(self.take(2, HeadKind::Or)),
            '|' => Ok(HeadKind::End),
            '&' if rest.starts_with("&&") => Ok(self.take(2, HeadKind::And)),
            '(' => Ok(self.open(op_end.is_some())),
            ')' => Ok(self.close()),
            '[' | '{' if !self.in_range => Ok(self.open_range(first == '[', op_end.is_some())),
            ']' | '}' if self.in_range => Ok(self.close_range(first == ']')),
            '"' | '\'' => self.scanner.quoted().map(HeadKind::Quoted),
            '`' => self.scanner.back_ticked().map(HeadKind::BackTicked),
            ',' => Ok(self.comma()),
            _ if self.in_range => Ok(self.range_word()),
            _ => self.term(first, op_end),
        }
    }

    fn take(&mut self, length: usize, kind: HeadKind) -> HeadKind {
        self.scanner.at += length;
        kind
    }

    fn open(&mut self, after_op: bool) -> HeadKind {
        let holds_values = after_op || self.in_values();
        self.groups.push(holds_values);
        self.take(1, HeadKind::Open)
    }

    fn close(&mut self) -> HeadKind {
        self.groups.pop();
        self.in_range = false;
        self.take(1, HeadKind::Close)
    }

    /// A bracket that follows no operator is a range only by mistake; its text is then cut as usual.
    fn open_range(&mut self, inclusive: bool, after_op: bool) -> HeadKind {
        self.in_range = after_op || self.in_values();
        self.take(1, HeadKind::RangeOpen(inclusive))
    }

    fn close_range(&mut self, inclusive: bool) -> HeadKind {
        self.in_range = false;
        self.take(1, HeadKind::RangeClose(inclusive))
    }

    fn in_values(&self) -> bool {
        self.groups.last().copied().unwrap_or(false)
    }

    /// Between values a comma means `OR`; elsewhere it is a word of its own, which the parser passes over.
    fn comma(&mut self) -> HeadKind {
        let kind = if self.in_values() { HeadKind::Or } else { HeadKind::Word(",".into()) };
        self.take(1, kind)
    }

    fn range_word(&mut self) -> HeadKind {
        if self.scanner.rest().starts_with("..") {
            let dots = self.scanner.rest().bytes().take_while(|b| *b == b'.').count();
            return self.take(dots, HeadKind::Dots);
        }
        let rest = self.scanner.rest();
        let end = rest
            .char_indices()
            .find(|(i, c)| c.is_whitespace() || "()]}\"|".contains(*c) || rest[*i..].starts_with(".."))
            .map_or(rest.len(), |(i, _)| i);
        self.take(end, HeadKind::Word(rest[..end].to_owned()))
    }

    /// A sign, an operator, a regular expression or a word.
    fn term(&mut self, first: char, op_end: Option<usize>) -> Result<HeadKind, QueryError> {
        let rest = self.scanner.rest();
        if let Some(op) = self.op(rest) {
            return Ok(op);
        }
        let glued = rest.chars().nth(1).is_some_and(|c| !c.is_whitespace() && !")|".contains(c));
        match first {
            '!' if glued => Ok(self.take(1, HeadKind::Not)),
            '-' if glued && op_end.is_none() => Ok(self.take(1, HeadKind::Not)),
            '+' if glued && op_end.is_none() => {
                self.scanner.bump();
                self.next()
            }
            '/' => match regex_length(rest) {
                Some(length) => self.regex(length),
                None => Ok(self.word(op_end)),
            },
            _ => Ok(self.word(op_end)),
        }
    }

    fn op(&mut self, rest: &str) -> Option<HeadKind> {
        let found = OPS.iter().find(|(text, _)| rest.starts_with(text)).copied();
        let substring = rest.starts_with("~\"") || rest.starts_with("~'");
        let (text, op) = found.or(substring.then_some(("~", HeadOp::Substring)))?;
        self.scanner.at += text.len();
        self.after_op = Some(self.scanner.at);
        Some(HeadKind::Op(op))
    }

    fn regex(&mut self, length: usize) -> Result<HeadKind, QueryError> {
        let start = self.scanner.at;
        let body = &self.scanner.rest()[1..length - 1];
        self.scanner.at += length;
        let (pattern, sources) = unescape_slashes(body, start + 1);
        check_regex(&pattern, self.scanner.span_from(start), |index| sources.get(index).copied())?;
        Ok(HeadKind::Regex(pattern))
    }

    fn word(&mut self, op_end: Option<usize>) -> HeadKind {
        let rest = self.scanner.rest();
        let is_value = op_end.is_some() || self.in_values();
        let end = word_length(rest, is_value, self.in_values());
        let glued_to_op = op_end == Some(self.scanner.at);
        self.scanner.at += end;
        let keyword = match &rest[..end] {
            _ if glued_to_op => None,
            word if word.eq_ignore_ascii_case("and") => Some(HeadKind::And),
            word if word.eq_ignore_ascii_case("or") => Some(HeadKind::Or),
            word if word.eq_ignore_ascii_case("not") => Some(HeadKind::Not),
            _ => None,
        };
        keyword.unwrap_or_else(|| HeadKind::Word(rest[..end].replace("\\/", "/")))
    }
}

/// How many bytes the word at the start of `rest` has, at least one character.
fn word_length(rest: &str, is_value: bool, in_values: bool) -> usize {
    let run = rest.char_indices().skip(1).find(|(i, c)| ends_value(rest, *i, *c, in_values));
    // A comma after a word is punctuation.
    let run = rest[..run.map_or(rest.len(), |(i, _)| i)].trim_end_matches(',');
    if is_value {
        return run.len();
    }
    let mut colons_belong = is_address(run);
    for (i, c) in run.char_indices().skip(1) {
        let after = &run[i + c.len_utf8()..];
        match c {
            ':' => colons_belong |= colon_belongs(&run[..i], after),
            '=' | '<' | '>' | '`' => return i,
            '!' if after.starts_with('=') => return i,
            '~' if rest[i + 1..].starts_with(['"', '\'']) => return i,
            _ => {}
        }
        if c == ':' && !colons_belong {
            return i;
        }
    }
    run.len()
}

fn ends_value(rest: &str, at: usize, c: char, in_values: bool) -> bool {
    let doubled = rest[at + c.len_utf8()..].starts_with(c);
    c.is_whitespace() || "()\"|".contains(c) || c == '&' && doubled || c == ',' && in_values
}

/// Whether a colon is part of the word and not the end of a field's name: `http://x`, `std::io`, `C:\x`,
/// and whatever begins with a digit, as `10:30:00` does.
fn colon_belongs(word: &str, after: &str) -> bool {
    after.starts_with("//")
        || after.starts_with(':')
        || word.len() == 1 && after.starts_with('\\') && !after.starts_with("\\/")
        || word.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a word is an IPv6 address (or network) or a MAC address as a whole.
fn is_address(word: &str) -> bool {
    let (address, bits) = word.split_once('/').unwrap_or((word, ""));
    let groups = || word.split(':');
    let is_mac =
        groups().count() == 6 && groups().all(|g| g.len() == 2 && g.bytes().all(|b| b.is_ascii_hexdigit()));
    is_mac || address.parse::<Ipv6Addr>().is_ok() && bits.bytes().all(|b| b.is_ascii_digit())
}

/// The length of the regular expression, slashes included, that `rest` begins with, if it is one.
///
/// A path begins with a slash too. The next slash closes a regular expression only if a word could end
/// there; and if there are blanks between, only if that slash does not itself begin a value or end one.
fn regex_length(rest: &str) -> Option<usize> {
    let mut escaped = false;
    let close = rest.char_indices().skip(1).find(|(_, c)| {
        let is_slash = *c == '/' && !escaped;
        escaped = *c == '\\' && !escaped;
        is_slash
    });
    let close = close?.0;
    let after = rest[close + 1..].chars().next();
    let ends_there = after.is_none_or(|c| c.is_whitespace() || ")|,".contains(c));
    let body = &rest[1..close];
    let last_word = body.rsplit(char::is_whitespace).next().unwrap_or(body);
    let crosses_words = last_word.len() < body.len()
        && (last_word.is_empty()
            || last_word.contains([':', '=', '"'])
            || last_word.starts_with(['(', '-', '!']));
    (ends_there && !body.is_empty() && !crosses_words).then_some(close + 1)
}

/// The pattern with `\/` as `/`, and for each of its characters (and its end) the place in the query.
fn unescape_slashes(body: &str, start: usize) -> (String, Vec<usize>) {
    let mut pattern = String::new();
    let mut sources = Vec::new();
    let mut chars = body.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        if escaped.is_none_or(|(_, next)| next != '/') {
            pattern.push(c);
            sources.push(start + i);
        }
        if let Some((i, next)) = escaped {
            pattern.push(next);
            sources.push(start + i);
        }
    }
    sources.push(start + body.len());
    (pattern, sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, words: &[&str]) {
        let (tokens, _) = tokens(text).unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| &text[token.span.start..token.span.end]).collect();
        assert_eq!(&texts[..texts.len() - 1], words);
    }

    #[test]
    fn words_and_values_end_differently() {
        check("url:http://x/?a=b", &["url", ":", "http://x/?a=b"]);
        check("http://x/a level=error", &["http://x/a", "level", "=", "error"]);
        check("10:30:00 std::io C:\\logs", &["10:30:00", "std::io", "C:\\logs"]);
        check("fe80::1 de:ad:be:ef:00:01 fd00:1::/32", &["fe80::1", "de:ad:be:ef:00:01", "fd00:1::/32"]);
        check("sshd[123] status>=500", &["sshd[123]", "status", ">=", "500"]);
        check("f:(a:b OR c,d)", &["f", ":", "(", "a:b", "OR", "c", ",", "d", ")"]);
        check(
            "n:[1..5] n:{-1 TO 5]",
            &["n", ":", "[", "1", "..", "5", "]", "n", ":", "{", "-1", "TO", "5", "]"],
        );
    }

    #[test]
    fn slashes_are_paths_comments_or_regexes() {
        check("/usr/bin /api/", &["/usr/bin", "/api/"]);
        check("f:/after \\d ms/ x", &["f", ":", "/after \\d ms/", "x"]);
        check("path:/a host:b/", &["path", ":", "/a", "host", ":", "b/"]);
        check("path:/a and path:/", &["path", ":", "/a", "and", "path", ":", "/"]);
        check("a // b: c", &["a"]);
        check("a /* b */ c /**/ /* d */ e", &["a", "c", "e"]);
    }

    #[test]
    fn the_head_ends_at_the_first_bar_outside_quotes() {
        assert_eq!(tokens("\"a|b\" || c | stats").unwrap().1, 11);
    }
}
