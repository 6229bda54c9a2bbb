//! What does the broker serve, and where are topics?

use super::super::message::messages;

messages! {
    /// Asks what the broker serves.
    ApiVersionsRequest { client_software_name: String [3..], client_software_version: String [3..] }

    /// One API with its versions.
    ApiVersion { api_key: i16, min_version: i16, max_version: i16 }

    /// Asks about topics; none for all.
    MetadataRequest {
        topics: Option<Vec<MetadataRequestTopic>>,
        allow_auto_topic_creation: bool [4..] = true,
        include_cluster_authorized_operations: bool [8..=10],
        include_topic_authorized_operations: bool [8..],
    }

    /// One topic, by name or by id.
    MetadataRequestTopic { topic_id: u128 [10..], name: Option<String> }

    /// Says where topics are.
    MetadataResponse {
        throttle_time_ms: i32 [3..],
        brokers: Vec<MetadataBroker>,
        cluster_id: Option<String> [2..],
        controller_id: i32 [1..] = -1,
        topics: Vec<MetadataTopic>,
        cluster_authorized_operations: i32 [8..=10] = i32::MIN,
    }

    /// One broker.
    MetadataBroker { node_id: i32, host: String, port: i32, rack: Option<String> [1..] }

    /// One topic.
    MetadataTopic {
        error_code: i16,
        name: Option<String>,
        topic_id: u128 [10..],
        is_internal: bool [1..],
        partitions: Vec<MetadataPartition>,
        topic_authorized_operations: i32 [8..] = i32::MIN,
    }

    /// One partition.
    MetadataPartition {
        error_code: i16,
        partition_index: i32,
        leader_id: i32,
        leader_epoch: i32 [7..] = -1,
        replica_nodes: Vec<i32>,
        isr_nodes: Vec<i32>,
        offline_replicas: Vec<i32> [5..],
    }
}
