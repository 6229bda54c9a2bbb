//! The same questions to engines that others wrote: ClickHouse with a table of its own, DuckDB on our parts.
//!
//! Both come from PyPI and run in a process each, loaded and warm like our server. What they are asked is
//! in [`sql`]; how a word is understood differs a little between engines, so the number of rows that
//! each finds is part of the report.

mod driver;
mod sql;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde::Serialize;

use super::latency::{Latencies, Summary};
use super::{cold, corpus, report};
use driver::Engine;

/// Lines that ClickHouse is given at a time; so the corpus never lies on disk as a whole.
const LINES_AT_A_TIME: u64 = 1_000_000;

/// Another engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// ClickHouse in the process, a `MergeTree` table loaded from the same lines
    Chdb,
    /// DuckDB on girok's own parts, as plain Parquet
    Duckdb,
}

/// What the peers are measured on.
pub(super) struct Ground<'a> {
    /// A Python that has them.
    pub(super) python: &'a Path,
    /// The folder of our parts, …
    pub(super) parts: PathBuf,
    /// … and a list of their files.
    pub(super) part_files: PathBuf,
    /// Where ClickHouse keeps its table.
    pub(super) tables: PathBuf,
    /// A place for lines on their way.
    pub(super) scratch: PathBuf,
    pub(super) lines: u64,
    pub(super) seed: u64,
    pub(super) runs: u32,
    pub(super) cold: bool,
    /// The needle.
    pub(super) trace: String,
}

/// What an engine did.
#[derive(Debug, Serialize)]
pub(super) struct Peer {
    pub(super) kind: Kind,
    pub(super) version: String,
    /// Nothing if there was nothing to load, or it was loaded before.
    pub(super) load: Option<Load>,
    pub(super) stored_bytes: u64,
    pub(super) peak_bytes: u64,
    pub(super) answers: Vec<PeerAnswer>,
}

/// What loading the lines took.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
}

/// One question and its answers.
#[derive(Debug, Serialize)]
pub(super) struct PeerAnswer {
    pub(super) name: &'static str,
    pub(super) query: String,
    pub(super) matches: u64,
    pub(super) rows: u64,
    pub(super) latency: Summary,
    pub(super) cpu_seconds: f64,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Chdb => "chdb",
            Kind::Duckdb => "duckdb",
        }
    }
}

impl Peer {
    /// The answer to the question called `name`.
    pub(super) fn answer(&self, name: &str) -> Option<&PeerAnswer> {
        self.answers.iter().find(|answer| answer.name == name)
    }
}

/// Asks one engine all of `names` that it can be asked.
pub(super) fn measure(kind: Kind, ground: &Ground<'_>, names: &[&'static str]) -> Result<Peer> {
    let (folder, data) = match kind {
        Kind::Chdb => (&ground.tables, &ground.tables),
        Kind::Duckdb => (&ground.parts, &ground.part_files),
    };
    let engine = Engine::start(ground.python, kind, data)?;
    let mut asked = Asked { kind, ground, folder, data, engine, peak_bytes: 0 };
    let load = if kind == Kind::Chdb { asked.fill()? } else { None };
    let held = asked.engine.count(&sql::ALL.count(kind, &ground.trace))?;
    ensure!(held == ground.lines, "{} finds {held} rows, not {}", kind.name(), ground.lines);
    let questions = names.iter().filter_map(|name| Some((*name, sql::of(kind, name)?)));
    let bar = report::bar(kind.name(), names.len() as u64);
    let mut answers = Vec::new();
    for (name, sql) in questions {
        answers.push(asked.answer(name, sql).with_context(|| format!("{}, {name}", kind.name()))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Peer {
        kind,
        version: asked.engine.version.clone(),
        load,
        stored_bytes: asked.engine.size_bytes()?,
        peak_bytes: asked.peak_bytes.max(asked.engine.peak_bytes()),
        answers,
    })
}

/// The engine under question.
struct Asked<'a> {
    kind: Kind,
    ground: &'a Ground<'a>,
    /// Where its files lie, …
    folder: &'a Path,
    /// … and what it is started on.
    data: &'a Path,
    engine: Engine,
    peak_bytes: u64,
}

impl Asked<'_> {
    /// Loads the lines, unless an earlier run did; then lets the table settle, as it would by itself.
    fn fill(&mut self) -> Result<Option<Load>> {
        let held = self.engine.count(&sql::ALL.count(self.kind, &self.ground.trace))?;
        if held == self.ground.lines {
            return Ok(None);
        }
        ensure!(held == 0, "the table of the peer holds {held} rows, not {}", self.ground.lines);
        let cpu_before = self.engine.cpu_seconds()?;
        let mut seconds = 0.0;
        corpus::write_files(
            self.ground.lines,
            self.ground.seed,
            LINES_AT_A_TIME,
            &self.ground.scratch,
            |file| {
                seconds += self.engine.load(file)?.seconds;
                Ok(())
            },
        )?;
        seconds += self.engine.ask("OPTIMIZE TABLE peers.bench FINAL")?.seconds;
        Ok(Some(Load { seconds, cpu_seconds: self.engine.cpu_seconds()? - cpu_before }))
    }

    fn answer(&mut self, name: &'static str, sql: sql::Sql) -> Result<PeerAnswer> {
        let query = sql.text(&self.ground.trace);
        let matches = self.engine.count(&sql.count(self.kind, &self.ground.trace))?;
        if !self.ground.cold {
            self.engine.ask(&query)?;
        }
        let (mut latencies, mut cpu_seconds, mut rows) = (Latencies::default(), 0.0, 0);
        for _ in 0..self.ground.runs {
            if self.ground.cold {
                self.cool()?;
            }
            let told = self.engine.ask(&query)?;
            latencies.add(std::time::Duration::from_secs_f64(told.seconds));
            cpu_seconds += told.cpu_seconds;
            rows = told.rows;
        }
        let cpu_seconds = cpu_seconds / f64::from(self.ground.runs);
        Ok(PeerAnswer { name, query, matches, rows, latency: latencies.summary(), cpu_seconds })
    }

    /// The engine as it is after a start, on files that have to be read from the disk.
    fn cool(&mut self) -> Result<()> {
        self.peak_bytes = self.peak_bytes.max(self.engine.peak_bytes());
        self.engine.end();
        cold::forget_files(self.folder);
        self.engine = Engine::start(self.ground.python, self.kind, self.data)?;
        Ok(())
    }
}
