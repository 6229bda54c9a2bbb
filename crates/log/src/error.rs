//! Why the log does not do what was asked, and what the one who asked can do about it.

use girok_event::InvalidDatasetName;

use crate::TopicPartition;

/// What can be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no room now: the same can be tried again.
    Full,
    /// A record is larger than its topic allows: it will never be taken.
    TooLarge,
    /// The log does not work now: somebody must act, or a cluster must come back.
    Unavailable,
}

/// Why the log did not do what was asked. Cheap to clone: everyone who waits for one failed append gets it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The embedded log says so.
    #[error(transparent)]
    Embedded(#[from] girok_commitlog::Error),
    /// The bytes are no sound record batches.
    #[error(transparent)]
    Batch(#[from] girok_wire::Error),
    /// The name cannot name a topic.
    #[error(transparent)]
    Topic(#[from] InvalidDatasetName),
    /// The topic or the partition was deleted.
    #[error("cannot use `{partition}`: it was deleted")]
    Gone {
        /// The partition.
        partition: TopicPartition,
    },
    /// The partition takes no more.
    #[error("cannot use `{partition}`: {reason}")]
    Failed {
        /// The partition.
        partition: TopicPartition,
        /// What failed.
        reason: String,
    },
    /// A sync did not come in time.
    #[error("cannot wait for `{partition}`: it is not synced up to {offset}")]
    NotSynced {
        /// The partition.
        partition: TopicPartition,
        /// The offset waited for.
        offset: i64,
    },
    /// The partition is another consumer's, or nobody's.
    #[error("cannot use `{partition}` in group `{group}`: it is not assigned to this consumer")]
    NotAssigned {
        /// The group.
        group: String,
        /// The partition.
        partition: TopicPartition,
    },
    /// The settings of a cluster's TLS and login do not go together.
    #[error(transparent)]
    Security(#[from] crate::SecurityError),
    /// The cluster or its client says so.
    #[cfg(feature = "cluster")]
    #[error(transparent)]
    Cluster(#[from] crate::ClusterError),
    /// This program was built without the client of clusters.
    #[error(
        "cannot use the Kafka cluster at `{servers}`: this girok was built without its client\n\
         hint: build it with the feature `kafka-cluster`, which is on by default"
    )]
    NoClient {
        /// The brokers asked for.
        servers: String,
    },
    /// The log was closed with appends under way.
    #[error("cannot append to the log: it is being closed")]
    Closed,
}

impl LogError {
    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            LogError::Embedded(girok_commitlog::Error::DiskFull { .. }) => ErrorKind::Full,
            #[cfg(feature = "cluster")]
            LogError::Cluster(error) => error.kind(),
            _ => ErrorKind::Unavailable,
        }
    }
}
