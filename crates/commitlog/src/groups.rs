//! How are committed offsets kept? In the topic `__consumer_offsets`, through the log itself.
//!
//! A commit is appended and then entered into the coordinator's table, both under the coordinator's lock, so
//! topic and table agree on the order. The topic is compacted like any other of that kind.

use std::sync::Arc;

use bytes::Bytes;

use crate::coordinator::offsets::{CommitBatch, Committed};
use crate::error::Result;
use crate::names::OFFSETS_TOPIC;
use crate::partition::Partition;
use crate::topic::{Topic, TopicPartition};
use crate::{Cleanup, CommitLog, Durable, Error, Isolation, TopicConfig};

const SEGMENT_BYTES: u64 = 1 << 20;
const READ_BYTES: usize = 1 << 20;

impl CommitLog {
    /// Commits offsets of `group` from outside a consumer; durable as the offsets' topic is.
    pub fn commit_offsets(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        self.commit_checked(group, offsets, |_| Ok(()))
    }

    /// What `group` has committed for a partition.
    pub fn committed(&self, group: &str, partition: &TopicPartition) -> Option<Committed> {
        self.inner.coordinator.lock().offsets().get(group, partition).cloned()
    }

    /// Commits if `check` passes for every partition.
    pub(crate) fn commit_checked(
        &self,
        group: &str,
        offsets: &[(TopicPartition, i64)],
        check: impl Fn(&crate::coordinator::Coordinator) -> Result<()>,
    ) -> Result<()> {
        self.inner.check_open()?;
        let partition = self.offsets_partition()?;
        let committed_ms = self.inner.shared.now_ms();
        let commit = |offset| Committed { offset, leader_epoch: -1, metadata: String::new(), committed_ms };
        let mut batch = CommitBatch::new(committed_ms);
        for (of, offset) in offsets {
            batch.add(group, of, Some(&commit(*offset)));
        }
        let Some(batch) = batch.finish() else { return Ok(()) };
        let mut coordinator = self.inner.coordinator.lock();
        check(&coordinator)?;
        let durable = append(&partition, batch)?;
        for (of, offset) in offsets {
            coordinator.offsets_mut().set(group, of.clone(), Some(commit(*offset)));
        }
        drop(coordinator);
        durable.wait()
    }

    /// Takes back every group's offsets of a topic that is deleted.
    pub(crate) fn forget_offsets(&self, topic: &Topic) -> Result<()> {
        let Some(offsets) = self.topic(OFFSETS_TOPIC) else { return Ok(()) };
        let mut coordinator = self.inner.coordinator.lock();
        let of_topic = |entry: &(&str, &TopicPartition, &Committed)| *entry.1.topic == *topic.name().as_str();
        let doomed = coordinator.offsets().iter().filter(of_topic);
        let doomed: Vec<_> = doomed.map(|(group, of, _)| (group.to_owned(), of.clone())).collect();
        let mut batch = CommitBatch::new(self.inner.shared.now_ms());
        for (group, of) in &doomed {
            batch.add(group, of, None);
        }
        let Some(batch) = batch.finish() else { return Ok(()) };
        let durable = append(offsets.partition(0)?, batch)?;
        for (group, of) in doomed {
            coordinator.offsets_mut().set(&group, of, None);
        }
        drop(coordinator);
        durable.wait()
    }

    pub(crate) fn offsets_partition(&self) -> Result<Arc<Partition>> {
        let config = TopicConfig {
            partitions: Some(1),
            segment_bytes: Some(SEGMENT_BYTES),
            retention_ms: Some(-1),
            retention_bytes: Some(-1),
            cleanup: Some(Cleanup::COMPACT),
            ..TopicConfig::default()
        };
        let topic = match self.topic(OFFSETS_TOPIC) {
            Some(topic) => topic,
            None => match self.create_topic(OFFSETS_TOPIC, config) {
                Err(Error::TopicExists { .. }) => self.require(OFFSETS_TOPIC)?,
                created => created?,
            },
        };
        topic.partition(0).cloned()
    }

    /// Reads the whole topic into the coordinator's table.
    pub(crate) fn load_offsets(&self) -> Result<()> {
        let Some(topic) = self.topic(OFFSETS_TOPIC) else { return Ok(()) };
        if !topic.settings().cleanup.compact {
            // Made before topics could be compacted.
            let config = TopicConfig { cleanup: Some(Cleanup::COMPACT), ..topic.info().config };
            self.configure_topic(OFFSETS_TOPIC, &config)?;
        }
        let mut coordinator = self.inner.coordinator.lock();
        for partition in topic.partitions() {
            let mut offset = partition.log_start();
            while offset < partition.log_end() {
                let batches = partition.read(offset, READ_BYTES, Isolation::Uncommitted)?.batches;
                let Some(last) = batches.last().and_then(|last| girok_wire::BatchHeader::read(last).ok())
                else {
                    break;
                };
                let whole = batches.iter().all(|batch| coordinator.offsets_mut().load(batch));
                if !whole {
                    tracing::warn!(
                        partition = partition.name(),
                        offset,
                        "unknown records of committed offsets"
                    );
                }
                offset = last.last_offset() + 1;
            }
        }
        Ok(())
    }
}

fn append(partition: &Arc<Partition>, batch: Bytes) -> Result<Durable> {
    Ok(partition.append(batch)?.durable)
}
