//! How much went into a partition and came out of it since the log was opened?

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use girok_wire::BatchHeader;

/// Records and bytes, in and out. Bytes are those of the batches as they are stored, packed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Records appended.
    pub records_in: u64,
    /// Bytes appended.
    pub bytes_in: u64,
    /// Records read, by any reader; those that two readers read count twice.
    pub records_out: u64,
    /// Bytes read.
    pub bytes_out: u64,
}

/// The counters behind it: four additions a batch, no lock.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    records_in: AtomicU64,
    bytes_in: AtomicU64,
    records_out: AtomicU64,
    bytes_out: AtomicU64,
}

impl Counters {
    pub(crate) fn count_in(&self, headers: &[BatchHeader], size_bytes: usize) {
        let records = headers.iter().map(|header| u64::from(header.count.unsigned_abs())).sum();
        self.records_in.fetch_add(records, Ordering::Relaxed);
        self.bytes_in.fetch_add(size_bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_out(&self, batches: &[Bytes]) {
        let headers = batches.iter().filter_map(|batch| BatchHeader::read(batch).ok());
        let records = headers.map(|header| u64::from(header.count.unsigned_abs())).sum();
        self.records_out.fetch_add(records, Ordering::Relaxed);
        self.bytes_out.fetch_add(batches.iter().map(|batch| batch.len() as u64).sum(), Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Traffic {
        Traffic {
            records_in: self.records_in.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            records_out: self.records_out.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
        }
    }
}
