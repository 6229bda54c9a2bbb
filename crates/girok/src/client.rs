//! The server as the commands see it: requests go out, rows or an error come back.

use std::io::{self, BufRead, BufReader};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use serde_json::Value;
use ureq::http::{Request, Response, StatusCode};
use ureq::{Agent, Body, BodyReader};

use crate::exit::BadRequest;

/// What a row must begin with to be the error that ends a stream.
const ERROR_LINE: &[u8] = b"{\"error\":{\"code\":";

/// The most that is read of an answer that is one value.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// A name as one segment of a path: whatever is not plain is percent-encoded.
pub(crate) fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(encode).collect()
}

/// A girok server.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    server: String,
}

impl Client {
    pub(crate) fn new(server: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .max_idle_age(Duration::from_secs(5))
            .build();
        Client { agent: config.into(), server: server.trim_end_matches('/').to_owned() }
    }

    /// Posts a form and reads rows.
    pub(crate) fn ask(&self, path: &str, form: &[(&str, &str)]) -> Result<Rows> {
        let sent = self.agent.post(self.url(path)).send_form(form.iter().copied());
        self.rows(sent)
    }

    /// Gets rows for as long as they come.
    pub(crate) fn follow(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Rows> {
        let sent = self.agent.get(self.url(path)).query_pairs(parameters.iter().copied()).call();
        self.rows(sent)
    }

    /// Posts bytes; the caller looks at the answer itself.
    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Result<Response<Body>, ureq::Error> {
        self.agent.post(self.url(path)).content_type("application/octet-stream").send(body)
    }

    /// One answer, as JSON.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        self.value(self.agent.get(self.url(path)).call())
    }

    /// Asks for a change; its answer as JSON, null if there is nothing to say.
    pub(crate) fn change(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let request = Request::builder().method(method).uri(self.url(path));
        let sent = match body {
            None => self.agent.run(request.body(())?),
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)
            }
        };
        self.value(sent)
    }

    fn value(&self, sent: Result<Response<Body>, ureq::Error>) -> Result<Value> {
        let mut response = sent.map_err(|error| self.unanswered(&error))?;
        if !response.status().is_success() {
            return Err(refusal(response));
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.context("the answer of the server broke off")?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).context("cannot read the answer of the server")
    }

    fn unanswered(&self, error: &ureq::Error) -> anyhow::Error {
        match was_never_sent(error) {
            true => self.unreachable(error),
            false => anyhow!("cannot read the answer of girok at `{}`: {}", self.server, reason(error)),
        }
    }

    /// What to say when there is no server.
    pub(crate) fn unreachable(&self, error: &ureq::Error) -> anyhow::Error {
        anyhow!(
            "cannot reach girok at `{}`: {}\nhint: start it with `girok serve`, or name another one with `--server` or GIROK_SERVER",
            self.server,
            reason(error)
        )
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    fn rows(&self, sent: Result<Response<Body>, ureq::Error>) -> Result<Rows> {
        let response = sent.map_err(|error| self.unanswered(&error))?;
        if !response.status().is_success() {
            return Err(refusal(response));
        }
        let reader = BufReader::with_capacity(256 << 10, response.into_body().into_reader());
        Ok(Rows { reader, line: Vec::new() })
    }
}

/// The server's error, as it is to be printed.
pub(crate) fn refusal(mut response: Response<Body>) -> anyhow::Error {
    let status = response.status();
    let body = response.body_mut().read_to_string().unwrap_or_default();
    let text = error_text(body.as_bytes()).unwrap_or_else(|| {
        let start: String = body.chars().take(500).collect();
        format!("error: the server answered {status}: {start}")
    });
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => BadRequest(text).into(),
        _ => anyhow!("{}", text.trim_start_matches("error: ").trim_end().to_owned()),
    }
}

/// The text of an error object, if `bytes` are one.
fn error_text(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Envelope {
        error: Fault,
    }
    #[derive(Deserialize)]
    struct Fault {
        text: String,
    }
    serde_json::from_slice::<Envelope>(bytes).ok().map(|envelope| envelope.error.text)
}

/// Whether no byte of the request can have reached a server.
pub(crate) fn was_never_sent(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => true,
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        _ => false,
    }
}

/// The innermost reason, which says most.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// Rows of an answer, one JSON object each.
pub(crate) struct Rows {
    reader: BufReader<BodyReader<'static>>,
    line: Vec<u8>,
}

impl Rows {
    /// The next row, without its line end; nothing when the answer has ended.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        loop {
            self.line.clear();
            self.reader.read_until(b'\n', &mut self.line).context("the answer of the server broke off")?;
            if self.line.is_empty() {
                return Ok(None);
            }
            // An empty line is a heartbeat.
            if self.line.trim_ascii_end().is_empty() {
                continue;
            }
            if self.line.starts_with(ERROR_LINE)
                && let Some(text) = error_text(&self.line)
            {
                return Err(anyhow!("{}", text.trim_start_matches("error: ").trim_end().to_owned()));
            }
            return Ok(Some(self.line.trim_ascii_end()));
        }
    }

    /// Whether a row can be had without waiting for the server.
    pub(crate) fn is_ready(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }
}
