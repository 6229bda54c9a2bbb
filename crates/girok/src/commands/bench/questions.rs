//! The fifteen questions: what people ask of their logs all day.
//!
//! The words are those of the corpus; how many rows each finds is part of the report.

use anyhow::{Context, Result};
use serde_json::Value;

use super::DATASET;
use crate::client::Client;

/// One question.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) name: &'static str,
    /// Which rows it is about.
    pub(super) filter: String,
    /// What becomes of them.
    pub(super) pipes: &'static str,
    /// Most rows of the answer.
    pub(super) limit: Option<u64>,
}

impl Question {
    /// The text of the query.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.filter, self.pipes)
    }

    /// What the query API is given.
    pub(super) fn form<'q>(&self, text: &'q str, limit: &'q str) -> Vec<(&'static str, &'q str)> {
        let mut form = vec![("query", text), ("dataset", DATASET), ("stats", "1")];
        if self.limit.is_some() {
            form.push(("limit", limit));
        }
        form
    }
}

/// Name, filter, pipes.
const QUESTIONS: [(&str, &str, &str); 13] = [
    ("count_all", "*", " | stats count()"),
    ("count_word", "order", " | stats count()"),
    ("count_rare_word", "deadlock", " | stats count()"),
    ("hist_minute_level", "*", " | timechart span=1m count() by level"),
    ("hist_minute_level_word", "order", " | timechart span=1m count() by level"),
    ("needle_trace_id", "trace_id:{trace}", ""),
    ("phrase", "\"wrong password\"", " | stats count()"),
    ("regex", r"/timeout talking to \w+ at 10\.3\.\d+/", " | stats count()"),
    ("substring", "~\"imeout talk\"", " | stats count()"),
    ("top_values", "*", " | top 10 host"),
    ("distinct_count", "*", " | stats dc(trace_id)"),
    (
        "numeric_percentiles",
        "duration_ms:*",
        " | stats count(), avg(duration_ms), max(duration_ms), p50(duration_ms), p95(duration_ms), p99(duration_ms) by service",
    ),
    ("filter_and_stats", "level:error http.status:>=500", " | stats count(), avg(duration_ms) by http.path"),
];

/// Filters of which the newest rows are wanted.
const NEWEST: [(&str, &str); 2] = [("last_100", "*"), ("last_100_word", "timeout")];

/// All of them, with a needle that lies in the data.
pub(super) fn questions(client: &Client) -> Result<Vec<Question>> {
    let trace = trace_in_the_middle(client)?;
    let asked = QUESTIONS.into_iter().map(|(name, filter, pipes)| Question {
        name,
        filter: filter.replace("{trace}", &trace),
        pipes,
        limit: None,
    });
    let newest = NEWEST.into_iter().map(|(name, filter)| Question {
        name,
        filter: filter.to_owned(),
        pipes: "",
        limit: Some(100),
    });
    Ok(asked.chain(newest).collect())
}

/// The trace id of the event in the middle of the time that the data spans.
fn trace_in_the_middle(client: &Client) -> Result<String> {
    let ends = "* | stats min(_time) as first, max(_time) as last";
    let ends = first_row(client, &[("query", ends), ("dataset", DATASET)])?;
    let time = |name: &str| {
        let text = ends[name].as_str().with_context(|| format!("the data has no {name} time"))?;
        let time = chrono::DateTime::parse_from_rfc3339(text);
        Ok::<_, anyhow::Error>(time.context("cannot read a time of the data")?.timestamp_millis())
    };
    let middle = i64::midpoint(time("first")?, time("last")?).to_string();
    let form = [("query", "trace_id:*"), ("end", middle.as_str()), ("limit", "1"), ("dataset", DATASET)];
    let row = first_row(client, &form)?;
    Ok(row["trace_id"].as_str().context("no event has a `trace_id`")?.to_owned())
}

fn first_row(client: &Client, form: &[(&str, &str)]) -> Result<Value> {
    let mut rows = client.ask("/api/v1/query", form)?;
    let row = rows.next()?.context("the data holds no such event")?;
    serde_json::from_slice(row).context("cannot understand a row of the answer")
}
