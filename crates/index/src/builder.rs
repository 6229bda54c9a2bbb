//! Builds a part's index while its columns are walked.

use girok_event::Timestamp;

use crate::{PartIndex, SummaryBuilder, TokenFilterBuilder, tokens};

/// Collects what [`PartIndex`] will say. The caller walks columns and rows in any order.
#[derive(Debug)]
pub struct IndexBuilder {
    summary: SummaryBuilder,
    tokens: TokenFilterBuilder,
}

impl IndexBuilder {
    /// A builder for a part of about `raw_bytes` of text.
    pub fn new(raw_bytes: u64) -> Self {
        IndexBuilder { summary: SummaryBuilder::default(), tokens: TokenFilterBuilder::new(raw_bytes) }
    }

    /// Adds the words of a value or of a field name.
    #[inline]
    pub fn text(&mut self, text: &str) {
        tokens(text, |hash| self.tokens.insert(hash));
    }

    /// Counts a row under its time and its level as spelled.
    #[inline]
    pub fn row(&mut self, time: Timestamp, level: Option<&str>) {
        self.summary.row(time, level);
    }

    /// The index; `level_columns` are the columns the levels came from, in order.
    pub fn finish(self, level_columns: Vec<String>) -> PartIndex {
        PartIndex { summary: Some(self.summary.finish(level_columns)), tokens: Some(self.tokens.finish()) }
    }
}
