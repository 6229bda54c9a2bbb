//! Where one line ends and the next begins.
//!
//! A line ends with LF or CRLF; the last one needs no end. A line of nothing but ASCII white space is no
//! event. A byte order mark before the first line is no part of it.

use memchr::memchr;

use crate::frame::Frame;

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The lines of a body that are events, each with its number from 0; blank lines count, but do not come.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: &'a [u8],
    index: usize,
}

impl<'a> Lines<'a> {
    /// The lines of `body`.
    pub fn new(body: &'a [u8]) -> Self {
        Lines { rest: without_mark(body), index: 0 }
    }

    /// The next line, blank or not, without its end.
    pub(crate) fn next_line(&mut self) -> Option<Frame<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest);
        let line = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = end.map_or(&[], |end| &self.rest[end + 1..]);
        self.index += 1;
        Some(Frame { index: self.index - 1, bytes: line.strip_suffix(b"\r").unwrap_or(line) })
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        loop {
            let frame = self.next_line()?;
            if !is_blank(frame.bytes) {
                return Some(frame);
            }
        }
    }
}

/// `body` without a UTF-8 byte order mark.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

/// Whether a line holds nothing but ASCII white space.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(body: &[u8], expected: &[(usize, &str)]) {
        let lines: Vec<_> =
            Lines::new(body).map(|f| (f.index, std::str::from_utf8(f.bytes).unwrap())).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn lines_with_every_kind_of_end() {
        check(b"", &[]);
        check(b"a", &[(0, "a")]);
        check(b"a\nb\n", &[(0, "a"), (1, "b")]);
        check(b"a\r\nb\r\n", &[(0, "a"), (1, "b")]);
        check(b"\n a \n\n\r\n \t\nb", &[(1, " a "), (5, "b")]);
        check("\u{feff}a\n".as_bytes(), &[(0, "a")]);
        check(b"a\rb\0c\n", &[(0, "a\rb\0c")]);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost(lines in proptest::collection::vec("[a-z ]{0,5}[a-z]", 0..20), crlf: bool) {
            let end = if crlf { "\r\n" } else { "\n" };
            let body = lines.join(end);
            let found: Vec<_> = Lines::new(body.as_bytes()).map(|f| f.bytes.to_vec()).collect();
            prop_assert_eq!(found, lines.iter().map(|l| l.as_bytes().to_vec()).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_come_out_as_they_went_in(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let kept: usize = Lines::new(&body).map(|f| f.bytes.len()).sum();
            prop_assert!(kept <= body.len());
            prop_assert!(Lines::new(&body).all(|f| !f.bytes.contains(&b'\n')));
        }
    }
}
