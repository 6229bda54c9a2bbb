//! One thread of the group `store`: poll, push, cut, seal.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use girok_event::Timestamp;
use girok_store::{PartId, Store, StoreError};

use crate::config::is_due;
use crate::control::SealRequests;
use crate::intake::{Intake, IntakeError};
use crate::metrics::PartitionLag;
use crate::partition::{PartitionState, Sealing};
use crate::sealer::{Job, Outcome, Sealed};
use crate::{LogConsumer, LogError, TopicPartition};

/// The longest sleep: a chunk must be cut, a sealer's answer heard.
const POLL_MAX: Duration = Duration::from_millis(20);
const LAG_INTERVAL: Duration = Duration::from_secs(1);
/// A stop waits no longer than this for records that were not polled yet.
const CATCH_UP_MAX: Duration = Duration::from_secs(5);

/// Why a worker stops before it is told to; it is started again and reads on from the checkpoints.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkerError {
    #[error("the log failed: {0}")]
    Log(LogError),
    #[error(transparent)]
    Intake(#[from] IntakeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the sealer is gone")]
    SealerGone,
}

/// What all workers share.
pub(crate) struct Common {
    pub(crate) store: Store,
    /// Bytes of the records of all rows that are in no part.
    pub(crate) live_raw_bytes: AtomicU64,
    pub(crate) part_ids: PartIds,
    pub(crate) seal_requests: SealRequests,
    pub(crate) stop: AtomicBool,
}

/// Gives every part a number of its own.
#[derive(Default)]
pub(crate) struct PartIds {
    seed: std::hash::RandomState,
    count: AtomicU64,
}

impl PartIds {
    pub(crate) fn next(&self) -> PartId {
        use std::hash::BuildHasher;
        PartId(self.seed.hash_one(self.count.fetch_add(1, Ordering::Relaxed)))
    }
}

/// A consumer with the partitions it was given.
pub(crate) struct Worker<'w> {
    common: &'w Common,
    intake: &'w mut Intake,
    consumer: Box<dyn LogConsumer>,
    jobs: Sender<Job>,
    done: Receiver<Sealed>,
    partitions: HashMap<TopicPartition, PartitionState>,
    lag_since: Option<Timestamp>,
}

/// Leaves nothing visible that the next owner of a partition would show again; also after a panic.
impl Drop for Worker<'_> {
    fn drop(&mut self) {
        for state in std::mem::take(&mut self.partitions).values() {
            state.give_up_sealing();
            self.forget_live(state);
        }
    }
}

impl<'w> Worker<'w> {
    /// A worker without partitions, which `consumer` will bring.
    pub(crate) fn new(
        common: &'w Common,
        intake: &'w mut Intake,
        consumer: Box<dyn LogConsumer>,
        jobs: Sender<Job>,
        done: Receiver<Sealed>,
    ) -> Self {
        Worker { common, intake, consumer, jobs, done, partitions: HashMap::new(), lag_since: None }
    }

    /// Works until told to stop, then seals what is left.
    pub(crate) fn run(&mut self) -> Result<(), WorkerError> {
        while !self.common.stop.load(Ordering::Acquire) {
            self.turn()?;
        }
        self.catch_up()?;
        self.finish()
    }

