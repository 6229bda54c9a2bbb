use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::tests::{check, hints};

#[test]
fn values_keep_their_types() {
    check(
        r#"{"s":"x","i":-5,"f":1.5,"e":1e3,"t":true,"n":null,"a":[],"o":{}}"#,
        expect![[r#"
        json no time
            s = "x"
            i = -5
            f = 1.5
            e = 1000.0
            t = true
            a = "[]"
            o = "{}"
    "#]],
    );
    check(
        r#"{"i":9223372036854775807,"u":18446744073709551615,"big":-123456789012345678901234567890,"f":1e30}"#,
        expect![[r#"
            json no time
                i = 9223372036854775807
                u = "18446744073709551615"
                big = "-123456789012345678901234567890"
                f = 1e30
        "#]],
    );
    check(
        " {\n\"a\" : \"\\u00e9\\n\\\"\" }\n",
        expect![[r#"
        json no time
            a = "é\n\""
    "#]],
    );
}

#[test]
fn nested_objects_become_dotted_names() {
    check(
        r#"{"http":{"request":{"method":"GET"},"a.b":1},"tags":["x", {"y" : [1, 2 ]} ]}"#,
        expect![[r#"
            json no time
                http.request.method = "GET"
                http.a.b = 1
                tags = "[\"x\",{\"y\":[1,2]}]"
        "#]],
    );
    let deep = format!("{}1{}", r#"{"a":"#.repeat(18), "}".repeat(18));
    check(
        &deep,
        expect![[r#"
        json no time
            a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = "{\"a\":{\"a\":1}}"
    "#]],
    );
}

#[test]
fn message_is_the_first_known_name() {
    check(
        r#"{"log":"c","msg":"b","text":"d"}"#,
        expect![[r#"
        json no time
        message: "b"
            log = "c"
            text = "d"
    "#]],
    );
    check(
        r#"{"message":{"a":1},"event":{"original":"o"}}"#,
        expect![[r#"
        json no time
        message: "o"
            message.a = 1
    "#]],
    );
    check(
        r#"{"message":5,"msg":"not this"}"#,
        expect![[r#"
        json no time
        message: "5"
            msg = "not this"
    "#]],
    );
    check(
        r#"{"msg":7}"#,
        expect![[r#"
        json no time
            msg = 7
    "#]],
    );
}

#[test]
fn time_is_taken_and_its_field_kept_unless_it_can_be_printed_again() {
    check(
        r#"{"@timestamp":"2026-11-22T01:02:03.5Z","m":1}"#,
        expect![[r#"
        json 2026-11-22T01:02:03.500Z
            @timestamp = "2026-11-22T01:02:03.5Z"
            m = 1
    "#]],
    );
    check(
        r#"{"@timestamp":"2026-11-22T01:02:03.500Z","m":1}"#,
        expect![[r#"
        json 2026-11-22T01:02:03.500Z
            m = 1
    "#]],
    );
    check(
        r#"{"ts":1795309323.25,"timestamp":"yesterday"}"#,
        expect![[r#"
        json 2026-11-22T01:02:03.250Z
            ts = 1795309323.25
            timestamp = "yesterday"
    "#]],
    );
    check(
        r#"{"time":"1795309323000","_time":"x"}"#,
        expect![[r#"
        json 2026-11-22T01:02:03Z
            time = "1795309323000"
            field._time = "x"
    "#]],
    );
    check(
        r#"{"_time":1795309323,"time":0.25}"#,
        expect![[r#"
        json 2026-11-22T01:02:03Z
            field._time = 1795309323
            time = 0.25
    "#]],
    );
    check(
        r#"{"event":{"@timestamp":"2026-11-22T01:02:03Z"}}"#,
        expect![[r#"
        json 2026-11-22T01:02:03Z
    "#]],
    );
}

#[test]
fn names_are_unique_and_not_the_systems() {
    check(
        r#"{"a":1,"a":2,"b":{"c":1},"b.c":2}"#,
        expect![[r#"
        json no time
        raw: "{\"a\":1,\"a\":2,\"b\":{\"c\":1},\"b.c\":2}"
        error: "values replaced by a later one of the same name: 2, first `a`"
            a = 2
            b.c = 2
    "#]],
    );
    check(
        r#"{"_raw":1,"_offset":2,"_mine":3,"":4}"#,
        expect![[r#"
        json no time
            field._raw = 1
            field._offset = 2
            _mine = 3
            field. = 4
    "#]],
    );
    let long = format!(r#"{{"{}":1}}"#, "길".repeat(100));
    let arena = bumpalo::Bump::new();
    let mut event = Event::default();
    crate::parse(long.as_bytes(), &hints(), &arena, &mut event);
    assert_eq!(event.fields[0].0, "길".repeat(85));
    assert_eq!(event.raw, Some(long.as_str()));
    assert!(event.error.unwrap().starts_with("names cut to 256 bytes: 1, first `길"));
}

#[test]
fn what_is_no_object_is_plain() {
    check(
        r#"{"a": tru}"#,
        expect![[r#"
        plain no time
        message: "{\"a\": tru}"
        error: "broken JSON at byte 10: expected ident"
    "#]],
    );
    check(
        r#"{"a":1} x"#,
        expect![[r#"
        plain no time
        message: "{\"a\":1} x"
        error: "broken JSON at byte 9: trailing characters"
    "#]],
    );
    check(
        "{\"a\":1,\n\"b\":}",
        expect![[r#"
        plain no time
        message: "{\"a\":1,\n\"b\":}"
        error: "broken JSON at byte 13: expected value"
    "#]],
    );
    check(
        r#"{"a":"\ud800"}"#,
        expect![[r#"
        plain no time
        message: "{\"a\":\"\\ud800\"}"
        error: "broken JSON at byte 13: unexpected end of hex escape"
    "#]],
    );
    check(
        r#"{"#,
        expect![[r#"
        plain no time
        message: "{"
        error: "broken JSON at byte 1: EOF while parsing an object"
    "#]],
    );
    check(
        r#"[1,2]"#,
        expect![[r#"
        plain no time
        message: "[1,2]"
    "#]],
    );
    check(
        r#"{main} started"#,
        expect![[r#"
        plain no time
        message: "{main} started"
        error: "broken JSON at byte 2: key must be a string"
    "#]],
    );
}

#[test]
fn wide_objects_keep_every_field() {
    let members: Vec<String> = (0..5000).map(|n| format!(r#""f{n}":{n}"#)).collect();
    let line = format!("{{{},\"f7\":-1}}", members.join(","));
    let arena = bumpalo::Bump::new();
    let mut event = Event::default();
    crate::parse(line.as_bytes(), &hints(), &arena, &mut event);
    assert_eq!(event.fields.len(), 5000);
    assert_eq!(event.get("f7"), Some(Value::Int(-1)));
    assert_eq!(event.get("f4999"), Some(Value::Int(4999)));
}

#[test]
fn depth_costs_no_stack() {
    let depth = 200_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let line = format!("{{\"deep\":{}1{}}}", open.repeat(depth), close.repeat(depth));
        let arena = bumpalo::Bump::new();
        let mut event = Event::default();
        crate::parse(line.as_bytes(), &hints(), &arena, &mut event);
        assert_eq!(event.format, Format::Json, "{:?}", event.error);
        assert_eq!(event.fields.len(), 1);
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        (-1_000_000_000i64..1_000_000_000)
            .prop_map(|thousandths| serde_json::Value::from(thousandths as f64 / 1000.0)),
        ".{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a-z_@ \"\\\\가-힣]{1,6}", inner, 1..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every leaf of `value` under its dotted name, as the parser is to see it.
fn leaves(name: &str, value: &serde_json::Value, found: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(key, value)| leaves(&format!("{name}.{key}"), value, found));
        }
        serde_json::Value::String(text) => found.push((name.to_owned(), text.clone())),
        other => found.push((name.to_owned(), other.to_string())),
    }
}

proptest! {
    #[test]
    fn each_leaf_is_found(value in prop::collection::btree_map("x[a-z\"]{1,6}", any_json(), 0..6)) {
        let mut expected = Vec::new();
        value.iter().for_each(|(key, value)| leaves(key, value, &mut expected));
        let spaced = serde_json::to_string_pretty(&value).unwrap();
        let arena = bumpalo::Bump::new();
        let mut event = Event::default();
        crate::parse(spaced.as_bytes(), &hints(), &arena, &mut event);
        prop_assert_eq!(event.format, Format::Json, "{:?}", event.error);
        for (name, text) in expected {
            let found = event.get(&name).map(|value| match value {
                Value::Float(number) => serde_json::Value::from(number).to_string(),
                other => value_text(other, &arena).to_owned(),
            });
            prop_assert_eq!(found, Some(text), "{}", name);
        }
    }
}
