//! Enough of Elasticsearch's API for its shippers: `_bulk`, and what they ask before they send.

use std::net::SocketAddr;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use girok_event::DatasetName;
use girok_ingest::IngestError;
use girok_ingest::bulk::{BulkItem, BulkReceipt, BulkRequest};
use serde::Serialize;
use serde_json::json;

use crate::body::refusal;
use crate::ingest::{status_of, text};
use crate::state::Api;
use crate::web;

/// Clients refuse to talk to a server that does not say this in every answer.
const PRODUCT: HeaderName = HeaderName::from_static("x-elastic-product");

/// The version we claim: shippers refuse servers older than themselves.
const VERSION: &str = "8.19.0";

/// The routes, each answer marked as Elasticsearch's.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/_bulk", post(bulk).put(bulk))
        .route("/{index}/_bulk", post(bulk_into).put(bulk_into))
        .route("/{index}/_doc", post(document))
        .route("/{index}/_doc/{id}", post(document_with_id).put(document_with_id))
        .route("/{index}/_create/{id}", post(document_with_id).put(document_with_id))
        .route("/{index}/_refresh", any(refreshed))
        .route("/_license", get(license))
        .route("/_xpack", get(xpack))
        .route("/_cluster/health", get(cluster_health))
        .route("/_nodes/http", get(nodes))
        .route("/_ilm/policy/{name}", any(accepted_setting))
        .route("/_index_template/{name}", any(accepted_setting))
        .route("/_template/{name}", any(accepted_setting))
        .route("/_component_template/{name}", any(accepted_setting))
        .route("/_data_stream/{name}", any(accepted_setting))
        .route("/_ingest/pipeline/{name}", any(accepted_setting))
        .layer(axum::middleware::from_fn(mark))
}

/// `/`: a browser gets the UI, an Elasticsearch client gets Elasticsearch's greeting.
pub(crate) async fn root(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let accepts = text(&headers, &header::ACCEPT).unwrap_or_default();
    if method == Method::GET && accepts.contains("text/html") {
        return web::asset(uri, headers).await;
    }
    let greeting = json!({
        "name": "girok",
        "cluster_name": "girok",
        "cluster_uuid": "girok",
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0"
        },
        "tagline": "You Know, for Search"
    });
    marked(Json(greeting).into_response())
}

async fn mark(request: Request, next: Next) -> Response {
    marked(next.run(request).await)
}

fn marked(mut response: Response) -> Response {
    response.headers_mut().insert(PRODUCT, HeaderValue::from_static("Elasticsearch"));
    response
}

