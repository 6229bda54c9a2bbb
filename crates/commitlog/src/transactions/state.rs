//! What is known of transactions: a state machine without I/O, threads or a clock.
//!
//! A transactional id has one producer at a time: each new one gets the next epoch, and what comes with an
//! older one is refused. Its transaction is *ongoing* from the first partition taken in until it is
//! *prepared*: from then on its outcome is certain. It is *complete* when every partition has its marker.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::TopicPartition;

/// `transaction.max.timeout.ms`.
const TIMEOUT_MS_MAX: i32 = 15 * 60_000;
/// `transactional.id.expiration.ms`.
const SILENT_MS_MAX: i64 = 7 * 24 * 3_600_000;
/// The last epoch that a producer is given; the one behind it is left for fencing.
const EPOCH_MAX: i16 = i16::MAX - 1;

/// Why the coordinator of transactions refuses.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransactionError {
    /// The transactional id is unknown, or has another producer id.
    #[error("cannot find a producer with this id for the transactional id")]
    UnknownProducer,
    /// A newer producer has the transactional id.
    #[error("cannot go on: a newer producer has the transactional id")]
    Fenced,
    /// The transaction is not in a state that allows it.
    #[error("cannot do this in the transaction's state")]
    InvalidState,
    /// The last transaction is still being ended.
    #[error("cannot go on yet: the last transaction is still being ended")]
    Concurrent,
    /// The timeout is out of its range.
    #[error("cannot use the transaction timeout: expected 1 ms to 15 minutes")]
    InvalidTimeout,
    /// The log cannot keep it.
    #[error(transparent)]
    Log(Box<crate::Error>),
}

impl From<crate::Error> for TransactionError {
    fn from(error: crate::Error) -> Self {
        TransactionError::Log(Box::new(error))
    }
}

/// What the coordinator of transactions says.
pub type TransactionResult<T> = Result<T, TransactionError>;

/// Where a transaction stands. The numbers are those of Kafka's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionState {
    /// None was begun.
    Empty = 0,
    /// It has partitions.
    Ongoing = 1,
    /// It will be committed, whatever happens.
    PrepareCommit = 2,
    /// It will be aborted, whatever happens.
    PrepareAbort = 3,
    /// Every partition knows that it is committed.
    CompleteCommit = 4,
    /// Every partition knows that it is aborted.
    CompleteAbort = 5,
}

impl TransactionState {
    /// All of them.
    pub const ALL: [TransactionState; 6] = [
        TransactionState::Empty,
        TransactionState::Ongoing,
        TransactionState::PrepareCommit,
        TransactionState::PrepareAbort,
        TransactionState::CompleteCommit,
        TransactionState::CompleteAbort,
    ];

    /// Kafka's name of it.
    pub fn name(self) -> &'static str {
        match self {
            TransactionState::Empty => "Empty",
            TransactionState::Ongoing => "Ongoing",
            TransactionState::PrepareCommit => "PrepareCommit",
            TransactionState::PrepareAbort => "PrepareAbort",
            TransactionState::CompleteCommit => "CompleteCommit",
            TransactionState::CompleteAbort => "CompleteAbort",
        }
    }

    pub(super) fn prepare(is_commit: bool) -> Self {
        if is_commit { TransactionState::PrepareCommit } else { TransactionState::PrepareAbort }
    }

    pub(super) fn complete(is_commit: bool) -> Self {
        if is_commit { TransactionState::CompleteCommit } else { TransactionState::CompleteAbort }
    }

    /// The outcome, if it is certain but not known everywhere.
    pub(super) fn prepared(self) -> Option<bool> {
        match self {
            TransactionState::PrepareCommit => Some(true),
            TransactionState::PrepareAbort => Some(false),
            _ => None,
        }
    }
}

/// A transactional id with its producer and its transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    /// The epoch before, if its owner asked for the next itself: it may ask again.
    pub(crate) last_epoch: Option<i16>,
    pub(crate) timeout_ms: i32,
    pub(crate) state: TransactionState,
    pub(crate) partitions: BTreeSet<TopicPartition>,
    pub(crate) start_ms: i64,
    pub(crate) update_ms: i64,
}

/// A producer as it names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerRef {
    /// Its id.
    pub id: i64,
    /// Its epoch.
    pub epoch: i16,
}

