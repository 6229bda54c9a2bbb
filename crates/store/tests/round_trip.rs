//! What went in as events comes out of the Parquet file, with any reader's own eyes.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it was skipped"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimeUnit, TimestampNanosecondType};
use girok_event::{DatasetName, Event, Field, Format, Timestamp, Value, columns};
use girok_index::{ShapeScanner, sought_in_messages, sought_in_texts};
use girok_store::{
    Covers, EncodedPart, INDEX_KEY, IndexLocation, PART_KEY, PartId, PartSpec, Patterns, RowOrigin,
    RowsBuilder, write_part,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

/// An event that owns its text.
#[derive(Debug, Clone)]
struct Sample {
    time: Option<i64>,
    message: Option<String>,
    head: Option<String>,
    raw: Option<String>,
    error: Option<String>,
    fields: BTreeMap<String, Kind>,
    cut_after: bool,
}

#[derive(Debug, Clone)]
enum Kind {
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z ]{0,12}", "[가-힣 ]{0,6}", Just("a\0b".to_owned()), "\\PC{0,8}"]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        any::<bool>().prop_map(Kind::Bool),
        prop_oneof![any::<i64>(), -100i64..100].prop_map(Kind::Int),
        (-1e9..1e9f64).prop_map(Kind::Float),
        text().prop_map(Kind::Str),
    ]
}

fn sample() -> impl Strategy<Value = Sample> {
    let name =
        prop_oneof!["[a-e]", Just("log.level".to_owned()), Just("이름".to_owned()), Just("_raw".to_owned())];
    (
        prop::option::of(any::<i64>()),
        prop::option::of(text()),
        prop::option::weighted(0.2, text()),
        prop::option::weighted(0.1, text()),
        prop::option::weighted(0.1, text()),
        prop::collection::btree_map(name, kind(), 0..6),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(time, message, head, raw, error, fields, cut_after)| Sample {
            time,
            message,
            head,
            raw,
            error,
            fields,
            cut_after,
        })
}

fn value(kind: &Kind) -> Value<'_> {
    match kind {
        Kind::Bool(flag) => Value::Bool(*flag),
        Kind::Int(number) => Value::Int(*number),
        Kind::Float(number) => Value::Float(*number),
        Kind::Str(text) => Value::Str(text),
    }
}

fn printed(kind: &Kind) -> String {
    match kind {
        Kind::Bool(flag) => flag.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => format!("{number:?}"),
        Kind::Str(text) => text.clone(),
    }
}

fn write(samples: &[Sample]) -> EncodedPart {
    let mut rows = RowsBuilder::new(DatasetName::default_dataset(), 1);
    let mut chunks = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        let fields: Vec<Field<'_>> =
            sample.fields.iter().map(|(name, kind)| (name.as_str(), value(kind))).collect();
        let event = Event {
            time: sample.time.map(Timestamp),
            format: Format::Json,
            head: sample.head.as_deref(),
            message: sample.message.as_deref(),
            raw: sample.raw.as_deref(),
            error: sample.error.as_deref(),
            fields,
        };
        let origin = RowOrigin {
            offset: 100 + at as i64,
            received: Timestamp(7),
            source: "10.0.0.9",
            input: "http",
            raw_bytes: 50,
        };
        rows.push(&event, origin);
        if sample.cut_after {
            chunks.extend(rows.cut().unwrap().map(Arc::new));
        }
    }
    chunks.extend(rows.cut().unwrap().map(Arc::new));
    let covers = Covers { from: 90, until: 100 + samples.len() as i64 };
    write_part(&chunks, PartSpec { id: PartId(5), covers }, &Patterns::default()).unwrap()
}

