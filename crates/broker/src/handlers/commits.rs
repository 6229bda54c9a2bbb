//! How far has a group come?

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use girok_commitlog::{Committed, Durable, GroupResult, MemberRef, ProducerRef, TopicPartition};
use girok_wire::protocol::{
    OffsetCommitPartition, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchGroupResponse,
    OffsetFetchPartitionResponse, OffsetFetchRequest, OffsetFetchResponse, OffsetFetchTopic,
    OffsetFetchTopicResponse, PartitionError, PartitionErrors, ProtocolError, TxnOffsetCommitRequest,
    TxnOffsetCommitResponse, TxnOffsetPartition, code,
};

use crate::fault::{code_of, code_of_group};
use crate::session::{Answer, Request};

/// `offset.metadata.max.bytes`.
const METADATA_BYTES_MAX: usize = 4096;

/// `OffsetCommit`: answered when the commit is as durable as the offsets' topic.
pub(crate) fn offset_commit(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: OffsetCommitRequest = request.take()?;
    let topics = asked.topics.into_iter().map(|topic| (topic.name, topic.partitions));
    let checked = Checked::new(&request, topics);
    let of = MemberRef {
        id: &asked.member_id,
        instance_id: asked.group_instance_id.as_deref(),
        generation: asked.generation_id,
    };
    let commit = || request.log().commit_group(&asked.group_id, of, checked.offsets);
    let written = tokio::task::block_in_place(commit);
    Ok(request.later(async move {
        let topics = answer(checked.topics, written).await;
        OffsetCommitResponse { throttle_time_ms: 0, topics }
    }))
}

/// `TxnOffsetCommit`: the offsets are in force when the transaction is committed.
pub(crate) fn txn_offset_commit(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: TxnOffsetCommitRequest = request.take()?;
    let topics = asked.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|of: TxnOffsetPartition| OffsetCommitPartition {
            partition_index: of.partition_index,
            committed_offset: of.committed_offset,
            committed_leader_epoch: of.committed_leader_epoch,
            committed_metadata: of.committed_metadata,
        });
        (topic.name, partitions.collect())
    });
    let checked = Checked::new(&request, topics);
    let of = MemberRef {
        id: &asked.member_id,
        instance_id: asked.group_instance_id.as_deref(),
        generation: asked.generation_id,
    };
    let producer = ProducerRef { id: asked.producer_id, epoch: asked.producer_epoch };
    let commit = || request.log().commit_in_transaction(&asked.group_id, of, producer, checked.offsets);
    let written = tokio::task::block_in_place(commit);
    Ok(request.later(async move {
        let topics = answer(checked.topics, written).await;
        TxnOffsetCommitResponse { throttle_time_ms: 0, topics }
    }))
}

/// Offsets that can be committed, and what is to be answered of those that cannot.
struct Checked {
    offsets: Vec<(TopicPartition, Committed)>,
    topics: Vec<PartitionErrors>,
}

impl Checked {
    fn new(request: &Request, asked: impl Iterator<Item = (String, Vec<OffsetCommitPartition>)>) -> Self {
        let mut checked = Checked { offsets: Vec::new(), topics: Vec::new() };
        for (name, asked) in asked {
            let mut partitions = Vec::with_capacity(asked.len());
            for of in asked {
                let error_code = match check(request, &name, &of) {
                    Ok(partition) => {
                        checked.offsets.push((partition, committed(&of)));
                        code::NONE
                    }
                    Err(error_code) => error_code,
                };
                partitions.push(PartitionError { partition_index: of.partition_index, error_code });
            }
            checked.topics.push(PartitionErrors { name, partitions });
        }
        checked
    }
}

async fn answer(mut topics: Vec<PartitionErrors>, written: GroupResult<Durable>) -> Vec<PartitionErrors> {
    let error_code = match written {
        Ok(durable) => durable.done().await.map_or_else(|error| code_of(&error), |()| code::NONE),
        Err(error) => code_of_group(&error),
    };
    let all = topics.iter_mut().flat_map(|topic| topic.partitions.iter_mut());
    all.filter(|of| of.error_code == code::NONE).for_each(|of| of.error_code = error_code);
    topics
}

