//! Offsets that a group commits with a transaction: written at once, in force when it is committed.

use girok_wire::ProducerStamp;

use super::state::{ProducerRef, TransactionResult};
use crate::coordinator::classic::{GroupError, GroupResult, MemberRef};
use crate::coordinator::offsets::{CommitBatch, Committed};
use crate::names::OFFSETS_TOPIC;
use crate::{CommitLog, Durable, Error, TopicPartition};

impl CommitLog {
    /// Takes a group's offsets into a producer's transaction, before they are committed.
    pub fn add_group_to_transaction(&self, id: &str, producer: ProducerRef) -> TransactionResult<()> {
        self.offsets_partition()?;
        self.add_to_transaction(id, producer, [TopicPartition::new(OFFSETS_TOPIC, 0)])
    }

    /// Commits a group's offsets as part of a producer's transaction. A member that names itself must be one.
    pub fn commit_in_transaction(
        &self,
        group: &str,
        of: MemberRef<'_>,
        producer: ProducerRef,
        offsets: Vec<(TopicPartition, Committed)>,
    ) -> GroupResult<Durable> {
        self.inner.check_open()?;
        let partition = self.offsets_partition()?;
        let now_ms = self.inner.shared.now_ms();
        let Some(batch) = CommitBatch::of(group, &offsets, now_ms).finish() else {
            return Ok(Durable::at_once());
        };
        let stamp = ProducerStamp {
            producer_id: producer.id,
            producer_epoch: producer.epoch,
            base_sequence: -1,
            transactional: true,
        };
        let batch = stamp.stamp(batch);
        let own = TopicPartition::new(OFFSETS_TOPIC, 0);
        let mut coordinator = self.inner.coordinator.lock();
        if of.generation >= 0 || !of.id.is_empty() {
            coordinator.check_commit(group, of, &offsets, now_ms)?;
        }
        let appended = partition.append_if(batch, |header| self.admit(header, &own));
        let durable = appended.map_err(GroupError::Log)?.durable;
        for (partition, committed) in offsets {
            coordinator.offsets_mut().hold(producer.id, group, partition, committed);
        }
        Ok(durable)
    }

    /// Whether a transaction that is still open will change what the group has committed for a partition.
    pub fn is_commit_pending(&self, group: &str, partition: &TopicPartition) -> bool {
        self.inner.coordinator.lock().offsets().is_held(group, partition)
    }
}

impl From<crate::TransactionError> for Error {
    fn from(error: crate::TransactionError) -> Self {
        match error {
            crate::TransactionError::Log(error) => *error,
            source => Error::Transaction { partition: OFFSETS_TOPIC.to_owned(), source },
        }
    }
}
