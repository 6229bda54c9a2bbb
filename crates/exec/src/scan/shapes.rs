//! Which of a part's shapes pass a test on messages: surely, perhaps, or not?

use std::sync::Arc;

use arrow::array::{Array, StringArray};
use girok_index::shape::{REST, is_placeholder};
use regex::Regex;

use super::fragments::{Fragment, fragments, has_uuid};
use crate::text::{Matcher, TextTest};

/// A test, ready to be asked of many shapes.
pub(crate) struct ShapeTest {
    test: TextTest,
    matcher: Arc<Matcher>,
    /// What is sought has no digit, so it stands in a shape where it stands in the message.
    is_static: bool,
    fragments: Vec<(Fragment, Option<Regex>)>,
}

/// What a shape says about its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Yes,
    No,
    /// The messages have to be read.
    Maybe,
    /// They have to be read, for they have lines that are not in the shape; what is in it does not pass.
    InRest,
}

/// Shapes by number, with a bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShapeSets {
    pub(crate) yes: Vec<bool>,
    pub(crate) maybe: Vec<bool>,
    pub(crate) in_rest: Vec<bool>,
}

impl ShapeTest {
    /// Prepares `test`; nothing for an expression that cannot be compiled, whose error comes up elsewhere.
    pub(crate) fn new(test: TextTest, sought: &str) -> Option<Self> {
        let compiled = |fragment: Fragment| {
            let regex = fragment.in_shapes();
            (fragment, regex)
        };
        Some(ShapeTest {
            test,
            matcher: Matcher::shared(test, sought).ok()?,
            is_static: !sought.bytes().any(|b| b.is_ascii_digit()) && !sought.contains(is_placeholder),
            fragments: fragments(test, sought).into_iter().map(compiled).collect(),
        })
    }

    /// What a shape says about its messages.
    pub(crate) fn decide(&self, shape: &str) -> Decision {
        match self.decide_in_shape(shape) {
            Decision::No if has_rest(shape) => Decision::InRest,
            decision => decision,
        }
    }

    /// The lines that are in no shape may hold a match by themselves, or none of it: what is sought is one piece
    /// within a line.
    pub(crate) fn is_within_line(&self) -> bool {
        self.fragments.len() == 1 && self.fragments.iter().all(|(fragment, _)| !fragment.text.contains('\n'))
    }

    fn decide_in_shape(&self, shape: &str) -> Decision {
        if !shape.contains(is_placeholder) {
            return if self.matcher.is_match(shape) { Decision::Yes } else { Decision::No };
        }
        let is_exact = matches!(self.test, TextTest::Phrase | TextTest::Prefix | TextTest::Substring);
        if is_exact && self.is_static && self.matcher.is_match(shape) {
            return Decision::Yes;
        }
        if self.is_static && self.test == TextTest::Phrase && !self.may_be_in_uuid(shape) {
            return Decision::No;
        }
        let may_stand = |(fragment, regex): &(Fragment, Option<Regex>)| {
            regex.as_ref().is_none_or(|regex| regex.is_match(shape))
                || has_uuid(shape) && fragment.may_be_in_uuid()
        };
        if self.fragments.iter().all(may_stand) { Decision::Maybe } else { Decision::No }
    }

    fn may_be_in_uuid(&self, shape: &str) -> bool {
        has_uuid(shape) && self.fragments.iter().any(|(fragment, _)| fragment.may_be_in_uuid())
    }

    /// The decision on each of a part's shapes.
    pub(crate) fn sets(&self, shapes: &StringArray) -> ShapeSets {
        let texts = || (0..shapes.len()).map(|number| shapes.value(number));
        if self.is_static
            && self.test == TextTest::Phrase
            && self.fragments.iter().all(|(f, _)| !f.may_be_in_uuid())
        {
            // One scan over all shapes end to end says everything.
            let yes: Vec<bool> = self.matcher.test(shapes).values().iter().collect();
            let in_rest = texts().zip(&yes).map(|(shape, yes)| !yes && has_rest(shape)).collect();
            return ShapeSets { yes, maybe: vec![false; shapes.len()], in_rest };
        }
        let decisions: Vec<Decision> = texts().map(|shape| self.decide(shape)).collect();
        let of = |wanted: Decision| decisions.iter().map(|decision| *decision == wanted).collect();
        ShapeSets { yes: of(Decision::Yes), maybe: of(Decision::Maybe), in_rest: of(Decision::InRest) }
    }
}

