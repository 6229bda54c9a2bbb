//! Which id does the next idempotent producer get? None is ever given twice.
//!
//! Ids are taken from the disk in blocks: a file says where the next block begins, and is synced before the
//! first id of a block is given out.

use std::path::Path;

use crate::CommitLog;
use crate::checkpoint;
use crate::disk::Disk;
use crate::error::Result;

const BLOCK: i64 = 1000;

/// The ids of the block in use.
#[derive(Debug, Default)]
pub(crate) struct ProducerIds {
    next: i64,
    end: i64,
}

impl ProducerIds {
    fn take(&mut self, disk: &dyn Disk, dir: &Path, known: impl FnOnce() -> i64) -> Result<i64> {
        if self.next == self.end {
            // The file may have been lost: ids that partitions know are taken all the same.
            let next = checkpoint::read_producer_ids(disk, dir)?.unwrap_or(0).max(known());
            checkpoint::write_producer_ids(disk, dir, next + BLOCK)?;
            (self.next, self.end) = (next, next + BLOCK);
        }
        let id = self.next;
        self.next += 1;
        Ok(id)
    }
}

impl CommitLog {
    /// An id for an idempotent producer, never given before.
    pub fn next_producer_id(&self) -> Result<i64> {
        let of_transactions = self.inner.transactions.all.lock().producer_id_max();
        self.next_producer_id_above(of_transactions)
    }

    /// The same, if the ids of transactions go up to `of_transactions`.
    pub(crate) fn next_producer_id_above(&self, of_transactions: Option<i64>) -> Result<i64> {
        self.inner.check_open()?;
        let shared = &self.inner.shared;
        let known = || {
            let partitions = self.inner.partitions();
            let of_partitions = partitions.iter().filter_map(|partition| partition.producer_id_max()).max();
            of_partitions.max(of_transactions).map_or(0, |id| id + 1)
        };
        self.inner.producer_ids.lock().take(&*shared.disk, &shared.config.dir, known)
    }
}
