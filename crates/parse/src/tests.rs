//! What all formats have in common: hints, bad bytes, incredible times, and that nothing is ever lost.

use std::fmt::Write;

use expect_test::{Expect, expect};
use girok_event::{Format, Value};
use proptest::prelude::*;

use super::*;

/// When every record of the tests arrives.
pub(crate) fn hints() -> Hints {
    let received = Timestamp::parse_rfc3339("2026-11-23T08:00:00Z").unwrap();
    Hints { content: Content::Auto, received, zone_offset_seconds: 0 }
}

/// Compares what `line` is parsed into with what is expected.
#[track_caller]
pub(crate) fn check(line: &str, expected: Expect) {
    check_bytes(line.as_bytes(), &hints(), expected);
}

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "as the library has it")]
pub(crate) fn check_bytes(line: &[u8], hints: &Hints, expected: Expect) {
    let arena = Bump::new();
    let mut event = Event::default();
    parse(line, hints, &arena, &mut event);
    expected.assert_eq(&shown(&event));
}

fn shown(event: &Event<'_>) -> String {
    let time = event.time.map_or("no time".to_owned(), |time| time.to_string());
    let mut text = format!("{} {time}\n", event.format.as_str());
    let parts =
        [("head", event.head), ("message", event.message), ("raw", event.raw), ("error", event.error)];
    for (name, part) in parts {
        part.iter().for_each(|part| writeln!(text, "{name}: {part:?}").unwrap());
    }
    for (name, value) in &event.fields {
        match value {
            Value::Bool(value) => writeln!(text, "    {name} = {value}"),
            Value::Int(value) => writeln!(text, "    {name} = {value}"),
            Value::Float(value) => writeln!(text, "    {name} = {value:?}"),
            Value::Str(value) => writeln!(text, "    {name} = {value:?}"),
        }
        .unwrap();
    }
    text
}

fn format_of(line: &str, content: Content) -> Format {
    let arena = Bump::new();
    let mut event = Event::default();
    parse(line.as_bytes(), &Hints { content, ..hints() }, &arena, &mut event);
    event.format
}

#[test]
fn content_narrows_and_never_fails() {
    let json = r#"{"a":1}"#;
    let pairs = "a=1 b=2";
    let priority = "<13>something";
    assert_eq!(format_of(json, Content::Auto), Format::Json);
    assert_eq!(format_of(json, Content::Json), Format::Json);
    assert_eq!(format_of(json, Content::Syslog), Format::Json);
    assert_eq!(format_of(json, Content::Text), Format::Plain);
    assert_eq!(format_of(pairs, Content::Auto), Format::KeyValue);
    assert_eq!(format_of(pairs, Content::Json), Format::Plain);
    assert_eq!(format_of(priority, Content::Auto), Format::Plain);
    assert_eq!(format_of(priority, Content::Syslog), Format::Syslog);
    assert_eq!(Content::from_header(b"syslog"), Content::Syslog);
    assert_eq!(Content::from_header(b"image/png"), Content::Auto);
}