fn read(part: &EncodedPart) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(part.bytes.clone()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

fn text_at(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let array: &ArrayRef = batch.column_by_name(name)?;
    let array = girok_store::widen(array, &DataType::Utf8).unwrap();
    array.is_valid(row).then(|| array.as_string::<i32>().value(row).to_owned())
}

fn overflow_at(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let map = batch.column_by_name(columns::OVERFLOW)?.as_map();
    let entries = map.is_valid(row).then(|| map.value(row))?;
    let at = entries.column(0).as_string::<i32>().iter().position(|key| key == Some(name))?;
    Some(entries.column(1).as_string::<i32>().value(at).to_owned())
}

/// Whether a stored text says the same as the value: a column of floats prints an int with `.0`.
fn says(stored: &str, kind: &Kind) -> bool {
    match kind {
        Kind::Int(number) => {
            stored == printed(kind)
                || stored.parse::<f64>().is_ok_and(|float| float == *number as f64 && float as i64 == *number)
        }
        Kind::Float(number) => stored.parse() == Ok(*number),
        _ => stored == printed(kind),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_part_gives_back_its_events(samples in prop::collection::vec(sample(), 1..40)) {
        let part = write(&samples);
        let batch = read(&part);
        prop_assert_eq!(batch.num_rows(), samples.len());
        prop_assert_eq!(part.meta.rows, samples.len() as u64);
        let names: Vec<&str> = part.meta.columns.iter().map(|column| column.name.as_str()).collect();
        let found: Vec<&str> = batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
        prop_assert_eq!(names, found);
        let nanos = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
        let times = girok_store::widen(batch.column_by_name(columns::TIME).unwrap(), &nanos).unwrap();
        let times = times.as_primitive::<TimestampNanosecondType>();
        let offsets = batch.column_by_name(columns::OFFSET).unwrap().as_primitive::<Int64Type>();
        for (row, sample) in samples.iter().enumerate() {
            prop_assert_eq!(times.value(row), sample.time.unwrap_or(7));
            prop_assert_eq!(offsets.value(row), 100 + row as i64);
            prop_assert_eq!(text_at(&batch, columns::MESSAGE, row), sample.message.clone());
            prop_assert_eq!(text_at(&batch, columns::HEAD, row), sample.head.clone());
            prop_assert_eq!(text_at(&batch, columns::RAW, row), sample.raw.clone());
            prop_assert_eq!(text_at(&batch, columns::PARSE_ERROR, row), sample.error.clone());
            for name in ["a", "b", "c", "d", "e", "log.level", "이름"] {
                let stored = text_at(&batch, name, row);
                match sample.fields.get(name) {
                    Some(kind) => prop_assert!(stored.as_deref().is_some_and(|stored| says(stored, kind)), "{:?} {:?}", stored, kind),
                    None => prop_assert_eq!(stored, None),
                }
            }
            match (overflow_at(&batch, "_raw", row), sample.fields.get("_raw")) {
                (Some(stored), Some(kind)) => prop_assert!(says(&stored, kind), "{} {:?}", stored, kind),
                (stored, kind) => prop_assert!(stored.is_none() && kind.is_none(), "{:?} {:?}", stored, kind),
            }
        }
    }

    #[test]
    fn the_index_knows_every_row(samples in prop::collection::vec(sample(), 1..20)) {
        let part = write(&samples);
        let at = part.meta.index;
        let bytes = &part.bytes[at.offset as usize..(at.offset + at.length) as usize];
        prop_assert_eq!(girok_index::checksum(bytes), at.checksum);
        let index = part.meta.decode_index(bytes).unwrap();
        let summary = index.head.summary.as_ref().unwrap();
        prop_assert_eq!(summary.rows, samples.len() as u64);
        let batch = read(&part);
        let shapes = index.shapes.as_ref().unwrap();
        let numbers = batch.column_by_name(columns::SHAPE).map(AsArray::as_primitive::<Int32Type>);
        for (row, sample) in samples.iter().enumerate() {
            for text in [&sample.head, &sample.raw].into_iter().flatten() {
                prop_assert!(index.tokens.as_ref().unwrap().blocks_of_all(&sought_in_texts(text)).contains(0), "{}", text);
            }
            if let Some(message) = &sample.message {
                prop_assert!(index.tokens.as_ref().unwrap().blocks_of_all(&sought_in_messages(message)).contains(0));
                let numbers = numbers.unwrap();
                let shape = numbers.is_valid(row).then(|| shapes.all[numbers.value(row) as usize].text.clone());
                let expected = ShapeScanner::new().scan(message, |_| {}).map(str::to_owned);
                prop_assert_eq!(shape, expected);
            }
        }
        let messages = samples.iter().filter(|sample| sample.message.is_some()).count() as u64;
        prop_assert_eq!(shapes.all.iter().map(|shape| shape.rows).sum::<u64>() + shapes.shapeless, messages);
        for column in index.head.columns.as_ref().unwrap() {
            let texts: Vec<_> = (0..samples.len()).filter_map(|row| text_at(&batch, &column.name, row)).collect();
            prop_assert_eq!(column.present, texts.len() as u64, "{}", &column.name);
            for (value, rows) in column.values.as_ref().unwrap() {
                let found = texts.iter().filter(|text| *text == value).count();
                prop_assert_eq!(*rows as usize, found, "{} {}", &column.name, value);
            }
        }
    }
}

#[test]
fn the_footer_says_what_the_part_is() {
    let sample = Sample {
        time: Some(0),
        message: Some("hello".to_owned()),
        head: None,
        raw: None,
        error: None,
        fields: BTreeMap::new(),
        cut_after: false,
    };
    let part = write(&[sample]);
    assert_eq!(part.meta.path, "logs/1970-01-01/1-100-100-0000000000000005.parquet");
    let reader = ParquetRecordBatchReaderBuilder::try_new(part.bytes.clone()).unwrap();
    let keys = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let value =
        |key: &str| keys.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone()).unwrap();
    assert_eq!(IndexLocation::from_footer(&value(INDEX_KEY)), Some(part.meta.index));
    assert!(value(PART_KEY).contains(r#""covers_from":90"#), "{}", value(PART_KEY));
}
