//! What it means that a text holds a word, a phrase, a wildcard, said character by character.
//!
//! From `docs/query.md` and ARCHITECTURE.md: a word stands on word boundaries; letters, digits and `_` of any
//! language make up words; beside Hangul, Han and Kana no boundary is asked; case does not matter.

use girok_query::ast::Test;

/// Whether `text` passes a test that is asked of text; nothing if `test` is of another sort.
pub(crate) fn holds(test: &Test, text: &str) -> Option<bool> {
    Some(match test {
        Test::Phrase(sought) => stands(text, sought, true),
        Test::Prefix(sought) => stands(text, sought, false),
        Test::Substring(sought) => contains(text, sought),
        Test::Wildcard(pattern) => wildcard(text, pattern),
        Test::Regex(pattern) => regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text)),
        _ => return None,
    })
}

/// Whether `sought` is somewhere in `text`, in any case.
pub(crate) fn contains(text: &str, sought: &str) -> bool {
    let (text, sought) = (chars(text), chars(sought));
    (0..=text.len()).any(|at| begins(&text[at..], &sought))
}

/// Whether `text` begins with `sought`, in any case.
pub(crate) fn starts_with(text: &str, sought: &str) -> bool {
    begins(&chars(text), &chars(sought))
}

/// Whether `sought` stands in `text` on a word boundary, and ends on one if it `is_whole`.
fn stands(text: &str, sought: &str, is_whole: bool) -> bool {
    let (text, sought) = (chars(text), chars(sought));
    (0..=text.len()).any(|at| {
        begins(&text[at..], &sought) && is_free(&text, at) && (!is_whole || is_free(&text, at + sought.len()))
    })
}

/// `*` is any run without blanks, `?` one character that is no blank; a star at an edge asks no boundary there.
fn wildcard(text: &str, pattern: &str) -> bool {
    let (free_left, free_right) = (pattern.starts_with('*'), pattern.ends_with('*'));
    let pattern: Vec<char> = pattern.trim_matches('*').chars().collect();
    let text = chars(text);
    (0..=text.len())
        .filter(|at| free_left || is_free(&text, *at))
        .any(|at| ends(&text, at, &pattern).into_iter().any(|end| free_right || is_free(&text, end)))
}

/// Every place where a match of `pattern` that begins at `at` may end.
fn ends(text: &[char], at: usize, pattern: &[char]) -> Vec<usize> {
    let Some((first, rest)) = pattern.split_first() else { return vec![at] };
    let is_solid = |at: usize| text.get(at).is_some_and(|c| !c.is_whitespace());
    match first {
        '*' => {
            let run = (at..text.len()).take_while(|at| is_solid(*at)).count();
            (at..=at + run).flat_map(|from| ends(text, from, rest)).collect()
        }
        '?' if is_solid(at) => ends(text, at + 1, rest),
        c if *c != '?' && text.get(at).is_some_and(|here| is_same(*here, *c)) => ends(text, at + 1, rest),
        _ => Vec::new(),
    }
}

/// Whether no word goes on across the place before the character at `at`.
fn is_free(text: &[char], at: usize) -> bool {
    let is_spelled = |c: &char| is_word(*c) && !is_cjk(*c);
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    !(before.is_some_and(is_spelled) && text.get(at).is_some_and(is_spelled))
}

fn begins(text: &[char], sought: &[char]) -> bool {
    text.len() >= sought.len() && text.iter().zip(sought).all(|(a, b)| is_same(*a, *b))
}

fn is_same(a: char, b: char) -> bool {
    let lower = |c: char| single(c.to_lowercase()).unwrap_or(c);
    let upper = |c: char| single(c.to_uppercase()).unwrap_or(c);
    a == b || lower(a) == lower(b) || upper(a) == upper(b)
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Hangul, Han and Kana, as far as the generated texts go.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}
