//! Transactions: who writes under which transactional id, and what belongs together?
//!
//! Kafka's two steps: when a producer ends its transaction, the decision is written to
//! `__transaction_state` and synced; then a thread writes a marker to every partition of the transaction
//! and notes that it is complete. A crash in between is made up for at the next start: what was decided is
//! carried out, and what was open in a partition without belonging to an open transaction is aborted.
//!
//! Locks: a partition's writer may be held when the table of transactions is taken, never the other way
//! round, but for the writer of `__transaction_state` itself.

mod ending;
mod offsets;
mod record;
mod restart;
mod state;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use girok_wire::BatchHeader;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use self::ending::Ending;
pub(crate) use self::ending::{Endings, start};
pub use self::state::{ProducerRef, TransactionError, TransactionResult, TransactionState};
pub(crate) use self::state::{Transaction, Transactions};

use self::state::{Begin, End};
use crate::error::Result;
use crate::names::TRANSACTIONS_TOPIC;
use crate::partition::Partition;
use crate::{Cleanup, CommitLog, Durability, Durable, Error, ProducerInfo, TopicConfig, TopicPartition};

const SEGMENT_BYTES: u64 = 1 << 20;

/// The table of transactions, and those that are being ended.
#[derive(Default)]
pub(crate) struct TransactionTable {
    pub(crate) all: Mutex<Transactions>,
    pub(crate) endings: Endings,
}

/// A transaction as tools see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionInfo {
    /// The transactional id.
    pub id: String,
    /// Its producer.
    pub producer: ProducerRef,
    /// Where it stands.
    pub state: TransactionState,
    /// It is aborted when it is open for longer.
    pub timeout_ms: i32,
    /// When it was begun, or -1.
    pub start_ms: i64,
    /// Its partitions.
    pub partitions: Vec<TopicPartition>,
}

impl TransactionInfo {
    fn new(id: &str, transaction: &Transaction) -> Self {
        TransactionInfo {
            id: id.to_owned(),
            producer: transaction.producer(),
            state: transaction.state,
            timeout_ms: transaction.timeout_ms,
            start_ms: transaction.start_ms,
            partitions: transaction.partitions.iter().cloned().collect(),
        }
    }
}

/// An answer that comes when a transaction is ended; if it never comes, the log was closed.
pub type Ended = oneshot::Receiver<TransactionResult<()>>;

impl CommitLog {
    /// A producer begins under a transactional id: its id and epoch, good when they are durable. The
    /// producer before it can write no more; a transaction that it left open is aborted, and the caller is
    /// told to come again ([`TransactionError::Concurrent`]).
    pub fn begin_producer(
        &self,
        id: &str,
        timeout_ms: i32,
        known: Option<ProducerRef>,
    ) -> TransactionResult<(ProducerRef, Durable)> {
        let now_ms = self.inner.shared.now_ms();
        let mut all = self.inner.transactions.all.lock();
        let (begin, durable) = self.change(&mut all, id, |all| {
            let begin = all.begin(id, timeout_ms, known, now_ms)?;
            if begin == Begin::NeedsId {
                let producer_id = self.next_producer_id_above(all.producer_id_max())?;
                all.begin_with_id(id, producer_id, timeout_ms, now_ms);
            }
            Ok(begin)
        })?;
        if begin == Begin::Abort {
            self.end_soon(&all, id, durable, None);
            return Err(TransactionError::Concurrent);
        }
        let transaction = all.get(id).ok_or(TransactionError::UnknownProducer)?;
        Ok((transaction.producer(), durable))
    }

    /// Takes partitions into a producer's transaction, before it writes to them.
    pub fn add_to_transaction(
        &self,
        id: &str,
        producer: ProducerRef,
        partitions: impl IntoIterator<Item = TopicPartition>,
    ) -> TransactionResult<()> {
        let now_ms = self.inner.shared.now_ms();
        let mut all = self.inner.transactions.all.lock();
        // Need not be durable: a start aborts what it finds open and does not know of.
        let _ = self.change(&mut all, id, |all| all.add(id, producer, partitions, now_ms))?;
        Ok(())
    }

