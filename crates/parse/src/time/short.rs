//! Dates of digits alone that leave something out: the century, the year or the separators.

use girok_event::Timestamp;

use super::{Clock, Stamp, at, clock, from_epoch, in_latest_year};
use crate::Hints;
use crate::cursor::{Cursor, digit_count};

/// Reads `17/06/09 20:10:40`: year, month, day (Spark).
pub(super) fn read_slashes(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let year = 2000 + i32::from(cursor.two_digits()?);
    cursor.byte(b'/')?;
    let month = cursor.two_digits()?;
    cursor.byte(b'/')?;
    let day = cursor.two_digits()?;
    cursor.byte(b' ')?;
    let clock = clock(&mut cursor)?;
    let time = at(year, month, day, clock, hints.zone_offset_seconds)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `03-17 16:13:38.811` (Android) and `10.30 16:49:06` (Proxifier): month, day.
pub(super) fn read_month_day(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let month = cursor.two_digits()?;
    cursor.one_of(b"-.")?;
    let day = cursor.two_digits()?;
    cursor.byte(b' ')?;
    let clock = clock(&mut cursor)?;
    let time = in_latest_year(month, day, clock, hints.zone_offset_seconds, hints.received)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `081109 203615`: two digits each of year, month, day, hour, minute, second (HDFS).
pub(super) fn read_six_six(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let year = 2000 + i32::from(cursor.two_digits()?);
    let month = cursor.two_digits()?;
    let day = cursor.two_digits()?;
    cursor.byte(b' ')?;
    let clock = packed_clock(&mut cursor)?;
    let time = at(year, month, day, clock, hints.zone_offset_seconds)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `20171223-22:15:29:606`, `20171223 22:15:29.606` and `20171223T221529`; the first is written
/// without leading zeros too (`20171224-0:6:11:3`).
pub(super) fn read_eight(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let year = cursor.four_digits()?;
    let month = cursor.two_digits()?;
    let day = cursor.two_digits()?;
    cursor.one_of(b"- T")?;
    let clock = if digit_count(cursor.rest()) == 6 {
        packed_clock(&mut cursor)?
    } else {
        unpadded_clock(&mut cursor)?
    };
    let offset_seconds = super::zone(&mut cursor, hints);
    let time = at(year, month, day, clock, offset_seconds)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `1117838570` where the date that it means follows: `1117838570 2005.06.03 ` (supercomputers).
pub(super) fn read_epoch_with_date(text: &[u8]) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    let (seconds, _) = cursor.number()?;
    let time = from_epoch(i64::try_from(seconds).ok()?)?;
    let length = cursor.position();
    cursor.byte(b' ')?;
    let year = cursor.four_digits()?;
    let separator = cursor.one_of(b".-/")?;
    let month = cursor.two_digits()?;
    cursor.byte(separator)?;
    let day = cursor.two_digits()?;
    let noon = Clock { hour: 12, minute: 0, second: 0, nanos: 0 };
    let date = at(year, month, day, noon, 0)?;
    // The date is local, so it may be the neighbour of the one in UTC.
    let near = (date.0 - time.0).abs() <= 2 * super::NANOS_PER_DAY;
    near.then_some(Stamp { time, length })
}

/// Reads `I0102 15:04:05.000000`: a level's letter, month, day (glog, klog).
pub(super) fn read_glog(text: &[u8], hints: &Hints) -> Option<Stamp> {
    let mut cursor = Cursor::new(text);
    cursor.one_of(b"IWEF")?;
    let month = cursor.two_digits()?;
    let day = cursor.two_digits()?;
    cursor.byte(b' ')?;
    let clock = clock(&mut cursor)?;
    let time: Timestamp = in_latest_year(month, day, clock, hints.zone_offset_seconds, hints.received)?;
    cursor.at_word_end().then_some(Stamp { time, length: cursor.position() })
}

/// Reads `203615`.
fn packed_clock(cursor: &mut Cursor<'_>) -> Option<Clock> {
    let hour = cursor.two_digits()?;
    let minute = cursor.two_digits()?;
    let second = cursor.two_digits()?;
    Some(Clock { hour, minute, second, nanos: 0 })
}

/// Reads `0:6:11`, with milliseconds after `:`, `.` or `,`.
fn unpadded_clock(cursor: &mut Cursor<'_>) -> Option<Clock> {
    let hour = cursor.short_number()?;
    cursor.byte(b':')?;
    let minute = cursor.short_number()?;
    cursor.byte(b':')?;
    let second = cursor.short_number()?;
    let mut ahead = *cursor;
    let millis = ahead.one_of(b":.,").and_then(|_| ahead.number()).filter(|(_, count)| *count <= 3);
    let nanos = millis.map_or(0, |(millis, _)| millis as u32 * 1_000_000);
    if millis.is_some() {
        *cursor = ahead;
    }
    Some(Clock { hour, minute, second, nanos })
}
