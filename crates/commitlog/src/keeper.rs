//! The housekeeping thread: watermark, sessions, recovery points, old segments, retention.

use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::error::Result;
use crate::log::LogInner;
use crate::{CommitLog, compaction, retention};

const TICK: Duration = Duration::from_secs(1);

/// Set once, when the thread shall end.
#[derive(Default)]
pub(crate) struct StopSignal {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl StopSignal {
    pub(crate) fn set(&self) {
        *self.stopped.lock() = true;
        self.changed.notify_all();
    }

    /// Whether it was set.
    pub(crate) fn is_set(&self) -> bool {
        *self.stopped.lock()
    }

    /// Whether it was set within `time`.
    fn wait(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut stopped = self.stopped.lock();
        while !*stopped && !self.changed.wait_until(&mut stopped, deadline).timed_out() {}
        *stopped
    }
}

/// When each kind of work was done last.
struct Done {
    checkpoint: Instant,
    retention: Instant,
}

/// Starts the thread. It does not keep the log alive.
pub(crate) fn start(log: Weak<LogInner>, stop: Arc<StopSignal>) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("girok-log-keeper".to_owned()).spawn(move || {
        let mut done = Done { checkpoint: Instant::now(), retention: Instant::now() };
        while !stop.wait(TICK) {
            let Some(inner) = log.upgrade() else { return };
            tick(&CommitLog { inner }, &mut done);
        }
    })
}

fn tick(log: &CommitLog, done: &mut Done) {
    let shared = &log.inner.shared;
    let is_full = shared.look_at_disk() < shared.config.disk_reserve_bytes;
    log.inner.coordinator.lock().expire(shared.now_ms());
    let elapsed = |since: Instant, period_ms: i64| since.elapsed().as_millis() as i64 >= period_ms;
    if elapsed(done.checkpoint, shared.config.checkpoint_ms) {
        done.checkpoint = Instant::now();
        report("cannot write recovery points", log.inner.write_recovery_points());
        report("cannot compact", compaction::apply(log));
    }
    if is_full || elapsed(done.retention, shared.config.retention_check_ms) {
        done.retention = Instant::now();
        report("cannot apply retention", retention::apply(log));
    }
}

fn report(what: &'static str, result: Result<()>) {
    if let Err(error) = result {
        tracing::error!(%error, what, "housekeeping of the commit log failed");
    }
}
