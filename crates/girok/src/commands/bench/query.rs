//! `girok bench query`: fifteen questions through the HTTP API, each several times.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use rustix::fs::{Advice, fadvise};
use serde::{Deserialize, Serialize};

use super::corpus;
use super::feed;
use super::folder::{self, Folder};
use super::latency::{Latencies, Summary};
use super::machine::Setting;
use super::questions::{self, Question};
use super::report::{self, Table, megabytes};
use super::server::Server;
use super::supply::FileSupply;
use crate::client::Client;

/// Connections that send the lines.
const CONNECTIONS: usize = 2;

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// Data of an earlier `girok bench`; without it a temporary folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many lines to send first if the folder holds none
    #[arg(long, value_name = "N", default_value_t = 3_000_000)]
    lines: u64,
    /// Seed of these lines
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How often each question is asked
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Before each question, start the server again and let the system forget its files
    #[arg(long)]
    cold: bool,
    /// Write the figures as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
struct Answers {
    rows: u64,
    parts: u64,
    parts_bytes: u64,
    cold: bool,
    peak_bytes: u64,
    queries: Vec<Answered>,
}

/// One question and its answers.
#[derive(Debug, Serialize)]
struct Answered {
    name: &'static str,
    query: String,
    limit: Option<u64>,
    /// Rows that the filter finds.
    matches: u64,
    /// Rows of the answer.
    rows: u64,
    rows_scanned: u64,
    bytes_scanned: u64,
    latency: Summary,
    /// User and system time of the server for one answer, the mean of all.
    cpu_seconds: f64,
}

/// What the server says of its work.
#[derive(Debug, Default, Deserialize)]
struct Work {
    rows: u64,
    rows_scanned: u64,
    bytes_scanned: u64,
}

pub(super) fn run(args: &QueryArgs) -> Result<()> {
    let folder = Folder::new(args.data.as_deref())?;
    let setting = Setting::read(Some(folder.data()));
    let mut bench = Bench { server: fill(args, &folder)?, folder, args, peak_bytes: 0 };
    let client = Client::new(&bench.server.url);
    let rows = feed::count(&client, "*")?;
    let questions = questions::questions(&client)?;
    let bar = report::bar("asking", questions.len() as u64);
    let mut queries = Vec::new();
    for question in &questions {
        queries.push(bench.answer(question)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    bench.note_peak()?;
    let sizes = bench.folder.sizes();
    let (parts, parts_bytes) = (sizes.parts, sizes.parts_bytes);
    let result = Answers { rows, parts, parts_bytes, cold: args.cold, peak_bytes: bench.peak_bytes, queries };
    report::publish("query", &setting, &result, &result.table(), args.json.as_deref())
}

/// A server whose data lies in parts; filled first if it holds none.
fn fill(args: &QueryArgs, folder: &Folder) -> Result<Server> {
    let server = Server::start(folder, "interval")?;
    if feed::rows_held(&Client::new(&server.url))? > 0 {
        return Ok(server);
    }
    let file = folder.scratch("corpus.ndjson");
    corpus::write_file(args.lines, args.seed, &file)?;
    let bar = report::byte_bar("sending", file.metadata().context("cannot read the lines")?.len());
    feed::feed(&server.url, FileSupply::open(&file)?, CONNECTIONS, &bar)?;
    bar.finish_and_clear();
    feed::wait_for_rows(&Client::new(&server.url), args.lines)?;
    report::tell("stopping the server, which publishes what is left");
    server.stop()?;
    Server::start(folder, "interval")
}

/// The server under question.
struct Bench<'a> {
    server: Server,
    folder: Folder,
    args: &'a QueryArgs,
    peak_bytes: u64,
}

impl Bench<'_> {
    /// Asks one question as often as wanted; a first answer, which warms, does not count.
    fn answer(&mut self, question: &Question) -> Result<Answered> {
        let (text, limit) = (question.text(), question.limit.unwrap_or_default().to_string());
        let form = question.form(&text, &limit);
        let matches = feed::count(&Client::new(&self.server.url), &question.filter)?;
        if !self.args.cold {
            ask(&self.server, &form)?;
        }
        let (mut latencies, mut cpu_seconds, mut work) = (Latencies::default(), 0.0, Work::default());
        for _ in 0..self.args.runs {
            if self.args.cold {
                self.cool()?;
            }
            let cpu_before = self.server.cpu_seconds()?;
            let (wall, answer) = ask(&self.server, &form)?;
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
            cpu_seconds: cpu_seconds / f64::from(self.args.runs),
        })
    }

    /// A server that has just started, on files that have to be read from the disk.
    fn cool(&mut self) -> Result<()> {
        self.note_peak()?;
        self.server.end()?;
        folder::each_file(self.folder.data(), &mut |path, _| {
            // A file that cannot be forgotten stays warm; the disk itself has a cache as well.
            if let Ok(file) = std::fs::File::open(path) {
                let _ = fadvise(&file, 0, None, Advice::DontNeed);
            }
        });
        self.server = Server::start(&self.folder, "interval")?;
        Ok(())
    }

    fn note_peak(&mut self) -> Result<()> {
        self.peak_bytes = self.peak_bytes.max(self.server.memory()?.peak_bytes);
        Ok(())
    }
}

/// Asks, and reads the answer to its end.
fn ask(server: &Server, form: &[(&str, &str)]) -> Result<(Duration, Work)> {
    #[derive(Deserialize)]
    struct StatsLine {
        #[serde(rename = "_stats")]
        stats: Work,
    }
    let client = Client::new(&server.url);
    let (begun, mut last) = (Instant::now(), Vec::new());
    let mut rows = client.ask("/api/v1/query", form)?;
    while let Some(row) = rows.next()? {
        last.clear();
        last.extend_from_slice(row);
    }
    let wall = begun.elapsed();
    let line: StatsLine = serde_json::from_slice(&last).context("the answer does not end with `_stats`")?;
    Ok((wall, line.stats))
}

impl Answers {
    fn table(&self) -> Table {
        let mut table = Table::default();
        let (kind, size) = (if self.cold { "cold" } else { "warm" }, megabytes(self.parts_bytes));
        table.title(&format!(
            "{} rows in {} parts of {size}, {kind}; memory at peak {}",
            self.rows,
            self.parts,
            megabytes(self.peak_bytes)
        ));
        table.line(["", "median", "min", "p95", "CPU", "matches", "rows", "rows scanned", "scanned"]);
        for query in &self.queries {
            table.line([
                query.name,
                &format!("{:.1} ms", query.latency.p50_ms),
                &format!("{:.1} ms", query.latency.min_ms),
                &format!("{:.1} ms", query.latency.p95_ms),
                &format!("{:.0} ms", query.cpu_seconds * 1e3),
                &query.matches.to_string(),
                &query.rows.to_string(),
                &query.rows_scanned.to_string(),
                &megabytes(query.bytes_scanned),
            ]);
        }
        table
    }
}
