//! How far has a partition come, and who waits for it?

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use crate::{Error, Result};

/// The durable offset of a partition, to be waited for by threads and by tasks.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
    threads: Condvar,
    tasks: Notify,
}

#[derive(Debug, Default)]
struct State {
    durable: i64,
    failed: Option<Error>,
}

impl Progress {
    pub(crate) fn new(durable: i64) -> Self {
        Progress { state: Mutex::new(State { durable, failed: None }), ..Progress::default() }
    }

    pub(crate) fn durable(&self) -> i64 {
        self.state.lock().durable
    }

    pub(crate) fn advance(&self, durable: i64) {
        let mut state = self.state.lock();
        state.durable = state.durable.max(durable);
        drop(state);
        self.wake();
    }

    /// Everything not durable by now never will be.
    pub(crate) fn fail(&self, error: Error) {
        self.state.lock().failed.get_or_insert(error);
        self.wake();
    }

    fn wake(&self) {
        self.threads.notify_all();
        self.tasks.notify_waiters();
    }

    fn check(state: &State, offset: i64) -> Option<Result<()>> {
        if state.durable >= offset {
            return Some(Ok(()));
        }
        state.failed.clone().map(Err)
    }

    fn wait(&self, offset: i64) -> Result<()> {
        let mut state = self.state.lock();
        loop {
            match Progress::check(&state, offset) {
                Some(done) => return done,
                None => self.threads.wait(&mut state),
            }
        }
    }

    async fn done(&self, offset: i64) -> Result<()> {
        loop {
            let mut changed = std::pin::pin!(self.tasks.notified());
            changed.as_mut().enable();
            let done = Progress::check(&self.state.lock(), offset);
            match done {
                Some(done) => return done,
                None => changed.await,
            }
        }
    }
}

/// Resolves when an append is as durable as its topic asks for: at once, or with the next sync. Wait for
/// it with [`Durable::wait`] in a thread or `.await` in a task.
#[derive(Debug, Clone)]
#[must_use = "an append is acknowledged only when this resolves"]
pub struct Durable {
    pending: Option<(Arc<Progress>, i64)>,
}

impl Durable {
    pub(crate) fn at_once() -> Self {
        Durable { pending: None }
    }

    pub(crate) fn pending(progress: Arc<Progress>, end_offset: i64) -> Self {
        Durable { pending: Some((progress, end_offset)) }
    }

    /// Blocks the thread; an error after a failed sync.
    pub fn wait(&self) -> Result<()> {
        self.pending.as_ref().map_or(Ok(()), |(progress, offset)| progress.wait(*offset))
    }

    /// The same for a task, on any runtime.
    pub async fn done(&self) -> Result<()> {
        match &self.pending {
            None => Ok(()),
            Some((progress, offset)) => progress.done(*offset).await,
        }
    }

    /// What [`Durable::wait`] would answer, if it would answer now.
    pub fn now(&self) -> Option<Result<()>> {
        match &self.pending {
            None => Some(Ok(())),
            Some((progress, offset)) => Progress::check(&progress.state.lock(), *offset),
        }
    }
}

impl IntoFuture for Durable {
    type Output = Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.done().await })
    }
}

/// Wakes one consumer: data came, or its assignment changed. Set again before it is looked at costs
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    set: AtomicBool,
    interrupted: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
    task: Notify,
}

impl Wake {
    pub(crate) fn set(&self) {
        if !self.set.swap(true, Ordering::AcqRel) {
            drop(self.lock.lock());
            self.changed.notify_all();
            self.task.notify_one();
        }
    }

    /// Waits in a task until it is set, and clears it.
    pub(crate) async fn changed(&self) {
        while !self.set.swap(false, Ordering::AcqRel) {
            self.task.notified().await;
        }
    }

    /// Wakes the consumer for no reason of its own.
    pub(crate) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Release);
        self.set();
    }

    /// Whether it was interrupted since it was last asked.
    pub(crate) fn take_interrupt(&self) -> bool {
        self.interrupted.swap(false, Ordering::AcqRel)
    }

    /// To be called before looking for work, so that what comes while looking is not missed.
    pub(crate) fn clear(&self) {
        self.set.store(false, Ordering::Release);
    }

    /// Whether it was set by `deadline`.
    pub(crate) fn wait_until(&self, deadline: Instant) -> bool {
        let mut guard = self.lock.lock();
        while !self.set.load(Ordering::Acquire) {
            if self.changed.wait_until(&mut guard, deadline).timed_out() {
                return self.set.load(Ordering::Acquire);
            }
        }
        true
    }
}
