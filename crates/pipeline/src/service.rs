//! Starts and stops the threads of the store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use girok_store::Store;

use crate::compactor::Compactor;
use crate::control::Control;
use crate::intake::Intake;
use crate::keeper::Keeper;
use crate::sealer::Sealer;
use crate::worker::{Common, Worker, WorkerError};
use crate::{Clock, GROUP, LogClient, LogConsumer, Metrics, PipelineConfig, TopicPartition};

const RESTART_BACKOFF: Duration = Duration::from_secs(1);
const WATCH_INTERVAL: Duration = Duration::from_millis(50);

/// The running workers.
pub struct Pipeline {
    common: Arc<Common>,
    metrics: Arc<Metrics>,
    threads: Vec<JoinHandle<()>>,
}

/// Everything a thread is started with.
#[derive(Clone)]
struct Parts {
    config: Arc<PipelineConfig>,
    clock: Clock,
    log: Arc<dyn LogClient>,
    common: Arc<Common>,
    metrics: Arc<Metrics>,
}

/// Cleans up after a crash, then starts the workers, the keeper and the compactor of parts. Call it before anything is
/// appended to the log.
pub fn start(
    config: PipelineConfig,
    log: Arc<dyn LogClient>,
    store: Store,
    clock: Clock,
) -> Result<Pipeline, girok_store::StoreError> {
    if config.clean_up {
        clean_up(&store)?;
    }
    raise_ends(log.as_ref(), &store);
    let common = Arc::new(Common {
        store,
        live_raw_bytes: 0.into(),
        part_ids: crate::worker::PartIds::default(),
        seal_requests: crate::control::SealRequests::default(),
        stop: false.into(),
    });
    let parts =
        Parts { config: Arc::new(config), clock, log, common: common.clone(), metrics: Arc::default() };
    // All join before the first one polls: one that came later would take partitions away again, and their
    // live rows would be gone until the new owner has read them.
    let consumers: Vec<_> =
        (0..parts.config.threads.max(1)).map(|_| parts.log.consumer(GROUP).ok()).collect();
    let mut threads: Vec<_> = consumers
        .into_iter()
        .enumerate()
        .map(|(number, consumer)| {
            let parts = parts.clone();
            spawn(&format!("store-{number}"), move || run_worker(&parts, consumer))
        })
        .collect();
    let keeper = parts.clone();
    threads.push(spawn("store-keeper", move || run_keeper(&keeper)));
    let Parts { config, clock, common: shared, metrics, .. } = parts.clone();
    let compactor = Compactor { common: shared, config, clock, metrics };
    threads.push(spawn("store-compactor", move || compactor.run()));
    if let Some(interval) = parts.config.refresh_interval {
        let watcher = parts.clone();
        threads.push(spawn("store-watcher", move || run_watcher(&watcher, interval)));
    }
    Ok(Pipeline { common, metrics: parts.metrics, threads })
}

fn clean_up(store: &Store) -> Result<(), girok_store::StoreError> {
    let cleaned = futures::executor::block_on(store.parts.clean_up(&store.catalog))?;
    let left_behind = cleaned.orphans.len() + cleaned.unfinished;
    if left_behind > 0 {
        tracing::info!(files = left_behind, "files of unpublished parts deleted");
    }
    for path in &cleaned.missing {
        tracing::error!(path, "the file of a part is missing");
    }
    Ok(())
}

/// Before anything is appended, no offset may be free that the store holds already.
fn raise_ends(log: &dyn LogClient, store: &Store) {
    for (dataset, partition, checkpoint) in store.catalog.snapshot().checkpoints() {
        let partition = TopicPartition { dataset: dataset.clone(), partition };
        if let Err(error) = log.raise_end(&partition, checkpoint) {
            tracing::error!(%partition, checkpoint, %error, "log ends before the checkpoint and cannot be raised");
        }
    }
}

impl Pipeline {
    /// The numbers of all workers.
    pub fn metrics(&self) -> Arc<Metrics> {
        self.metrics.clone()
    }

