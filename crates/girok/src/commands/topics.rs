//! `girok topics`: the topics of the log, listed, described, made, changed, deleted.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::cli::ServerArgs;
use crate::client::{Client, segment};
use crate::output::{self, Row, rows, size};

#[derive(Debug, Args)]
#[command(after_help = "\
A topic is a dataset.

Examples:
  girok topics list
  girok topics create web --partitions 8 --config retention.ms=3600000
  girok topics alter web --config durability=fsync --unset retention.ms")]
pub(crate) struct TopicsArgs {
    #[command(subcommand)]
    verb: Verb,
    /// Print the server's answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List all topics
    List,
    /// Make a topic
    Create(CreateArgs),
    /// Show a topic's partitions and settings
    Describe {
        /// The topic
        topic: String,
    },
    /// Change a topic's settings, or give it more partitions
    Alter(AlterArgs),
    /// Delete a topic with its records, and its dataset with all its events
    Delete {
        /// The topic
        topic: String,
        /// Do not ask: everything in it is lost
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// The topic
    topic: String,
    /// How many partitions; the log's default if not given
    #[arg(long, value_name = "COUNT")]
    partitions: Option<u32>,
    /// On how many brokers each partition lies; the log's default if not given
    #[arg(long, value_name = "COUNT")]
    replication: Option<u32>,
    /// A setting of its own; may be given several times
    #[arg(long = "config", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
}

#[derive(Debug, Args)]
struct AlterArgs {
    /// The topic
    topic: String,
    /// How many partitions it is to have
    #[arg(long, value_name = "COUNT")]
    partitions: Option<u32>,
    /// A setting of its own; may be given several times
    #[arg(long = "config", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// A setting that is to follow the log's default again; may be given several times
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
}

/// `name=value`.
fn setting(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or_else(|| "expected NAME=VALUE".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) fn run(args: &TopicsArgs) -> Result<ExitCode> {
    let client = Client::new(&args.server.server);
    let path = |topic: &str| format!("/api/v1/topics/{}", segment(topic));
    match &args.verb {
        Verb::List => list(&client.get("/api/v1/topics")?, args.json)?,
        Verb::Describe { topic } => describe(&client.get(&path(topic))?, args.json)?,
        Verb::Create(wanted) => {
            describe(&client.change("POST", "/api/v1/topics", Some(&new_topic(wanted)))?, args.json)?;
        }
        Verb::Alter(wanted) => {
            describe(&client.change("PATCH", &path(&wanted.topic), Some(&change(wanted)?))?, args.json)?;
        }
        Verb::Delete { topic, yes } => {
            confirm(*yes, &format!("delete topic `{topic}` and every event of dataset `{topic}`"))?;
            client.change("DELETE", &path(topic), None)?;
            output::say(&format!("deleted topic `{topic}`"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses to go on unless it was said that this is meant.
pub(super) fn confirm(yes: bool, what: &str) -> Result<()> {
    if !yes {
        bail!("will not {what} without `--yes`\nhint: it cannot be undone");
    }
    Ok(())
}

fn new_topic(wanted: &CreateArgs) -> Value {
    let settings: Map<_, _> =
        wanted.settings.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "name": wanted.topic,
        "partitions": wanted.partitions,
        "replication": wanted.replication,
        "settings": settings,
    })
}

fn change(wanted: &AlterArgs) -> Result<Value> {
    let set = wanted.settings.iter().map(|(name, value)| (name.clone(), json!(value)));
    let unset = wanted.unset.iter().map(|name| (name.clone(), Value::Null));
    let settings: Map<_, _> = set.chain(unset).collect();
    if settings.is_empty() && wanted.partitions.is_none() {
        bail!("nothing to change\nhint: give `--partitions`, `--config` or `--unset`");
    }
    Ok(json!({"partitions": wanted.partitions, "settings": settings}))
}

fn list(answer: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return output::print_json(answer);
    }
    let row = |topic: &Value| {
        let rates = &topic["throughput"];
        Row::of([
            ("topic", topic["name"].clone()),
            ("partitions", topic["partition_count"].clone()),
            ("replication", topic["replication"].clone()),
            ("records", topic["records"].clone()),
            ("size", size(&topic["size_bytes"])),
            ("in/s", output::rounded(&rates["records_in_per_second"])),
            ("out/s", output::rounded(&rates["records_out_per_second"])),
            ("not in step", topic["under_replicated"].clone()),
        ])
    };
    output::print_table(rows(&answer["topics"]).map(row))
}

fn describe(topic: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return output::print_json(topic);
    }
    let text = |name: &str| topic[name].as_str().unwrap_or("unknown").to_owned();
    output::say(&format!("topic {}, id {}\n", text("name"), text("id")))?;
    output::print_table(rows(&topic["partitions"]).map(|one| {
        Row::of([
            ("partition", one["partition"].clone()),
            ("leader", one["leader"].clone()),
            ("replicas", output::joined(&one["replicas"])),
            ("in step", output::joined(&one["isr"])),
            ("start", one["start"].clone()),
            ("end", one["end"].clone()),
            ("size", size(&one["size_bytes"])),
            ("failure", one["failure"].clone()),
        ])
    }))?;
    output::say("")?;
    output::print_table(rows(&topic["settings"]).map(|one| {
        let origin = if one["default"] == true { "default" } else { "own" };
        Row::of([
            ("setting", one["name"].clone()),
            ("value", one["value"].clone()),
            ("origin", origin.into()),
        ])
    }))
}
