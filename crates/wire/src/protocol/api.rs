//! Which APIs does Kafka's protocol have, and from which version on are they flexible?

/// What is known about an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// Its number.
    pub key: i16,
    /// Its name.
    pub name: &'static str,
    /// The first version with compact lengths and tagged fields; one that never comes for an API without.
    pub flexible_from: i16,
}

macro_rules! apis {
    ($($constant:ident = $key:literal $name:ident $flexible_from:literal)*) => {
        /// The APIs by name.
        #[allow(missing_docs)]
        impl Api {
            $(pub const $constant: Api =
                Api { key: $key, name: stringify!($name), flexible_from: $flexible_from };)*

            /// All APIs that have messages here, by number.
            pub const ALL: &'static [Api] = &[$(Api::$constant),*];
        }
    };
}

apis! {
    PRODUCE = 0 Produce 9
    FETCH = 1 Fetch 12
    LIST_OFFSETS = 2 ListOffsets 6
    METADATA = 3 Metadata 9
    OFFSET_COMMIT = 8 OffsetCommit 8
    OFFSET_FETCH = 9 OffsetFetch 6
    FIND_COORDINATOR = 10 FindCoordinator 3
    JOIN_GROUP = 11 JoinGroup 6
    HEARTBEAT = 12 Heartbeat 4
    LEAVE_GROUP = 13 LeaveGroup 4
    SYNC_GROUP = 14 SyncGroup 4
    DESCRIBE_GROUPS = 15 DescribeGroups 5
    LIST_GROUPS = 16 ListGroups 3
    SASL_HANDSHAKE = 17 SaslHandshake 32_767
    API_VERSIONS = 18 ApiVersions 3
    CREATE_TOPICS = 19 CreateTopics 5
    DELETE_TOPICS = 20 DeleteTopics 4
    DELETE_RECORDS = 21 DeleteRecords 2
    INIT_PRODUCER_ID = 22 InitProducerId 2
    OFFSET_FOR_LEADER_EPOCH = 23 OffsetForLeaderEpoch 4
    ADD_PARTITIONS_TO_TXN = 24 AddPartitionsToTxn 3
    ADD_OFFSETS_TO_TXN = 25 AddOffsetsToTxn 3
    END_TXN = 26 EndTxn 3
    TXN_OFFSET_COMMIT = 28 TxnOffsetCommit 3
    DESCRIBE_ACLS = 29 DescribeAcls 2
    CREATE_ACLS = 30 CreateAcls 2
    DELETE_ACLS = 31 DeleteAcls 2
    DESCRIBE_CONFIGS = 32 DescribeConfigs 4
    ALTER_CONFIGS = 33 AlterConfigs 2
    ALTER_REPLICA_LOG_DIRS = 34 AlterReplicaLogDirs 2
    DESCRIBE_LOG_DIRS = 35 DescribeLogDirs 2
    SASL_AUTHENTICATE = 36 SaslAuthenticate 2
    CREATE_PARTITIONS = 37 CreatePartitions 2
    DELETE_GROUPS = 42 DeleteGroups 2
    ELECT_LEADERS = 43 ElectLeaders 2
    INCREMENTAL_ALTER_CONFIGS = 44 IncrementalAlterConfigs 1
    ALTER_PARTITION_REASSIGNMENTS = 45 AlterPartitionReassignments 0
    LIST_PARTITION_REASSIGNMENTS = 46 ListPartitionReassignments 0
    OFFSET_DELETE = 47 OffsetDelete 32767
    DESCRIBE_USER_SCRAM_CREDENTIALS = 50 DescribeUserScramCredentials 0
    ALTER_USER_SCRAM_CREDENTIALS = 51 AlterUserScramCredentials 0
    DESCRIBE_QUORUM = 55 DescribeQuorum 0
    DESCRIBE_CLUSTER = 60 DescribeCluster 0
    DESCRIBE_PRODUCERS = 61 DescribeProducers 0
    DESCRIBE_TRANSACTIONS = 65 DescribeTransactions 0
    LIST_TRANSACTIONS = 66 ListTransactions 0
    CONSUMER_GROUP_HEARTBEAT = 68 ConsumerGroupHeartbeat 0
    CONSUMER_GROUP_DESCRIBE = 69 ConsumerGroupDescribe 0
    LIST_CONFIG_RESOURCES = 74 ListConfigResources 0
    DESCRIBE_TOPIC_PARTITIONS = 75 DescribeTopicPartitions 0
}

impl Api {
    /// The API with this number.
    pub fn find(key: i16) -> Option<Api> {
        Api::ALL.iter().copied().find(|api| api.key == key)
    }

    /// Whether `version` has compact lengths and tagged fields.
    pub fn is_flexible(&self, version: i16) -> bool {
        version >= self.flexible_from
    }
}
