//! Dates whose month is a word.

use super::{Stamp, at, clock, in_latest_year, zone};
use crate::Hints;
use crate::cursor::Cursor;

/// Reads `Jun 14 15:16:01`, `Jul  1 2026 09:00:55.123`, `Sun Dec 04 04:47:44 2005`,
/// `Sun, 04 Dec 2005 04:47:44 GMT`.
pub(super) fn read_words(text: &[u8], hints: &Hints) -> Option<Stamp> {
    if let Some(stamp) = read_month_first(text, hints) {
        return Some(stamp);
    }
    let skipped = weekday_length(text)?;
    let rest = &text[skipped..];
    let stamp = match rest.first()? {
        b'0'..=b'9' => read_day_first(rest, hints)?,
        _ => read_month_first(rest, hints)?,
    };
    Some(Stamp { length: stamp.length + skipped, ..stamp })
}

/// Reads `Jun 14 15:16:01`, with the year before or after the clock or not at all.
pub(super) fn read_month_first(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let month = month(&mut cursor)?;
    cursor.byte(b' ')?;
    cursor.spaces();
    let day = cursor.short_number()?;
    cursor.byte(b' ')?;
    let year_before = year(&mut cursor);
    let clock = clock(&mut cursor)?;
    let offset_seconds = zone(&mut cursor, hints);
    let year = year_before.or_else(|| year_after(&mut cursor));
    let time = match year {
        Some(year) => at(year, month, day, clock, offset_seconds)?,
        None => in_latest_year(month, day, clock, offset_seconds, hints.received)?,
    };
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `04 Dec 2005 04:47:44`, `17/May/2015:10:05:03 +0000`, `04-Dec-2005 04:47:44.123`.
pub(super) fn read_day_first(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let day = cursor.short_number()?;
    let separator = cursor.one_of(b" /-")?;
    let month = month(&mut cursor)?;
    cursor.byte(separator)?;
    let year = cursor.four_digits()?;
    cursor.one_of(b" :")?;
    let clock = clock(&mut cursor)?;
    let offset_seconds = zone(&mut cursor, hints);
    let time = at(year, month, day, clock, offset_seconds)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `2005 Dec 04 04:47:44`.
pub(super) fn read_year_first(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let year = cursor.four_digits()?;
    cursor.byte(b' ')?;
    let month = month(&mut cursor)?;
    cursor.byte(b' ')?;
    cursor.spaces();
    let day = cursor.short_number()?;
    cursor.byte(b' ')?;
    let clock = clock(&mut cursor)?;
    let offset_seconds = zone(&mut cursor, hints);
    let time = at(year, month, day, clock, offset_seconds)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Takes the name of a month, written as `Jun`.
#[inline]
fn month(cursor: &mut Cursor<'_>) -> Option<u8> {
    // Letter by letter: comparing whole names costs twelve calls for a December.
    let month = match cursor.rest().first_chunk::<3>()? {
        [b'J', b'a', b'n'] => 1,
        [b'F', b'e', b'b'] => 2,
        [b'M', b'a', b'r'] => 3,
        [b'A', b'p', b'r'] => 4,
        [b'M', b'a', b'y'] => 5,
        [b'J', b'u', b'n'] => 6,
        [b'J', b'u', b'l'] => 7,
        [b'A', b'u', b'g'] => 8,
        [b'S', b'e', b'p'] => 9,
        [b'O', b'c', b't'] => 10,
        [b'N', b'o', b'v'] => 11,
        [b'D', b'e', b'c'] => 12,
        _ => return None,
    };
    cursor.skip(3);
    Some(month)
}

/// The length of `Sun ` or `Sun, ` at the start of `text`.
fn weekday_length(text: &[u8]) -> Option<usize> {
    const WEEKDAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let (name, rest) = text.split_at_checked(3)?;
    if !WEEKDAYS.contains(&name) {
        return None;
    }
    match rest {
        [b',', b' ', ..] => Some(5),
        [b' ', ..] => Some(4),
        _ => None,
    }
}

/// Takes a year and the space after it, where both stand here.
fn year(cursor: &mut Cursor<'_>) -> Option<i32> {
    let mut ahead = *cursor;
    let year = ahead.four_digits()?;
    ahead.byte(b' ')?;
    *cursor = ahead;
    Some(year)
}

/// Takes a space and a year of our age, where both stand here and end a word.
fn year_after(cursor: &mut Cursor<'_>) -> Option<i32> {
    let mut ahead = *cursor;
    ahead.byte(b' ')?;
    let year = ahead.four_digits().filter(|year| (1970..2100).contains(year))?;
    if !ahead.at_word_end() {
        return None;
    }
    *cursor = ahead;
    Some(year)
}
