//! The store workers: what is appended becomes visible, then a part, exactly once, whichever log it is.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it was skipped"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use girok_event::{Timestamp, columns, headers};
use girok_pipeline::{Clock, LogClient, Pipeline, PipelineConfig, start};
use girok_store::{Catalog, CompactionPolicy, Live, PartStore, Policy, Store, View};
use girok_wire::{BatchBuilder, Compression};

use rig::{Kind, OpenLog, Rig, append};

#[path = "../../../log/tests/logs/rig.rs"]
mod rig;

/// No step of a test takes longer unless it hangs.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Each case once for each log.
macro_rules! on_each_log {
    ($($case:ident),* $(,)?) => {
        mod embedded {
            $(#[test] fn $case() { super::run(super::Kind::Embedded, super::$case); })*
        }
        mod on_own_port {
            $(#[test] fn $case() { super::run(super::Kind::OwnPort, super::$case); })*
        }
        mod on_kafka {
            $(#[test] fn $case() { super::run(super::Kind::ApacheKafka, super::$case); })*
        }
    };
}

on_each_log! {
    records_are_seen_at_once_and_stored_at_the_stop,
    small_limits_make_many_parts_and_lose_nothing,
    rebalances_neither_lose_nor_double,
    bytes_of_any_kind_become_rows,
    retention_drops_parts_and_their_files,
    small_parts_are_merged_while_records_come_and_no_row_moves,
    what_is_live_is_sealed_when_somebody_asks,
    of_processes_that_share_a_store_one_merges,
}

fn run(kind: Kind, case: impl FnOnce(&Rig)) {
    if let Some(rig) = Rig::new(kind) {
        case(&rig);
    }
}

struct House<'r> {
    rig: &'r Rig,
    log: OpenLog,
    client: Arc<dyn LogClient>,
    store: Store,
    pipeline: Option<Pipeline>,
}

impl<'r> House<'r> {
    fn open(rig: &'r Rig, dir: &Path, config: PipelineConfig) -> Self {
        let log = rig.open(dir);
        let store = open_store(dir);
        let client = log.client();
        let pipeline = start(config, client.clone(), store.clone(), clock()).unwrap();
        House { rig, log, client, store, pipeline: Some(pipeline) }
    }

    fn append(&self, topic: &str, partition: u32, lines: &[String]) {
        let mut builder = BatchBuilder::new(Compression::Lz4);
        for line in lines {
            let envelope: [(&str, &[u8]); 2] = [(headers::INPUT, b"http"), (headers::PEER, b"10.0.0.7")];
            builder.append(clock()().as_millis(), None, Some(line.as_bytes()), &envelope);
        }
        self.append_batch(topic, partition, builder.finish().unwrap());
    }

    fn append_batch(&self, topic: &str, partition: u32, batch: Bytes) {
        append(self.client.as_ref(), &self.rig.dataset(topic), partition, batch);
    }

    fn wait_for(&self, topic: &str, what: &str, is_there: impl Fn(&View) -> bool) -> View {
        let until = Instant::now() + WAIT_MAX;
        loop {
            let view = self.view(topic);
            if is_there(&view) {
                return view;
            }
            assert!(
                Instant::now() < until,
                "{what} did not happen; metrics {:?}",
                self.pipeline().metrics().snapshot()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits, after each tenth of rounds that gave the two partitions 10 rows in turn, until all are
    /// stored: one fetch of all the records would make one part, and nothing to merge.
    fn wait_now_and_then(&self, round: u32) {
        if round % 10 == 9 {
            let expected = i64::from(round + 1) * 5;
            self.wait_for("web", "all rows stored", |view| {
                (0..2)
                    .all(|partition| view.catalog.checkpoint(&self.rig.dataset("web"), partition) == expected)
            });
        }
    }

    fn view(&self, topic: &str) -> View {
        self.store.view(&self.rig.dataset(topic))
    }

    fn pipeline(&self) -> &Pipeline {
        self.pipeline.as_ref().unwrap()
    }

    fn stop(mut self) {
        self.pipeline.take().unwrap().stop();
        drop(self.client);
        self.log.close();
    }
}

fn clock() -> Clock {
    Arc::new(|| Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64))
}

fn open_store(dir: &Path) -> Store {
    Store {
        catalog: Arc::new(Catalog::open(&dir.join("catalog.db")).unwrap()),
        live: Arc::new(Live::default()),
        parts: PartStore::local(&dir.join("parts")).unwrap(),
        patterns: Arc::default(),
    }
}

fn lines(from: usize, count: usize) -> Vec<String> {
    (from..from + count).map(|n| format!(r#"{{"level":"info","message":"line {n}","n":{n}}}"#)).collect()
}

fn rows(view: &View) -> usize {
    let stored: u64 = view.parts.iter().map(|part| part.rows).sum();
    stored as usize + view.chunks.iter().map(|chunk| chunk.rows()).sum::<usize>()
}

/// Every offset a view shows, by partition; stored ones by reading the files.
fn offsets(store: &Store, view: &View) -> Vec<(u32, i64)> {
    let mut all = Vec::new();
    let mut add = |partition: u32, batch: &arrow::array::RecordBatch| {
        let column = batch.column_by_name(columns::OFFSET).unwrap();
        all.extend(column.as_primitive::<Int64Type>().values().iter().map(|offset| (partition, *offset)));
    };
    for part in view.parts.iter() {
        let bytes = futures::executor::block_on(store.parts.read(&part.path)).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        reader.build().unwrap().for_each(|batch| add(part.partition, &batch.unwrap()));
    }
    view.chunks.iter().for_each(|chunk| add(chunk.partition, &chunk.batch));
    all.sort_unstable();
    all
}

fn expected(counts: [i64; 2]) -> Vec<(u32, i64)> {
    (0..2)
        .flat_map(|partition| (0..counts[partition as usize]).map(move |offset| (partition, offset)))
        .collect()
}

fn records_are_seen_at_once_and_stored_at_the_stop(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(rig, dir.path(), PipelineConfig::default());
    house.append("web", 0, &lines(0, 100));
    house.append("web", 1, &lines(100, 50));
    let view = house.wait_for("web", "150 live rows", |view| rows(view) == 150);
    assert!(view.parts.is_empty());
    let counts = house.pipeline().metrics().snapshot().datasets[&rig.dataset("web")];
    // A member that joins a cluster's group late takes a partition over, whose rows are then read once more.
    assert!(counts.rows >= 150 && counts.parse_errors == 0, "{counts:?}");
    house.stop();

    let house = House::open(rig, dir.path(), PipelineConfig::default());
    let view = house.view("web");
    assert_eq!(view.parts.len(), 2, "one part a partition");
    assert_eq!(offsets(&house.store, &view), expected([100, 50]));
    house.append("web", 0, &lines(150, 1));
    let view = house.wait_for("web", "one more row", |view| rows(view) == 151);
    assert_eq!(offsets(&house.store, &view), expected([101, 50]));
    house.stop();
}

fn small_limits_make_many_parts_and_lose_nothing(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig {
        threads: 2,
        chunk_rows_max: 7,
        part_rows_max: 100,
        live_raw_bytes_max: 20_000,
        ..PipelineConfig::default()
    };
    let house = House::open(rig, dir.path(), config.clone());
    for round in 0..40 {
        house.append("web", round % 2, &lines(round as usize * 50, 50));
    }
    let view = house.wait_for("web", "2000 rows", |view| rows(view) == 2000);
    assert_eq!(offsets(&house.store, &view), expected([1000, 1000]));
    house.wait_for("web", "parts", |view| view.parts.len() >= 2);
    // Pulled out without a seal: what no part has is read from the log again.
    let House { log, client, store, pipeline, .. } = house;
    drop((store, pipeline, client));
    log.close();
    let house = House::open(rig, dir.path(), config);
    let view = house.wait_for("web", "2000 rows again", |view| rows(view) == 2000);
    assert_eq!(offsets(&house.store, &view), expected([1000, 1000]));
    house.stop();
}

fn rebalances_neither_lose_nor_double(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig { threads: 1, part_rows_max: 300, ..PipelineConfig::default() };
    let house = House::open(rig, dir.path(), config.clone());
    for round in 0..20 {
        house.append("web", round % 2, &lines(round as usize * 50, 50));
        if round == 5 {
            let guest = start(config.clone(), house.log.client(), house.store.clone(), clock()).unwrap();
            house.append("web", 0, &lines(5000, 50));
            house.wait_for("web", "rows with two workers", |view| rows(view) == 350);
            guest.stop();
        }
    }
    let view = house.wait_for("web", "1050 rows", |view| rows(view) == 1050);
    assert_eq!(offsets(&house.store, &view), expected([550, 500]));
    house.stop();
}

fn bytes_of_any_kind_become_rows(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(rig, dir.path(), PipelineConfig::default());
    let mut builder = BatchBuilder::new(Compression::Zstd);
    let values: [Option<&[u8]>; 4] = [Some(b"\xff\xfe\x00"), Some(b""), None, Some(b"{\"broken\":")];
    for value in values {
        builder.append(0, Some(b"10.1.1.1"), value, &[]);
    }
    house.append_batch("odd", 0, builder.finish().unwrap());
    house.wait_for("odd", "four rows", |view| rows(view) == 4);
    house.stop();
}

#[test]
fn a_store_that_is_ahead_of_its_log_never_takes_new_records_for_old() {
    let rig = &Rig::new(Kind::Embedded).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(rig, dir.path(), PipelineConfig::default());
    house.append("web", 0, &lines(0, 10));
    house.wait_for("web", "10 rows", |view| rows(view) == 10);
    house.stop();
    std::fs::remove_dir_all(dir.path().join("log")).unwrap();

    let house = House::open(rig, dir.path(), PipelineConfig::default());
    house.append("web", 0, &lines(10, 5));
    let view = house.wait_for("web", "5 more rows", |view| rows(view) == 15);
    assert_eq!(offsets(&house.store, &view), expected([15, 0]));
    house.stop();
}

fn retention_drops_parts_and_their_files(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig {
        part_rows_max: 10,
        retention: Policy { age_seconds_max: None, size_bytes_max: Some(0) },
        retention_interval: Duration::from_millis(20),
        delete_grace: Duration::ZERO,
        ..PipelineConfig::default()
    };
    let house = House::open(rig, dir.path(), config);
    house.append("web", 0, &lines(0, 10));
    let is_stored = |view: &View| view.catalog.checkpoint(&rig.dataset("web"), 0) == 10;
    house.wait_for("web", "part dropped", |view| is_stored(view) && rows(view) == 0);
    let until = Instant::now() + WAIT_MAX;
    while !house.store.catalog.paths().unwrap().is_empty() {
        assert!(Instant::now() < until, "file was not deleted");
        std::thread::sleep(Duration::from_millis(5));
    }
    house.stop();
}

fn small_parts_are_merged_while_records_come_and_no_row_moves(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig {
        part_rows_max: 10,
        compaction: CompactionPolicy { parts_min: 3, ..CompactionPolicy::default() },
        delete_grace: Duration::ZERO,
        retention_interval: Duration::from_millis(20),
        ..PipelineConfig::default()
    };
    let house = House::open(rig, dir.path(), config);
    for round in 0..60 {
        house.append("web", round % 2, &lines(round as usize * 10, 10));
        let view = house.view("web");
        let covered = view.parts.windows(2).filter(|pair| pair[0].partition == pair[1].partition);
        covered.for_each(|pair| assert_eq!(pair[0].covers.until, pair[1].covers.from));
        house.wait_now_and_then(round);
    }
    let is_merged = |_: &View| house.pipeline().metrics().snapshot().compactions.done > 0;
    house.wait_for("web", "a merge", is_merged);
    let numbers = house.pipeline().metrics().snapshot();
    assert!(numbers.compactions.done > 0 && numbers.compactions.failed == 0, "{numbers:?}");
    assert!(numbers.write_amplification() > 1.0);
    // Without a grace the files of merged parts go at once, so the rows are read when nothing runs any more.
    house.stop();
    let still = PipelineConfig { compaction: never(), ..PipelineConfig::default() };
    let house = House::open(rig, dir.path(), still);
    let view = house.view("web");
    assert_eq!(offsets(&house.store, &view), expected([300, 300]));
    house.stop();
}

fn of_processes_that_share_a_store_one_merges(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig {
        threads: 1,
        part_rows_max: 10,
        compaction: CompactionPolicy { parts_min: 3, ..CompactionPolicy::default() },
        refresh_interval: Some(Duration::from_millis(10)),
        shared_dir: Some(dir.path().to_owned()),
        ..PipelineConfig::default()
    };
    let house = House::open(rig, dir.path(), config.clone());
    let guest = start(
        PipelineConfig { clean_up: false, ..config },
        house.log.client(),
        open_store(dir.path()),
        clock(),
    );
    let guest = guest.unwrap();
    let merges = |pipeline: &Pipeline| pipeline.metrics().snapshot().compactions;
    for round in 0..40 {
        house.append("web", round % 2, &lines(round as usize * 10, 10));
        house.wait_now_and_then(round);
    }
    house.wait_for("web", "a merge", |_| merges(house.pipeline()).done + merges(&guest).done > 0);
    let (host, guest_merges) = (merges(house.pipeline()), merges(&guest));
    assert_eq!((host.failed, guest_merges.failed), (0, 0));
    assert!(host.done == 0 || guest_merges.done == 0, "{host:?} {guest_merges:?}");
    guest.stop();
    let House { pipeline, store, client, log, .. } = house;
    pipeline.unwrap().stop();
    store.catalog.refresh().unwrap();
    assert_eq!(offsets(&store, &store.view(&rig.dataset("web"))), expected([200, 200]));
    drop((store, client));
    log.close();
}

fn never() -> CompactionPolicy {
    CompactionPolicy { parts_min: 0, ..CompactionPolicy::default() }
}

fn what_is_live_is_sealed_when_somebody_asks(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(rig, dir.path(), PipelineConfig::default());
    let control = house.pipeline().control();
    assert!(control.seal(&rig.dataset("web"), WAIT_MAX).unwrap().is_empty(), "nothing is there");
    for round in 1..=3 {
        house.append("web", 0, &lines(round * 10, 10));
        house.wait_for("web", "live rows", |view| rows(view) == round * 10);
        let ends = control.seal(&rig.dataset("web"), WAIT_MAX).unwrap();
        assert_eq!(ends.into_iter().collect::<Vec<_>>(), [(0, round as i64 * 10)]);
        let view = house.view("web");
        assert_eq!((view.parts.len(), view.chunks.len()), (round, 0));
    }
    house.stop();
}
