//! Numbers of work done and of work waiting.

use std::collections::BTreeMap;
use std::time::Duration;

use girok_event::DatasetName;
use parking_lot::Mutex;

use crate::TopicPartition;

/// Counts of one dataset since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DatasetCounts {
    /// Rows made visible.
    pub rows: u64,
    /// Bytes of their records.
    pub raw_bytes: u64,
    /// Rows whose record had something wrong with it.
    pub parse_errors: u64,
    /// Records sent to the dead letters.
    pub dead_letters: u64,
    /// Records that the log removed before they were stored.
    pub records_lost: u64,
    /// Parts published.
    pub parts: u64,
}

/// Counts of sealing since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SealCounts {
    /// Parts published.
    pub done: u64,
    /// Attempts that failed and were repeated.
    pub failed: u64,
    /// Time spent on the ones that were done.
    pub duration: Duration,
    /// Bytes of their files.
    pub size_bytes: u64,
}

/// Counts of compaction since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompactionCounts {
    /// Merges that were published.
    pub done: u64,
    /// Merges that failed.
    pub failed: u64,
    /// Parts that went into them.
    pub parts_in: u64,
    /// Bytes of these parts.
    pub bytes_in: u64,
    /// Bytes of the merged parts.
    pub bytes_out: u64,
    /// Bytes that were taken over without being unpacked.
    pub copied_bytes: u64,
    /// Time spent on them.
    pub duration: Duration,
}

/// How far the store is behind in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartitionLag {
    /// Records not read yet.
    pub records: u64,
    /// How long ago the last read record had arrived, while there are more.
    pub milliseconds: u64,
}

/// All numbers at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// By dataset.
    pub datasets: BTreeMap<DatasetName, DatasetCounts>,
    /// By partition.
    pub lag: BTreeMap<TopicPartition, PartitionLag>,
    /// Of sealing.
    pub seals: SealCounts,
    /// Of compaction.
    pub compactions: CompactionCounts,
    /// Worker threads that panicked and were started again.
    pub worker_restarts: u64,
}

impl Snapshot {
    /// How often a byte of a part was written since the start: once when it was sealed, and once in each merge.
    pub fn write_amplification(&self) -> f64 {
        let written = self.seals.size_bytes + self.compactions.bytes_out;
        written as f64 / self.seals.size_bytes.max(1) as f64
    }
}

/// The numbers as they are counted; shared by all threads, touched once a batch.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Snapshot>);

impl Metrics {
    /// The numbers now.
    pub fn snapshot(&self) -> Snapshot {
        self.0.lock().clone()
    }

    pub(crate) fn count(&self, dataset: &DatasetName, change: impl FnOnce(&mut DatasetCounts)) {
        let mut numbers = self.0.lock();
        match numbers.datasets.get_mut(dataset) {
            Some(counts) => change(counts),
            None => change(numbers.datasets.entry(dataset.clone()).or_default()),
        }
    }

    pub(crate) fn count_seal(&self, change: impl FnOnce(&mut SealCounts)) {
        change(&mut self.0.lock().seals);
    }

    pub(crate) fn count_compaction(&self, change: impl FnOnce(&mut CompactionCounts)) {
        change(&mut self.0.lock().compactions);
    }

    /// How far the partition is behind that is furthest behind.
    pub(crate) fn lag_ms_max(&self) -> u64 {
        self.0.lock().lag.values().map(|lag| lag.milliseconds).max().unwrap_or(0)
    }

    pub(crate) fn count_restart(&self) {
        self.0.lock().worker_restarts += 1;
    }

    pub(crate) fn set_lag(&self, partition: &TopicPartition, lag: PartitionLag) {
        self.0.lock().lag.insert(partition.clone(), lag);
    }

    pub(crate) fn forget_lag(&self, partition: &TopicPartition) {
        self.0.lock().lag.remove(partition);
    }
}
