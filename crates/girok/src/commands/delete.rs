//! `girok delete`: events that a filter finds leave the store.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::ServerArgs;
use crate::client::Client;
use crate::output::say;

#[derive(Debug, Args)]
#[command(after_help = "\
What is deleted does not come back, and the dataset `audit` keeps who deleted what. Events that arrive later are not
touched. The commit log keeps its own copy until its retention ends (log.retention.ms).

Examples:
  girok delete --dataset web 'user:alice' --dry-run
  girok delete --dataset web 'user:alice' --start 2026-11-01 --end 2026-11-08 --yes")]
pub(crate) struct DeleteArgs {
    /// Which events; a filter without pipes, `*` for all
    filter: String,
    /// The dataset they are in
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// Earliest time: RFC 3339, epoch, or like `now-15m`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    start: Option<String>,
    /// Time before which: RFC 3339, epoch, or like `now`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    end: Option<String>,
    /// Only count
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Delete; without it nothing happens
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Deserialize)]
struct Answer {
    rows: u64,
    parts: u64,
    #[serde(default)]
    parts_out: Vec<Outage>,
}

#[derive(Deserialize)]
struct Outage {
    part: String,
    reason: String,
}

pub(crate) fn run(args: &DeleteArgs) -> Result<ExitCode> {
    if !args.dry_run && !args.yes {
        return Err(anyhow!("nothing was deleted\nhint: count with `--dry-run`, then delete with `--yes`"));
    }
    let body = json!({
        "query": args.filter,
        "dataset": args.dataset,
        "start": args.start,
        "end": args.end,
        "dry_run": args.dry_run,
        "yes": args.yes,
        "by": std::env::var("USER").ok(),
    });
    let answer = Client::new(&args.server.server).change("POST", "/api/v1/delete", Some(&body))?;
    let Answer { rows, parts, parts_out } = serde_json::from_value(answer)?;
    match args.dry_run {
        true => say(&format!("{rows} events would be deleted from `{}`", args.dataset)),
        false => say(&format!(
            "{rows} events deleted from `{}`, {parts} parts written anew or dropped",
            args.dataset
        )),
    }?;
    for Outage { part, reason } in &parts_out {
        say(&format!("not looked into: part `{part}` is damaged: {reason}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
