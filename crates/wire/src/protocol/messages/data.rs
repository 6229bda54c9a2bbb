//! Records in and records out.

use bytes::Bytes;

use super::super::message::{Records, messages};

messages! {
    /// Brings record batches.
    ProduceRequest {
        transactional_id: Option<String> [3..],
        acks: i16,
        timeout_ms: i32,
        topics: Vec<ProduceTopic>,
    }

    /// Batches of one topic.
    ProduceTopic { name: String, partitions: Vec<ProducePartition> }

    /// Batches of one partition.
    ProducePartition { index: i32, records: Option<Bytes> }

    /// Says which offsets batches were given.
    ProduceResponse { topics: Vec<ProduceTopicResponse>, throttle_time_ms: i32 [1..] }

    /// One topic's answers.
    ProduceTopicResponse { name: String, partitions: Vec<ProducePartitionResponse> }

    /// One partition's answer.
    ProducePartitionResponse {
        index: i32,
        error_code: i16,
        base_offset: i64 = -1,
        log_append_time_ms: i64 [2..] = -1,
        log_start_offset: i64 [5..] = -1,
        record_errors: Vec<RecordError> [8..],
        error_message: Option<String> [8..],
    }

    /// Why one record was refused.
    RecordError { batch_index: i32, message: Option<String> }

    /// Asks for record batches.
    FetchRequest {
        replica_id: i32,
        max_wait_ms: i32,
        min_bytes: i32,
        max_bytes: i32 [3..] = i32::MAX,
        isolation_level: i8 [4..],
        session_id: i32 [7..],
        session_epoch: i32 [7..] = -1,
        topics: Vec<FetchTopic>,
        forgotten_topics: Vec<ForgottenTopic> [7..],
        rack_id: String [11..],
    }

    /// What is asked of one topic.
    FetchTopic { topic: String, partitions: Vec<FetchPartition> }

    /// What is asked of one partition.
    FetchPartition {
        partition: i32,
        current_leader_epoch: i32 [9..] = -1,
        fetch_offset: i64,
        last_fetched_epoch: i32 [12..] = -1,
        log_start_offset: i64 [5..] = -1,
        partition_max_bytes: i32,
    }

    /// What leaves a fetch session.
    ForgottenTopic { topic: String, partitions: Vec<i32> }

    /// Brings record batches.
    FetchResponse {
        throttle_time_ms: i32 [1..],
        error_code: i16 [7..],
        session_id: i32 [7..],
        topics: Vec<FetchTopicResponse>,
    }

    /// One topic's batches.
    FetchTopicResponse { topic: String, partitions: Vec<FetchPartitionResponse> }

    /// One partition's batches.
    FetchPartitionResponse {
        partition_index: i32,
        error_code: i16,
        high_watermark: i64 = -1,
        last_stable_offset: i64 [4..] = -1,
        log_start_offset: i64 [5..] = -1,
        aborted_transactions: Option<Vec<AbortedTransaction>> [4..],
        preferred_read_replica: i32 [11..] = -1,
        records: Records,
    }

    /// A transaction whose records a reader passes over.
    AbortedTransaction { producer_id: i64, first_offset: i64 }

    /// Asks for a producer id.
    InitProducerIdRequest {
        transactional_id: Option<String>,
        transaction_timeout_ms: i32,
        producer_id: i64 [3..] = -1,
        producer_epoch: i16 [3..] = -1,
    }

    /// Gives a producer id.
    InitProducerIdResponse {
        throttle_time_ms: i32,
        error_code: i16,
        producer_id: i64 = -1,
        producer_epoch: i16 = -1,
    }
}
