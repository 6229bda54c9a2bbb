//! The log for operators: `/api/v1/cluster`, `/api/v1/topics`, `/api/v1/groups`.
//!
//! The log may be across a network, so every call to it runs on a thread that may wait.

pub(crate) mod brokers;
pub(crate) mod groups;
pub(crate) mod throughput;
pub(crate) mod topics;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use girok_admin::{AdminError, Cluster, ErrorKind};
use serde::Serialize;

use crate::error::ApiError;
use crate::state::Api;

/// Asks or changes the log, and answers with what comes of it.
async fn answer<T: Serialize + Send + 'static>(
    api: &Api,
    status: StatusCode,
    work: impl FnOnce(&Cluster) -> Result<T, AdminError> + Send + 'static,
) -> Result<Response, ApiError> {
    Ok((status, Json(wait(api, work).await?)).into_response())
}

/// The same, for an answer that is not ready yet.
async fn wait<T: Send + 'static>(
    api: &Api,
    work: impl FnOnce(&Cluster) -> Result<T, AdminError> + Send + 'static,
) -> Result<T, ApiError> {
    let cluster = api.cluster.clone();
    let done = tokio::task::spawn_blocking(move || work(&cluster)).await;
    let done = done.map_err(|error| {
        tracing::error!(%error, "a request to the log panicked");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "E_INTERNAL", "the request failed")
    })?;
    Ok(done?)
}

impl From<AdminError> for ApiError {
    fn from(error: AdminError) -> Self {
        let status = match error.kind() {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::BadInput => StatusCode::BAD_REQUEST,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Fault => StatusCode::SERVICE_UNAVAILABLE,
        };
        if error.kind() == ErrorKind::Fault {
            tracing::error!(%error, "the log cannot be administered");
        }
        let text = error.to_string();
        let (message, own_hint) =
            text.split_once("\nhint: ").map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
        let plain = ApiError::new(status, error.code(), message);
        own_hint.or(error.hint()).into_iter().fold(plain, ApiError::with_hint)
    }
}
