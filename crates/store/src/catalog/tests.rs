use super::*;
use crate::{ColumnKind, ColumnMeta, IndexLocation, Limit};

fn dataset() -> DatasetName {
    DatasetName::new("web").unwrap()
}

fn part(id: u64, from: i64, until: i64) -> PartMeta {
    PartMeta {
        id: PartId(id),
        dataset: dataset(),
        path: format!("web/1970-01-01/0-{from}-{until}-{id}.parquet"),
        partition: 0,
        covers: Covers { from, until },
        first_offset: from,
        last_offset: until - 1,
        rows: (until - from) as u64,
        size_bytes: 10,
        raw_bytes: 20,
        time_min: Timestamp(-5),
        time_max: Timestamp(7),
        columns: [ColumnMeta { name: "웹 \"level\"".to_owned(), kind: ColumnKind::Float }].into(),
        index: IndexLocation { offset: 4, length: 5, checksum: u64::MAX },
    }
}

#[test]
fn parts_and_checkpoints_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let catalog = Catalog::open(&path).unwrap();
    catalog.publish(&part(1, 0, 10)).unwrap();
    catalog.publish(&part(2, 10, 15)).unwrap();
    let before = catalog.snapshot();
    drop(catalog);
    let after = Catalog::open(&path).unwrap().snapshot();
    assert_eq!(after.parts(&dataset()), before.parts(&dataset()));
    assert_eq!(after.parts(&dataset()).len(), 2);
    assert_eq!(after.checkpoint(&dataset(), 0), 15);
    assert_eq!(after.checkpoint(&dataset(), 1), 0);
}

#[test]
fn gaps_and_doubles_are_refused_and_change_nothing() {
    let catalog = Catalog::over(Connection::open_in_memory().unwrap()).unwrap();
    catalog.publish(&part(1, 0, 10)).unwrap();
    for (id, from, until) in [(2, 11, 12), (3, 9, 12), (4, 0, 10)] {
        let error = catalog.publish(&part(id, from, until)).unwrap_err();
        assert!(matches!(error, StoreError::NotAtCheckpoint { checkpoint: 10, .. }), "{error}");
    }
    assert_eq!(catalog.snapshot().parts(&dataset()).len(), 1);
    assert_eq!(sql::load(&catalog.connection.lock().connection).unwrap().parts(&dataset()).len(), 1);
    catalog.publish(&part(5, 10, 12)).unwrap();
}

#[test]
fn a_gap_that_is_named_is_covered() {
    let catalog = Catalog::over(Connection::open_in_memory().unwrap()).unwrap();
    let late = PartMeta { covers: Covers { from: 0, until: 30 }, ..part(1, 10, 20) };
    catalog.publish(&late).unwrap();
    assert_eq!(catalog.checkpoint(&dataset(), 0), 30);
    catalog.skip(&dataset(), 0, Covers { from: 30, until: 40 }).unwrap();
    assert!(catalog.skip(&dataset(), 0, Covers { from: 30, until: 50 }).is_err());
    assert_eq!(catalog.checkpoint(&dataset(), 0), 40);
}

#[test]
fn parts_that_contradict_themselves_are_refused() {
    let catalog = Catalog::over(Connection::open_in_memory().unwrap()).unwrap();
    let good = part(1, 0, 10);
    let bad = [
        PartMeta { rows: 0, ..good.clone() },
        PartMeta { first_offset: 10, ..good.clone() },
        PartMeta { last_offset: 10, ..good.clone() },
        PartMeta { time_min: Timestamp(8), ..good.clone() },
    ];
    for part in bad {
        assert!(matches!(catalog.publish(&part), Err(StoreError::InvalidPart { .. })));
    }
    catalog.publish(&good).unwrap();
}

#[test]
fn dropped_parts_leave_sight_first_and_disk_later() {
    let catalog = Catalog::over(Connection::open_in_memory().unwrap()).unwrap();
    catalog.publish(&part(1, 0, 10)).unwrap();
    let reader = catalog.snapshot();
    catalog.drop_parts(&[PartId(1)], Timestamp(100)).unwrap();
    assert_eq!(reader.parts(&dataset()).len(), 1, "a query in flight keeps what it saw");
    assert_eq!(catalog.snapshot().parts(&dataset()).len(), 0);
    assert_eq!(catalog.checkpoint(&dataset(), 0), 10, "what was stored once is not read again");
    assert_eq!(catalog.dropped(Timestamp(100)).unwrap(), []);
    assert_eq!(catalog.dropped(Timestamp(101)).unwrap()[0].id, PartId(1));
    catalog.forget(&[PartId(1)]).unwrap();
    assert_eq!(catalog.paths().unwrap(), Vec::<String>::new());
}

#[test]
fn a_deleted_dataset_begins_again() {
    let catalog = Catalog::over(Connection::open_in_memory().unwrap()).unwrap();
    catalog.publish(&part(1, 0, 10)).unwrap();
    catalog.delete_dataset(&dataset(), Timestamp(1)).unwrap();
    assert_eq!(catalog.checkpoint(&dataset(), 0), 0);
    catalog.publish(&part(2, 0, 3)).unwrap();
    assert_eq!(sql::load(&catalog.connection.lock().connection).unwrap().parts(&dataset()).len(), 1);
}

#[test]
fn a_newer_catalog_is_refused() {
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Catalog::over(connection), Err(StoreError::CatalogVersion { got: 99, .. })));
}

