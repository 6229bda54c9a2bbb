//! `girok query`: one search, its rows on standard output.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::cli::ServerArgs;
use crate::client::Client;
use crate::output::{self, Format};

#[derive(Debug, Args)]
#[command(after_help = "\
One event is one line of output, so `| wc -l` counts them. There is no limit unless one is given.

Examples:
  girok query 'level:error timeout' --start now-1h
  girok query 'status:>=500 | stats count() by service' --dataset web
  girok query '\"connection reset\"' --format json | jq .message")]
pub(crate) struct QueryArgs {
    /// What to look for; empty finds everything
    #[arg(default_value = "")]
    query: String,
    /// Earliest time: RFC 3339, epoch, or like `now-15m`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    start: Option<String>,
    /// Time before which: RFC 3339, epoch, or like `now`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    end: Option<String>,
    /// Most rows to print
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,
    /// Where to look: a name, a list `a,b`, or a pattern `web*`; all if not given
    #[arg(long, value_name = "NAMES")]
    dataset: Option<String>,
    /// How to print; without it text (events) or a table (aggregates) on a terminal, and JSON otherwise
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &QueryArgs) -> Result<ExitCode> {
    let limit = args.limit.map(|limit| limit.to_string());
    let given = [
        ("query", Some(args.query.as_str())),
        ("start", args.start.as_deref()),
        ("end", args.end.as_deref()),
        ("limit", limit.as_deref()),
        ("dataset", args.dataset.as_deref()),
    ];
    let form: Vec<_> = given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let rows = Client::new(&args.server.server).ask("/api/v1/query", &form)?;
    output::print(rows, args.format, Format::Text)?;
    Ok(ExitCode::SUCCESS)
}
