//! Topics made, grown, cut and deleted.

use super::super::message::messages;

messages! {
    /// Creates topics.
    CreateTopicsRequest {
        topics: Vec<CreatableTopic>,
        timeout_ms: i32,
        validate_only: bool [1..],
    }

    /// One topic to create; partitions or replication factor -1 for the broker's default.
    CreatableTopic {
        name: String,
        num_partitions: i32,
        replication_factor: i16,
        assignments: Vec<CreatableAssignment>,
        configs: Vec<CreatableConfig>,
    }

    /// Where one partition of a new topic shall lie.
    CreatableAssignment { partition_index: i32, broker_ids: Vec<i32> }

    /// One setting of a new topic.
    CreatableConfig { name: String, value: Option<String> }

    /// Says which topics were created.
    CreateTopicsResponse { throttle_time_ms: i32 [2..], topics: Vec<CreatedTopic> }

    /// One topic that was to be created.
    CreatedTopic {
        name: String,
        topic_id: u128 [7..],
        error_code: i16,
        error_message: Option<String> [1..],
        num_partitions: i32 [5..] = -1,
        replication_factor: i16 [5..] = -1,
        configs: Option<Vec<CreatedConfig>> [5..],
    }

    /// One setting of a topic that was created.
    CreatedConfig {
        name: String,
        value: Option<String>,
        read_only: bool,
        config_source: i8 = -1,
        is_sensitive: bool,
    }

    /// Deletes topics.
    DeleteTopicsRequest {
        topics: Vec<DeletableTopic> [6..],
        topic_names: Vec<String> [..=5],
        timeout_ms: i32,
    }

    /// One topic to delete, by name or by id.
    DeletableTopic { name: Option<String>, topic_id: u128 }

    /// Says which topics were deleted.
    DeleteTopicsResponse { throttle_time_ms: i32 [1..], responses: Vec<DeletedTopic> }

    /// One topic that was to be deleted.
    DeletedTopic {
        name: Option<String>,
        topic_id: u128 [6..],
        error_code: i16,
        error_message: Option<String> [5..],
    }

    /// Gives topics more partitions.
    CreatePartitionsRequest {
        topics: Vec<GrowingTopic>,
        timeout_ms: i32,
        validate_only: bool,
    }

    /// One topic, and how many partitions it shall have.
    GrowingTopic { name: String, count: i32, assignments: Option<Vec<GrowingAssignment>> }

    /// Where one of the new partitions shall lie.
    GrowingAssignment { broker_ids: Vec<i32> }

    /// Says which topics have grown.
    CreatePartitionsResponse { throttle_time_ms: i32, results: Vec<GrownTopic> }

    /// One topic that was to grow.
    GrownTopic { name: String, error_code: i16, error_message: Option<String> }

    /// Deletes the records below an offset.
    DeleteRecordsRequest { topics: Vec<DeleteRecordsTopic>, timeout_ms: i32 }

    /// One topic's partitions.
    DeleteRecordsTopic { name: String, partitions: Vec<DeleteRecordsPartition> }

    /// One partition, and the first offset to keep; -1 for none.
    DeleteRecordsPartition { partition_index: i32, offset: i64 }

    /// Says where the partitions begin now.
    DeleteRecordsResponse { throttle_time_ms: i32, topics: Vec<DeletedRecordsTopic> }

    /// One topic's partitions.
    DeletedRecordsTopic { name: String, partitions: Vec<DeletedRecordsPartition> }

    /// Where one partition begins now.
    DeletedRecordsPartition { partition_index: i32, low_watermark: i64 = -1, error_code: i16 }

    /// Asks about topics, some partitions at a time.
    DescribeTopicPartitionsRequest {
        topics: Vec<DescribeTopicPartitionsTopic>,
        response_partition_limit: i32 = 2000,
        cursor: Option<TopicPartitionCursor>,
    }

    /// One topic.
    DescribeTopicPartitionsTopic { name: String }

    /// Where to go on.
    TopicPartitionCursor { topic_name: String, partition_index: i32 }

    /// Describes topics.
    DescribeTopicPartitionsResponse {
        throttle_time_ms: i32,
        topics: Vec<DescribedTopic>,
        next_cursor: Option<TopicPartitionCursor>,
    }

    /// One topic.
    DescribedTopic {
        error_code: i16,
        name: Option<String>,
        topic_id: u128,
        is_internal: bool,
        partitions: Vec<DescribedPartition>,
        topic_authorized_operations: i32 = i32::MIN,
    }

    /// One partition.
    DescribedPartition {
        error_code: i16,
        partition_index: i32,
        leader_id: i32,
        leader_epoch: i32 = -1,
        replica_nodes: Vec<i32>,
        isr_nodes: Vec<i32>,
        eligible_leader_replicas: Option<Vec<i32>>,
        last_known_elr: Option<Vec<i32>>,
        offline_replicas: Vec<i32>,
    }
}

super::super::message::nullable!(TopicPartitionCursor);