#[test]
fn a_refusal_brings_what_another_connection_committed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let (one, other) = (Catalog::open(&path).unwrap(), Catalog::open(&path).unwrap());
    one.publish(&part(1, 0, 10)).unwrap();
    assert!(matches!(
        other.publish(&part(2, 0, 10)),
        Err(StoreError::NotAtCheckpoint { checkpoint: 10, .. })
    ));
    assert_eq!(other.checkpoint(&dataset(), 0), 10);
    assert_eq!(other.snapshot().parts(&dataset())[0].id, PartId(1));
}

#[test]
fn parts_are_replaced_all_at_once_or_not_at_all() {
    let catalog = Catalog::over(Connection::open_in_memory().unwrap()).unwrap();
    catalog.publish(&part(1, 0, 10)).unwrap();
    catalog.publish(&part(2, 10, 20)).unwrap();
    let old = catalog.snapshot().parts(&dataset());
    let merged = part(3, 0, 20);
    let other_range = part(3, 0, 21);
    assert!(matches!(
        catalog.replace(&old, Some(&other_range), Timestamp(5)),
        Err(StoreError::InvalidPart { .. })
    ));
    catalog.replace(&old, Some(&merged), Timestamp(5)).unwrap();
    let ids = |snapshot: &CatalogSnapshot| {
        snapshot.parts(&dataset()).iter().map(|part| part.id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(&catalog.snapshot()), [3]);
    assert_eq!(ids(&sql::load(&catalog.connection.lock().connection).unwrap()), [3]);
    assert_eq!(catalog.checkpoint(&dataset(), 0), 20);
    assert_eq!(catalog.dropped(Timestamp(6)).unwrap().len(), 2);

    let again = catalog.replace(&old, Some(&part(4, 0, 20)), Timestamp(6));
    assert!(matches!(again, Err(StoreError::PartsGone { .. })), "{again:?}");
    assert_eq!(ids(&sql::load(&catalog.connection.lock().connection).unwrap()), [3]);
}

#[test]
fn what_a_dataset_keeps_survives_a_restart_and_goes_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let catalog = Catalog::open(&path).unwrap();
    let own = Retention { age_seconds: Limit::Max(60), size_bytes: Limit::Endless };
    catalog.set_retention(&dataset(), own).unwrap();
    assert_eq!(catalog.snapshot().retention(&dataset()), own);
    drop(catalog);
    let catalog = Catalog::open(&path).unwrap();
    assert_eq!(catalog.snapshot().retention(&dataset()), own);
    catalog.delete_dataset(&dataset(), Timestamp(1)).unwrap();
    assert_eq!(catalog.snapshot().retention(&dataset()), Retention::default());
    assert_eq!(Catalog::open(&path).unwrap().snapshot().retention(&dataset()), Retention::default());
}

#[test]
fn a_file_is_not_swept_while_readers_see_its_part() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let (one, other) = (Catalog::open(&path).unwrap(), Catalog::open(&path).unwrap());
    one.publish(&part(1, 0, 10)).unwrap();
    let other_view = Catalog::open(&path).unwrap();
    other.drop_parts(&[PartId(1)], Timestamp(1)).unwrap();
    assert_eq!(other_view.snapshot().parts(&dataset()).len(), 1);
    assert_eq!(other_view.dropped(Timestamp(2)).unwrap(), [], "first its readers learn of it");
    assert_eq!(other_view.snapshot().parts(&dataset()).len(), 0);
    assert_eq!(other_view.dropped(Timestamp(2)).unwrap().len(), 1);
}

#[test]
fn two_processes_share_the_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let (one, other) = (Catalog::open(&path).unwrap(), Catalog::open(&path).unwrap());
    one.publish(&part(1, 0, 10)).unwrap();
    assert_eq!(other.checkpoint(&dataset(), 0), 0, "nobody looked yet");
    assert!(other.refresh().unwrap());
    assert_eq!((other.checkpoint(&dataset(), 0), other.snapshot().parts(&dataset()).len()), (10, 1));
    assert!(!other.refresh().unwrap(), "nothing new");
    other.publish(&part(2, 10, 15)).unwrap();
    assert!(!other.refresh().unwrap(), "its own commit is nothing new");
    let error = one.publish(&part(3, 10, 12)).unwrap_err();
    assert!(matches!(error, StoreError::NotAtCheckpoint { checkpoint: 15, .. }), "{error}");
    assert_eq!(one.snapshot().parts(&dataset()).len(), 2, "a refusal brings in what the other did");
    other.publish(&part(4, 15, 20)).unwrap();
    one.skip(&dataset(), 1, Covers { from: 0, until: 7 }).unwrap();
    assert_eq!(one.checkpoint(&dataset(), 0), 20, "so does a commit");
}

#[test]
fn checkpoints_of_one_log_are_not_taken_for_those_of_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let catalog = Catalog::open(&path).unwrap();
    assert_eq!(catalog.log_in_use().unwrap(), EMBEDDED_LOG);
    catalog.publish(&part(1, 0, 10)).unwrap();
    catalog.use_log("kafka:one").unwrap();
    assert_eq!((catalog.checkpoint(&dataset(), 0), catalog.snapshot().parts(&dataset()).len()), (0, 1));
    catalog.publish(&part(2, 0, 4)).unwrap();
    catalog.use_log("embedded").unwrap();
    assert_eq!(catalog.checkpoint(&dataset(), 0), 10);
    drop(catalog);
    let catalog = Catalog::open(&path).unwrap();
    assert_eq!((catalog.log_in_use().unwrap().as_str(), catalog.checkpoint(&dataset(), 0)), ("embedded", 10));
    catalog.use_log("kafka:one").unwrap();
    assert_eq!((catalog.checkpoint(&dataset(), 0), catalog.snapshot().parts(&dataset()).len()), (4, 2));
}
