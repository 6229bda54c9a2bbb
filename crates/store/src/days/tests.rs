use std::ops::ControlFlow;

use girok_event::Event;
use girok_index::sought_in_parts;

use super::*;
use crate::{Covers, PartSpec, Patterns, RowOrigin, RowsBuilder, write_part};

/// 2024-05-01T10:00:00Z.
const MORNING: i64 = 1_714_557_600_000_000_000;

fn dataset() -> DatasetName {
    DatasetName::new("web").unwrap()
}

/// Publishes a part of one event with this message.
fn publish(store: &Store, message: &str, time: Timestamp) -> PartId {
    let offset = store.catalog.checkpoint(&dataset(), 0);
    let mut builder = RowsBuilder::new(dataset(), 0);
    let origin = RowOrigin { offset, received: time, source: "", input: "", raw_bytes: 10 };
    builder.push(&Event { time: Some(time), message: Some(message), ..Event::default() }, origin);
    let chunk = Arc::new(builder.cut().unwrap().unwrap());
    let spec = PartSpec { id: PartId(offset as u64 + 1), covers: Covers { from: offset, until: offset + 1 } };
    let part = write_part(&[chunk], spec, &Patterns::default()).unwrap();
    block_on(store.parts.put(&part.meta.path, part.bytes)).unwrap();
    store.catalog.publish(&part.meta).unwrap();
    part.meta.id
}

fn table(store: &Store, now: i64) -> Option<i64> {
    let mut id = 1000 + store.catalog.snapshot().version();
    let next = || {
        id += 1;
        PartId(id)
    };
    table_days(store, &dataset(), Timestamp(now), next, &|_| ControlFlow::Continue(())).unwrap()
}

fn files(store: &Store) -> Arc<[Arc<DayFile>]> {
    store.catalog.snapshot().days(&dataset())
}

/// The parts that may hold a word.
fn holders(store: &Store, file: &DayFile, word: &str) -> Vec<PartId> {
    let head = block_on(file.head(&store.parts)).unwrap();
    let [hash] = sought_in_parts(word)[..] else { panic!("one word") };
    let read = block_on(file.segments(&store.parts, &head, &head.segments(hash))).unwrap();
    let found = head.holders(hash, |wanted| Some(&read.iter().find(|(segment, _)| *segment == wanted)?.1));
    file.parts.iter().enumerate().filter(|(at, _)| found.contains(*at)).map(|(_, id)| *id).collect()
}

#[test]
fn a_day_that_is_over_gets_a_table_and_loses_it_with_its_parts() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    let parts: Vec<PartId> = (0..5)
        .map(|n| publish(&store, &format!("order x{n}000 of session {n}a77"), Timestamp(MORNING + n)))
        .collect();
    assert_eq!(table(&store, MORNING + DAY_NANOS / 2), None, "the day is not over");
    let later = MORNING + DAY_NANOS;
    assert_eq!(table(&store, later), Some(MORNING / DAY_NANOS));
    assert_eq!(table(&store, later), None, "nothing has come since");
    let before = files(&store);
    assert_eq!(before[0].parts[..], parts[..]);
    assert_eq!(holders(&store, &before[0], "x3000"), [parts[3]]);
    assert_eq!(holders(&store, &before[0], "session"), parts);
    assert_eq!(holders(&store, &before[0], "nothing"), []);

    drop(store);
    let store = Store::in_folder(dir.path());
    assert_eq!(files(&store), before, "known after a restart");
    assert_eq!(block_on(store.parts.clean_up(&store.catalog)).unwrap(), crate::CleanUp::default());

    publish(&store, "late", Timestamp(MORNING + 7));
    assert_eq!(table(&store, later), None, "little has come since");
    publish(&store, "later", Timestamp(MORNING + 8));
    publish(&store, "latest", Timestamp(MORNING + 9));
    assert_eq!(table(&store, later), Some(MORNING / DAY_NANOS));
    assert_eq!(files(&store)[0].parts.len(), 8);
    let swept = block_on(store.parts.sweep(&store.catalog, Timestamp(later + 1))).unwrap();
    assert_eq!(swept, [before[0].id]);

    store.catalog.drop_parts(&parts, Timestamp(later)).unwrap();
    assert_eq!(table(&store, later), None, "three of its parts are left");
    let rest: Vec<PartId> = store.catalog.snapshot().parts(&dataset()).iter().map(|part| part.id).collect();
    store.catalog.drop_parts(&rest, Timestamp(later)).unwrap();
    assert_eq!(table(&store, later), Some(MORNING / DAY_NANOS));
    assert!(files(&store).is_empty());
    block_on(store.parts.sweep(&store.catalog, Timestamp(later + 1))).unwrap();
    assert!(store.catalog.paths().unwrap().is_empty());
}

#[test]
fn a_damaged_table_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_folder(dir.path());
    (0..4).for_each(|n| {
        publish(&store, "a", Timestamp(MORNING + n));
    });
    table(&store, MORNING + 2 * DAY_NANOS);
    let file = files(&store)[0].clone();
    let path = dir.path().join("parts").join(&file.path);
    let good = std::fs::read(&path).unwrap();
    let head = block_on(file.head(&store.parts)).unwrap();
    for at in [0, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, bad).unwrap();
        let error = match at {
            0 => block_on(file.head(&store.parts)).unwrap_err(),
            _ => block_on(file.segments(&store.parts, &head, &[0])).unwrap_err(),
        };
        assert!(error.to_string().contains(&file.path), "{error}");
    }
}
