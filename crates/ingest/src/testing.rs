//! A door into a log in a folder of its own, and what came out of it.

use std::sync::Arc;

use girok_commitlog::{CommitLog, LogConfig};
use girok_event::Timestamp;
use girok_log::EmbeddedLog;
use girok_wire::{BatchView, RecordView, split_batches};

use crate::Ingest;

/// The time of arrival of everything in tests.
pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000_000_000);

/// An open log with one partition a topic, or more.
pub(crate) struct Door {
    pub(crate) ingest: Ingest,
    pub(crate) log: CommitLog,
    partitions: u32,
    _dir: tempfile::TempDir,
}

impl Door {
    pub(crate) fn open() -> Self {
        Self::with_partitions(1)
    }

    pub(crate) fn with_partitions(partitions: u32) -> Self {
        Self::with(|config| config.partitions = partitions)
    }

    /// A log on a disk that is said to be full.
    pub(crate) fn on_full_disk() -> Self {
        Self::with(|config| config.disk_reserve_bytes = u64::MAX)
    }

    fn with(change: impl FnOnce(&mut LogConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = LogConfig { partitions: 1, ..LogConfig::new(dir.path()) };
        change(&mut config);
        let partitions = config.partitions;
        let log = CommitLog::open(config).unwrap();
        let ingest = Ingest::new(Arc::new(EmbeddedLog::new(log.clone())), || NOW);
        Door { ingest, log, partitions, _dir: dir }
    }

    /// The same log, with other batches.
    pub(crate) fn with_batching(self, batching: crate::Batching) -> Self {
        let log = Arc::new(EmbeddedLog::new(self.log.clone()));
        Door { ingest: Ingest::with_batching(log, || NOW, batching), ..self }
    }

    /// The values of a dataset, partition after partition.
    pub(crate) fn values(&self, dataset: &str) -> Vec<String> {
        self.records(dataset, |record| String::from_utf8_lossy(record.value.unwrap()).into_owned())
    }

    /// The values by partition.
    pub(crate) fn partitions_used(&self, dataset: &str) -> usize {
        let used = |partition| !self.batches(dataset, partition).is_empty();
        (0..self.partitions).filter(|partition| used(*partition)).count()
    }

    /// How many batches a dataset has.
    pub(crate) fn batch_count(&self, dataset: &str) -> usize {
        (0..self.partitions).map(|partition| self.batches(dataset, partition).len()).sum()
    }

    /// The headers of a dataset's records as `name=value` pairs.
    pub(crate) fn headers(&self, dataset: &str) -> Vec<String> {
        self.records(dataset, |record| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let headers =
                record.headers().map(|header| format!("{}={}", header.key, text(header.value.unwrap())));
            headers.collect::<Vec<_>>().join(" ")
        })
    }

    /// Something of each record.
    pub(crate) fn records<T>(&self, dataset: &str, of: impl Fn(&RecordView<'_>) -> T) -> Vec<T> {
        let mut found = Vec::new();
        for batch in (0..self.partitions).flat_map(|partition| self.batches(dataset, partition)) {
            let mut scratch = Vec::new();
            let view = BatchView::parse(&batch).unwrap();
            found.extend(view.records(&mut scratch, 1 << 30).unwrap().map(|record| of(&record.unwrap())));
        }
        found
    }

    fn batches(&self, dataset: &str, partition: u32) -> Vec<bytes::Bytes> {
        let (mut found, mut offset) = (Vec::new(), 0);
        loop {
            let fetched = self.log.read(dataset, partition, offset, 1 << 20).unwrap();
            if fetched.batches.is_empty() {
                return found;
            }
            for bytes in fetched.batches {
                for batch in split_batches(&bytes) {
                    let batch = batch.unwrap();
                    offset = BatchView::parse(&batch).unwrap().last_offset() + 1;
                    found.push(batch);
                }
            }
        }
    }
}
