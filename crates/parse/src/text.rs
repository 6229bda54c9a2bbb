//! Text that is not part of the record: built in the arena.

use std::fmt;

use bumpalo::Bump;
use bumpalo::collections::String;

/// The text of `pieces` one behind the other.
pub(crate) fn joined<'a>(pieces: &[&str], arena: &'a Bump) -> &'a str {
    let mut text = String::with_capacity_in(pieces.iter().map(|piece| piece.len()).sum(), arena);
    pieces.iter().for_each(|piece| text.push_str(piece));
    text.into_bump_str()
}

/// What `arguments` print.
pub(crate) fn printed<'a>(arguments: fmt::Arguments<'_>, arena: &'a Bump) -> &'a str {
    let mut text = String::new_in(arena);
    fmt::write(&mut text, arguments).expect("writing to memory does not fail");
    text.into_bump_str()
}

/// Where the quote stands that ends a quoted text, given what follows the opening one. A backslash takes
/// the meaning from the byte behind it.
pub(crate) fn quote_end(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inside.get(at..)?)?;
        if inside[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}
