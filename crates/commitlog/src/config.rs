//! Every setting of the log, under Kafka's names, with its default.

use std::collections::BTreeMap;
use std::fmt;
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

impl Durability {
    const NAMES: [(&str, Durability); 3] =
        [("fsync", Durability::Fsync), ("interval", Durability::Interval), ("none", Durability::None)];

    /// What `name` means.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Durability::NAMES.iter().find(|known| known.0 == name).map(|known| known.1)
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Durability::NAMES.iter().find(|known| known.1 == *self).map_or("", |known| known.0);
        f.write_str(name)
    }
}

/// What is done with old records; printed as `delete`, `compact` or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Cleanup {
    /// The last record of each key is kept, the earlier ones go.
    pub compact: bool,
    /// Old segments are deleted.
    pub delete: bool,
}

impl Cleanup {
    /// Old segments are deleted.
    pub const DELETE: Cleanup = Cleanup { compact: false, delete: true };
    /// The last record of each key is kept for ever.
    pub const COMPACT: Cleanup = Cleanup { compact: true, delete: false };

    pub(crate) fn parse(words: &str) -> Self {
        let has = |wanted| words.split(',').any(|word| word == wanted);
        Cleanup { compact: has("compact"), delete: has("delete") }
    }
}

impl fmt::Display for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.compact, self.delete) {
            (true, true) => "compact,delete",
            (true, false) => "compact",
            (false, _) => "delete",
        })
    }
}

impl From<String> for Cleanup {
    fn from(words: String) -> Self {
        Cleanup::parse(&words)
    }
}

impl From<Cleanup> for String {
    fn from(cleanup: Cleanup) -> Self {
        cleanup.to_string()
    }
}

/// Whose time a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TimestampType {
    /// Its producer's.
    #[default]
    CreateTime,
    /// That of its arrival.
    LogAppendTime,
}

impl TimestampType {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [TimestampType::CreateTime, TimestampType::LogAppendTime]
            .into_iter()
            .find(|of| of.to_string() == name)
    }
}

impl fmt::Display for TimestampType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TimestampType::CreateTime => "CreateTime",
            TimestampType::LogAppendTime => "LogAppendTime",
        })
    }
}

/// Of `retention.bytes` and the like.
pub(crate) const NO_BOUND: i64 = -1;

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
    /// `retention.bytes`: most bytes of one topic, all partitions together; -1 for no bound. None, which is shown
    /// as -1, leaves it to `topic.bytes.max`.
    pub retention_bytes: Option<i64>,
    /// `topic.bytes.max`: most bytes of a topic for which nobody sets `retention.bytes`, so that logs do not fill
    /// the disk of whoever sets nothing; -1 for no bound.
    pub topic_bytes_max: i64,
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
    /// `fetch.min.bytes`: a [`crate::Consumer`] waits until so much is there, …
    pub fetch_bytes_min: usize,
    /// … or for `fetch.max.wait.ms` since there was something.
    pub fetch_wait_ms_max: u64,
    /// `fetch.max.bytes` of one [`crate::Consumer::poll`].
    pub fetch_bytes_max: usize,
    /// `session.timeout.ms` of in-process consumers: a member that does not poll for so long loses its
    /// partitions. One that is dropped or closed loses them at once.
    pub session_timeout_ms: i64,
    /// `log.retention.check.interval.ms`; compaction is looked at as often.
    pub retention_check_ms: i64,
    /// Most bytes of the map of keys that compaction builds; with more keys it takes several passes.
    pub compaction_bytes: usize,
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
            retention_bytes: None,
            topic_bytes_max: 5 << 30,
            retention_group: Some("store".to_owned()),
            durability: Durability::Interval,
            flush_ms: 100,
            flush_bytes: 1 << 20,
            index_interval_bytes: 4096,
            append_bytes_max: 16 << 20,
            tail_bytes: 4 << 20,
            disk_reserve_bytes: 512 << 20,
            fetch_bytes_min: 1,
            fetch_wait_ms_max: 500,
            fetch_bytes_max: 4 << 20,
            session_timeout_ms: 300_000,
            retention_check_ms: 30_000,
            compaction_bytes: 64 << 20,
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

    /// What the log sets for its topics, as if a topic set all of it.
    pub(crate) fn as_topic(&self) -> TopicConfig {
        let settings = TopicConfig::default().resolve(self);
        TopicConfig {
            partitions: Some(self.partitions),
            durability: Some(settings.durability),
            retention_ms: Some(settings.retention_ms),
            retention_bytes: Some(self.retention_bytes.unwrap_or(NO_BOUND)),
            segment_bytes: Some(settings.segment_bytes),
            segment_ms: Some(settings.segment_ms),
            cleanup: Some(settings.cleanup),
            timestamp_type: Some(settings.timestamp_type),
            message_bytes_max: Some(settings.message_bytes_max),
            delete_retention_ms: Some(settings.delete_retention_ms),
            min_compaction_lag_ms: Some(settings.min_compaction_lag_ms),
            max_compaction_lag_ms: Some(settings.max_compaction_lag_ms),
            dirty_permille: Some(settings.dirty_permille),
            kept: BTreeMap::new(),
        }
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
    /// `cleanup.policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<Cleanup>,
    /// `message.timestamp.type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_type: Option<TimestampType>,
    /// `max.message.bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_bytes_max: Option<u32>,
    /// `delete.retention.ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_retention_ms: Option<i64>,
    /// `min.compaction.lag.ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_compaction_lag_ms: Option<i64>,
    /// `max.compaction.lag.ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_compaction_lag_ms: Option<i64>,
    /// `min.cleanable.dirty.ratio`, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dirty_permille: Option<u16>,
    /// Kafka's settings from which nothing follows here, by name; see [`crate::SETTINGS`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, String>,
}

