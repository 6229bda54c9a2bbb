//! `girok bench query`: fifteen questions through the HTTP API, each several times, and the same questions to
//! other engines.

mod asked;
mod figures;
mod growth;
mod targets;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::feed;
use super::folder::Folder;
use super::machine::Setting;
use super::peers::{self, Ground, Kind, Peer};
use super::questions::{self, Question};
use super::report;
use super::server::Server;
use super::supply::CorpusSupply;
use crate::client::Client;
use asked::Asked;
use figures::Answers;
use growth::Before;

/// Connections that send the lines.
const CONNECTIONS: usize = 2;

/// How long a line is, for the bar.
const LINE_BYTES_ABOUT: u64 = 300;

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// Data of an earlier `girok bench`, or where to leave it for a later one; without it a temporary folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep what the peers loaded beside the data, in `DIR-peers`
    #[arg(long, requires = "data")]
    keep: bool,
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
    /// Ask these engines the same; words are then sought in `message` by all of them
    #[arg(long, value_name = "ENGINE", value_delimiter = ',')]
    against: Vec<Kind>,
    /// A Python that has the engines; `make peers` makes it
    #[arg(long, value_name = "FILE", env = "GIROK_BENCH_PYTHON", default_value = "python3")]
    python: PathBuf,
    /// Figures of an earlier run over fewer rows, to say how each question grows
    #[arg(long, value_name = "FILE")]
    grown_from: Option<PathBuf>,
    /// Write the figures as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

pub(super) fn run(args: &QueryArgs) -> Result<()> {
    let before = args.grown_from.as_deref().map(Before::read).transpose()?;
    let folder = Folder::new(args.data.as_deref())?;
    let setting = Setting::read(Some(folder.data()));
    let mut asked = Asked::new(fill(args, &folder)?, &folder, args.runs, args.cold);
    let client = asked.client();
    let rows = feed::count(&client, "*")?;
    let trace = questions::trace_in_the_middle(&client)?;
    let questions = questions::questions(&trace, !args.against.is_empty());
    let bar = report::bar("asking", questions.len() as u64);
    let mut queries = Vec::new();
    for question in &questions {
        queries.push(asked.answer(question)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let peak_bytes = asked.end()?;
    let sizes = folder.sizes();
    let result = Answers {
        rows,
        parts: sizes.parts,
        parts_bytes: sizes.parts_bytes,
        cold: args.cold,
        peak_bytes,
        queries,
        peers: ask_peers(args, &folder, rows, trace, &questions)?,
        grown_from: before,
    };
    report::publish("query", &setting, &result, &result.table(), args.json.as_deref())
}

/// A server whose data lies in parts; filled first if it holds none.
fn fill(args: &QueryArgs, folder: &Folder) -> Result<Server> {
    let server = Server::start(folder, "interval")?;
    if feed::rows_held(&Client::new(&server.url))? > 0 {
        return Ok(server);
    }
    let bar = report::byte_bar("sending", args.lines * LINE_BYTES_ABOUT);
    feed::feed(&server.url, CorpusSupply::new(args.seed, args.lines), CONNECTIONS, &bar)?;
    bar.finish_and_clear();
    feed::wait_for_rows(&Client::new(&server.url), args.lines)?;
    report::tell("stopping the server, which publishes what is left");
    server.stop()?;
    Server::start(folder, "interval")
}

/// The peers' answers, one engine after the other, none while our server runs.
fn ask_peers(
    args: &QueryArgs,
    folder: &Folder,
    rows: u64,
    trace: String,
    questions: &[Question],
) -> Result<Vec<Peer>> {
    if args.against.is_empty() {
        return Ok(Vec::new());
    }
    let tables = match args.keep {
        true => beside(folder.data()),
        false => folder.scratch("peers"),
    };
    std::fs::create_dir_all(&tables).with_context(|| format!("cannot create `{}`", tables.display()))?;
    let ground = Ground {
        python: &args.python,
        parts: folder.data().join("parts"),
        part_files: list_of_parts(folder)?,
        tables,
        scratch: folder.scratch("lines.ndjson"),
        lines: rows,
        seed: args.seed,
        runs: args.runs,
        cold: args.cold,
        trace,
    };
    let names: Vec<_> = questions.iter().map(|question| question.name).collect();
    args.against.iter().map(|kind| peers::measure(*kind, &ground, &names)).collect()
}

/// A file that names the file of each part, one a line.
fn list_of_parts(folder: &Folder) -> Result<PathBuf> {
    let list = folder.scratch("parts.txt");
    let files = folder.part_files();
    let names = files.iter().map(|file| format!("{}\n", file.display())).collect::<String>();
    std::fs::write(&list, names).with_context(|| format!("cannot write `{}`", list.display()))?;
    Ok(list)
}

/// `DIR-peers` for `DIR`.
fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push("-peers");
    data.with_file_name(name)
}
