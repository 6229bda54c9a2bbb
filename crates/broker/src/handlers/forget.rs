//! Committed offsets taken back.

use std::collections::BTreeSet;

use girok_commitlog::{GroupInfo, TopicPartition};
use girok_wire::protocol::{
    OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeletedPartition, OffsetDeletedTopic, ProtocolError,
    code,
};

use super::dirs::has;
use crate::fault::code_of;
use crate::session::{Answer, Request};

/// `OffsetDelete`: not for topics that members of the group are subscribed to.
pub(crate) fn offset_delete(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: OffsetDeleteRequest = request.take()?;
    let response = tokio::task::block_in_place(|| forget(&request, asked));
    let failed = |error_code| OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() };
    Ok(request.now(&response.unwrap_or_else(failed)))
}

fn forget(request: &Request, asked: OffsetDeleteRequest) -> Result<OffsetDeleteResponse, i16> {
    let log = request.log();
    let group = log.groups().into_iter().find(|group| group.name == asked.group_id);
    let subscribed = subscribed_topics(&group.ok_or(code::GROUP_ID_NOT_FOUND)?)?;
    let mut doomed = Vec::new();
    let topics = asked.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|of| {
            let error_code = if !has(log, &topic.name, of.partition_index) {
                code::UNKNOWN_TOPIC_OR_PARTITION
            } else if subscribed.contains(&topic.name) {
                code::GROUP_SUBSCRIBED_TO_TOPIC
            } else {
                doomed.push(TopicPartition::new(topic.name.as_str(), of.partition_index as u32));
                code::NONE
            };
            OffsetDeletedPartition { partition_index: of.partition_index, error_code }
        });
        OffsetDeletedTopic { partitions: partitions.collect(), name: topic.name }
    });
    let topics = topics.collect();
    log.delete_offsets(&asked.group_id, &doomed).map_err(|error| code_of(&error))?;
    Ok(OffsetDeleteResponse { topics, ..OffsetDeleteResponse::default() })
}

/// The topics that the group's members name. A group whose members are no consumers cannot be looked into.
fn subscribed_topics(group: &GroupInfo) -> Result<BTreeSet<String>, i16> {
    if group.members.is_empty() {
        return Ok(BTreeSet::new());
    }
    if group.protocol_type != "consumer" {
        return Err(code::NON_EMPTY_GROUP);
    }
    let topics = group.members.iter().flat_map(|member| topics_of(&member.metadata).unwrap_or_default());
    Ok(topics.collect())
}

/// The topics in a consumer's subscription: version, count, and as many names.
fn topics_of(metadata: &[u8]) -> Option<Vec<String>> {
    let (_version, rest) = metadata.split_first_chunk::<2>()?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let mut topics = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (name, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        topics.push(String::from_utf8(name.to_vec()).ok()?);
        rest = after;
    }
    Some(topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_read_and_any_bytes_may_be_one() {
        let subscription = b"\0\x01\0\0\0\x02\0\x03web\0\x04auth\xff\xff\xff\xff";
        assert_eq!(topics_of(subscription).unwrap(), ["web", "auth"]);
        for cut in 0..17 {
            assert_eq!(topics_of(&subscription[..cut]), None, "{cut}");
        }
        assert_eq!(topics_of(b"\0\0\xff\xff\xff\xff"), None);
    }
}
