//! The sync thread: which partitions must be synced, and when?
//!
//! While one round of syncs runs, the next gathers: a partition is synced once for all the appends that
//! came meanwhile, so throughput does not depend on the latency of a sync.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::partition::Partition;

/// Partitions that wait for a sync.
#[derive(Default)]
pub(crate) struct SyncQueue {
    queued: Mutex<Queued>,
    changed: Condvar,
}

#[derive(Default)]
struct Queued {
    now: Vec<Arc<Partition>>,
    later: Vec<Arc<Partition>>,
    later_due: Option<Instant>,
    stopped: bool,
}

impl SyncQueue {
    /// To be synced in the next round.
    pub(crate) fn push_now(&self, partition: Arc<Partition>) {
        self.queued.lock().now.push(partition);
        self.changed.notify_one();
    }

    /// To be synced within `delay`.
    pub(crate) fn push_later(&self, partition: Arc<Partition>, delay: Duration) {
        let mut queued = self.queued.lock();
        queued.later.push(partition);
        if queued.later_due.is_none() {
            queued.later_due = Some(Instant::now() + delay);
            self.changed.notify_one();
        }
    }

    /// Everything that waits, due or not.
    pub(crate) fn drain(&self) -> Vec<Arc<Partition>> {
        let mut queued = self.queued.lock();
        queued.later_due = None;
        let mut all = std::mem::take(&mut queued.now);
        all.append(&mut queued.later);
        all
    }

    /// Ends the thread after its round.
    pub(crate) fn stop(&self) {
        self.queued.lock().stopped = true;
        self.changed.notify_all();
    }

    /// Blocks until something is due; nothing when stopped.
    fn next_round(&self) -> Option<Vec<Arc<Partition>>> {
        let mut queued = self.queued.lock();
        loop {
            if queued.stopped {
                return None;
            }
            let mut round = std::mem::take(&mut queued.now);
            if queued.later_due.is_some_and(|due| due <= Instant::now()) {
                queued.later_due = None;
                round.append(&mut queued.later);
            }
            if !round.is_empty() {
                return Some(round);
            }
            match queued.later_due {
                Some(due) => drop(self.changed.wait_until(&mut queued, due)),
                None => self.changed.wait(&mut queued),
            }
        }
    }
}

/// Starts the thread that syncs what `queue` brings.
pub(crate) fn start(shared: Arc<crate::shared::Shared>) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("girok-log-sync".to_owned()).spawn(move || {
        while let Some(round) = shared.syncs.next_round() {
            for partition in round {
                partition.sync();
            }
        }
    })
}
