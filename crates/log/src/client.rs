//! The seam itself: what doors and workers need from a log.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use girok_event::DatasetName;
use girok_wire::Compression;

use crate::{Durable, LogError};

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic, which is a dataset.
    pub dataset: DatasetName,
    /// The partition's number.
    pub partition: u32,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.dataset, self.partition)
    }
}

/// The answer to one poll. What was revoked is to be let go before anything else is done.
#[derive(Debug, Default)]
pub struct Polled {
    /// Partitions that are no longer ours.
    pub revoked: Vec<TopicPartition>,
    /// Partitions that are ours from now on; one that is among the revoked too is to be begun anew.
    pub assigned: Vec<TopicPartition>,
    /// Record batches in the order of each partition's offsets. Offsets between two of them hold nothing.
    pub batches: Vec<(TopicPartition, Bytes)>,
    /// How many records the log removed before this consumer came to read them.
    pub lost: Vec<(TopicPartition, u64)>,
}

impl Polled {
    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty() && self.assigned.is_empty() && self.batches.is_empty() && self.lost.is_empty()
    }
}

/// A member of a consumer group that is subscribed to every topic whose name does not begin with `__`.
pub trait LogConsumer: Send {
    /// Waits up to `timeout` for something to happen. It is also the sign of life to the group. Partitions
    /// that the poll before returned as revoked count as given up.
    fn poll(&mut self, timeout: Duration) -> Result<Polled, LogError>;
    /// Sets where reading goes on.
    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError>;
    /// Stops the batches of a partition, which stays ours.
    fn pause(&mut self, partition: &TopicPartition) -> Result<(), LogError>;
    /// Lets them come again.
    fn resume(&mut self, partition: &TopicPartition) -> Result<(), LogError>;
    /// Tells the group, for its lag tools, up to which offset everything is stored.
    fn commit(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError>;
    /// For each of our partitions, the records that were not polled yet.
    fn lag(&self) -> Vec<(TopicPartition, u64)>;
}

/// A commit log: embedded or across a network.
pub trait LogClient: fmt::Debug + Send + Sync {
    /// Joins the group `group`.
    fn consumer(&self, group: &str) -> Result<Box<dyn LogConsumer>, LogError>;
    /// The number of partitions of a topic, which is made if it is not there. Asked for each request: it is
    /// quick for a topic that was asked for before.
    fn ensure_topic(&self, topic: &DatasetName) -> Result<u32, LogError>;
    /// The codec in which batches are to be brought to [`LogClient::append`].
    fn compression(&self) -> Compression;
    /// Appends one or more whole record batches to a partition; may block while there is no room. They are
    /// taken once the answer resolves.
    fn append(&self, partition: &TopicPartition, batches: Bytes) -> Result<Durable, LogError>;
    /// Waits until the log cannot lose what is below `offset`, for as long as the topic's durability
    /// promises that at all. A part must not be published before: after a power cut the log would hand out
    /// offsets again that the store holds already.
    fn wait_durable(&self, partition: &TopicPartition, offset: i64) -> Result<(), LogError>;
    /// Raises the end of a partition to `offset` if it lies below, for the same reason.
    fn raise_end(&self, partition: &TopicPartition, offset: i64) -> Result<(), LogError>;
}
