//! What can go wrong in the log, and whose fault it is.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use girok_event::InvalidDatasetName;

/// The result of an operation of the log.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the log refuses or fails. Cheap to clone: everyone who waits for one failed sync gets it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such topic.
    #[error("cannot find topic `{topic}`")]
    UnknownTopic {
        /// The name asked for.
        topic: String,
    },
    /// No such partition.
    #[error("cannot find partition `{topic}-{partition}`: the topic has {partitions} partitions")]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The partition asked for.
        partition: u32,
        /// How many there are.
        partitions: u32,
    },
    /// A topic of that name exists.
    #[error("cannot create topic `{topic}`: it exists")]
    TopicExists {
        /// The name.
        topic: String,
    },
    /// The name breaks the rule for topics.
    #[error(transparent)]
    InvalidTopic(#[from] InvalidDatasetName),
    /// A setting is out of its range.
    #[error("cannot use `{value}` for `{key}`: expected {expected}")]
    InvalidConfig {
        /// The setting, under Kafka's name.
        key: &'static str,
        /// The value given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// There is no such setting.
    #[error("cannot find the setting `{key}`")]
    UnknownConfig {
        /// The name given.
        key: String,
    },
    /// The offset is below the log's start or above its end.
    #[error("cannot read `{partition}` at offset {offset}: it holds {log_start} to {log_end}")]
    OffsetOutOfRange {
        /// Topic and partition.
        partition: String,
        /// The offset asked for.
        offset: i64,
        /// The first offset held.
        log_start: i64,
        /// The offset after the last one held.
        log_end: i64,
    },
    /// The bytes are no sound record batches.
    #[error("cannot append to `{partition}`: {source}")]
    BadBatch {
        /// Topic and partition.
        partition: String,
        /// What is wrong.
        source: girok_wire::Error,
    },
    /// Records without key in a topic that is compacted by key.
    #[error("cannot append to `{partition}`: a record has no key, and the topic is compacted by key")]
    MissingKey {
        /// Topic and partition.
        partition: String,
        /// Which records of the batches, counted from 0.
        records: Vec<i32>,
    },
    /// An idempotent producer's batch does not follow its last one.
    #[error("cannot append to `{partition}`: {source}")]
    Sequence {
        /// Topic and partition.
        partition: String,
        /// How it does not follow.
        source: crate::SequenceError,
    },
    /// The batch belongs to no open transaction.
    #[error("cannot append to `{partition}`: {source}")]
    Transaction {
        /// Topic and partition.
        partition: String,
        /// What the coordinator of transactions says.
        source: crate::TransactionError,
    },
    /// The bytes are more than one append may bring.
    #[error(
        "cannot append to `{partition}`: {size_bytes} bytes are more than `max.message.bytes` = {bytes_max}"
    )]
    TooLarge {
        /// Topic and partition.
        partition: String,
        /// Size of the append.
        size_bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The disk is nearly full.
    #[error(
        "cannot append to `{partition}`: {free_bytes} bytes are free on the disk, {reserve_bytes} are kept in reserve\n\
         hint: free space, or lower `retention.bytes` or `disk.reserve.bytes`; reads go on"
    )]
    DiskFull {
        /// Topic and partition.
        partition: String,
        /// Free space found.
        free_bytes: u64,
        /// The watermark.
        reserve_bytes: u64,
    },
    /// A write or sync failed earlier; the partition takes no more.
    #[error(
        "cannot append to `{partition}`: it stopped after a failure: {reason}\n\
         hint: check the disk, then restart; what was synced is kept, reads go on"
    )]
    Poisoned {
        /// Topic and partition.
        partition: String,
        /// The failure.
        reason: Arc<str>,
    },
    /// The operating system refuses.
    #[error("cannot {verb} `{path}`: {source}")]
    Io {
        /// What was tried.
        verb: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's words.
        source: Arc<io::Error>,
    },
    /// Another process holds the directory.
    #[error("cannot open `{dir}`: another process uses it")]
    Locked {
        /// The log's directory.
        dir: PathBuf,
    },
    /// The log was closed.
    #[error("cannot use the commit log: it is closed")]
    Closed,
    /// The group does not know the member: it left, or was silent for longer than its session.
    #[error("cannot find member `{member}` in group `{group}`")]
    UnknownMember {
        /// The group.
        group: String,
        /// The member's id.
        member: String,
    },
    /// The partition belongs to another member, or to none.
    #[error("cannot use `{partition}` in group `{group}`: it is not assigned to member `{member}`")]
    NotAssigned {
        /// The group.
        group: String,
        /// The member's id.
        member: String,
        /// Topic and partition.
        partition: String,
    },
    /// The topics' pattern is no regular expression.
    #[error("cannot use `{pattern}` as a topic pattern: {reason}")]
    InvalidPattern {
        /// The text given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Whose fault an error is; one table maps it to HTTP, Kafka and exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller asked for something that is wrong or not there.
    BadInput,
    /// A limit or watermark is reached.
    Limit,
    /// The disk or another process is in the way.
    Environment,
}

impl Error {
    /// Whose fault it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::TooLarge { .. } | Error::DiskFull { .. } => ErrorKind::Limit,
            Error::Poisoned { .. } | Error::Io { .. } | Error::Locked { .. } | Error::Closed => {
                ErrorKind::Environment
            }
            _ => ErrorKind::BadInput,
        }
    }
}

/// Says what was tried on which file: `.map_err(failed("open", path))`.
pub(crate) fn failed(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { verb, path: path.to_owned(), source: Arc::new(source) }
}
