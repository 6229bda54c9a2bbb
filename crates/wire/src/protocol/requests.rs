//! Which body does a request of each API have? The table for whoever must take any request: tests, fuzzing.

use bytes::Bytes;

use super::*;

macro_rules! requests {
    ($($api:ident $type:ident)*) => {
        /// Decodes any request frame, as a broker does; whether it is one.
        ///
        /// # Errors
        /// If the frame is no request that is known here.
        pub fn check_request(frame: Bytes) -> Result<(), ProtocolError> {
            let (header, body) = RequestHeader::decode(frame)?;
            check_body(header.api, header.api_version, body)
        }

        pub(crate) fn check_body(api: Api, version: i16, body: Bytes) -> Result<(), ProtocolError> {
            match api {
                $(Api::$api => decode::<$type>(api, version, body).map(drop),)*
                Api { key: api_key, .. } => Err(ProtocolError::UnknownApi { api_key }),
            }
        }

        /// A request frame of `api` whose fields have their defaults; nothing for one that has no request here.
        pub fn default_request(api: Api, api_version: i16) -> Option<Bytes> {
            let header = RequestHeader { api, api_version, correlation_id: 1, client_id: Some("client".to_owned()) };
            let pieces = match api {
                $(Api::$api => header.encode(&$type::default()),)*
                _ => return None,
            };
            Some(pieces.concat().into())
        }
    };
}

requests! {
    PRODUCE ProduceRequest
    FETCH FetchRequest
    LIST_OFFSETS ListOffsetsRequest
    METADATA MetadataRequest
    OFFSET_COMMIT OffsetCommitRequest
    OFFSET_FETCH OffsetFetchRequest
    FIND_COORDINATOR FindCoordinatorRequest
    JOIN_GROUP JoinGroupRequest
    HEARTBEAT HeartbeatRequest
    LEAVE_GROUP LeaveGroupRequest
    SYNC_GROUP SyncGroupRequest
    DESCRIBE_GROUPS DescribeGroupsRequest
    LIST_GROUPS ListGroupsRequest
    SASL_HANDSHAKE SaslHandshakeRequest
    API_VERSIONS ApiVersionsRequest
    CREATE_TOPICS CreateTopicsRequest
    DELETE_TOPICS DeleteTopicsRequest
    DELETE_RECORDS DeleteRecordsRequest
    INIT_PRODUCER_ID InitProducerIdRequest
    OFFSET_FOR_LEADER_EPOCH OffsetForLeaderEpochRequest
    ADD_PARTITIONS_TO_TXN AddPartitionsToTxnRequest
    ADD_OFFSETS_TO_TXN AddOffsetsToTxnRequest
    END_TXN EndTxnRequest
    TXN_OFFSET_COMMIT TxnOffsetCommitRequest
    DESCRIBE_ACLS DescribeAclsRequest
    CREATE_ACLS CreateAclsRequest
    DELETE_ACLS DeleteAclsRequest
    DESCRIBE_CONFIGS DescribeConfigsRequest
    ALTER_CONFIGS AlterConfigsRequest
    ALTER_REPLICA_LOG_DIRS AlterReplicaLogDirsRequest
    DESCRIBE_LOG_DIRS DescribeLogDirsRequest
    SASL_AUTHENTICATE SaslAuthenticateRequest
    CREATE_PARTITIONS CreatePartitionsRequest
    DELETE_GROUPS DeleteGroupsRequest
    ELECT_LEADERS ElectLeadersRequest
    INCREMENTAL_ALTER_CONFIGS IncrementalAlterConfigsRequest
    ALTER_PARTITION_REASSIGNMENTS AlterPartitionReassignmentsRequest
    LIST_PARTITION_REASSIGNMENTS ListPartitionReassignmentsRequest
    OFFSET_DELETE OffsetDeleteRequest
    DESCRIBE_USER_SCRAM_CREDENTIALS DescribeUserScramCredentialsRequest
    ALTER_USER_SCRAM_CREDENTIALS AlterUserScramCredentialsRequest
    DESCRIBE_QUORUM DescribeQuorumRequest
    DESCRIBE_CLUSTER DescribeClusterRequest
    DESCRIBE_PRODUCERS DescribeProducersRequest
    DESCRIBE_TRANSACTIONS DescribeTransactionsRequest
    LIST_TRANSACTIONS ListTransactionsRequest
    CONSUMER_GROUP_HEARTBEAT ConsumerGroupHeartbeatRequest
    CONSUMER_GROUP_DESCRIBE ConsumerGroupDescribeRequest
    LIST_CONFIG_RESOURCES ListConfigResourcesRequest
    DESCRIBE_TOPIC_PARTITIONS DescribeTopicPartitionsRequest
}
