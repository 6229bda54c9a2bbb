//! When are rows cut, sealed and dropped, and how much may wait in memory?

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use girok_event::Timestamp;
use girok_store::{CompactionPolicy, Policy};

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Settings of the store workers.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineConfig {
    /// Worker threads; each has one consumer.
    pub threads: usize,
    /// A chunk is cut at so many rows, …
    pub chunk_rows_max: usize,
    /// … at so many bytes in memory, …
    pub chunk_bytes_max: usize,
    /// … or when its first row has waited so long.
    pub chunk_age_max: Duration,
    /// A part is sealed at so many rows, …
    pub part_rows_max: usize,
    /// … from so many bytes of records, …
    pub part_raw_bytes_max: u64,
    /// … or when its first row is so old.
    pub part_age_max: Duration,
    /// Bytes of records of all rows that are in no part yet; beyond it the largest is sealed early.
    pub live_raw_bytes_max: u64,
    /// Seconds east of UTC of times that name no zone.
    pub zone_offset_seconds: i32,
    /// When small parts are merged.
    pub compaction: CompactionPolicy,
    /// What is kept of a dataset for which the catalog says nothing else.
    pub retention: Policy,
    /// How often parts are checked against their policy.
    pub retention_interval: Duration,
    /// How long the file of a dropped part stays for queries that are reading it.
    pub delete_grace: Duration,
    /// Whether files that no part has are deleted at the start: only while no other process works on the store.
    pub clean_up: bool,
    /// How often the catalog is asked what other processes did; none if there can be no others.
    pub refresh_interval: Option<Duration>,
    /// The folder in which processes agree who of them merges parts; none if there can be no others.
    pub shared_dir: Option<PathBuf>,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        PipelineConfig {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            chunk_rows_max: 8192,
            chunk_bytes_max: 8 << 20,
            chunk_age_max: Duration::from_millis(50),
            part_rows_max: 256 << 10,
            part_raw_bytes_max: 64 << 20,
            part_age_max: Duration::from_secs(600),
            live_raw_bytes_max: 256 << 20,
            zone_offset_seconds: 0,
            compaction: CompactionPolicy::default(),
            retention: Policy::default(),
            retention_interval: Duration::from_secs(60),
            delete_grace: Duration::from_secs(300),
            clean_up: true,
            refresh_interval: None,
            shared_dir: None,
        }
    }
}

/// Whether `age` has passed since `since`; also when the clock was set back.
pub(crate) fn is_due(since: Option<Timestamp>, age: Duration, now: Timestamp) -> bool {
    since.is_some_and(|since| {
        now < since || now.as_nanos().abs_diff(since.as_nanos()) >= age.as_nanos() as u64
    })
}

/// `age` before `now`.
pub(crate) fn before(now: Timestamp, age: Duration) -> Timestamp {
    Timestamp(now.as_nanos().saturating_sub(i64::try_from(age.as_nanos()).unwrap_or(i64::MAX)))
}
