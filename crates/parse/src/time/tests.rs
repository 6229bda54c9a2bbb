use girok_event::Event;
use proptest::prelude::*;

use super::*;
use crate::tests::hints;

/// The time that a line is found to have, or `-`.
fn time_of(line: &str, zone_offset_seconds: i32) -> String {
    let arena = bumpalo::Bump::new();
    let mut event = Event::default();
    crate::parse(line.as_bytes(), &Hints { zone_offset_seconds, ..hints() }, &arena, &mut event);
    event.time.map_or("-".to_owned(), |time| time.to_string())
}

#[test]
fn forms_of_many_systems() {
    let table = [
        ("2026-11-20T10:00:00.123456789Z x", "2026-11-20T10:00:00.123456789Z"),
        ("2026-11-20T10:00:00+0900 x", "2026-11-20T01:00:00Z"),
        ("2026-11-20 10:00:00,123 x", "2026-11-20T10:00:00.123Z"),
        ("2026-11-20 10:00:00, Info", "2026-11-20T10:00:00Z"),
        ("2026-11-20 10:00:00.123 UTC [7] x", "2026-11-20T10:00:00.123Z"),
        ("2026-11-20 10:00:00 -0130 x", "2026-11-20T11:30:00Z"),
        ("2026-11-20 10:00:00 -5 x", "2026-11-20T10:00:00Z"),
        ("2026/11/20 10:00:00 [error] x", "2026-11-20T10:00:00Z"),
        ("17/06/09 20:10:40 INFO x", "2017-06-09T20:10:40Z"),
        ("081109 203615 148 INFO x", "2008-11-09T20:36:15Z"),
        ("03-17 16:13:38.811  1702 D x", "2026-03-17T16:13:38.811Z"),
        ("[Sun Dec 04 04:47:44 2005] [notice] x", "2005-12-04T04:47:44Z"),
        ("[Sun Dec 04 04:47:44.123456 2005] [notice] x", "2005-12-04T04:47:44.123456Z"),
        ("- 1117838570 2005.06.03 R02-M1 x", "2005-06-03T22:42:50Z"),
        ("APPREAD 1117869872 2005.06.04 R04 x", "2005-06-04T07:24:32Z"),
        ("20171223-22:15:29:606|Step|x", "2017-12-23T22:15:29.606Z"),
        ("20171224-0:6:11:3|Step|x", "2017-12-24T00:06:11.003Z"),
        ("20171223T221529Z x", "2017-12-23T22:15:29Z"),
        ("[10.30 16:49:06] chrome.exe x", "2026-10-30T16:49:06Z"),
        ("host - [17/May/2015:10:05:03 +0200] x", "2015-05-17T08:05:03Z"),
        ("17-May-2015 10:05:03.250 INFO x", "2015-05-17T10:05:03.250Z"),
        ("7:M 17 May 2015 10:05:03.250 * x", "2015-05-17T10:05:03.250Z"),
        ("Sun, 17 May 2015 10:05:03 GMT x", "2015-05-17T10:05:03Z"),
        ("2015 May 17 10:05:03 x", "2015-05-17T10:05:03Z"),
        ("W1122 10:05:03.000250   1 x.go:1] x", "2026-11-22T10:05:03.000250Z"),
        ("1446249499 x", "2015-10-30T23:58:19Z"),
        ("1446249499.322 x", "2015-10-30T23:58:19.322Z"),
        ("1446249499322 x", "2015-10-30T23:58:19.322Z"),
        ("nova.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 x", "2017-05-16T00:00:00.008Z"),
    ];
    for (line, expected) in table {
        assert_eq!(time_of(line, 0), expected, "{line}");
    }
}

#[test]
fn what_is_no_time() {
    let table = [
        "2026-13-20 10:00:00 x",
        "2026-11-20 24:00:00 x",
        "2026-11-20 x",
        "10:00:00 x",
        "user 1446249499 signed in",
        "123456 789012 x",
        "99/99/99 10:00:00 x",
        "1446249499x",
        "version 4.2026-11-20 x",
        "20171223221529 x",
    ];
    for line in table {
        assert_eq!(time_of(line, 0), "-", "{line}");
    }
}

#[test]
fn zone_is_the_hinted_one_where_none_stands() {
    assert_eq!(time_of("2026-11-20 10:00:00 x", 9 * 3600), "2026-11-20T01:00:00Z");
    assert_eq!(time_of("2026-11-20 10:00:00Z x", 9 * 3600), "2026-11-20T10:00:00Z");
    assert_eq!(time_of("Nov 20 10:00:00 h a: x", 9 * 3600), "2026-11-20T01:00:00Z");
}

#[test]
fn epochs_are_told_apart_by_magnitude() {
    let expected = Some(Timestamp(1_446_249_499_000_000_000));
    for number in [1_446_249_499, 1_446_249_499_000, 1_446_249_499_000_000, 1_446_249_499_000_000_000] {
        assert_eq!(from_epoch(number), expected);
    }
    for number in [-1, 0, 99_999_999, i64::MIN] {
        assert_eq!(from_epoch(number), None);
    }
    assert_eq!(from_epoch_float(1_446_249_499.25), Some(Timestamp(1_446_249_499_250_000_000)));
    assert_eq!(from_epoch_float(1_446_249_499_322.5), Some(Timestamp(1_446_249_499_322_500_000)));
    for number in [f64::NAN, f64::INFINITY, -1.0, 0.25] {
        assert_eq!(from_epoch_float(number), None);
    }
}

proptest! {
    #[test]
    fn canonical_means_printed_the_same_but_for_zeros(nanos in 0..4_000_000_000_000_000_000i64, unit in 0u32..10, cut in 0usize..31) {
        let bare = |text: &str| match text.strip_suffix('Z') {
            Some(text) if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            _ => text.trim_end_matches('Z').to_owned(),
        };
        let time = Timestamp(nanos / 10i64.pow(unit) * 10i64.pow(unit));
        prop_assert!(is_canonical(&time.to_string()));
        let mut text = time.to_string();
        text.truncate(cut.min(text.len()));
        text.push_str("0Z");
        let reprinted = Timestamp::parse_rfc3339(&text).map(|time| time.to_string());
        if is_canonical(&text) {
            prop_assert_eq!(reprinted.as_deref().map(bare), Some(bare(&text)), "{}", text);
        }
    }
}
