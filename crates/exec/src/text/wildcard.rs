//! `*` and `?` inside a word, as a regular expression.
//!
//! `*` is any run of characters without blanks, `?` one of them. The match stands on word boundaries as a
//! word does, and there may be several ways to match, so the boundaries are part of the expression. A star
//! at an edge asks no boundary there.

use std::fmt::Write;
use std::sync::LazyLock;

use girok_index::{is_cjk, is_word};

/// Whether a word goes on across `c`: a letter, digit or `_` of a script that separates words.
pub(super) fn is_spelled(c: char) -> bool {
    is_word(c) && !is_cjk(c)
}

/// The expression that `text` stands for.
pub(super) fn pattern(text: &str) -> String {
    let chars: Vec<char> = text.trim_matches('*').chars().collect();
    let last = chars.len().saturating_sub(1);
    let mut pattern = String::new();
    for (at, c) in chars.into_iter().enumerate() {
        let left = at == 0 && !text.starts_with('*');
        let right = at == last && !text.ends_with('*');
        push(&mut pattern, c, left, right);
    }
    pattern
}

/// One character, with what must not stand at its left and right where a boundary is asked.
fn push(pattern: &mut String, c: char, left: bool, right: bool) {
    let spelled = SPELLED.as_str();
    let begin = if left { format!("(?:^|(?-i:[^{spelled}]))") } else { String::new() };
    let end = if right { format!("(?:$|(?-i:[^{spelled}]))") } else { String::new() };
    match c {
        '*' => pattern.push_str(r"\S*?"),
        '?' if left || right => {
            let _ = write!(pattern, r"(?:{begin}(?-i:[{spelled}]){end}|(?-i:[^{spelled}\s]))");
        }
        '?' => pattern.push_str(r"\S"),
        c if is_spelled(c) => {
            let _ = write!(pattern, "{begin}{}{end}", regex::escape(c.encode_utf8(&mut [0; 4])));
        }
        c => pattern.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
    }
}

/// All characters that are spelled, as the inside of a class.
static SPELLED: LazyLock<String> = LazyLock::new(|| {
    let mut class = String::new();
    let mut run: Option<(char, char)> = None;
    let mut close = |run: Option<(char, char)>| {
        if let Some((first, last)) = run {
            let _ = write!(class, r"\x{{{:x}}}-\x{{{:x}}}", u32::from(first), u32::from(last));
        }
    };
    for c in ('\0'..=char::MAX).filter(|c| is_spelled(*c)) {
        run = match run {
            Some((first, last)) if u32::from(last) + 1 == u32::from(c) => Some((first, c)),
            done => {
                close(done);
                Some((c, c))
            }
        };
    }
    close(run);
    class
});
