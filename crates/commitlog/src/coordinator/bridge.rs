//! Clients of the classic protocol in a group that the coordinator shares out: for them it plays the leader.
//!
//! Who joins is answered at once, as one who follows a leader; what it is to work on comes with the sync. When
//! there is something to give up or to take, the heartbeat tells it to join again, and joining says what it
//! still has. So a client of either protocol shares a group with the members inside this process.

use std::collections::BTreeSet;

use bytes::Bytes;
use girok_wire::Assignment;
use girok_wire::protocol::{Decoder, Field, ProtocolError};

use super::classic::{GroupError, GroupResult, JoinRequest, Joined, MemberRef, Synced};
use super::group::{Client, Group, Member};
use super::{Coordinator, Subscription};
use crate::TopicPartition;

const PROTOCOL_TYPE: &str = "consumer";

impl Coordinator {
    /// A group that is shared out and has members.
    pub(crate) fn shared(&mut self, group: &str) -> Option<&mut Group> {
        self.groups.get_mut(group).filter(|group| !group.members.is_empty())
    }

    /// Takes a client of the classic protocol into a group that is shared out.
    pub(crate) fn bridge_join(
        &mut self,
        group: &str,
        request: JoinRequest,
        now_ms: i64,
    ) -> GroupResult<Joined> {
        let (protocol, metadata) = match request.protocols.first() {
            Some(first) if request.protocol_type == PROTOCOL_TYPE => first.clone(),
            _ => return Err(GroupError::InconsistentProtocol),
        };
        let wish = Wish::decode(metadata).map_err(|_| GroupError::InconsistentProtocol)?;
        let topics = &self.topics;
        let state = self.groups.get_mut(group).ok_or(GroupError::UnknownMember)?;
        let id = state.bridge_id(&request)?;
        let session_timeout_ms = request.session_timeout_ms.into();
        let member = state
            .members
            .entry(id.clone())
            .or_insert_with(|| Member::new(Subscription::Topics(Vec::new()), session_timeout_ms, now_ms));
        member.seen_ms = now_ms;
        member.session_timeout_ms = session_timeout_ms;
        member.rebalance_timeout_ms = i64::from(request.rebalance_timeout_ms.max(request.session_timeout_ms));
        member.acknowledge(&wish.owned);
        member.assigned.retain(|partition| wish.owned.contains(partition));
        member.classic = Some(protocol.clone());
        member.subscription = Subscription::Topics(wish.topics.clone());
        member.client = Some(Client {
            instance_id: request.instance_id,
            client_id: request.client_id,
            client_host: request.client_host,
            topics: wish.topics,
            ..Client::default()
        });
        state.rebalance(topics);
        state.wake_all();
        state.reconcile(&id, now_ms);
        let epoch = state.epoch();
        let member = state.members.get_mut(&id).ok_or(GroupError::UnknownMember)?;
        (member.epoch_before, member.epoch) = (member.epoch, epoch);
        Ok(Joined {
            generation: epoch,
            protocol_type: PROTOCOL_TYPE.to_owned(),
            protocol,
            leader: String::new(),
            member_id: id,
            members: Vec::new(),
        })
    }
}

impl Group {
    /// The id of who joins: the one it has, or a new one.
    fn bridge_id(&mut self, request: &JoinRequest) -> GroupResult<String> {
        let is_known = self.members.get(&request.member_id).is_some_and(|member| member.classic.is_some());
        if !request.member_id.is_empty() {
            return if is_known { Ok(request.member_id.clone()) } else { Err(GroupError::UnknownMember) };
        }
        let prefix = request.instance_id.as_ref().unwrap_or(&request.client_id);
        let id = format!("{prefix}-{:032x}", fastrand::u128(..));
        if let Some(old) = request.instance_id.as_deref().and_then(|instance_id| self.instance(instance_id)) {
            self.rename(&old, &id);
        }
        Ok(id)
    }

    /// The id of a client that wants to leave; by instance id if it names one.
    pub(crate) fn leaving(&self, id: &str, instance_id: Option<&str>) -> GroupResult<String> {
        let id = match instance_id.map(|instance_id| self.instance(instance_id)) {
            Some(Some(known)) if id.is_empty() || known == id => known,
            Some(Some(_)) => return Err(GroupError::FencedInstance),
            Some(None) => return Err(GroupError::UnknownMember),
            None => id.to_owned(),
        };
        let is_client = self.members.get(&id).is_some_and(|member| member.client.is_some());
        if is_client { Ok(id) } else { Err(GroupError::UnknownMember) }
    }

