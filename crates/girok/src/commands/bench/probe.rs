//! How long after its acknowledgement is an event found, while others pour in?
//!
//! One event at a time: sent, acknowledged, then asked for until the answer holds it. The time counts from
//! the acknowledgement to the end of that answer, so the query itself is part of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::DATASET;
use super::feed;
use super::latency::Latencies;
use crate::client::Client;
use crate::commands::serve;

/// From one event to the next, unless the first takes longer to be found.
const EVERY: Duration = Duration::from_millis(150);

/// Between an answer without the event and the next question.
const ASK_AGAIN: Duration = Duration::from_millis(3);

/// Longer than this is not slow but lost.
const LOST_AFTER: Duration = Duration::from_secs(60);

/// The search looks back so far before the event was sent.
const MARGIN_NANOS: i64 = 1_000_000_000;

/// What the probe saw.
#[derive(Debug, Default)]
pub(super) struct Probed {
    /// From sending one event to its acknowledgement.
    pub(super) acks: Latencies,
    /// From there until it was found.
    pub(super) searchable: Latencies,
    /// Each question on the way.
    pub(super) questions: Latencies,
}

/// Probes until told to stop.
pub(super) fn probe(server: &str, stop: &AtomicBool) -> Result<Probed> {
    let (client, mut probed) = (Client::new(server), Probed::default());
    let run = serve::now().0;
    for number in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let begun = Instant::now();
        one(&client, &format!("probe-{run}-{number}"), &mut probed)?;
        std::thread::sleep(EVERY.saturating_sub(begun.elapsed()));
    }
    Ok(probed)
}

fn one(client: &Client, id: &str, probed: &mut Probed) -> Result<()> {
    let start = ((serve::now().0 - MARGIN_NANOS) / 1_000_000).to_string();
    let query = format!("probe_id=\"{id}\"");
    let form = [("query", query.as_str()), ("start", start.as_str()), ("limit", "1"), ("dataset", DATASET)];
    let sent = Instant::now();
    let body = format!("{{\"probe_id\":\"{id}\",\"message\":\"looking for myself\"}}\n");
    while !feed::send(client, body.as_bytes(), 1)? {
        std::thread::sleep(ASK_AGAIN);
    }
    probed.acks.add(sent.elapsed());
    let acknowledged = Instant::now();
    loop {
        let asked = Instant::now();
        let found = client.ask("/api/v1/query", &form)?.next()?.is_some();
        probed.questions.add(asked.elapsed());
        if found {
            probed.searchable.add(acknowledged.elapsed());
            return Ok(());
        }
        if acknowledged.elapsed() > LOST_AFTER {
            bail!("an acknowledged event is not found after {} s", LOST_AFTER.as_secs());
        }
        std::thread::sleep(ASK_AGAIN);
    }
}