fn check(request: &Request, topic: &str, of: &OffsetCommitPartition) -> Result<TopicPartition, i16> {
    let partition = u32::try_from(of.partition_index).map_err(|_| code::UNKNOWN_TOPIC_OR_PARTITION)?;
    request.log().offsets(topic, partition).map_err(|error| code_of(&error))?;
    if of.committed_metadata.as_ref().is_some_and(|metadata| metadata.len() > METADATA_BYTES_MAX) {
        return Err(code::OFFSET_METADATA_TOO_LARGE);
    }
    Ok(TopicPartition::new(topic, partition))
}

fn committed(of: &OffsetCommitPartition) -> Committed {
    Committed {
        offset: of.committed_offset,
        leader_epoch: of.committed_leader_epoch,
        metadata: of.committed_metadata.clone().unwrap_or_default(),
        committed_ms: now_ms(),
    }
}

/// The time now.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `OffsetFetch`: one group before version 8, then several.
pub(crate) fn offset_fetch(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: OffsetFetchRequest = request.take()?;
    if request.version() < 8 {
        let topics = fetch(&request, &asked.group_id, asked.topics, asked.require_stable);
        return Ok(request.now(&OffsetFetchResponse { topics, ..OffsetFetchResponse::default() }));
    }
    let groups = asked.groups.into_iter().map(|group| {
        let member = group.member_id.as_deref().filter(|_| group.member_epoch >= 0);
        let checked = member.map_or(Ok(()), |member| {
            request.log().check_consumer(&group.group_id, member, group.member_epoch)
        });
        match checked {
            Ok(()) => OffsetFetchGroupResponse {
                topics: fetch(&request, &group.group_id, group.topics, asked.require_stable),
                group_id: group.group_id,
                error_code: code::NONE,
            },
            Err(error) => OffsetFetchGroupResponse {
                topics: Vec::new(),
                group_id: group.group_id,
                error_code: code_of_group(&error),
            },
        }
    });
    let groups = groups.collect();
    Ok(request.now(&OffsetFetchResponse { groups, ..OffsetFetchResponse::default() }))
}

/// What a group has committed, for these topics or for all. With `is_stable` nothing is said of a partition
/// that an open transaction will commit for.
fn fetch(
    request: &Request,
    group: &str,
    topics: Option<Vec<OffsetFetchTopic>>,
    is_stable: bool,
) -> Vec<OffsetFetchTopicResponse> {
    let known = request.log().committed_by(group);
    let Some(topics) = topics else { return fetch_all(known) };
    let is_pending = |key: &TopicPartition| is_stable && request.log().is_commit_pending(group, key);
    let topic = |topic: OffsetFetchTopic| {
        let partition = |index: i32| {
            let key =
                u32::try_from(index).map(|partition| TopicPartition::new(topic.name.as_str(), partition));
            match key.ok() {
                Some(key) if is_pending(&key) => OffsetFetchPartitionResponse {
                    error_code: code::UNSTABLE_OFFSET_COMMIT,
                    ..fetched(index, None)
                },
                key => fetched(index, key.and_then(|key| known.get(&key))),
            }
        };
        let partitions = topic.partition_indexes.iter().map(|index| partition(*index)).collect();
        OffsetFetchTopicResponse { partitions, name: topic.name }
    };
    topics.into_iter().map(topic).collect()
}

fn fetch_all(known: BTreeMap<TopicPartition, Committed>) -> Vec<OffsetFetchTopicResponse> {
    let mut topics: Vec<OffsetFetchTopicResponse> = Vec::new();
    for (of, committed) in known {
        if topics.last().is_none_or(|last| *last.name != *of.topic) {
            topics.push(OffsetFetchTopicResponse { name: of.topic.to_string(), partitions: Vec::new() });
        }
        if let Some(topic) = topics.last_mut() {
            topic.partitions.push(fetched(of.partition as i32, Some(&committed)));
        }
    }
    topics
}

fn fetched(partition_index: i32, committed: Option<&Committed>) -> OffsetFetchPartitionResponse {
    OffsetFetchPartitionResponse {
        partition_index,
        committed_offset: committed.map_or(-1, |committed| committed.offset),
        committed_leader_epoch: committed.map_or(-1, |committed| committed.leader_epoch),
        metadata: Some(committed.map(|committed| committed.metadata.clone()).unwrap_or_default()),
        error_code: code::NONE,
    }
}