/// What follows from a producer's beginning.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// It is this one.
    Producer(ProducerRef),
    /// It needs a new id: there is none yet, or its epochs are used up.
    NeedsId,
    /// An open transaction must be aborted first; it is prepared now.
    Abort,
}

/// What follows from a producer's end of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is prepared; the markers are to be written.
    Prepared,
    /// It was ended before, the same way.
    Done,
}

/// All transactional ids.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    by_id: BTreeMap<String, Transaction>,
    /// Transactional ids by producer id.
    by_producer: HashMap<i64, String>,
}

impl Transactions {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Transaction)> {
        self.by_id.iter()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Transaction> {
        self.by_id.get(id)
    }

    pub(super) fn set(&mut self, id: String, transaction: Option<Transaction>) {
        if let Some(old) = self.by_id.remove(&id) {
            self.by_producer.remove(&old.producer_id);
        }
        if let Some(transaction) = transaction {
            self.by_producer.insert(transaction.producer_id, id.clone());
            self.by_id.insert(id, transaction);
        }
    }

    /// The transaction of a producer.
    pub(super) fn of_producer(&self, producer_id: i64) -> Option<&Transaction> {
        self.by_producer.get(&producer_id).and_then(|id| self.by_id.get(id))
    }

    /// The largest producer id known.
    pub(crate) fn producer_id_max(&self) -> Option<i64> {
        self.by_id.values().map(|transaction| transaction.producer_id).max()
    }

    /// A producer begins under `id`; `known` is what it has, if it begins again.
    pub(super) fn begin(
        &mut self,
        id: &str,
        timeout_ms: i32,
        known: Option<ProducerRef>,
        now_ms: i64,
    ) -> TransactionResult<Begin> {
        if !(1..=TIMEOUT_MS_MAX).contains(&timeout_ms) {
            return Err(TransactionError::InvalidTimeout);
        }
        let Some(transaction) = self.by_id.get_mut(id) else { return Ok(Begin::NeedsId) };
        if let Some(known) = known {
            let is_retry = transaction.last_epoch == Some(known.epoch);
            if known.id != transaction.producer_id || (known.epoch != transaction.producer_epoch && !is_retry)
            {
                return Err(TransactionError::Fenced);
            }
        }
        match transaction.state {
            TransactionState::PrepareCommit | TransactionState::PrepareAbort => {
                return Err(TransactionError::Concurrent);
            }
            TransactionState::Ongoing => {
                transaction.last_epoch = known.map(|known| known.epoch);
                transaction.fence(now_ms);
                return Ok(Begin::Abort);
            }
            _ => {}
        }
        transaction.timeout_ms = timeout_ms;
        transaction.update_ms = now_ms;
        let asks_again = known.is_some_and(|known| known.epoch != transaction.producer_epoch);
        if !asks_again && transaction.producer_epoch >= EPOCH_MAX {
            return Ok(Begin::NeedsId);
        }
        if !asks_again {
            transaction.last_epoch = known.map(|known| known.epoch);
            transaction.producer_epoch += 1;
        }
        transaction.state = TransactionState::Empty;
        Ok(Begin::Producer(transaction.producer()))
    }

    /// A producer begins under `id` with a producer id that nobody had before.
    pub(super) fn begin_with_id(&mut self, id: &str, producer_id: i64, timeout_ms: i32, now_ms: i64) {
        let transaction = Transaction {
            producer_id,
            producer_epoch: 0,
            last_epoch: None,
            timeout_ms,
            state: TransactionState::Empty,
            partitions: BTreeSet::new(),
            start_ms: -1,
            update_ms: now_ms,
        };
        self.set(id.to_owned(), Some(transaction));
    }

    /// Takes partitions into the producer's transaction.
    pub(super) fn add(
        &mut self,
        id: &str,
        producer: ProducerRef,
        partitions: impl IntoIterator<Item = TopicPartition>,
        now_ms: i64,
    ) -> TransactionResult<()> {
        let transaction = self.check(id, producer)?;
        if transaction.state.prepared().is_some() {
            return Err(TransactionError::Concurrent);
        }
        let is_new = transaction.state != TransactionState::Ongoing;
        if is_new {
            transaction.state = TransactionState::Ongoing;
            transaction.partitions.clear();
            transaction.start_ms = now_ms;
        }
        let before = transaction.partitions.len();
        transaction.partitions.extend(partitions);
        if is_new || transaction.partitions.len() > before {
            transaction.update_ms = now_ms;
        }
        Ok(())
    }

