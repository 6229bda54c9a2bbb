//! JSON objects that were printed over several lines: each is one event.

use serde::de::IgnoredAny;

use crate::frame::Frame;
use crate::json_scan::Scanner;

/// The JSON objects of a body that [`is_documents`] recognised.
#[derive(Debug, Clone)]
pub struct Documents<'a> {
    scanner: Scanner<'a>,
    index: usize,
}

impl<'a> Documents<'a> {
    /// The objects of `body`.
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Documents { scanner: Scanner::new(body), index: 0 }
    }
}

impl<'a> Iterator for Documents<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        self.scanner.peek_after_space()?;
        let bytes = self.scanner.value().ok()?;
        self.index += 1;
        Some(Frame { index: self.index - 1, bytes })
    }
}

/// Whether `body` is nothing but JSON objects, the first of them printed over more than one line.
pub(crate) fn is_documents(body: &[u8]) -> bool {
    let mut scanner = Scanner::new(body);
    scanner.peek_after_space();
    if !scanner.value().is_ok_and(|first| memchr::memchr(b'\n', first).is_some()) {
        return false;
    }
    let mut scanner = Scanner::new(body);
    while let Some(byte) = scanner.peek_after_space() {
        let whole = byte == b'{' && scanner.value().is_ok_and(is_json);
        if !whole {
            return false;
        }
    }
    true
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}
