use std::collections::HashMap;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::ShapeScanner;

fn shape(message: &str) -> String {
    ShapeScanner::new().scan(message, |_| {}).expect("the message has a shape").to_owned()
}

/// Gives all messages to one miner and prints each pattern with the number of messages it got.
#[track_caller]
fn check(messages: &[&str], expected: &Expect) {
    let mut miner = Miner::new();
    let mut counts: HashMap<PatternId, usize> = HashMap::new();
    for message in messages {
        *counts.entry(miner.assign(&shape(message)).id).or_default() += 1;
    }
    let lines: Vec<String> =
        miner.ids().map(|id| format!("{} {}\n", counts[&id], miner.text(id).unwrap())).collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn values_have_a_form() {
    check(
        &[
            "Failed password from 10.0.0.1:22 port 22 ssh2",
            "id d3b07384-dead-beef-a63d-0123456789ab took -1.5 s, flags 0x1f mask=ff01",
            "at 2024-01-02T03:04:05Z opened /var/log/syslog: denied",
            "GET https://example.com/a?b=1&c=d, via (10.0.0.1), I/O ok",
            "block blk_-17 on web1.example.com:8020 of FF:FF:01:AA:BB:CC",
        ],
        &expect![[r#"
            1 Failed password from <ip>:<num> port <num> <value>
            1 id <uuid> took <num> s, flags <value> mask=<hex>
            1 at <time> opened <path>: denied
            1 GET <url>, via (<ip>), I/O ok
            1 block <value> on <value>:<num> of <value>
        "#]],
    );
}

#[test]
fn the_form_of_a_value_does_not_part_sentences() {
    check(
        &["block blk_17 done", "block blk_-17 done", "block 17 done", "block ff17 done", "block /a/b done"],
        &expect![[r#"
            5 block <value> done
        "#]],
    );
    check(
        &["n=17;", "n=ff17;", "m=ff17;"],
        &expect![[r#"
        2 n=<hex>;
        1 m=<hex>;
    "#]],
    );
}

#[test]
fn dates_with_names_and_lists_are_one_value() {
    check(
        &[
            "seen Sun Jul 10 03:55:15 2005 here",
            "seen Mon Aug  1 03:55:15 2005 here",
            "delete blk_1 blk_2",
            "delete blk_1 blk_2 blk_3",
            "delete blk_1",
            "status 200 512",
            "sizes 1, 2, 3",
            "sizes 1, 2",
            "In May Sun set",
        ],
        &expect![[r#"
            2 seen <time> here
            3 delete <value>
            1 status <num> <num>
            2 sizes <num>
            1 In May Sun set
        "#]],
    );
}

#[test]
fn sentences_that_differ_in_a_word_are_one() {
    check(
        &[
            "Failed password for root from 10.0.0.1 port 22 ssh2",
            "Failed password for admin from 10.0.0.1 port 22 ssh2",
            "Failed password for invalid user admin from 10.0.0.1 port 22 ssh2",
            "Failed none for admin from 10.0.0.1 port 22 ssh2",
            "Accepted password for admin from 10.0.0.1 port 22 ssh2",
            "connection from 10.0.0.1 () at port 1",
            "connection from 10.0.0.1 (example.com) at port 1",
        ],
        &expect![[r#"
            2 Failed password for <*> from <ip> port <num> <value>
            1 Failed password for invalid user admin from <ip> port <num> <value>
            1 Failed none for admin from <ip> port <num> <value>
            1 Accepted password for admin from <ip> port <num> <value>
            2 connection from <ip> (<*>) at port <num>
        "#]],
    );
}

#[test]
fn a_name_is_not_cut_in_two() {
    check(
        &[
            "auth failure for the user=bob, sorry",
            "auth failure for the user=ben, sorry",
            "auth failure for the user=, sorry",
        ],
        &expect![[r#"
            3 auth failure for the user=<*>, sorry
        "#]],
    );
}

#[test]
fn the_beginning_needs_witnesses() {
    let users = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ian", "joe"];
    let messages: Vec<String> = users.iter().map(|user| format!("user {user} logged in")).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    check(
        &messages[..3],
        &expect![[r#"
        1 user ann logged in
        1 user bob logged in
        1 user cid logged in
    "#]],
    );
    check(
        &messages,
        &expect![[r#"
        3 user <*> logged in
        1 user bob logged in
        1 user cid logged in
        1 user dan logged in
        1 user eve logged in
        1 user fay logged in
        1 user gus logged in
        1 user hal logged in
    "#]],
    );
}

#[test]
fn what_a_message_holds_literally_is_no_wild_place() {
    check(
        &["got <*> from <num>", "got it from them", "got 7 from <ip>"],
        &expect![[r#"
        2 got <value> from <value>
        1 got it from them
    "#]],
    );
}

#[test]
fn text_changes_are_told() {
    let mut miner = Miner::new();
    let mut assign = |message: &str| miner.assign(&shape(message));
    let first = assign("lost the link to host alpha");
    assert_eq!((first.is_new, first.text_changed), (true, false));
    let second = assign("lost the link to host beta");
    assert_eq!(second, Assigned { is_new: false, text_changed: true, ..first });
    assert_eq!(assign("lost the link to host gamma"), Assigned { is_new: false, ..first });
    let number = assign("took 7 ms");
    assert!(assign("took 7f ms").text_changed && !assign("took 8f ms").text_changed && number.is_new);
    assert_eq!(miner.text(first.id), Some("lost the link to host <*>"));
    assert_eq!(miner.text(number.id), Some("took <hex> ms"));
}

#[test]
fn what_is_too_much_falls_to_the_last_pattern() {
    let word = |at: usize| {
        let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
        String::from_iter([letter(at), letter(at / 26), letter(at / 676), letter(at / 17576)])
    };
    let mut miner = Miner::new();
    for at in 0..PATTERNS_MAX {
        assert!(miner.assign(&format!("{0} {0}", word(at))).is_new);
    }
    let more = miner.assign("something else");
    assert_eq!(more, Assigned { id: PatternId::OTHER, is_new: false, text_changed: false });
    assert_eq!(miner.text(more.id), Some("<*>"));
    assert_eq!(miner.len(), PATTERNS_MAX);
    assert!(!miner.assign(&format!("{0} {0}", word(5))).is_new);
    miner.restore(PatternId(1), "one too many");
    assert_eq!(miner.text(PatternId(1)), None);
}

#[test]
fn any_text_may_be_restored() {
    let mut miner = Miner::new();
    for (id, text) in
        [(1, "<*>"), (2, "<*> <*>"), (3, "a\u{1}<*>b<num><*>c"), (4, ""), (1, "two words"), (0, "x")]
    {
        miner.restore(PatternId(id), text);
    }
    assert_eq!(miner.len(), 4);
    assert_eq!(miner.assign("anything").id, PatternId(1));
    assert_eq!(miner.assign("two words").id, PatternId(2));
    assert_eq!(miner.assign("").id, PatternId(4));
}

/// Sentences of few words, so that many are alike, and of odd ones.
fn shapes() -> impl Strategy<Value = Vec<String>> {
    const PLAIN: [&str; 13] =
        ["a", "b", "c", "d", "the", "of", "user=x", "user=y", "user=", "(a)", "()", "((", "("];
    const VALUES: [&str; 11] =
        ["1", "f1", "x1", "1.2.3.4", "-7", "blk_1", "1:2:3", "a=1", "a=x1", "/a/b", "1,"];
    const ODD: [&str; 7] = ["<*>", "<num>", "x<*>", "<<*>>", "Sun", "Jul", "a\u{301}"];
    let any_of = |words: &'static [&'static str]| prop::sample::select(words).prop_map(str::to_owned);
    let word = prop_oneof![
        8 => any_of(&PLAIN),
        4 => any_of(&VALUES),
        1 => any_of(&ODD),
        1 => "[ -~]{1,5}",
        1 => any::<String>(),
    ];
    let message = prop::collection::vec(word, 0..8).prop_map(|words| words.join(" "));
    let shape = message.prop_filter_map("the message has a shape", |message| {
        ShapeScanner::new().scan(&message, |_| {}).map(str::to_owned)
    });
    prop::collection::vec(shape, 1..120)
}

fn texts(miner: &Miner) -> Vec<(PatternId, String)> {
    miner.ids().map(|id| (id, miner.text(id).unwrap().to_owned())).collect()
}

proptest! {
    #[test]
    fn a_shape_keeps_its_pattern(shapes in shapes(), seed in any::<u64>()) {
        let mut miner = Miner::new();
        let mut texts_of_all_times = Vec::new();
        let first: Vec<PatternId> = shapes.iter().map(|shape| {
            let id = miner.assign(shape).id;
            texts_of_all_times.push((id, miner.text(id).unwrap().to_owned()));
            id
        }).collect();
        let patterns = texts(&miner);

        let mut again = Miner::new();
        shapes.iter().for_each(|shape| { again.assign(shape); });
        prop_assert_eq!(&patterns, &texts(&again), "the same shapes give the same patterns");

        miner.forget();
        let mut restored = Miner::new();
        texts_of_all_times.sort_by_key(|(id, text)| crate::checksum(text.as_bytes()) ^ id.0 ^ seed);
        texts_of_all_times.iter().for_each(|(id, text)| restored.restore(*id, text));
        for (shape, id) in shapes.iter().zip(&first) {
            let same = Assigned { id: *id, is_new: false, text_changed: false };
            prop_assert_eq!(miner.assign(shape), same, "{:?} in {:#?}", shape, patterns);
            prop_assert_eq!(restored.assign(shape), same, "restored: {:?} in {:#?}", shape, patterns);
        }
        prop_assert_eq!(&patterns, &texts(&miner));
        for (id, text) in &patterns {
            prop_assert_eq!(restored.text(*id), Some(text.as_str()));
        }
    }
}
