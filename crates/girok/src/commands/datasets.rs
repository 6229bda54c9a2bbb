//! `girok datasets`: which there are, and what one of them keeps.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::cli::ServerArgs;
use crate::client::Client;
use crate::config;
use crate::output::{rows, say};

#[derive(Debug, Args)]
#[command(after_help = "\
Whole parts are dropped: all events of a part have to be older. What is not set here is that of all datasets
(store.retention.ms and store.retention.bytes).

Examples:
  girok datasets
  girok datasets web
  girok datasets web --keep 30d --keep-bytes 500GiB
  girok datasets audit --keep forever
  girok datasets web --keep default --keep-bytes default")]
pub(crate) struct DatasetsArgs {
    /// One dataset; without it all are listed
    name: Option<String>,
    /// How long events are kept: `30d`, `12h`, `forever` or `default`
    #[arg(long, value_name = "TIME", requires = "name")]
    keep: Option<String>,
    /// How many bytes of parts are kept: `500GiB`, `forever` or `default`
    #[arg(long, value_name = "BYTES", requires = "name")]
    keep_bytes: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &DatasetsArgs) -> Result<ExitCode> {
    let client = Client::new(&args.server.server);
    let Some(name) = &args.name else {
        let all = client.get("/api/v1/datasets")?;
        for dataset in rows(&all["datasets"]) {
            let number = |key: &str| dataset[key].as_u64().unwrap_or(0);
            let name = dataset["name"].as_str().unwrap_or_default();
            say(&format!(
                "{name}: {} events, {} parts, {} bytes stored of {}",
                number("rows"),
                number("parts"),
                number("size_bytes"),
                number("raw_bytes")
            ))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let path = format!("/api/v1/datasets/{name}");
    let mut kept = client.get(&path)?;
    if args.keep.is_some() || args.keep_bytes.is_some() {
        if let Some(keep) = &args.keep {
            kept["retention_ms"] = limit(keep, milliseconds)?;
        }
        if let Some(keep) = &args.keep_bytes {
            kept["retention_bytes"] = limit(keep, config::bytes)?;
        }
        kept = client.change("PUT", &path, Some(&kept))?;
    }
    say(&format!("keep: {}", shown(&kept["retention_ms"], "ms", "store.retention.ms")))?;
    say(&format!("keep-bytes: {}", shown(&kept["retention_bytes"], "bytes", "store.retention.bytes")))?;
    Ok(ExitCode::SUCCESS)
}

fn limit(text: &str, read: fn(&str) -> Option<u64>) -> Result<Value> {
    match text {
        "default" => Ok(Value::Null),
        "forever" => Ok(json!(-1)),
        text => Ok(json!(read(text).with_context(|| format!("cannot use `{text}` as a limit"))?)),
    }
}

/// `30d`, `12h`, `90m`, `10s`.
fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds * 1000)
}

fn shown(value: &Value, unit: &str, key: &str) -> String {
    match value.as_i64() {
        None => format!("default ({key})"),
        Some(-1) => "forever".to_owned(),
        Some(number) => format!("{number} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        assert_eq!(milliseconds("30d"), Some(30 * 86_400_000));
        assert_eq!(milliseconds("90m"), Some(5_400_000));
        assert_eq!(
            (milliseconds(""), milliseconds("d"), milliseconds("1w"), milliseconds("가")),
            (None, None, None, None)
        );
        assert_eq!(limit("forever", milliseconds).ok(), Some(json!(-1)));
        assert_eq!(limit("default", milliseconds).ok(), Some(Value::Null));
        assert!(limit("soon", milliseconds).is_err());
    }
}
