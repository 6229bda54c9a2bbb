//! The store workers on the embedded log: what is appended becomes visible, then a part, exactly once.
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
use girok_commitlog::{CommitLog, LogConfig};
use girok_event::{DatasetName, Timestamp, columns, headers};
use girok_pipeline::{Clock, EmbeddedLog, Pipeline, PipelineConfig, start};
use girok_store::{Catalog, CompactionPolicy, Live, PartStore, Policy, Store, View};
use girok_wire::{BatchBuilder, Compression};

/// No step of a test takes longer unless it hangs.
const WAIT_MAX: Duration = Duration::from_secs(30);

struct House {
    log: CommitLog,
    store: Store,
    pipeline: Option<Pipeline>,
}

impl House {
    fn open(dir: &Path, config: PipelineConfig) -> Self {
        let log = CommitLog::open(LogConfig { partitions: 2, ..LogConfig::new(dir.join("log")) }).unwrap();
        let store = Store {
            catalog: Arc::new(Catalog::open(&dir.join("catalog.db")).unwrap()),
            live: Arc::new(Live::default()),
            parts: PartStore::local(&dir.join("parts")).unwrap(),
            patterns: Arc::default(),
        };
        let client = Arc::new(EmbeddedLog::new(log.clone()));
        let pipeline = start(config, client, store.clone(), clock()).unwrap();
        House { log, store, pipeline: Some(pipeline) }
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
        self.log.ensure_topic(&name(topic)).unwrap();
        self.log.append(topic, partition, batch).unwrap().durable.wait().unwrap();
    }

    fn wait_for(&self, topic: &str, what: &str, is_there: impl Fn(&View) -> bool) -> View {
        let until = Instant::now() + WAIT_MAX;
        loop {
            let view = self.store.view(&name(topic));
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

    fn pipeline(&self) -> &Pipeline {
        self.pipeline.as_ref().unwrap()
    }

    fn stop(mut self) {
        self.pipeline.take().unwrap().stop();
        self.log.close().unwrap();
    }
}

fn clock() -> Clock {
    Arc::new(|| Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64))
}

fn name(topic: &str) -> DatasetName {
    DatasetName::new(topic).unwrap()
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

#[test]
fn records_are_seen_at_once_and_stored_at_the_stop() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), PipelineConfig::default());
    house.append("web", 0, &lines(0, 100));
    house.append("web", 1, &lines(100, 50));
    let view = house.wait_for("web", "150 live rows", |view| rows(view) == 150);
    assert!(view.parts.is_empty());
    let counts = house.pipeline().metrics().snapshot().datasets[&name("web")];
    assert_eq!((counts.rows, counts.parse_errors), (150, 0));
    house.stop();

    let house = House::open(dir.path(), PipelineConfig::default());
    let view = house.store.view(&name("web"));
    assert_eq!(view.parts.len(), 2, "one part a partition");
    assert_eq!(offsets(&house.store, &view), expected([100, 50]));
    house.append("web", 0, &lines(150, 1));
    let view = house.wait_for("web", "one more row", |view| rows(view) == 151);
    assert_eq!(offsets(&house.store, &view), expected([101, 50]));
    house.stop();
}

#[test]
fn small_limits_make_many_parts_and_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig {
        threads: 2,
        chunk_rows_max: 7,
        part_rows_max: 100,
        live_raw_bytes_max: 20_000,
        ..PipelineConfig::default()
    };
    let house = House::open(dir.path(), config.clone());
    for round in 0..40 {
        house.append("web", round % 2, &lines(round as usize * 50, 50));
    }
    let view = house.wait_for("web", "2000 rows", |view| rows(view) == 2000);
    assert_eq!(offsets(&house.store, &view), expected([1000, 1000]));
    house.wait_for("web", "parts", |view| view.parts.len() >= 2);
    // Pulled out without a seal: what no part has is read from the log again.
    let House { log, store, pipeline } = house;
    drop(store);
    drop(pipeline);
    log.close().unwrap();
    let house = House::open(dir.path(), config);
    let view = house.wait_for("web", "2000 rows again", |view| rows(view) == 2000);
    assert_eq!(offsets(&house.store, &view), expected([1000, 1000]));
    house.stop();
}

