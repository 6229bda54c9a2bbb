//! Which APIs are served, in which versions, and by whom? The one table; `ApiVersions` answers with it and
//! `docs/kafka.md` shows it.

use girok_wire::protocol::{Api, ProtocolError};

use crate::handlers::{commits, data, groups, metadata, offsets, producers, versions};
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
    serve(Api::API_VERSIONS, 0, 4, versions::api_versions),
    serve(Api::INIT_PRODUCER_ID, 0, 4, producers::init_producer_id),
    serve(Api::OFFSET_FOR_LEADER_EPOCH, 2, 4, offsets::offset_for_leader_epoch),
    serve(Api::DELETE_GROUPS, 0, 2, groups::delete_groups),
];

/// All APIs that are served, by number.
pub fn served() -> &'static [Served] {
    SERVED
}

/// The API, if it is served in this version.
pub(crate) fn find(api: Api, version: i16) -> Option<&'static Served> {
    SERVED.iter().find(|served| served.api == api && (served.min..=served.max).contains(&version))
}
