//! Where does a record go that cannot be stored?
//!
//! To the topic `deadletter`, as it was, with headers that say where it came from and why it is there; so
//! it can be seen like any event and sent again.

use std::fmt::Display;

use bytes::Bytes;
use girok_event::{DatasetName, headers};
use girok_wire::{BatchBuilder, Compression};

use crate::{LogClient, LogError, TopicPartition};

/// The topic.
const TOPIC: &str = "deadletter";
/// The door in the envelope of a dead letter.
const INPUT: &str = "deadletter";

/// A record, or a batch that cannot be taken apart, with its fate.
pub(crate) struct DeadLetter<'a> {
    pub(crate) origin: &'a TopicPartition,
    pub(crate) offset: i64,
    pub(crate) timestamp_ms: i64,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: &'a [u8],
    /// What was being done: `decode` or `push`.
    pub(crate) stage: &'static str,
    pub(crate) error: &'a dyn Display,
    pub(crate) attempts: u32,
}

impl DeadLetter<'_> {
    /// Appends it to the dead letters. One that comes from there is not sent round again.
    pub(crate) fn send(&self, log: &dyn LogClient) -> Result<(), LogError> {
        let topic = DatasetName::new(TOPIC)?;
        if self.origin.dataset == topic {
            return Ok(());
        }
        let partition = self.origin.partition % log.ensure_topic(&topic)?.max(1);
        log.append(&TopicPartition { dataset: topic, partition }, self.encode(log.compression())?)?.wait()
    }

    fn encode(&self, compression: Compression) -> Result<Bytes, LogError> {
        let (partition, offset) = (self.origin.partition.to_string(), self.offset.to_string());
        let (error, attempts) = (self.error.to_string(), self.attempts.to_string());
        let envelope: [(&str, &[u8]); 7] = [
            (headers::INPUT, INPUT.as_bytes()),
            ("girok.origin.topic", self.origin.dataset.as_str().as_bytes()),
            ("girok.origin.partition", partition.as_bytes()),
            ("girok.origin.offset", offset.as_bytes()),
            ("girok.stage", self.stage.as_bytes()),
            ("girok.error", error.as_bytes()),
            ("girok.attempts", attempts.as_bytes()),
        ];
        let mut builder = BatchBuilder::new(compression);
        builder.append(self.timestamp_ms, self.key, Some(self.value), &envelope);
        Ok(builder.finish()?)
    }
}
