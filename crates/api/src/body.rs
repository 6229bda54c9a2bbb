//! A request's body, refused by name where it is over the limit.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
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
