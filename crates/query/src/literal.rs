//! Numbers and lengths of time: from text and back to it.

use std::fmt::Write;

const UNITS: [(&str, i64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("ns", 1),
];

/// A number as a user writes it: `5`, `-5`, `0.5`, `1e3`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// Reads a decimal number; a whole one that does not fit 64 bits becomes a float.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let looks_right = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    if !looks_right {
        return None;
    }
    if let Ok(int) = text.parse() {
        return Some(Number::Int(int));
    }
    text.parse().ok().filter(|float: &f64| float.is_finite()).map(Number::Float)
}

/// Reads a length of time such as `5m`, `1h30m` or `1.5s`, in nanoseconds.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let number_length = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_length);
        let unit_length = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_length);
        total = total.checked_add(scale(number, unit_nanos(unit)?)?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

fn unit_nanos(unit: &str) -> Option<i64> {
    let name = match unit {
        "µs" | "μs" => "us",
        "sec" => "s",
        "min" => "m",
        "hr" => "h",
        "day" => "d",
        "w" => return Some(7 * UNITS[0].1),
        other => other,
    };
    UNITS.iter().find(|(unit, _)| *unit == name).map(|(_, nanos)| *nanos)
}

fn scale(number: &str, unit: i64) -> Option<i64> {
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(unit);
    }
    let nanos = number.parse::<f64>().ok()? * unit as f64;
    (nanos < i64::MAX as f64).then_some(nanos as i64)
}

/// Prints a length of time so that [`parse_duration`] reads the same.
pub(crate) fn print_duration(nanos: i64) -> String {
    let mut text = String::new();
    if nanos < 0 {
        text.push('-');
    }
    let mut rest = nanos.unsigned_abs();
    for (unit, size) in UNITS {
        let count = rest / size as u64;
        rest %= size as u64;
        if count > 0 {
            let _ = write!(text, "{count}{unit}");
        }
    }
    if nanos == 0 {
        text.push_str("0s");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers() {
        assert_eq!(parse_number("500"), Some(Number::Int(500)));
        assert_eq!(parse_number("-5"), Some(Number::Int(-5)));
        assert_eq!(parse_number("1.5"), Some(Number::Float(1.5)));
        assert_eq!(parse_number("1e3"), Some(Number::Float(1000.0)));
        for bad in ["", "-", "1.2.3", "inf", "NaN", "5m", "0x10", "1e999"] {
            assert_eq!(parse_number(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_round_trip() {
        for (text, printed) in
            [("5m", "5m"), ("90m", "1h30m"), ("1.5s", "1s500ms"), ("1w", "7d"), ("0s", "0s")]
        {
            let nanos = parse_duration(text).unwrap();
            assert_eq!(print_duration(nanos), printed);
            assert_eq!(parse_duration(printed), Some(nanos));
        }
        for bad in ["", "5", "m", "5x", "5m3", "99999999999d", "1..5s"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
