//! The seam to the commit log: the only file here that calls it.

use bytes::Bytes;
use girok_commitlog::{CommitLog, Error};
use girok_event::DatasetName;
use girok_wire::{BatchBuilder, Compression};

use crate::IngestError;

pub(crate) use girok_commitlog::Durable;

/// One topic of the log.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    log: CommitLog,
    topic: DatasetName,
    partitions: usize,
}

impl Log {
    /// The topic of a dataset, made if it does not exist.
    pub(crate) fn open(log: &CommitLog, dataset: &DatasetName) -> Result<Self, IngestError> {
        let topic = log.ensure_topic(dataset).map_err(|error| refused(&error))?;
        Ok(Log { log: log.clone(), topic: dataset.clone(), partitions: topic.partition_count() as usize })
    }

    pub(crate) fn partitions(&self) -> usize {
        self.partitions
    }

    /// Appends whole batches. Blocks.
    pub(crate) fn append(&self, partition: u32, batches: Bytes) -> Result<Durable, IngestError> {
        let appended =
            self.log.append(self.topic.as_str(), partition, batches).map_err(|error| refused(&error))?;
        Ok(appended.durable)
    }
}

/// An empty batch in the codec of girok's own producers.
pub(crate) fn new_batch() -> BatchBuilder {
    BatchBuilder::new(Compression::Lz4)
}

/// The batch of all events that `batch` gathered.
pub(crate) fn finish(batch: &mut BatchBuilder) -> Result<Bytes, IngestError> {
    batch.finish().map_err(|error| IngestError::Unavailable { reason: error.to_string() })
}

/// Waits until an append is durable.
pub(crate) async fn durable(durable: Durable) -> Result<(), IngestError> {
    durable.await.map_err(|error| refused(&error))
}

/// What is said when nobody is left to answer.
pub(crate) fn closed() -> IngestError {
    IngestError::Unavailable { reason: "the log is being closed".into() }
}

fn refused(error: &Error) -> IngestError {
    let reason = error.to_string();
    match error {
        Error::DiskFull { .. } => IngestError::Overloaded { reason },
        _ => IngestError::Unavailable { reason },
    }
}
