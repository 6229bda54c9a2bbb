//! A part is plain Parquet for readers that nobody here wrote: pyarrow and DuckDB, where Python has them.
//! `GIROK_TEST_PYTHON` names another Python.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it was skipped"
)]

use std::process::Command;
use std::sync::Arc;

use girok_event::{DatasetName, Event, Timestamp, Value};
use girok_store::{Covers, PartId, PartSpec, Patterns, RowOrigin, RowsBuilder, write_part};

const NO_READER: i32 = 77;

fn part() -> Vec<u8> {
    let mut rows = RowsBuilder::new(DatasetName::default_dataset(), 0);
    for (offset, message) in ["안녕", "b\"c"].into_iter().enumerate() {
        let fields = vec![("n", Value::Int(offset as i64)), ("_raw", Value::Str("own"))];
        let event = Event { message: Some(message), fields, ..Event::default() };
        let origin =
            RowOrigin { offset: offset as i64, received: Timestamp(1), source: "", input: "", raw_bytes: 3 };
        rows.push(&event, origin);
    }
    let chunk = Arc::new(rows.cut().unwrap().unwrap());
    let covers = Covers { from: 0, until: 2 };
    write_part(&[chunk], PartSpec { id: PartId(1), covers }, &Patterns::default()).unwrap().bytes.to_vec()
}

#[test]
fn other_readers_see_the_rows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part.parquet");
    std::fs::write(&path, part()).unwrap();
    let python = std::env::var("GIROK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign_reader.py");
    let Ok(output) = Command::new(&python).arg(script).arg(&path).output() else {
        eprintln!("SKIPPED: `{python}` cannot be started");
        return;
    };
    if output.status.code() == Some(NO_READER) {
        eprintln!("SKIPPED: `{python}` has neither pyarrow nor duckdb");
        return;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(!seen.is_empty());
    for line in seen.lines() {
        assert!(line.ends_with(r#" 2 ['안녕', 'b"c'] [0, 1]"#), "{line}");
    }
}
