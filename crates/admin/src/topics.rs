//! A topic as an operator sees it, and what he may ask to be changed.

use std::collections::BTreeMap;

use girok_commitlog::TopicPartition;

/// A topic with its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its permanent id, where the log has one.
    pub id: Option<String>,
    /// Whether it is the log's own.
    pub internal: bool,
    /// By number.
    pub partitions: Vec<Partition>,
}

impl Topic {
    /// Records held in all partitions.
    pub fn records(&self) -> u64 {
        self.partitions.iter().map(Partition::records).sum()
    }

    /// Bytes of all partitions, where the log says.
    pub fn size_bytes(&self) -> Option<u64> {
        self.partitions.iter().map(|partition| partition.size_bytes).sum()
    }
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub id: u32,
    /// The broker that takes appends; nothing while there is none.
    pub leader: Option<i32>,
    /// The brokers that are to hold it.
    pub replicas: Vec<i32>,
    /// Those of them that are in step.
    pub in_sync: Vec<i32>,
    /// The first offset held.
    pub start: i64,
    /// The offset after the last that may be read.
    pub end: i64,
    /// Its bytes on one disk, where the log says.
    pub size_bytes: Option<u64>,
    /// Why it takes no appends, if so.
    pub failure: Option<String>,
}

impl Partition {
    /// Whether all its copies are in step.
    pub fn is_in_step(&self) -> bool {
        self.in_sync.len() >= self.replicas.len()
    }

    /// Whether it has a leader, and all its copies are in step.
    pub fn is_whole(&self) -> bool {
        self.leader.is_some() && self.is_in_step()
    }

    /// Offsets between start and end.
    pub fn records(&self) -> u64 {
        u64::try_from(self.end.saturating_sub(self.start)).unwrap_or(0)
    }
}

/// What a partition has taken and given, counted upwards from some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionTraffic {
    /// Which one.
    pub partition: TopicPartition,
    /// Records appended.
    pub records_in: u64,
    /// Bytes appended, where the log counts them.
    pub bytes_in: Option<u64>,
    /// Records read, where the log counts them.
    pub records_out: Option<u64>,
    /// Bytes read, where the log counts them.
    pub bytes_out: Option<u64>,
}

/// A setting of a topic, under Kafka's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// `retention.ms`, …
    pub name: String,
    /// The value in force; nothing if it is secret.
    pub value: Option<String>,
    /// Whether the topic follows the log's default.
    pub is_default: bool,
}

/// A topic to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; the log's default if not given.
    pub partitions: Option<u32>,
    /// On how many brokers each lies; the log's default if not given.
    pub replication: Option<u32>,
    /// What it sets for itself.
    pub settings: BTreeMap<String, String>,
}

/// What is to change about a topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicChange {
    /// How many partitions it is to have; they only grow.
    pub partitions: Option<u32>,
    /// Settings by name; without a value one follows the log's default again.
    pub settings: BTreeMap<String, Option<String>>,
}
