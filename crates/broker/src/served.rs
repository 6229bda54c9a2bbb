//! Which APIs are served, in which versions, and by whom? The one table; `ApiVersions` answers with it and
//! `docs/kafka.md` shows it.

use girok_wire::protocol::{Api, ProtocolError};

use crate::handlers::{
    acls, alter_configs, cluster, commits, configs, consumers, credentials, data, describe_topics, dirs,
    forget, groups, login, metadata, offsets, producers, records, replicas, topics, transactions, versions,
};
use crate::session::{Answer, Request};

type Handler = fn(Request) -> Result<Answer, ProtocolError>;

/// One API that is served.
#[derive(Debug, Clone, Copy)]
pub struct Served {
    /// Which one.
    pub api: Api,
    /// The first version.
    pub min: i16,
    /// The last version.
    pub max: i16,
    pub(crate) handle: Handler,
}

const fn serve(api: Api, min: i16, max: i16, handle: Handler) -> Served {
    Served { api, min, max, handle }
}

static SERVED: &[Served] = &[
    // Versions 0 to 2 are refused; but librdkafka before 2.11 takes the codecs for missing without them.
    serve(Api::PRODUCE, 0, 11, data::produce),
    serve(Api::FETCH, 4, 12, data::fetch),
    serve(Api::LIST_OFFSETS, 1, 8, offsets::list_offsets),
    serve(Api::METADATA, 0, 12, metadata::metadata),
    serve(Api::OFFSET_COMMIT, 2, 9, commits::offset_commit),
    serve(Api::OFFSET_FETCH, 1, 9, commits::offset_fetch),
    serve(Api::FIND_COORDINATOR, 0, 6, groups::find_coordinator),
    serve(Api::JOIN_GROUP, 0, 9, groups::join_group),
    serve(Api::HEARTBEAT, 0, 4, groups::heartbeat),
    serve(Api::LEAVE_GROUP, 0, 5, groups::leave_group),
    serve(Api::SYNC_GROUP, 0, 5, groups::sync_group),
    serve(Api::DESCRIBE_GROUPS, 0, 6, groups::describe_groups),
    serve(Api::LIST_GROUPS, 0, 5, groups::list_groups),
    serve(Api::SASL_HANDSHAKE, 0, 1, login::sasl_handshake),
    serve(Api::API_VERSIONS, 0, 4, versions::api_versions),
    serve(Api::CREATE_TOPICS, 2, 7, topics::create_topics),
    serve(Api::DELETE_TOPICS, 1, 6, topics::delete_topics),
    serve(Api::DELETE_RECORDS, 0, 2, records::delete_records),
    serve(Api::INIT_PRODUCER_ID, 0, 4, producers::init_producer_id),
    serve(Api::OFFSET_FOR_LEADER_EPOCH, 2, 4, offsets::offset_for_leader_epoch),
    serve(Api::ADD_PARTITIONS_TO_TXN, 0, 3, transactions::add_partitions),
    serve(Api::ADD_OFFSETS_TO_TXN, 0, 4, transactions::add_offsets),
    serve(Api::END_TXN, 0, 4, transactions::end),
    serve(Api::TXN_OFFSET_COMMIT, 0, 4, commits::txn_offset_commit),
    serve(Api::DESCRIBE_ACLS, 1, 3, acls::describe_acls),
    serve(Api::CREATE_ACLS, 1, 3, acls::create_acls),
    serve(Api::DELETE_ACLS, 1, 3, acls::delete_acls),
    serve(Api::DESCRIBE_CONFIGS, 1, 4, configs::describe_configs),
    serve(Api::ALTER_CONFIGS, 0, 2, alter_configs::alter_configs),
    serve(Api::ALTER_REPLICA_LOG_DIRS, 1, 2, dirs::alter_replica_log_dirs),
    serve(Api::DESCRIBE_LOG_DIRS, 1, 5, dirs::describe_log_dirs),
    serve(Api::SASL_AUTHENTICATE, 0, 2, login::sasl_authenticate),
    serve(Api::CREATE_PARTITIONS, 0, 3, topics::create_partitions),
    serve(Api::DELETE_GROUPS, 0, 2, groups::delete_groups),
    serve(Api::ELECT_LEADERS, 0, 2, replicas::elect_leaders),
    serve(Api::INCREMENTAL_ALTER_CONFIGS, 0, 1, alter_configs::incremental_alter_configs),
    serve(Api::ALTER_PARTITION_REASSIGNMENTS, 0, 0, replicas::alter_partition_reassignments),
    serve(Api::LIST_PARTITION_REASSIGNMENTS, 0, 0, replicas::list_partition_reassignments),
    serve(Api::OFFSET_DELETE, 0, 0, forget::offset_delete),
    serve(Api::DESCRIBE_USER_SCRAM_CREDENTIALS, 0, 0, credentials::describe),
    serve(Api::ALTER_USER_SCRAM_CREDENTIALS, 0, 0, credentials::alter),
    serve(Api::DESCRIBE_QUORUM, 0, 2, cluster::describe_quorum),
    serve(Api::DESCRIBE_CLUSTER, 0, 2, cluster::describe_cluster),
    serve(Api::DESCRIBE_PRODUCERS, 0, 0, producers::describe_producers),
    serve(Api::DESCRIBE_TRANSACTIONS, 0, 0, transactions::describe),
    serve(Api::LIST_TRANSACTIONS, 0, 1, transactions::list),
    serve(Api::CONSUMER_GROUP_HEARTBEAT, 0, 1, consumers::heartbeat),
    serve(Api::CONSUMER_GROUP_DESCRIBE, 0, 1, consumers::describe),
    serve(Api::LIST_CONFIG_RESOURCES, 0, 1, configs::list_config_resources),
    serve(Api::DESCRIBE_TOPIC_PARTITIONS, 0, 0, describe_topics::describe_topic_partitions),
];

/// All APIs that are served, by number.
pub fn served() -> &'static [Served] {
    SERVED
}

/// The API, if it is served in this version.
pub(crate) fn find(api: Api, version: i16) -> Option<&'static Served> {
    SERVED.iter().find(|served| served.api == api && (served.min..=served.max).contains(&version))
}
