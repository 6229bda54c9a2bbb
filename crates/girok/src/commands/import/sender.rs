//! How a piece of a file gets to the server, exactly once as far as that can be known.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use girok_event::DatasetName;
use serde::Deserialize;
use ureq::http::header::RETRY_AFTER;
use ureq::http::{Response, StatusCode};
use ureq::{Body, Error};

use super::pieces::Events;
use crate::client::{self, Client};

/// Attempts while the server says that it is busy: about a minute.
const BUSY_ATTEMPTS: u32 = 16;

/// Attempts to connect: about three seconds.
const CONNECT_ATTEMPTS: u32 = 5;

const DELAY_FIRST: Duration = Duration::from_millis(200);
const DELAY_MAX: Duration = Duration::from_secs(5);

/// What the server did with events.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    /// Places and reasons of refused events, as far as the server names them.
    pub(super) errors: Vec<(u64, String)>,
    /// How many of them were printed.
    pub(super) shown: u64,
}

impl Taken {
    /// Adds the numbers of `other`.
    pub(super) fn add(&mut self, other: &Taken) {
        self.accepted += other.accepted;
        self.rejected += other.rejected;
    }
}

/// The answer of the ingest API.
#[derive(Deserialize)]
struct Answer {
    accepted: u64,
    rejected: u64,
    #[serde(default)]
    errors: Vec<RowError>,
}

#[derive(Deserialize)]
struct RowError {
    index: u64,
    error: String,
}

/// Sends pieces to one dataset.
pub(super) struct Sender {
    client: Client,
    path: String,
}

/// What to do after an attempt.
enum Next {
    Done(Taken),
    /// Nothing was taken: try again after a while.
    Again(Option<Duration>, anyhow::Error),
    /// Nothing was sent: try again a few times.
    Reconnect(anyhow::Error),
    Fail(anyhow::Error),
}

impl Sender {
    pub(super) fn new(client: Client, dataset: &DatasetName) -> Self {
        Sender { client, path: format!("/api/v1/ingest/{dataset}") }
    }

    /// Sends events until the server has taken them.
    pub(super) fn send(&self, file: &str, events: &Events) -> Result<Taken> {
        let (mut attempts, mut delay) = (0, DELAY_FIRST);
        loop {
            attempts += 1;
            let (wait, error, attempts_max) = match self.attempt(file, events) {
                Next::Done(taken) => return Ok(taken),
                Next::Fail(error) => return Err(error),
                Next::Again(wait, error) => (wait, error, BUSY_ATTEMPTS),
                Next::Reconnect(error) => (None, error, CONNECT_ATTEMPTS),
            };
            if attempts >= attempts_max {
                return Err(error);
            }
            std::thread::sleep(wait.unwrap_or(delay));
            delay = (delay * 2).min(DELAY_MAX);
        }
    }

    fn attempt(&self, file: &str, events: &Events) -> Next {
        match self.client.post(&self.path, &events.bytes) {
            Ok(response) if is_busy(response.status()) => {
                Next::Again(retry_after(&response), client::refusal(response))
            }
            Ok(response) if response.status().is_success() => {
                read_answer(response).map_or_else(Next::Fail, Next::Done)
            }
            Ok(response) => Next::Fail(client::refusal(response).context(at(file, events))),
            Err(error) if client::was_never_sent(&error) => Next::Reconnect(self.client.unreachable(&error)),
            Err(error) => Next::Fail(uncertain(file, events, &error)),
        }
    }
}

fn is_busy(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(DELAY_MAX))
}

fn read_answer(mut response: Response<Body>) -> Result<Taken> {
    let body = response.body_mut().read_to_vec().context("cannot read the answer of the server")?;
    let answer: Answer =
        serde_json::from_slice(&body).context("cannot understand the answer of the server")?;
    let errors = answer.errors.into_iter().map(|row| (row.index, row.error)).collect();
    Ok(Taken { accepted: answer.accepted, rejected: answer.rejected, errors, shown: 0 })
}

/// What to say when the connection is lost while events are on their way.
fn uncertain(file: &str, events: &Events, error: &Error) -> anyhow::Error {
    let hint = match events.first_line {
        Some(_) => {
            format!("look for them, then go on with `tail -n +{} FILE | girok import -`", events.next_line())
        }
        None => "look for its events before sending it again".to_owned(),
    };
    anyhow!(
        "cannot tell whether {} was taken: the connection was lost: {error}\nhint: {hint}",
        at(file, events)
    )
}

fn at(file: &str, events: &Events) -> String {
    match events.first_line {
        Some(first) => format!("`{file}` line {first} to {}", events.next_line() - 1),
        None => format!("`{file}`"),
    }
}
