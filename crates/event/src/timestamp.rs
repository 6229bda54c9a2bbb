//! A point in time: nanoseconds since 1970-01-01 UTC, from year 1678 to 2262.

use std::fmt;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Nanoseconds since the epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A date and time of day as written on paper, with its distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year, for example 2026.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 60; a leap second counts as the next second.
    pub second: u8,
    /// Nanoseconds, below one second.
    pub nanos: u32,
    /// Seconds east of UTC.
    pub offset_seconds: i32,
}

impl Timestamp {
    /// From milliseconds since the epoch; out of range saturates.
    pub fn from_millis(millis: i64) -> Self {
        Timestamp(millis.saturating_mul(1_000_000))
    }

    /// From seconds since the epoch; out of range saturates.
    pub fn from_seconds(seconds: i64) -> Self {
        Timestamp(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// Nanoseconds since the epoch.
    pub fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch, rounded down.
    pub fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// From a date; nothing if a part is out of its range or the date does not exist.
    pub fn from_civil(civil: Civil) -> Option<Self> {
        let Civil { year, month, day, hour, minute, second, nanos, offset_seconds } = civil;
        let in_range = (1..=12).contains(&month)
            && day >= 1
            && day <= days_in_month(year, month)
            && hour < 24
            && minute < 60
            && second <= 60
            && nanos < NANOS_PER_SECOND as u32
            && offset_seconds.abs() < SECONDS_PER_DAY as i32;
        if !in_range {
            return None;
        }
        let clock = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let seconds = days_from_civil(year, month, day) * SECONDS_PER_DAY + clock - i64::from(offset_seconds);
        seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(i64::from(nanos)).map(Timestamp)
    }

    /// As a date in UTC.
    pub fn to_civil(self) -> Civil {
        let seconds = self.0.div_euclid(NANOS_PER_SECOND);
        let clock = seconds.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        Civil {
            year,
            month,
            day,
            hour: (clock / 3600) as u8,
            minute: (clock / 60 % 60) as u8,
            second: (clock % 60) as u8,
            nanos: self.0.rem_euclid(NANOS_PER_SECOND) as u32,
            offset_seconds: 0,
        }
    }

    /// Reads RFC 3339: `2026-11-23T07:46:17.5Z`, with `T` or a space, and `Z` or an offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let separators_stand = bytes.len() >= 20
            && bytes[4] == b'-'
            && bytes[7] == b'-'
            && matches!(bytes[10], b'T' | b't' | b' ')
            && bytes[13] == b':'
            && bytes[16] == b':';
        if !separators_stand {
            return None;
        }
        let (nanos, rest) = parse_fraction(&bytes[19..])?;
        Timestamp::from_civil(Civil {
            year: digits(&bytes[0..4])? as i32,
            month: digits(&bytes[5..7])? as u8,
            day: digits(&bytes[8..10])? as u8,
            hour: digits(&bytes[11..13])? as u8,
            minute: digits(&bytes[14..16])? as u8,
            second: digits(&bytes[17..19])? as u8,
            nanos,
            offset_seconds: parse_offset(rest)?,
        })
    }
}

/// RFC 3339 in UTC with as many digits of the second as it needs: none, 3, 6 or 9.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second, nanos, .. } = self.to_civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match nanos {
            0 => f.write_str("Z"),
            n if n % 1_000_000 == 0 => write!(f, ".{:03}Z", n / 1_000_000),
            n if n % 1000 == 0 => write!(f, ".{:06}Z", n / 1000),
            n => write!(f, ".{n:09}Z"),
        }
    }
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0u32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
}

fn parse_fraction(bytes: &[u8]) -> Option<(u32, &[u8])> {
    if !matches!(bytes.first(), Some(b'.' | b',')) {
        return Some((0, bytes));
    }
    let length = bytes[1..].iter().take_while(|b| b.is_ascii_digit()).count();
    let kept = &bytes[1..1 + length.min(9)];
    let nanos = digits(kept)? * 10u32.pow(9 - kept.len() as u32);
    (length > 0).then(|| (nanos, &bytes[1 + length..]))
}

fn parse_offset(bytes: &[u8]) -> Option<i32> {
    let (sign, rest) = match bytes {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?),
        [h1, h2] => (digits(&[*h1, *h2])?, 0),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60) as i32)
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01; the year is counted from March, so that a leap day is a year's last day.
fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i32, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u8;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u8;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, printed: &str) {
        assert_eq!(Timestamp::parse_rfc3339(text).unwrap().to_string(), printed);
    }

    #[test]
    fn reads_and_prints_rfc3339() {
        check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
        check("2024-02-29T23:59:59.123456789Z", "2024-02-29T23:59:59.123456789Z");
        check("2026-11-23 07:46:17,5+09:00", "2026-11-22T22:46:17.500Z");
        check("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z");
        check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    }

    #[test]
    fn refuses_what_is_no_date() {
        for bad in [
            "",
            "2023-02-29T00:00:00Z",
            "2026-11-23T25:00:00Z",
            "2026-11-23T07:46:17",
            "9999-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_day_round_trips() {
        for day in -106_000..106_000 {
            let (year, month, dom) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, dom), day);
        }
    }
}
