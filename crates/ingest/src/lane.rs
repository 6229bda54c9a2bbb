//! How small requests share a batch.
//!
//! Each partition has one lane. Events of small requests gather in the lane's open batch, and a thread
//! writes it as soon as it can; what comes while it writes makes the next batch. So a lone request waits for
//! nothing, and the more requests come, the more of them share a batch. (Waiting on purpose, Kafka's
//! `linger.ms`, was measured: 1 ms made 16 clients ten times slower and saved no CPU.) Large requests bring
//! whole batches and pass through the same lane, so what one source sends keeps its order.
//!
//! Two locks: `gathered` is held for copies only and may be taken on a runtime thread; `writing` is held
//! while batches are compressed and appended, always on a thread that may block.

use std::sync::Arc;

use bytes::Bytes;
use girok_wire::BatchBuilder;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::IngestError;
use crate::log::{self, Durable, Log};

/// A batch takes no more events once it is this large.
pub(crate) const BATCH_BYTES: usize = 512 << 10;

/// The answer that one request in a shared batch waits for.
pub(crate) type Answer = oneshot::Receiver<Result<(), IngestError>>;

/// One partition's way into the log.
#[derive(Debug)]
pub(crate) struct Lane {
    log: Log,
    partition: u32,
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
    pub(crate) fn new(log: Log, partition: u32) -> Self {
        let gathered = Gathered { groups: Vec::new(), write_due: false };
        Lane { log, partition, gathered: Mutex::new(gathered), writing: Mutex::new(()) }
    }

    /// Adds events to the open batch with `fill`, and sees to it that the batch is written.
    pub(crate) fn join(self: &Arc<Self>, fill: impl FnOnce(&mut BatchBuilder)) -> Answer {
        let (sender, answer) = oneshot::channel();
        let mut gathered = self.gathered.lock();
        let group = gathered.open_group();
        fill(&mut group.batch);
        group.waiting.push(sender);
        if !std::mem::replace(&mut gathered.write_due, true) {
            let lane = Arc::clone(self);
            tokio::task::spawn_blocking(move || lane.write());
        }
        answer
    }

    /// Appends whole batches, after everything that was gathered before. Blocks.
    pub(crate) fn append(&self, batches: Vec<Bytes>) -> Result<Vec<Durable>, IngestError> {
        let _writing = self.writing.lock();
        self.write_gathered();
        batches.into_iter().map(|batch| self.log.append(self.partition, batch)).collect()
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
    fn open_group(&mut self) -> &mut Group {
        if self.groups.last().is_none_or(|group| group.batch.size_bytes() >= BATCH_BYTES) {
            self.groups.push(Group { batch: log::new_batch(), waiting: Vec::new() });
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