#[test]
fn rebalances_neither_lose_nor_double() {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig { threads: 1, part_rows_max: 300, ..PipelineConfig::default() };
    let house = House::open(dir.path(), config.clone());
    for round in 0..20 {
        house.append("web", round % 2, &lines(round as usize * 50, 50));
        if round == 5 {
            let client = Arc::new(EmbeddedLog::new(house.log.clone()));
            let guest = start(config.clone(), client, house.store.clone(), clock()).unwrap();
            house.append("web", 0, &lines(5000, 50));
            house.wait_for("web", "rows with two workers", |view| rows(view) == 350);
            guest.stop();
        }
    }
    let view = house.wait_for("web", "1050 rows", |view| rows(view) == 1050);
    assert_eq!(offsets(&house.store, &view), expected([550, 500]));
    house.stop();
}

#[test]
fn bytes_of_any_kind_become_rows() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), PipelineConfig::default());
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
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), PipelineConfig::default());
    house.append("web", 0, &lines(0, 10));
    house.wait_for("web", "10 rows", |view| rows(view) == 10);
    house.stop();
    std::fs::remove_dir_all(dir.path().join("log")).unwrap();

    let house = House::open(dir.path(), PipelineConfig::default());
    house.append("web", 0, &lines(10, 5));
    let view = house.wait_for("web", "5 more rows", |view| rows(view) == 15);
    assert_eq!(offsets(&house.store, &view), expected([15, 0]));
    house.stop();
}

#[test]
fn retention_drops_parts_and_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig {
        part_rows_max: 10,
        retention: Policy { age_seconds_max: None, size_bytes_max: Some(0) },
        retention_interval: Duration::from_millis(20),
        delete_grace: Duration::ZERO,
        ..PipelineConfig::default()
    };
    let house = House::open(dir.path(), config);
    house.append("web", 0, &lines(0, 10));
    let is_stored = |view: &View| view.catalog.checkpoint(&name("web"), 0) == 10;
    house.wait_for("web", "part dropped", |view| is_stored(view) && rows(view) == 0);
    let until = Instant::now() + WAIT_MAX;
    while !house.store.catalog.paths().unwrap().is_empty() {
        assert!(Instant::now() < until, "file was not deleted");
        std::thread::sleep(Duration::from_millis(5));
    }
    house.stop();
}

#[test]
fn small_parts_are_merged_while_records_come_and_no_row_moves() {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig {
        part_rows_max: 10,
        compaction: CompactionPolicy { parts_min: 3, ..CompactionPolicy::default() },
        delete_grace: Duration::ZERO,
        retention_interval: Duration::from_millis(20),
        ..PipelineConfig::default()
    };
    let house = House::open(dir.path(), config);
    for round in 0..60 {
        house.append("web", round % 2, &lines(round as usize * 10, 10));
        let view = house.store.view(&name("web"));
        let covered = view.parts.windows(2).filter(|pair| pair[0].partition == pair[1].partition);
        covered.for_each(|pair| assert_eq!(pair[0].covers.until, pair[1].covers.from));
    }
    house.wait_for("web", "all rows stored", |view| {
        (0..2).all(|partition| view.catalog.checkpoint(&name("web"), partition) == 300)
    });
    let is_merged = |_: &View| house.pipeline().metrics().snapshot().compactions.done > 0;
    house.wait_for("web", "a merge", is_merged);
    let numbers = house.pipeline().metrics().snapshot();
    assert!(numbers.compactions.done > 0 && numbers.compactions.failed == 0, "{numbers:?}");
    assert!(numbers.write_amplification() > 1.0);
    // Without a grace the files of merged parts go at once, so the rows are read when nothing runs any more.
    house.stop();
    let house = House::open(dir.path(), PipelineConfig { compaction: never(), ..PipelineConfig::default() });
    let view = house.store.view(&name("web"));
    assert_eq!(offsets(&house.store, &view), expected([300, 300]));
    house.stop();
}

fn never() -> CompactionPolicy {
    CompactionPolicy { parts_min: 0, ..CompactionPolicy::default() }
}

#[test]
fn what_is_live_is_sealed_when_somebody_asks() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), PipelineConfig::default());
    let control = house.pipeline().control();
    assert!(control.seal(&name("web"), WAIT_MAX).unwrap().is_empty(), "nothing is there");
    for round in 1..=3 {
        house.append("web", 0, &lines(round * 10, 10));
        house.wait_for("web", "live rows", |view| rows(view) == round * 10);
        let ends = control.seal(&name("web"), WAIT_MAX).unwrap();
        assert_eq!(ends.into_iter().collect::<Vec<_>>(), [(0, round as i64 * 10)]);
        let view = house.store.view(&name("web"));
        assert_eq!((view.parts.len(), view.chunks.len()), (round, 0));
    }
    house.stop();
}
