//! Lines of no known format: the whole line is the message. When and how grave it is, its beginning may say.

#[cfg(test)]
mod tests;

use girok_event::{Event, Format, Timestamp, Value};

use crate::cursor::Cursor;
use crate::time::{self, Place, Stamp};
use crate::{Context, kv, level};

/// How far into the line a time may begin.
const TIME_STARTS_MAX: usize = 64;

/// How far into the line a level may stand.
const LEVEL_WITHIN: usize = 128;

/// Makes `text` the message and reads what its beginning says.
pub(crate) fn read<'a>(text: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) {
    event.format = Format::Plain;
    event.message = Some(text);
    let bytes = text.as_bytes();
    let found = find_time(bytes, context);
    event.time = found.as_ref().map(|found| found.time);
    let level = match &found {
        Some(found) => level_by_letter(bytes, found).or_else(|| level_by_word(bytes, found.end)),
        None => level_by_word(bytes, 0),
    };
    event.fields.extend(level.map(|level| ("log.level", Value::Str(level))));
    kv::add_pairs(text, context, event);
}

/// A time and where it stands in the line.
struct FoundTime {
    time: Timestamp,
    start: usize,
    end: usize,
}

/// The first time that stands at the beginning of a word near the start.
fn find_time(bytes: &[u8], context: Context<'_, '_>) -> Option<FoundTime> {
    let mut previous = b' ';
    for (start, byte) in bytes.iter().copied().enumerate().take(TIME_STARTS_MAX) {
        if byte.is_ascii_alphanumeric() && opens_word(previous) {
            let place = if start == 0 { Place::Start } else { Place::Inside };
            if let Some(Stamp { time, length }) = time::read(&bytes[start..], place, context.hints) {
                return Some(FoundTime { time, start, end: start + length });
            }
        }
        previous = byte;
    }
    None
}

fn opens_word(previous: u8) -> bool {
    matches!(previous, b' ' | b'\t' | b'[' | b'(' | b'<' | b'"' | b'\'' | b'|' | b'*' | b'=')
}

/// The level that a single letter means: before the time (`I0102 15:04:05`), or behind it and the numbers of
/// process and thread (`03-17 16:13:38.811  1702  2395 D Tag`).
fn level_by_letter(bytes: &[u8], found: &FoundTime) -> Option<&'static str> {
    if bytes[found.start].is_ascii_alphabetic() && bytes[found.start + 1].is_ascii_digit() {
        return level::of_letter(bytes[found.start]);
    }
    let mut cursor = Cursor::new(&bytes[found.end..]);
    for _ in 0..2 {
        cursor.byte(b' ')?;
        cursor.spaces();
        cursor.number()?;
    }
    cursor.byte(b' ')?;
    match cursor.rest() {
        [letter, b' ', ..] => level::of_letter(*letter),
        _ => None,
    }
}

/// The level in the line's beginning: a word in capitals, or any spelling of it right behind the time or in
/// brackets.
fn level_by_word(bytes: &[u8], behind_time: usize) -> Option<&'static str> {
    let beginning = &bytes[..bytes.len().min(LEVEL_WITHIN)];
    let mut is_first = true;
    let mut at = behind_time;
    while at < beginning.len() {
        let length = beginning[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let word = Word { bytes, start: at, end: at + length };
        if let Some(level) = word.level(is_first) {
            return Some(level);
        }
        is_first = false;
        at += length;
    }
    None
}

/// A run of letters and what is around it.
struct Word<'t> {
    bytes: &'t [u8],
    start: usize,
    end: usize,
}

impl Word<'_> {
    fn level(&self, is_first: bool) -> Option<&'static str> {
        let letters = &self.bytes[self.start..self.end];
        let before = self.start.checked_sub(1).map_or(b' ', |before| self.bytes[before]);
        let behind = self.bytes.get(self.end).copied().unwrap_or(b' ');
        let is_bracketed = before == b'[' && behind == b']';
        let is_marked = is_first
            || is_bracketed
            || letters[0].is_ascii_uppercase() && letters.iter().all(u8::is_ascii_uppercase);
        if !is_marked || continues_word(before) || continues_word(behind) {
            return None;
        }
        if letters == b"LOG" && behind == b':' {
            // PostgreSQL's word for what is neither a warning nor an error.
            return Some("info");
        }
        level::normal(letters)
    }
}

fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
