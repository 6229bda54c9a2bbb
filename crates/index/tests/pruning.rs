//! An index may say "maybe" for nothing, but never "no" for something that is there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;

use girok_event::Timestamp;
use girok_index::{
    BLOCK_ROWS, IndexBuilder, IndexContents, IndexError, PartIndex, Shapes, TokenHead, is_cjk, is_word,
    sought_in_fields, sought_in_messages, sought_in_texts, without_cut_words,
};
use proptest::prelude::*;

/// The index of messages, one in each block, which are also the values of a field.
fn index_of(texts: &[String]) -> PartIndex {
    let mut builder = IndexBuilder::default();
    for (block, text) in texts.iter().enumerate() {
        builder.message(block, text);
        builder.text(block, text);
        builder.row(block, Timestamp(block as i64), None);
    }
    // More values than are listed, so that their tokens are indexed.
    let many: Vec<String> = (0..2000).map(|n| format!("value{n}")).collect();
    let values = texts.iter().enumerate().map(|(block, text)| (block, text.as_str()));
    builder.texts("field", 0, values.chain(many.iter().map(|value| (0, value.as_str()))));
    let id = |shape: &str| (shape.len() as u64, shape.to_owned());
    PartIndex::decode(&builder.finish(texts.len(), Vec::new(), id).encode()).unwrap()
}

/// Whether `text[from..to]` stands on word boundaries; beside Hangul, Han or Kana none is needed.
fn stands_alone(text: &str, from: usize, to: usize) -> bool {
    let phrase = &text[from..to];
    let in_word = |c: char| is_word(c) && !is_cjk(c);
    let touches = |edge: Option<char>, neighbour: Option<char>| {
        edge.is_some_and(in_word) && neighbour.is_some_and(in_word)
    };
    !touches(phrase.chars().next(), text[..from].chars().next_back())
        && !touches(phrase.chars().next_back(), text[to..].chars().next())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        "[a-cA-C0-1_]{1,4}",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        Just("550e8400-e29b-41d4-abcd-deadbeefcafe".to_owned()),
        "[가-각서버로그漢字カタ]{1,4}",
        Just("\u{212A}elvin".to_owned()),
        Just("straße STRAẞE".to_owned()),
        "[ ./:=\\-\"]{1,2}",
        "\\PC{1,3}",
    ];
    let text = prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat());
    prop::collection::vec(text, 1..6)
}

proptest! {
    #[test]
    fn no_phrase_that_is_there_is_denied(texts in texts(), pick in any::<prop::sample::Index>(), cut in any::<(prop::sample::Index, prop::sample::Index)>(), is_upper in any::<bool>()) {
        let block = pick.index(texts.len());
        let text = &texts[block];
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (a, b) = (*cut.0.get(&ends), *cut.1.get(&ends));
        let (from, to) = (a.min(b), a.max(b));
        let part = if is_upper { text[from..to].to_ascii_uppercase() } else { text[from..to].to_lowercase() };
        let index = index_of(&texts);
        let whole = if stands_alone(text, from, to) { part.as_str() } else { without_cut_words(&part) };
        let tokens = index.tokens.unwrap();
        prop_assert!(tokens.blocks_of_all(&sought_in_messages(whole)).contains(block), "message `{}` in `{}`", whole, text);
        prop_assert!(tokens.blocks_of_all(&sought_in_texts(whole)).contains(block), "text `{}` in `{}`", whole, text);
        prop_assert!(tokens.blocks_of_all(&sought_in_fields(whole)).contains(block), "field `{}` in `{}`", whole, text);
        prop_assert!(index.head.column("field").unwrap().bytes.unwrap().may_hold(&part));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(PartIndex::decode(&bytes).is_err());
        prop_assert!(IndexContents::decode(&bytes, bytes.len() as u64).is_err());
    }

    #[test]
    fn sections_are_read_one_by_one(texts in texts()) {
        let whole = index_of(&texts);
        let bytes = whole.encode();
        let contents = IndexContents::decode(&bytes[..200], bytes.len() as u64).unwrap();
        let section = |place: Option<Range<usize>>| bytes[place.unwrap()].to_vec();
        prop_assert_eq!(&contents.head(&bytes[..contents.head_bytes()]).unwrap(), &whole.head);
        prop_assert_eq!(&Shapes::decode(&section(contents.shapes())).unwrap(), whole.shapes.as_ref().unwrap());
        let tokens = section(contents.tokens());
        let head_bytes = TokenHead::bytes_needed(&tokens[..8]).unwrap();
        let head = TokenHead::decode(&tokens[..head_bytes], tokens.len()).unwrap();
        for hash in texts.iter().flat_map(|text| sought_in_texts(text)) {
            let bucket = &tokens[head_bytes..][head.bucket_of(hash)];
            prop_assert_eq!(head.blocks(hash, bucket), whole.tokens.as_ref().unwrap().blocks(hash));
        }
        for length in [0, bytes.len() - 1, bytes.len() + 1] {
            prop_assert!(IndexContents::decode(&bytes, length as u64).is_err());
        }
    }

    #[test]
    fn damage_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let good = index_of(&["error in module 17".to_owned()]).encode();
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= 1 << bit;
        prop_assert!(PartIndex::decode(&bad).is_err());
    }
}

