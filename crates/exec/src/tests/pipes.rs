//! The pipes, each by example.

use super::fixture::Fixture;

const LINES: [&str; 6] = [
    r#"{"ts":"2024-05-01T10:00:10Z","level":"error","service":"api","ms":100,"user":"ann"}"#,
    r#"{"ts":"2024-05-01T10:00:20Z","level":"info","service":"api","ms":200,"user":"bob"}"#,
    r#"{"ts":"2024-05-01T10:01:10Z","level":"info","service":"api","ms":300,"user":"ann"}"#,
    r#"{"ts":"2024-05-01T10:01:20Z","level":"info","service":"web","ms":400}"#,
    r#"{"ts":"2024-05-01T10:02:10Z","level":"error","service":"web","ms":"500","user":"cho"}"#,
    r#"{"ts":"2024-05-01T10:02:20Z","level":"info","service":"db","user":"ann"}"#,
];

async fn check(query: &str, expected: &[&str]) {
    let mut fixture = Fixture::new();
    fixture.add_part("web", &LINES[..2]).await;
    fixture.add_part("web", &LINES[2..4]).await;
    fixture.add_live("web", &LINES[4..]);
    let found = fixture.run(query).await.unwrap_or_else(|error| panic!("`{query}`: {error}"));
    assert_eq!(found, expected, "{query}");
}

#[tokio::test]
async fn stats_count_and_group() {
    check("* | stats count()", &["count=6"]).await;
    check(
        "* | stats count() by service",
        &["service=api count=3", "service=db count=1", "service=web count=2"],
    )
    .await;
    check("level:error | stats count() as n, dc(user) as users", &["n=2 users=2"]).await;
    check(
        "* | stats sum(ms) as s, avg(ms) as a, min(ms) as lo, max(ms) as hi",
        &["s=1500.0 a=300.0 lo=100 hi=500"],
    )
    .await;
    check("* | stats p50(ms) as p", &["p=300.0"]).await;
    check("* | stats countif(level==\"error\") as bad, count() as n by service | where bad > 0 | sort -bad, service",
        &["service=api bad=1 n=3", "service=web bad=1 n=2"]).await;
    check(
        "* | stats values(user) as u, first(user) as f, last(user) as l",
        &["u=[\"ann\", \"bob\", \"cho\"] f=ann l=ann"],
    )
    .await;
    check(
        "* | stats any(level==\"error\") as bad by service",
        &["service=api bad=true", "service=db bad=false", "service=web bad=true"],
    )
    .await;
}

#[tokio::test]
async fn time_is_cut_into_steps() {
    check(
        "* | timechart span=1m count()",
        &[
            "_time=2024-05-01T10:00:00Z count=2",
            "_time=2024-05-01T10:01:00Z count=2",
            "_time=2024-05-01T10:02:00Z count=2",
        ],
    )
    .await;
    check(
        "service:api | timechart span=1m count() by level",
        &[
            "_time=2024-05-01T10:00:00Z level=error count=1",
            "_time=2024-05-01T10:00:00Z level=info count=1",
            "_time=2024-05-01T10:01:00Z level=info count=1",
        ],
    )
    .await;
    check(
        "* | stats count() as n by bin(_time, 2m)",
        &["_time=2024-05-01T10:00:00Z n=4", "_time=2024-05-01T10:02:00Z n=2"],
    )
    .await;
}

#[tokio::test]
async fn rows_are_ordered_cut_and_chosen() {
    check("* | sort ms | head 2 | fields service, ms", &["service=api ms=100", "service=api ms=200"]).await;
    check("* | top 2 service", &["service=api count=3", "service=web count=2"]).await;
    check(
        "* | top 1 user by service",
        &["service=api user=ann count=2", "service=db user=ann count=1", "service=web user=cho count=1"],
    )
    .await;
    check("* | where ms >= 300 and service == \"web\" | fields ms", &["ms=500", "ms=400"]).await;
    check("* | where user in (\"bob\", \"cho\") | fields user", &["user=cho", "user=bob"]).await;
    check("* | where user startswith \"A\" and ms < 200 | fields user", &["user=ann"]).await;
    check("error | stats by (service) count() n", &["service=api n=1", "service=web n=1"]).await;
    check("where level == \"error\" | summarize n=count() by service | take 1", &["service=api n=1"]).await;
}

#[tokio::test]
async fn what_cannot_be_computed_says_so() {
    let fixture = Fixture::live(&LINES);
    for (query, message) in [
        ("* | where ms", "expected a condition that is true or false"),
        ("* | stats count() by bin(_time, 5)", "the step of a time must be a length of time"),
    ] {
        let error = fixture.run(query).await.unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn sql_reads_the_same_rows() {
    let fixture = Fixture::live(&LINES);
    let sql = async |text: &str| -> Result<usize, crate::ExecError> {
        let answer = fixture.engine.sql(text.into(), super::fixture::NOW).await?;
        Ok(answer.collect().await?.iter().map(arrow::record_batch::RecordBatch::num_rows).sum())
    };
    assert_eq!(sql("SELECT service, count(*) FROM web GROUP BY service").await.unwrap(), 3);
    assert_eq!(sql("SELECT * FROM events WHERE has_phrase(level, 'error')").await.unwrap(), 2);
    assert_eq!(sql("SELECT * FROM web").await.unwrap(), 6, "asked again, the table is there once");
    for forbidden in
        ["DROP TABLE web", "CREATE TABLE x AS SELECT 1", "INSERT INTO web VALUES (1)", "SET x = 1"]
    {
        let error = sql(forbidden).await.unwrap_err();
        assert_eq!(error.code(), "E_SQL", "{forbidden}: {error}");
    }
    let error = sql("SELECT * FROM wbe").await.unwrap_err().to_string();
    assert!(error.contains("web"), "{error}");
}

#[tokio::test]
async fn messages_have_patterns() {
    let line = |n: usize, text: &str| format!(r#"{{"ts":"2024-05-01T10:00:{n:02}Z","message":"{text}"}}"#);
    let lines: Vec<String> = (0..30)
        .map(|n| match n % 3 {
            0 => line(n, &format!("user {n} logged in from 10.0.0.{n}")),
            1 => line(n, &format!("took {n} ms")),
            _ => line(n, &format!("took {}.5 ms", n * 7)),
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut fixture = Fixture::new();
    fixture.add_part("web", &lines[..12]).await;
    fixture.add_part("web", &lines[12..20]).await;
    fixture.add_live("web", &lines[20..]);
    let counted = fixture.run("* | stats count() as n by _pattern | sort -n").await.unwrap();
    assert_eq!(counted, ["n=20", "n=10"], "one pattern for the logins, one for the durations");
    let one = fixture.run(r#"_pattern:"logged in" | stats count() as n"#).await.unwrap();
    assert_eq!(one, ["n=10"]);
    let event = fixture.run("took | head 1").await.unwrap();
    assert!(!event[0].contains("_pattern"), "it is not the event's own: {event:?}");
}
