use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int32Type;
use girok_event::{Event, Field, Value, columns};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use super::*;
use crate::{Chunk, Covers, RowOrigin, RowsBuilder, adapt, unify, write_part};

fn dataset() -> DatasetName {
    DatasetName::default_dataset()
}

/// An event's own fields by number, and its message.
type Row = (Vec<(u8, Cell)>, Option<String>);

#[derive(Debug, Clone)]
enum Cell {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        any::<bool>().prop_map(Cell::Bool),
        (-9..9i64).prop_map(Cell::Int),
        prop_oneof![Just(i64::MAX), Just((1 << 53) + 1)].prop_map(Cell::Int),
        (-4..4i8).prop_map(|n| Cell::Float(f64::from(n) / 2.0)),
        "[a-z가 ]{0,5}".prop_map(Cell::Text),
    ]
}

fn row() -> impl Strategy<Value = Row> {
    (prop::collection::vec((0..5u8, cell()), 0..4), prop::option::of("[a-z ]{0,8}"))
}

fn chunk(rows: &[Row], first_offset: i64) -> Arc<Chunk> {
    let mut builder = RowsBuilder::new(dataset(), 0);
    for (at, (cells, message)) in rows.iter().enumerate() {
        let names: Vec<String> = cells.iter().map(|(name, _)| format!("f{name}")).collect();
        let value = |cell: &'_ Cell| match cell {
            Cell::Bool(flag) => Value::Bool(*flag),
            Cell::Int(number) => Value::Int(*number),
            Cell::Float(number) => Value::Float(*number),
            Cell::Text(_) => Value::Str(""),
        };
        let fields: Vec<Field<'_>> = cells
            .iter()
            .zip(&names)
            .map(|((_, cell), name)| match cell {
                Cell::Text(text) => (name.as_str(), Value::Str(text)),
                other => (name.as_str(), value(other)),
            })
            .collect();
        let event = Event { message: message.as_deref(), fields, ..Event::default() };
        let offset = first_offset + at as i64;
        let origin = RowOrigin { offset, received: Timestamp(offset), source: "s", input: "", raw_bytes: 7 };
        builder.push(&event, origin);
    }
    Arc::new(builder.cut().unwrap().unwrap())
}

/// Publishes each list of rows as a part; the batches as they were.
fn fill(store: &Store, parts: &[Vec<Row>]) -> Vec<RecordBatch> {
    let mut offset = 0;
    let mut batches = Vec::new();
    for (id, rows) in parts.iter().enumerate() {
        let chunk = chunk(rows, offset);
        let until = offset + rows.len() as i64;
        let spec = PartSpec { id: PartId(id as u64), covers: Covers { from: offset, until } };
        batches.push(chunk.batch.clone());
        publish(store, &[chunk], spec);
        offset = until;
    }
    batches
}

fn publish(store: &Store, chunks: &[Arc<Chunk>], spec: PartSpec) {
    let part = write_part(chunks, spec, &store.patterns).unwrap();
    block_on(store.parts.put(&part.meta.path, part.bytes)).unwrap();
    store.catalog.publish(&part.meta).unwrap();
}

fn read(store: &Store, part: &PartMeta) -> RecordBatch {
    let bytes = block_on(store.parts.read(&part.path)).unwrap();
    assert_eq!(bytes.len() as u64, part.size_bytes);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let all = concat_batches(&schema, &batches).unwrap();
    let kept: Vec<usize> =
        (0..schema.fields().len()).filter(|at| schema.field(*at).name() != columns::SHAPE).collect();
    check_shapes(store, part, &all);
    // The footer's keys stand in the schema that a reader makes.
    let rows = all.project(&kept).unwrap();
    let schema = Schema::new(rows.schema().fields().clone());
    RecordBatch::try_new(Arc::new(schema), rows.columns().to_vec()).unwrap()
}

/// Each message fits the shape whose number its row has.
fn check_shapes(store: &Store, part: &PartMeta, rows: &RecordBatch) {
    let Some(messages) = rows.column_by_name(columns::MESSAGE) else { return };
    let shapes = block_on(store.parts.index(part)).unwrap().shapes.unwrap().all;
    let numbers = rows.column_by_name(columns::SHAPE).unwrap().as_primitive::<Int32Type>();
    let mut scanner = girok_index::ShapeScanner::default();
    for (message, number) in messages.as_string::<i32>().iter().zip(numbers) {
        let shape = message.and_then(|text| scanner.scan(text, |_| {}).map(str::to_owned));
        assert_eq!(number.map(|number| &shapes[number as usize].text), shape.as_ref());
    }
}

/// What the rows of `batches` are as one table.
fn as_one(batches: &[RecordBatch]) -> RecordBatch {
    let schema = unify(&batches.iter().collect::<Vec<_>>());
    let adapted: Vec<_> = batches.iter().map(|batch| adapt(batch, &schema).unwrap()).collect();
    concat_batches(&schema, &adapted).unwrap()
}

fn policy(parts_min: usize) -> CompactionPolicy {
    CompactionPolicy { parts_min, span_nanos_max: i64::MAX, ..CompactionPolicy::default() }
}