#[test]
fn words_that_are_not_there_are_denied() {
    let index = index_of(&["GET /cart 200 from 10.3.0.7".to_owned(), "로그인 실패 4711".to_owned()]);
    let tokens = index.tokens.unwrap();
    let blocks = |phrase: &str| {
        let found = tokens.blocks_of_all(&sought_in_texts(phrase));
        (0..2).filter(|block| found.contains(*block)).collect::<Vec<_>>()
    };
    assert_eq!(blocks("get"), [0]);
    assert_eq!(blocks("cart 200"), [0]);
    assert_eq!(blocks("10.3.0.7"), [0]);
    assert_eq!(blocks("로그"), [1]);
    assert_eq!(blocks("4711"), [1]);
    assert_eq!(blocks(""), [0, 1]);
    for missing in ["post", "car", "그로", "cart 404", "인실", "10.3.0.8", "3.0.7.10"] {
        assert_eq!(blocks(missing), [0usize; 0], "{missing}");
    }
    assert!(
        tokens.blocks_of_all(&sought_in_messages("no such word")).is_all(),
        "words without digits stand in shapes"
    );
    assert!(tokens.blocks_of_all(&sought_in_messages("4712")).is_empty());
}

#[test]
fn what_few_values_a_column_has_is_listed() {
    let mut builder = IndexBuilder::default();
    let levels = ["info", "error", "info"];
    builder.texts("level", 3, levels.iter().map(|level| (0, *level)));
    builder.values("status", 2, Some(&[("200".to_owned(), 1), ("500".to_owned(), 1)]));
    (0..3).for_each(|row| builder.row(row / BLOCK_ROWS, Timestamp(row as i64), None));
    let index = builder.finish(1, Vec::new(), |_| (0, String::new()));
    let index = PartIndex::decode(&index.encode()).unwrap();
    let level = index.head.column("level").unwrap();
    assert_eq!(level.values.as_ref().unwrap(), &[("info".to_owned(), 2), ("error".to_owned(), 1)]);
    let tokens = index.tokens.unwrap();
    assert!(
        tokens.blocks_of_all(&sought_in_fields("error")).is_empty(),
        "listed values are not indexed again"
    );
    assert_eq!(index.head.column("status").unwrap().present, 2);
    assert_eq!(index.head.times.unwrap(), [(Timestamp(0), Timestamp(2))]);
}

#[test]
fn a_section_of_the_future_prunes_nothing() {
    let bytes = PartIndex::default().encode();
    assert_eq!(PartIndex::decode(&bytes), Ok(PartIndex::default()));
    let mut newer = bytes.clone();
    newer[4] = 9;
    assert_eq!(PartIndex::decode(&newer), Err(IndexError::UnknownVersion { got: 9, known: 1 }));
}
