//! Errors as JSON: what was wrong, where, and what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use girok_exec::{ErrorKind, ExecError};
use girok_query::ErrorSpan;
use serde::Serialize;

/// An error as a client sees it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct ApiError(Box<Details>);

#[derive(Debug, Serialize)]
struct Details {
    #[serde(skip)]
    status: StatusCode,
    code: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<ErrorSpan>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expected: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// All of it as text, with a caret under the place, ready to print.
    text: String,
}

#[derive(Serialize)]
struct Envelope {
    error: ApiError,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let text = format!("error: {message}");
        let (span, expected, hint) = (None, Vec::new(), None);
        ApiError(Box::new(Details { status, code: code.to_owned(), message, span, expected, hint, text }))
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.0.text = format!("{}\nhint: {hint}", self.0.text);
        self.0.hint = Some(hint);
        self
    }

    /// The same error as an answer of another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn missing_parameter(name: &str) -> Self {
        let message = format!("cannot answer without the parameter `{name}`");
        ApiError::new(StatusCode::BAD_REQUEST, "E_PARAMETER", message)
    }

    pub(crate) fn bad_json(error: &serde_json::Error) -> Self {
        let message = format!("cannot read the body as a JSON object: {error}");
        ApiError::new(StatusCode::BAD_REQUEST, "E_BODY", message)
    }

    /// An engine's error; `query` is the text it is about.
    pub(crate) fn from_exec(error: &ExecError, query: &str) -> Self {
        let status = match error.kind() {
            ErrorKind::BadInput => StatusCode::BAD_REQUEST,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::OverLimit => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if error.kind() == ErrorKind::Fault {
            tracing::error!(error = %error, "query failed");
        }
        let plain = ApiError::new(status, error.code(), error.to_string());
        let mut shown = error.hint().into_iter().fold(plain, ApiError::with_hint);
        if let ExecError::Query(error) = error {
            shown.0.span = Some(error.span);
            shown.0.expected = error.expected.clone();
            shown.0.text = error.render(query);
        }
        shown
    }

    /// The error as one line of JSON, for the middle of a stream.
    pub(crate) fn into_line(self) -> Vec<u8> {
        let mut line = serde_json::to_vec(&Envelope { error: self }).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

impl From<ExecError> for ApiError {
    fn from(error: ExecError) -> Self {
        ApiError::from_exec(&error, "")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status(), Json(Envelope { error: self })).into_response()
    }
}
