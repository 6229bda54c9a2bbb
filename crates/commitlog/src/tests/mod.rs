//! The log as a whole, as its users see it.

mod admin;
mod compact;
mod consume;
mod crash;
mod credentials;
mod damage;
mod retain;
mod watch;

use std::sync::Arc;

use bytes::Bytes;
use girok_wire::{BatchBuilder, BatchView, Compression};

use crate::disk::FaultyDisk;
use crate::log::Threads;
use crate::*;

/// Midnight of some day.
const START_MS: i64 = 1_790_000_000_000;

/// A log on a disk in memory, without threads: nothing happens unless a test says so.
struct Fixture {
    disk: FaultyDisk,
    clock: Arc<ManualClock>,
    config: LogConfig,
    log: CommitLog,
}

impl Fixture {
    fn new(seed: u64, change: impl FnOnce(&mut LogConfig)) -> Self {
        let disk = FaultyDisk::new(seed);
        let clock = Arc::new(ManualClock::new(START_MS));
        let mut config = LogConfig {
            partitions: 1,
            segment_bytes: 4096,
            index_interval_bytes: 300,
            tail_bytes: 1000,
            retention_group: None,
            ..LogConfig::new("log")
        };
        change(&mut config);
        let log = open(&disk, &clock, &config);
        disk.set_now_ms(START_MS);
        Fixture { disk, clock, config, log }
    }

    /// Opens the same disk again.
    fn reopen(&mut self) {
        self.log = open(&self.disk, &self.clock, &self.config);
    }

    /// Pulls the plug, and opens what is left.
    fn crash(&mut self) {
        self.disk = self.disk.crash();
        self.reopen();
    }

    fn advance(&self, by_ms: i64) {
        self.clock.advance(by_ms);
        self.disk.set_now_ms(self.clock.now_ms());
    }

    /// Appends one batch of one record for each value.
    fn append(&self, topic: &str, values: &[&str]) -> Result<Appended> {
        self.log.append(topic, 0, batch(self.clock.now_ms(), Compression::None, values))
    }

    /// The values from `offset` on.
    fn values(&self, topic: &str, offset: i64) -> Vec<String> {
        read_all(&self.log, topic, 0, offset, 1).into_iter().map(|(_, value)| value).collect()
    }
}

fn open(disk: &FaultyDisk, clock: &Arc<ManualClock>, config: &LogConfig) -> CommitLog {
    CommitLog::open_threads(config.clone(), clock.clone(), Arc::new(disk.clone()), Threads::None).unwrap()
}

fn batch(timestamp_ms: i64, compression: Compression, values: &[impl AsRef<[u8]>]) -> Bytes {
    let mut builder = BatchBuilder::new(compression);
    for value in values {
        builder.append(timestamp_ms, None, Some(value.as_ref()), &[]);
    }
    builder.finish().unwrap()
}

/// Offset and value of every record from `offset` to the high watermark.
fn read_all(
    log: &CommitLog,
    topic: &str,
    partition: u32,
    mut offset: i64,
    bytes_max: usize,
) -> Vec<(i64, String)> {
    let (mut all, mut scratch) = (Vec::new(), Vec::new());
    loop {
        let fetched = log.read(topic, partition, offset, bytes_max).unwrap();
        if fetched.batches.is_empty() {
            return all;
        }
        for batch in &fetched.batches {
            let view = BatchView::parse(batch).unwrap();
            for record in view.records(&mut scratch, 1 << 20).unwrap().map(Result::unwrap) {
                if record.offset >= offset {
                    all.push((record.offset, String::from_utf8_lossy(record.value.unwrap()).into_owned()));
                }
            }
            offset = view.last_offset() + 1;
        }
        assert!(offset <= fetched.high_watermark);
    }
}

