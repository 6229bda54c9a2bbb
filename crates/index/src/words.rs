//! What is a word, and what is its hash?
//!
//! Word characters are Unicode letters, digits and `_`. Case is folded by upper-casing and then
//! lower-casing each character, which maps together everything that any usual case-insensitive comparison
//! holds equal (`ſ` and `s`, `ς` and `σ`, the Kelvin sign and `k`). Runs of Hangul, Han and Kana have no
//! word boundaries inside, so they give each character and each pair of neighbours instead of whole words.
//!
//! The contract that makes pruning safe: where a phrase occurs in a text on word boundaries (an edge in
//! Hangul, Han or Kana needs none), every token of the phrase is a token of the text.

use std::ops::Range;

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

/// The shortest token, in bytes, that is indexed by itself: shorter ones are in nearly every block.
pub(crate) const TOKEN_BYTES_MIN: usize = 3;

/// Where in an event a token stands. What is sought in one place is not looked for in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The line as text: message, head, raw.
    Text,
    /// The event's fields.
    Field,
}

impl Place {
    /// The hash under which a token of this place is indexed.
    #[inline]
    pub(crate) fn salt(self, hash: u64) -> u64 {
        match self {
            Place::Text => hash,
            // Any odd multiplier moves every bit that counts.
            Place::Field => hash.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29),
        }
    }
}

/// The hash of one token of ASCII.
#[inline]
pub(crate) fn token_hash(token: &str) -> u64 {
    match token.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => hash_folded(token.as_bytes()),
        false => xxh3_64(token.as_bytes()),
    }
}

/// The hash of four numbers with single dots between them, by the hashes of the numbers: of an IPv4 address
/// the numbers are in nearly every block, but seldom all four together.
pub(crate) fn quad_hash(numbers: [u64; 4]) -> u64 {
    numbers.iter().fold(0x51ed_270b_7a14_39c5, |mixed: u64, number| {
        (mixed.rotate_left(23) ^ number).wrapping_mul(0x9fb2_1c65_1e98_df25)
    })
}

/// Gives the hashes under which `text` is indexed: of its tokens that are long enough, and of every four
/// numbers with single dots between them.
pub(crate) fn indexed_tokens(text: &str, mut each: impl FnMut(u64)) {
    let bytes = text.as_bytes();
    let (mut numbers, mut count, mut previous_end) = ([0; 4], 0usize, 0);
    tokens_at(text, |token| {
        if token.length >= TOKEN_BYTES_MIN {
            each(token.hash);
        }
        if !bytes[token.start..token.end].iter().all(u8::is_ascii_digit) {
            count = 0;
            return;
        }
        let continues = count > 0 && bytes[previous_end..token.start] == *b".";
        count = if continues { count + 1 } else { 1 };
        numbers.rotate_left(1);
        numbers[3] = token.hash;
        previous_end = token.end;
        if count >= 4 {
            each(quad_hash(numbers));
        }
    });
}

/// The hashes in a part's table by which blocks are found whose heads, raw lines and messages without a shape may hold
/// `phrase` on word boundaries.
pub fn sought_in_texts(phrase: &str) -> Vec<u64> {
    salted(Place::Text, sought_hashes(phrase))
}

/// Those by which blocks are found whose messages may hold it: of its words with digits, for the others stand in the
/// shapes.
pub fn sought_in_messages(phrase: &str) -> Vec<u64> {
    salted(Place::Text, sought_variables(phrase))
}

/// Those by which blocks are found in which a column may hold it whose values are not listed.
pub fn sought_in_fields(phrase: &str) -> Vec<u64> {
    salted(Place::Field, sought_hashes(phrase))
}

fn salted(place: Place, hashes: Vec<u64>) -> Vec<u64> {
    hashes.into_iter().map(|hash| place.salt(hash)).collect()
}

/// The hashes that a text must be indexed under if it holds `phrase` on word boundaries.
pub(crate) fn sought_hashes(phrase: &str) -> Vec<u64> {
    let mut hashes = Vec::new();
    indexed_tokens(phrase, |hash| hashes.push(hash));
    sorted(hashes)
}

/// Of these, only those of tokens that are variable in a message's shape, and of addresses.
pub(crate) fn sought_variables(phrase: &str) -> Vec<u64> {
    let is_variable = |c: char| c.is_ascii_digit();
    let mut hashes = Vec::new();
    for words in phrase.split(|c| !is_word(c) && c != '.' || is_cjk(c)) {
        if words.split('.').all(|word| word.contains(is_variable)) {
            indexed_tokens(words, |hash| hashes.push(hash));
        } else {
            let variable = words.split('.').filter(|word| word.contains(is_variable));
            variable.for_each(|word| indexed_tokens(word, |hash| hashes.push(hash)));
        }
    }
    sorted(hashes)
}

