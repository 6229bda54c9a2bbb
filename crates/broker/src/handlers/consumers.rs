//! Groups whose partitions the coordinator shares out (KIP-848).

use std::collections::BTreeSet;

use girok_commitlog::{
    CommitLog, ConsumerGroupInfo, ConsumerHeartbeat, ConsumerInfo, GroupError, TopicId, TopicPartition,
};
use girok_wire::protocol::{
    ConsumerAssignment, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, DescribedAssignment, DescribedConsumer,
    DescribedConsumerGroup, DescribedTopicPartitions, ProtocolError, TopicIdPartitions, code,
};

use super::group_settings::{HEARTBEAT_INTERVAL_MS, SESSION_TIMEOUT_MS};
use crate::fault::code_of_group;
use crate::session::{Answer, Request};

/// `ConsumerGroupHeartbeat`.
pub(crate) fn heartbeat(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: ConsumerGroupHeartbeatRequest = request.take()?;
    let group = asked.group_id.clone();
    let answered = match group.is_empty() || (request.version() >= 1 && asked.member_id.is_empty()) {
        true => Err(GroupError::InvalidRequest),
        false => request.log().consumer_heartbeat(&group, &consumer_heartbeat(&request, asked)),
    };
    if let Ok(answer) = &answered {
        match answer.epoch < 0 {
            true => request.session.members.forget(&group, &answer.member_id),
            false => request.session.members.note(&group, &answer.member_id),
        }
    }
    let response = match answered {
        Ok(answer) => ConsumerGroupHeartbeatResponse {
            member_id: Some(answer.member_id),
            member_epoch: answer.epoch,
            heartbeat_interval_ms: HEARTBEAT_INTERVAL_MS.value_of(&request.session.admin, &group),
            assignment: answer.assignment.map(|partitions| assignment(request.log(), &partitions)),
            ..ConsumerGroupHeartbeatResponse::default()
        },
        Err(error) => ConsumerGroupHeartbeatResponse {
            error_code: match error {
                GroupError::InconsistentProtocol => code::GROUP_ID_NOT_FOUND,
                ref error => code_of_group(error),
            },
            error_message: Some(error.to_string()),
            ..ConsumerGroupHeartbeatResponse::default()
        },
    };
    Ok(request.now(&response))
}

fn consumer_heartbeat(request: &Request, asked: ConsumerGroupHeartbeatRequest) -> ConsumerHeartbeat {
    ConsumerHeartbeat {
        member_id: asked.member_id,
        epoch: asked.member_epoch,
        instance_id: asked.instance_id,
        rack_id: asked.rack_id,
        session_timeout_ms: SESSION_TIMEOUT_MS.value_of(&request.session.admin, &asked.group_id).into(),
        rebalance_timeout_ms: asked.rebalance_timeout_ms,
        topics: asked.subscribed_topic_names,
        pattern: asked.subscribed_topic_regex,
        assignor: asked.server_assignor,
        owned: asked.topic_partitions.map(|topics| owned(request.log(), &topics)),
        client_id: request.header.client_id.clone().unwrap_or_default(),
        client_host: format!("/{}", request.session.peer.ip().to_canonical()),
    }
}

/// The partitions of topics that exist.
fn owned(log: &CommitLog, topics: &[TopicIdPartitions]) -> BTreeSet<TopicPartition> {
    let known = log.topics();
    let found = topics.iter().filter_map(|topic| {
        let info = known.iter().find(|info| info.id == TopicId(topic.topic_id))?;
        let partitions = topic.partitions.iter().filter_map(|index| u32::try_from(*index).ok());
        Some(partitions.map(|partition| TopicPartition::new(info.name.as_str(), partition)))
    });
    found.flatten().collect()
}

/// The partitions by topic, each with the topic's id; a topic that is gone is left out.
fn by_topic(log: &CommitLog, partitions: &BTreeSet<TopicPartition>) -> Vec<DescribedTopicPartitions> {
    let mut topics: Vec<DescribedTopicPartitions> = Vec::new();
    for of in partitions {
        let index = of.partition as i32;
        match topics.last_mut().filter(|last| *last.topic_name == *of.topic) {
            Some(last) => last.partitions.push(index),
            None => topics.extend(log.topic(&*of.topic).map(|topic| DescribedTopicPartitions {
                topic_id: topic.id().0,
                topic_name: of.topic.to_string(),
                partitions: vec![index],
            })),
        }
    }
    topics
}

fn assignment(log: &CommitLog, partitions: &BTreeSet<TopicPartition>) -> ConsumerAssignment {
    let topics = by_topic(log, partitions).into_iter();
    let topics =
        topics.map(|topic| TopicIdPartitions { topic_id: topic.topic_id, partitions: topic.partitions });
    ConsumerAssignment { topic_partitions: topics.collect() }
}

/// `ConsumerGroupDescribe`.
pub(crate) fn describe(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: ConsumerGroupDescribeRequest = request.take()?;
    let describe = |group_id: String| match request.log().consumer_group(&group_id) {
        Some(info) => described(request.log(), info, group_id),
        None => DescribedConsumerGroup {
            error_code: code::GROUP_ID_NOT_FOUND,
            error_message: Some(format!("cannot find consumer group `{group_id}`")),
            group_id,
            ..DescribedConsumerGroup::default()
        },
    };
    let groups = asked.group_ids.into_iter().map(describe).collect();
    Ok(request.now(&ConsumerGroupDescribeResponse { throttle_time_ms: 0, groups }))
}

fn described(log: &CommitLog, info: ConsumerGroupInfo, group_id: String) -> DescribedConsumerGroup {
    DescribedConsumerGroup {
        group_id,
        group_state: info.state.name().to_owned(),
        group_epoch: info.epoch,
        assignment_epoch: info.epoch,
        assignor_name: info.assignor.to_owned(),
        members: info.members.into_iter().map(|member| described_member(log, member)).collect(),
        ..DescribedConsumerGroup::default()
    }
}

fn described_member(log: &CommitLog, member: ConsumerInfo) -> DescribedConsumer {
    DescribedConsumer {
        member_id: member.member_id,
        instance_id: member.instance_id,
        rack_id: member.rack_id,
        member_epoch: member.epoch,
        client_id: member.client_id,
        client_host: member.client_host,
        subscribed_topic_names: member.topics,
        subscribed_topic_regex: member.pattern,
        assignment: DescribedAssignment { topic_partitions: by_topic(log, &member.assigned) },
        target_assignment: DescribedAssignment { topic_partitions: by_topic(log, &member.target) },
        ..DescribedConsumer::default()
    }
}
