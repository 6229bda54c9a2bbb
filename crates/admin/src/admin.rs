//! The seam to a log.

use girok_commitlog::TopicPartition;

use crate::error::Result;
use crate::{Brokers, Group, NewTopic, PartitionTraffic, Setting, Topic, TopicChange};

/// A log as an operator has it in hand. Calls may wait for a network: not for the threads of the doors.
pub trait ClusterAdmin: Send + Sync {
    /// Who serves it.
    fn brokers(&self) -> Result<Brokers>;
    /// All topics, by name, with partitions and offsets.
    fn topics(&self) -> Result<Vec<Topic>>;
    /// A topic's settings, by name.
    fn settings(&self, topic: &str) -> Result<Vec<Setting>>;
    /// Makes a topic.
    fn create_topic(&self, topic: &NewTopic) -> Result<()>;
    /// Changes a topic.
    fn alter_topic(&self, topic: &str, change: &TopicChange) -> Result<()>;
    /// Deletes a topic with its records.
    fn delete_topic(&self, topic: &str) -> Result<()>;
    /// All groups, by name, with members and what they have committed.
    fn groups(&self) -> Result<Vec<Group>>;
    /// Moves a group that has no members to these offsets; refuses if it has.
    fn commit(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()>;
    /// Forgets a group that has no members; refuses if it has.
    fn delete_group(&self, group: &str) -> Result<()>;
    /// For each place the time of the first record there or behind it, milliseconds since the epoch.
    fn record_times(&self, places: &[(TopicPartition, i64)]) -> Result<Vec<Option<i64>>>;
    /// For each partition the offset of the first record with at least this time; nothing if there is none.
    fn offsets_for_time(&self, partitions: &[TopicPartition], time_ms: i64) -> Result<Vec<Option<i64>>>;
    /// What each partition has taken and given so far.
    fn traffic(&self) -> Result<Vec<PartitionTraffic>>;
}
