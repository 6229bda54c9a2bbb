use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{is_cjk, is_word, tokens};

fn scan(message: &str) -> Option<(String, Vec<String>)> {
    let mut variables = Vec::new();
    let mut scanner = ShapeScanner::new();
    let shape = scanner.scan(message, |text| variables.push(text.to_owned()))?.to_owned();
    Some((shape, variables))
}

#[track_caller]
fn check(message: &str, displayed: &str, variables: &[&str]) {
    let (shape, got) = scan(message).expect("the message has a shape");
    assert_eq!(display_shape(&shape), displayed);
    assert_eq!(got, variables);
}

#[test]
fn tokens_with_a_digit_are_variable() {
    check("", "", &[]);
    check("no digits, no  change!\t", "no digits, no  change!\t", &[]);
    check("took 15 ms", "took <num> ms", &["15"]);
    check(
        "id=5f3A 0x1f eth0 blk_-77 _1",
        "id=<hex> <*> <*> blk_-<num> <*>",
        &["5f3A", "0x1f", "eth0", "77", "_1"],
    );
    check("ssh2", "<*>", &["ssh2"]);
    check("a\0b7\0", "a\0<hex>\0", &["b7"]);
}

#[test]
fn a_uuid_is_one_placeholder_and_five_variables() {
    let groups = ["d3b07384", "dead", "beef", "a63d", "0123456789ab"];
    check("r=d3b07384-dead-beef-a63d-0123456789ab;", "r=<uuid>;", &groups);
    let groups = ["deadbeef", "dead", "beef", "dead", "beefdeadbeef"];
    check("deadbeef-dead-beef-dead-beefdeadbeef", "<uuid>", &groups);
    check("로deadbeef-dead-beef-dead-beefdeadbeef그", "로<uuid>그", &groups);
    check("deadbeef-dead-beef-dead-beefdeadbee", "deadbeef-dead-beef-dead-beefdeadbee", &[]);
    check("deadbeef-dead-beef-dead-beefdeadbeefs", "deadbeef-dead-beef-dead-beefdeadbeefs", &[]);
    check("deadbeef-dead-beef-dead-beefdeadbeefé", "deadbeef-dead-beef-dead-beefdeadbeefé", &[]);
    check("deadbeef-dead-beef-dead", "deadbeef-dead-beef-dead", &[]);
    check("deadbeef-dead-beef", "deadbeef-dead-beef", &[]);
}

#[test]
fn cjk_ends_a_token_and_is_static() {
    check("로그인3회실패", "로그인<num>회실패", &["3"]);
    check("서버web1에서", "서버<*>에서", &["web1"]);
    check("第12号", "第<num>号", &["12"]);
}

#[test]
fn letters_beyond_ascii_belong_to_their_token() {
    check("Müller7 Müller — 7é", "<*> Müller — <*>", &["Müller7", "7é"]);
    check("٣ ²", "٣ ²", &[]);
    check("e\u{301}7", "e\u{301}<num>", &["7"]);
}

#[test]
fn composites_have_names() {
    check(
        "1.2.3.4:80 /1.2.3.4 1.2.3.4.5 1.2.3",
        "<ip>:<num> /<ip> <num>.<num>.<num>.<num>.<num> <num>.<num>.<num>",
        &["1", "2", "3", "4", "80", "1", "2", "3", "4", "1", "2", "3", "4", "5", "1", "2", "3"],
    );
    let shown = |message: &str| display_shape(&scan(message).unwrap().0);
    assert_eq!(
        shown("2024-01-02T03:04:05.678Z 2024-01-02T03:04:05+09:00 2024-01-02 03:04:05,678"),
        "<time> <time> <date> <time>,<num>"
    );
    assert_eq!(shown("0.25s -1.5 10:11 1/2/2024"), "<num>.<*> -<num> <num>:<num> <date>");
    assert_eq!(shown("host1/10.0.0.1 1.2.3.4/24"), "<*>/<ip> <ip>/<num>");
}

#[test]
fn some_messages_have_no_shape() {
    for reserved in ["\u{1}", "word\u{2}", "12\u{3} more", "한\u{4}", "\u{5}"] {
        assert_eq!(scan(reserved), None, "{reserved:?}");
    }
    assert!(scan("\u{6}\u{1F}").is_some());
    assert!(scan(&"x".repeat(SHAPE_BYTES_MAX)).is_some());
    assert_eq!(scan(&"x".repeat(SHAPE_BYTES_MAX + 1)), None);
    assert_eq!(scan(&format!("{}7", "x ".repeat(SHAPE_BYTES_MAX / 2))), None);
    assert!(scan(&"7".repeat(1 << 20)).is_some());
    assert_eq!(scan(&"7 ".repeat(1 << 20)), None);
}

#[test]
fn a_long_message_has_the_shape_of_its_first_line() {
    let trace = "\n\tat com.example.Pool.borrow(Pool.java:71)".repeat(40);
    let message = format!("\n  pool 7 is empty{trace}");
    check(&message, "\n  pool <num> is empty\n<lines>", &["7"]);
    assert_eq!(first_line(&message).1, &trace[1..]);
    check("pool 7 is empty\n\tat x", "pool <num> is empty\n\tat x", &["7"]);
    let blank = " \n".repeat(LINES_BYTES_MAX);
    assert_eq!(first_line(&blank), (blank.as_str(), ""));
    assert_eq!(scan(&format!("{}\nx", "x".repeat(SHAPE_BYTES_MAX + 1))), None);
}