    /// Takes what the log holds already, so that the next start need not read it again. The doors are shut by
    /// now; what comes in all the same stays in the log.
    fn catch_up(&mut self) -> Result<(), WorkerError> {
        let until = Instant::now() + CATCH_UP_MAX;
        while self.consumer.lag().iter().any(|(_, records)| *records > 0) && Instant::now() < until {
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<(), WorkerError> {
        while let Ok(sealed) = self.done.try_recv() {
            self.after_seal(&sealed)?;
        }
        self.set_pauses()?;
        let polled = self.consumer.poll(POLL_MAX).map_err(WorkerError::Log)?;
        for partition in &polled.revoked {
            self.revoke(partition)?;
        }
        for partition in polled.assigned {
            self.assign(partition)?;
        }
        for (partition, lost) in &polled.lost {
            self.intake.note_lost(partition, *lost);
        }
        for (partition, batch) in &polled.batches {
            self.take(partition, batch)?;
        }
        self.cut_and_seal()?;
        self.report_lag();
        Ok(())
    }

    fn assign(&mut self, partition: TopicPartition) -> Result<(), WorkerError> {
        self.common.store.catalog.refresh()?;
        let checkpoint = self.common.store.catalog.checkpoint(&partition.dataset, partition.partition);
        self.intake.log.raise_end(&partition, checkpoint).map_err(WorkerError::Log)?;
        self.consumer.seek(&partition, checkpoint).map_err(WorkerError::Log)?;
        tracing::info!(%partition, checkpoint, "partition assigned");
        self.partitions.insert(partition.clone(), PartitionState::new(partition, checkpoint));
        Ok(())
    }

    /// Lets a partition go. A part that is being written is waited for, so that the next owner, perhaps in
    /// this process, finds the checkpoint where it will stay.
    fn revoke(&mut self, partition: &TopicPartition) -> Result<(), WorkerError> {
        if let Some(state) = self.partitions.get_mut(partition) {
            state.is_leaving = true;
            state.give_up_sealing();
        }
        self.wait_for_seal(partition)?;
        self.forget(partition);
        tracing::info!(%partition, "partition revoked");
        Ok(())
    }

    fn forget(&mut self, partition: &TopicPartition) {
        if let Some(state) = self.partitions.remove(partition) {
            self.forget_live(&state);
        }
    }

    fn forget_live(&self, state: &PartitionState) {
        self.common.live_raw_bytes.fetch_sub(state.live_raw_bytes(), Ordering::Relaxed);
        self.common.store.live.discard(&state.id.dataset, state.id.partition);
        self.intake.metrics.forget_lag(&state.id);
    }

    fn take(&mut self, partition: &TopicPartition, batch: &[u8]) -> Result<(), WorkerError> {
        let Some(state) = self.partitions.get_mut(partition) else { return Ok(()) };
        let before = state.raw_bytes();
        let taken = self.intake.take(state, batch);
        self.common.live_raw_bytes.fetch_add(state.raw_bytes() - before, Ordering::Relaxed);
        taken?;
        if state.is_part_full(&self.intake.config) && state.sealing.is_none() {
            self.seal(partition)?;
        }
        Ok(())
    }

    /// Cuts what has waited long enough, seals what is due, and the largest if memory runs short.
    fn cut_and_seal(&mut self) -> Result<(), WorkerError> {
        let now = (self.intake.clock)();
        let mut due = Vec::new();
        for state in self.partitions.values_mut() {
            if state.is_chunk_due(&self.intake.config, now) {
                self.intake.cut(state)?;
            }
            let is_wanted = state.is_part_due(&self.intake.config, now)
                || self.common.seal_requests.wants(&state.id, state.covers_from());
            if state.sealing.is_none() && is_wanted {
                due.push(state.id.clone());
            }
        }
        if due.is_empty() && self.is_over_budget() {
            let open =
                self.partitions.values().filter(|state| state.sealing.is_none() && state.raw_bytes() > 0);
            due.extend(open.max_by_key(|state| state.raw_bytes()).map(|state| state.id.clone()));
        }
        due.iter().try_for_each(|partition| self.seal(partition))
    }

    fn is_over_budget(&self) -> bool {
        self.common.live_raw_bytes.load(Ordering::Relaxed) > self.intake.config.live_raw_bytes_max
    }

    /// Hands everything a partition has to the sealer.
    fn seal(&mut self, partition: &TopicPartition) -> Result<(), WorkerError> {
        let Some(state) = self.partitions.get_mut(partition) else { return Ok(()) };
        self.intake.cut(state)?;
        let chunks = self.common.store.live.begin_seal(&partition.dataset, partition.partition);
        let (covers, raw_bytes) = state.end_part();
        let give_up = Arc::new(AtomicBool::new(false));
        state.sealing = Some(Sealing { give_up: give_up.clone(), raw_bytes });
        let part = self.common.part_ids.next();
        let job = Job { partition: partition.clone(), chunks, covers, part, give_up };
        self.jobs.send(job).map_err(|_| WorkerError::SealerGone)
    }

    fn after_seal(&mut self, sealed: &Sealed) -> Result<(), WorkerError> {
        let partition = &sealed.partition;
        let Some(state) = self.partitions.get_mut(partition) else { return Ok(()) };
        match sealed.outcome {
            Outcome::Published => {
                let stored = state.sealing.take().map_or(0, |sealing| sealing.raw_bytes);
                self.common.live_raw_bytes.fetch_sub(stored, Ordering::Relaxed);
                // Only a hint for lag tools: after a rebalance it may not be ours to give.
                if let Err(error) = self.consumer.commit(partition, sealed.covers.until) {
                    tracing::debug!(%partition, %error, "group offset was not committed");
                }
                Ok(())
            }
            Outcome::Refused if !state.is_leaving => {
                let was_paused = state.is_paused;
                self.forget(partition);
                self.assign(partition.clone())?;
                if was_paused {
                    self.consumer.resume(partition).map_err(WorkerError::Log)?;
                }
                Ok(())
            }
            Outcome::Refused | Outcome::GaveUp => {
                self.forget(partition);
                Ok(())
            }
        }
    }

    fn wait_for_seal(&mut self, partition: &TopicPartition) -> Result<(), WorkerError> {
        while self.partitions.get(partition).is_some_and(|state| state.sealing.is_some()) {
            let sealed = self.done.recv().map_err(|_| WorkerError::SealerGone)?;
            self.after_seal(&sealed)?;
        }
        Ok(())
    }

    /// Holds back partitions that have nowhere to put more: the log keeps their records.
    fn set_pauses(&mut self) -> Result<(), WorkerError> {
        let is_over_budget = self.is_over_budget();
        for state in self.partitions.values_mut() {
            let is_sealing = state.sealing.is_some();
            let wants_pause = is_over_budget || (is_sealing && state.is_part_full(&self.intake.config));
            if wants_pause == state.is_paused {
                continue;
            }
            let switched = match wants_pause {
                true => self.consumer.pause(&state.id),
                false => self.consumer.resume(&state.id),
            };
            switched.map_err(WorkerError::Log)?;
            state.is_paused = wants_pause;
        }
        Ok(())
    }

    fn report_lag(&mut self) {
        let now = (self.intake.clock)();
        if self.lag_since.is_some() && !is_due(self.lag_since, LAG_INTERVAL, now) {
            return;
        }
        self.lag_since = Some(now);
        for (partition, records) in self.consumer.lag() {
            let Some(state) = self.partitions.get(&partition) else { continue };
            let waited = now.as_millis().saturating_sub(state.last_arrival.as_millis());
            let milliseconds = if records == 0 { 0 } else { u64::try_from(waited).unwrap_or(0) };
            self.intake.metrics.set_lag(&partition, PartitionLag { records, milliseconds });
        }
    }

    /// Seals everything; what cannot be sealed now stays in the log.
    fn finish(&mut self) -> Result<(), WorkerError> {
        let mut all: Vec<_> = self.partitions.keys().cloned().collect();
        all.sort_unstable();
        self.partitions.values().for_each(PartitionState::give_up_sealing);
        for partition in &all {
            self.wait_for_seal(partition)?;
            if self.partitions.get(partition).is_some_and(PartitionState::is_dirty) {
                self.seal(partition)?;
            }
        }
        self.partitions.values().for_each(PartitionState::give_up_sealing);
        all.iter().try_for_each(|partition| self.wait_for_seal(partition))
    }
}
