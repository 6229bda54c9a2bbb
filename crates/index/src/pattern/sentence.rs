//! How is a shape cut into chunks, and which parts of them are values?
//!
//! White space ends a chunk. Within a chunk brackets, quotes, `=`, `,`, `;` and `|` end a **piece**. A piece is one
//! value if it holds a placeholder, whatever words are in it (`blk_7`, `web1.example.com`), or if it is a path or a URL:
//! those vary from event to event even where they hold no digit. A `:` separates a value from what it belongs to.
//! Dates that are written with names and lists of values are one value each, so that a sentence does
//! not fall apart by the day of the week or by how much it enumerates.

use super::chunk::Chunk;
use super::value::Form;
use crate::is_word;
use crate::shape::{HEX, NUMBER, is_placeholder};

const DAYS_AND_MONTHS: [&str; 19] = [
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
    "Sep", "Oct", "Nov", "Dec",
];

/// The chunks of a shape.
pub(super) fn chunks(shape: &str) -> Vec<Chunk> {
    let words: Vec<&str> = shape.split_whitespace().collect();
    let mut chunks: Vec<Chunk> = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let date_length = date_length(&words[at..]);
        let chunk =
            if date_length > 0 { Chunk::parse(Form::Time.name()) } else { Chunk::parse(&named(word)) };
        at += date_length.max(1);
        match chunks.last_mut() {
            Some(last) if goes_on_list(last, &chunk) => *last = chunk,
            _ => chunks.push(chunk),
        }
    }
    chunks
}

/// How many chunks from the first on are a date with names, as in `Sun Jul 10 03:55:15 2005`.
fn date_length(words: &[&str]) -> usize {
    let is_name = |word: &&&str| DAYS_AND_MONTHS.contains(&word.trim_end_matches(','));
    let is_number = |word: &&&str| {
        word.starts_with(NUMBER)
            && word.chars().all(|c| c == NUMBER || matches!(c, ':' | '.' | '-' | '/' | ','))
    };
    if !words.first().is_some_and(|word| is_name(&word)) {
        return 0;
    }
    let length = words.iter().take_while(|word| is_name(word) || is_number(word)).count();
    if words[..length].iter().any(|word| is_number(&word)) { length } else { 0 }
}

/// Whether `chunk` is one more element of a list of values, so that both are one value. Numbers beside each other are
/// columns rather than a list, unless commas join them.
fn goes_on_list(last: &Chunk, chunk: &Chunk) -> bool {
    let (Some((form, comma)), Some((next, _))) = (last.only_value(), chunk.only_value()) else {
        return false;
    };
    form == next && (comma || matches!(form, Form::Value | Form::Ip | Form::Uuid | Form::Path | Form::Url))
}

/// A word of a shape with its values by name.
fn named(word: &str) -> String {
    let mut out = String::with_capacity(word.len() * 2);
    let mut rest = word;
    while let Some(end) = piece_end(rest) {
        piece(&rest[..end], &mut out);
        let after = end + rest[end..].chars().next().map_or(0, char::len_utf8);
        out.push_str(&rest[end..after]);
        rest = &rest[after..];
    }
    piece(rest, &mut out);
    out
}

/// Where the delimiter stands that ends the first piece. A URL goes on over those that its query may hold.
fn piece_end(text: &str) -> Option<usize> {
    let end = text.find(is_delimiter)?;
    let in_url = text[..end].contains("://");
    if in_url { text.find(|c| is_delimiter(c) && !matches!(c, '=' | ',' | ';')) } else { Some(end) }
}

fn is_delimiter(c: char) -> bool {
    matches!(c, '=' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | ',' | ';' | '"' | '\'' | '|' | '`')
}

/// Writes a piece: whole as a value, in parts, or as it is.
fn piece(piece: &str, out: &mut String) {
    let body = piece.trim_end_matches(['.', ':', '!', '?', '*', ',', ';']);
    let end = &piece[body.len()..];
    if let Some(form) = form_of_location(body) {
        out.push_str(form.name());
    } else if body.contains(is_placeholder) {
        value(body, out);
    } else {
        out.push_str(body);
    }
    out.push_str(end);
}

/// Writes a piece that holds a placeholder, without punctuation at its end.
fn value(body: &str, out: &mut String) {
    let inner = body.trim_start_matches(|c| !is_word(c) && !is_placeholder(c));
    out.extend(body[..body.len() - inner.len()].chars().filter(|c| !matches!(c, '-' | '+')));
    if let Some(form) = Form::of_whole(inner) {
        out.push_str(form.name());
    } else if inner.contains(':') && !is_address(inner) {
        let mut parts = inner.split(':');
        out.extend(parts.next().map(form_of_part));
        parts.for_each(|part| out.extend([":", form_of_part(part)]));
    } else {
        out.push_str(Form::Value.name());
    }
}

fn form_of_part(part: &str) -> &str {
    match Form::of_whole(part) {
        Some(form) => form.name(),
        None if part.contains(is_placeholder) => Form::Value.name(),
        None => part,
    }
}

/// Whether this is a hardware or an IPv6 address, whose groups may lack digits.
fn is_address(text: &str) -> bool {
    let is_hex = |c: char| matches!(c, NUMBER | HEX) || c.is_ascii_hexdigit();
    text.split(':').count() > 2 && text.split(':').all(|group| group.len() <= 4 && group.chars().all(is_hex))
}

/// Whether a piece is a path or a URL. One `/` between words is none: `I/O`, `read/write`.
fn form_of_location(piece: &str) -> Option<Form> {
    if piece.contains("://") {
        return Some(Form::Url);
    }
    if Form::of_whole(piece).is_some() {
        return None;
    }
    let rooted = piece.strip_prefix('/').is_some_and(|rest| {
        rest.starts_with(|c: char| is_word(c) || matches!(c, '.' | '~' | '_') || is_placeholder(c))
            && !is_host(rest)
    });
    let is_path =
        rooted || piece.matches('/').count() > 1 && piece.contains(|c| is_word(c) || is_placeholder(c));
    (is_path || piece.contains(":\\")).then_some(Form::Path)
}

/// Whether this is an IPv4 address, perhaps with a port: Java prints `host/address` with an empty host.
fn is_host(text: &str) -> bool {
    Form::of_whole(text.split(':').next().unwrap_or_default()) == Some(Form::Ip)
}