#[test]
fn what_is_appended_is_read_back_over_segments_and_restarts() {
    let mut fixture = Fixture::new(1, |_| {});
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    let values: Vec<_> = (0..200).map(|at| format!("value {at} {}", "x".repeat(at % 90))).collect();
    for pair in values.chunks(2) {
        let texts: Vec<_> = pair.iter().map(String::as_str).collect();
        fixture.append("web", &texts).unwrap().durable.wait().unwrap();
    }
    assert!(fixture.log.metrics().partitions[0].segments > 3);
    for stop in ["none", "clean", "crash"] {
        match stop {
            "clean" => fixture.log.close().unwrap(),
            _ => fixture.log.sync(),
        }
        if stop == "crash" {
            fixture.disk = fixture.disk.crash();
        }
        if stop != "none" {
            fixture.reopen();
        }
        for offset in [0, 1, 77, 198, 199, 200] {
            assert!(fixture.values("web", offset) == values[offset as usize..], "from {offset} after {stop}");
        }
        let epochs = if stop == "crash" { vec![(0, 0), (1, 200)] } else { vec![(0, 0)] };
        assert_eq!(fixture.log.leader_epochs("web", 0).unwrap(), epochs);
    }
    assert_eq!(fixture.append("web", &["more"]).unwrap().base_offset, 200);
}

#[tokio::test]
async fn fsync_class_shows_and_acknowledges_only_what_is_synced() {
    let fixture = Fixture::new(1, |config| config.durability = Durability::Fsync);
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    let appended = fixture.append("web", &["a", "b"]).unwrap();
    assert!(appended.durable.now().is_none());
    assert_eq!(fixture.values("web", 0), [""; 0]);
    let waiting = tokio::spawn(appended.durable.into_future());
    tokio::task::yield_now().await;
    fixture.log.sync();
    waiting.await.unwrap().unwrap();
    assert_eq!(fixture.values("web", 0), ["a", "b"]);
}

#[test]
fn a_failed_sync_or_write_stops_the_partition_by_name() {
    for writes in [false, true] {
        let mut fixture = Fixture::new(1, |config| config.durability = Durability::Fsync);
        fixture.log.create_topic("web", TopicConfig::default()).unwrap();
        fixture.append("web", &["kept"]).unwrap();
        fixture.log.sync();
        let error = if writes {
            fixture.disk.fail_writes_after(0);
            fixture.append("web", &["lost"]).unwrap_err()
        } else {
            let appended = fixture.append("web", &["lost"]).unwrap();
            fixture.disk.fail_syncs_after(0);
            fixture.log.sync();
            appended.durable.wait().unwrap_err()
        };
        let verb = if writes { "write" } else { "sync" };
        let expected =
            format!("cannot append to `web-0`: it stopped after a failure: cannot {verb}: injected failure");
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert_eq!(error.kind(), ErrorKind::Environment);
        assert!(fixture.append("web", &["refused"]).is_err(), "it stays stopped");
        assert_eq!(fixture.values("web", 0), ["kept"], "reads go on");
        assert!(fixture.log.metrics().partitions[0].failure.is_some());
        fixture.crash();
        assert_eq!(fixture.append("web", &["new"]).map(|appended| appended.base_offset > 0).ok(), Some(true));
    }
}

#[test]
fn appends_are_refused_with_a_reason() {
    let fixture = Fixture::new(1, |config| config.append_bytes_max = 500);
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    let error = |batch: Bytes| fixture.log.append("web", 0, batch).unwrap_err().to_string();
    let mut broken = batch(0, Compression::None, &["a"]).to_vec();
    *broken.last_mut().unwrap() ^= 1;
    assert!(error(broken.into()).starts_with("cannot append to `web-0`: cannot read batch: its CRC-32C is"));
    assert!(error(Bytes::new()).starts_with("cannot append to `web-0`: cannot read batch: got 0 bytes"));
    assert_eq!(
        error(batch(0, Compression::None, &["x".repeat(500)])),
        "cannot append to `web-0`: 570 bytes are more than `max.message.bytes` = 500"
    );
    assert_eq!(
        fixture.log.append("web", 7, Bytes::new()).unwrap_err().to_string(),
        "cannot find partition `web-7`: the topic has 1 partitions"
    );
    assert_eq!(fixture.append("nope", &["a"]).unwrap_err().to_string(), "cannot find topic `nope`");
    assert_eq!(fixture.log.metrics().partitions[0].log_end, 0, "nothing of it was taken");
}

