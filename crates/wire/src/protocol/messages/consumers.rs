//! Groups whose partitions the broker shares out (KIP-848): a sign of life that says everything.

use super::super::message::{messages, nullable};

messages! {
    /// Joins, lives, changes or leaves: `member_epoch` 0 joins, -1 leaves, -2 leaves for a short while.
    ConsumerGroupHeartbeatRequest {
        group_id: String,
        member_id: String,
        member_epoch: i32,
        instance_id: Option<String>,
        rack_id: Option<String>,
        rebalance_timeout_ms: i32 = -1,
        subscribed_topic_names: Option<Vec<String>>,
        subscribed_topic_regex: Option<String> [1..],
        server_assignor: Option<String>,
        topic_partitions: Option<Vec<TopicIdPartitions>>,
    }

    /// Partitions of one topic, by id.
    TopicIdPartitions { topic_id: u128, partitions: Vec<i32> }

    /// Says what the member is to work on; no assignment if it has not changed.
    ConsumerGroupHeartbeatResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        member_id: Option<String>,
        member_epoch: i32,
        heartbeat_interval_ms: i32,
        assignment: Option<ConsumerAssignment>,
    }

    /// A member's partitions.
    ConsumerAssignment { topic_partitions: Vec<TopicIdPartitions> }

    /// Asks about groups.
    ConsumerGroupDescribeRequest { group_ids: Vec<String>, include_authorized_operations: bool }

    /// Describes groups.
    ConsumerGroupDescribeResponse { throttle_time_ms: i32, groups: Vec<DescribedConsumerGroup> }

    /// One group.
    DescribedConsumerGroup {
        error_code: i16,
        error_message: Option<String>,
        group_id: String,
        group_state: String,
        group_epoch: i32,
        assignment_epoch: i32,
        assignor_name: String,
        members: Vec<DescribedConsumer>,
        authorized_operations: i32 = i32::MIN,
    }

    /// One member.
    DescribedConsumer {
        member_id: String,
        instance_id: Option<String>,
        rack_id: Option<String>,
        member_epoch: i32,
        client_id: String,
        client_host: String,
        subscribed_topic_names: Vec<String>,
        subscribed_topic_regex: Option<String>,
        assignment: DescribedAssignment,
        target_assignment: DescribedAssignment,
        member_type: i8 [1..] = 1,
    }

    /// A member's partitions, with the topics' names.
    DescribedAssignment { topic_partitions: Vec<DescribedTopicPartitions> }

    /// Partitions of one topic.
    DescribedTopicPartitions { topic_id: u128, topic_name: String, partitions: Vec<i32> }
}

nullable!(ConsumerAssignment);
