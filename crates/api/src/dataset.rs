//! `/api/v1/datasets/{name}`: what one dataset keeps.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use girok_event::DatasetName;
use girok_store::{Limit, Retention};
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::error::ApiError;
use crate::state::Api;

const MS_PER_SECOND: i64 = 1000;

/// Null is what all datasets keep (`store.retention.*`), -1 is without end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetentionJson {
    #[serde(default)]
    retention_ms: Option<i64>,
    #[serde(default)]
    retention_bytes: Option<i64>,
}

pub(crate) async fn get(State(api): State<Api>, Path(name): Path<String>) -> Result<Response, ApiError> {
    let name = dataset(&name)?;
    let retention = api.engine.store().catalog.snapshot().retention(&name);
    Ok(Json(RetentionJson::from(retention)).into_response())
}

pub(crate) async fn put(
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let name = dataset(&name)?;
    let asked: RetentionJson = serde_json::from_slice(&body).map_err(|error| ApiError::bad_json(&error))?;
    let retention = Retention {
        age_seconds: limit("retention_ms", asked.retention_ms)?.scaled(MS_PER_SECOND as u64),
        size_bytes: limit("retention_bytes", asked.retention_bytes)?,
    };
    let catalog = api.engine.store().catalog.clone();
    let set = tokio::task::spawn_blocking(move || catalog.set_retention(&name, retention)).await;
    let fault = |error: String| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "E_STORE", error);
    set.map_err(|error| fault(error.to_string()))?.map_err(|error| fault(error.to_string()))?;
    Ok(Json(RetentionJson::from(retention)).into_response())
}

fn dataset(name: &str) -> Result<DatasetName, ApiError> {
    let refuse = |error: girok_event::InvalidDatasetName| {
        ApiError::new(StatusCode::BAD_REQUEST, "E_PARAMETER", error.to_string())
    };
    DatasetName::new(name).map_err(refuse)
}

fn limit(name: &str, value: Option<i64>) -> Result<Limit, ApiError> {
    match value {
        None => Ok(Limit::Common),
        Some(-1) => Ok(Limit::Endless),
        Some(value) => u64::try_from(value).map(Limit::Max).map_err(|_| {
            let message = format!("cannot use `{value}` as `{name}`: it is neither -1 nor a number from 0");
            ApiError::new(StatusCode::BAD_REQUEST, "E_PARAMETER", message)
        }),
    }
}

impl From<Retention> for RetentionJson {
    fn from(retention: Retention) -> Self {
        let value = |limit: Limit, scale: i64| match limit {
            Limit::Common => None,
            Limit::Endless => Some(-1),
            Limit::Max(limit) => Some(i64::try_from(limit).unwrap_or(i64::MAX).saturating_mul(scale)),
        };
        RetentionJson {
            retention_ms: value(retention.age_seconds, MS_PER_SECOND),
            retention_bytes: value(retention.size_bytes, 1),
        }
    }
}
