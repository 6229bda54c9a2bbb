//! Few large parts instead of many small ones, and tables of the days that are over, on a thread of its own and
//! behind ingest.
//!
//! One merge at a time, also where several processes share the parts. While ingest has work waiting it goes at a walking pace; a merge that
//! is told to stop leaves everything as it was.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use girok_event::DatasetName;
use girok_store::{Compacted, CompactionPolicy, Occupancy, StoreError, Turn, compact, table_days};

use crate::service::sleep_unless;
use crate::worker::Common;
use crate::{Clock, Metrics, PipelineConfig};

/// What the processes that share the parts know this task as.
const TASK: &str = "merging";
/// How often it is looked for something to merge.
const INTERVAL: Duration = Duration::from_secs(1);
/// After a failure.
const BACKOFF: Duration = Duration::from_secs(60);
/// Ingest is behind when a partition's newest stored record is so much older than the newest there is.
const LAG_MS_MAX: u64 = 1000;
/// So many bytes at a time are read or written without looking whether ingest is behind, …
const STRIDE_BYTES: u64 = 4 << 20;
/// … and if it is, so long is waited before the next.
const YIELD: Duration = Duration::from_millis(500);
/// Days end, and parts come late, without a commit to the catalog: it is looked again after so long.
const DAYS_INTERVAL: Duration = Duration::from_secs(600);
/// A merged part spans at most this share of a dataset's retention by age, so that it does not keep old
/// events for long.
const RETENTION_SHARE: u64 = 10;

/// What the compactor works with.
pub(crate) struct Compactor {
    pub(crate) common: Arc<Common>,
    pub(crate) config: Arc<PipelineConfig>,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
}

impl Compactor {
    /// Works until told to stop.
    pub(crate) fn run(&self) {
        let mut seen = None;
        let mut since = Instant::now();
        let mut task = None;
        while !self.is_stopped() {
            if !self.is_ours(&mut task) {
                self.sleep(INTERVAL);
                continue;
            }
            let version = self.common.store.catalog.snapshot().version();
            let is_done = seen == Some(version) && since.elapsed() < DAYS_INTERVAL;
            if is_done || self.pass() {
                if !is_done {
                    (seen, since) = (Some(version), Instant::now());
                }
                self.sleep(INTERVAL);
            } else {
                self.sleep(BACKOFF);
            }
        }
    }

    /// Whether no other process merges; one that does is followed when it ends.
    fn is_ours(&self, task: &mut Option<Occupancy>) -> bool {
        let Some(dir) = self.config.shared_dir.as_ref().filter(|_| task.is_none()) else { return true };
        match Occupancy::take_task(dir, TASK) {
            Ok(taken) => *task = taken,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "it cannot be seen who merges parts"
                );
            }
        }
        task.is_some()
    }

    /// Merges in every partition until nothing is left to merge, then makes the tables of days; whether all went well.
    fn pass(&self) -> bool {
        let is_merged = self.merge_all();
        self.table_days() && is_merged
    }

    fn table_days(&self) -> bool {
        let snapshot = self.common.store.catalog.snapshot();
        let since_look = Cell::new(0);
        let pace = |bytes| self.pace(&since_look, bytes);
        for dataset in snapshot.datasets() {
            while !self.is_stopped() {
                let next_id = || self.common.part_ids.next();
                match table_days(&self.common.store, dataset, (self.clock)(), next_id, &pace) {
                    Ok(Some(day)) => tracing::info!(%dataset, day, "table of a day made"),
                    Ok(None) | Err(StoreError::Stopped) => break,
                    Err(error) => {
                        tracing::error!(%dataset, error = &error as &dyn std::error::Error, "the table of a day cannot be made");
                        return false;
                    }
                }
            }
        }
        true
    }

    fn merge_all(&self) -> bool {
        let mut is_well = true;
        for (dataset, partition) in self.partitions() {
            while !self.is_stopped() {
                match self.merge(&dataset, partition) {
                    Ok(true) => {}
                    Ok(false) | Err(StoreError::Stopped) => break,
                    Err(error) => {
                        self.metrics.count_compaction(|counts| counts.failed += 1);
                        tracing::error!(%dataset, partition, error = &error as &dyn std::error::Error, "parts cannot be merged");
                        is_well = false;
                        break;
                    }
                }
            }
        }
        is_well
    }

    fn partitions(&self) -> BTreeSet<(DatasetName, u32)> {
        let snapshot = self.common.store.catalog.snapshot();
        let parts = snapshot.datasets().flat_map(|dataset| snapshot.parts(dataset).to_vec());
        parts.map(|part| (part.dataset.clone(), part.partition)).collect()
    }

    /// Merges once in one partition; whether there was something to merge.
    fn merge(&self, dataset: &DatasetName, partition: u32) -> Result<bool, StoreError> {
        let begun = Instant::now();
        let since_look = Cell::new(0);
        let pace = |bytes| self.pace(&since_look, bytes);
        let turn = Turn { id: self.common.part_ids.next(), now: (self.clock)(), pace: &pace };
        let policy = self.policy(dataset);
        let Some(done) = compact(&self.common.store, dataset, partition, &policy, turn)? else {
            return Ok(false);
        };
        self.note(dataset, partition, &done, begun.elapsed());
        Ok(true)
    }

    fn policy(&self, dataset: &DatasetName) -> CompactionPolicy {
        let mut policy = self.config.compaction;
        let snapshot = self.common.store.catalog.snapshot();
        if let Some(age) = snapshot.retention(dataset).over(self.config.retention).age_seconds_max {
            let span = Duration::from_secs(age / RETENTION_SHARE).as_nanos();
            policy.span_nanos_max = policy.span_nanos_max.min(i64::try_from(span).unwrap_or(i64::MAX));
        }
        policy
    }

    /// Goes on at once, later, or not at all.
    fn pace(&self, since_look: &Cell<u64>, bytes: u64) -> ControlFlow<()> {
        since_look.set(since_look.get() + bytes);
        if since_look.get() >= STRIDE_BYTES {
            since_look.set(0);
            if self.is_ingest_behind() {
                self.sleep(YIELD);
            }
        }
        if self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn is_ingest_behind(&self) -> bool {
        let live = self.common.live_raw_bytes.load(Ordering::Relaxed);
        live > self.config.live_raw_bytes_max / 2 || self.metrics.lag_ms_max() > LAG_MS_MAX
    }

    fn note(&self, dataset: &DatasetName, partition: u32, done: &Compacted, duration: Duration) {
        let bytes_in: u64 = done.old.iter().map(|part| part.size_bytes).sum();
        self.metrics.count_compaction(|counts| {
            counts.done += 1;
            counts.parts_in += done.old.len() as u64;
            counts.bytes_in += bytes_in;
            counts.bytes_out += done.new.size_bytes;
            counts.copied_bytes += done.copied_bytes;
            counts.duration += duration;
        });
        tracing::info!(
            %dataset,
            partition,
            parts = done.old.len(),
            rows = done.new.rows,
            bytes_in,
            bytes_out = done.new.size_bytes,
            copied_bytes = done.copied_bytes,
            milliseconds = duration.as_millis() as u64,
            "parts merged"
        );
    }

    fn is_stopped(&self) -> bool {
        self.common.stop.load(Ordering::Acquire)
    }

    fn sleep(&self, duration: Duration) {
        sleep_unless(&self.common.stop, duration);
    }
}
