//! `POST /api/v1/delete`: the events that a filter finds leave the store, and the audit trail says so.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use girok_event::DatasetName;
use girok_exec::{Deletion, DeletionReport, QueryRequest, check_deletion};
use girok_ingest::Request;
use serde::Serialize;

use crate::body::Body;
use crate::error::ApiError;
use crate::params::Params;
use crate::query::OutageJson;
use crate::state::Api;

/// The dataset that keeps what was done, and that nobody deletes from.
const AUDIT: &str = "audit";
/// Live rows have this long to become parts.
const SEAL_PATIENCE: Duration = Duration::from_secs(60);

#[derive(Serialize)]
struct DeletionJson {
    dry_run: bool,
    rows: u64,
    parts: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts_out: Vec<OutageJson>,
}

/// What the audit trail keeps of a deletion; also while it is under way, for it may not come to its end.
#[derive(Serialize)]
struct AuditJson<'a> {
    message: String,
    #[serde(rename = "event.action")]
    action: &'a str,
    #[serde(rename = "event.outcome", skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    #[serde(rename = "source.ip")]
    peer: String,
    #[serde(rename = "user.name", skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(rename = "deletion.dataset")]
    dataset: &'a str,
    #[serde(rename = "deletion.filter")]
    filter: &'a str,
    #[serde(rename = "deletion.start", skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(rename = "deletion.end", skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(rename = "deletion.rows", skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(rename = "deletion.parts", skip_serializing_if = "Option::is_none")]
    parts: Option<u64>,
    #[serde(rename = "error.message", skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A deletion somebody asked for.
struct Order {
    dataset: DatasetName,
    search: QueryRequest,
    peer: SocketAddr,
    by: Option<String>,
}

pub(crate) async fn delete(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    check_content_type(&headers)?;
    let params = Params::read(&uri, &headers, &body)?;
    let search = params.search()?;
    let text = search.text.clone();
    check_deletion(&search).map_err(|error| ApiError::from_exec(&error, &text))?;
    let order = Order { dataset: dataset_of(&search)?, search, peer, by: params.get("by").map(String::from) };
    if params.flag("dry_run") {
        let report = api.engine.count_deletion(order.search).await;
        let report = report.map_err(|error| ApiError::from_exec(&error, &text))?;
        return Ok(Json(shape(report, true)).into_response());
    }
    if !params.flag("yes") {
        let message = "cannot delete without `yes`: what is deleted does not come back";
        let error = ApiError::new(StatusCode::BAD_REQUEST, "E_UNCONFIRMED", message);
        return Err(error.with_hint("ask with `dry_run` first to see how many events are meant"));
    }
    // To its end, also when nobody waits for the answer any more.
    let done = tokio::spawn(async move { order.run(&api).await }).await;
    let fault = |error| {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "E_ENGINE",
            format!("the deletion broke off: {error}"),
        )
    };
    Ok(Json(shape(done.map_err(fault)??, false)).into_response())
}

/// A page of somebody else can make a browser send forms, but not this.
fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).map(axum::http::HeaderValue::as_bytes);
    if kind.is_some_and(|kind| kind.starts_with(b"application/json")) {
        return Ok(());
    }
    let message = "cannot take this body: a deletion is asked for as JSON";
    let error = ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "E_BODY", message);
    Err(error.with_hint("send a JSON object with `Content-Type: application/json`"))
}

/// The one dataset that is meant.
fn dataset_of(search: &QueryRequest) -> Result<DatasetName, ApiError> {
    let refuse = |message: &str| ApiError::new(StatusCode::BAD_REQUEST, "E_PARAMETER", message);
    let [name] = search.datasets.as_slice() else {
        return Err(refuse("cannot delete without exactly one name in `dataset`"));
    };
    let name = DatasetName::new(name).map_err(|error| refuse(&error.to_string()))?;
    if name.as_str() == AUDIT {
        let error = refuse("cannot delete from `audit`: it keeps what was done");
        return Err(error.with_hint("its retention can be set: `girok datasets audit --keep 365d`"));
    }
    Ok(name)
}

impl Order {
    async fn run(self, api: &Api) -> Result<DeletionReport, ApiError> {
        self.audit(api, "delete.begin", None).await?;
        let done = self.delete(api).await;
        // What was deleted is gone, whether or not the trail can say so.
        if let Err(error) = self.audit(api, "delete.end", Some(&done)).await {
            tracing::error!(dataset = %self.dataset, error = error.message(), "end of a deletion is missing in the audit trail");
        }
        done
    }

    async fn delete(&self, api: &Api) -> Result<DeletionReport, ApiError> {
        let (control, dataset) = (api.control.clone(), self.dataset.clone());
        let sealed = tokio::task::spawn_blocking(move || control.seal(&dataset, SEAL_PATIENCE)).await;
        let unsealed = |error: String| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "E_UNAVAILABLE", error);
        let until = sealed
            .map_err(|error| unsealed(error.to_string()))?
            .map_err(|error| unsealed(error.to_string()))?;
        let control = api.control.clone();
        let part_id = Box::new(move || control.part_id());
        let deletion = Deletion { search: self.search.clone(), until, part_id };
        api.engine.delete(deletion).await.map_err(|error| ApiError::from_exec(&error, &self.search.text))
    }

    async fn audit(
        &self,
        api: &Api,
        action: &str,
        done: Option<&Result<DeletionReport, ApiError>>,
    ) -> Result<(), ApiError> {
        let filter = &self.search.text;
        let message = match done {
            None => format!("deletion from `{}` begins: {filter}", self.dataset),
            Some(Ok(report)) => format!("{} rows deleted from `{}`: {filter}", report.rows, self.dataset),
            Some(Err(_)) => format!("deletion from `{}` failed: {filter}", self.dataset),
        };
        let report = done.and_then(|done| done.as_ref().ok());
        let record = AuditJson {
            message,
            action,
            outcome: done.map(|done| if done.is_ok() { "success" } else { "failure" }),
            peer: self.peer.ip().to_string(),
            by: self.by.as_deref(),
            dataset: self.dataset.as_str(),
            filter,
            start: self.search.range.start.map(|time| time.to_string()),
            end: self.search.range.end.map(|time| time.to_string()),
            rows: report.map(|report| report.rows),
            parts: report.map(|report| report.parts),
            error: done.and_then(|done| done.as_ref().err()).map(|error| error.message().to_owned()),
        };
        let body = serde_json::to_vec(&record).unwrap_or_default().into();
        let (content_type, content_encoding) = (Some("application/x-ndjson".to_owned()), None);
        let dataset = DatasetName::new(AUDIT).expect("`audit` keeps the rule");
        let peer = Some(self.peer.ip());
        api.ingest
            .receive(Request { dataset, input: "audit", peer, content_type, content_encoding, body })
            .await?;
        Ok(())
    }
}

fn shape(report: DeletionReport, dry_run: bool) -> DeletionJson {
    let parts_out = report.parts_out.into_iter().map(OutageJson::from).collect();
    DeletionJson { dry_run, rows: report.rows, parts: report.parts, parts_out }
}
