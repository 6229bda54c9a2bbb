//! When did it happen? Every way of writing a time that logs are known to use.
//!
//! A time without a zone is in the hinted zone. A time without a year is in the latest year that does not
//! put it more than a day after its arrival.

mod dated;
mod named;
mod short;

#[cfg(test)]
mod tests;

use girok_event::{Civil, Timestamp, Value};

use crate::Hints;
use crate::cursor::{Cursor, digit_count};

const NANOS_PER_DAY: i64 = 86_400 * 1_000_000_000;

/// A time found at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The time itself.
    pub(crate) time: Timestamp,
    /// How many bytes of the text spell it.
    pub(crate) length: usize,
}

/// Where in a line a text stands. Bare numbers are believed to be times only where times belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the start of the line.
    Start,
    /// At the start of a word inside the line.
    Inside,
}

/// The time of any known form that `text` begins with.
pub(crate) fn read(text: &[u8], place: Place, hints: &Hints) -> Option<Stamp> {
    match text.first()? {
        b'0'..=b'9' => read_digits(text, place, hints),
        b'A'..=b'Z' => named::read_words(text, hints).or_else(|| short::read_glog(text, hints)),
        _ => None,
    }
}

/// Tells the forms that begin with digits apart by how many they are and what comes next.
fn read_digits(text: &[u8], place: Place, hints: &Hints) -> Option<Stamp> {
    let count = digit_count(text);
    let at_start = place == Place::Start;
    match (count, text.get(count)) {
        (4, Some(b'-' | b'/' | b'.')) => dated::read(text, hints),
        (4, Some(b' ')) => named::read_year_first(text, hints),
        (1 | 2, Some(b' ' | b'/' | b'-')) if text.get(count + 1).is_some_and(u8::is_ascii_alphabetic) => {
            named::read_day_first(text, hints)
        }
        (2, Some(b'/')) => short::read_slashes(text, hints),
        (2, Some(b'-' | b'.')) => short::read_month_day(text, hints),
        (6, Some(b' ')) if at_start => short::read_six_six(text, hints),
        (8, Some(b'-' | b' ' | b'T')) => short::read_eight(text, hints),
        (10, Some(b' ')) if !at_start => short::read_epoch_with_date(text),
        (10 | 13 | 16 | 19, _) if at_start => read_epoch(text),
        _ => None,
    }
}

/// The time that the whole of `text` spells.
pub(crate) fn read_whole(text: &str, hints: &Hints) -> Option<Timestamp> {
    if let Some(time) = Timestamp::parse_rfc3339(text) {
        return Some(time);
    }
    let text = text.trim_ascii();
    let stamp = read(text.as_bytes(), Place::Start, hints)?;
    (stamp.length == text.len()).then_some(stamp.time)
}

/// Whether `text` is what [`Timestamp`] prints for the time that it spells, but for zeros that end its fraction.
pub(crate) fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    let length_fits = matches!(bytes.len(), 20 | 24 | 27 | 30);
    let marks_stand = || {
        bytes[10] == b'T'
            && bytes[bytes.len() - 1] == b'Z'
            && (bytes.len() == 20 || bytes[19] == b'.')
            && &bytes[17..19] != b"60"
            && Timestamp::parse_rfc3339(text).is_some()
    };
    length_fits && marks_stand()
}

/// The time that a field's value means, if it means one.
pub(crate) fn from_value(value: Value<'_>, hints: &Hints) -> Option<Timestamp> {
    match value {
        Value::Str(text) => read_whole(text, hints),
        Value::Int(number) => from_epoch(number),
        Value::Float(number) => from_epoch_float(number),
        Value::Bool(_) => None,
    }
}

/// A whole number since the epoch: seconds, milli-, micro- or nanoseconds, told apart by magnitude.
/// Numbers that would lie before March 1973 are taken for something else.
pub(crate) fn from_epoch(number: i64) -> Option<Timestamp> {
    let nanos_per_unit = match number {
        100_000_000..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1000,
        100_000_000_000_000_000.. => 1,
        _ => return None,
    };
    number.checked_mul(nanos_per_unit).map(Timestamp)
}

/// As [`from_epoch`], with a fraction.
pub(crate) fn from_epoch_float(number: f64) -> Option<Timestamp> {
    if !(1e8..9e18).contains(&number) {
        return None;
    }
    let whole = from_epoch(number as i64)?;
    let nanos_per_unit = whole.0 / (number as i64);
    // Doubles hold microseconds of today at best; the digits below are noise.
    let micros = (number.fract() * nanos_per_unit as f64 / 1000.0).round() as i64;
    Some(Timestamp(whole.0.saturating_add(micros * 1000)))
}

