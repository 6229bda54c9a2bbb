//! Which offsets does a partition have, and which has a group committed?

use super::super::message::messages;

messages! {
    /// Asks for offsets by time.
    ListOffsetsRequest {
        replica_id: i32,
        isolation_level: i8 [2..],
        topics: Vec<ListOffsetsTopic>,
    }

    /// What is asked of one topic.
    ListOffsetsTopic { name: String, partitions: Vec<ListOffsetsPartition> }

    /// What is asked of one partition: -1 the end, -2 the beginning, -3 the newest record, else a time.
    ListOffsetsPartition { partition_index: i32, current_leader_epoch: i32 [4..] = -1, timestamp: i64 }

    /// Gives offsets.
    ListOffsetsResponse { throttle_time_ms: i32 [2..], topics: Vec<ListOffsetsTopicResponse> }

    /// One topic's offsets.
    ListOffsetsTopicResponse { name: String, partitions: Vec<ListOffsetsPartitionResponse> }

    /// One partition's offset.
    ListOffsetsPartitionResponse {
        partition_index: i32,
        error_code: i16,
        timestamp: i64 = -1,
        offset: i64 = -1,
        leader_epoch: i32 [4..] = -1,
    }

    /// Asks where leader epochs ended.
    OffsetForLeaderEpochRequest { replica_id: i32 [3..] = -2, topics: Vec<EpochTopic> }

    /// What is asked of one topic.
    EpochTopic { topic: String, partitions: Vec<EpochPartition> }

    /// What is asked of one partition.
    EpochPartition { partition: i32, current_leader_epoch: i32 [2..] = -1, leader_epoch: i32 }

    /// Says where leader epochs ended.
    OffsetForLeaderEpochResponse { throttle_time_ms: i32 [2..], topics: Vec<EpochTopicResponse> }

    /// One topic's epochs.
    EpochTopicResponse { topic: String, partitions: Vec<EpochPartitionResponse> }

    /// One partition's epoch.
    EpochPartitionResponse {
        error_code: i16,
        partition: i32,
        leader_epoch: i32 [1..] = -1,
        end_offset: i64 = -1,
    }

    /// Commits offsets of a group.
    OffsetCommitRequest {
        group_id: String,
        generation_id: i32 [1..] = -1,
        member_id: String [1..],
        group_instance_id: Option<String> [7..],
        retention_time_ms: i64 [2..=4] = -1,
        topics: Vec<OffsetCommitTopic>,
    }

    /// Offsets of one topic.
    OffsetCommitTopic { name: String, partitions: Vec<OffsetCommitPartition> }

    /// The offset of one partition.
    OffsetCommitPartition {
        partition_index: i32,
        committed_offset: i64,
        committed_leader_epoch: i32 [6..] = -1,
        committed_metadata: Option<String>,
    }

    /// Says which offsets were committed.
    OffsetCommitResponse { throttle_time_ms: i32 [3..], topics: Vec<PartitionErrors> }

    /// Error codes of a topic's partitions.
    PartitionErrors { name: String, partitions: Vec<PartitionError> }

    /// Error code of one partition.
    PartitionError { partition_index: i32, error_code: i16 }

    /// Asks for committed offsets; no topics for all.
    OffsetFetchRequest {
        group_id: String [..=7],
        topics: Option<Vec<OffsetFetchTopic>> [..=7],
        groups: Vec<OffsetFetchGroup> [8..],
        require_stable: bool [7..],
    }

    /// Partitions of one topic.
    OffsetFetchTopic { name: String, partition_indexes: Vec<i32> }

    /// One group of several.
    OffsetFetchGroup {
        group_id: String,
        member_id: Option<String> [9..],
        member_epoch: i32 [9..] = -1,
        topics: Option<Vec<OffsetFetchTopic>>,
    }

    /// Gives committed offsets.
    OffsetFetchResponse {
        throttle_time_ms: i32 [3..],
        topics: Vec<OffsetFetchTopicResponse> [..=7],
        error_code: i16 [2..=7],
        groups: Vec<OffsetFetchGroupResponse> [8..],
    }

    /// One topic's offsets.
    OffsetFetchTopicResponse { name: String, partitions: Vec<OffsetFetchPartitionResponse> }

    /// One partition's offset, -1 for none.
    OffsetFetchPartitionResponse {
        partition_index: i32,
        committed_offset: i64 = -1,
        committed_leader_epoch: i32 [5..] = -1,
        metadata: Option<String>,
        error_code: i16,
    }

    /// One group's offsets.
    OffsetFetchGroupResponse {
        group_id: String,
        topics: Vec<OffsetFetchTopicResponse>,
        error_code: i16,
    }

    /// Takes back what a group has committed.
    OffsetDeleteRequest { group_id: String, topics: Vec<OffsetDeleteTopic> }

    /// One topic.
    OffsetDeleteTopic { name: String, partitions: Vec<OffsetDeletePartition> }

    /// One partition.
    OffsetDeletePartition { partition_index: i32 }

    /// Says what was taken back.
    OffsetDeleteResponse {
        error_code: i16,
        throttle_time_ms: i32,
        topics: Vec<OffsetDeletedTopic>,
    }

    /// One topic.
    OffsetDeletedTopic { name: String, partitions: Vec<OffsetDeletedPartition> }

    /// One partition.
    OffsetDeletedPartition { partition_index: i32, error_code: i16 }
}
