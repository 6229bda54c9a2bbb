//! What does the broker speak?

use girok_wire::protocol::{
    Api, ApiVersion, ApiVersionsRequest, ApiVersionsResponse, Feature, Features, ProtocolError,
    RequestHeader, code,
};

use crate::served;
use crate::session::{Answer, Request};

/// Groups of the consumer protocol are served.
const GROUP_VERSION: Feature = Feature { name: "group.version", level_max: 1, level: 1 };

/// `ApiVersions`: the table.
pub(crate) fn api_versions(mut request: Request) -> Result<Answer, ProtocolError> {
    let _: ApiVersionsRequest = request.take()?;
    let all = served::served().iter();
    let api_keys =
        all.map(|api| ApiVersion { api_key: api.api.key, min_version: api.min, max_version: api.max });
    let features = Features(vec![GROUP_VERSION]);
    let response =
        ApiVersionsResponse { api_keys: api_keys.collect(), features, ..ApiVersionsResponse::default() };
    Ok(request.now(&response))
}

/// The answer to a version that is not served: a client that asked for a newer `ApiVersions` learns, in
/// version 0, which ones are. For other APIs there is none.
pub(crate) fn unsupported(request: &Request) -> Option<Answer> {
    if request.header.api != Api::API_VERSIONS {
        return None;
    }
    let own = served::served().iter().find(|served| served.api == Api::API_VERSIONS)?;
    let own = ApiVersion { api_key: own.api.key, min_version: own.min, max_version: own.max };
    let response = ApiVersionsResponse {
        error_code: code::UNSUPPORTED_VERSION,
        api_keys: vec![own],
        ..ApiVersionsResponse::default()
    };
    let header = RequestHeader { api_version: 0, ..request.header.clone() };
    Some(Answer::Now(header.answer(&response)))
}
