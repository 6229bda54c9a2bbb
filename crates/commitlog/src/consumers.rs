//! Groups whose partitions the coordinator shares out, as Kafka clients and tools see them.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::coordinator::bridge::encode_assignment;
use crate::coordinator::classic::{GroupError, GroupInfo, GroupResult, GroupState, MemberInfo, MemberRef};
use crate::coordinator::group::{Client, Group, Member};
use crate::coordinator::remote::{ConsumerAnswer, ConsumerHeartbeat};
use crate::{CommitLog, TopicPartition};

/// A group whose partitions the coordinator shares out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerGroupInfo {
    /// Where it stands.
    pub state: GroupState,
    /// Rises with every change.
    pub epoch: i32,
    /// How partitions are shared out.
    pub assignor: &'static str,
    /// Its members.
    pub members: Vec<ConsumerInfo>,
}

/// A member of such a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerInfo {
    /// Its id.
    pub member_id: String,
    /// The name under which it comes back after a restart.
    pub instance_id: Option<String>,
    /// Where it stands.
    pub rack_id: Option<String>,
    /// The group's epoch that it has arrived in.
    pub epoch: i32,
    /// What the client calls itself.
    pub client_id: String,
    /// Where it is.
    pub client_host: String,
    /// The topics it named.
    pub topics: Vec<String>,
    /// The pattern it gave.
    pub pattern: Option<String>,
    /// What it may work on.
    pub assigned: BTreeSet<TopicPartition>,
    /// What it will work on in the end.
    pub target: BTreeSet<TopicPartition>,
}

impl CommitLog {
    /// A heartbeat of a Kafka client of the consumer protocol: it joins, lives, changes or leaves.
    pub fn consumer_heartbeat(&self, group: &str, beat: &ConsumerHeartbeat) -> GroupResult<ConsumerAnswer> {
        self.inner.check_open()?;
        let now_ms = self.inner.shared.now_ms();
        self.inner.coordinator.lock().remote_heartbeat(group, beat, now_ms)
    }

    /// Refuses who is no member, or in another epoch, of a group that the coordinator shares out. The members
    /// of classic groups are not asked.
    pub fn check_consumer(&self, group: &str, id: &str, epoch: i32) -> GroupResult<()> {
        let of = MemberRef { id, instance_id: None, generation: epoch };
        let now_ms = self.inner.shared.now_ms();
        let mut coordinator = self.inner.coordinator.lock();
        if let Some(group) = coordinator.shared(group) {
            return group.check_epoch(of, now_ms);
        }
        coordinator.classic(group).map(|_| ()).ok_or(GroupError::UnknownMember)
    }

    /// A group whose partitions the coordinator shares out; nothing if there is none of that name.
    pub fn consumer_group(&self, group: &str) -> Option<ConsumerGroupInfo> {
        let coordinator = self.inner.coordinator.lock();
        let (_, found) = coordinator.shared_groups().find(|(name, _)| *name == group)?;
        Some(ConsumerGroupInfo {
            state: found.state(),
            epoch: found.epoch(),
            assignor: found.assignor().name(),
            members: found.consumers().map(|(id, member)| consumer_info(found, id, member)).collect(),
        })
    }
}

fn consumer_info(group: &Group, id: &str, member: &Member) -> ConsumerInfo {
    let client = member.client.clone().unwrap_or_else(own_client);
    ConsumerInfo {
        member_id: id.to_owned(),
        instance_id: client.instance_id,
        rack_id: client.rack_id,
        epoch: member.epoch,
        client_id: client.client_id,
        client_host: client.client_host,
        topics: client.topics,
        pattern: client.pattern,
        assigned: member.assigned.clone(),
        target: group.target_of(id),
    }
}

/// What is said of a member inside this process.
fn own_client() -> Client {
    Client { client_id: "girok".to_owned(), client_host: "in process".to_owned(), ..Default::default() }
}

impl Group {
    /// What tools see.
    pub(crate) fn info(&self, name: &str) -> GroupInfo {
        let members = self.consumers().map(|(id, member)| {
            let client = member.client.clone().unwrap_or_else(own_client);
            MemberInfo {
                member_id: id.clone(),
                instance_id: client.instance_id,
                client_id: client.client_id,
                client_host: client.client_host,
                metadata: Bytes::new(),
                assignment: encode_assignment(&member.assigned),
            }
        });
        GroupInfo {
            name: name.to_owned(),
            state: self.state(),
            is_shared_out: true,
            protocol_type: "consumer".to_owned(),
            protocol: self.assignor().name().to_owned(),
            members: members.collect(),
        }
    }
}
