//! What goes wrong around the workers, on a log that does what the test says.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it was skipped"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_event::{DatasetName, Timestamp};
use girok_log::Durable;
use girok_pipeline::{
    LogClient, LogConsumer, LogError, Pipeline, PipelineConfig, Polled, TopicPartition, start,
};
use girok_store::{Catalog, Covers, Live, PartStore, Store};
use girok_wire::{BatchBuilder, BatchView, Compression, patch_offset};
use parking_lot::Mutex;

const WAIT_MAX: Duration = Duration::from_secs(30);

/// A log of one partition of `web`; what is appended to it are dead letters.
#[derive(Debug, Default)]
struct ScriptedLog {
    batches: Mutex<Vec<(i64, Bytes)>>,
    dead: Mutex<Vec<Bytes>>,
    commits: Mutex<Vec<i64>>,
}

struct ScriptedConsumer {
    log: Arc<ScriptedLog>,
    position: i64,
    is_assigned: bool,
    is_paused: bool,
}

/// [`ScriptedLog`] where the workers and the test both hold it.
#[derive(Debug)]
struct Client(Arc<ScriptedLog>);

impl LogClient for Client {
    fn consumer(&self, _group: &str) -> Result<Box<dyn LogConsumer>, LogError> {
        let log = self.0.clone();
        Ok(Box::new(ScriptedConsumer { log, position: 0, is_assigned: false, is_paused: false }))
    }

    fn ensure_topic(&self, topic: &DatasetName) -> Result<u32, LogError> {
        assert_eq!(topic.as_str(), "deadletter");
        Ok(1)
    }

    fn compression(&self) -> Compression {
        Compression::Lz4
    }

    fn append(&self, _partition: &TopicPartition, batches: Bytes) -> Result<Durable, LogError> {
        self.0.dead.lock().push(batches);
        Ok(Durable::now())
    }

    fn wait_durable(&self, _partition: &TopicPartition, _offset: i64) -> Result<(), LogError> {
        Ok(())
    }

    fn raise_end(&self, _partition: &TopicPartition, _offset: i64) -> Result<(), LogError> {
        Ok(())
    }
}

impl LogConsumer for ScriptedConsumer {
    fn poll(&mut self, timeout: Duration) -> Result<Polled, LogError> {
        let mut polled = Polled::default();
        if !self.is_assigned {
            self.is_assigned = true;
            polled.assigned.push(web());
            return Ok(polled);
        }
        let next = self.log.batches.lock().iter().find(|(offset, _)| *offset >= self.position).cloned();
        match next.filter(|_| !self.is_paused) {
            Some((offset, batch)) => {
                let lost = if self.position == 0 { offset } else { 0 };
                self.position = offset + 1;
                polled.lost.extend((lost > 0).then(|| (web(), lost as u64)));
                polled.batches.push((web(), batch));
            }
            None => std::thread::sleep(timeout.min(Duration::from_millis(2))),
        }
        Ok(polled)
    }

    fn seek(&mut self, _partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        self.position = offset;
        Ok(())
    }

    fn pause(&mut self, _partition: &TopicPartition) -> Result<(), LogError> {
        self.is_paused = true;
        Ok(())
    }

    fn resume(&mut self, _partition: &TopicPartition) -> Result<(), LogError> {
        self.is_paused = false;
        Ok(())
    }

    fn commit(&mut self, _partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        self.log.commits.lock().push(offset);
        Ok(())
    }

    fn lag(&self) -> Vec<(TopicPartition, u64)> {
        Vec::new()
    }
}

struct House {
    log: Arc<ScriptedLog>,
    store: Store,
    pipeline: Pipeline,
}

fn web() -> TopicPartition {
    TopicPartition { dataset: DatasetName::new("web").unwrap(), partition: 0 }
}

fn open(dir: &Path, config: PipelineConfig) -> House {
    let store = Store {
        catalog: Arc::new(Catalog::open(&dir.join("catalog.db")).unwrap()),
        live: Arc::new(Live::default()),
        parts: PartStore::local(&dir.join("parts")).unwrap(),
        patterns: Arc::default(),
    };
    let log: Arc<ScriptedLog> = Arc::default();
    let client = Arc::new(Client(log.clone()));
    let config = PipelineConfig { threads: 1, ..config };
    let clock = {
        let begin = Instant::now();
        Arc::new(move || Timestamp(begin.elapsed().as_nanos() as i64))
    };
    let pipeline = start(config, client, store.clone(), clock).unwrap();
    House { log, store, pipeline }
}

impl House {
    /// Appends a batch that begins at `offset`.
    fn append(&self, offset: i64, count: usize) -> Vec<u8> {
        let batch = batch(offset, count);
        self.log.batches.lock().push((offset, batch.clone().into()));
        batch
    }

