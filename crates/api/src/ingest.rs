//! `POST /api/v1/ingest/{dataset}`: events in, a receipt out once they are durable.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use girok_event::DatasetName;
use girok_ingest::{ErrorKind, IngestError, Receipt, Request};
use serde::Serialize;

use crate::body::Body;
use crate::error::ApiError;
use crate::state::Api;

/// Seconds after which a refused sender should try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

#[derive(Serialize)]
struct ReceiptJson {
    accepted: u64,
    rejected: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<RowErrorJson>,
}

#[derive(Serialize)]
struct RowErrorJson {
    index: usize,
    error: String,
}

pub(crate) async fn ingest(
    State(api): State<Api>,
    Path(dataset): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let request = Request {
        dataset: DatasetName::new(&dataset).map_err(IngestError::from)?,
        input: "http",
        peer: Some(peer.ip()),
        content_type: text(&headers, &header::CONTENT_TYPE),
        content_encoding: text(&headers, &header::CONTENT_ENCODING),
        body,
    };
    let receipt = api.ingest.receive(request).await?;
    Ok(Json(ReceiptJson::from(receipt)).into_response())
}

pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(String::from)
}

impl From<Receipt> for ReceiptJson {
    fn from(receipt: Receipt) -> Self {
        let error =
            |row: girok_ingest::RowError| RowErrorJson { index: row.index, error: row.error.to_string() };
        ReceiptJson {
            accepted: receipt.accepted,
            rejected: receipt.rejected,
            errors: receipt.errors.into_iter().map(error).collect(),
        }
    }
}

/// What a sender should do decides the status: mend the bytes, send less, wait, or call an operator.
pub(crate) fn status_of(error: &IngestError) -> StatusCode {
    match error.kind() {
        ErrorKind::BadInput => StatusCode::BAD_REQUEST,
        ErrorKind::OverLimit => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl From<IngestError> for ApiError {
    fn from(error: IngestError) -> Self {
        let code = match error.kind() {
            ErrorKind::BadInput => "E_BODY",
            ErrorKind::OverLimit => "E_TOO_LARGE",
            ErrorKind::Overloaded => "E_OVERLOADED",
            ErrorKind::Unavailable => "E_UNAVAILABLE",
        };
        let text = error.to_string();
        let (message, hint) =
            text.split_once("\nhint: ").map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
        hint.into_iter().fold(ApiError::new(status_of(&error), code, message), ApiError::with_hint)
    }
}

/// Overloaded senders are told when to come back.
pub(crate) async fn retry_after(response: Response) -> Response {
    let mut response = response;
    if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}
