//! The newest batches, kept in memory so that readers who keep up do not touch the disk.

use std::collections::VecDeque;

use bytes::Bytes;

/// Contiguous batches up to the end of the log.
#[derive(Debug)]
pub(super) struct Tail {
    batches: VecDeque<TailBatch>,
    size_bytes: usize,
    bytes_max: usize,
}

#[derive(Debug)]
struct TailBatch {
    last_offset: i64,
    base_offset: i64,
    bytes: Bytes,
}

impl Tail {
    pub(super) fn new(bytes_max: usize) -> Self {
        Tail { batches: VecDeque::new(), size_bytes: 0, bytes_max }
    }

    /// Adds the log's newest batch and lets go of the oldest ones.
    pub(super) fn push(&mut self, base_offset: i64, last_offset: i64, bytes: Bytes) {
        self.size_bytes += bytes.len();
        self.batches.push_back(TailBatch { last_offset, base_offset, bytes });
        while self.size_bytes > self.bytes_max
            && let Some(oldest) = self.batches.pop_front()
        {
            self.size_bytes -= oldest.bytes.len();
        }
    }

    /// Lets go of what ends before `offset`.
    pub(super) fn forget_before(&mut self, offset: i64) {
        while let Some(oldest) = self.batches.front()
            && oldest.last_offset < offset
        {
            self.size_bytes -= oldest.bytes.len();
            self.batches.pop_front();
        }
    }

    /// Whether nothing from `offset` on was let go.
    pub(super) fn holds(&self, offset: i64) -> bool {
        self.batches.front().is_some_and(|oldest| oldest.base_offset <= offset)
    }

    /// Whole batches from the one that holds `offset`, ending before `end`; the first whatever its size,
    /// then as many as fit `bytes_max`. Nothing if `offset` is older than what is kept.
    pub(super) fn read(&self, offset: i64, end: i64, bytes_max: usize) -> Option<Vec<Bytes>> {
        if !self.holds(offset) {
            return None;
        }
        let from = self.batches.partition_point(|batch| batch.last_offset < offset);
        let mut left = bytes_max;
        let mut taken = Vec::new();
        for batch in self.batches.range(from..).take_while(|batch| batch.last_offset < end) {
            if !taken.is_empty() && batch.bytes.len() > left {
                break;
            }
            left = left.saturating_sub(batch.bytes.len());
            taken.push(batch.bytes.clone());
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_batches_within_the_bounds() {
        let mut tail = Tail::new(25);
        for base in [0, 10, 20] {
            tail.push(base, base + 9, Bytes::from(vec![base as u8; 10]));
        }
        let read = |offset, end, bytes_max| {
            tail.read(offset, end, bytes_max).map(|batches| batches.iter().map(|b| b[0]).collect::<Vec<_>>())
        };
        assert_eq!(read(9, 30, 100), None, "the oldest was let go");
        assert_eq!(read(15, 30, 100), Some(vec![10, 20]));
        assert_eq!(read(15, 30, 1), Some(vec![10]), "one batch at least");
        assert_eq!(read(15, 29, 100), Some(vec![10]), "20 to 29 is not visible yet");
        assert_eq!(read(30, 30, 100), Some(vec![]));
    }
}
