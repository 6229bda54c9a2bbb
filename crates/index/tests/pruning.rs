//! An index may say "maybe" for nothing, but never "no" for something that is there.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it was skipped"
)]

use girok_event::Timestamp;
use girok_index::{IndexBuilder, IndexError, PartIndex, is_cjk, is_word, tokens};
use proptest::prelude::*;

fn index_of(texts: &[String]) -> PartIndex {
    let mut builder = IndexBuilder::new(0);
    for text in texts {
        builder.text(text);
        builder.row(Timestamp(0), None);
    }
    PartIndex::decode(&builder.finish(Vec::new()).encode()).unwrap()
}

/// Whether `text[from..to]` stands on word boundaries; an edge in Hangul, Han or Kana needs none.
fn stands_alone(text: &str, from: usize, to: usize) -> bool {
    let phrase = &text[from..to];
    let touches = |edge: Option<char>, neighbour: Option<char>| {
        edge.is_some_and(|c| is_word(c) && !is_cjk(c)) && neighbour.is_some_and(is_word)
    };
    !touches(phrase.chars().next(), text[..from].chars().next_back())
        && !touches(phrase.chars().next_back(), text[to..].chars().next())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        "[a-cA-C0-1_]{1,4}",
        "[가-각서버로그漢字カタ]{1,4}",
        Just("\u{212A}elvin".to_owned()),
        Just("straße".to_owned()),
        "[ ./:=\\-\"]{1,2}",
        "\\PC{1,3}",
    ];
    let text = prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat());
    prop::collection::vec(text, 1..6)
}

proptest! {
    #[test]
    fn no_phrase_that_is_there_is_denied(texts in texts(), pick in any::<prop::sample::Index>(), cut in any::<(prop::sample::Index, prop::sample::Index)>(), is_upper in any::<bool>()) {
        let text = pick.get(&texts);
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (a, b) = (*cut.0.get(&ends), *cut.1.get(&ends));
        let (from, to) = (a.min(b), a.max(b));
        let part = if is_upper { text[from..to].to_ascii_uppercase() } else { text[from..to].to_lowercase() };
        let index = index_of(&texts);
        prop_assert!(index.may_contain_substring(&part), "`{}` in `{}`", part, text);
        if stands_alone(text, from, to) {
            prop_assert!(index.may_contain_phrase(&part), "`{}` in `{}`", part, text);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(PartIndex::decode(&bytes).is_err());
    }

    #[test]
    fn damage_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let good = index_of(&["error in module".to_owned()]).encode();
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= 1 << bit;
        prop_assert!(PartIndex::decode(&bad).is_err());
    }
}

#[test]
fn words_that_are_not_there_are_denied() {
    let index = index_of(&["GET /cart 200".to_owned(), "로그인 실패".to_owned()]);
    for there in ["get", "cart 200", "로그", "그인", "실패", ""] {
        assert!(index.may_contain_phrase(there), "{there}");
    }
    for missing in ["post", "car", "그로", "cart 404", "인실"] {
        assert!(!index.may_contain_phrase(missing), "{missing}");
    }
    assert!(index.may_contain_substring("ar"), "a cut word cannot prune");
    assert!(!index.may_contain_substring("x post y"));
}

#[test]
fn a_section_of_the_future_prunes_nothing() {
    let index = PartIndex { summary: None, tokens: None };
    let bytes = index.encode();
    let read = PartIndex::decode(&bytes).unwrap();
    assert!(read.may_contain_phrase("anything"));
    let mut newer = bytes.clone();
    newer[4] = 9;
    assert_eq!(PartIndex::decode(&newer), Err(IndexError::UnknownVersion { got: 9, known: 1 }));
}

#[test]
fn tokens_do_not_depend_on_the_script_around_them() {
    let collect = |text: &str| {
        let mut hashes = Vec::new();
        tokens(text, |hash| hashes.push(hash));
        hashes
    };
    assert!(collect("é error é").contains(&collect("error")[0]));
    assert!(collect("서버error서버").contains(&collect("ERROR")[0]));
}
