//! Stores with a few parts in them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::executor::block_on;
use girok_event::{DatasetName, Event, Timestamp, Value, columns};
use girok_store::{
    Catalog, Covers, Live, PartId, PartSpec, PartStore, Patterns, RowOrigin, RowsBuilder, Store, write_part,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

pub(crate) fn dataset() -> DatasetName {
    DatasetName::default_dataset()
}

/// A store in `dir` whose files are reached through `parts`.
pub(crate) fn open(dir: &Path, parts: PartStore) -> Store {
    let catalog = Arc::new(Catalog::open(&dir.join("catalog.db")).unwrap());
    Store { catalog, live: Arc::new(Live::default()), parts, patterns: Arc::default() }
}

pub(crate) fn local(dir: &Path) -> PartStore {
    PartStore::local(&dir.join("parts")).unwrap()
}

/// The bytes of a part with the rows at `offsets`.
pub(crate) fn part(id: u64, offsets: std::ops::Range<i64>) -> girok_store::EncodedPart {
    let mut builder = RowsBuilder::new(dataset(), 0);
    for offset in offsets.clone() {
        let message = format!("event {offset} of {}", offset % 3);
        let fields = vec![("n", Value::Int(offset)), ("level", Value::Str("info")), ("d", Value::Float(0.5))];
        let event = Event { message: Some(&message), fields, ..Event::default() };
        let origin = RowOrigin { offset, received: Timestamp(offset), source: "s", input: "", raw_bytes: 9 };
        builder.push(&event, origin);
    }
    let chunk = Arc::new(builder.cut().unwrap().unwrap());
    let covers = Covers { from: offsets.start, until: offsets.end };
    write_part(&[chunk], PartSpec { id: PartId(id), covers }, &Patterns::default()).unwrap()
}

/// Publishes `parts` parts of `rows` rows each.
pub(crate) fn fill(store: &Store, parts: i64, rows: i64) {
    for number in 0..parts {
        let part = part(number as u64, number * rows..(number + 1) * rows);
        block_on(store.parts.put(&part.meta.path, part.bytes)).unwrap();
        store.catalog.publish(&part.meta).unwrap();
    }
}

/// The offsets of all rows that a query sees; each part has to be whole.
pub(crate) fn rows(store: &Store) -> Vec<i64> {
    let view = store.view(&dataset());
    assert_eq!(view.out, []);
    let mut all = Vec::new();
    for part in view.parts.iter() {
        block_on(store.parts.index(part)).unwrap();
        let bytes = block_on(store.parts.read(&part.path)).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let offsets = batch.column_by_name(columns::OFFSET).unwrap();
            all.extend(offsets.as_primitive::<Int64Type>().values().to_vec());
        }
    }
    all
}

/// The names of all files below `dir`, whatever they are called.
pub(crate) fn files(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.file_name().unwrap().to_string_lossy().into_owned())),
        }
    }
    found
}
