//! How small requests share a batch.
//!
//! Each partition has one lane. Events of small requests gather in the lane's open batch, and a thread
//! writes it as soon as it can; what comes while it writes makes the next batch. So a lone request waits for
//! nothing, and the more requests come, the more of them share a batch. (Waiting on purpose, Kafka's
//! `linger.ms`, is 0 by default: 1 ms made 16 clients ten times slower and saved no CPU.) Large requests bring
//! whole batches and pass through the same lane, so what one source sends keeps its order.
//!
//! Two locks: `gathered` is held for copies only and may be taken on a runtime thread; `writing` is held
//! while batches are compressed and appended, always on a thread that may block.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use girok_wire::BatchBuilder;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::IngestError;
use crate::log::{self, Durable, Log};

/// How events are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// `batch.size`: a batch takes no more events once it is this large.
    pub bytes: usize,
    /// `linger.ms`: how long a batch that is not full waits for more.
    pub linger: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Batching { bytes: 512 << 10, linger: Duration::ZERO }
    }
}

/// The answer that one request in a shared batch waits for.
pub(crate) type Answer = oneshot::Receiver<Result<(), IngestError>>;

/// One partition's way into the log.
#[derive(Debug)]
pub(crate) struct Lane {
    log: Log,
    partition: u32,
    batching: Batching,
    gathered: Mutex<Gathered>,
    writing: Mutex<()>,
}

#[derive(Debug)]
struct Gathered {
    groups: Vec<Group>,
    write_due: bool,
}

/// One shared batch and those who wait for it.
#[derive(Debug)]
struct Group {
    batch: BatchBuilder,
    waiting: Vec<oneshot::Sender<Result<(), IngestError>>>,
}

impl Lane {
    pub(crate) fn new(log: Log, partition: u32, batching: Batching) -> Self {
        let gathered = Gathered { groups: Vec::new(), write_due: false };
        Lane { log, partition, batching, gathered: Mutex::new(gathered), writing: Mutex::new(()) }
    }

    /// Adds events to the open batch with `fill`, and sees to it that the batch is written.
    pub(crate) fn join(self: &Arc<Self>, fill: impl FnOnce(&mut BatchBuilder)) -> Answer {
        let (sender, answer) = oneshot::channel();
        let mut gathered = self.gathered.lock();
        let group = gathered.open_group(&self.log, self.batching.bytes);
        fill(&mut group.batch);
        group.waiting.push(sender);
        let is_full = group.batch.size_bytes() >= self.batching.bytes;
        let was_due = std::mem::replace(&mut gathered.write_due, true);
        if self.batching.linger.is_zero() && !was_due || !self.batching.linger.is_zero() && is_full {
            let lane = Arc::clone(self);
            tokio::task::spawn_blocking(move || lane.write());
        } else if !was_due {
            tokio::spawn(Arc::clone(self).write_later());
        }
        answer
    }

    /// Appends whole batches, after everything that was gathered before. Blocks.
    pub(crate) fn append(&self, batches: Vec<Bytes>) -> Result<Vec<Durable>, IngestError> {
        let _writing = self.writing.lock();
        self.write_gathered();
        batches.into_iter().map(|batch| self.log.append(self.partition, batch)).collect()
    }

    /// Writes what has come together once the linger time is over.
    async fn write_later(self: Arc<Self>) {
        tokio::time::sleep(self.batching.linger).await;
        tokio::task::spawn_blocking(move || self.write());
    }

    fn write(&self) {
        let _writing = self.writing.lock();
        self.write_gathered();
    }

    /// Writes what was gathered; `writing` must be held.
    fn write_gathered(&self) {
        let groups = {
            let mut gathered = self.gathered.lock();
            gathered.write_due = false;
            std::mem::take(&mut gathered.groups)
        };
        for mut group in groups {
            let appended =
                log::finish(&mut group.batch).and_then(|batch| self.log.append(self.partition, batch));
            tokio::spawn(answer(appended, group.waiting));
        }
    }
}

impl Gathered {
    fn open_group(&mut self, log: &Log, bytes_max: usize) -> &mut Group {
        if self.groups.last().is_none_or(|group| group.batch.size_bytes() >= bytes_max) {
            self.groups.push(Group { batch: log.new_batch(), waiting: Vec::new() });
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }
}

/// Tells all who share a batch what became of it.
async fn answer(
    appended: Result<Durable, IngestError>,
    waiting: Vec<oneshot::Sender<Result<(), IngestError>>>,
) {
    let outcome = match appended {
        Ok(durable) => log::durable(durable).await,
        Err(error) => Err(error),
    };
    for sender in waiting {
        // Who has gone away needs no answer.
        let _ = sender.send(outcome.clone());
    }
}
