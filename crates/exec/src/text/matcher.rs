//! Does a text hold this word, phrase, prefix or expression?
//!
//! A word stands on word boundaries: next to it stands no letter, digit or `_`. Beside Hangul, Han and Kana, in
//! the sought text or next to it, no boundary is asked, because particles and compounds are written together.
//! Case never matters, except in a regular expression.
//!
//! A column is searched as one stretch of bytes: the values of an Arrow string array lie end to end, so one
//! vectorised scan finds the few candidates, and only those are looked at closely.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, BooleanArray, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::buffer::MutableBuffer;
use girok_index::is_word;
use parking_lot::Mutex;
use regex::bytes::{Regex, RegexBuilder};

use super::wildcard::{self, is_spelled};

/// What is asked of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TextTest {
    /// A word or phrase on word boundaries.
    Phrase,
    /// A word that begins so.
    Prefix,
    /// `*` and `?` inside a word.
    Wildcard,
    /// This text anywhere.
    Substring,
    /// A regular expression anywhere.
    Regex,
}

impl TextTest {
    /// All tests, for registering their functions.
    pub(crate) const ALL: [TextTest; 5] =
        [Self::Phrase, Self::Prefix, Self::Wildcard, Self::Substring, Self::Regex];

    /// The part of a function's name that says the test.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Phrase => "phrase",
            Self::Prefix => "prefix",
            Self::Wildcard => "wildcard",
            Self::Substring => "substring",
            Self::Regex => "regex",
        }
    }

    /// Whether the text of some number may pass; it is made of digits, a sign, a point and an exponent.
    pub(crate) fn may_pass_number(self, sought: &str) -> bool {
        let is_exact = !matches!(self, TextTest::Wildcard | TextTest::Regex);
        !is_exact || sought.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c))
    }
}

/// A test with its text, compiled.
#[derive(Debug)]
pub(crate) struct Matcher {
    regex: Regex,
    left_boundary: bool,
    right_boundary: bool,
    /// A match is the sought text itself, so values may be searched end to end.
    literal: bool,
    /// A match may hold a character that is not part of a word.
    spans_words: bool,
}

impl Matcher {
    /// The same as [`Matcher::new`], compiled once: it is asked for by every column, part and batch of a search.
    pub(crate) fn shared(test: TextTest, text: &str) -> Result<Arc<Self>, regex::Error> {
        const SHARED_MAX: usize = 256;
        type Compiled = HashMap<(TextTest, String), Arc<Matcher>>;
        static SHARED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
        let key = (test, text.to_owned());
        if let Some(found) = SHARED.lock().get(&key) {
            return Ok(Arc::clone(found));
        }
        let compiled = Arc::new(Matcher::new(test, text)?);
        let mut shared = SHARED.lock();
        if shared.len() >= SHARED_MAX {
            shared.clear();
        }
        shared.insert(key, Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Compiles `test` for `text`; fails on a bad regular expression.
    pub(crate) fn new(test: TextTest, text: &str) -> Result<Self, regex::Error> {
        let first_is_word = text.chars().next().is_some_and(is_spelled);
        let last_is_word = text.chars().next_back().is_some_and(is_spelled);
        let inner_wildcard = test == TextTest::Wildcard && text.trim_matches('*').contains(['*', '?']);
        let (pattern, left_boundary, right_boundary) = match test {
            TextTest::Phrase => (regex::escape(text), first_is_word, last_is_word),
            TextTest::Prefix => (regex::escape(text), first_is_word, false),
            TextTest::Substring => (regex::escape(text), false, false),
            TextTest::Wildcard if inner_wildcard => (wildcard::pattern(text), false, false),
            TextTest::Wildcard => (regex::escape(text.trim_matches('*')), first_is_word, last_is_word),
            TextTest::Regex => (text.to_owned(), false, false),
        };
        let regex = RegexBuilder::new(&pattern)
            .case_insensitive(test != TextTest::Regex)
            .size_limit(4 << 20)
            .build()?;
        let literal = test != TextTest::Regex && !inner_wildcard && !text.is_empty();
        let spans_words = test == TextTest::Regex || text.chars().any(|c| !is_word(c));
        Ok(Matcher { regex, left_boundary, right_boundary, literal, spans_words })
    }

    /// Whether a match may cross from one word to the next.
    pub(crate) fn spans_words(&self) -> bool {
        self.spans_words
    }

    /// Whether `text` passes the test.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let mut from = 0;
        while let Some(found) = self.regex.find_at(bytes, from) {
            if self.stands_alone(bytes, found.start(), found.end()) {
                return true;
            }
            from = found.start() + char_width(bytes, found.start());
            if from > bytes.len() {
                break;
            }
        }
        false
    }

    /// For each value whether it passes; null does not.
    pub(crate) fn test(&self, values: &StringArray) -> BooleanArray {
        let bits = if self.literal { self.scan(values) } else { self.each(values) };
        let bits = match values.nulls() {
            Some(nulls) => &bits & nulls.inner(),
            None => bits,
        };
        BooleanArray::new(bits, None)
    }

    fn each(&self, values: &StringArray) -> BooleanBuffer {
        BooleanBuffer::collect_bool(values.len(), |row| self.is_match(values.value(row)))
    }

    /// One scan over all values end to end; a candidate that crosses from one value into the next is none.
    fn scan(&self, values: &StringArray) -> BooleanBuffer {
        let offsets = values.value_offsets();
        let mut bits = MutableBuffer::from_len_zeroed(values.len().div_ceil(8));
        let (Some(&begin), Some(&end)) = (offsets.first(), offsets.last()) else {
            return BooleanBuffer::new(bits.into(), 0, 0);
        };
        let bytes = &values.values()[..end as usize];
        let mut from = begin as usize;
        let mut row = 0;
        while let Some(found) = self.regex.find_at(bytes, from) {
            while (offsets[row + 1] as usize) <= found.start() {
                row += 1;
            }
            let (row_begin, row_end) = (offsets[row] as usize, offsets[row + 1] as usize);
            let whole = found.end() <= row_end
                && self.stands_alone(
                    &bytes[row_begin..row_end],
                    found.start() - row_begin,
                    found.end() - row_begin,
                );
            if whole {
                bits.as_slice_mut()[row / 8] |= 1 << (row % 8);
                from = row_end;
            } else {
                from = found.start() + char_width(bytes, found.start());
            }
            if from >= bytes.len() {
                break;
            }
        }
        BooleanBuffer::new(bits.into(), 0, values.len())
    }

    fn stands_alone(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        let left_ok = !self.left_boundary || !char_before(bytes, start).is_some_and(is_spelled);
        left_ok && (!self.right_boundary || !char_at(bytes, end).is_some_and(is_spelled))
    }
}

fn char_width(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(0xC0..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xFF) => 4,
        _ => 1,
    }
}