#[test]
fn bad_bytes_are_kept_as_escapes() {
    check_bytes(
        b"ab\xffcd\xc3",
        &hints(),
        expect![[r#"
        plain no time
        message: "ab�cd�"
        raw: "ab\\xffcd\\xc3"
        error: "invalid UTF-8 at byte 2"
    "#]],
    );
    check_bytes(
        b"{\"a\":\"\xff\"}",
        &hints(),
        expect![[r#"
        json no time
        raw: "{\"a\":\"\\xff\"}"
        error: "invalid UTF-8 at byte 6"
            a = "�"
    "#]],
    );
    check_bytes(
        b"a\0b",
        &hints(),
        expect![[r#"
        plain no time
        message: "a\0b"
    "#]],
    );
}

#[test]
fn empty_lines_and_marks() {
    check(
        "",
        expect![[r#"
        plain no time
        message: ""
    "#]],
    );
    check(
        "\u{feff}{\"a\":1}",
        expect![[r#"
        json no time
            a = 1
    "#]],
    );
    check(
        "\u{feff}hello",
        expect![[r#"
        plain no time
        message: "hello"
    "#]],
    );
    check(
        "\u{1b}[31mred\u{1b}[0m",
        expect![[r#"
        plain no time
        message: "\u{1b}[31mred\u{1b}[0m"
    "#]],
    );
}

#[test]
fn times_from_the_future_are_not_believed() {
    check(
        "2026-11-24T07:59:59Z one day ahead",
        expect![[r#"
        plain 2026-11-24T07:59:59Z
        message: "2026-11-24T07:59:59Z one day ahead"
    "#]],
    );
    check(
        "2026-11-24T08:00:01Z too far ahead",
        expect![[r#"
        plain no time
        message: "2026-11-24T08:00:01Z too far ahead"
        error: "time 2026-11-24T08:00:01Z is more than 24 hours ahead of its arrival"
    "#]],
    );
    check(
        r#"{"ts":"2030-01-01T00:00:00Z","msg":"x"}"#,
        expect![[r#"
        json no time
        message: "x"
        error: "time 2030-01-01T00:00:00Z is more than 24 hours ahead of its arrival"
            ts = "2030-01-01T00:00:00Z"
    "#]],
    );
}

#[test]
fn an_event_is_emptied_before_it_is_filled() {
    let arena = Bump::new();
    let mut event = Event::default();
    parse(b"{\"a\":1,\"_raw\":", &hints(), &arena, &mut event);
    assert!(event.error.is_some());
    parse(b"", &hints(), &arena, &mut event);
    assert_eq!(event, Event { message: Some(""), ..Event::default() });
}

/// Lines that come near to each format, cut and mixed.
fn nearly_a_line() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<34>",
        "<13>1 ",
        "2026-11-23T07:00:00Z",
        "Nov 23 07:00:00",
        " host ",
        "app[12]: ",
        "- - ",
        "[id a=\"b\"]",
        "192.0.2.1 - - [23/Nov/2026:07:00:00 +0000] ",
        "\"GET / HTTP/1.1\" 200 5",
        "key=value ",
        "k=\"q\\\" v\" ",
        "{",
        "\"a\":1",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "=",
        ": ",
        "ERROR",
        "\u{feff}",
        "로그",
        "1117838570 2005.06.03 ",
        " ",
        "081109 203615 ",
        "@cee:",
        "%SYS-5-X: ",
        "\n",
        "\0",
    ]);
    prop::collection::vec(prop_oneof![4 => piece.prop_map(str::to_owned), 1 => ".{0,8}"], 0..12)
        .prop_map(|pieces| pieces.concat())
}

fn any_content() -> impl Strategy<Value = Content> {
    prop::sample::select(vec![Content::Auto, Content::Json, Content::Syslog, Content::Text])
}

/// Names are unique and no system column's; the line can be had back.
fn check_invariants(bytes: &[u8], content: Content) {
    let arena = Bump::new();
    let mut event = Event::default();
    parse(bytes, &Hints { content, ..hints() }, &arena, &mut event);
    for (index, (name, _)) in event.fields.iter().enumerate() {
        assert!(!girok_event::columns::is_system(name) && *name != "message", "{name}");
        assert!(name.len() <= limits::FIELD_NAME_BYTES_MAX);
        assert!(event.fields[..index].iter().all(|(earlier, _)| earlier != name), "{name} twice");
    }
    if event.format != Format::Json && event.raw.is_none() {
        let line = std::str::from_utf8(bytes).unwrap();
        let kept = [event.head.unwrap_or(""), event.message.unwrap()].concat();
        assert_eq!(kept, line.strip_prefix('\u{feff}').unwrap_or(line));
    }
    assert_eq!(std::str::from_utf8(bytes).is_err(), event.error.is_some_and(|e| e.contains("invalid UTF-8")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_an_event(bytes in prop::collection::vec(any::<u8>(), 0..200), content in any_content()) {
        check_invariants(&bytes, content);
    }

    #[test]
    fn nearly_a_line_is_an_event(line in nearly_a_line(), content in any_content()) {
        check_invariants(line.as_bytes(), content);
    }

    #[test]
    fn a_broken_byte_in_nearly_a_line(line in nearly_a_line(), place in any::<prop::sample::Index>()) {
        let mut bytes = line.into_bytes();
        bytes.insert(place.index(bytes.len() + 1), 0xfe);
        check_invariants(&bytes, Content::Auto);
    }
}
