//! Parts of every version that there ever was are read, for ever.
//!
//! Beside each `part-v….parquet` in `tests/fixtures` lies what its rows are. The parts were written by the
//! version they name (`cargo build --workspace --examples`, then `part_fixture`) and are never written again.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use bytes::Bytes;
use futures::executor::block_on;
use girok_event::{DatasetName, Timestamp, columns};
use girok_index::{PartIndex, sought_in_fields, sought_in_texts};
use girok_store::{
    Covers, FORMAT_VERSION, INDEX_KEY, IndexLocation, PART_KEY, PartId, PartMeta, PartStore, StoreError,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// What lies beside a part.
#[derive(Deserialize)]
struct Expected {
    version: u32,
    covers: [i64; 2],
    /// Each row by column, values as text, without those that are missing.
    rows: Vec<Map<String, Json>>,
}

#[test]
fn every_version_is_read() {
    let fixtures = fixtures();
    assert!(!fixtures.is_empty(), "no fixture lies in tests/fixtures");
    for path in &fixtures {
        check(path);
    }
}

#[test]
fn the_current_version_has_a_fixture() {
    let wanted = format!("part-v{FORMAT_VERSION}-");
    let is_current = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&wanted);
    let hint = "make one: cargo build --workspace --examples, then run the example part_fixture";
    assert!(fixtures().iter().any(is_current), "version {FORMAT_VERSION} has no fixture\nhint: {hint}");
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "parquet")).collect()
}

fn check(path: &Path) {
    let named = path.display();
    let bytes = Bytes::from(std::fs::read(path).unwrap());
    let expected: Expected =
        serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap();
    let keys = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let key =
        |name: &str| keys.iter().find(|pair| pair.key == name).and_then(|pair| pair.value.clone()).unwrap();

    let part: Json = serde_json::from_str(&key(PART_KEY)).unwrap();
    assert_eq!(part["version"], expected.version, "{named}");
    assert_eq!(
        [part["covers_from"].as_i64(), part["covers_until"].as_i64()],
        expected.covers.map(Some),
        "{named}"
    );

    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let batch = concat_batches(&schema, &batches).unwrap();
    let rows: Vec<Map<String, Json>> = (0..batch.num_rows()).map(|row| cells(&batch, row)).collect();
    assert_eq!(rows.len(), expected.rows.len(), "{named}");
    let differs = rows.iter().zip(&expected.rows).find(|(read, written)| read != written);
    assert_eq!(differs, None, "{named}: what is read, and what was written");

    let location = IndexLocation::from_footer(&key(INDEX_KEY)).unwrap();
    let index = &bytes[location.offset as usize..(location.offset + location.length) as usize];
    assert_eq!(girok_index::checksum(index), location.checksum, "{named}");
    check_sections(path, location, &PartIndex::decode(index).unwrap(), &rows);
}

/// What is read section by section is what the whole index says.
fn check_sections(path: &Path, location: IndexLocation, whole: &PartIndex, rows: &[Map<String, Json>]) {
    let named = path.display();
    let parts = PartStore::local(path.parent().unwrap()).unwrap();
    let meta = PartMeta {
        id: PartId(1),
        dataset: DatasetName::new("fixture").unwrap(),
        path: path.file_name().unwrap().to_str().unwrap().to_owned(),
        partition: 0,
        covers: Covers { from: 0, until: 1 },
        first_offset: 0,
        last_offset: 0,
        rows: rows.len() as u64,
        size_bytes: path.metadata().unwrap().len(),
        raw_bytes: 0,
        time_min: Timestamp(0),
        time_max: Timestamp(0),
        columns: [].into(),
        index: location,
    };
    let opened = block_on(parts.open(&meta)).unwrap();
    assert_eq!(opened.head, whole.head, "{named}");
    assert_eq!(block_on(opened.index.shapes()).unwrap(), whole.shapes, "{named}");
    let tokens = block_on(opened.index.tokens()).unwrap();
    assert_eq!(tokens.is_some(), whole.tokens.is_some(), "{named}");
    if let (Some((head, buckets)), Some(tokens)) = (tokens, &whole.tokens) {
        let texts = rows.iter().flat_map(Map::values).filter_map(Json::as_str);
        for hash in texts.flat_map(|text| [sought_in_texts(text), sought_in_fields(text)]).flatten() {
            assert_eq!(head.blocks(hash, &buckets[head.bucket_of(hash)]), tokens.blocks(hash), "{named}");
        }
    }
    let other = IndexLocation { checksum: location.checksum ^ 1, ..location };
    let refused = block_on(parts.open(&PartMeta { index: other, ..meta })).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{named}: {refused}");
}

fn cells(batch: &RecordBatch, row: usize) -> Map<String, Json> {
    let all = batch.schema_ref().fields().iter().zip(batch.columns());
    // The number of a message's shape is made when the part is written: it is no value of the event.
    let present = all.filter(|(field, column)| field.name() != columns::SHAPE && column.is_valid(row));
    present.map(|(field, column)| (field.name().clone(), cell(column, row))).collect()
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
