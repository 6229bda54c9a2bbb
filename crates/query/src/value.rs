//! What an unquoted value in the head means: a word, a wildcard, a network, a number.

use std::net::IpAddr;

use crate::ast::{CompareOp, Literal, Test};
use crate::literal::{Number, parse_duration, parse_number};

/// The name of the field that holds an event's time.
pub(crate) const TIME: &str = girok_event::columns::TIME;

/// Whether values of `field` are times, so that a length of time is not a value of it.
fn is_time(field: Option<&str>) -> bool {
    matches!(field, Some(TIME | "@timestamp"))
}

/// `field:word`, or a bare word.
pub(crate) fn word_test(field: Option<&str>, word: &str) -> Test {
    if is_time(field) && parse_duration(word).is_some() {
        return Test::Compare(CompareOp::GreaterOrEqual, Literal::Str(format!("now-{word}")));
    }
    if field.is_some() && is_network(word) {
        return Test::Cidr(word.to_owned());
    }
    wildcard_test(word).unwrap_or_else(|| Test::Phrase(word.to_owned()))
}

/// `field=word`: as in SPL a star still is a wildcard, anything else is the whole value.
pub(crate) fn equal_test(word: &str) -> Test {
    match word.contains('*').then(|| wildcard_test(word)).flatten() {
        Some(test) => test,
        None => Test::Equal(exact_literal(word)),
    }
}

fn wildcard_test(word: &str) -> Option<Test> {
    let is_wild = |c: char| c == '*' || c == '?';
    if word.bytes().all(|b| b == b'*') {
        return Some(Test::Exists);
    }
    let stem = word.trim_end_matches('*');
    match word.contains(is_wild) {
        false => None,
        true if stem.len() < word.len() && !stem.contains(is_wild) => Some(Test::Prefix(stem.to_owned())),
        true => Some(Test::Wildcard(word.to_owned())),
    }
}

/// A constant that prints as it was typed: `500` is a number, `007` and `1.10` stay text.
fn exact_literal(word: &str) -> Literal {
    match (word, parse_number(word)) {
        ("true", _) => Literal::Bool(true),
        ("false", _) => Literal::Bool(false),
        (_, Some(Number::Int(n))) if n.to_string() == word => Literal::Int(n),
        (_, Some(Number::Float(n))) if format!("{n:?}") == word => Literal::Float(n),
        _ => Literal::Str(word.to_owned()),
    }
}

/// The constant of a comparison or a range: a number, a length of time, or text (such as a date).
pub(crate) fn ordered_literal(field: Option<&str>, word: &str) -> Literal {
    match parse_number(word) {
        Some(Number::Int(n)) => Literal::Int(n),
        Some(Number::Float(n)) => Literal::Float(n),
        None if is_time(field) => Literal::Str(word.to_owned()),
        None => parse_duration(word).map_or_else(|| Literal::Str(word.to_owned()), Literal::Duration),
    }
}

/// Whether `text` is `address/bits`.
pub(crate) fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let bits_max = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.bytes().all(|b| b.is_ascii_digit()) && bits.parse::<u32>().is_ok_and(|bits| bits <= bits_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_classified() {
        assert_eq!(word_test(Some("a"), "*"), Test::Exists);
        assert_eq!(word_test(None, "conn*"), Test::Prefix("conn".into()));
        assert_eq!(word_test(None, "*fail*"), Test::Wildcard("*fail*".into()));
        assert_eq!(word_test(Some("ip"), "10.0.0.0/8"), Test::Cidr("10.0.0.0/8".into()));
        assert_eq!(word_test(Some("ip"), "10.0.0.0/33"), Test::Phrase("10.0.0.0/33".into()));
        assert_eq!(word_test(None, "10.0.0.0/8"), Test::Phrase("10.0.0.0/8".into()));
        let since = Literal::Str("now-15m".into());
        assert_eq!(word_test(Some("_time"), "15m"), Test::Compare(CompareOp::GreaterOrEqual, since));
    }

    #[test]
    fn exact_values_keep_their_text() {
        assert_eq!(equal_test("500"), Test::Equal(Literal::Int(500)));
        assert_eq!(equal_test("007"), Test::Equal(Literal::Str("007".into())));
        assert_eq!(equal_test("1.10"), Test::Equal(Literal::Str("1.10".into())));
        assert_eq!(equal_test("web*"), Test::Prefix("web".into()));
        assert_eq!(equal_test("what?"), Test::Equal(Literal::Str("what?".into())));
        assert_eq!(equal_test("true"), Test::Equal(Literal::Bool(true)));
    }
}
