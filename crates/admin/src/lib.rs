//! What is in the log, who reads it, how far behind are they, and how is that changed?
//!
//! [`ClusterAdmin`] is the seam to a log: its brokers, topics and groups, and the changes that an operator
//! makes. [`EmbeddedAdmin`] is the log in this process, [`KafkaAdmin`] a Kafka cluster. [`Cluster`] is what the doors use: it adds what is the
//! same for every log. That is lag in records and in seconds, resets of a group's offsets with their rules,
//! and a [`Watch`] that takes a sample at intervals, from which throughput and growing lag are read.
//!
//! What holds: asking never changes anything; a group that has members is never reset or deleted; samples
//! are kept for [`watch::KEPT`] and no longer.

mod admin;
mod assignment;
mod brokers;
mod cluster;
mod embedded;
mod error;
mod groups;
mod kafka;
mod lag;
mod reset;
mod topics;
pub mod watch;

#[cfg(test)]
mod tests;

pub use admin::ClusterAdmin;
pub use assignment::assigned;
pub use brokers::{Broker, Brokers, LogKind};
pub use cluster::Cluster;
pub use embedded::EmbeddedAdmin;
pub use error::{AdminError, ErrorKind, Result};
pub use girok_commitlog::TopicPartition;
pub use groups::{Group, Member};
pub use kafka::{KafkaAdmin, TlsError};
pub use lag::{GroupLag, PartitionLag};
pub use reset::{Moved, Reset, Target};
pub use topics::{NewTopic, Partition, PartitionTraffic, Setting, Topic, TopicChange};
pub use watch::Watch;
