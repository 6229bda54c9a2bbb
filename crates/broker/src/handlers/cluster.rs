//! What is the cluster? This broker, which also keeps the cluster's own records.

use girok_wire::protocol::{
    ClusterBroker, DescribeClusterRequest, DescribeClusterResponse, DescribeQuorumRequest,
    DescribeQuorumResponse, ProtocolError, QuorumListener, QuorumNode, QuorumPartition, QuorumReplica,
    QuorumTopic, code,
};

use crate::session::{Answer, CLUSTER_ID, NODE_ID, Request};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;
/// The topic in which Kafka's controllers keep the cluster's records.
const METADATA_TOPIC: &str = "__cluster_metadata";
/// Everything that can be done to a cluster: create, alter, describe, cluster action, describe and alter
/// configs, idempotent write, create and describe tokens.
pub(super) const CLUSTER_OPERATIONS: i32 = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;

/// `DescribeCluster`.
pub(crate) fn describe_cluster(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeClusterRequest = request.take()?;
    let response = DescribeClusterResponse {
        endpoint_type: asked.endpoint_type,
        cluster_id: CLUSTER_ID.to_owned(),
        controller_id: NODE_ID,
        ..DescribeClusterResponse::default()
    };
    if asked.endpoint_type != BROKERS {
        let is_known = asked.endpoint_type == CONTROLLERS;
        let error_code =
            if is_known { code::MISMATCHED_ENDPOINT_TYPE } else { code::UNSUPPORTED_ENDPOINT_TYPE };
        return Ok(request.now(&DescribeClusterResponse { error_code, ..response }));
    }
    let (host, port) = request.session.advertised();
    let broker = ClusterBroker { broker_id: NODE_ID, host, port, ..ClusterBroker::default() };
    let operations = if asked.include_cluster_authorized_operations { CLUSTER_OPERATIONS } else { i32::MIN };
    Ok(request.now(&DescribeClusterResponse {
        brokers: vec![broker],
        cluster_authorized_operations: operations,
        ..response
    }))
}

/// `DescribeQuorum`: a quorum of one, whose records are the list of topics.
pub(crate) fn describe_quorum(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeQuorumRequest = request.take()?;
    let topics = asked.topics.into_iter().map(|topic| QuorumTopic {
        partitions: topic.partitions.iter().map(|of| quorum(&topic.topic_name, of.partition_index)).collect(),
        topic_name: topic.topic_name,
    });
    let topics = topics.collect();
    let (host, port) = request.session.advertised();
    let listener = QuorumListener { name: "CONTROLLER".to_owned(), host, port: port as i16 };
    let nodes = vec![QuorumNode { node_id: NODE_ID, listeners: vec![listener] }];
    Ok(request.now(&DescribeQuorumResponse { topics, nodes, ..DescribeQuorumResponse::default() }))
}

fn quorum(topic: &str, partition_index: i32) -> QuorumPartition {
    if topic != METADATA_TOPIC || partition_index != 0 {
        let error_code = code::UNKNOWN_TOPIC_OR_PARTITION;
        return QuorumPartition { partition_index, error_code, ..QuorumPartition::default() };
    }
    let voter = QuorumReplica { replica_id: NODE_ID, ..QuorumReplica::default() };
    QuorumPartition {
        partition_index,
        leader_id: NODE_ID,
        current_voters: vec![voter],
        ..QuorumPartition::default()
    }
}
