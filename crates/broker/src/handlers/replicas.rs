//! Leaders and replicas: every partition has one replica, and it leads. So there is nothing to elect and nothing
//! to move, and tools hear so in Kafka's words.

use girok_commitlog::CommitLog;
use girok_wire::protocol::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ElectLeadersRequest,
    ElectLeadersResponse, ElectedPartition, ElectedTopic, ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse, ProtocolError, ReassignablePartition, ReassignedPartition,
    ReassignedTopic, code,
};

use super::dirs::has;
use crate::session::{Answer, NODE_ID, Request};

/// `ElectLeaders`. Asked for all partitions, those whose leader is right are left out.
pub(crate) fn elect_leaders(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: ElectLeadersRequest = request.take()?;
    let log = request.log();
    let topics = asked.topic_partitions.unwrap_or_default().into_iter().map(|of| ElectedTopic {
        partition_result: of.partitions.iter().map(|index| elect(log, &of.topic, *index)).collect(),
        topic: of.topic,
    });
    let replica_election_results = topics.collect();
    Ok(request.now(&ElectLeadersResponse { replica_election_results, ..ElectLeadersResponse::default() }))
}

fn elect(log: &CommitLog, topic: &str, partition_id: i32) -> ElectedPartition {
    let (error_code, message) = if has(log, topic, partition_id) {
        (code::ELECTION_NOT_NEEDED, "the partition has one replica, and it leads")
    } else {
        (code::UNKNOWN_TOPIC_OR_PARTITION, "there is no such partition")
    };
    ElectedPartition { partition_id, error_code, error_message: Some(message.to_owned()) }
}

/// `AlterPartitionReassignments`: to this broker alone is where every partition lies already.
pub(crate) fn alter_partition_reassignments(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: AlterPartitionReassignmentsRequest = request.take()?;
    let log = request.log();
    let responses = asked.topics.into_iter().map(|topic| ReassignedTopic {
        partitions: topic.partitions.iter().map(|of| reassign(log, &topic.name, of)).collect(),
        name: topic.name,
    });
    let responses = responses.collect();
    let response = AlterPartitionReassignmentsResponse { responses, ..Default::default() };
    Ok(request.now(&response))
}

fn reassign(log: &CommitLog, topic: &str, of: &ReassignablePartition) -> ReassignedPartition {
    let refused = |error_code, message: &str| ReassignedPartition {
        partition_index: of.partition_index,
        error_code,
        error_message: Some(message.to_owned()),
    };
    if !has(log, topic, of.partition_index) {
        return refused(code::UNKNOWN_TOPIC_OR_PARTITION, "there is no such partition");
    }
    match of.replicas.as_deref() {
        None => refused(code::NO_REASSIGNMENT_IN_PROGRESS, "the partition is not being moved"),
        Some([NODE_ID]) => {
            ReassignedPartition { partition_index: of.partition_index, ..ReassignedPartition::default() }
        }
        Some(_) => refused(code::INVALID_REPLICA_ASSIGNMENT, "there is one broker"),
    }
}

/// `ListPartitionReassignments`: none.
pub(crate) fn list_partition_reassignments(mut request: Request) -> Result<Answer, ProtocolError> {
    let _: ListPartitionReassignmentsRequest = request.take()?;
    Ok(request.now(&ListPartitionReassignmentsResponse::default()))
}
