//! Chunks to a published part, on a thread of its own, so that reading goes on meanwhile.
//!
//! Order makes it safe: the file is durable before the catalog names it; the catalog moves the checkpoint
//! in the same transaction; only then are the live rows forgotten. A failure before the transaction leaves
//! a file nobody knows, which is cleaned up at the next start. A disk that is full is waited for: rows stay
//! visible and in the log, and nothing is skipped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use girok_store::{Chunk, Covers, PartId, PartSpec, Store, StoreError, write_part};

use crate::{LogClient, LogError, Metrics, TopicPartition};

const BACKOFF_MIN: Duration = Duration::from_millis(250);
const BACKOFF_MAX: Duration = Duration::from_secs(15);
/// How often a waiting sealer looks whether it should give up.
const WATCH_INTERVAL: Duration = Duration::from_millis(50);

/// Chunks to be sealed.
pub(crate) struct Job {
    pub(crate) partition: TopicPartition,
    pub(crate) chunks: Vec<Arc<Chunk>>,
    pub(crate) covers: Covers,
    pub(crate) part: PartId,
    /// Set when the partition was revoked or the process stops: do not try again.
    pub(crate) give_up: Arc<AtomicBool>,
}

/// What became of a job.
pub(crate) struct Sealed {
    pub(crate) partition: TopicPartition,
    pub(crate) covers: Covers,
    pub(crate) outcome: Outcome,
}

/// The end of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The part is visible and the checkpoint moved.
    Published,
    /// The checkpoint is elsewhere: another worker owns the partition or did the work.
    Refused,
    /// Told to give up after a failure.
    GaveUp,
}

/// Why one attempt failed.
#[derive(Debug, thiserror::Error)]
enum SealError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot wait for the log: {0}")]
    Log(LogError),
}

/// Writes and publishes parts.
pub(crate) struct Sealer {
    pub(crate) store: Store,
    pub(crate) log: Arc<dyn LogClient>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Sealer {
    /// Works until the worker lets go of its end.
    pub(crate) fn run(&self, jobs: &Receiver<Job>, done: &Sender<Sealed>) {
        for job in jobs {
            let outcome = self.seal_until_done(&job);
            let Job { partition, covers, .. } = job;
            // A worker that is gone needs no answer.
            let _ = done.send(Sealed { partition, covers, outcome });
        }
    }

    fn seal_until_done(&self, job: &Job) -> Outcome {
        let mut backoff = BACKOFF_MIN;
        loop {
            let started = Instant::now();
            let error = match self.seal(job) {
                Ok(size_bytes) => {
                    self.count_done(job, started.elapsed(), size_bytes);
                    return Outcome::Published;
                }
                Err(SealError::Store(error @ StoreError::NotAtCheckpoint { .. })) => {
                    tracing::warn!(partition = %job.partition, %error, "part was refused");
                    return Outcome::Refused;
                }
                Err(error) => error,
            };
            self.note_failure(job, &error, backoff == BACKOFF_MIN);
            if !wait(backoff, &job.give_up) {
                return Outcome::GaveUp;
            }
            backoff = BACKOFF_MAX.min(backoff * 2);
        }
    }

    /// One attempt; the size of the part.
    fn seal(&self, job: &Job) -> Result<u64, SealError> {
        let TopicPartition { dataset, partition } = &job.partition;
        self.log.wait_durable(&job.partition, job.covers.until).map_err(SealError::Log)?;
        let Some(last) = job.chunks.last() else {
            self.store.catalog.skip(dataset, *partition, job.covers)?;
            return Ok(0);
        };
        let spec = PartSpec { id: job.part, covers: job.covers };
        let part = write_part(&job.chunks, spec, &self.store.patterns)?;
        block_on(self.store.parts.put(&part.meta.path, part.bytes.clone()))?;
        // The file of a refused part stays until the next start: a commit that was reported as failed may
        // have happened, and then the refusal of the second attempt is about this very part.
        self.store.catalog.publish_part(&part, &self.store.patterns)?;
        self.store.live.remove_sealed(dataset, *partition, last.last_offset);
        Ok(part.meta.size_bytes)
    }

    fn count_done(&self, job: &Job, duration: Duration, size_bytes: u64) {
        self.metrics.count_seal(|seals| {
            seals.done += 1;
            seals.size_bytes += size_bytes;
            seals.duration += duration;
        });
        self.metrics
            .count(&job.partition.dataset, |counts| counts.parts += u64::from(!job.chunks.is_empty()));
    }

    /// Says the first failure of a job as an error, the others only to who looks closely.
    fn note_failure(&self, job: &Job, error: &SealError, is_first: bool) {
        self.metrics.count_seal(|seals| seals.failed += 1);
        let partition = &job.partition;
        if is_first {
            tracing::error!(%partition, error = error as &dyn std::error::Error, "part cannot be published yet, trying again");
        } else {
            tracing::debug!(%partition, error = error as &dyn std::error::Error, "part cannot be published yet");
        }
    }
}

/// Waits; false as soon as `give_up` is set.
fn wait(duration: Duration, give_up: &AtomicBool) -> bool {
    let until = Instant::now() + duration;
    while Instant::now() < until {
        if give_up.load(Ordering::Acquire) {
            return false;
        }
        std::thread::sleep(WATCH_INTERVAL);
    }
    !give_up.load(Ordering::Acquire)
}
