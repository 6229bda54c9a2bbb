//! Messages of one poll, put together again as record batches.
//!
//! librdkafka hands out single messages; workers take batches. A batch is a run of messages of one partition
//! whose offsets have no gap.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use girok_wire::{BatchBuilder, Compression, patch_offset};
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};

use crate::{LogError, TopicPartition};

/// Runs under way, and those that are complete.
#[derive(Default)]
pub(crate) struct Runs {
    done: Vec<(TopicPartition, Bytes)>,
    open: Vec<Run>,
    /// Where the last message went: the next one most likely goes there too.
    last: usize,
    bytes: usize,
}

struct Run {
    partition: TopicPartition,
    batch: BatchBuilder,
    first: i64,
    next: i64,
}

impl Runs {
    /// Bytes gathered so far.
    pub(crate) fn size_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is no message yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The partition of a message, if the last one was of the same.
    pub(crate) fn partition(&self, message: &BorrowedMessage<'_>) -> Option<TopicPartition> {
        let TopicPartition { dataset, partition } = &self.open.get(self.last)?.partition;
        let is_same =
            i64::from(*partition) == i64::from(message.partition()) && dataset.as_str() == message.topic();
        is_same.then(|| self.open[self.last].partition.clone())
    }

    /// Adds a message.
    pub(crate) fn add(
        &mut self,
        partition: &TopicPartition,
        message: &BorrowedMessage<'_>,
    ) -> Result<(), LogError> {
        let offset = message.offset();
        let at = match self.find(partition) {
            Some(at) if self.open[at].next == offset => at,
            Some(at) => {
                let run = self.open.swap_remove(at);
                self.done.push(run.finish()?);
                self.begin(partition, offset)
            }
            None => self.begin(partition, offset),
        };
        self.bytes += message.payload_len() + message.key_len();
        self.open[at].add(message);
        self.last = at;
        Ok(())
    }

    /// All batches, each partition's in order.
    pub(crate) fn finish(mut self) -> Result<Vec<(TopicPartition, Bytes)>, LogError> {
        for run in self.open {
            self.done.push(run.finish()?);
        }
        Ok(self.done)
    }

    fn find(&self, partition: &TopicPartition) -> Option<usize> {
        match self.open.get(self.last) {
            Some(run) if run.partition == *partition => Some(self.last),
            _ => self.open.iter().position(|run| run.partition == *partition),
        }
    }

    fn begin(&mut self, partition: &TopicPartition, offset: i64) -> usize {
        let batch = BatchBuilder::new(Compression::None);
        self.open.push(Run { partition: partition.clone(), batch, first: offset, next: offset });
        self.open.len() - 1
    }
}

impl Run {
    fn add(&mut self, message: &BorrowedMessage<'_>) {
        let headers = headers(message);
        let timestamp_ms = message.timestamp().to_millis().unwrap_or_default();
        self.batch.append(timestamp_ms, message.key(), message.payload(), &headers);
        self.next = message.offset() + 1;
    }

    fn finish(mut self) -> Result<(TopicPartition, Bytes), LogError> {
        let mut batch = Vec::from(self.batch.finish()?);
        patch_offset(&mut batch, self.first, 0);
        Ok((self.partition, batch.into()))
    }
}

/// A message's headers. `rdkafka` panics at a name that is not UTF-8; such a message goes on without headers.
fn headers<'m>(message: &'m BorrowedMessage<'_>) -> Vec<(&'m str, &'m [u8])> {
    let Some(all) = message.headers() else { return Vec::new() };
    let read = || all.iter().map(|header| (header.key, header.value.unwrap_or_default())).collect();
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}
