//! Dates that begin with a year of four digits.

use super::{Clock, Stamp, at, clock, fraction, zone};
use crate::Hints;
use crate::cursor::Cursor;

/// Reads RFC 3339 and its relatives: `2026-11-23T07:46:17Z`, `2026-11-23 07:46:17,123`,
/// `2026/11/23 07:46:17`, `2026.11.23 07:46:17`, `2026-11-23-07.46.17.675872`.
pub(super) fn read(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let year = cursor.four_digits()?;
    let separator = cursor.one_of(b"-/.")?;
    let month = cursor.two_digits()?;
    cursor.byte(separator)?;
    let day = cursor.two_digits()?;
    let clock = match cursor.one_of(b"T t-_")? {
        b'-' => dotted_clock(&mut cursor)?,
        _ => clock(&mut cursor)?,
    };
    let offset_seconds = zone(&mut cursor, hints);
    let time = at(year, month, day, clock, offset_seconds)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `07.46.17.675872`.
fn dotted_clock(cursor: &mut Cursor<'_>) -> Option<Clock> {
    let hour = cursor.two_digits()?;
    cursor.byte(b'.')?;
    let minute = cursor.two_digits()?;
    cursor.byte(b'.')?;
    let second = cursor.two_digits()?;
    Some(Clock { hour, minute, second, nanos: fraction(cursor) })
}