    /// The producer ends its transaction.
    pub(super) fn end(
        &mut self,
        id: &str,
        producer: ProducerRef,
        is_commit: bool,
        now_ms: i64,
    ) -> TransactionResult<End> {
        let transaction = self.check(id, producer)?;
        match transaction.state {
            TransactionState::Ongoing => {
                transaction.state = TransactionState::prepare(is_commit);
                transaction.update_ms = now_ms;
                Ok(End::Prepared)
            }
            state if state.prepared() == Some(is_commit) => Err(TransactionError::Concurrent),
            state if state == TransactionState::complete(is_commit) => Ok(End::Done),
            _ => Err(TransactionError::InvalidState),
        }
    }

    /// Every partition has its marker.
    pub(super) fn complete(&mut self, id: &str, producer: ProducerRef, is_commit: bool, now_ms: i64) {
        let Some(transaction) = self.by_id.get_mut(id) else { return };
        if transaction.producer() == producer && transaction.state == TransactionState::prepare(is_commit) {
            transaction.state = TransactionState::complete(is_commit);
            transaction.partitions.clear();
            transaction.update_ms = now_ms;
        }
    }

    /// The ids whose transaction takes too long.
    pub(super) fn late(&self, now_ms: i64) -> Vec<String> {
        let late = self.by_id.iter().filter(|(_, transaction)| {
            let age_ms = now_ms.saturating_sub(transaction.start_ms);
            transaction.state == TransactionState::Ongoing && age_ms > transaction.timeout_ms.into()
        });
        late.map(|(id, _)| id.clone()).collect()
    }

    /// Prepares the abort of a transaction in its producer's stead, who is fenced.
    pub(super) fn abort(&mut self, id: &str, now_ms: i64) {
        if let Some(transaction) = self.by_id.get_mut(id) {
            transaction.last_epoch = None;
            transaction.fence(now_ms);
        }
    }

    /// The ids that nobody used for a week.
    pub(super) fn silent(&self, now_ms: i64) -> Vec<String> {
        let idle = self.by_id.iter().filter(|(_, transaction)| {
            let is_idle =
                transaction.state.prepared().is_none() && transaction.state != TransactionState::Ongoing;
            is_idle && now_ms.saturating_sub(transaction.update_ms) > SILENT_MS_MAX
        });
        idle.map(|(id, _)| id.clone()).collect()
    }

    /// Whether a producer may write to a partition as part of its transaction now.
    pub(super) fn admits(&self, producer: ProducerRef, partition: &TopicPartition) -> TransactionResult<()> {
        let transaction = self.of_producer(producer.id).ok_or(TransactionError::UnknownProducer)?;
        if transaction.producer_epoch != producer.epoch {
            return Err(TransactionError::Fenced);
        }
        let is_in =
            transaction.state == TransactionState::Ongoing && transaction.partitions.contains(partition);
        if is_in { Ok(()) } else { Err(TransactionError::InvalidState) }
    }

    fn check(&mut self, id: &str, producer: ProducerRef) -> TransactionResult<&mut Transaction> {
        let transaction = self.by_id.get_mut(id).ok_or(TransactionError::UnknownProducer)?;
        if transaction.producer_id != producer.id {
            return Err(TransactionError::UnknownProducer);
        }
        if transaction.producer_epoch != producer.epoch {
            return Err(TransactionError::Fenced);
        }
        Ok(transaction)
    }
}

impl Transaction {
    pub(super) fn producer(&self) -> ProducerRef {
        ProducerRef { id: self.producer_id, epoch: self.producer_epoch }
    }

