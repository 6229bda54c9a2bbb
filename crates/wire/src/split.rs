//! Where does one batch end and the next begin?

use bytes::Bytes;

use crate::{BatchHeader, Error, Result};

/// Iterates over concatenated batches, see [`split_batches`].
#[derive(Debug, Clone)]
pub struct SplitBatches {
    rest: Bytes,
}

/// Cuts concatenated batches apart without copying. Only magic and length are looked at; the last item is
/// an error if the bytes end inside a batch.
pub fn split_batches(batches: &Bytes) -> SplitBatches {
    SplitBatches { rest: batches.clone() }
}

impl SplitBatches {
    /// The bytes not yet handed out.
    pub fn rest(&self) -> &Bytes {
        &self.rest
    }
}

impl Iterator for SplitBatches {
    type Item = Result<Bytes>;

    fn next(&mut self) -> Option<Result<Bytes>> {
        if self.rest.is_empty() {
            return None;
        }
        let size_bytes = match BatchHeader::read(&self.rest).map(|header| header.size_bytes()) {
            Ok(size_bytes) if size_bytes <= self.rest.len() => size_bytes,
            Ok(expected) => {
                let got = std::mem::take(&mut self.rest).len();
                return Some(Err(Error::Truncated { got, expected }));
            }
            Err(error) => {
                self.rest = Bytes::new();
                return Some(Err(error));
            }
        };
        Some(Ok(self.rest.split_to(size_bytes)))
    }
}
