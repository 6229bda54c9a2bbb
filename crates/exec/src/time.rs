//! What people write for a moment: RFC 3339, a date, an epoch, `now-15m`.

use girok_event::{Civil, Timestamp};

/// The span of time a query looks at; the start is included, the end is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// From here on, or from the first event.
    pub start: Option<Timestamp>,
    /// Up to, but without, this moment, or to the last event.
    pub end: Option<Timestamp>,
}

impl TimeRange {
    /// Whether an event between `first` and `last`, both included, may lie in the range.
    pub fn overlaps(&self, first: Timestamp, last: Timestamp) -> bool {
        self.start.is_none_or(|start| last >= start) && self.end.is_none_or(|end| first < end)
    }
}

/// Reads a moment. Epochs are seconds, milliseconds, microseconds or nanoseconds by their size.
pub fn parse_time(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("now") {
        return relative(rest, now);
    }
    if let Ok(number) = text.parse::<f64>() {
        return epoch(text, number);
    }
    Timestamp::parse_rfc3339(text).or_else(|| date(text))
}

/// Reads a length of time such as `15m`, `1h30m`, `2d`, in nanoseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let amount: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        total = total.checked_add(amount.checked_mul(unit_nanos(&rest[..letters])?)?)?;
        rest = &rest[letters..];
    }
    Some(total)
}

fn unit_nanos(unit: &str) -> Option<i64> {
    const SECOND: i64 = 1_000_000_000;
    Some(match unit {
        "ns" => 1,
        "us" => 1000,
        "ms" => 1_000_000,
        "s" | "sec" => SECOND,
        "m" | "min" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" => 86_400 * SECOND,
        "w" => 7 * 86_400 * SECOND,
        "M" | "mo" => 30 * 86_400 * SECOND,
        "y" => 365 * 86_400 * SECOND,
        _ => return None,
    })
}

fn relative(rest: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(duration) = rest.strip_prefix('-') {
        return now.0.checked_sub(parse_duration(duration)?).map(Timestamp);
    }
    if let Some(duration) = rest.strip_prefix('+') {
        return now.0.checked_add(parse_duration(duration)?).map(Timestamp);
    }
    rest.is_empty().then_some(now)
}

/// Digits tell the unit: up to 11 are seconds, 14 milliseconds, 17 microseconds, more nanoseconds.
fn epoch(text: &str, number: f64) -> Option<Timestamp> {
    let digits = text.trim_start_matches('-').split('.').next().unwrap_or_default().len();
    if let Ok(whole) = text.parse::<i64>() {
        return match digits {
            0..=11 => whole.checked_mul(1_000_000_000),
            12..=14 => whole.checked_mul(1_000_000),
            15..=17 => whole.checked_mul(1000),
            _ => Some(whole),
        }
        .map(Timestamp);
    }
    (number.abs() < 9.2e9).then_some(Timestamp((number * 1e9) as i64))
}

/// `2026-11-23`, `2026-11-23T07:46`, `2026-11-23 07:46:17`, all UTC.
fn date(text: &str) -> Option<Timestamp> {
    let (day, clock) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut days = day.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let mut clocks = clock.trim_end_matches('Z').splitn(3, ':').map(|part| part.parse::<u8>().ok());
    let mut clock_part = || if clock.is_empty() { Some(0) } else { clocks.next().unwrap_or(Some(0)) };
    Timestamp::from_civil(Civil {
        year: i32::try_from(days.next()??).ok()?,
        month: u8::try_from(days.next()??).ok()?,
        day: u8::try_from(days.next()??).ok()?,
        hour: clock_part()?,
        minute: clock_part()?,
        second: clock_part()?,
        nanos: 0,
        offset_seconds: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let now = Timestamp::parse_rfc3339("2026-11-23T12:00:00Z").unwrap();
        assert_eq!(parse_time(text, now).map(|time| time.to_string()).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn reads_what_people_write() {
        check("now", "2026-11-23T12:00:00Z");
        check("now-15m", "2026-11-23T11:45:00Z");
        check("now-1h30m", "2026-11-23T10:30:00Z");
        check("2026-11-23", "2026-11-23T00:00:00Z");
        check("2026-11-23T07:46", "2026-11-23T07:46:00Z");
        check("2026-11-23T07:46:17.25+09:00", "2026-11-22T22:46:17.250Z");
        check("1700000000", "2023-11-14T22:13:20Z");
        check("1700000000.5", "2023-11-14T22:13:20.500Z");
        check("1700000000123", "2023-11-14T22:13:20.123Z");
        check("1700000000123456789", "2023-11-14T22:13:20.123456789Z");
    }

    #[test]
    fn refuses_the_rest() {
        for bad in ["", "yesterday", "now-", "now-5", "now-5x", "2026-13-01", "2026-11-23T25", "1e300", "nan"]
        {
            assert_eq!(parse_time(bad, Timestamp(0)), None, "{bad}");
        }
    }
}
