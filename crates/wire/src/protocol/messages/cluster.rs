//! The cluster, its disks and its replicas; what one broker alone has to say about them.

use super::super::message::messages;

messages! {
    /// Asks about the cluster.
    DescribeClusterRequest {
        include_cluster_authorized_operations: bool,
        endpoint_type: i8 [1..] = 1,
        include_fenced_brokers: bool [2..],
    }

    /// Describes the cluster.
    DescribeClusterResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        endpoint_type: i8 [1..] = 1,
        cluster_id: String,
        controller_id: i32 = -1,
        brokers: Vec<ClusterBroker>,
        cluster_authorized_operations: i32 = i32::MIN,
    }

    /// One broker.
    ClusterBroker {
        broker_id: i32,
        host: String,
        port: i32,
        rack: Option<String>,
        is_fenced: bool [2..],
    }

    /// Asks how much lies in which folder; none for all topics.
    DescribeLogDirsRequest { topics: Option<Vec<TopicPartitions>> }

    /// Some partitions of a topic.
    TopicPartitions { topic: String, partitions: Vec<i32> }

    /// Says how much lies in which folder.
    DescribeLogDirsResponse {
        throttle_time_ms: i32,
        error_code: i16 [3..],
        results: Vec<LogDir>,
    }

    /// One folder.
    LogDir {
        error_code: i16,
        log_dir: String,
        topics: Vec<LogDirTopic>,
        total_bytes: i64 [4..] = -1,
        usable_bytes: i64 [4..] = -1,
        is_cordoned: bool [5..],
    }

    /// One topic in it.
    LogDirTopic { name: String, partitions: Vec<LogDirPartition> }

    /// One partition in it.
    LogDirPartition {
        partition_index: i32,
        partition_size: i64,
        offset_lag: i64,
        is_future_key: bool,
    }

    /// Moves partitions to other folders.
    AlterReplicaLogDirsRequest { dirs: Vec<AlterLogDir> }

    /// One folder, and what shall lie in it.
    AlterLogDir { path: String, topics: Vec<TopicPartitions> }

    /// Says which partitions will move.
    AlterReplicaLogDirsResponse { throttle_time_ms: i32, results: Vec<AlteredLogDirTopic> }

    /// One topic.
    AlteredLogDirTopic { topic_name: String, partitions: Vec<PartitionResult> }

    /// What became of a partition.
    PartitionResult { partition_index: i32, error_code: i16 }

    /// Wants leaders elected; none for all partitions.
    ElectLeadersRequest {
        election_type: i8 [1..],
        topic_partitions: Option<Vec<TopicPartitions>>,
        timeout_ms: i32 = 60_000,
    }

    /// Says who leads.
    ElectLeadersResponse {
        throttle_time_ms: i32,
        error_code: i16 [1..],
        replica_election_results: Vec<ElectedTopic>,
    }

    /// One topic.
    ElectedTopic { topic: String, partition_result: Vec<ElectedPartition> }

    /// One partition.
    ElectedPartition { partition_id: i32, error_code: i16, error_message: Option<String> }

    /// Moves partitions to other brokers.
    AlterPartitionReassignmentsRequest {
        timeout_ms: i32 = 60_000,
        topics: Vec<ReassignableTopic>,
    }

    /// One topic.
    ReassignableTopic { name: String, partitions: Vec<ReassignablePartition> }

    /// One partition and its new replicas; none to break a move off.
    ReassignablePartition { partition_index: i32, replicas: Option<Vec<i32>> }

    /// Says which partitions will move.
    AlterPartitionReassignmentsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        responses: Vec<ReassignedTopic>,
    }

    /// One topic.
    ReassignedTopic { name: String, partitions: Vec<ReassignedPartition> }

    /// One partition.
    ReassignedPartition { partition_index: i32, error_code: i16, error_message: Option<String> }

    /// Asks which partitions are being moved; none for all.
    ListPartitionReassignmentsRequest { timeout_ms: i32 = 60_000, topics: Option<Vec<TopicPartitions>> }

    /// Says which partitions are being moved.
    ListPartitionReassignmentsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        topics: Vec<MovingTopic>,
    }

    /// One topic.
    MovingTopic { name: String, partitions: Vec<MovingPartition> }

    /// One partition.
    MovingPartition {
        partition_index: i32,
        replicas: Vec<i32>,
        adding_replicas: Vec<i32>,
        removing_replicas: Vec<i32>,
    }

    /// Asks who keeps the cluster's own records.
    DescribeQuorumRequest { topics: Vec<QuorumTopicRequest> }

    /// One topic.
    QuorumTopicRequest { topic_name: String, partitions: Vec<QuorumPartitionRequest> }

    /// One partition.
    QuorumPartitionRequest { partition_index: i32 }

    /// Says who keeps the cluster's own records.
    DescribeQuorumResponse {
        error_code: i16,
        error_message: Option<String> [2..],
        topics: Vec<QuorumTopic>,
        nodes: Vec<QuorumNode> [2..],
    }

    /// One topic.
    QuorumTopic { topic_name: String, partitions: Vec<QuorumPartition> }

    /// One partition.
    QuorumPartition {
        partition_index: i32,
        error_code: i16,
        error_message: Option<String> [2..],
        leader_id: i32 = -1,
        leader_epoch: i32,
        high_watermark: i64,
        current_voters: Vec<QuorumReplica>,
        observers: Vec<QuorumReplica>,
    }

    /// One that keeps it.
    QuorumReplica {
        replica_id: i32,
        replica_directory_id: u128 [2..],
        log_end_offset: i64,
        last_fetch_timestamp: i64 [1..] = -1,
        last_caught_up_timestamp: i64 [1..] = -1,
    }

    /// Where one that keeps it is found.
    QuorumNode { node_id: i32, listeners: Vec<QuorumListener> }

    /// One way to it; a port above 32767 is negative.
    QuorumListener { name: String, host: String, port: i16 }
}