    /// What others may ask of the workers.
    pub fn control(&self) -> Control {
        Control::new(self.common.clone())
    }

    /// Bytes of the records of all rows that are in no part yet.
    pub fn live_raw_bytes(&self) -> u64 {
        self.common.live_raw_bytes.load(Ordering::Relaxed)
    }

    /// Seals and publishes what is live, and ends all threads. What cannot be published now stays in the
    /// log and is read again at the next start.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        self.common.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store panicked while it stopped");
            }
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.join();
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body).expect("the system gives a thread at start")
}

/// A worker that fails or panics is started again from the checkpoints, visibly. `consumer` is for its first life.
fn run_worker(parts: &Parts, mut consumer: Option<Box<dyn LogConsumer>>) {
    let Parts { config, clock, log, common, metrics } = parts.clone();
    let mut intake = Intake::new(config, clock, log, common.store.live.clone(), metrics);
    while !parts.common.stop.load(Ordering::Acquire) {
        let ran = catch_unwind(AssertUnwindSafe(|| work(parts, &mut intake, consumer.take())));
        match ran {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "store worker failed, starting again"
                );
            }
            Err(_) => note_panic(&mut intake),
        }
        parts.metrics.count_restart();
        sleep_unless(&parts.common.stop, RESTART_BACKOFF);
    }
}

fn note_panic(intake: &mut Intake) {
    let Some((partition, offset)) = intake.current.take() else {
        tracing::error!("store worker panicked, starting again");
        return;
    };
    tracing::error!(%partition, offset, "store worker panicked at a record, starting again");
    *intake.suspects.entry((partition, offset)).or_default() += 1;
}

/// One life of a worker: a consumer and a sealer.
fn work(
    parts: &Parts,
    intake: &mut Intake,
    consumer: Option<Box<dyn LogConsumer>>,
) -> Result<(), WorkerError> {
    // A partition has at most one job under way, so neither channel grows beyond the partitions.
    let (jobs, jobs_received) = channel();
    let (done, done_received) = channel();
    let sealer =
        Sealer { store: parts.common.store.clone(), log: parts.log.clone(), metrics: parts.metrics.clone() };
    std::thread::scope(|scope| {
        let sealing = std::thread::Builder::new().name("store-sealer".to_owned());
        sealing
            .spawn_scoped(scope, move || sealer.run(&jobs_received, &done))
            .expect("the system gives a thread at start");
        let consumer = match consumer {
            Some(consumer) => consumer,
            None => parts.log.consumer(GROUP).map_err(WorkerError::Log)?,
        };
        Worker::new(&parts.common, intake, consumer, jobs, done_received).run()
    })
}

/// Keeps the parts in order until told to stop.
fn run_keeper(parts: &Parts) {
    let mut keeper = Keeper::new(parts.common.store.clone(), parts.config.clone());
    while !parts.common.stop.load(Ordering::Acquire) {
        if let Err(error) = keeper.keep_house((parts.clock)()) {
            tracing::error!(error = &error as &dyn std::error::Error, "retention of parts failed");
        }
        sleep_unless(&parts.common.stop, parts.config.retention_interval);
    }
}

/// Keeps up with what other processes do in the catalog.
fn run_watcher(parts: &Parts, interval: Duration) {
    while !parts.common.stop.load(Ordering::Acquire) {
        if let Err(error) = parts.common.store.catalog.refresh() {
            tracing::warn!(error = &error as &dyn std::error::Error, "the catalog cannot be looked at");
        }
        sleep_unless(&parts.common.stop, interval);
    }
}

/// Sleeps, but not once `stop` is set.
pub(crate) fn sleep_unless(stop: &AtomicBool, duration: Duration) {
    let until = Instant::now() + duration;
    while Instant::now() < until && !stop.load(Ordering::Acquire) {
        std::thread::sleep(WATCH_INTERVAL.min(duration));
    }
}
