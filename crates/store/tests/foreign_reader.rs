//! A part is plain Parquet for readers that nobody here wrote: pyarrow, DuckDB and ClickHouse.
//!
//! They come from PyPI: `make peers` makes a Python that has them. `GIROK_TEST_PYTHON` names it, and then
//! each of them must be there; without it the ones that some `python3` happens to have are asked.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it was skipped"
)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use girok_event::{DatasetName, Event, Field, Timestamp, Value};
use girok_store::{Covers, PartId, PartSpec, Patterns, RowOrigin, RowsBuilder, write_part};
use serde_json::{Value as Json, json};

/// More than a page holds, so that readers meet page borders.
const ROWS: i64 = 20_000;

/// The exit code that says that the reader is not installed.
const NO_READER: i32 = 77;

#[test]
fn pyarrow_sees_the_rows() {
    check("pyarrow");
}

#[test]
fn duckdb_sees_the_rows() {
    check("duckdb");
}

#[test]
fn clickhouse_sees_the_rows() {
    check("chdb");
}

fn check(reader: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part.parquet");
    std::fs::write(&path, part()).unwrap();
    let Some(seen) = rows_seen_by(reader, &path) else { return };
    let expected: Vec<Json> = (0..ROWS).map(expected).collect();
    assert_eq!(seen.len(), expected.len(), "{reader}");
    let differs = seen.iter().zip(&expected).find(|(seen, expected)| seen != expected);
    assert_eq!(differs, None, "{reader}: what it sees, and what was written");
}

/// The rows in the reader's eyes; nothing where there is no such reader.
fn rows_seen_by(reader: &str, path: &Path) -> Option<Vec<Json>> {
    let named = std::env::var("GIROK_TEST_PYTHON").ok();
    let python = named.as_deref().unwrap_or("python3");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign_reader.py");
    let run = Command::new(python).arg(script).arg(reader).arg(path).output();
    let missing = match &run {
        Err(error) => Some(format!("`{python}` cannot be started: {error}")),
        Ok(output) if output.status.code() == Some(NO_READER) => Some(format!("`{python}` has no {reader}")),
        Ok(_) => None,
    };
    if let Some(missing) = missing {
        assert!(named.is_none(), "{missing}\nhint: `make peers` installs it");
        eprintln!("SKIPPED: {missing}; `make peers` makes a Python that has it, GIROK_TEST_PYTHON names it");
        return None;
    }
    let output = run.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The values of a row: `n` and `flag` are sometimes missing, `mixed` is of two types.
fn message(at: i64) -> String {
    format!("주문 {at} of \"many\", {:x}", at * 7919)
}

fn big(at: i64) -> i64 {
    i64::MAX - at
}

/// Never whole: ClickHouse prints whole floats without a point, and then they are other JSON.
fn fraction(at: i64) -> f64 {
    at as f64 / 8.0 + 0.0625
}

fn expected(at: i64) -> Json {
    json!([
        time(at),
        at,
        message(at),
        (at % 3 == 0).then_some(at),
        big(at),
        fraction(at),
        (at % 5 == 0).then_some(at % 2 == 0),
        if at % 2 == 0 { at.to_string() } else { format!("text {at}") },
    ])
}

/// Exact to the microsecond: that is as fine as DuckDB's times with a zone are.
fn time(at: i64) -> i64 {
    1_714_557_600_000_000_000 + at * 1_001_000
}

fn part() -> Vec<u8> {
    let mut rows = RowsBuilder::new(DatasetName::default_dataset(), 0);
    let mut chunks = Vec::new();
    for at in 0..ROWS {
        let (message, text) = (message(at), format!("text {at}"));
        let mut fields: Vec<Field<'_>> =
            vec![("big", Value::Int(big(at))), ("f", Value::Float(fraction(at)))];
        fields.extend((at % 3 == 0).then_some(("n", Value::Int(at))));
        fields.extend((at % 5 == 0).then_some(("flag", Value::Bool(at % 2 == 0))));
        fields.push(("mixed", if at % 2 == 0 { Value::Int(at) } else { Value::Str(&text) }));
        let event =
            Event { time: Some(Timestamp(time(at))), message: Some(&message), fields, ..Event::default() };
        rows.push(
            &event,
            RowOrigin { offset: at, received: Timestamp(1), source: "", input: "", raw_bytes: 3 },
        );
        if at % 7000 == 6999 {
            chunks.extend(rows.cut().unwrap().map(Arc::new));
        }
    }
    chunks.extend(rows.cut().unwrap().map(Arc::new));
    let covers = Covers { from: 0, until: ROWS };
    write_part(&chunks, PartSpec { id: PartId(1), covers }, &Patterns::default()).unwrap().bytes.to_vec()
}
