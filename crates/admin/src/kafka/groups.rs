//! Groups of a cluster: listed, moved, forgotten. Each broker knows those that it coordinates.

use std::collections::BTreeMap;

use girok_commitlog::TopicPartition;
use girok_wire::protocol::{
    Api, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, DeleteGroupsRequest,
    DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse, DescribedAssignment,
    DescribedConsumerGroup, DescribedGroup, ListGroupsRequest, ListGroupsResponse, ListedGroup,
    OffsetCommitPartition, OffsetCommitRequest, OffsetCommitResponse, OffsetCommitTopic, OffsetFetchRequest,
    OffsetFetchResponse, OffsetFetchTopicResponse, code,
};

use super::fault::{Fault, check, refused_group};
use super::network::Network;
use crate::error::Result;
use crate::{Group, Member, assigned};

/// The groups that read topics and commit offsets; a broker that does not say which is which has no others.
const TYPES: [&str; 3] = ["", "classic", "consumer"];

/// All groups, by name.
pub(super) fn list(network: &Network) -> Result<Vec<Group>, Fault> {
    let mut groups = Vec::new();
    for broker in network.ids()? {
        let told: ListGroupsResponse =
            network.ask(broker, Api::LIST_GROUPS, 0..=5, &ListGroupsRequest::default())?;
        check(told.error_code, None)?;
        let listed: Vec<_> =
            told.groups.into_iter().filter(|group| TYPES.contains(&group.group_type.as_str())).collect();
        let mut described = describe(network, broker, &listed)?;
        described.extend(describe_consumers(network, broker, &listed)?);
        for listed in listed {
            let group = described.remove(&listed.group_id).unwrap_or_else(|| undescribed(&listed));
            groups.push(Group { committed: committed(network, broker, &listed.group_id)?, ..group });
        }
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(groups)
}

fn describe(
    network: &Network,
    broker: i32,
    listed: &[ListedGroup],
) -> Result<BTreeMap<String, Group>, Fault> {
    let classic = listed.iter().filter(|group| group.group_type != "consumer");
    let groups: Vec<_> = classic.map(|group| group.group_id.clone()).collect();
    if groups.is_empty() {
        return Ok(BTreeMap::new());
    }
    let request = DescribeGroupsRequest { groups, ..DescribeGroupsRequest::default() };
    let told: DescribeGroupsResponse = network.ask(broker, Api::DESCRIBE_GROUPS, 0..=5, &request)?;
    // A group of another kind is `Dead` to this question.
    let known =
        told.groups.into_iter().filter(|one| one.error_code == code::NONE && one.group_state != "Dead");
    Ok(known.map(|one| (one.group_id.clone(), group_of(one))).collect())
}

/// Groups whose partitions the broker itself shares out.
fn describe_consumers(
    network: &Network,
    broker: i32,
    listed: &[ListedGroup],
) -> Result<BTreeMap<String, Group>, Fault> {
    let own = listed.iter().filter(|group| group.group_type == "consumer");
    let group_ids: Vec<_> = own.map(|group| group.group_id.clone()).collect();
    if group_ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let request = ConsumerGroupDescribeRequest { group_ids, include_authorized_operations: false };
    let told: ConsumerGroupDescribeResponse =
        network.ask(broker, Api::CONSUMER_GROUP_DESCRIBE, 0..=1, &request)?;
    let known = told.groups.into_iter().filter(|one| one.error_code == code::NONE);
    Ok(known.map(|one| (one.group_id.clone(), consumers_of(one))).collect())
}

fn consumers_of(told: DescribedConsumerGroup) -> Group {
    let members = told.members.into_iter().map(|member| Member {
        assigned: partitions_of(&member.assignment),
        id: member.member_id,
        instance_id: member.instance_id,
        client_id: member.client_id,
        host: member.client_host,
    });
    Group {
        members: members.collect(),
        name: told.group_id,
        state: told.group_state,
        protocol_type: "consumer".to_owned(),
        protocol: told.assignor_name,
        committed: BTreeMap::new(),
    }
}

fn partitions_of(assignment: &DescribedAssignment) -> Vec<TopicPartition> {
    let topics = assignment.topic_partitions.iter();
    let partitions = topics.flat_map(|topic| {
        let ids = topic.partitions.iter().filter_map(|id| u32::try_from(*id).ok());
        ids.map(|id| TopicPartition::new(topic.topic_name.as_str(), id))
    });
    let mut partitions: Vec<_> = partitions.collect();
    partitions.sort_unstable();
    partitions
}

fn group_of(told: DescribedGroup) -> Group {
    let members = told.members.into_iter().map(|member| Member {
        assigned: assigned(&member.member_assignment),
        id: member.member_id,
        instance_id: member.group_instance_id,
        client_id: member.client_id,
        host: member.client_host,
    });
    Group {
        name: told.group_id,
        state: told.group_state,
        protocol_type: told.protocol_type,
        protocol: told.protocol_data,
        members: members.collect(),
        committed: BTreeMap::new(),
    }
}

/// A group of which only its list entry is known.
fn undescribed(listed: &ListedGroup) -> Group {
    Group {
        name: listed.group_id.clone(),
        state: listed.group_state.clone(),
        protocol_type: listed.protocol_type.clone(),
        ..Group::default()
    }
}

/// Everything that a group has committed.
fn committed(network: &Network, broker: i32, group: &str) -> Result<BTreeMap<TopicPartition, i64>, Fault> {
    let request = OffsetFetchRequest {
        group_id: group.to_owned(),
        topics: None,
        groups: Vec::new(),
        require_stable: false,
    };
    // Up to version 7 a request is about one group; from 2 on no topics means all.
    let told: OffsetFetchResponse = network.ask(broker, Api::OFFSET_FETCH, 2..=7, &request)?;
    check(told.error_code, None)?;
    Ok(told.topics.iter().flat_map(offsets_of).collect())
}

fn offsets_of(topic: &OffsetFetchTopicResponse) -> impl Iterator<Item = (TopicPartition, i64)> {
    let set = topic.partitions.iter().filter(|one| one.error_code == code::NONE && one.committed_offset >= 0);
    set.filter_map(|one| {
        let id = u32::try_from(one.partition_index).ok()?;
        Some((TopicPartition::new(topic.name.as_str(), id), one.committed_offset))
    })
}

/// Moves a group without members. The coordinator itself refuses if one came meanwhile.
pub(super) fn commit(network: &Network, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()> {
    ask_commit(network, group, offsets).map_err(refused_group("reset", group))
}

fn ask_commit(network: &Network, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<(), Fault> {
    let mut topics: BTreeMap<&str, Vec<OffsetCommitPartition>> = BTreeMap::new();
    for (of, offset) in offsets {
        topics.entry(&of.topic).or_default().push(OffsetCommitPartition {
            partition_index: i32::try_from(of.partition).unwrap_or(i32::MAX),
            committed_offset: *offset,
            committed_leader_epoch: -1,
            committed_metadata: Some(String::new()),
        });
    }
    let topics = topics
        .into_iter()
        .map(|(name, partitions)| OffsetCommitTopic { name: name.to_owned(), partitions })
        .collect();
    let request =
        OffsetCommitRequest { group_id: group.to_owned(), topics, ..OffsetCommitRequest::default() };
    network.ask_coordinator(group, |broker| {
        let done: OffsetCommitResponse = network.ask(broker, Api::OFFSET_COMMIT, 2..=8, &request)?;
        let mut partitions = done.topics.into_iter().flat_map(|topic| topic.partitions);
        partitions.try_for_each(|one| check(one.error_code, None))
    })
}

/// Forgets a group without members.
pub(super) fn delete(network: &Network, group: &str) -> Result<()> {
    ask_delete(network, group).map_err(refused_group("delete", group))
}

fn ask_delete(network: &Network, group: &str) -> Result<(), Fault> {
    let request = DeleteGroupsRequest { groups: vec![group.to_owned()] };
    network.ask_coordinator(group, |broker| {
        let done: DeleteGroupsResponse = network.ask(broker, Api::DELETE_GROUPS, 0..=2, &request)?;
        done.results.into_iter().try_for_each(|one| check(one.error_code, None))
    })
}
