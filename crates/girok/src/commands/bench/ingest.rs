//! `girok bench ingest`: lines go in over HTTP, and the clock runs until all are found and published.
//!
//! First the load alone, for throughput, CPU time and memory; afterwards, on a server that was started
//! again, how soon single events are found while others pour in. What the probe's queries cost is therefore
//! in no figure of the load.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;

use super::feed::{self, Fed};
use super::figures::{Ingest, Load, Own, Phase, per_second};
use super::folder::Folder;
use super::machine::Setting;
use super::probe;
use super::server::Server;
use super::supply::{FileSupply, MomentSupply};
use super::{corpus, cpu, report, yardstick};
use crate::client::Client;

/// A server that has just started is left alone for so long before its idle memory is read.
const IDLE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    /// Lines to send, one event a line; without it, lines of `girok bench corpus`
    file: Option<PathBuf>,
    /// How many lines to write if no file is given
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    lines: u64,
    /// Seed of these lines
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Measure this server instead of one of our own; its CPU time, memory and sizes stay unknown
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    server: Option<String>,
    /// Empty folder for our own server; without it a temporary one
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// When our own server acknowledges: `fsync`, `interval` or `none`
    #[arg(long, value_name = "CLASS", default_value = "fsync", value_parser = ["fsync", "interval", "none"])]
    durability: String,
    /// Connections that send at the same time
    #[arg(long, value_name = "N", default_value_t = 2)]
    connections: usize,
    /// MB/s of the steady part of the latency measurement
    #[arg(long, value_name = "MB/S", default_value_t = 20.0)]
    rate: f64,
    /// Seconds of each part of the latency measurement; 0 leaves it out
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    seconds: u64,
    /// Write the figures as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

pub(super) fn run(args: &IngestArgs) -> Result<()> {
    let folder = Folder::empty(args.data.as_deref())?;
    let setting = Setting::read(args.server.is_none().then(|| folder.data()));
    let file = match &args.file {
        Some(file) => file.clone(),
        None => {
            let file = folder.scratch("corpus.ndjson");
            corpus::write_file(args.lines, args.seed, &file)?;
            file
        }
    };
    let result = match &args.server {
        Some(url) => measure_foreign(args, url, &file),
        None => measure_own(args, &folder, &file),
    }?;
    report::publish("ingest", &setting, &result, &result.table(), args.json.as_deref())
}

/// A server that somebody else runs.
fn measure_foreign(args: &IngestArgs, url: &str, file: &Path) -> Result<Ingest> {
    let load = load(url, file, args.connections)?;
    let zstd = yardstick::zstd(file)?;
    Ok(Ingest { load, own: None, zstd, phases: measure_latency(args, url)? })
}

/// A server of our own, from its first start on an empty folder.
fn measure_own(args: &IngestArgs, folder: &Folder, file: &Path) -> Result<Ingest> {
    let server = Server::start(folder, &args.durability)?;
    let start_seconds = server.start.as_secs_f64();
    std::thread::sleep(IDLE);
    let idle_bytes = server.memory()?.resident_bytes;
    let load = load(&server.url, file, args.connections)?;
    report::tell("stopping the server, which publishes what is left");
    let ended = server.stop()?;
    let stored = folder.sizes();
    let zstd = yardstick::zstd(file)?;
    let server = Server::start(folder, &args.durability)?;
    feed::wait_for_count(&Client::new(&server.url), load.lines)
        .context("after the server was started again")?;
    let own = Own {
        durability: args.durability.clone(),
        start_seconds,
        idle_bytes,
        cpu_seconds: ended.cpu_seconds,
        cpu_seconds_per_gb: ended.cpu_seconds * 1e9 / load.bytes as f64,
        cpu_of_zstd: ended.cpu_seconds / zstd.cpu_seconds,
        peak_bytes: ended.peak_bytes,
        written_bytes: ended.written_bytes,
        stop_seconds: ended.stop.as_secs_f64(),
        restart_seconds: server.start.as_secs_f64(),
        stored,
    };
    Ok(Ingest { load, own: Some(own), zstd, phases: measure_latency(args, &server.url)? })
}

/// Sends the file and waits until all of it is found.
fn load(url: &str, file: &Path, connections: usize) -> Result<Load> {
    let client = Client::new(url);
    let (stored, found) = (feed::stored_rows(&client)?, feed::rows_held(&client)?);
    let size = file.metadata().with_context(|| format!("cannot read `{}`", file.display()))?.len();
    let (cpu_before, begun) = (cpu::seconds_of_this_process()?, Instant::now());
    let bar = report::byte_bar("sending", size);
    let fed = feed::feed(url, FileSupply::open(file)?, connections, &bar)?;
    bar.finish_and_clear();
    feed::wait_for_rows(&client, stored + fed.lines)?;
    feed::wait_for_count(&client, found + fed.lines)?;
    let searchable = begun.elapsed();
    let client_cpu_seconds = cpu::seconds_of_this_process()? - cpu_before;
    Ok(Load {
        lines: fed.lines,
        bytes: fed.bytes,
        connections,
        accepted_seconds: fed.wall.as_secs_f64(),
        accepted_mb_per_second: per_second(fed.bytes, fed.wall),
        searchable_seconds: searchable.as_secs_f64(),
        searchable_mb_per_second: per_second(fed.bytes, searchable),
        client_cpu_seconds,
        refusals: fed.refusals,
        ack: fed.acks.summary(),
    })
}

/// How soon single events are found: at a steady rate, and with all that can be sent.
fn measure_latency(args: &IngestArgs, url: &str) -> Result<Vec<Phase>> {
    if args.seconds == 0 {
        return Ok(Vec::new());
    }
    let duration = Duration::from_secs(args.seconds);
    [Some(args.rate), None].into_iter().map(|rate| probe_under_load(args, url, duration, rate)).collect()
}

fn probe_under_load(args: &IngestArgs, url: &str, duration: Duration, rate: Option<f64>) -> Result<Phase> {
    match rate {
        Some(rate) => report::tell(&format!("probing at {rate} MB/s for {} s", duration.as_secs())),
        None => report::tell(&format!("probing at full throttle for {} s", duration.as_secs())),
    }
    let client = Client::new(url);
    let stored = feed::stored_rows(&client)?;
    let supply = MomentSupply::new(args.seed, duration, rate.map(|rate| rate * 1e6));
    let stop = AtomicBool::new(false);
    let (fed, probed) = std::thread::scope(|scope| {
        let probe = scope.spawn(|| probe::probe(url, &stop));
        let fed = feed::feed(url, supply, args.connections, &indicatif::ProgressBar::hidden());
        stop.store(true, Ordering::Relaxed);
        (fed, probe.join().expect("the probe does not panic"))
    });
    let (fed, probed): (Fed, _) = (fed?, probed?);
    let drained = Instant::now();
    let searchable = probed.searchable.summary();
    feed::wait_for_rows(&client, stored + fed.lines + searchable.count as u64)?;
    Ok(Phase {
        asked_mb_per_second: rate,
        sent_mb_per_second: per_second(fed.bytes, fed.wall),
        lines: fed.lines,
        drain_seconds: drained.elapsed().as_secs_f64(),
        ack: fed.acks.summary(),
        probe_ack: probed.acks.summary(),
        searchable,
        question: probed.questions.summary(),
    })
}
