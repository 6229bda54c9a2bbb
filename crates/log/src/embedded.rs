//! The commit log inside this process. All calls to it from doors and workers are on this page.

use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_commitlog::{CommitLog, Consumer, Durability, Subscription};
use girok_event::DatasetName;
use girok_wire::Compression;

use crate::{Durable, LogClient, LogConsumer, LogError, Polled, TopicPartition};

/// A sync follows a write within `flush.ms`; one that takes longer than this is a fault.
const DURABLE_WAIT_MAX: Duration = Duration::from_secs(10);
const DURABLE_WATCH_INTERVAL: Duration = Duration::from_millis(5);

/// The embedded log as a [`LogClient`].
#[derive(Debug)]
pub struct EmbeddedLog {
    log: CommitLog,
    compression: Compression,
}

impl EmbeddedLog {
    /// Wraps an open log.
    pub fn new(log: CommitLog) -> Self {
        EmbeddedLog { log, compression: Compression::Lz4 }
    }

    /// The same with another codec for the batches of girok's own doors.
    #[must_use]
    pub fn with_compression(self, compression: Compression) -> Self {
        EmbeddedLog { compression, ..self }
    }

    /// The offset up to which a partition is synced; nothing if it promises no sync at all.
    fn durable(&self, partition: &TopicPartition) -> Result<Option<i64>, LogError> {
        let gone = || LogError::Gone { partition: partition.clone() };
        let topic = self.log.topic(partition.dataset.as_str()).ok_or_else(gone)?;
        if topic.settings().durability == Durability::None {
            return Ok(None);
        }
        let wanted = foreign(partition);
        let numbers = self.log.metrics().partitions.into_iter().find(|numbers| numbers.partition == wanted);
        let numbers = numbers.ok_or_else(gone)?;
        match numbers.failure {
            Some(failure) => {
                Err(LogError::Failed { partition: partition.clone(), reason: failure.to_string() })
            }
            None => Ok(Some(numbers.durable)),
        }
    }
}

impl LogClient for EmbeddedLog {
    fn consumer(&self, group: &str) -> Result<Box<dyn LogConsumer>, LogError> {
        Ok(Box::new(EmbeddedConsumer(self.log.consumer(group, Subscription::all()))))
    }

    fn ensure_topic(&self, topic: &DatasetName) -> Result<u32, LogError> {
        Ok(self.log.ensure_topic(topic)?.partition_count())
    }

    fn compression(&self) -> Compression {
        self.compression
    }

    fn append(&self, partition: &TopicPartition, batches: Bytes) -> Result<Durable, LogError> {
        let appended = self.log.append(partition.dataset.as_str(), partition.partition, batches)?;
        Ok(Durable::embedded(appended.durable))
    }

    fn wait_durable(&self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        let until = Instant::now() + DURABLE_WAIT_MAX;
        while self.durable(partition)?.is_some_and(|durable| durable < offset) {
            if Instant::now() >= until {
                return Err(LogError::NotSynced { partition: partition.clone(), offset });
            }
            std::thread::sleep(DURABLE_WATCH_INTERVAL);
        }
        Ok(())
    }

    fn raise_end(&self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        if offset > 0 {
            self.log.ensure_topic(&partition.dataset)?;
            self.log.advance_log_end(partition.dataset.as_str(), partition.partition, offset)?;
        }
        Ok(())
    }
}

/// A member of a group in the embedded coordinator.
struct EmbeddedConsumer(Consumer);

impl LogConsumer for EmbeddedConsumer {
    fn poll(&mut self, timeout: Duration) -> Result<Polled, LogError> {
        let polled = self.0.poll(timeout)?;
        Ok(Polled {
            revoked: polled.revoked.iter().map(own).collect::<Result<_, _>>()?,
            assigned: polled.assigned.iter().map(own).collect::<Result<_, _>>()?,
            batches: with_own(polled.batches)?,
            lost: with_own(polled.lost)?,
        })
    }

    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        Ok(self.0.seek(&foreign(partition), offset)?)
    }

    fn pause(&mut self, partition: &TopicPartition) -> Result<(), LogError> {
        Ok(self.0.pause(&foreign(partition))?)
    }

    fn resume(&mut self, partition: &TopicPartition) -> Result<(), LogError> {
        Ok(self.0.resume(&foreign(partition))?)
    }

    fn commit(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        Ok(self.0.commit(&[(foreign(partition), offset)])?)
    }

    fn lag(&self) -> Vec<(TopicPartition, u64)> {
        let lags = self.0.lag().into_iter();
        lags.filter_map(|lag| Some((own(&lag.partition).ok()?, u64::try_from(lag.records).unwrap_or(0))))
            .collect()
    }
}

fn own(partition: &girok_commitlog::TopicPartition) -> Result<TopicPartition, LogError> {
    Ok(TopicPartition { dataset: DatasetName::new(&partition.topic)?, partition: partition.partition })
}

fn with_own<T>(all: Vec<(girok_commitlog::TopicPartition, T)>) -> Result<Vec<(TopicPartition, T)>, LogError> {
    all.into_iter().map(|(partition, what)| Ok((own(&partition)?, what))).collect()
}

fn foreign(partition: &TopicPartition) -> girok_commitlog::TopicPartition {
    girok_commitlog::TopicPartition::new(partition.dataset.as_str(), partition.partition)
}
