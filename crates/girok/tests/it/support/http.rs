//! Requests to a server under test, and what comes back.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request, Response};
use ureq::{Agent, Body};

use super::Server;

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn read(mut response: Response<Body>) -> Self {
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("an answer in UTF-8")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// NDJSON as values; only of a request that was answered.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text());
        let text = self.text();
        let lines = text.lines().filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// `error.code` of a refusal; empty if it is none, or none of ours.
    pub(crate) fn error_code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// `error.NAME` of a refusal.
    pub(crate) fn error(&self, name: &str) -> String {
        self.json()["error"][name].as_str().unwrap_or_default().to_owned()
    }
}

/// An agent that reports every status as an answer.
pub(crate) fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(120)))
        .build();
    config.into()
}

impl Server {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], b"")
    }

    pub(crate) fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.request("POST", path, &[], body.as_ref())
    }

    /// Any request with any headers.
    #[track_caller]
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_request(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {path} was not answered: {error}"))
    }

    pub(crate) fn try_request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match method {
            "GET" | "HEAD" => agent().run(request.body(()).unwrap()),
            _ => agent().run(request.body(body).unwrap()),
        };
        sent.map(Answer::read)
    }

    pub(crate) fn form(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let sent = agent().post(format!("{}{path}", self.url)).send_form(parameters.iter().copied());
        Answer::read(sent.unwrap_or_else(|error| panic!("POST {path} {parameters:?}: {error}")))
    }

    /// Rows of a query over one dataset.
    #[track_caller]
    pub(crate) fn query(&self, dataset: &str, query: &str) -> Vec<Value> {
        self.form("/api/v1/query", &[("dataset", dataset), ("query", query)]).rows()
    }

    /// How many rows match; none while the dataset does not exist.
    #[track_caller]
    pub(crate) fn count(&self, dataset: &str, query: &str) -> u64 {
        let query = format!("{query} | stats count() as n");
        let answer = self.form("/api/v1/query", &[("dataset", dataset), ("query", &query)]);
        match answer.status {
            404 => 0,
            _ => answer.rows()[0]["n"].as_u64().unwrap(),
        }
    }

    /// Sends events; returns how many were accepted and refused, and the answer itself.
    #[track_caller]
    pub(crate) fn ingest(&self, dataset: &str, body: impl AsRef<[u8]>) -> (u64, u64, Answer) {
        let answer = self.post(&format!("/api/v1/ingest/{dataset}"), body);
        let receipt = match answer.status {
            200 => answer.json(),
            _ => Value::Null,
        };
        (receipt["accepted"].as_u64().unwrap_or(0), receipt["rejected"].as_u64().unwrap_or(0), answer)
    }

    /// The sum of a metric over all label sets that hold `label`.
    pub(crate) fn metric(&self, name: &str, label: &str) -> f64 {
        let page = self.get("/metrics").text();
        let lines = page.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(label)
        });
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    }
}
