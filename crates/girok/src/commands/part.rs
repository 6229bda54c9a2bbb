//! `girok part`: look into a part, or find out whether it is whole. No server is needed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use girok_store::{Inspection, PartFile, StoreError};
use serde_json::json;

use crate::output::say;

/// A part is damaged.
const DAMAGED: u8 = 3;
/// A part is of a version that this girok does not know.
const NEWER: u8 = 4;

#[derive(Debug, Args)]
pub(crate) struct PartArgs {
    #[command(subcommand)]
    verb: PartVerb,
}

#[derive(Debug, Subcommand)]
enum PartVerb {
    /// Show what is in a part and what takes how much room
    Inspect {
        /// The part
        file: PathBuf,
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Read parts to the last byte and compare everything they say
    #[command(after_help = "\
Exit codes: 0 all parts are whole, 1 one cannot be read from the disk, 3 one is damaged, 4 one was written by a newer
girok. Of several, the first that is not 0.")]
    Verify {
        /// A part, or a folder with parts in it
        path: PathBuf,
    },
}

pub(crate) fn run(args: &PartArgs) -> Result<ExitCode> {
    match &args.verb {
        PartVerb::Inspect { file, json } => inspect(file, *json),
        PartVerb::Verify { path } => verify(path),
    }
}

fn inspect(file: &Path, as_json: bool) -> Result<ExitCode> {
    match PartFile::open(file).and_then(|part| part.inspect()) {
        Ok(part) if as_json => say(&to_json(&part).to_string())?,
        Ok(part) => to_text(&part).iter().try_for_each(|line| say(line))?,
        Err(error) => return complain(file, &error),
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(path: &Path) -> Result<ExitCode> {
    let mut files = Vec::new();
    collect(path, &mut files)?;
    files.sort();
    let mut code = ExitCode::SUCCESS;
    let (mut whole, mut rows) = (0, 0);
    for file in &files {
        match PartFile::open(file).and_then(|part| part.verify()) {
            Ok(part) => {
                let sums = if part.has_checksums { "" } else { " (of the first version, without checksums)" };
                say(&format!(
                    "{}: whole, {} rows, {} bytes{sums}",
                    file.display(),
                    part.rows,
                    part.size_bytes
                ))?;
                whole += 1;
                rows += part.rows;
            }
            Err(error) => {
                let bad = complain(file, &error)?;
                if code == ExitCode::SUCCESS {
                    code = bad;
                }
            }
        }
    }
    say(&format!("{whole} of {} parts are whole, {rows} rows", files.len()))?;
    Ok(code)
}

/// The parts at `path`: itself, or all below it.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("cannot list `{}`", path.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list `{}`", path.display()))?.path();
        if entry.is_dir() || entry.extension().is_some_and(|ending| ending == "parquet") {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

/// Says what is wrong with a part; the exit code for it.
fn complain(file: &Path, error: &StoreError) -> Result<ExitCode> {
    let mut causes = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.dedup();
    say(&format!("{}: {}", file.display(), causes.join(": ")))?;
    Ok(match error.part_fault() {
        girok_store::PartFault::Newer => ExitCode::from(NEWER),
        girok_store::PartFault::Damaged => ExitCode::from(DAMAGED),
        girok_store::PartFault::Other => ExitCode::FAILURE,
    })
}

fn to_json(part: &Inspection) -> serde_json::Value {
    let columns = part.columns.iter().map(|column| {
        json!({
            "name": column.name,
            "type": column.kind.as_str(),
            "encodings": column.encodings,
            "nulls": column.nulls,
            "compressed_bytes": column.compressed_bytes,
            "encoded_bytes": column.encoded_bytes,
        })
    });
    let sections = part.sections.iter().map(|section| {
        json!({ "kind": section.kind, "version": section.version, "size_bytes": section.size_bytes })
    });
    json!({
        "version": part.version,
        "created_by": part.created_by,
        "dataset": part.dataset,
        "partition": part.partition,
        "covers_from": part.covers.from,
        "covers_until": part.covers.until,
        "first_offset": part.offsets.0,
        "last_offset": part.offsets.1,
        "rows": part.rows,
        "row_groups": part.groups,
        "size_bytes": part.size_bytes,
        "column_bytes": part.column_bytes,
        "index": {
            "offset": part.index.offset,
            "size_bytes": part.index.length,
            "sections": sections.collect::<Vec<_>>(),
        },
        "columns": columns.collect::<Vec<_>>(),
    })
}

fn to_text(part: &Inspection) -> Vec<String> {
    let footer = part.size_bytes.saturating_sub(part.index.offset + part.index.length);
    let mut lines = vec![
        format!("dataset    {} partition {}", part.dataset, part.partition),
        format!("covers     offsets {} to {}, the end not included", part.covers.from, part.covers.until),
        format!("rows       {} at offsets {} to {}", part.rows, part.offsets.0, part.offsets.1),
        format!("groups     {} of {:?} rows", part.groups.len(), part.groups),
        format!("written by {}, format version {}", part.created_by, part.version),
        format!(
            "bytes      {}: columns {}, index {}, footer {footer}",
            part.size_bytes, part.column_bytes, part.index.length
        ),
    ];
    for section in &part.sections {
        lines.push(format!(
            "  section {} version {}: {} bytes",
            section.kind, section.version, section.size_bytes
        ));
    }
    let width = part.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0);
    for column in &part.columns {
        let nulls = column.nulls.map_or("?".to_owned(), |nulls| nulls.to_string());
        lines.push(format!(
            "  {:width$}  {:5}  {:>10} bytes of {:>11}  {nulls} nulls  {}",
            column.name,
            column.kind.as_str(),
            column.compressed_bytes,
            column.encoded_bytes,
            column.encodings.join(", ")
        ));
    }
    lines
}
