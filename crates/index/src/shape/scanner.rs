//! How is a message reduced to its shape? In one pass that looks at each byte once.

use super::{HEX, NUMBER, REST, SHAPE_BYTES_MAX, UUID, WORD, first_line};
use crate::{is_cjk, is_word};

/// What a byte is. The classes of a token's bytes are or-ed together, so each is one bit.
const SEPARATOR: u8 = 0;
const DIGIT: u8 = 1;
const HEX_LETTER: u8 = 2;
const OTHER_LETTER: u8 = 4;
const NOT_ASCII: u8 = 8;
const RESERVED: u8 = 16;

const CLASS: [u8; 256] = {
    let mut table = [SEPARATOR; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX_LETTER,
            b'g'..=b'z' | b'G'..=b'Z' | b'_' => OTHER_LETTER,
            1..=5 => RESERVED,
            0x80.. => NOT_ASCII,
            _ => SEPARATOR,
        };
        byte += 1;
    }
    table
};

/// Where the groups of a UUID end; a `-` follows each but the last.
const UUID_GROUP_ENDS: [usize; 5] = [8, 13, 18, 23, 36];

/// Reduces messages to shapes; keeps its buffer.
#[derive(Debug, Default)]
pub struct ShapeScanner {
    shape: String,
}

impl ShapeScanner {
    /// A scanner with an empty buffer.
    pub fn new() -> Self {
        ShapeScanner::default()
    }

    /// The shape of `message`, or nothing if it has none.
    ///
    /// `variable` gets the text of each variable token in order; of a UUID, of each of its five groups. If there is
    /// no shape it may have got some of them. Lines that are not in the shape are not looked at.
    #[inline]
    pub fn scan<'s>(&'s mut self, message: &str, mut variable: impl FnMut(&str)) -> Option<&'s str> {
        let (message, rest) = first_line(message);
        self.shape.clear();
        let mut copied = 0;
        let mut at = 0;
        while let Some(token) = next_token(message, at) {
            let Token { start, end, classes } = token;
            if classes & RESERVED != 0 {
                return None;
            }
            at = end;
            let placeholder = if let Some(uuid_end) = uuid_end(message, &token) {
                at = uuid_end;
                give_groups(&message[start..at], &mut variable);
                UUID
            } else if classes & DIGIT != 0 {
                variable(&message[start..end]);
                placeholder_of(classes)
            } else {
                continue;
            };
            self.shape.push_str(&message[copied..start]);
            self.shape.push(placeholder);
            if self.shape.len() > SHAPE_BYTES_MAX {
                return None;
            }
            copied = at;
        }
        if self.shape.len() + message.len() - copied > SHAPE_BYTES_MAX {
            return None;
        }
        self.shape.push_str(&message[copied..]);
        if !rest.is_empty() {
            self.shape.push(REST);
        }
        Some(&self.shape)
    }
}

/// A token, or a reserved character in place of one.
struct Token {
    start: usize,
    end: usize,
    classes: u8,
}

/// The first token at or after `from`, which is not inside of one.
#[inline]
fn next_token(text: &str, from: usize) -> Option<Token> {
    let bytes = text.as_bytes();
    let mut start = from;
    loop {
        let class = CLASS[usize::from(*bytes.get(start)?)];
        match class {
            SEPARATOR => start += 1,
            RESERVED => return Some(Token { start, end: start, classes: RESERVED }),
            NOT_ASCII => match letter_length(text, start) {
                Ok(_) => break,
                Err(length) => start += length,
            },
            _ => break,
        }
    }
    let (end, classes) = token_end(text, start);
    Some(Token { start, end, classes })
}

/// Where the token that begins at `start` ends, and what it is made of.
#[inline]
fn token_end(text: &str, start: usize) -> (usize, u8) {
    let bytes = text.as_bytes();
    let mut classes = 0;
    let mut end = start;
    while let Some(byte) = bytes.get(end) {
        match CLASS[usize::from(*byte)] {
            SEPARATOR | RESERVED => break,
            NOT_ASCII => match letter_length(text, end) {
                Ok(length) => {
                    classes |= OTHER_LETTER;
                    end += length;
                }
                Err(_) => break,
            },
            class => {
                classes |= class;
                end += 1;
            }
        }
    }
    (end, classes)
}

/// The length of the character beyond ASCII at `at`: as `Ok` if it continues a token, as `Err` if it does not.
fn letter_length(text: &str, at: usize) -> Result<usize, usize> {
    let c = text[at..].chars().next().expect("a byte beyond ASCII begins a character here");
    if is_word(c) && !is_cjk(c) { Ok(c.len_utf8()) } else { Err(c.len_utf8()) }
}

fn placeholder_of(classes: u8) -> char {
    match classes {
        DIGIT => NUMBER,
        classes if classes == DIGIT | HEX_LETTER => HEX,
        _ => WORD,
    }
}

/// Where the UUID ends whose first group `first` is, if it is one.
#[inline]
fn uuid_end(text: &str, first: &Token) -> Option<usize> {
    let bytes = text.as_bytes();
    let may_be = first.end - first.start == UUID_GROUP_ENDS[0]
        && first.classes & OTHER_LETTER == 0
        && bytes.get(first.end) == Some(&b'-');
    if !may_be {
        return None;
    }
    let mut group_start = first.end + 1;
    for group_end in &UUID_GROUP_ENDS[1..] {
        let expected = first.start + group_end;
        let (end, classes) = token_end(text, group_start);
        let dash = expected == first.start + 36 || bytes.get(end) == Some(&b'-');
        if end != expected || classes & OTHER_LETTER != 0 || !dash {
            return None;
        }
        group_start = end + 1;
    }
    Some(first.start + 36)
}

fn give_groups(uuid: &str, variable: &mut impl FnMut(&str)) {
    let mut start = 0;
    for end in UUID_GROUP_ENDS {
        variable(&uuid[start..end]);
        start = end + 1;
    }
}
