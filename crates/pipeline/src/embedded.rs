//! The commit log inside this process, as the workers see it. All calls to it are on this page.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_commitlog::{CommitLog, Consumer, Durability, Subscription};
use girok_event::DatasetName;

use crate::{LogClient, LogConsumer, LogError, Polled, TopicPartition};

/// A sync follows a write within `flush.ms`; one that takes longer than this is a fault.
const DURABLE_WAIT_MAX: Duration = Duration::from_secs(10);
const DURABLE_WATCH_INTERVAL: Duration = Duration::from_millis(5);

/// The embedded log as a [`LogClient`].
#[derive(Debug)]
pub struct EmbeddedLog {
    log: CommitLog,
    /// Spreads what is appended over the partitions.
    turn: AtomicU32,
}

impl EmbeddedLog {
    /// Wraps an open log.
    pub fn new(log: CommitLog) -> Self {
        EmbeddedLog { log, turn: AtomicU32::new(0) }
    }

    /// The offset up to which a partition is synced; nothing if it promises no sync at all.
    fn durable(&self, partition: &TopicPartition) -> Result<Option<i64>, LogError> {
        let topic = self.log.topic(partition.dataset.as_str()).ok_or("the topic was deleted")?;
        if topic.settings().durability == Durability::None {
            return Ok(None);
        }
        let wanted = foreign(partition);
        let numbers = self.log.metrics().partitions.into_iter().find(|numbers| numbers.partition == wanted);
        let numbers = numbers.ok_or("the partition was deleted")?;
        match numbers.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(Some(numbers.durable)),
        }
    }
}

impl LogClient for EmbeddedLog {
    fn consumer(&self, group: &str) -> Result<Box<dyn LogConsumer>, LogError> {
        Ok(Box::new(EmbeddedConsumer(self.log.consumer(group, Subscription::all()))))
    }

    fn append(&self, topic: &DatasetName, batches: Bytes) -> Result<(), LogError> {
        let topic = self.log.ensure_topic(topic)?;
        let partition = self.turn.fetch_add(1, Ordering::Relaxed) % topic.partition_count();
        self.log.append(topic.name().as_str(), partition, batches)?.durable.wait()?;
        Ok(())
    }

    fn wait_durable(&self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        let until = Instant::now() + DURABLE_WAIT_MAX;
        while self.durable(partition)?.is_some_and(|durable| durable < offset) {
            if Instant::now() >= until {
                return Err(format!("`{partition}` is not synced up to {offset}").into());
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
            batches: polled
                .batches
                .into_iter()
                .map(|(partition, batch)| Ok((own(&partition)?, batch)))
                .collect::<Result<_, LogError>>()?,
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

fn foreign(partition: &TopicPartition) -> girok_commitlog::TopicPartition {
    girok_commitlog::TopicPartition::new(partition.dataset.as_str(), partition.partition)
}
