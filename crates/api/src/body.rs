//! A request's body, refused by name where it is over the limit.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use girok_event::limits::BODY_BYTES_MAX;

use crate::error::ApiError;

/// The whole body.
pub(crate) struct Body(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        Bytes::from_request(request, state).await.map(Body).map_err(|rejection| refusal(&rejection))
    }
}

/// Why a body could not be read: it is too large, or its sender went away.
pub(crate) fn refusal(rejection: &BytesRejection) -> ApiError {
    if rejection.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(rejection.status(), "E_BODY", format!("cannot read the body: {rejection}"));
    }
    let message =
        format!("cannot accept the body: it is over the limit of {BODY_BYTES_MAX} bytes (BODY_BYTES_MAX)");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "E_TOO_LARGE", message)
        .with_hint("send it in smaller requests")
}

/// A body that is one JSON object of a known shape. It must say that it is JSON: a page of another site may
/// send text to this port without asking, but not that.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: serde::de::DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        if !kind.is_some_and(|kind| kind.starts_with(b"application/json")) {
            let message = "cannot read the body: expected the content type `application/json`";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "E_BODY", message));
        }
        let Body(bytes) = Body::from_request(request, state).await?;
        serde_json::from_slice(&bytes).map(JsonBody).map_err(|error| ApiError::bad_json(&error))
    }
}