    /// Ends a producer's transaction; the answer comes when every partition knows it.
    pub fn end_transaction(&self, id: &str, producer: ProducerRef, is_commit: bool) -> Ended {
        let (sender, ended) = oneshot::channel();
        let now_ms = self.inner.shared.now_ms();
        let mut all = self.inner.transactions.all.lock();
        // A producer that went away needs no answer.
        let _ = match self.change(&mut all, id, |all| all.end(id, producer, is_commit, now_ms)) {
            Ok((End::Prepared, decided)) => {
                self.end_soon(&all, id, decided, Some(sender));
                Ok(())
            }
            Ok((End::Done, _)) => sender.send(Ok(())),
            Err(error) => sender.send(Err(error)),
        };
        ended
    }

    /// Has carried out what was decided.
    fn end_soon(&self, all: &Transactions, id: &str, decided: Durable, sender: Option<ending::Sender>) {
        if let Some(transaction) = all.get(id) {
            self.inner.transactions.endings.push(Ending::new(id, transaction, decided, sender));
        }
    }

    /// Aborts transactions that take too long, and forgets ids that nobody uses.
    pub(crate) fn expire_transactions(&self) -> TransactionResult<()> {
        let now_ms = self.inner.shared.now_ms();
        let mut all = self.inner.transactions.all.lock();
        for id in all.late(now_ms) {
            let ((), decided) = self.change(&mut all, &id, |all| {
                all.abort(&id, now_ms);
                Ok(())
            })?;
            tracing::warn!(transactional_id = id, "transaction took too long and is aborted");
            self.end_soon(&all, &id, decided, None);
        }
        for id in all.silent(now_ms) {
            let _ = self.change(&mut all, &id, |all| {
                all.set(id.clone(), None);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether a batch of a transaction may be appended to a partition now.
    pub(crate) fn admit(&self, header: &BatchHeader, partition: &TopicPartition) -> Result<()> {
        let producer = ProducerRef { id: header.producer_id, epoch: header.producer_epoch };
        let admitted = self.inner.transactions.all.lock().admits(producer, partition);
        admitted.map_err(|source| Error::Transaction { partition: partition.to_string(), source })
    }

    /// All transactional ids.
    pub fn transactions(&self) -> Vec<TransactionInfo> {
        let all = self.inner.transactions.all.lock();
        all.iter().map(|(id, transaction)| TransactionInfo::new(id, transaction)).collect()
    }

    /// One transactional id.
    pub fn transaction(&self, id: &str) -> Option<TransactionInfo> {
        let all = self.inner.transactions.all.lock();
        all.get(id).map(|transaction| TransactionInfo::new(id, transaction))
    }

    /// The producers that a partition remembers.
    pub fn producers(&self, topic: impl AsRef<str>, partition: u32) -> Result<Vec<ProducerInfo>> {
        Ok(self.require(topic.as_ref())?.partition(partition)?.producers())
    }

    /// Changes a transaction and writes it down, with the table's lock held, so that the topic has the same
    /// order; if it cannot be written, the transaction is as before.
    fn change<T>(
        &self,
        all: &mut Transactions,
        id: &str,
        work: impl FnOnce(&mut Transactions) -> TransactionResult<T>,
    ) -> TransactionResult<(T, Durable)> {
        self.inner.check_open()?;
        let partition = self.transactions_partition()?;
        let before = all.get(id).cloned();
        let done = work(all)?;
        if all.get(id) == before.as_ref() {
            return Ok((done, Durable::at_once()));
        }
        let batch = record::encode(id, all.get(id), self.inner.shared.now_ms());
        match batch.map(|batch| partition.append(batch)) {
            Some(Ok(appended)) => Ok((done, appended.durable)),
            Some(Err(error)) => {
                all.set(id.to_owned(), before);
                Err(error.into())
            }
            None => Ok((done, Durable::at_once())),
        }
    }

    /// Decisions must not be lost when markers are not, so they are synced, whatever the log's class.
    fn transactions_partition(&self) -> Result<Arc<Partition>> {
        let config = TopicConfig {
            partitions: Some(1),
            durability: Some(Durability::Fsync),
            segment_bytes: Some(SEGMENT_BYTES),
            retention_ms: Some(-1),
            retention_bytes: Some(-1),
            cleanup: Some(Cleanup::COMPACT),
            ..TopicConfig::default()
        };
        let topic = match self.topic(TRANSACTIONS_TOPIC) {
            Some(topic) => topic,
            None => match self.create_topic(TRANSACTIONS_TOPIC, config) {
                Err(Error::TopicExists { .. }) => self.require(TRANSACTIONS_TOPIC)?,
                created => created?,
            },
        };
        topic.partition(0).cloned()
    }
}
