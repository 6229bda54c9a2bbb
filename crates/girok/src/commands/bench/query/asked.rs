//! Our own server under question.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::super::cold;
use super::super::feed;
use super::super::folder::Folder;
use super::super::latency::Latencies;
use super::super::questions::Question;
use super::super::server::Server;
use super::figures::Answered;
use crate::client::Client;

/// What the server says of its work.
#[derive(Debug, Default, Deserialize)]
struct Work {
    rows: u64,
    rows_scanned: u64,
    bytes_scanned: u64,
}

/// A server, how often each question is asked, and whether it is cooled down before.
pub(super) struct Asked<'a> {
    server: Server,
    folder: &'a Folder,
    runs: u32,
    cold: bool,
    peak_bytes: u64,
}

impl<'a> Asked<'a> {
    pub(super) fn new(server: Server, folder: &'a Folder, runs: u32, cold: bool) -> Self {
        Asked { server, folder, runs, cold, peak_bytes: 0 }
    }

    pub(super) fn client(&self) -> Client {
        Client::new(&self.server.url)
    }

    /// Asks one question as often as wanted; a first answer, which warms, does not count.
    pub(super) fn answer(&mut self, question: &Question) -> Result<Answered> {
        let (text, limit) = (question.text(), question.limit.unwrap_or_default().to_string());
        let form = question.form(&text, &limit);
        let matches = feed::count(&self.client(), &question.filter)?;
        if !self.cold {
            ask(&self.server, question.path, &form)?;
        }
        let (mut latencies, mut cpu_seconds, mut work) = (Latencies::default(), 0.0, Work::default());
        for _ in 0..self.runs {
            if self.cold {
                self.cool()?;
            }
            let cpu_before = self.server.cpu_seconds()?;
            let (wall, answer) = ask(&self.server, question.path, &form)?;
            cpu_seconds += self.server.cpu_seconds()? - cpu_before;
            latencies.add(wall);
            work = answer;
        }
        Ok(Answered {
            name: question.name,
            query: text,
            limit: question.limit,
            matches,
            rows: work.rows,
            rows_scanned: work.rows_scanned,
            bytes_scanned: work.bytes_scanned,
            latency: latencies.summary(),
            cpu_seconds: cpu_seconds / f64::from(self.runs),
        })
    }

    /// Stops the server; the most memory that any of its lives took.
    pub(super) fn end(mut self) -> Result<u64> {
        self.note_peak()?;
        self.server.end()?;
        Ok(self.peak_bytes)
    }

    /// A server that has just started, on files that have to be read from the disk.
    fn cool(&mut self) -> Result<()> {
        self.note_peak()?;
        self.server.end()?;
        cold::forget_files(self.folder.data());
        self.server = Server::start(self.folder, "interval")?;
        Ok(())
    }

    fn note_peak(&mut self) -> Result<()> {
        self.peak_bytes = self.peak_bytes.max(self.server.memory()?.peak_bytes);
        Ok(())
    }
}

/// Asks, and reads the answer to its end. Rows end with a line `_stats`; other answers hold `stats`.
fn ask(server: &Server, path: &str, form: &[(&str, &str)]) -> Result<(Duration, Work)> {
    #[derive(Deserialize)]
    struct Last {
        #[serde(rename = "_stats", alias = "stats")]
        stats: Work,
    }
    let client = Client::new(&server.url);
    let (begun, mut last) = (Instant::now(), Vec::new());
    let mut rows = client.ask(path, form)?;
    while let Some(row) = rows.next()? {
        last.clear();
        last.extend_from_slice(row);
    }
    let wall = begun.elapsed();
    let line: Last = serde_json::from_slice(&last).context("the answer does not end with what it took")?;
    Ok((wall, line.stats))
}
