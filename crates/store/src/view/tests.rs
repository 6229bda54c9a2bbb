use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use girok_event::{Event, Timestamp, columns};

use super::*;
use crate::{Covers, PartId, PartSpec, RowOrigin, RowsBuilder, write_part};

fn chunk(offsets: std::ops::Range<i64>) -> Arc<Chunk> {
    let mut rows = RowsBuilder::new(DatasetName::default_dataset(), 0);
    for offset in offsets {
        let origin = RowOrigin { offset, received: Timestamp(offset), source: "", input: "", raw_bytes: 1 };
        rows.push(&Event::default(), origin);
    }
    Arc::new(rows.cut().unwrap().unwrap())
}

/// All offsets a query would see, in order of parts and chunks.
fn offsets(view: &View) -> Vec<i64> {
    let stored = view.parts.iter().flat_map(|part| part.first_offset..=part.last_offset);
    let live = view.chunks.iter().flat_map(|chunk| {
        let column = chunk.batch.column_by_name(columns::OFFSET).unwrap();
        column.as_primitive::<Int64Type>().values().to_vec()
    });
    stored.chain(live).collect()
}

fn publish(store: &Store, from: i64, until: i64) {
    let name = DatasetName::default_dataset();
    let chunks = store.live.begin_seal(&name, 0);
    let spec = PartSpec { id: PartId(from as u64), covers: Covers { from, until } };
    let part = write_part(&chunks, spec, &Patterns::default()).unwrap();
    store.catalog.publish(&part.meta).unwrap();
    store.live.remove_sealed(&name, 0, until - 1);
}

#[test]
fn no_row_is_doubled_or_missing_while_parts_are_published() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    let name = DatasetName::default_dataset();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut views = 0;
                    let mut most = 0;
                    while !is_done.load(Ordering::Acquire) {
                        let seen = offsets(&store.view(&name));
                        let expected: Vec<i64> = (0..seen.len() as i64).collect();
                        assert_eq!(seen, expected);
                        assert!(seen.len() >= most, "rows that were visible stay visible");
                        most = seen.len();
                        views += 1;
                    }
                    views
                })
            })
            .collect();
        let mut sealed = 0;
        for at in 0..400 {
            store.live.add(chunk(at * 5..at * 5 + 5)).unwrap();
            if at % 10 == 9 {
                publish(&store, sealed, at * 5 + 5);
                sealed = at * 5 + 5;
            }
        }
        is_done.store(true, Ordering::Release);
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() > 0));
    });
    assert_eq!(offsets(&store.view(&name)).len(), 2000);
}

#[test]
fn a_chunk_across_the_checkpoint_shows_only_the_rows_past_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    let name = DatasetName::default_dataset();
    store.live.add(chunk(0..10)).unwrap();
    store.catalog.skip(&name, 0, Covers { from: 0, until: 4 }).unwrap();
    assert_eq!(offsets(&store.view(&name)), (4..10).collect::<Vec<_>>());
    store.catalog.skip(&name, 0, Covers { from: 4, until: 10 }).unwrap();
    assert!(offsets(&store.view(&name)).is_empty());
}

#[test]
fn a_crash_between_file_and_commit_leaves_an_orphan_that_is_cleaned() {
    let dir = tempfile::tempdir().unwrap();
    let before = Store::in_folder(dir.path());
    let spec = |id, from, until| PartSpec { id: PartId(id), covers: Covers { from, until } };
    let kept = write_part(&[chunk(0..5)], spec(1, 0, 5), &Patterns::default()).unwrap();
    let lost = write_part(&[chunk(5..9)], spec(2, 5, 9), &Patterns::default()).unwrap();
    futures::executor::block_on(before.parts.put(&kept.meta.path, kept.bytes)).unwrap();
    before.catalog.publish(&kept.meta).unwrap();
    futures::executor::block_on(before.parts.put(&lost.meta.path, lost.bytes)).unwrap();
    drop(before);

    let after = Store::in_folder(dir.path());
    let cleaned = futures::executor::block_on(after.parts.clean_up(&after.catalog)).unwrap();
    assert_eq!(cleaned.orphans, [lost.meta.path]);
    assert_eq!(cleaned.missing, Vec::<String>::new());
    let name = DatasetName::default_dataset();
    assert_eq!(after.catalog.checkpoint(&name, 0), 5, "the rows are read from the log again");
    assert!(futures::executor::block_on(after.parts.index(&kept.meta)).is_ok());

    after.catalog.drop_parts(&[PartId(1)], Timestamp(10)).unwrap();
    let swept =
        |before| futures::executor::block_on(after.parts.sweep(&after.catalog, Timestamp(before))).unwrap();
    assert_eq!(swept(10), []);
    assert_eq!(swept(11), [PartId(1)]);
    assert!(futures::executor::block_on(after.parts.read(&kept.meta.path)).is_err());
}