fn char_at(bytes: &[u8], at: usize) -> Option<char> {
    let slice = bytes.get(at..(at + char_width(bytes, at)).min(bytes.len()))?;
    std::str::from_utf8(slice).ok()?.chars().next()
}

fn char_before(bytes: &[u8], at: usize) -> Option<char> {
    let start = (1..=4).find_map(|n| {
        let start = at.checked_sub(n)?;
        ((bytes[start] as i8) >= -0x40).then_some(start)
    })?;
    char_at(bytes, start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(test: TextTest, sought: &str, yes: &[&str], no: &[&str]) {
        let matcher = Matcher::new(test, sought).unwrap();
        for text in yes {
            assert!(matcher.is_match(text), "`{sought}` should be found in `{text}`");
        }
        for text in no {
            assert!(!matcher.is_match(text), "`{sought}` should not be found in `{text}`");
        }
        let all: Vec<&str> = yes.iter().chain(no).copied().collect();
        let found = matcher.test(&StringArray::from(all.clone()));
        let expected: Vec<bool> = (0..all.len()).map(|i| i < yes.len()).collect();
        assert_eq!(found.values().iter().collect::<Vec<_>>(), expected, "the scan over all values");
    }

    #[test]
    fn words_stand_on_boundaries() {
        check(
            TextTest::Phrase,
            "error",
            &["error", "an ERROR.", "x=error;"],
            &["errors", "terror", "my_error", ""],
        );
        check(TextTest::Phrase, "10.0.0.1", &["from 10.0.0.1:80"], &["110.0.0.1", "10.0.0.12", "10a0b0c1"]);
        check(
            TextTest::Phrase,
            "failed password",
            &["Failed password for"],
            &["failed  password", "failed passwords"],
        );
        check(TextTest::Phrase, "-1", &["code -1"], &["code -10"]);
    }

    #[test]
    fn korean_needs_no_boundary() {
        check(TextTest::Phrase, "로그인", &["로그인에 실패", "재로그인"], &["로그 인"]);
        check(TextTest::Phrase, "user로그인", &["user로그인에"], &["superuser로그인"]);
        check(TextTest::Phrase, "server", &["server가 죽음", "새server"], &["servers가"]);
    }

    #[test]
    fn prefixes_wildcards_and_substrings() {
        check(TextTest::Prefix, "conn", &["connection", "re-Connect"], &["reconnect"]);
        check(TextTest::Wildcard, "*fail*", &["nofailure"], &["fall"]);
        check(TextTest::Wildcard, "a*z", &["abcz", "AZ x", "azxaz", "az가"], &["a z", "xaz", "azx"]);
        check(TextTest::Wildcard, "w?rd", &["word", "ward"], &["wrd", "wooord"]);
        check(
            TextTest::Wildcard,
            "web-??",
            &["web-01", "on web-0: up", "web-가나"],
            &["web-012", "web-1", "aweb-01"],
        );
        check(TextTest::Wildcard, "?rror", &["error", "-rror"], &["terror", " rror"]);
        check(TextTest::Wildcard, "*?r*r", &["terror"], &["errors"]);
        check(TextTest::Substring, "rror", &["terrors"], &["eror"]);
        check(TextTest::Regex, r"after \d{3}ms", &["after 250ms"], &["After 250ms", "after 25ms"]);
    }

    #[test]
    fn a_match_never_crosses_values() {
        let matcher = Matcher::new(TextTest::Substring, "ab").unwrap();
        let values = StringArray::from(vec![Some("xa"), Some("bx"), None, Some("ab")]);
        let found: Vec<bool> = matcher.test(&values).values().iter().collect();
        assert_eq!(found, [false, false, false, true]);
        let tail: Vec<bool> = matcher.test(&values.slice(3, 1)).values().iter().collect();
        assert_eq!(tail, [true]);
    }

    proptest! {
        #[test]
        fn scan_equals_each(values in prop::collection::vec("[ab가 _]{0,6}", 0..20), sought in "[ab가 _]{1,3}") {
            for test in [TextTest::Phrase, TextTest::Prefix, TextTest::Substring] {
                let matcher = Matcher::new(test, &sought).unwrap();
                let array = StringArray::from(values.clone());
                prop_assert_eq!(matcher.scan(&array), matcher.each(&array));
            }
        }
    }
}
