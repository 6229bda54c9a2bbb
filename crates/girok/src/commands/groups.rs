//! `girok groups`: the consumer groups of the log, listed, described, reset, forgotten.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::topics::confirm;
use crate::cli::ServerArgs;
use crate::client::{Client, segment};
use crate::output::{self, Row, rows};

#[derive(Debug, Args)]
#[command(after_help = "\
Lag in seconds is the time between the first record that was not committed and the newest.
The group `store` is girok's own: what it has committed is published in parts; it cannot be reset.

Examples:
  girok groups describe billing
  girok groups reset billing --to-time 2026-11-23T00:00:00Z --topic web --dry-run
  girok groups reset billing --by-duration 2h")]
pub(crate) struct GroupsArgs {
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
    /// List all groups
    List,
    /// Show a group's members, what is assigned to them, and how far behind they are
    Describe {
        /// The group
        group: String,
    },
    /// Move the offsets of a group that has no members
    Reset(ResetArgs),
    /// Forget a group that has no members
    Delete {
        /// The group
        group: String,
        /// Do not ask: its offsets are lost
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("target").required(true))]
struct ResetArgs {
    /// The group
    group: String,
    /// To the first record held
    #[arg(long, group = "target")]
    to_earliest: bool,
    /// Behind the last record
    #[arg(long, group = "target")]
    to_latest: bool,
    /// To this offset
    #[arg(long, group = "target", value_name = "OFFSET")]
    to_offset: Option<u64>,
    /// To the first record with at least this time: RFC 3339, epoch, or like `now-15m`
    #[arg(long, group = "target", value_name = "TIME")]
    to_time: Option<String>,
    /// To the first record that is no older, such as `90m` or `1h30m`
    #[arg(long, group = "target", value_name = "DURATION")]
    by_duration: Option<String>,
    /// Only of this topic; may be given several times
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    /// Only of this partition; may be given several times
    #[arg(long = "partition", value_name = "NUMBER")]
    partitions: Vec<u32>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &GroupsArgs) -> Result<ExitCode> {
    let client = Client::new(&args.server.server);
    let path = |group: &str| format!("/api/v1/groups/{}", segment(group));
    match &args.verb {
        Verb::List => list(&client.get("/api/v1/groups")?, args.json)?,
        Verb::Describe { group } => describe(&client.get(&path(group))?, args.json)?,
        Verb::Reset(wanted) => {
            let path = format!("{}/offsets", path(&wanted.group));
            moved(&client.change("POST", &path, Some(&reset(wanted)?))?, args.json)?;
        }
        Verb::Delete { group, yes } => {
            confirm(*yes, &format!("forget group `{group}` with its offsets"))?;
            client.change("DELETE", &path(group), None)?;
            output::say(&format!("forgot group `{group}`"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn reset(wanted: &ResetArgs) -> Result<Value> {
    let to = match wanted {
        ResetArgs { to_earliest: true, .. } => json!("earliest"),
        ResetArgs { to_latest: true, .. } => json!("latest"),
        ResetArgs { to_offset: Some(offset), .. } => json!({"offset": offset}),
        ResetArgs { to_time: Some(time), .. } => json!({"time": time}),
        ResetArgs { by_duration: Some(duration), .. } => json!({"time": format!("now-{duration}")}),
        _ => bail!("nowhere to move to"),
    };
    Ok(json!({
        "to": to,
        "topics": wanted.topics,
        "partitions": wanted.partitions,
        "dry_run": wanted.dry_run,
    }))
}

fn list(answer: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return output::print_json(answer);
    }
    output::print_table(rows(&answer["groups"]).map(|group| {
        Row::of([
            ("group", group["name"].clone()),
            ("state", group["state"].clone()),
            ("members", group["member_count"].clone()),
            ("topics", output::joined(&group["topics"])),
            ("lag", group["lag_records"].clone()),
            ("lag seconds", output::rounded(&group["lag_seconds"])),
            ("", grows(group)),
        ])
    }))
}

/// What catches the eye: a group that falls behind.
fn grows(lag: &Value) -> Value {
    if lag["growing"] == true { "growing".into() } else { Value::Null }
}

fn describe(group: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return output::print_json(group);
    }
    let text = |name: &str| group[name].as_str().filter(|text| !text.is_empty()).unwrap_or("none").to_owned();
    output::say(&format!("group {}, {}, protocol {}", text("name"), text("state"), text("protocol")))?;
    if let Some(unread) = group["unread_records"].as_u64() {
        output::say(&format!(
            "girok's own: what it has committed is published in parts; {unread} records cannot be found yet"
        ))?;
    }
    output::say("")?;
    output::print_table(rows(&group["members"]).map(|member| {
        Row::of([
            ("member", member["id"].clone()),
            ("instance", member["instance_id"].clone()),
            ("client", member["client_id"].clone()),
            ("host", member["host"].clone()),
            ("assigned", assigned(&member["assigned"])),
        ])
    }))?;
    output::say("")?;
    output::print_table(rows(&group["partitions"]).map(|one| {
        Row::of([
            ("topic", one["topic"].clone()),
            ("partition", one["partition"].clone()),
            ("committed", one["committed"].clone()),
            ("end", one["end"].clone()),
            ("lag", one["lag_records"].clone()),
            ("lag seconds", output::rounded(&one["lag_seconds"])),
            ("", grows(one)),
            ("member", one["member"].clone()),
        ])
    }))
}

/// `web-0 web-1`.
fn assigned(places: &Value) -> Value {
    let names = rows(places).map(|place| {
        let topic = place["topic"].as_str().unwrap_or_default();
        format!("{topic}-{}", place["partition"])
    });
    names.collect::<Vec<_>>().join(" ").into()
}

fn moved(answer: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return output::print_json(answer);
    }
    output::print_table(rows(&answer["offsets"]).map(|one| {
        Row::of([
            ("topic", one["topic"].clone()),
            ("partition", one["partition"].clone()),
            ("before", one["before"].clone()),
            ("after", one["after"].clone()),
        ])
    }))?;
    if answer["dry_run"] == true {
        output::say("nothing was moved: a dry run")?;
    }
    Ok(())
}
