//! Whatever step of a compaction, a deletion or a retention fails or is the last before a crash: the catalog
//! stays consistent, no row is lost or doubled, and no file stays that nobody knows.

use std::fmt;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::executor::block_on;
use futures::stream::BoxStream;
use girok_event::Timestamp;
use girok_store::{CompactionPolicy, PartId, PartStore, Store, StoreError, Turn, compact, delete_rows};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::support::{dataset, files, fill, local, open, rows};

/// A disk on which, from one operation on, nothing works any more.
#[derive(Debug)]
struct Failing {
    inner: LocalFileSystem,
    left: AtomicU64,
    /// Whether the operation that fails first has happened all the same.
    is_done: bool,
}

impl Failing {
    fn new(dir: &FilePath, operations: u64, is_done: bool) -> Arc<Self> {
        let inner = LocalFileSystem::new_with_prefix(dir.join("parts")).unwrap();
        Arc::new(Failing { inner, left: operations.into(), is_done })
    }

    /// Counts an operation: it happens and works, happens and fails, or does not happen.
    fn fate(&self) -> (bool, bool) {
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(0) | Err(_) => (false, false),
            Ok(1) => (self.is_done, false),
            Ok(_) => (true, true),
        }
    }

    async fn attempt<T>(&self, operation: impl Future<Output = Result<T>>) -> Result<T> {
        match self.fate() {
            (true, true) => operation.await,
            (happens, _) => {
                if happens {
                    operation.await?;
                }
                Err(Error::Generic { store: "failing", source: "the plug is pulled".into() })
            }
        }
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing")
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.attempt(self.inner.put_opts(path, payload, options)).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.attempt(self.inner.put_multipart_opts(path, options)).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.attempt(self.inner.get_opts(path, options)).await
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.attempt(self.inner.get_ranges(path, ranges)).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.fate() {
            (true, true) => self.inner.delete_stream(paths),
            (happens, _) => {
                let inner = happens.then(|| self.inner.delete_stream(paths));
                let failed = async move {
                    if let Some(mut inner) = inner {
                        while inner.next().await.is_some() {}
                    }
                    Err(Error::Generic { store: "failing", source: "the plug is pulled".into() })
                };
                futures::stream::once(failed).boxed()
            }
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

const PARTS: i64 = 4;
const ROWS: i64 = 5;
/// The row that a deletion is about.
const DELETED: i64 = 7;

/// One kind of work and what is visible before and after it.
struct Work {
    name: &'static str,
    run: fn(&Store) -> std::result::Result<(), StoreError>,
    before: fn() -> Vec<i64>,
    after: fn() -> Vec<i64>,
}

const WORKS: [Work; 3] = [
    Work { name: "compaction", run: compaction, before: all_rows, after: all_rows },
    Work { name: "deletion", run: deletion, before: all_rows, after: all_but_one },
    Work { name: "retention", run: retention, before: all_rows, after: without_first_part },
];

fn all_rows() -> Vec<i64> {
    (0..PARTS * ROWS).collect()
}

fn all_but_one() -> Vec<i64> {
    (0..PARTS * ROWS).filter(|offset| *offset != DELETED).collect()
}

fn without_first_part() -> Vec<i64> {
    (ROWS..PARTS * ROWS).collect()
}

fn compaction(store: &Store) -> std::result::Result<(), StoreError> {
    let policy = CompactionPolicy { parts_min: PARTS as usize, ..CompactionPolicy::default() };
    let turn = Turn::unpaced(PartId(100), Timestamp(1));
    compact(store, &dataset(), 0, &policy, turn)?;
    sweep(store)
}

fn deletion(store: &Store) -> std::result::Result<(), StoreError> {
    let parts = store.catalog.snapshot().parts(&dataset());
    let part = parts.iter().find(|part| (part.first_offset..=part.last_offset).contains(&DELETED)).unwrap();
    delete_rows(store, part, &[DELETED], Turn::unpaced(PartId(100), Timestamp(1)))?;
    sweep(store)
}

fn retention(store: &Store) -> std::result::Result<(), StoreError> {
    store.catalog.drop_parts(&[PartId(0)], Timestamp(1))?;
    sweep(store)
}

fn sweep(store: &Store) -> std::result::Result<(), StoreError> {
    block_on(store.parts.sweep(&store.catalog, Timestamp(2))).map(drop)
}

/// After the crash: opens everything again as a start does, and looks whether all is well.
#[track_caller]
fn check_after_crash(dir: &FilePath, work: &Work, case: &str) {
    let store = open(dir, local(dir));
    block_on(store.parts.clean_up(&store.catalog)).unwrap();
    let seen = rows(&store);
    assert!(seen == (work.before)() || seen == (work.after)(), "{case}: {seen:?}");
    sweep(&store).unwrap();
    let known: std::collections::BTreeSet<String> = store
        .view(&dataset())
        .parts
        .iter()
        .map(|part| part.path.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(files(&dir.join("parts")), known, "{case}: a file is left that nobody knows");
    assert_eq!(store.catalog.checkpoint(&dataset(), 0), PARTS * ROWS, "{case}");
    // And it can be done again.
    if seen == (work.before)() && work.name != "retention" {
        (work.run)(&store).unwrap();
        assert_eq!(rows(&store), (work.after)(), "{case}");
    }
}

#[test]
fn a_disk_that_fails_at_any_step_costs_nothing() {
    for work in &WORKS {
        for is_done in [false, true] {
            let mut step = 1;
            loop {
                let dir = tempfile::tempdir().unwrap();
                fill(&open(dir.path(), local(dir.path())), PARTS, ROWS);
                let store = open(dir.path(), PartStore::remote(Failing::new(dir.path(), step, is_done)));
                let outcome = (work.run)(&store);
                let case = format!("{} step {step}, done {is_done}", work.name);
                drop(store);
                check_after_crash(dir.path(), work, &case);
                if outcome.is_ok() {
                    assert!(step > 1, "{case}: nothing was made to fail");
                    break;
                }
                step += 1;
            }
        }
    }
}

#[test]
fn a_catalog_that_refuses_any_statement_costs_nothing() {
    let triggers = ["BEFORE INSERT ON part", "BEFORE UPDATE ON part", "BEFORE DELETE ON part"];
    for work in &WORKS {
        for trigger in triggers {
            let dir = tempfile::tempdir().unwrap();
            let store = open(dir.path(), local(dir.path()));
            fill(&store, PARTS, ROWS);
            let other = rusqlite::Connection::open(dir.path().join("catalog.db")).unwrap();
            let make = format!("CREATE TRIGGER fault {trigger} BEGIN SELECT RAISE(ABORT, 'injected'); END");
            other.execute_batch(&make).unwrap();
            let case = format!("{} with a fault {trigger}", work.name);
            let outcome = (work.run)(&store);
            let inserts = work.name != "retention" || trigger != triggers[0];
            assert_eq!(outcome.is_err(), inserts, "{case}");
            // Readers that were there all along see the one or the other, and every file of it.
            let seen = rows(&store);
            assert!(seen == (work.before)() || seen == (work.after)(), "{case}: {seen:?}");
            other.execute_batch("DROP TRIGGER fault").unwrap();
            drop((store, other));
            check_after_crash(dir.path(), work, &case);
        }
    }
}
