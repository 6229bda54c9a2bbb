//! Sends bodies over a few connections and notes how long each took to be acknowledged.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use serde::Deserialize;
use ureq::http::StatusCode;

use super::DATASET;
use super::latency::Latencies;
use super::supply::Supply;
use crate::client::{self, Client};

/// How long to wait before a body that the server was too busy for is sent again.
const BUSY_DELAY: Duration = Duration::from_millis(50);

/// How often the server is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What the store has taken in is visible after so long at the latest.
const VISIBLE_MAX: Duration = Duration::from_secs(10);

/// Give up when nothing has moved for so long.
const STALLED_MAX: Duration = Duration::from_secs(60);

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Fed {
    pub(super) lines: u64,
    pub(super) bytes: u64,
    /// From the first byte to the last acknowledgement.
    pub(super) wall: Duration,
    pub(super) acks: Latencies,
    /// How often the server asked to wait.
    pub(super) refusals: u64,
}

#[derive(Deserialize)]
struct Receipt {
    accepted: u64,
    rejected: u64,
}

/// Sends all that `supply` has.
pub(super) fn feed(server: &str, supply: impl Supply, connections: usize, bar: &ProgressBar) -> Result<Fed> {
    let (supply, begun) = (Mutex::new(supply), Instant::now());
    let sent = std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..connections.max(1)).map(|_| scope.spawn(|| send_all(server, &supply, bar))).collect();
        let join =
            |sender: std::thread::ScopedJoinHandle<'_, _>| sender.join().expect("a sender does not panic");
        senders.into_iter().map(join).collect::<Result<Vec<Fed>>>()
    })?;
    let mut total = Fed { wall: begun.elapsed(), ..Fed::default() };
    for one in sent {
        total.lines += one.lines;
        total.bytes += one.bytes;
        total.refusals += one.refusals;
        total.acks.extend(one.acks);
    }
    Ok(total)
}

fn send_all(server: &str, supply: &Mutex<impl Supply>, bar: &ProgressBar) -> Result<Fed> {
    let (client, mut fed, mut body) = (Client::new(server), Fed::default(), Vec::new());
    loop {
        let next = supply.lock().expect("no holder panics").next(&mut body)?;
        let Some(lines) = next else { return Ok(fed) };
        let begun = Instant::now();
        while !send(&client, &body, lines)? {
            fed.refusals += 1;
            std::thread::sleep(BUSY_DELAY);
        }
        fed.acks.add(begun.elapsed());
        fed.lines += lines;
        fed.bytes += body.len() as u64;
        bar.inc(body.len() as u64);
    }
}

/// Sends one body; false if the server is too busy to take any of it.
pub(super) fn send(client: &Client, body: &[u8], lines: u64) -> Result<bool> {
    let sent = client.post(&format!("/api/v1/ingest/{DATASET}"), body);
    let mut response = sent.map_err(|error| anyhow::anyhow!("cannot send lines: {error}"))?;
    if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        // Read to its end, the connection can be used again.
        response.body_mut().read_to_vec().context("cannot read the refusal")?;
        return Ok(false);
    }
    if !response.status().is_success() {
        return Err(client::refusal(response));
    }
    let receipt = response.body_mut().read_to_vec().context("cannot read the receipt")?;
    let receipt: Receipt = serde_json::from_slice(&receipt).context("cannot understand the receipt")?;
    if (receipt.accepted, receipt.rejected) != (lines, 0) {
        bail!("sent {lines} lines, {} were accepted and {} rejected", receipt.accepted, receipt.rejected);
    }
    Ok(true)
}

/// Rows of the dataset that the store workers have taken in since the server started; they become visible a
/// moment later.
///
/// Read from the server's counters, which cost it nothing.
pub(super) fn stored_rows(client: &Client) -> Result<u64> {
    let wanted = format!("girok_store_rows_total{{dataset=\"{DATASET}\"}} ");
    let mut lines = client.follow("/metrics", &[])?;
    let mut rows = 0;
    while let Some(line) = lines.next()? {
        let line = String::from_utf8_lossy(line);
        if let Some(value) = line.strip_prefix(&wanted) {
            rows = value.parse().context("cannot understand the counters of the server")?;
        }
    }
    Ok(rows)
}

/// Waits until so many rows have been taken in.
pub(super) fn wait_for_rows(client: &Client, rows: u64) -> Result<()> {
    let (mut last, mut moved) = (0, Instant::now());
    loop {
        let stored = stored_rows(client)?;
        if stored >= rows {
            return Ok(());
        }
        if stored != last {
            (last, moved) = (stored, Instant::now());
        }
        if moved.elapsed() > STALLED_MAX {
            bail!("{stored} of {rows} rows are stored and no more come");
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Waits until the query API counts so many rows, and no more.
pub(super) fn wait_for_count(client: &Client, rows: u64) -> Result<()> {
    let begun = Instant::now();
    loop {
        let found = count(client, "*")?;
        if found == rows {
            return Ok(());
        }
        if found > rows || begun.elapsed() > VISIBLE_MAX {
            bail!("{rows} rows were acknowledged, {found} are found");
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What the query API counts.
pub(super) fn count(client: &Client, query: &str) -> Result<u64> {
    #[derive(Deserialize)]
    struct Row {
        count: u64,
    }
    let query = format!("{query} | stats count()");
    let mut rows = client.ask("/api/v1/query", &[("query", &query), ("dataset", DATASET)])?;
    let row = rows.next()?.context("the server counted nothing")?;
    Ok(serde_json::from_slice::<Row>(row).context("cannot understand the count")?.count)
}

/// Rows of the dataset, as the server lists them; none if it has never heard of it.
pub(super) fn rows_held(client: &Client) -> Result<u64> {
    #[derive(Deserialize)]
    struct Listing {
        datasets: Vec<Dataset>,
    }
    #[derive(Deserialize)]
    struct Dataset {
        name: String,
        rows: u64,
    }
    let mut lines = client.follow("/api/v1/datasets", &[])?;
    let line = lines.next()?.context("the server lists no datasets")?;
    let listing: Listing = serde_json::from_slice(line).context("cannot understand the list of datasets")?;
    Ok(listing.datasets.iter().filter(|one| one.name == DATASET).map(|one| one.rows).sum())
}