/// The hashes that a part has in the table of its day if `phrase` stands on word boundaries anywhere in it: those of
/// variable tokens, and of words that stand in shapes as they are. A UUID may hide a word of hexadecimal letters.
pub fn sought_in_parts(phrase: &str) -> Vec<u64> {
    let mut hashes = sought_variables(phrase);
    tokens_at(phrase, |token| {
        let word = &phrase.as_bytes()[token.start..token.end];
        let is_static = !word.iter().any(u8::is_ascii_digit) && !word.iter().all(u8::is_ascii_hexdigit);
        if is_static && token.length >= TOKEN_BYTES_MIN {
            hashes.push(token.hash);
        }
    });
    sorted(hashes)
}

fn sorted(mut hashes: Vec<u64>) -> Vec<u64> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// What is left of `part` without the words at its edges, which may be cut.
pub fn without_cut_words(part: &str) -> &str {
    part.trim_matches(|c| is_word(c) && !is_cjk(c))
}

/// Gives the hash of every token of `text`; a token that occurs twice is given twice.
#[inline]
pub fn tokens(text: &str, mut each: impl FnMut(u64)) {
    tokens_at(text, |token| each(token.hash));
}

/// A token and where it stands.
struct Token {
    hash: u64,
    start: usize,
    end: usize,
    /// Bytes of its folded text: what is equal but for case has the same.
    length: usize,
}

/// The same, with where in `text` each token stands.
#[inline]
fn tokens_at(text: &str, mut each: impl FnMut(Token)) {
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
            unicode_tokens(text, start..at, &mut each);
        } else {
            let word = &bytes[start..at];
            let hash = if has_upper { hash_folded(word) } else { xxh3_64(word) };
            each(Token { hash, start, end: at, length: word.len() });
        }
    }
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
fn unicode_tokens(text: &str, run: Range<usize>, each: &mut impl FnMut(Token)) {
    let mut word = Word::default();
    let mut previous: Option<(char, usize)> = None;
    for (at, original) in text[run.clone()].char_indices() {
        let (start, end) = (run.start + at, run.start + at + original.len_utf8());
        for c in fold(original) {
            if !is_word(c) {
                word.end(each);
                previous = None;
            } else if is_cjk(c) {
                word.end(each);
                each(of_chars(&[c], start, end));
                if let Some((before, its_start)) = previous {
                    each(of_chars(&[before, c], its_start, end));
                }
                previous = Some((c, start));
            } else {
                word.push(c, start, end);
                previous = None;
            }
        }
    }
    word.end(each);
}

/// A character as it is compared. Twice, because `ẞ` becomes `ß` and only that becomes `ss`.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// The word at hand, folded.
#[derive(Default)]
struct Word {
    text: String,
    start: usize,
    end: usize,
}

impl Word {
    fn push(&mut self, c: char, start: usize, end: usize) {
        if self.text.is_empty() {
            self.start = start;
        }
        self.end = end;
        self.text.push(c);
    }

    fn end(&mut self, each: &mut impl FnMut(Token)) {
        if !self.text.is_empty() {
            let hash = xxh3_64(self.text.as_bytes());
            each(Token { hash, start: self.start, end: self.end, length: self.text.len() });
            self.text.clear();
        }
    }
}

fn of_chars(chars: &[char], start: usize, end: usize) -> Token {
    let mut buffer = [0u8; 8];
    let mut length = 0;
    for c in chars {
        length += c.encode_utf8(&mut buffer[length..]).len();
    }
    Token { hash: xxh3_64(&buffer[..length]), start, end, length }
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
        check("ſ \u{212A}elvin ΟΔΟΣ οδος STRAẞE", &["s", "kelvin", "οδοσ", "οδοσ", "strasse"]);
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
        assert_eq!(without_cut_words("bc def gh"), " def ");
        assert_eq!(without_cut_words("abc"), "");
        assert_eq!(without_cut_words("로그 abc"), "로그 ");
        assert_eq!(without_cut_words(" abc "), " abc ");
    }

    #[test]
    fn addresses_are_indexed_as_a_whole() {
        let all = |text: &str| sought_hashes(text).len();
        assert_eq!(all("10.3.0.7"), 1, "the numbers alone are too short");
        assert_eq!(all("110.3.0.7:8080"), 3);
        assert_eq!(all("1.2.3.4.5"), 2);
        assert_eq!(all("1.2.3..4 1.2.3 .4"), 0);
        let sought = sought_hashes("10.3.0.7");
        for text in ["from 10.3.0.7", "서버10.3.0.7에서"] {
            let hashes = sought_hashes(text);
            assert!(sought.iter().all(|hash| hashes.contains(hash)), "{text}");
        }
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
