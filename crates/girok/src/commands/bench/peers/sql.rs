//! The fifteen questions as a user of each engine would write them.
//!
//! They ask the same of the same column: where girok is asked for a word in `message`, so are the peers.

use super::Kind;

/// One question in SQL.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sql {
    /// Which rows it is about; `{trace}` is the needle.
    pub(super) filter: &'static str,
    /// The whole question, `{filter}` in its place.
    pub(super) query: &'static str,
}

/// All rows.
pub(super) const ALL: Sql = Sql { filter: "true", query: "" };

impl Sql {
    /// The question with its filter and needle.
    pub(super) fn text(&self, trace: &str) -> String {
        self.query.replace("{filter}", self.filter).replace("{trace}", trace)
    }

    /// How many rows the filter finds.
    pub(super) fn count(&self, kind: Kind, trace: &str) -> String {
        let table = if kind == Kind::Chdb { "peers.bench" } else { "bench" };
        format!("SELECT count(*) AS count FROM {table} WHERE {}", self.filter).replace("{trace}", trace)
    }
}

/// The question called `name`, for `kind`; none if the engine has nothing like it.
pub(super) fn of(kind: Kind, name: &str) -> Option<Sql> {
    let questions = match kind {
        Kind::Chdb => &CLICKHOUSE,
        Kind::Duckdb => &DUCKDB,
    };
    let found = questions.iter().find(|(known, ..)| *known == name);
    found.map(|&(_, filter, query)| Sql { filter, query })
}

const CLICKHOUSE: [(&str, &str, &str); 15] = [
    ("count_all", "1", "SELECT count() FROM peers.bench"),
    (
        "count_word",
        "hasTokenCaseInsensitive(message, 'order')",
        "SELECT count() FROM peers.bench WHERE {filter}",
    ),
    (
        "count_rare_word",
        "hasTokenCaseInsensitive(message, 'deadlock')",
        "SELECT count() FROM peers.bench WHERE {filter}",
    ),
    (
        "hist_minute_level",
        "1",
        "SELECT toStartOfMinute(time) AS minute, level, count() FROM peers.bench GROUP BY minute, level ORDER BY minute, level",
    ),
    (
        "hist_minute_level_word",
        "hasTokenCaseInsensitive(message, 'order')",
        "SELECT toStartOfMinute(time) AS minute, level, count() FROM peers.bench WHERE {filter} GROUP BY minute, level ORDER BY minute, level",
    ),
    (
        "needle_trace_id",
        "trace_id = '{trace}'",
        "SELECT * FROM peers.bench WHERE {filter} ORDER BY time DESC",
    ),
    (
        "phrase",
        "positionCaseInsensitive(message, 'wrong password') > 0",
        "SELECT count() FROM peers.bench WHERE {filter}",
    ),
    (
        "regex",
        r"match(message, 'timeout talking to \\w+ at 10\\.3\\.\\d+')",
        "SELECT count() FROM peers.bench WHERE {filter}",
    ),
    (
        "substring",
        "positionCaseInsensitive(message, 'imeout talk') > 0",
        "SELECT count() FROM peers.bench WHERE {filter}",
    ),
    (
        "top_values",
        "1",
        "SELECT host, count() AS count FROM peers.bench GROUP BY host ORDER BY count DESC LIMIT 10",
    ),
    ("distinct_count", "1", "SELECT uniqExact(trace_id) FROM peers.bench"),
    (
        "numeric_percentiles",
        "duration_ms IS NOT NULL",
        "SELECT service, count(), avg(duration_ms), max(duration_ms), quantiles(0.5, 0.95, 0.99)(duration_ms) FROM peers.bench WHERE {filter} GROUP BY service ORDER BY service",
    ),
    (
        "filter_and_stats",
        "level = 'error' AND `http.status` >= 500",
        "SELECT `http.path`, count(), avg(duration_ms) FROM peers.bench WHERE {filter} GROUP BY `http.path` ORDER BY `http.path`",
    ),
    ("last_100", "1", "SELECT * FROM peers.bench ORDER BY time DESC LIMIT 100"),
    (
        "last_100_word",
        "hasTokenCaseInsensitive(message, 'timeout')",
        "SELECT * FROM peers.bench WHERE {filter} ORDER BY time DESC LIMIT 100",
    ),
];

const DUCKDB: [(&str, &str, &str); 15] = [
    ("count_all", "true", "SELECT count(*) FROM bench"),
    ("count_word", r"regexp_matches(message, '\border\b', 'i')", "SELECT count(*) FROM bench WHERE {filter}"),
    (
        "count_rare_word",
        r"regexp_matches(message, '\bdeadlock\b', 'i')",
        "SELECT count(*) FROM bench WHERE {filter}",
    ),
    (
        "hist_minute_level",
        "true",
        "SELECT date_trunc('minute', _time) AS minute, level, count(*) FROM bench GROUP BY ALL ORDER BY minute, level",
    ),
    (
        "hist_minute_level_word",
        r"regexp_matches(message, '\border\b', 'i')",
        "SELECT date_trunc('minute', _time) AS minute, level, count(*) FROM bench WHERE {filter} GROUP BY ALL ORDER BY minute, level",
    ),
    ("needle_trace_id", "trace_id = '{trace}'", "SELECT * FROM bench WHERE {filter} ORDER BY _time DESC"),
    ("phrase", "message ILIKE '%wrong password%'", "SELECT count(*) FROM bench WHERE {filter}"),
    (
        "regex",
        r"regexp_matches(message, 'timeout talking to \w+ at 10\.3\.\d+')",
        "SELECT count(*) FROM bench WHERE {filter}",
    ),
    ("substring", "message ILIKE '%imeout talk%'", "SELECT count(*) FROM bench WHERE {filter}"),
    (
        "top_values",
        "true",
        "SELECT host, count(*) AS count FROM bench GROUP BY host ORDER BY count DESC LIMIT 10",
    ),
    ("distinct_count", "true", "SELECT count(DISTINCT trace_id) FROM bench"),
    (
        "numeric_percentiles",
        "duration_ms IS NOT NULL",
        "SELECT service, count(*), avg(duration_ms), max(duration_ms), approx_quantile(duration_ms, [0.5, 0.95, 0.99]) FROM bench WHERE {filter} GROUP BY service ORDER BY service",
    ),
    (
        "filter_and_stats",
        "level = 'error' AND \"http.status\" >= 500",
        "SELECT \"http.path\", count(*), avg(duration_ms) FROM bench WHERE {filter} GROUP BY ALL ORDER BY \"http.path\"",
    ),
    ("last_100", "true", "SELECT * FROM bench ORDER BY _time DESC LIMIT 100"),
    (
        "last_100_word",
        r"regexp_matches(message, '\btimeout\b', 'i')",
        "SELECT * FROM bench WHERE {filter} ORDER BY _time DESC LIMIT 100",
    ),
];