impl TopicConfig {
    /// Refuses values that cannot work.
    pub fn check(&self) -> Result<()> {
        self.partitions.map_or(Ok(()), check_partitions)?;
        self.segment_bytes.map_or(Ok(()), check_segment_bytes)?;
        self.segment_ms.map_or(Ok(()), |ms| check_positive("segment.ms", ms))
    }

    /// Most bytes of all partitions together, by the first that says so: the topic, the log, the log's bound for
    /// those of which nobody does. -1 for no bound.
    fn bytes_max(&self, log: &LogConfig) -> i64 {
        self.retention_bytes.or(log.retention_bytes).unwrap_or(log.topic_bytes_max)
    }

    /// The settings in force under `log`.
    pub(crate) fn resolve(&self, log: &LogConfig) -> TopicSettings {
        TopicSettings {
            durability: self.durability.unwrap_or(log.durability),
            retention_ms: self.retention_ms.unwrap_or(log.retention_ms),
            bytes_max: self.bytes_max(log),
            segment_bytes: self.segment_bytes.unwrap_or(log.segment_bytes),
            segment_ms: self.segment_ms.unwrap_or(log.segment_ms),
            cleanup: self.cleanup.unwrap_or(Cleanup::DELETE),
            timestamp_type: self.timestamp_type.unwrap_or_default(),
            message_bytes_max: self.message_bytes_max.unwrap_or(log.append_bytes_max as u32),
            delete_retention_ms: self.delete_retention_ms.unwrap_or(24 * 3_600_000),
            min_compaction_lag_ms: self.min_compaction_lag_ms.unwrap_or(0),
            max_compaction_lag_ms: self.max_compaction_lag_ms.unwrap_or(i64::MAX),
            dirty_permille: self.dirty_permille.unwrap_or(500),
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
    /// Most bytes of all partitions together, whoever set that; -1 for no bound.
    pub bytes_max: i64,
    /// Largest segment.
    pub segment_bytes: u64,
    /// Longest time a segment is open.
    pub segment_ms: i64,
    /// What is done with old records.
    pub cleanup: Cleanup,
    /// Whose time a record has.
    pub timestamp_type: TimestampType,
    /// Largest batch.
    pub message_bytes_max: u32,
    /// How long compaction keeps a record without value.
    pub delete_retention_ms: i64,
    /// How long a record is safe from compaction.
    pub min_compaction_lag_ms: i64,
    /// How long a record may stay uncompacted.
    pub max_compaction_lag_ms: i64,
    /// The share of a log, in thousandths, that must be uncompacted before it is compacted.
    pub dirty_permille: u16,
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

/// Positions in a segment are 31-bit numbers; a batch larger than a segment has one of its own.
fn check_segment_bytes(bytes: u64) -> Result<()> {
    if (14..=i32::MAX as u64).contains(&bytes) {
        return Ok(());
    }
    Err(invalid("segment.bytes", bytes as i64, "14 bytes to 2 GiB"))
}

fn check_positive(key: &'static str, value: i64) -> Result<()> {
    if value >= 1 { Ok(()) } else { Err(invalid(key, value, "1 or more")) }
}
