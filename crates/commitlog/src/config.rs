//! Every setting of the log, under Kafka's names, with its default.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// When an append counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// When it is synced to the disk; readers see nothing before that. Survives a power cut.
    Fsync,
    /// When it is written; a sync follows within `flush.ms` or `flush.bytes`. Survives a killed process;
    /// a power cut can take what was written since the last sync.
    #[default]
    Interval,
    /// When it is written; the operating system syncs when it likes, segments when they are sealed.
    None,
}

/// Settings of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// Where everything lies.
    pub dir: PathBuf,
    /// `num.partitions` of a new topic; default: CPU cores.
    pub partitions: u32,
    /// `segment.bytes`: a segment is sealed when it would grow beyond this.
    pub segment_bytes: u64,
    /// `segment.ms`: a segment is sealed this long after its first record.
    pub segment_ms: i64,
    /// `retention.ms`: sealed segments whose newest record is older are deleted; -1 for never.
    pub retention_ms: i64,
    /// `retention.bytes`: most bytes of one topic, all partitions together; -1 for no bound.
    pub retention_bytes: i64,
    /// The group whose committed offset retention waits for; none for no such group.
    pub retention_group: Option<String>,
    /// When an append counts as done.
    pub durability: Durability,
    /// `flush.ms`: longest time between a write and its sync in [`Durability::Interval`].
    pub flush_ms: u64,
    /// `flush.bytes`: most bytes of a partition between two syncs in [`Durability::Interval`].
    pub flush_bytes: u64,
    /// `index.interval.bytes`: bytes of log between two index entries.
    pub index_interval_bytes: u64,
    /// `max.message.bytes`: most bytes of one append.
    pub append_bytes_max: usize,
    /// Bytes of each partition's newest batches kept in memory for readers that keep up.
    pub tail_bytes: usize,
    /// `disk.reserve.bytes`: appends are refused while less than this is free.
    pub disk_reserve_bytes: u64,
    /// `fetch.max.bytes` of one [`crate::Consumer::poll`].
    pub fetch_bytes_max: usize,
    /// `session.timeout.ms` of in-process consumers: a member that does not poll for so long loses its
    /// partitions. One that is dropped or closed loses them at once.
    pub session_timeout_ms: i64,
    /// `log.retention.check.interval.ms`.
    pub retention_check_ms: i64,
    /// `log.flush.offset.checkpoint.interval.ms`: how often recovery points are written down.
    pub checkpoint_ms: i64,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig {
            dir: PathBuf::from("log"),
            partitions: std::thread::available_parallelism().map_or(1, NonZeroUsize::get) as u32,
            segment_bytes: 128 << 20,
            segment_ms: 3_600_000,
            retention_ms: 24 * 3_600_000,
            retention_bytes: 5 << 30,
            retention_group: Some("store".to_owned()),
            durability: Durability::Interval,
            flush_ms: 100,
            flush_bytes: 1 << 20,
            index_interval_bytes: 4096,
            append_bytes_max: 16 << 20,
            tail_bytes: 4 << 20,
            disk_reserve_bytes: 512 << 20,
            fetch_bytes_max: 4 << 20,
            session_timeout_ms: 300_000,
            retention_check_ms: 30_000,
            checkpoint_ms: 5_000,
        }
    }
}

impl LogConfig {
    /// Defaults in `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        LogConfig { dir: dir.into(), ..LogConfig::default() }
    }

    /// Refuses values that cannot work.
    pub fn check(&self) -> Result<()> {
        check_partitions(self.partitions)?;
        check_segment_bytes(self.segment_bytes)?;
        check_positive("segment.ms", self.segment_ms)?;
        check_positive("flush.ms", self.flush_ms as i64)?;
        check_positive("session.timeout.ms", self.session_timeout_ms)?;
        check_positive("max.message.bytes", self.append_bytes_max as i64)?;
        if self.append_bytes_max > 1 << 30 {
            return Err(invalid("max.message.bytes", self.append_bytes_max as i64, "at most 1 GiB"));
        }
        Ok(())
    }
}

/// What one topic sets for itself; what is `None` follows the log's [`LogConfig`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopicConfig {
    /// Number of partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<u32>,
    /// When an append counts as done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
    /// `retention.ms`, -1 for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_ms: Option<i64>,
    /// `retention.bytes`, -1 for no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_bytes: Option<i64>,
    /// `segment.bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_bytes: Option<u64>,
    /// `segment.ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_ms: Option<i64>,
}

impl TopicConfig {
    /// Refuses values that cannot work.
    pub fn check(&self) -> Result<()> {
        self.partitions.map_or(Ok(()), check_partitions)?;
        self.segment_bytes.map_or(Ok(()), check_segment_bytes)?;
        self.segment_ms.map_or(Ok(()), |ms| check_positive("segment.ms", ms))
    }

    /// The settings in force under `log`.
    pub(crate) fn resolve(&self, log: &LogConfig) -> TopicSettings {
        TopicSettings {
            durability: self.durability.unwrap_or(log.durability),
            retention_ms: self.retention_ms.unwrap_or(log.retention_ms),
            retention_bytes: self.retention_bytes.unwrap_or(log.retention_bytes),
            segment_bytes: self.segment_bytes.unwrap_or(log.segment_bytes),
            segment_ms: self.segment_ms.unwrap_or(log.segment_ms),
        }
    }
}

/// A topic's settings in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicSettings {
    /// When an append counts as done.
    pub durability: Durability,
    /// Longest age of a sealed segment's newest record; -1 for no bound.
    pub retention_ms: i64,
    /// Most bytes of all partitions together; -1 for no bound.
    pub retention_bytes: i64,
    /// Largest segment.
    pub segment_bytes: u64,
    /// Longest time a segment is open.
    pub segment_ms: i64,
}

fn invalid(key: &'static str, value: i64, expected: &'static str) -> Error {
    Error::InvalidConfig { key, value: value.to_string(), expected }
}

fn check_partitions(partitions: u32) -> Result<()> {
    if (1..=10_000).contains(&partitions) {
        return Ok(());
    }
    Err(invalid("num.partitions", partitions.into(), "1 to 10000"))
}

/// Positions in a segment are 31-bit numbers, and one append may overshoot.
fn check_segment_bytes(bytes: u64) -> Result<()> {
    if (1024..=1 << 30).contains(&bytes) {
        return Ok(());
    }
    Err(invalid("segment.bytes", bytes as i64, "1 KiB to 1 GiB"))
}

fn check_positive(key: &'static str, value: i64) -> Result<()> {
    if value >= 1 { Ok(()) } else { Err(invalid(key, value, "1 or more")) }
}
