//! `girok bench corpus`: the lines that the other measurements send.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;

use super::report;
use crate::output::Out;

/// 2025-01-01T00:00:00Z: the first line, so that a seed gives the same bytes on any day.
const START_NANOS: i64 = 1_735_689_600_000_000_000;

/// How fast lines follow each other in their own time: three and a half million fill an hour.
const EVENTS_PER_SECOND: f64 = 1000.0;

/// Lines are written together once they are so many bytes.
const WRITE_BYTES: usize = 1 << 20;

#[derive(Debug, Args)]
pub(crate) struct CorpusArgs {
    /// How many lines; each is about 300 bytes
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    lines: u64,
    /// Another seed gives other lines
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// File to write; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: String,
}

pub(super) fn run(args: &CorpusArgs) -> Result<()> {
    match args.out.as_str() {
        "-" => {
            let mut out = Out::stdout();
            write(args.lines, args.seed, |bytes| out.write(bytes))?;
            out.flush()
        }
        path => write_file(args.lines, args.seed, Path::new(path)),
    }
}

/// Writes `lines` lines to a file.
pub(super) fn write_file(lines: u64, seed: u64, path: &Path) -> Result<()> {
    let context = || format!("cannot write `{}`", path.display());
    let mut file = File::create(path).with_context(context)?;
    write(lines, seed, |bytes| file.write_all(bytes).with_context(context))
}

/// Writes `lines` lines to one file after another, each of `lines_each` at most; a file is there only while `each`
/// reads it.
pub(super) fn write_files(
    lines: u64,
    seed: u64,
    lines_each: u64,
    path: &Path,
    mut each: impl FnMut(&Path) -> Result<()>,
) -> Result<()> {
    let context = || format!("cannot write `{}`", path.display());
    let mut corpus = self::lines(seed);
    let mut buffer = Vec::with_capacity(WRITE_BYTES + (64 << 10));
    let bar = report::bar("loading lines", lines);
    let mut left = lines;
    while left > 0 {
        let count = left.min(lines_each);
        let mut file = File::create(path).with_context(context)?;
        for _ in 0..count {
            corpus.write_line(&mut buffer);
            if buffer.len() >= WRITE_BYTES {
                file.write_all(&buffer).with_context(context)?;
                buffer.clear();
            }
        }
        file.write_all(&buffer).with_context(context)?;
        buffer.clear();
        drop(file);
        each(path)?;
        left -= count;
        bar.inc(count);
    }
    bar.finish_and_clear();
    std::fs::remove_file(path).with_context(|| format!("cannot delete `{}`", path.display()))
}

/// The lines from the first on, as they come.
pub(super) fn lines(seed: u64) -> girok_sample::Corpus {
    girok_sample::corpus(seed, START_NANOS, EVENTS_PER_SECOND)
}

fn write(lines: u64, seed: u64, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut corpus = self::lines(seed);
    let mut buffer = Vec::with_capacity(WRITE_BYTES + (64 << 10));
    let bar = report::bar("writing lines", lines);
    for line in 1..=lines {
        corpus.write_line(&mut buffer);
        if buffer.len() >= WRITE_BYTES {
            sink(&buffer)?;
            buffer.clear();
            bar.set_position(line);
        }
    }
    sink(&buffer)?;
    bar.finish_and_clear();
    Ok(())
}
