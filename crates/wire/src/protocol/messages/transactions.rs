//! Which transactions are there, and what belongs to them?

use super::super::message::messages;
use super::offsets::PartitionErrors;

messages! {
    /// Takes partitions into a transaction.
    AddPartitionsToTxnRequest {
        transactional_id: String,
        producer_id: i64,
        producer_epoch: i16,
        topics: Vec<TxnTopic>,
    }

    /// Partitions of one topic.
    TxnTopic { name: String, partitions: Vec<i32> }

    /// Says which partitions were taken in.
    AddPartitionsToTxnResponse { throttle_time_ms: i32, topics: Vec<PartitionErrors> }

    /// Takes a group's offsets into a transaction.
    AddOffsetsToTxnRequest {
        transactional_id: String,
        producer_id: i64,
        producer_epoch: i16,
        group_id: String,
    }

    /// Says whether they were taken in.
    AddOffsetsToTxnResponse { throttle_time_ms: i32, error_code: i16 }

    /// Ends a transaction.
    EndTxnRequest { transactional_id: String, producer_id: i64, producer_epoch: i16, committed: bool }

    /// Says whether it ended.
    EndTxnResponse { throttle_time_ms: i32, error_code: i16 }

    /// Commits a group's offsets with a transaction.
    TxnOffsetCommitRequest {
        transactional_id: String,
        group_id: String,
        producer_id: i64,
        producer_epoch: i16,
        generation_id: i32 [3..] = -1,
        member_id: String [3..],
        group_instance_id: Option<String> [3..],
        topics: Vec<TxnOffsetTopic>,
    }

    /// Offsets of one topic.
    TxnOffsetTopic { name: String, partitions: Vec<TxnOffsetPartition> }

    /// The offset of one partition.
    TxnOffsetPartition {
        partition_index: i32,
        committed_offset: i64,
        committed_leader_epoch: i32 [2..] = -1,
        committed_metadata: Option<String>,
    }

    /// Says which offsets will be committed.
    TxnOffsetCommitResponse { throttle_time_ms: i32, topics: Vec<PartitionErrors> }

    /// Asks for the producers of partitions.
    DescribeProducersRequest { topics: Vec<TxnTopic> }

    /// Names the producers of partitions.
    DescribeProducersResponse { throttle_time_ms: i32, topics: Vec<ProducersOfTopic> }

    /// Producers of one topic.
    ProducersOfTopic { name: String, partitions: Vec<ProducersOfPartition> }

    /// Producers of one partition.
    ProducersOfPartition {
        partition_index: i32,
        error_code: i16,
        error_message: Option<String>,
        active_producers: Vec<ActiveProducer>,
    }

    /// One producer.
    ActiveProducer {
        producer_id: i64,
        producer_epoch: i32,
        last_sequence: i32 = -1,
        last_timestamp: i64 = -1,
        coordinator_epoch: i32,
        current_txn_start_offset: i64 = -1,
    }

    /// Asks about transactions.
    DescribeTransactionsRequest { transactional_ids: Vec<String> }

    /// Describes transactions.
    DescribeTransactionsResponse { throttle_time_ms: i32, transaction_states: Vec<DescribedTransaction> }

    /// One transaction.
    DescribedTransaction {
        error_code: i16,
        transactional_id: String,
        transaction_state: String,
        transaction_timeout_ms: i32,
        transaction_start_time_ms: i64,
        producer_id: i64,
        producer_epoch: i16,
        topics: Vec<TxnTopic>,
    }

    /// Asks which transactions there are.
    ListTransactionsRequest {
        state_filters: Vec<String>,
        producer_id_filters: Vec<i64>,
        duration_filter: i64 [1..] = -1,
    }

    /// Lists transactions.
    ListTransactionsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        unknown_state_filters: Vec<String>,
        transaction_states: Vec<ListedTransaction>,
    }

    /// One transaction.
    ListedTransaction { transactional_id: String, producer_id: i64, transaction_state: String }
}
