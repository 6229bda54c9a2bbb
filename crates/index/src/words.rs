//! What is a word, and what is its hash?
//!
//! Word characters are Unicode letters, digits and `_`. Case is folded by upper-casing and then
//! lower-casing each character, which maps together everything that any usual case-insensitive comparison
//! holds equal (`ſ` and `s`, `ς` and `σ`, the Kelvin sign and `k`). Runs of Hangul, Han and Kana have no
//! word boundaries inside, so they give each character and each pair of neighbours instead of whole words.
//!
//! The contract that makes pruning safe: where a phrase occurs in a text on word boundaries (an edge in
//! Hangul, Han or Kana needs none), every token of the phrase is a token of the text.

use xxhash_rust::xxh3::xxh3_64;

const SEPARATOR: u8 = 0;
const NOT_ASCII: u8 = 1;

/// For each byte: separator, not ASCII, or the folded word character itself.
const FOLDED: [u8; 256] = {
    let mut table = [SEPARATOR; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = match b {
            b'0'..=b'9' | b'a'..=b'z' | b'_' => b,
            b'A'..=b'Z' => b + 32,
            0x80.. => NOT_ASCII,
            _ => SEPARATOR,
        };
        byte += 1;
    }
    table
};

/// Whether `c` is part of a word.
pub fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Whether `c` is Hangul, Han or Kana: scripts whose words are not separated.
pub fn is_cjk(c: char) -> bool {
    let in_block = matches!(u32::from(c),
        0x1100..=0x11FF | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3031..=0x3035 | 0x3038..=0x303C
        | 0x3041..=0x30FF | 0x3131..=0x318E | 0x31A0..=0x31BF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA960..=0xA97C | 0xAC00..=0xD7A3 | 0xD7B0..=0xD7FB
        | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0xFFA0..=0xFFDC | 0x16FE0..=0x18DFF | 0x1AFF0..=0x1B2FB
        | 0x20000..=0x3FFFF);
    in_block && c.is_alphanumeric()
}

/// Gives the hash of every token of `text`; a token that occurs twice is given twice.
#[inline]
pub fn tokens(text: &str, mut each: impl FnMut(u64)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if FOLDED[usize::from(bytes[at])] == SEPARATOR {
            at += 1;
            continue;
        }
        let start = at;
        let mut has_upper = false;
        while at < bytes.len() && FOLDED[usize::from(bytes[at])] > NOT_ASCII {
            has_upper |= bytes[at].is_ascii_uppercase();
            at += 1;
        }
        if bytes.get(at).is_some_and(|b| !b.is_ascii()) {
            at = end_of_run(bytes, at);
            unicode_tokens(&text[start..at], &mut each);
        } else if has_upper {
            each(hash_folded(&bytes[start..at]));
        } else {
            each(xxh3_64(&bytes[start..at]));
        }
    }
}

/// The tokens that must be in a text that holds `phrase` on word boundaries.
pub fn phrase_hashes(phrase: &str) -> Vec<u64> {
    let mut hashes = Vec::new();
    tokens(phrase, |hash| hashes.push(hash));
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// The tokens that must be in a text that holds `part` anywhere: without the cut words at its edges.
pub fn substring_hashes(part: &str) -> Vec<u64> {
    phrase_hashes(part.trim_matches(|c| is_word(c) && !is_cjk(c)))
}

fn end_of_run(bytes: &[u8], from: usize) -> usize {
    let length = bytes[from..].iter().take_while(|b| FOLDED[usize::from(**b)] != SEPARATOR).count();
    from + length
}

fn hash_folded(word: &[u8]) -> u64 {
    let mut buffer = [0u8; 64];
    match buffer.get_mut(..word.len()) {
        Some(folded) => {
            for (to, from) in folded.iter_mut().zip(word) {
                *to = FOLDED[usize::from(*from)];
            }
            xxh3_64(folded)
        }
        None => xxh3_64(&word.to_ascii_lowercase()),
    }
}

/// The tokens of a run without an ASCII separator that has characters beyond ASCII.
fn unicode_tokens(run: &str, each: &mut impl FnMut(u64)) {
    let mut word = String::new();
    let mut previous: Option<char> = None;
    for c in run.chars().flat_map(fold) {
        if !is_word(c) {
            flush(&mut word, each);
            previous = None;
        } else if is_cjk(c) {
            flush(&mut word, each);
            each(hash_chars(&[c]));
            if let Some(before) = previous {
                each(hash_chars(&[before, c]));
            }
            previous = Some(c);
        } else {
            word.push(c);
            previous = None;
        }
    }
    flush(&mut word, each);
}

fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

fn flush(word: &mut String, each: &mut impl FnMut(u64)) {
    if !word.is_empty() {
        each(xxh3_64(word.as_bytes()));
        word.clear();
    }
}

fn hash_chars(chars: &[char]) -> u64 {
    let mut buffer = [0u8; 8];
    let mut length = 0;
    for c in chars {
        length += c.encode_utf8(&mut buffer[length..]).len();
    }
    xxh3_64(&buffer[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut got = Vec::new();
        tokens(text, |hash| got.push(hash));
        let expected: Vec<u64> = expected.iter().map(|token| xxh3_64(token.as_bytes())).collect();
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn words_are_letters_digits_and_underscore() {
        check("", &[]);
        check("GET /api/v1?x=1", &["get", "api", "v1", "x", "1"]);
        check("snake_case-kebab", &["snake_case", "kebab"]);
        check(&"A".repeat(100), &[&"a".repeat(100)]);
        check("a\0b", &["a", "b"]);
    }

    #[test]
    fn case_is_folded_beyond_ascii() {
        check("Müller-STRASSE", &["müller", "strasse"]);
        check("ſ \u{212A}elvin ΟΔΟΣ οδος", &["s", "kelvin", "οδοσ", "οδοσ"]);
    }

    #[test]
    fn cjk_gives_characters_and_pairs() {
        check("서버error", &["서", "버", "서버", "error"]);
        check("abc로그", &["abc", "로", "그", "로그"]);
        check("東 京", &["東", "京"]);
        check("로그、검색", &["로", "그", "로그", "검", "색", "검색"]);
    }

    #[test]
    fn a_substring_loses_its_cut_words() {
        assert_eq!(substring_hashes("bc def gh"), phrase_hashes("def"));
        assert_eq!(substring_hashes("abc"), []);
        assert_eq!(substring_hashes("로그 abc"), phrase_hashes("로그"));
        assert_eq!(substring_hashes(" abc "), phrase_hashes("abc"));
    }

    #[test]
    fn cjk_is_always_a_word() {
        for c in (0..=0x3FFFFu32).filter_map(char::from_u32) {
            assert!(!is_cjk(c) || is_word(c), "{c:?}");
        }
        assert!(
            is_cjk('한') && is_cjk('漢') && is_cjk('カ') && is_cjk('ー') && !is_cjk('、') && !is_cjk('é')
        );
    }
}