/// Field order and compactness are what simple clients look for in the text.
#[derive(Serialize)]
struct BulkJson<'a> {
    took: u64,
    errors: bool,
    items: Vec<ItemJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum ItemJson<'a> {
    Index(ResultJson<'a>),
    Create(ResultJson<'a>),
    Update(ResultJson<'a>),
    Delete(ResultJson<'a>),
}

#[derive(Serialize)]
struct ResultJson<'a> {
    #[serde(rename = "_index")]
    index: &'a str,
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    r#type: &'a str,
    reason: &'a str,
}

async fn bulk(
    state: State<Api>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    append_bulk(&state.0, DatasetName::default_dataset(), peer.0, &headers, body).await
}

async fn bulk_into(
    State(api): State<Api>,
    Path(index): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match DatasetName::new(&index) {
        Ok(dataset) => append_bulk(&api, dataset, peer, &headers, body).await,
        Err(error) => refused(&error.into()),
    }
}

async fn append_bulk(
    api: &Api,
    dataset: DatasetName,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return unread(&rejection),
    };
    let started = std::time::Instant::now();
    let content_encoding = text(headers, &header::CONTENT_ENCODING);
    let request = BulkRequest { dataset, peer: Some(peer.ip()), content_encoding, body };
    match api.ingest.bulk(request).await {
        Ok(receipt) => {
            let took = started.elapsed().as_millis() as u64;
            let items = receipt.items.iter().map(item_json).collect();
            Json(BulkJson { took, errors: receipt.has_errors(), items }).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// One document: a bulk request with one action.
async fn document(
    state: State<Api>,
    Path(index): Path<String>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    one_document(&state.0, &index, None, peer.0, &headers, &body).await
}

async fn document_with_id(
    state: State<Api>,
    Path((index, id)): Path<(String, String)>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    one_document(&state.0, &index, Some(id), peer.0, &headers, &body).await
}

async fn one_document(
    api: &Api,
    index: &str,
    id: Option<String>,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let dataset = match DatasetName::new(index) {
        Ok(dataset) => dataset,
        Err(error) => return refused(&error.into()),
    };
    let compact = match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(document) => document.to_string(),
        Err(error) => {
            return failure(StatusCode::BAD_REQUEST, "document_parsing_exception", &error.to_string());
        }
    };
    let action = json!({"create": {"_index": index, "_id": id}});
    let pair = Bytes::from(format!("{action}\n{compact}\n"));
    let content_encoding = text(headers, &header::CONTENT_ENCODING);
    let request = BulkRequest { dataset, peer: Some(peer.ip()), content_encoding, body: pair };
    match api.ingest.bulk(request).await {
        Ok(BulkReceipt { items }) => match items.first() {
            Some(item) => (status(item.status()), Json(result_json(item))).into_response(),
            None => failure(StatusCode::BAD_REQUEST, "action_request_validation_exception", "no document"),
        },
        Err(error) => refused(&error),
    }
}

fn item_json(item: &BulkItem) -> ItemJson<'_> {
    use girok_ingest::bulk::BulkOp;
    let result = result_json(item);
    match item.op {
        BulkOp::Index => ItemJson::Index(result),
        BulkOp::Create => ItemJson::Create(result),
        BulkOp::Update => ItemJson::Update(result),
        BulkOp::Delete => ItemJson::Delete(result),
    }
}

fn result_json(item: &BulkItem) -> ResultJson<'_> {
    let error = item.error.as_ref().map(|error| ErrorJson { r#type: error.kind, reason: &error.reason });
    let result = error.is_none().then_some("created");
    ResultJson { index: &item.index, id: item.id.as_deref(), result, status: item.status(), error }
}

fn refused(error: &IngestError) -> Response {
    let kind = if status_of(error) == StatusCode::BAD_REQUEST {
        "illegal_argument_exception"
    } else {
        "es_rejected_execution_exception"
    };
    failure(status_of(error), kind, &error.to_string())
}

fn unread(rejection: &BytesRejection) -> Response {
    let error = refusal(rejection);
    failure(error.status(), "es_rejected_execution_exception", error.message())
}

fn failure(status: StatusCode, kind: &str, reason: &str) -> Response {
    let cause = json!({"type": kind, "reason": reason});
    let body =
        json!({"error": {"root_cause": [cause], "type": kind, "reason": reason}, "status": status.as_u16()});
    (status, Json(body)).into_response()
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn license() -> Response {
    Json(json!({"license": {"status": "active", "uid": "girok", "type": "basic", "mode": "basic"}}))
        .into_response()
}

async fn xpack() -> Response {
    Json(json!({"license": {"status": "active", "type": "basic", "mode": "basic"}, "features": {}}))
        .into_response()
}

async fn cluster_health() -> Response {
    Json(json!({"cluster_name": "girok", "status": "green", "number_of_nodes": 1, "timed_out": false}))
        .into_response()
}

async fn nodes() -> Response {
    Json(json!({"_nodes": {"total": 1, "successful": 1, "failed": 0}, "cluster_name": "girok", "nodes": {}}))
        .into_response()
}

async fn refreshed() -> Response {
    Json(json!({"_shards": {"total": 1, "successful": 1, "failed": 0}})).into_response()
}

/// Settings that only Elasticsearch needs: taken, and said to exist when asked for.
async fn accepted_setting(method: Method) -> Response {
    match method {
        Method::HEAD => Response::new(Body::empty()),
        Method::PUT | Method::POST | Method::DELETE => Json(json!({"acknowledged": true})).into_response(),
        _ => Json(json!({})).into_response(),
    }
}
