//! `girok demo`: a server that fills with a realistic sample stream.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use girok_event::{DatasetName, Timestamp};
use girok_ingest::{Envelope, Ingest, Record};
use girok_sample::{Sample, Stream};
use indicatif::{ProgressBar, ProgressStyle};

use super::serve;
use crate::config::{self, ServeArgs};

const HOUR_NANOS: i64 = 3_600_000_000_000;

/// Lines appended together while history is written.
const LINES_TOGETHER: usize = 2000;

/// How often the live stream is asked what has happened since.
const TICK: Duration = Duration::from_millis(200);

/// Settings of the demo.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// Seed of the sample stream
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Hours of history to begin with
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(i64).range(0..=168))]
    hours: i64,
    /// How busy the sampled systems are; 1 is about 16 events a second at the peak of the day
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
}

pub(crate) fn run(args: &DemoArgs) -> Result<ExitCode> {
    let loaded = config::load(&args.serve, std::env::vars())?;
    serve::start_logging();
    serve::serve(&loaded.config, async |services| {
        let now = serve::now();
        let start = Timestamp(now.0 - args.hours * HOUR_NANOS);
        let mut stream = Stream::new(args.seed, start.0, args.rate.clamp(0.01, 1000.0));
        write_history(&mut stream, &services.ingest, start, now).await?;
        tokio::spawn(follow_clock(stream, services.ingest.clone()));
        serve::say(&format!("sample logs keep coming: open http://{}, stop with Ctrl-C", services.http));
        Ok(())
    })
}

async fn write_history(stream: &mut Stream, ingest: &Ingest, start: Timestamp, now: Timestamp) -> Result<()> {
    let bar = ProgressBar::new((now.0 - start.0).max(1) as u64);
    bar.set_style(ProgressStyle::with_template("writing history {bar:40} {percent} %").context("bad bar")?);
    loop {
        let lines: Vec<Sample> =
            std::iter::from_fn(|| stream.next_until(now.0)).take(LINES_TOGETHER).collect();
        let Some(last) = lines.last() else { break };
        bar.set_position((last.time - start.0).max(0) as u64);
        append(ingest, &lines).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Appends what happened since the last tick, until the server stops.
async fn follow_clock(mut stream: Stream, ingest: Ingest) {
    let mut tick = tokio::time::interval(TICK);
    loop {
        tick.tick().await;
        let now = serve::now();
        let lines: Vec<Sample> = std::iter::from_fn(|| stream.next_until(now.0)).collect();
        if let Err(error) = append(&ingest, &lines).await {
            tracing::error!(%error, "the sample stream ends");
            return;
        }
    }
}

async fn append(ingest: &Ingest, lines: &[Sample]) -> Result<()> {
    let mut by_dataset: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for line in lines {
        by_dataset.entry(line.dataset).or_default().push(line);
    }
    for (dataset, lines) in by_dataset {
        let size_bytes = lines.iter().map(|line| line.line.len()).sum();
        let records = lines.iter().map(|line| Record::from(line.line.as_slice()));
        let envelope = Envelope { input: "demo", peer: None, content: None };
        let ack = ingest.append(&DatasetName::new(dataset)?, envelope, size_bytes, records)?;
        ack.durable().await?;
    }
    Ok(())
}