    fn bridged(&mut self, of: MemberRef<'_>, now_ms: i64) -> GroupResult<&mut Member> {
        let has_shadow = of.instance_id.is_some_and(|id| self.instance(id).is_some());
        let member = self.members.get_mut(of.id).filter(|member| member.classic.is_some());
        let Some(member) = member else {
            return Err(if has_shadow { GroupError::FencedInstance } else { GroupError::UnknownMember });
        };
        member.seen_ms = now_ms;
        if of.generation == member.epoch { Ok(member) } else { Err(GroupError::IllegalGeneration) }
    }

    /// What a client of the classic protocol is to work on.
    pub(crate) fn bridge_sync(&mut self, of: MemberRef<'_>, now_ms: i64) -> GroupResult<Synced> {
        let member = self.bridged(of, now_ms)?;
        Ok(Synced {
            protocol_type: PROTOCOL_TYPE.to_owned(),
            protocol: member.classic.clone().unwrap_or_default(),
            assignment: encode_assignment(&member.assigned),
        })
    }

    /// A sign of life of a client of the classic protocol; it must join again if there is a change for it.
    pub(crate) fn bridge_heartbeat(&mut self, of: MemberRef<'_>, now_ms: i64) -> GroupResult<()> {
        self.bridged(of, now_ms)?;
        // From now on it has its time to give up what it must.
        self.revoke(of.id, now_ms);
        if self.has_news(of.id) { Err(GroupError::RebalanceInProgress) } else { Ok(()) }
    }
}

/// What a client of the classic protocol says when it joins.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    topics: Vec<String>,
    owned: BTreeSet<TopicPartition>,
}

impl Wish {
    /// Reads Kafka's `ConsumerProtocolSubscription`; what newer versions add is passed over.
    fn decode(metadata: Bytes) -> Result<Self, ProtocolError> {
        let mut input = Decoder::new(metadata, 0, false);
        let version = i16::decode(&mut input)?;
        let topics = Vec::<String>::decode(&mut input)?;
        let _user_data = input.bytes()?;
        let mut owned = BTreeSet::new();
        let count = if version >= 1 { input.count()?.unwrap_or(0) } else { 0 };
        for _ in 0..count {
            let topic: std::sync::Arc<str> = String::decode(&mut input)?.into();
            let partitions = Vec::<i32>::decode(&mut input)?.into_iter();
            let partitions = partitions.filter_map(|index| u32::try_from(index).ok());
            owned.extend(partitions.map(|partition| TopicPartition::new(topic.clone(), partition)));
        }
        Ok(Wish { topics, owned })
    }
}

/// What a member owns, in the bytes in which a leader would tell it.
pub(crate) fn encode_assignment(assigned: &BTreeSet<TopicPartition>) -> Bytes {
    let mut topics = Assignment::new();
    for of in assigned {
        topics.entry(of.topic.to_string()).or_default().push(of.partition);
    }
    girok_wire::encode_assignment(&topics).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read_in_every_version() {
        let metadata = b"\0\0\0\0\0\x01\0\x03web\xff\xff\xff\xff";
        let wish = Wish { topics: vec!["web".into()], owned: BTreeSet::new() };
        assert_eq!(Wish::decode(Bytes::from_static(metadata)).unwrap(), wish);
        let metadata = b"\0\x03\0\0\0\x01\0\x03web\xff\xff\xff\xff\0\0\0\x01\0\x03web\0\0\0\x01\0\0\0\x02\0\0\0\x07\xff\xff";
        let wish = Wish { owned: [TopicPartition::new("web", 2)].into(), ..wish };
        assert_eq!(Wish::decode(Bytes::from_static(metadata)).unwrap(), wish);
        assert!(Wish::decode(Bytes::from_static(b"topics")).is_err());
    }

    #[test]
    fn assignments_are_kafkas() {
        let assigned = [TopicPartition::new("web", 0), TopicPartition::new("web", 2)].into();
        let expected = b"\0\0\0\0\0\x01\0\x03web\0\0\0\x02\0\0\0\0\0\0\0\x02\xff\xff\xff\xff";
        assert_eq!(encode_assignment(&assigned)[..], expected[..]);
    }
}
