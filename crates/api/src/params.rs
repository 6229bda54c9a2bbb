//! Parameters of a request: from the query string, from a form, from a JSON object; the body wins.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, Uri, header};
use girok_event::Timestamp;
use girok_exec::{ExecError, QueryRequest, TimeRange, parse_duration, parse_time};
use serde_json::Value;

use crate::clock;
use crate::error::ApiError;

/// Parameters by name.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    pub(crate) fn read(uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Result<Self, ApiError> {
        let mut params = BTreeMap::new();
        let mut add = |pairs: &[u8]| {
            params.extend(
                form_urlencoded::parse(pairs).map(|(name, value)| (name.into_owned(), value.into_owned())),
            );
        };
        add(uri.query().unwrap_or_default().as_bytes());
        let is_json = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if is_json || body.trim_ascii_start().starts_with(b"{") {
            params.extend(from_json(body)?);
        } else {
            add(body);
        }
        Ok(Params(params))
    }

    /// A parameter that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn require(&self, name: &'static str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| ApiError::missing_parameter(name))
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| matches!(value, "1" | "true" | "yes"))
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, ExecError> {
        let read = |value: &str| value.parse().map_err(|_| bad(name, value, "it is no whole number"));
        self.get(name).map(read).transpose()
    }

    pub(crate) fn duration_nanos(&self, name: &'static str) -> Result<Option<i64>, ExecError> {
        let read = |value: &str| {
            parse_duration(value)
                .filter(|nanos| *nanos > 0)
                .ok_or_else(|| bad(name, value, "it is no length of time such as `5m` or `1h30m`"))
        };
        self.get(name).map(read).transpose()
    }

    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let items = self.get(name).unwrap_or_default().split(',').map(str::trim);
        items.filter(|item| !item.is_empty()).map(String::from).collect()
    }

    /// The search that nearly every request holds.
    pub(crate) fn search(&self) -> Result<QueryRequest, ExecError> {
        let now = clock::now();
        let limit = self.number("limit")?.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(QueryRequest {
            text: self.get("query").unwrap_or_default().to_owned(),
            range: TimeRange { start: self.time("start", now)?, end: self.time("end", now)? },
            limit,
            datasets: self.list("dataset"),
            now,
        })
    }

    fn time(&self, name: &'static str, now: Timestamp) -> Result<Option<Timestamp>, ExecError> {
        let read = |value: &str| {
            let reason = "it is neither RFC 3339, nor an epoch, nor like `now-15m`";
            parse_time(value, now).ok_or_else(|| bad(name, value, reason))
        };
        self.get(name).map(read).transpose()
    }
}

fn bad(parameter: &'static str, value: &str, reason: &str) -> ExecError {
    ExecError::Parameter { parameter, value: value.to_owned(), reason: reason.to_owned() }
}

fn from_json(body: &Bytes) -> Result<BTreeMap<String, String>, ApiError> {
    let object: BTreeMap<String, Value> =
        serde_json::from_slice(body).map_err(|error| ApiError::bad_json(&error))?;
    Ok(object.into_iter().map(|(name, value)| (name, as_text(value))).collect())
}

fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        Value::Array(items) => items.into_iter().map(as_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str, body: &str) -> Result<Params, ApiError> {
        Params::read(&uri.parse().unwrap(), &HeaderMap::new(), &Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn the_body_wins_over_the_query_string() {
        let params = read("/?query=a+b&limit=5", r#"{"query":"로그","dataset":["x","y"]}"#).unwrap();
        assert_eq!(params.get("query"), Some("로그"));
        assert_eq!(params.list("dataset"), ["x", "y"]);
        assert_eq!(params.number("limit").unwrap(), Some(5));
        assert_eq!(read("/", "query=level%3Aerror&limit=").unwrap().get("query"), Some("level:error"));
    }

    #[test]
    fn bad_values_name_the_parameter() {
        let error = read("/?start=yesterday", "").unwrap().search().unwrap_err().to_string();
        assert_eq!(
            error,
            "cannot use `yesterday` as `start`: it is neither RFC 3339, nor an epoch, nor like `now-15m`"
        );
        assert!(read("/", "{broken").is_err());
    }
}