#[test]
fn batches_of_one_append_get_offsets_in_a_row() {
    let fixture = Fixture::new(1, |_| {});
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    let two = [batch(0, Compression::Lz4, &["a", "b"]), batch(0, Compression::Zstd, &["c"])].concat();
    let shared = Bytes::from(two);
    let keeper = shared.clone();
    let appended = fixture.log.append("web", 0, shared).unwrap();
    assert_eq!((appended.base_offset, appended.last_offset), (0, 2));
    assert_eq!(
        BatchView::parse(&keeper[..keeper.len() - batch(0, Compression::Zstd, &["c"]).len()])
            .unwrap()
            .base_offset(),
        0
    );
    fixture.log.append("web", 0, keeper).unwrap();
    assert_eq!(fixture.values("web", 0), ["a", "b", "c", "a", "b", "c"]);
}

#[test]
fn topics_keep_their_id_and_settings_and_lose_them_when_deleted() {
    let mut fixture = Fixture::new(1, |_| {});
    let config =
        TopicConfig { partitions: Some(3), durability: Some(Durability::Fsync), ..TopicConfig::default() };
    let id = fixture.log.create_topic("web", config.clone()).unwrap().id();
    assert!(matches!(fixture.log.create_topic("web", config.clone()), Err(Error::TopicExists { .. })));
    assert!(matches!(fixture.log.create_topic("a/b", config.clone()), Err(Error::InvalidTopic(_))));
    fixture.append("web", &["old"]).unwrap();
    fixture.crash();
    let info = fixture.log.topic("web").unwrap().info();
    assert_eq!((info.id, &info.config, info.partitions), (id, &config, 3));
    let longer = TopicConfig { retention_ms: Some(7), partitions: Some(9), ..config };
    fixture.log.configure_topic("web", &longer).unwrap();
    fixture.crash();
    let info = fixture.log.topic("web").unwrap().info();
    assert_eq!((info.settings.retention_ms, info.partitions), (7, 3));
    fixture.log.delete_topic("web").unwrap();
    assert!(fixture.log.topic("web").is_none());
    fixture.crash();
    assert_eq!(fixture.log.topics(), []);
    assert_ne!(fixture.log.create_topic("web", TopicConfig::default()).unwrap().id(), id);
    assert_eq!(fixture.values("web", 0), [""; 0]);
}

#[test]
fn time_is_found_over_segments() {
    let fixture = Fixture::new(1, |_| {});
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    for at in 0..100 {
        let value = [format!("{at} {}", "x".repeat(80))];
        fixture.log.append("web", 0, batch(1000 + at * 10, Compression::None, &value)).unwrap();
    }
    assert!(fixture.log.metrics().partitions[0].segments > 2);
    for (time, found) in
        [(0, Some((0, 1000))), (1001, Some((1, 1010))), (1505, Some((51, 1510))), (1991, None)]
    {
        assert_eq!(fixture.log.offset_for_time("web", 0, time).unwrap(), found, "{time}");
    }
}

#[test]
fn a_directory_is_used_once() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig::new(dir.path());
    let log = CommitLog::open(config.clone()).unwrap();
    assert!(matches!(CommitLog::open(config.clone()), Err(Error::Locked { .. })));
    log.close().unwrap();
    assert!(matches!(log.create_topic("web", TopicConfig::default()), Err(Error::Closed)));
    CommitLog::open(config).unwrap().close().unwrap();
}

#[test]
fn offsets_below_a_checkpoint_are_not_given_out_again() {
    let mut fixture = Fixture::new(1, |_| {});
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    fixture.append("web", &["a"]).unwrap();
    fixture.log.advance_log_end("web", 0, 10).unwrap();
    fixture.log.advance_log_end("web", 0, 5).unwrap();
    assert_eq!(fixture.append("web", &["b"]).unwrap().base_offset, 10);
    fixture.log.sync();
    fixture.crash();
    assert_eq!(read_all(&fixture.log, "web", 0, 0, 1), [(0, "a".to_owned()), (10, "b".to_owned())]);
}
