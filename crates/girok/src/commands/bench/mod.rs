//! `girok bench`: what does girok do with a second of CPU, on this machine?
//!
//! [`corpus`] writes the lines, [`ingest`] sends them and measures until all are found, [`query`] asks
//! fifteen questions. Both start a server of their own, a process whose CPU time and memory can be read
//! without what the measuring itself costs. What each figure means is told in `docs/bench.md`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

mod cold;
mod corpus;
mod cpu;
mod feed;
mod figures;
mod folder;
mod ingest;
mod latency;
mod machine;
mod peers;
mod probe;
mod query;
mod questions;
mod report;
mod server;
mod supply;
mod yardstick;

/// Where the lines go.
const DATASET: &str = "bench";

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Write realistic JSON lines, the same for the same seed
    Corpus(corpus::CorpusArgs),
    /// Measure lines on their way from HTTP until they are found and published
    Ingest(ingest::IngestArgs),
    /// Measure a set of queries
    Query(query::QueryArgs),
}

pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode> {
    match &args.bench {
        Bench::Corpus(args) => corpus::run(args)?,
        Bench::Ingest(args) => ingest::run(args)?,
        Bench::Query(args) => query::run(args)?,
    }
    Ok(ExitCode::SUCCESS)
}
