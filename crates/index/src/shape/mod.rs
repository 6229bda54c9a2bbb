//! Which sentence does this message fill in? Its shape: the text with everything that varies taken out.
//!
//! The tokens of a message are its words as [`crate::tokens`] cuts them: maximal runs of letters, digits and `_`,
//! where Hangul, Han and Kana end a run. A token with an ASCII digit is **variable** and leaves a placeholder, one
//! control character that says what it looked like. Everything else is **static** and stands in the shape as it
//! stood in the message, white space, punctuation and case included. A UUID leaves one placeholder as a whole.
//!
//! What makes shapes exact for search: a phrase without digits occurs on word boundaries in a message exactly if
//! it occurs so in its shape. The only exception are shapes with [`UUID`]: the groups of a UUID may lack digits, so
//! such a shape says nothing about a word of 4, 8 or 12 letters `a` to `f`, nor about a single `-`. Prefixes and
//! parts of words may also lie inside of variable tokens, whose texts the scanner gives to its caller.
//!
//! A long message of several lines, such as one with a stack trace, has the shape of its first line, and [`REST`] behind it:
//! what comes after the first line ([`first_line`]) may be anything. Its tokens are for the caller to index.
//!
//! A message may have no shape: if it holds one of the placeholders itself, or if its shape would be longer than
//! [`SHAPE_BYTES_MAX`]. Nothing is assumed about messages, they may be any text of any length.

mod display;
mod scanner;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use display::composite;
pub use display::display_shape;
pub use scanner::ShapeScanner;
pub use table::{SHAPES_MAX, ShapeTable};

/// Stands for digits only: `443`.
pub const NUMBER: char = '\u{1}';

/// Stands for hexadecimal digits, at least one of them a digit and one a letter: `5f3a`.
pub const HEX: char = '\u{2}';

/// Stands for any other token that holds a digit: `eth0`, `blk_17`.
pub const WORD: char = '\u{3}';

/// Stands for a UUID: hexadecimal digits in groups of 8, 4, 4, 4 and 12, with `-` between.
pub const UUID: char = '\u{4}';

/// Stands at the end of a shape for further lines, whatever they are.
pub const REST: char = '\u{5}';

/// The longest message in bytes of which all lines are in the shape.
pub const LINES_BYTES_MAX: usize = 256;

/// The longest shape in bytes; a longer text is prose or data rather than a sentence that repeats.
pub const SHAPE_BYTES_MAX: usize = 1024;

/// Whether `c` is one of the placeholders.
pub fn is_placeholder(c: char) -> bool {
    (NUMBER..=REST).contains(&c)
}

/// The part of a message that is in its shape, its line break included, and the lines that are not.
#[inline]
pub fn first_line(message: &str) -> (&str, &str) {
    if message.len() <= LINES_BYTES_MAX {
        return (message, "");
    }
    // A line without anything on it is no sentence.
    let begin = message.len() - message.trim_start().len();
    let end = memchr::memchr(b'\n', &message.as_bytes()[begin..]).map_or(message.len(), |at| begin + at + 1);
    message.split_at(end)
}