#[test]
fn a_table_numbers_shapes_in_order_and_is_bounded() {
    let mut table = ShapeTable::new();
    let text = |at: usize| format!("shape {}", "x".repeat(at % 7) + &at.to_string());
    for round in 0..3 {
        for at in 0..SHAPES_MAX {
            assert_eq!(table.insert(&text(at)), Some(at as u16), "round {round}");
        }
        assert_eq!(table.insert("one more"), None);
        assert_eq!(table.insert(&text(5)), Some(5));
    }
    assert_eq!(table.len(), SHAPES_MAX);
    assert!(table.iter().enumerate().all(|(at, shape)| shape == text(at)));
    assert_eq!(table.get(SHAPES_MAX as u16), None);
}

#[test]
fn the_empty_shape_has_a_number() {
    let mut table = ShapeTable::new();
    assert!(table.is_empty());
    assert_eq!(
        [table.insert("a"), table.insert(""), table.insert(""), table.insert("a")],
        [0, 1, 1, 0].map(Some)
    );
    assert_eq!(table.get(1), Some(""));
}

/// Text of what is hard: separators, digits, hexadecimal and other letters, CJK, marks, UUIDs, anything.
fn messages() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[ab0 ._x-]{0,5}",
        2 => "[가로漢カー、é\u{301}ŉǰİſ²٣1a -]{0,4}",
        1 => "[0-9a-f]{8}-[0-9a-f]{4}-[a-f]{4}-[a-f0-9]{4}-[0-9a-f]{12}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn counts(texts: &[&str]) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        tokens(text, |hash| *counts.entry(hash).or_default() += 1);
    }
    counts
}

/// Puts the variables back in place of the placeholders.
fn fill(shape: &str, variables: &[String]) -> String {
    let mut variables = variables.iter();
    let mut next = || variables.next().expect("a variable for each placeholder").clone();
    let mut message = String::new();
    for c in shape.chars() {
        match c {
            UUID => message += &[next(), next(), next(), next(), next()].join("-"),
            c if is_placeholder(c) => message += &next(),
            c => message.push(c),
        }
    }
    assert!(variables.next().is_none(), "a placeholder for each variable");
    message
}

/// Whether `phrase` occurs in `text` on word boundaries, as a search understands it (case left aside).
fn holds_phrase(text: &str, phrase: &str) -> bool {
    let needs_boundary = |c: Option<char>| c.is_some_and(|c| is_word(c) && !is_cjk(c));
    text.char_indices().filter(|(at, _)| text[*at..].starts_with(phrase)).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_word);
        let after = text[at + phrase.len()..].chars().next().is_some_and(is_word);
        let cut_left = before && needs_boundary(phrase.chars().next());
        let cut_right = after && needs_boundary(phrase.chars().next_back());
        !cut_left && !cut_right
    })
}

/// Every phrase without digits that `text` holds, cut anywhere.
fn phrases(text: &str) -> impl Iterator<Item = &str> {
    let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let pairs: Vec<(usize, usize)> = cuts
        .iter()
        .flat_map(|&a| cuts.iter().map(move |&b| (a, b)))
        .filter(|(a, b)| a < b && b - a < 16)
        .collect();
    pairs
        .into_iter()
        .map(|(a, b)| &text[a..b])
        .filter(|phrase| !phrase.contains(|c: char| c.is_ascii_digit()))
}

/// Whether a UUID may hold `phrase`, or its first or last word.
fn may_lie_in_uuid(phrase: &str) -> bool {
    let is_group = |word: &str| {
        matches!(word.len(), 4 | 8 | 12) && word.bytes().all(|b| matches!(b, b'a'..=b'f' | b'A'..=b'F'))
    };
    phrase == "-" || phrase.split(|c| !is_word(c) || is_cjk(c)).any(is_group)
}

proptest! {
    #[test]
    fn a_shape_and_its_variables_are_the_message(message in messages()) {
        if let Some((shape, variables)) = scan(&message) {
            prop_assert_eq!(fill(&shape, &variables), message);
            for variable in &variables {
                prop_assert!(variable.chars().all(is_word), "{:?}", variable);
            }
        } else {
            prop_assert!(message.contains(is_placeholder) || message.len() > SHAPE_BYTES_MAX);
        }
    }

    #[test]
    fn tokens_are_either_static_or_variable(message in messages()) {
        if let Some((shape, variables)) = scan(&message) {
            let mut texts = vec![shape.as_str()];
            texts.extend(variables.iter().map(String::as_str));
            prop_assert_eq!(counts(&texts), counts(&[&message]));
            prop_assert!(!shape.contains(|c: char| c.is_ascii_digit()));
        }
    }

    #[test]
    fn a_phrase_without_digits_is_in_both_or_in_neither(message in messages(), other in messages()) {
        if let Some((shape, _)) = scan(&message) {
            for phrase in phrases(&message).chain(phrases(&shape)).chain(phrases(&other)) {
                if phrase.contains(is_placeholder) || shape.contains(UUID) && may_lie_in_uuid(phrase) {
                    continue;
                }
                prop_assert_eq!(holds_phrase(&message, phrase), holds_phrase(&shape, phrase), "{:?}", phrase);
            }
        }
    }
}
