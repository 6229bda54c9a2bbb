//! The seam to the commit log: the only file here that calls it.

use std::sync::Arc;

use bytes::Bytes;
use girok_event::DatasetName;
use girok_log::{ErrorKind, LogClient, LogError, TopicPartition};
use girok_wire::BatchBuilder;

use crate::IngestError;

pub(crate) use girok_log::Durable;

/// One topic of the log.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    client: Arc<dyn LogClient>,
    topic: DatasetName,
    partitions: usize,
}

impl Log {
    /// The topic of a dataset, made if it does not exist.
    pub(crate) fn open(client: &Arc<dyn LogClient>, dataset: &DatasetName) -> Result<Self, IngestError> {
        let partitions = client.ensure_topic(dataset).map_err(|error| refused(&error))?;
        Ok(Log { client: client.clone(), topic: dataset.clone(), partitions: partitions as usize })
    }

    pub(crate) fn partitions(&self) -> usize {
        self.partitions
    }

    /// An empty batch in the codec that the log wants.
    pub(crate) fn new_batch(&self) -> BatchBuilder {
        BatchBuilder::new(self.client.compression())
    }

    /// Appends whole batches. Blocks.
    pub(crate) fn append(&self, partition: u32, batches: Bytes) -> Result<Durable, IngestError> {
        let partition = TopicPartition { dataset: self.topic.clone(), partition };
        self.client.append(&partition, batches).map_err(|error| refused(&error))
    }
}

/// The batch of all events that `batch` gathered.
pub(crate) fn finish(batch: &mut BatchBuilder) -> Result<Bytes, IngestError> {
    batch.finish().map_err(|error| IngestError::Unavailable { reason: error.to_string() })
}

/// Waits until an append is durable.
pub(crate) async fn durable(durable: Durable) -> Result<(), IngestError> {
    durable.done().await.map_err(|error| refused(&error))
}

/// What is said when nobody is left to answer.
pub(crate) fn closed() -> IngestError {
    IngestError::Unavailable { reason: "the log is being closed".into() }
}

fn refused(error: &LogError) -> IngestError {
    let reason = error.to_string();
    match error.kind() {
        ErrorKind::Full => IngestError::Overloaded { reason },
        ErrorKind::TooLarge => IngestError::TooLargeForTopic { reason },
        ErrorKind::Unavailable => IngestError::Unavailable { reason },
    }
}
