//! `girok query`: one search, its rows on standard output.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

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
    /// Instead of rows, say what was read for them and what was passed over, and by which piece of the index
    #[arg(long, conflicts_with = "format")]
    explain: bool,
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
        ("explain", args.explain.then_some("1")),
    ];
    let form: Vec<_> = given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let mut rows = Client::new(&args.server.server).ask("/api/v1/query", &form)?;
    if args.explain {
        let line = rows.next()?.context("the server did not say what it did")?;
        let line: Value =
            serde_json::from_slice(line).context("the server did not say what it did in JSON")?;
        explanation(&line["_stats"]).iter().try_for_each(|line| output::say(line))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::print(rows, args.format, Format::Text)?;
    Ok(ExitCode::SUCCESS)
}

/// What a query cost, in words.
fn explanation(stats: &Value) -> Vec<String> {
    let number = |key: &str| stats[key].as_u64().unwrap_or(0);
    let deciders = |of: &str| {
        let all = stats["decided_by"].as_object().into_iter().flatten();
        let named =
            all.filter_map(|(by, decided)| Some((by, decided[of].as_u64().filter(|count| *count > 0)?)));
        let named: Vec<_> = named.map(|(by, count)| format!("{by} {count}")).collect();
        if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
    };
    let (total, by_time, by_index) =
        (number("parts_total"), number("parts_pruned_by_time"), number("parts_pruned_by_index"));
    let counted = number("parts_counted_by_index");
    let read = total.saturating_sub(by_time + by_index + counted);
    let mut lines = vec![
        format!(
            "parts   {total}: {by_time} passed over by time, {by_index} by index{}, {counted} counted by index, {read} read",
            deciders("parts")
        ),
        format!(
            "blocks  {} in these: {} passed over{}",
            number("blocks_total"),
            number("blocks_pruned"),
            deciders("blocks")
        ),
        format!("rows    {} looked at, {} in the answer", number("rows_scanned"), number("rows")),
        format!("read    {} bytes in {} reads", number("bytes_scanned"), number("reads")),
        format!("took    {} ms", number("elapsed_ms")),
    ];
    let out = output::rows(&stats["parts_out"]);
    lines.extend(out.map(|out| format!("damaged {}: {}", out["part"], out["reason"])));
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_explanation_names_who_decided() {
        let stats = json!({
            "parts_total": 20, "parts_pruned_by_time": 5, "parts_pruned_by_index": 9, "parts_counted_by_index": 0,
            "blocks_total": 32, "blocks_pruned": 31, "decided_by": {
                "tokens": {"parts": 8, "blocks": 31}, "values": {"parts": 1, "blocks": 0}
            },
            "rows_scanned": 8192, "rows": 1, "bytes_scanned": 700, "reads": 2, "elapsed_ms": 3
        });
        let lines = explanation(&stats);
        assert_eq!(
            lines[0],
            "parts   20: 5 passed over by time, 9 by index (tokens 8, values 1), 0 counted by index, 6 read"
        );
        assert_eq!(lines[1], "blocks  32 in these: 31 passed over (tokens 31)");
    }
}
