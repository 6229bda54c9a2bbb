//! What becomes of transactions after a stop?
//!
//! The table is read back. What was decided is carried out where markers are missing. What a partition holds
//! open although no open transaction has that partition is aborted: its producer was never told that it is
//! part of a transaction, or a power cut took the note of it.

use super::ending::Ending;
use super::record;
use super::state::{ProducerRef, TransactionState, Transactions};
use crate::error::Result;
use crate::names::TRANSACTIONS_TOPIC;
use crate::{CommitLog, Durable, Isolation, TopicPartition};

const READ_BYTES: usize = 1 << 20;

impl CommitLog {
    /// Reads the table, and sees to what was left half done.
    pub(crate) fn open_transactions(&self) -> Result<()> {
        self.load_transactions()?;
        self.abort_unknown()?;
        let partition = self.topic(TRANSACTIONS_TOPIC);
        let all = self.inner.transactions.all.lock();
        for (id, transaction) in all.iter().filter(|_| partition.is_some()) {
            if transaction.state.prepared().is_some() {
                let mut transaction = transaction.clone();
                transaction.partitions.retain(|of| self.is_open(of, transaction.producer_id));
                let ending = Ending::new(id, &transaction, Durable::at_once(), None);
                self.inner.transactions.endings.push(ending);
            }
        }
        Ok(())
    }

    fn load_transactions(&self) -> Result<()> {
        let Some(topic) = self.topic(TRANSACTIONS_TOPIC) else { return Ok(()) };
        let mut all = self.inner.transactions.all.lock();
        for partition in topic.partitions() {
            let mut offset = partition.log_start();
            while offset < partition.log_end() {
                let batches = partition.read(offset, READ_BYTES, Isolation::Uncommitted)?.batches;
                let last = batches.last().and_then(|last| girok_wire::BatchHeader::read(last).ok());
                let Some(last) = last else { break };
                for entry in batches.iter().flat_map(|batch| record::decode(batch)) {
                    match entry {
                        Some((id, transaction)) => all.set(id, transaction),
                        None => tracing::warn!(
                            partition = partition.name(),
                            offset,
                            "unknown record of a transaction"
                        ),
                    }
                }
                offset = last.last_offset() + 1;
            }
        }
        Ok(())
    }

    fn is_open(&self, of: &TopicPartition, producer_id: i64) -> bool {
        let topic = self.topic(&*of.topic);
        let partition = topic.as_ref().and_then(|topic| topic.partition(of.partition).ok());
        partition.is_some_and(|partition| partition.has_open_transaction(producer_id))
    }

    /// Aborts what is open in a partition and in no transaction.
    fn abort_unknown(&self) -> Result<()> {
        for topic in self.inner.all_topics() {
            for partition in topic.partitions() {
                let of = TopicPartition::new(topic.shared_name(), partition.id());
                for (id, epoch) in partition.open_transactions() {
                    if is_known(&self.inner.transactions.all.lock(), id, &of) {
                        continue;
                    }
                    tracing::warn!(
                        partition = partition.name(),
                        producer_id = id,
                        "unknown open transaction aborted"
                    );
                    let _ = self.write_marker(&of, ProducerRef { id, epoch }, false)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether the producer's transaction will end in the partition by itself.
fn is_known(all: &Transactions, producer_id: i64, of: &TopicPartition) -> bool {
    all.of_producer(producer_id).is_some_and(|transaction| {
        let will_end =
            transaction.state == TransactionState::Ongoing || transaction.state.prepared().is_some();
        will_end && transaction.partitions.contains(of)
    })
}
