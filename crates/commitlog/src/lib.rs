//! The embedded commit log: topics, partitions, segments, groups, offsets.
//!
//! A [`CommitLog`] keeps topics of partitions; a partition is an ordered sequence of Kafka record batches on
//! the disk, in Kafka's own file formats. What is appended is acknowledged when it is as durable as the topic
//! asks for ([`Durability`]). A [`Consumer`] is a member of a group, which shares partitions out among its
//! members and remembers how far they came.
//!
//! What holds:
//! - an acknowledged append is there after any crash that its durability class covers, once, under the
//!   offset it was given; offsets have no gaps but where damage is reported;
//! - after a failed write or sync a partition takes no more appends and says so; reads go on;
//! - sealed segments never change; only the tail of the last segment is ever cut, and only what was not synced;
//! - any bytes may lie in the files: readers answer with an error or pass over them, counted and named.
//!
//! Threads do the work (one syncs, one keeps house); there is no runtime inside. Clock and disk are passed
//! in. The layout on the disk, byte by byte: `docs/format/log.md`.

mod checkpoint;
mod classic;
mod clock;
mod compaction;
mod config;
mod consumer;
mod consumers;
mod coordinator;
mod credentials;
mod disk;
mod documents;
mod error;
mod flusher;
mod groups;
mod index;
mod keeper;
mod log;
mod metrics;
mod names;
mod partition;
mod producer_ids;
mod progress;
mod registry;
mod retention;
mod scan;
mod settings;
mod shared;
mod topic;
mod topics;
mod transactions;
mod watch;

#[cfg(test)]
mod tests;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Cleanup, Durability, LogConfig, TimestampType, TopicConfig, TopicSettings};
pub use consumer::{Consumer, Lag, Polled};
pub use consumers::{ConsumerGroupInfo, ConsumerInfo};
pub use coordinator::Subscription;
pub use coordinator::classic::{
    GroupError, GroupInfo, GroupResult, GroupState, JoinRequest, Joined, JoinedMember, MemberInfo, MemberRef,
    Pending, Synced,
};
pub use coordinator::offsets::Committed;
pub use coordinator::remote::{ConsumerAnswer, ConsumerHeartbeat};
pub use credentials::{ScramChange, ScramCredential, ScramMechanism};
pub use disk::{Disk, DiskFile, RealDisk};
pub use error::{Error, ErrorKind, Result};
pub use log::CommitLog;
pub use metrics::{GroupMetrics, LogMetrics, PartitionMetrics};
pub use names::is_internal;
pub use partition::{
    AbortedTransaction, Appended, Fetched, Isolation, Offsets, ProducerInfo, SequenceError, Traffic,
};
pub use progress::Durable;
pub use settings::{SETTINGS, Setting, SettingKind, SettingSource, SettingValue, TOPIC_BYTES_MAX};
pub use topic::{Topic, TopicId, TopicInfo, TopicPartition};
pub use transactions::{
    Ended, ProducerRef, TransactionError, TransactionInfo, TransactionResult, TransactionState,
};
pub use watch::Watch;