fn run(store: &Store, parts_min: usize) -> Option<Compacted> {
    let turn = Turn::unpaced(PartId(1000), Timestamp(50));
    compact(store, &dataset(), 0, &policy(parts_min), turn).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_compacted_part_holds_the_rows_of_the_old_ones(
        parts in prop::collection::vec(prop::collection::vec(row(), 1..12), 2..8),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::in_folder(dir.path());
        let batches = fill(&store, &parts);
        let before = store.catalog.snapshot().parts(&dataset());
        let done = merge(&store, &before, Turn::unpaced(PartId(1000), Timestamp(50))).unwrap().unwrap();
        prop_assert_eq!(&done.old[..], &before[..]);
        let after = store.catalog.snapshot().parts(&dataset());
        prop_assert_eq!(&after[..], std::slice::from_ref(&done.new));
        let rows: usize = parts.iter().map(Vec::len).sum();
        let new = &*done.new;
        prop_assert_eq!(new.covers, Covers { from: 0, until: rows as i64 });
        prop_assert_eq!((new.first_offset, new.last_offset, new.rows), (0, rows as i64 - 1, rows as u64));
        prop_assert_eq!((new.time_min, new.time_max), (Timestamp(0), Timestamp(rows as i64 - 1)));
        prop_assert_eq!(new.raw_bytes, 7 * rows as u64);
        prop_assert_eq!(read(&store, new), as_one(&batches));
        let index = block_on(store.parts.index(new)).unwrap();
        let messages = parts.iter().flatten().filter(|row| row.1.is_some()).count() as u64;
        let shapes = index.shapes.unwrap();
        prop_assert_eq!(shapes.shapeless + shapes.all.iter().map(|shape| shape.rows).sum::<u64>(), messages);
        prop_assert_eq!(index.head.summary.unwrap().rows, rows as u64);
        prop_assert_eq!(store.catalog.checkpoint(&dataset(), 0), rows as i64);
    }
}

#[test]
fn large_row_groups_are_copied_and_small_ones_become_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    let rows = |count: i64, name: u8| -> Vec<Row> {
        (0..count).map(|n| (vec![(name, Cell::Int(n))], Some(format!("word{}", n % 7)))).collect()
    };
    let sizes = [70_000, 80_000, 300, 200, 70_000];
    let parts: Vec<Vec<Row>> =
        sizes.iter().enumerate().map(|(at, count)| rows(*count, at as u8 % 2)).collect();
    let batches = fill(&store, &parts);
    let policy = CompactionPolicy { parts_min: 5, ..policy(5) };
    // Of sizes that differ so much nobody would make one part; the merge itself does not mind.
    let old = store.catalog.snapshot().parts(&dataset());
    assert_eq!(plan::plan(&old, &policy, |_| false), None);
    let done = merge(&store, &old, Turn::unpaced(PartId(9), Timestamp(1))).unwrap().unwrap();
    assert!(done.copied_bytes > done.new.size_bytes / 3, "{} of {}", done.copied_bytes, done.new.size_bytes);
    assert_eq!(read(&store, &done.new), as_one(&batches));
    let bytes = block_on(store.parts.read(&done.new.path)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let groups: Vec<i64> = reader
        .metadata()
        .row_groups()
        .iter()
        .map(parquet::file::metadata::RowGroupMetaData::num_rows)
        .collect();
    assert_eq!(groups, [70_000, 80_000, 500, 70_000]);
}

#[test]
fn a_part_that_is_gone_stops_the_replacement_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    fill(&store, &vec![vec![(Vec::new(), None)]; 3]);
    let old = store.catalog.snapshot().parts(&dataset());
    store.catalog.drop_parts(&[PartId(1)], Timestamp(1)).unwrap();
    assert_eq!(merge(&store, &old, Turn::unpaced(PartId(9), Timestamp(1))).unwrap(), None);
    let left: Vec<_> = store.catalog.snapshot().parts(&dataset()).iter().map(|part| part.id).collect();
    assert_eq!(left, [PartId(0), PartId(2)]);
    let cleaned = block_on(store.parts.clean_up(&store.catalog)).unwrap();
    assert_eq!((cleaned.orphans.len(), cleaned.missing.len()), (0, 0));
}

#[test]
fn work_that_is_told_to_stop_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    fill(&store, &vec![vec![(Vec::new(), None)]; 3]);
    let stop = |_: u64| ControlFlow::Break(());
    let turn = Turn { id: PartId(9), now: Timestamp(1), pace: &stop };
    let stopped = compact(&store, &dataset(), 0, &policy(3), turn);
    assert!(matches!(stopped, Err(StoreError::Stopped)), "{stopped:?}");
    assert_eq!(store.catalog.snapshot().parts(&dataset()).len(), 3);
    assert!(run(&store, 3).is_some());
}

#[test]
fn old_files_stay_for_queries_in_flight_and_are_swept_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    fill(&store, &vec![vec![(Vec::new(), None)]; 3]);
    let view = store.view(&dataset());
    let done = run(&store, 3).unwrap();
    for part in view.parts.iter() {
        assert_eq!(read(&store, part).num_rows(), 1);
    }
    let swept = block_on(store.parts.sweep(&store.catalog, Timestamp(51))).unwrap();
    assert_eq!(swept.len(), 3);
    assert!(block_on(store.parts.read(&view.parts[0].path)).is_err());
    assert_eq!(read(&store, &done.new).num_rows(), 3);
}