    /// Prepares the abort under the next epoch, so that its producer can write no more.
    fn fence(&mut self, now_ms: i64) {
        self.producer_epoch = self.producer_epoch.saturating_add(1);
        self.state = TransactionState::PrepareAbort;
        self.update_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: ProducerRef = ProducerRef { id: 1000, epoch: 0 };

    fn web(partition: u32) -> TopicPartition {
        TopicPartition::new("web", partition)
    }

    fn begun() -> Transactions {
        let mut all = Transactions::default();
        assert_eq!(all.begin("t", 60_000, None, 0).unwrap(), Begin::NeedsId);
        all.begin_with_id("t", 1000, 60_000, 0);
        all
    }

    fn is(result: TransactionResult<impl std::fmt::Debug>, expected: &TransactionError) {
        assert_eq!(result.unwrap_err().to_string(), expected.to_string());
    }

    #[test]
    fn a_transaction_goes_round() {
        let mut all = begun();
        is(all.end("t", FIRST, true, 1), &TransactionError::InvalidState);
        is(all.admits(FIRST, &web(0)), &TransactionError::InvalidState);
        all.add("t", FIRST, [web(0)], 1).unwrap();
        let before = all.get("t").cloned();
        all.add("t", FIRST, [web(0)], 2).unwrap();
        assert_eq!(all.get("t").cloned(), before, "it is in");
        assert!(all.admits(FIRST, &web(0)).is_ok());
        is(all.admits(FIRST, &web(1)), &TransactionError::InvalidState);
        assert_eq!(all.end("t", FIRST, true, 3).unwrap(), End::Prepared);
        is(all.admits(FIRST, &web(0)), &TransactionError::InvalidState);
        is(all.add("t", FIRST, [web(1)], 3), &TransactionError::Concurrent);
        is(all.end("t", FIRST, true, 3), &TransactionError::Concurrent);
        is(all.end("t", FIRST, false, 3), &TransactionError::InvalidState);
        all.complete("t", FIRST, true, 4);
        assert_eq!(all.end("t", FIRST, true, 5).unwrap(), End::Done, "asked again");
        is(all.end("t", FIRST, false, 5), &TransactionError::InvalidState);
        all.add("t", FIRST, [web(1)], 6).unwrap();
        assert_eq!(all.get("t").unwrap().partitions, BTreeSet::from([web(1)]));
    }

    #[test]
    fn a_new_producer_fences_the_old_one_and_aborts_its_transaction() {
        let mut all = begun();
        all.add("t", FIRST, [web(0)], 1).unwrap();
        assert_eq!(all.begin("t", 60_000, None, 2).unwrap(), Begin::Abort);
        is(all.begin("t", 60_000, None, 2), &TransactionError::Concurrent);
        is(all.end("t", FIRST, true, 2), &TransactionError::Fenced);
        all.complete("t", ProducerRef { epoch: 1, ..FIRST }, false, 3);
        let second = ProducerRef { epoch: 2, ..FIRST };
        assert_eq!(all.begin("t", 60_000, None, 4).unwrap(), Begin::Producer(second));
        is(all.add("t", FIRST, [web(0)], 5), &TransactionError::Fenced);
        is(all.add("t", ProducerRef { id: 1, epoch: 2 }, [web(0)], 5), &TransactionError::UnknownProducer);
        is(all.begin("t", 60_000, Some(FIRST), 5), &TransactionError::Fenced);
    }

    #[test]
    fn a_producer_may_ask_for_its_next_epoch_twice() {
        let mut all = begun();
        let second = ProducerRef { epoch: 1, ..FIRST };
        assert_eq!(all.begin("t", 60_000, Some(FIRST), 1).unwrap(), Begin::Producer(second));
        assert_eq!(all.begin("t", 60_000, Some(FIRST), 1).unwrap(), Begin::Producer(second));
        let third = ProducerRef { epoch: 2, ..FIRST };
        assert_eq!(all.begin("t", 60_000, Some(second), 1).unwrap(), Begin::Producer(third));
        is(all.begin("t", 60_000, Some(FIRST), 1), &TransactionError::Fenced);
    }

    #[test]
    fn who_takes_too_long_is_fenced() {
        let mut all = begun();
        all.add("t", FIRST, [web(0)], 10).unwrap();
        assert_eq!(all.late(60_010), [""; 0]);
        assert_eq!(all.late(60_011), ["t"]);
        all.abort("t", 60_011);
        assert_eq!(all.get("t").unwrap().producer_epoch, 1);
        is(all.end("t", FIRST, true, 60_012), &TransactionError::Fenced);
        is(all.begin("t", TIMEOUT_MS_MAX + 1, None, 0), &TransactionError::InvalidTimeout);
    }

    #[test]
    fn used_up_epochs_lead_to_a_new_id() {
        let mut all = begun();
        all.by_id.get_mut("t").unwrap().producer_epoch = EPOCH_MAX;
        assert_eq!(all.begin("t", 60_000, None, 0).unwrap(), Begin::NeedsId);
        assert_eq!(all.silent(SILENT_MS_MAX), [""; 0]);
        assert_eq!(all.silent(SILENT_MS_MAX + 1), ["t"]);
    }
}
