//! What must stand in a text, whatever else does, for it to pass a test?

use girok_index::shape::{HEX, NUMBER, UUID, WORD};
use girok_index::{is_cjk, is_word};
use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::text::TextTest;

/// A shorter literal of an expression occurs nearly everywhere.
const LITERAL_CHARS_MIN: usize = 2;

/// A stretch of text that a match holds; at an end where it is cut it may begin or end inside a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) text: String,
    pub(crate) cut_left: bool,
    pub(crate) cut_right: bool,
}

/// What every text that passes `test` for `sought` holds.
pub(crate) fn fragments(test: TextTest, sought: &str) -> Vec<Fragment> {
    let fragment =
        |text: &str, cut_left: bool, cut_right: bool| Fragment { text: text.to_owned(), cut_left, cut_right };
    match test {
        TextTest::Phrase => vec![fragment(sought, false, false)],
        TextTest::Prefix => vec![fragment(sought, false, true)],
        TextTest::Substring => vec![fragment(sought, true, true)],
        TextTest::Wildcard => {
            let pieces = sought.split(['*', '?']).filter(|piece| !piece.is_empty());
            pieces.map(|piece| fragment(piece, true, true)).collect()
        }
        TextTest::Regex => literals(sought).iter().map(|literal| fragment(literal, true, true)).collect(),
    }
}

/// The literals that every match of an expression holds.
fn literals(expression: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::parse(expression) else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = String::new();
    collect(&hir, &mut open, &mut found);
    found.push(open);
    found.retain(|literal| literal.chars().count() >= LITERAL_CHARS_MIN);
    found
}

/// Adds what `hir` says to the literal that is open, or closes it.
fn collect(hir: &Hir, open: &mut String, found: &mut Vec<String>) {
    let close = |open: &mut String, found: &mut Vec<String>| found.push(std::mem::take(open));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => open.push_str(text),
            Err(_) => close(open, found),
        },
        HirKind::Class(class) => match one_letter(class) {
            Some(letter) => open.push(letter),
            None => close(open, found),
        },
        HirKind::Capture(capture) => collect(&capture.sub, open, found),
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect(part, open, found)),
        HirKind::Repetition(repetition) => {
            close(open, found);
            if repetition.min > 0 {
                collect(&repetition.sub, open, found);
                close(open, found);
            }
        }
        HirKind::Alternation(_) => close(open, found),
    }
}

/// The letter, if the class is one letter in both cases.
fn one_letter(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let mut letters =
        class.iter().map(|range| (range.start() == range.end()).then(|| range.start().to_ascii_lowercase()));
    let first = letters.next()??;
    let mut rest = letters.filter(|letter| *letter != Some('\u{17f}') && *letter != Some('\u{212a}'));
    rest.all(|letter| letter == Some(first)).then_some(first)
}

impl Fragment {
    /// An expression that finds every shape in which the fragment may stand: placeholders may hold its words.
    /// Nothing is said about UUIDs, see [`Fragment::may_be_in_uuid`].
    pub(crate) fn in_shapes(&self) -> Option<Regex> {
        let mut pattern = String::from("(?i)");
        let runs = runs(&self.text);
        let last = runs.len().saturating_sub(1);
        for (at, run) in runs.iter().enumerate() {
            let is_cut = at == 0 && self.cut_left || at == last && self.cut_right;
            match run.is_word {
                true => pattern.push_str(&word_pattern(run.text, is_cut)),
                false => pattern.push_str(&regex::escape(run.text)),
            }
        }
        Regex::new(&pattern).ok()
    }

    /// Whether some word of it could be one of a UUID's groups, or a piece of one.
    pub(crate) fn may_be_in_uuid(&self) -> bool {
        let words = runs(&self.text);
        words.iter().any(|run| run.text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
    }
}

/// A stretch of word characters, or of others.
struct Run<'t> {
    text: &'t str,
    is_word: bool,
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let in_word = |c: char| is_word(c) && !is_cjk(c);
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = in_word(first);
        let end = rest.find(|c| in_word(c) != is_word).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        runs.push(Run { text, is_word });
        rest = after;
    }
    runs
}

/// What stands for a word in a shape: itself if it has no digit, the placeholder of its kind if it has one;
/// if it may be a piece of a longer word, any placeholder of words that can hold it.
fn word_pattern(word: &str, is_cut: bool) -> String {
    let has_digit = word.bytes().any(|b| b.is_ascii_digit());
    let is_number = word.bytes().all(|b| b.is_ascii_digit());
    let is_hex = word.bytes().all(|b| b.is_ascii_hexdigit());
    let placeholders: &[char] = match (is_cut, is_number, is_hex) {
        (true, true, _) => &[NUMBER, HEX, WORD],
        (true, false, true) => &[HEX, WORD],
        (true, ..) => &[WORD],
        (false, ..) if !has_digit => &[],
        (false, true, _) => &[NUMBER],
        (false, false, true) => &[HEX],
        (false, ..) => &[WORD],
    };
    let mut alternatives: Vec<String> = placeholders.iter().map(|c| regex::escape(&c.to_string())).collect();
    if !has_digit {
        alternatives.push(regex::escape(word));
    }
    format!("(?:{})", alternatives.join("|"))
}

/// Whether a shape has a UUID in it.
pub(crate) fn has_uuid(shape: &str) -> bool {
    shape.contains(UUID)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(test: TextTest, sought: &str) -> Vec<String> {
        fragments(test, sought).into_iter().map(|fragment| fragment.text).collect()
    }

    #[test]
    fn an_expression_gives_the_literals_of_every_match() {
        let regex = |expression| texts(TextTest::Regex, expression);
        assert_eq!(regex(r"timeout talking to \w+ at 10\.3\.\d+"), ["timeout talking to ", " at 10.3."]);
        assert_eq!(regex("(?i)Error (in)+ x?yz"), ["error ", "in", "yz"]);
        assert_eq!(regex("a|b"), [""; 0]);
        assert_eq!(regex("^start(ing)?$"), ["start"]);
        assert_eq!(texts(TextTest::Wildcard, "*fail*ure?"), ["fail", "ure"]);
    }

    #[track_caller]
    fn check(fragment: (&str, bool, bool), yes: &[&str], no: &[&str]) {
        let fragment = Fragment { text: fragment.0.to_owned(), cut_left: fragment.1, cut_right: fragment.2 };
        let regex = fragment.in_shapes().unwrap();
        yes.iter().for_each(|shape| assert!(regex.is_match(shape), "{fragment:?} may be in {shape:?}"));
        no.iter().for_each(|shape| assert!(!regex.is_match(shape), "{fragment:?} cannot be in {shape:?}"));
    }

    #[test]
    fn placeholders_hold_what_they_can() {
        check(
            ("at 10.3.0.7", false, false),
            &["AT \u{1}.\u{1}.\u{1}.\u{1}:\u{1}"],
            &["at \u{1}.\u{2}.\u{1}.\u{1}"],
        );
        check(
            ("imeout talk", true, true),
            &["timeout talking", "\u{3} talks"],
            &["timeout \u{1} talk", "out \u{3}"],
        );
        check(("beef", true, true), &["xbeefx", "\u{2}", "\u{3}"], &["\u{1}"]);
        check(("conn", false, true), &["connected", "\u{3}"], &["\u{2}", "\u{1}"]);
        check(("42", true, true), &["\u{1}", "\u{2}", "\u{3}"], &["no number"]);
    }
}
