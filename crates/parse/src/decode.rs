//! Which text do these bytes spell?

use bumpalo::Bump;
use bumpalo::collections::String;

/// Marks UTF-8 at the start of a file or message; it is no part of the text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The text of a record.
pub(crate) struct Decoded<'a> {
    /// The text; each invalid byte sequence is replaced by U+FFFD.
    pub(crate) text: &'a str,
    /// The text with the invalid bytes written as `\xNN` and a backslash as two, where there are any.
    pub(crate) escaped: Option<&'a str>,
    /// Where the first invalid byte stands in the record.
    pub(crate) invalid_at: Option<usize>,
}

/// Borrows valid UTF-8 and copies only what must be repaired.
pub(crate) fn decode<'a>(raw: &'a [u8], arena: &'a Bump) -> Decoded<'a> {
    match std::str::from_utf8(raw) {
        Ok(text) => Decoded { text: without_mark(text), escaped: None, invalid_at: None },
        Err(error) => Decoded {
            text: without_mark(replaced(raw, arena)),
            escaped: Some(escaped(raw, arena)),
            invalid_at: Some(error.valid_up_to()),
        },
    }
}

/// `text` without a byte order mark at its start.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

fn replaced<'a>(raw: &[u8], arena: &'a Bump) -> &'a str {
    let mut text = String::with_capacity_in(raw.len() + 16, arena);
    for chunk in raw.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text.into_bump_str()
}

fn escaped<'a>(raw: &[u8], arena: &'a Bump) -> &'a str {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity_in(raw.len() + 16, arena);
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' {
                text.push(c);
            }
            text.push(c);
        }
        for byte in chunk.invalid() {
            text.push_str("\\x");
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    text.into_bump_str()
}
