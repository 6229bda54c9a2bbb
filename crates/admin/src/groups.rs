//! A consumer group as an operator sees it.

use std::collections::BTreeMap;

use girok_commitlog::TopicPartition;

/// A group: who is in it, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Kafka's word for where it stands: `Stable`, `Empty`, …
    pub state: String,
    /// `consumer`, for consumers.
    pub protocol_type: String,
    /// The way to share out that was chosen; may be empty.
    pub protocol: String,
    /// Its members.
    pub members: Vec<Member>,
    /// The next offset to read of each partition that it has committed for.
    pub committed: BTreeMap<TopicPartition, i64>,
}

impl Group {
    /// The member that a partition is assigned to.
    pub fn owner(&self, partition: &TopicPartition) -> Option<&Member> {
        self.members.iter().find(|member| member.assigned.contains(partition))
    }
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// The name under which it comes back after a restart.
    pub instance_id: Option<String>,
    /// What its client calls itself.
    pub client_id: String,
    /// Where it is.
    pub host: String,
    /// Its partitions.
    pub assigned: Vec<TopicPartition>,
}
