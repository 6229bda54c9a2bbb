//! Where something stands in the text of a query.

use serde::Serialize;

/// A half-open range of bytes in the query's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// From `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The empty range at `at`.
    pub fn at(at: usize) -> Self {
        Span { start: at, end: at }
    }

    /// From the start of this to the end of `last`.
    pub fn to(self, last: Span) -> Self {
        Span { start: self.start, end: last.end.max(self.end) }
    }
}
