//! Topics described some partitions at a time.

use girok_commitlog::Topic;
use girok_wire::protocol::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, DescribedPartition, DescribedTopic,
    ProtocolError, TopicPartitionCursor, code,
};

use crate::session::{Answer, NODE_ID, Request};

/// Most partitions of one answer, whatever the client allows.
const PARTITIONS_MAX: i32 = 2000;
/// Everything that can be done to a topic: read, write, create, delete, alter, describe, describe and alter
/// configs.
pub(super) const TOPIC_OPERATIONS: i32 =
    1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;

/// `DescribeTopicPartitions`: topics by name, from the cursor on.
pub(crate) fn describe_topic_partitions(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeTopicPartitionsRequest = request.take()?;
    let mut names: Vec<_> = asked.topics.into_iter().map(|topic| topic.name).collect();
    if names.is_empty() {
        names = request.log().topics().into_iter().map(|info| info.name.to_string()).collect();
    }
    names.sort_unstable();
    names.dedup();
    let from = asked.cursor.unwrap_or_default();
    let mut left = asked.response_partition_limit.clamp(1, PARTITIONS_MAX);
    let mut response = DescribeTopicPartitionsResponse::default();
    for name in names.into_iter().filter(|name| *name >= from.topic_name) {
        let first = if name == from.topic_name { from.partition_index.max(0) } else { 0 };
        if left == 0 {
            response.next_cursor = Some(TopicPartitionCursor { topic_name: name, partition_index: first });
            break;
        }
        let Some(topic) = request.log().topic(&name) else {
            response.topics.push(DescribedTopic {
                error_code: code::UNKNOWN_TOPIC_OR_PARTITION,
                name: Some(name),
                ..DescribedTopic::default()
            });
            continue;
        };
        let (described, next) = describe(&request, &topic, first, left);
        left -= described.partitions.len() as i32;
        response.topics.push(described);
        if let Some(partition_index) = next {
            response.next_cursor = Some(TopicPartitionCursor { topic_name: name, partition_index });
            break;
        }
    }
    Ok(request.now(&response))
}

/// At most `limit` partitions of a topic from `first` on, and where to go on.
fn describe(request: &Request, topic: &Topic, first: i32, limit: i32) -> (DescribedTopic, Option<i32>) {
    let count = topic.partition_count() as i32;
    let end = first.saturating_add(limit).min(count);
    let partition = |index: i32| DescribedPartition {
        partition_index: index,
        leader_id: NODE_ID,
        leader_epoch: request.log().offsets(topic, index as u32).map_or(-1, |offsets| offsets.leader_epoch),
        replica_nodes: vec![NODE_ID],
        isr_nodes: vec![NODE_ID],
        eligible_leader_replicas: Some(Vec::new()),
        last_known_elr: Some(Vec::new()),
        ..DescribedPartition::default()
    };
    let described = DescribedTopic {
        name: Some(topic.name().to_string()),
        topic_id: topic.id().0,
        is_internal: topic.is_internal(),
        partitions: (first..end).map(partition).collect(),
        topic_authorized_operations: TOPIC_OPERATIONS,
        ..DescribedTopic::default()
    };
    (described, (end < count).then_some(end))
}