/// Digits with an optional fraction, ending a word: `1446249499`, `1446249499.322`, `1446249499322`.
fn read_epoch(text: &[u8]) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let (number, count) = cursor.number()?;
    let whole = from_epoch(i64::try_from(number).ok()?)?;
    let nanos = if count == 10 { fraction(&mut cursor) } else { 0 };
    let time = Timestamp(whole.0.checked_add(i64::from(nanos))?);
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Hours, minutes and seconds with an optional fraction.
#[derive(Debug, Clone, Copy)]
struct Clock {
    hour: u8,
    minute: u8,
    second: u8,
    nanos: u32,
}

/// Reads `HH:MM:SS`, with a fraction after a point or comma.
#[inline]
fn clock(cursor: &mut Cursor<'_>) -> Option<Clock> {
    let hour = cursor.two_digits()?;
    cursor.byte(b':')?;
    let minute = cursor.two_digits()?;
    cursor.byte(b':')?;
    let second = cursor.two_digits()?;
    Some(Clock { hour, minute, second, nanos: fraction(cursor) })
}

/// Reads `.123` or `,123` as nanoseconds; nothing is taken where no digit follows.
#[inline]
fn fraction(cursor: &mut Cursor<'_>) -> u32 {
    let [b'.' | b',', digits @ ..] = cursor.rest() else { return 0 };
    let count = digit_count(digits);
    let kept = &digits[..count.min(9)];
    let value = kept.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let nanos = value * 10u32.pow(9 - kept.len() as u32);
    if count > 0 {
        cursor.skip(1 + count);
    }
    nanos
}

/// Reads the distance from UTC where one stands: `Z`, `+09:00`, `+0900`, `+09`, ` UTC`, ` GMT`, ` +0900`.
fn zone(cursor: &mut Cursor<'_>, hints: &Hints) -> i32 {
    let spaced = cursor.peek() == Some(b' ');
    let mut ahead = *cursor;
    if spaced {
        ahead.skip(1);
    }
    match read_zone(&mut ahead, spaced) {
        Some(offset_seconds) => {
            *cursor = ahead;
            offset_seconds
        }
        None => hints.zone_offset_seconds,
    }
}

fn read_zone(cursor: &mut Cursor<'_>, spaced: bool) -> Option<i32> {
    let offset_seconds = match cursor.peek()? {
        b'Z' | b'z' => {
            cursor.skip(1);
            0
        }
        b'U' | b'G' if [b"UTC", b"GMT"].iter().any(|name| cursor.rest().starts_with(*name)) => {
            cursor.skip(3);
            0
        }
        b'+' | b'-' => read_offset(cursor, spaced)?,
        _ => return None,
    };
    cursor.at_word_end().then_some(offset_seconds)
}

/// After a space only the full form counts, so that ` -5` stays a number.
fn read_offset(cursor: &mut Cursor<'_>, spaced: bool) -> Option<i32> {
    let sign = if cursor.one_of(b"+-")? == b'-' { -1 } else { 1 };
    let hours = i32::from(cursor.two_digits()?);
    let colon = cursor.byte(b':').is_some();
    let minutes = cursor.two_digits().map(i32::from);
    if minutes.is_none() && (colon || spaced) {
        return None;
    }
    let minutes = minutes.unwrap_or(0);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A date of a known year.
#[inline]
fn at(year: i32, month: u8, day: u8, clock: Clock, offset_seconds: i32) -> Option<Timestamp> {
    let Clock { hour, minute, second, nanos } = clock;
    Timestamp::from_civil(Civil { year, month, day, hour, minute, second, nanos, offset_seconds })
}

/// A date without a year: the latest that is at most a day after `received`.
fn in_latest_year(
    month: u8,
    day: u8,
    clock: Clock,
    offset_seconds: i32,
    received: Timestamp,
) -> Option<Timestamp> {
    /// A leap day may be as far away as this.
    const YEARS_BACK_MAX: i32 = 8;
    let this_year = received.to_civil().year;
    let latest = received.0.saturating_add(NANOS_PER_DAY);
    (this_year - YEARS_BACK_MAX..=this_year + 1)
        .rev()
        .filter_map(|year| at(year, month, day, clock, offset_seconds))
        .find(|time| time.0 <= latest)
}