fn has_rest(shape: &str) -> bool {
    shape.ends_with(REST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use girok_index::shape::{LINES_BYTES_MAX, ShapeScanner, first_line};
    use proptest::prelude::*;

    fn shape_of(message: &str) -> Option<String> {
        ShapeScanner::new().scan(message, |_| {}).map(str::to_owned)
    }

    fn messages() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-g0-2]{1,4}",
            "[ .:=-]{1,2}",
            Just("로그인".to_owned()),
            Just("550e8400-e29b-41d4-abcd-deadbeefcafe".to_owned()),
            "\\PC{1,2}",
            Just("\n".to_owned()),
            Just("-".repeat(LINES_BYTES_MAX)),
        ];
        prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_shape_never_lies(message in messages(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), other in "[a-g0-2 .-]{1,4}", is_upper: bool) {
            let ends: Vec<usize> = message.char_indices().map(|(at, _)| at).chain([message.len()]).collect();
            let (from, to) = (*from.get(&ends), *to.get(&ends));
            let part = &message[from.min(to)..from.max(to)];
            let part = if is_upper { part.to_uppercase() } else { part.to_owned() };
            let Some(shape) = shape_of(&message) else { return Ok(()) };
            for sought in [part.as_str(), &other] {
                for test in TextTest::ALL {
                    let sought = if test == TextTest::Regex { regex::escape(sought) } else { sought.to_owned() };
                    let Some(shape_test) = ShapeTest::new(test, &sought) else { continue };
                    let is_match = Matcher::new(test, &sought).unwrap().is_match(&message);
                    match shape_test.decide(&shape) {
                        Decision::Yes => prop_assert!(is_match, "{test:?} {sought:?} {message:?}"),
                        Decision::No => prop_assert!(!is_match, "{test:?} {sought:?} {message:?}"),
                        Decision::Maybe => {}
                        Decision::InRest => {
                            prop_assert!(!Matcher::new(test, &sought).unwrap().is_match(first_line(&message).0));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn words_are_decided_without_reading_a_message() {
        let decide = |test, sought: &str, message: &str| {
            ShapeTest::new(test, sought).unwrap().decide(&shape_of(message).unwrap())
        };
        let message = "timeout talking to payments at 10.3.0.7 after 250ms";
        assert_eq!(decide(TextTest::Phrase, "TIMEOUT talking", message), Decision::Yes);
        assert_eq!(decide(TextTest::Phrase, "refused", message), Decision::No);
        assert_eq!(decide(TextTest::Phrase, "10.3.0.7", message), Decision::Maybe);
        assert_eq!(decide(TextTest::Phrase, "at 7", message), Decision::Maybe);
        assert_eq!(decide(TextTest::Phrase, "to 7", message), Decision::No);
        assert_eq!(decide(TextTest::Substring, "imeout talk", message), Decision::Yes);
        assert_eq!(decide(TextTest::Substring, "nobody", message), Decision::Maybe, "250nobody is one word");
        assert_eq!(decide(TextTest::Regex, r"talking to \w+ at 10\.3\.\d+", message), Decision::Maybe);
        assert_eq!(decide(TextTest::Regex, r"talking with \w+", message), Decision::No);
        let message = format!("{message}\n{}", "    at com.example.Pool.borrow(Pool.java:71)\n".repeat(9));
        assert_eq!(decide(TextTest::Phrase, "timeout talking", &message), Decision::Yes);
        assert_eq!(decide(TextTest::Phrase, "borrow", &message), Decision::InRest);
        assert_eq!(decide(TextTest::Phrase, "10.3.0.7", &message), Decision::Maybe);
    }
}