    fn rows(&self) -> u64 {
        let view = self.store.view(&web().dataset);
        let live: usize = view.chunks.iter().map(|chunk| chunk.rows()).sum();
        view.parts.iter().map(|part| part.rows).sum::<u64>() + live as u64
    }

    fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let until = Instant::now() + WAIT_MAX;
        while !is_so() {
            assert!(Instant::now() < until, "{what}: {:?}", self.pipeline.metrics().snapshot());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn batch(offset: i64, count: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Compression::None);
    (0..count).for_each(|n| builder.append(1, None, Some(format!("line {n}").as_bytes()), &[]));
    let mut bytes = builder.finish().unwrap().to_vec();
    patch_offset(&mut bytes, offset, 0);
    bytes
}

#[test]
fn a_damaged_batch_goes_to_the_dead_letters_and_blocks_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let house = open(dir.path(), PipelineConfig::default());
    house.append(0, 3);
    let mut damaged = batch(3, 2);
    *damaged.last_mut().unwrap() ^= 1;
    house.log.batches.lock().push((3, damaged.clone().into()));
    house.append(5, 4);
    house.wait_until("7 rows", || house.rows() == 7);
    let counts = house.pipeline.metrics().snapshot().datasets[&web().dataset];
    assert_eq!((counts.dead_letters, counts.records_lost), (2, 0));

    let letter = house.log.dead.lock()[0].clone();
    let mut scratch = Vec::new();
    let mut records = BatchView::parse(&letter).unwrap().records(&mut scratch, 1 << 20).unwrap();
    let record = records.next().unwrap().unwrap();
    assert_eq!(record.value, Some(&damaged[..]), "it can be looked at and sent again");
    let header = |key| String::from_utf8(record.header(key).unwrap().to_vec()).unwrap();
    assert_eq!(header("girok.origin.topic"), "web");
    assert_eq!(header("girok.origin.partition"), "0");
    assert_eq!(header("girok.origin.offset"), "3");
    assert_eq!(header("girok.stage"), "decode");

    let (store, log) = (house.store.clone(), house.log.clone());
    house.pipeline.stop();
    assert_eq!(store.catalog.checkpoint(&web().dataset, 0), 9);
    assert_eq!(*log.commits.lock(), [9]);
}

#[test]
fn records_that_the_log_removed_are_counted_and_passed() {
    let dir = tempfile::tempdir().unwrap();
    let house = open(dir.path(), PipelineConfig::default());
    house.append(100, 5);
    house.wait_until("5 rows", || house.rows() == 5);
    let counts = house.pipeline.metrics().snapshot().datasets[&web().dataset];
    assert_eq!(counts.records_lost, 100);
    let store = house.store.clone();
    house.pipeline.stop();
    let view = store.view(&web().dataset);
    assert_eq!(view.parts[0].covers, Covers { from: 0, until: 105 }, "the gap is explicit");
}

#[test]
fn a_store_that_cannot_write_keeps_its_rows_visible_and_tries_again() {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig { part_rows_max: 4, ..PipelineConfig::default() };
    let house = open(dir.path(), config);
    // A file stands where the dataset's directory has to be.
    let obstacle = dir.path().join("parts/web");
    std::fs::write(&obstacle, "").unwrap();
    house.append(0, 4);
    house.wait_until("a failed seal", || house.pipeline.metrics().snapshot().seals.failed > 0);
    assert_eq!(house.rows(), 4);
    // The next part fills up meanwhile; after that the partition is not read on.
    (1..10).for_each(|n| drop(house.append(n * 4, 4)));
    house.wait_until("8 rows", || house.rows() == 8);
    assert!(house.store.view(&web().dataset).parts.is_empty());
    std::fs::remove_file(&obstacle).unwrap();
    house.wait_until("40 rows", || house.rows() == 40);
    house.wait_until("parts", || house.pipeline.live_raw_bytes() == 0);
    let view = house.store.view(&web().dataset);
    assert!(view.parts.windows(2).all(|pair| pair[0].covers.until == pair[1].covers.from));
    house.pipeline.stop();
}

#[test]
fn a_worker_that_was_overtaken_starts_over_from_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let config = PipelineConfig { part_rows_max: 6, ..PipelineConfig::default() };
    let house = open(dir.path(), config);
    house.append(0, 3);
    house.wait_until("3 rows", || house.rows() == 3);
    // Another worker publishes what this one holds as live rows.
    house.store.catalog.skip(&web().dataset, 0, Covers { from: 0, until: 3 }).unwrap();
    assert_eq!(house.rows(), 0);
    house.append(3, 6);
    house.wait_until("the rest", || house.store.catalog.checkpoint(&web().dataset, 0) == 9);
    let view = house.store.view(&web().dataset);
    assert_eq!((view.parts.len(), view.parts[0].first_offset, house.rows()), (1, 3, 6));
    house.pipeline.stop();
}
