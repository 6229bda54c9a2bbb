//! Makes a fixture of the current version: a small part with everything a part can hold, and what its rows are.
//!
//! `cargo build --workspace --examples` makes a program of it, which writes it to `tests/fixtures`, once: a fixture that is there
//! already is the proof that an old version is read, and is never written again.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for developers fails by panicking")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use girok_event::{DatasetName, Event, Format, Timestamp, Value};
use girok_store::{
    Covers, FORMAT_VERSION, PartId, PartSpec, Patterns, RowOrigin, RowsBuilder, unify, write_part,
};
use serde_json::{Map, Value as Json, json};

/// Rows of the part, in two chunks of differing columns.
const ROWS: i64 = 60;

fn main() {
    let mut rows = RowsBuilder::new(DatasetName::new("web").unwrap(), 3);
    let mut chunks = Vec::new();
    for at in 0..ROWS {
        push(&mut rows, at);
        if at == ROWS / 2 {
            chunks.extend(rows.cut().unwrap().map(Arc::new));
        }
    }
    chunks.extend(rows.cut().unwrap().map(Arc::new));
    let covers = Covers { from: 90, until: 100 + ROWS + 5 };
    let part = write_part(&chunks, PartSpec { id: PartId(7), covers }, &Patterns::default()).unwrap();

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        File::create_new(&path).unwrap().write_all(bytes).unwrap();
        println!("{}", path.display());
    };
    let expected = json!({
        "version": FORMAT_VERSION,
        "covers": [covers.from, covers.until],
        "rows": expected(&chunks.iter().map(|chunk| &chunk.batch).collect::<Vec<_>>()),
    });
    write(&format!("part-v{FORMAT_VERSION}-all.parquet"), &part.bytes);
    write(&format!("part-v{FORMAT_VERSION}-all.json"), (expected.to_string() + "\n").as_bytes());
}

fn push(rows: &mut RowsBuilder, at: i64) {
    let message = match at % 3 {
        0 => format!("wrong password for user_{at} from 10.0.0.{}", at % 9),
        1 => format!("로그인 {at} 번 실패했습니다"),
        _ => "\u{0}odd\tbytes\"".to_owned(),
    };
    let trace = format!("deadbeef{at:08x}");
    let mut fields = vec![
        ("level", Value::Str(if at % 4 == 0 { "ERROR" } else { "info" })),
        ("trace.id", Value::Str(&trace)),
        ("n", Value::Int(i64::MAX - at)),
        ("f", Value::Float(at as f64 / 3.0)),
    ];
    if at % 5 == 0 {
        fields.push(("flag", Value::Bool(at % 2 == 0)));
    }
    // The first chunk has ints, the second text; and a name that cannot be a column.
    fields.push(("mixed", if at <= ROWS / 2 { Value::Int(at) } else { Value::Str("only_here") }));
    fields.push(("_raw", Value::Str("")));
    let event = Event {
        time: (at % 7 != 0).then_some(Timestamp(1_714_557_600_000_000_001 + at * 61_000_000_000)),
        format: Format::Json,
        message: (at % 11 != 0).then_some(&message),
        head: (at % 6 == 0).then_some("<34>May  1 10:00:00 web-1 sshd[7]: "),
        raw: (at % 13 == 0).then_some("as it came"),
        error: (at % 17 == 0).then_some("a remark"),
        fields,
    };
    let received = Timestamp(1_714_561_200_000_000_000 + at);
    rows.push(
        &event,
        RowOrigin { offset: 100 + at, received, source: "192.0.2.1", input: "http", raw_bytes: 200 },
    );
}

/// The rows before they went into the part, values as text.
fn expected(batches: &[&RecordBatch]) -> Vec<Map<String, Json>> {
    let schema = unify(batches);
    let adapted: Vec<RecordBatch> =
        batches.iter().map(|batch| girok_store::adapt(batch, &schema).unwrap()).collect();
    let batch = concat_batches(&schema, &adapted).unwrap();
    (0..batch.num_rows())
        .map(|row| {
            let columns = batch.schema_ref().fields().iter().zip(batch.columns());
            let present = columns.filter(|(_, column)| column.is_valid(row));
            present.map(|(field, column)| (field.name().clone(), cell(column, row))).collect()
        })
        .collect()
}

fn cell(column: &ArrayRef, row: usize) -> Json {
    if let Some(map) = column.as_map_opt() {
        let entries = map.value(row);
        let (names, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
        return names
            .iter()
            .zip(values)
            .map(|(name, value)| (name.unwrap().to_owned(), Json::from(value)))
            .collect();
    }
    let text = cast(&column.slice(row, 1), &DataType::Utf8).unwrap();
    text.as_string::<i32>().value(0).into()
}
