//! How is a decision carried out? A thread writes the markers, then says that the transaction is complete.
//!
//! All that wait are taken together: their decisions become durable with one sync, their markers are
//! written, and then all are complete.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use girok_wire::Marker;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::state::{ProducerRef, Transaction, TransactionResult};
use crate::error::Result;
use crate::keeper::StopSignal;
use crate::log::LogInner;
use crate::names::OFFSETS_TOPIC;
use crate::{CommitLog, Durable, Error, TopicPartition};

/// How often late transactions are looked for, and what could not be ended is tried again.
const TICK: Duration = Duration::from_millis(200);
/// There is one coordinator for ever.
const COORDINATOR_EPOCH: i32 = 0;

/// Who waits for the end of a transaction.
pub(super) type Sender = oneshot::Sender<TransactionResult<()>>;

/// A transaction that is to be ended, as was decided.
pub(crate) struct Ending {
    id: String,
    producer: ProducerRef,
    is_commit: bool,
    /// Those that have no marker yet.
    partitions: Vec<TopicPartition>,
    decided: Durable,
    sender: Option<Sender>,
    /// It could not be carried out at once, and that was said.
    is_late: bool,
}

impl Ending {
    /// What is to be done for a transaction that is prepared.
    pub(super) fn new(id: &str, transaction: &Transaction, decided: Durable, sender: Option<Sender>) -> Self {
        Ending {
            id: id.to_owned(),
            producer: transaction.producer(),
            is_commit: transaction.state.prepared().unwrap_or(false),
            partitions: transaction.partitions.iter().cloned().collect(),
            decided,
            sender,
            is_late: false,
        }
    }

    fn answer(&mut self, answer: TransactionResult<()>) {
        if let Some(sender) = self.sender.take() {
            // A producer that went away needs no answer.
            let _ = sender.send(answer);
        }
    }
}

/// Transactions that wait to be ended.
#[derive(Default)]
pub(crate) struct Endings {
    waiting: Mutex<VecDeque<Ending>>,
    changed: Condvar,
}

impl Endings {
    pub(super) fn push(&self, ending: Ending) {
        self.waiting.lock().push_back(ending);
        self.changed.notify_all();
    }

    /// Wakes the thread, for instance because the log closes.
    pub(crate) fn wake(&self) {
        drop(self.waiting.lock());
        self.changed.notify_all();
    }

    fn wait(&self) {
        let mut waiting = self.waiting.lock();
        if waiting.is_empty() {
            self.changed.wait_for(&mut waiting, TICK);
        }
    }

    fn take(&self) -> Vec<Ending> {
        self.waiting.lock().drain(..).collect()
    }
}

/// Starts the thread. It does not keep the log alive.
pub(crate) fn start(log: Weak<LogInner>, stop: Arc<StopSignal>) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("girok-log-transactions".to_owned()).spawn(move || {
        while !stop.is_set() {
            let Some(inner) = log.upgrade() else { return };
            inner.transactions.endings.wait();
            let log = CommitLog { inner };
            if let Err(error) = log.expire_transactions() {
                tracing::error!(%error, "cannot abort late transactions");
            }
            if !log.end_prepared() {
                drop(log);
                std::thread::sleep(TICK);
            }
        }
    })
}

impl CommitLog {
    /// Ends all transactions that are decided; whether nothing failed.
    pub(crate) fn end_prepared(&self) -> bool {
        let mut endings = self.inner.transactions.endings.take();
        let mut written = Vec::new();
        for ending in &mut endings {
            written.push(ending.decided.wait().and_then(|()| self.write_markers(ending)));
        }
        let mut is_done = true;
        for (mut ending, markers) in endings.into_iter().zip(written) {
            let ended = markers
                .and_then(|markers| markers.iter().try_for_each(Durable::wait))
                .and_then(|()| self.note_complete(&ending));
            match ended {
                Ok(()) => ending.answer(Ok(())),
                Err(Error::Closed) => {}
                Err(error) => {
                    is_done = false;
                    if !std::mem::replace(&mut ending.is_late, true) {
                        tracing::error!(transactional_id = ending.id, %error, "transaction cannot be ended yet");
                    }
                    ending.answer(Err(error.into()));
                    self.inner.transactions.endings.push(ending);
                }
            }
        }
        is_done
    }

    /// Writes the marker to every partition that has none yet.
    fn write_markers(&self, ending: &mut Ending) -> Result<Vec<Durable>> {
        let mut written = Vec::with_capacity(ending.partitions.len());
        while let Some(of) = ending.partitions.last() {
            written.extend(self.write_marker(of, ending.producer, ending.is_commit)?);
            ending.partitions.pop();
        }
        Ok(written)
    }

    /// Writes one marker; nothing if the partition is gone.
    pub(super) fn write_marker(
        &self,
        of: &TopicPartition,
        producer: ProducerRef,
        is_commit: bool,
    ) -> Result<Option<Durable>> {
        let Some(topic) = self.topic(&*of.topic) else { return Ok(None) };
        let Ok(partition) = topic.partition(of.partition) else { return Ok(None) };
        let marker = Marker { is_commit, coordinator_epoch: COORDINATOR_EPOCH };
        if &*of.topic != OFFSETS_TOPIC {
            return Ok(Some(partition.append_marker(producer.id, producer.epoch, marker)?.durable));
        }
        // Topic and table of committed offsets must agree on the order.
        let mut coordinator = self.inner.coordinator.lock();
        let appended = partition.append_marker(producer.id, producer.epoch, marker)?;
        coordinator.offsets_mut().end_transaction(producer.id, is_commit);
        Ok(Some(appended.durable))
    }

    fn note_complete(&self, ending: &Ending) -> Result<()> {
        let now_ms = self.inner.shared.now_ms();
        let mut all = self.inner.transactions.all.lock();
        // Need not be durable: a start finds the markers and writes none twice.
        let _ = self.change(&mut all, &ending.id, |all| {
            all.complete(&ending.id, ending.producer, ending.is_commit, now_ms);
            Ok(())
        })?;
        Ok(())
    }
}
