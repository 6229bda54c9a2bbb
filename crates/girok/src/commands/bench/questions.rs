//! The fifteen questions: what people ask of their logs all day.
//!
//! The words are those of the corpus; how many rows each finds is part of the report. The facets of all fields, which
//! the search page asks for beside each of them, come on top.

use anyhow::{Context, Result};
use serde_json::Value;

use super::DATASET;
use crate::client::Client;

/// One question.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) name: &'static str,
    /// Where it is asked.
    pub(super) path: &'static str,
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

    /// What the API is given.
    pub(super) fn form<'q>(&self, text: &'q str, limit: &'q str) -> Vec<(&'static str, &'q str)> {
        let mut form = vec![("query", text), ("dataset", DATASET), ("stats", "1")];
        if self.limit.is_some() {
            form.push(("limit", limit));
        }
        form
    }
}

/// The most frequent values of one field.
pub(super) const TOP_VALUES: &str = "top_values";

/// The most frequent values of all fields.
pub(super) const FACETS: &str = "all_facets";

/// Name, filter, pipes. `{text}` is where texts are sought: everywhere, or in `message:`.
const QUESTIONS: [(&str, &str, &str); 13] = [
    ("count_all", "*", " | stats count()"),
    ("count_word", "{text}order", " | stats count()"),
    ("count_rare_word", "{text}deadlock", " | stats count()"),
    ("hist_minute_level", "*", " | timechart span=1m count() by level"),
    ("hist_minute_level_word", "{text}order", " | timechart span=1m count() by level"),
    ("needle_trace_id", "trace_id:{trace}", ""),
    ("phrase", "{text}\"wrong password\"", " | stats count()"),
    ("regex", r"{text}/timeout talking to \w+ at 10\.3\.\d+/", " | stats count()"),
    ("substring", "{text}~\"imeout talk\"", " | stats count()"),
    (TOP_VALUES, "*", " | top 10 host"),
    ("distinct_count", "*", " | stats dc(trace_id)"),
    (
        "numeric_percentiles",
        "duration_ms:*",
        " | stats count(), avg(duration_ms), max(duration_ms), p50(duration_ms), p95(duration_ms), p99(duration_ms) by service",
    ),
    ("filter_and_stats", "level:error http.status:>=500", " | stats count(), avg(duration_ms) by http.path"),
];

/// Filters of which the newest rows are wanted.
const NEWEST: [(&str, &str); 2] = [("last_100", "*"), ("last_100_word", "{text}timeout")];

/// A word sought everywhere, beside the same word in `message`: what the peers have no short way to ask.
const EVERYWHERE: [(&str, &str); 2] =
    [("count_word_everywhere", "order"), ("count_rare_word_everywhere", "deadlock")];

const QUERY_PATH: &str = "/api/v1/query";

/// All of them, for a needle that lies in the data. Beside peers, texts are sought in `message` alone, for that is
/// where the peers seek them.
pub(super) fn questions(trace: &str, beside_peers: bool) -> Vec<Question> {
    let place = if beside_peers { "message:" } else { "" };
    let filled = |filter: &str| filter.replace("{trace}", trace).replace("{text}", place);
    let question = |name, filter: &str, pipes, limit| Question {
        name,
        path: QUERY_PATH,
        filter: filled(filter),
        pipes,
        limit,
    };
    let mut all: Vec<Question> =
        QUESTIONS.into_iter().map(|(name, filter, pipes)| question(name, filter, pipes, None)).collect();
    all.extend(NEWEST.into_iter().map(|(name, filter)| question(name, filter, "", Some(100))));
    if beside_peers {
        all.extend(
            EVERYWHERE.into_iter().map(|(name, filter)| question(name, filter, " | stats count()", None)),
        );
    }
    all.push(Question { path: "/api/v1/facets", ..question(FACETS, "*", "", None) });
    all
}

/// The trace id of the event in the middle of the time that the data spans.
pub(super) fn trace_in_the_middle(client: &Client) -> Result<String> {
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
