//! A member's partitions, out of the bytes that the group's leader gave it.

use std::sync::Arc;

use girok_commitlog::TopicPartition;
use girok_wire::decode_assignment;

/// The partitions in `bytes`, in order; none if the group's protocol is not that of consumers.
pub fn assigned(bytes: &[u8]) -> Vec<TopicPartition> {
    let topics = decode_assignment(bytes).unwrap_or_default();
    let mut partitions: Vec<_> = topics
        .into_iter()
        .flat_map(|(topic, partitions)| {
            let topic: Arc<str> = topic.into();
            partitions.into_iter().map(move |partition| TopicPartition::new(topic.clone(), partition))
        })
        .collect();
    partitions.sort_unstable();
    partitions
}
