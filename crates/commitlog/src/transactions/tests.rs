//! Transactions through the log, on a disk in memory from which the plug can be pulled.

use std::sync::Arc;

use bytes::Bytes;
use girok_wire::{BatchBuilder, BatchView, Compression, ProducerStamp};

use super::*;
use crate::coordinator::classic::MemberRef;
use crate::disk::FaultyDisk;
use crate::log::Threads;
use crate::*;

const START_MS: i64 = 1_790_000_000_000;

/// A log without threads: transactions end when a test says so.
struct Fixture {
    disk: FaultyDisk,
    clock: Arc<ManualClock>,
    log: CommitLog,
}

/// One producer under the transactional id `t`.
struct Producer {
    producer: ProducerRef,
    sequence: i32,
}

impl Fixture {
    fn new() -> Self {
        Fixture::with_seed(7)
    }

    fn with_seed(seed: u64) -> Self {
        let (disk, clock) = (FaultyDisk::new(seed), Arc::new(ManualClock::new(START_MS)));
        let log = open(&disk, &clock);
        for topic in ["web", "auth"] {
            log.create_topic(topic, TopicConfig::default()).unwrap();
        }
        Fixture { disk, clock, log }
    }

    /// Pulls the plug, or only kills the process; then opens what is left.
    fn stop(&mut self, is_crash: bool) {
        if is_crash {
            self.disk = self.disk.crash();
        }
        self.log = open(&self.disk, &self.clock);
    }

    fn begin(&self) -> Producer {
        let (producer, _) = self.log.begin_producer("t", 60_000, None).unwrap();
        Producer { producer, sequence: 0 }
    }

    fn add(&self, producer: &Producer, topic: &str) {
        self.log.add_to_transaction("t", producer.producer, [TopicPartition::new(topic, 0)]).unwrap();
    }

    fn send(&self, producer: &mut Producer, topic: &str, value: &str) -> Result<Appended> {
        let stamp = ProducerStamp {
            producer_id: producer.producer.id,
            producer_epoch: producer.producer.epoch,
            base_sequence: producer.sequence,
            transactional: true,
        };
        let appended = self.log.append(topic, 0, stamp.stamp(batch(value)))?;
        producer.sequence += 1;
        Ok(appended)
    }

    /// Ends the transaction and carries it out.
    fn end(&self, producer: &Producer, is_commit: bool) -> TransactionResult<()> {
        let mut ended = self.log.end_transaction("t", producer.producer, is_commit);
        self.settle();
        ended.try_recv().unwrap()
    }

    /// What the thread would do.
    fn settle(&self) {
        self.log.sync();
        assert!(self.log.end_prepared());
    }

    /// The values that a reader of committed records sees, and up to where it may read.
    fn committed(&self, topic: &str) -> (Vec<String>, i64) {
        let (mut values, mut scratch, mut offset) = (Vec::new(), Vec::new(), 0);
        loop {
            let fetched = self.log.read_committed(topic, 0, offset, 1).unwrap();
            let Some(batch) = fetched.batches.first() else { return (values, fetched.last_stable_offset) };
            let view = BatchView::parse(batch).unwrap();
            let is_aborted = fetched.aborted.iter().any(|aborted| aborted.producer_id == view.producer_id);
            if !view.is_control() && !is_aborted {
                for record in view.records(&mut scratch, 1 << 20).unwrap().map(Result::unwrap) {
                    values.push(String::from_utf8_lossy(record.value.unwrap()).into_owned());
                }
            }
            offset = view.last_offset() + 1;
        }
    }
}

fn open(disk: &FaultyDisk, clock: &Arc<ManualClock>) -> CommitLog {
    let config = LogConfig {
        partitions: 1,
        segment_bytes: 1024,
        tail_bytes: 500,
        retention_group: None,
        ..LogConfig::new("log")
    };
    CommitLog::open_threads(config, clock.clone(), Arc::new(disk.clone()), Threads::None).unwrap()
}

fn batch(value: &str) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None);
    builder.append(START_MS, Some(b"key"), Some(value.as_bytes()), &[]);
    builder.finish().unwrap()
}

#[test]
fn readers_see_what_is_committed_and_not_what_is_aborted() {
    let mut fixture = Fixture::new();
    let mut producer = fixture.begin();
    assert!(fixture.send(&mut producer, "web", "too early").is_err(), "the partition was not taken in");
    fixture.add(&producer, "web");
    fixture.send(&mut producer, "web", "a").unwrap();
    fixture.log.append("web", 0, batch("plain")).unwrap();
    assert_eq!(fixture.committed("web"), (vec![], 0), "nothing behind an open transaction");
    fixture.end(&producer, true).unwrap();
    assert_eq!(fixture.committed("web"), (vec!["a".into(), "plain".into()], 3));

    fixture.add(&producer, "web");
    fixture.send(&mut producer, "web", "b").unwrap();
    fixture.end(&producer, false).unwrap();
    assert!(fixture.send(&mut producer, "web", "too late").is_err(), "the transaction is over");
    fixture.add(&producer, "web");
    fixture.send(&mut producer, "web", "c").unwrap();
    fixture.end(&producer, true).unwrap();
    let expected = (vec!["a".to_owned(), "plain".into(), "c".into()], 7);
    assert_eq!(fixture.committed("web"), expected);

    for stop in ["kill", "crash", "clean"] {
        fixture.log.sync();
        if stop == "clean" {
            fixture.log.close().unwrap();
        }
        fixture.stop(stop == "crash");
        assert_eq!(fixture.committed("web"), expected, "after {stop}");
    }
}

#[test]
fn aborted_transactions_are_known_over_many_segments_and_restarts() {
    let mut fixture = Fixture::new();
    let mut producer = fixture.begin();
    let mut expected = Vec::new();
    for round in 0..60 {
        fixture.add(&producer, "web");
        for part in 0..1 + round % 3 {
            fixture.send(&mut producer, "web", &format!("{round}/{part} {}", "x".repeat(100))).unwrap();
        }
        let is_commit = round % 4 == 0;
        if is_commit {
            expected.extend((0..1 + round % 3).map(|part| format!("{round}/{part} {}", "x".repeat(100))));
        }
        fixture.end(&producer, is_commit).unwrap();
        if round % 20 == 19 {
            fixture.log.sync();
            match round {
                19 => fixture.log.close().unwrap(),
                _ => fixture.disk = fixture.disk.crash(),
            }
            fixture.stop(false);
            assert_eq!(fixture.committed("web").0, expected, "round {round}");
        }
    }
    let segments = fixture.log.metrics().partitions.iter().map(|partition| partition.segments).max();
    assert!(segments > Some(10), "{segments:?}");
}

#[test]
fn what_was_decided_is_carried_out_after_a_kill() {
    for is_commit in [true, false] {
        let mut fixture = Fixture::new();
        let mut producer = fixture.begin();
        for topic in ["web", "auth"] {
            // Sequences are counted in each partition.
            producer.sequence = 0;
            fixture.add(&producer, topic);
            fixture.send(&mut producer, topic, topic).unwrap();
        }
        let _ended = fixture.log.end_transaction("t", producer.producer, is_commit);
        fixture.log.sync();
        fixture.stop(true);
        assert_eq!(fixture.committed("web"), (vec![], 0), "no marker yet");
        fixture.settle();
        for topic in ["web", "auth"] {
            let values = if is_commit { vec![topic.to_owned()] } else { vec![] };
            assert_eq!(fixture.committed(topic), (values, 2), "{topic}");
        }
        let state = TransactionState::complete(is_commit);
        assert_eq!(fixture.log.transaction("t").unwrap().state, state);
        fixture.stop(false);
        fixture.settle();
        assert_eq!(fixture.log.offsets("web", 0).unwrap().log_end, 2, "no marker is written twice");
    }
}

#[test]
fn what_nobody_knows_of_is_aborted_at_the_start() {
    let mut lost = 0;
    for seed in 0..20 {
        let mut fixture = Fixture::with_seed(seed);
        let mut producer = fixture.begin();
        fixture.log.sync();
        fixture.add(&producer, "web");
        fixture.send(&mut producer, "web", "lost").unwrap();
        // The record reaches the disk; whether the note does that the partition is part of a transaction is
        // the disk's choice.
        fixture.log.topic("web").unwrap().partition(0).unwrap().sync();
        fixture.stop(true);
        if fixture.log.transaction("t").unwrap().state == TransactionState::Ongoing {
            assert_eq!(fixture.committed("web"), (vec![], 0), "it may still be ended, seed {seed}");
            continue;
        }
        lost += 1;
        assert_eq!(fixture.committed("web"), (vec![], 2), "its end was written, seed {seed}");
        assert!(fixture.begin().producer.epoch > producer.producer.epoch);
    }
    assert!(lost > 0);
}

#[test]
fn a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced() {
    let fixture = Fixture::new();
    let mut producer = fixture.begin();
    fixture.add(&producer, "web");
    fixture.send(&mut producer, "web", "slow").unwrap();
    fixture.clock.advance(60_001);
    fixture.log.expire_transactions().unwrap();
    fixture.settle();
    assert_eq!(fixture.committed("web"), (vec![], 2));
    let late = fixture.end(&producer, true);
    assert!(matches!(late, Err(TransactionError::Fenced)), "{late:?}");
    let late = fixture.send(&mut producer, "web", "later");
    assert!(matches!(late, Err(Error::Sequence { .. })), "{late:?}");
}

#[test]
fn a_new_producer_aborts_what_the_old_one_left_open() {
    let fixture = Fixture::new();
    let mut old = fixture.begin();
    fixture.add(&old, "web");
    fixture.send(&mut old, "web", "old").unwrap();
    let refused = fixture.log.begin_producer("t", 60_000, None).unwrap_err();
    assert!(matches!(refused, TransactionError::Concurrent));
    fixture.settle();
    let mut new = fixture.begin();
    fixture.add(&new, "web");
    fixture.send(&mut new, "web", "new").unwrap();
    assert!(fixture.send(&mut old, "web", "zombie").is_err());
    fixture.end(&new, true).unwrap();
    assert_eq!(fixture.committed("web").0, ["new"]);
}

#[test]
fn offsets_are_committed_with_the_transaction() {
    let web = TopicPartition::new("web", 0);
    for (is_commit, is_crash) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut fixture = Fixture::new();
        let producer = fixture.begin();
        let committed =
            Committed { offset: 5, leader_epoch: -1, metadata: String::new(), committed_ms: START_MS };
        let commit = |fixture: &Fixture| {
            let nobody = MemberRef { id: "", instance_id: None, generation: -1 };
            let offsets = vec![(web.clone(), committed.clone())];
            fixture.log.commit_in_transaction("g", nobody, producer.producer, offsets)
        };
        assert!(commit(&fixture).is_err(), "the group was not taken in");
        fixture.log.add_group_to_transaction("t", producer.producer).unwrap();
        let _ = commit(&fixture).unwrap();
        assert_eq!(fixture.log.committed("g", &web), None);
        assert!(fixture.log.is_commit_pending("g", &web));
        if is_crash {
            fixture.log.sync();
            fixture.stop(true);
            assert!(fixture.log.is_commit_pending("g", &web), "it is read back");
        }
        fixture.end(&producer, is_commit).unwrap();
        assert!(!fixture.log.is_commit_pending("g", &web));
        fixture.log.sync();
        fixture.stop(true);
        assert_eq!(fixture.log.committed("g", &web), is_commit.then_some(committed.clone()));
    }
}

#[test]
fn a_consumer_in_the_process_reads_only_what_is_committed() {
    let fixture = Fixture::new();
    let mut producer = fixture.begin();
    for (value, is_commit) in [("a", true), ("b", false), ("c", true)] {
        fixture.add(&producer, "web");
        fixture.send(&mut producer, "web", value).unwrap();
        fixture.end(&producer, is_commit).unwrap();
    }
    fixture.add(&producer, "web");
    fixture.send(&mut producer, "web", "open").unwrap();
    let mut consumer = fixture.log.consumer("g", Subscription::Topics(vec!["web".into()]));
    let (mut values, mut scratch) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        for (_, batch) in consumer.poll(std::time::Duration::ZERO).unwrap().batches {
            let view = BatchView::parse(&batch).unwrap();
            if !view.is_control() {
                let records = view.records(&mut scratch, 1 << 20).unwrap();
                values.extend(records.map(|record| record.unwrap().value.unwrap().to_vec()));
            }
        }
    }
    assert_eq!(values, [b"a", b"c"]);
    assert_eq!((consumer.records_skipped(), consumer.lag()[0].records), (0, 0));
}

#[test]
fn the_topic_of_transactions_is_compacted() {
    let mut fixture = Fixture::new();
    let producer = fixture.begin();
    let partition = fixture.log.topic("__transaction_state").unwrap().partition(0).unwrap().clone();
    let config = fixture.log.topic("__transaction_state").unwrap().info().config;
    let config = TopicConfig { segment_bytes: Some(1024), ..config };
    fixture.log.configure_topic("__transaction_state", &config).unwrap();
    for _ in 0..40 {
        fixture.add(&producer, "web");
        fixture.end(&producer, true).unwrap();
    }
    let (segments, size_bytes) = (partition.segments(), partition.size_bytes());
    compaction::apply(&fixture.log).unwrap();
    assert!(partition.segments() < segments / 2 && partition.size_bytes() < size_bytes / 2);
    let before = fixture.log.transactions();
    fixture.stop(true);
    assert_eq!(fixture.log.transactions(), before);
}

#[test]
fn compaction_leaves_what_is_open_and_hides_what_was_aborted() {
    let mut fixture = Fixture::new();
    let config =
        TopicConfig { cleanup: Some(Cleanup::COMPACT), dirty_permille: Some(10), ..TopicConfig::default() };
    fixture.log.create_topic("table", config).unwrap();
    let size_bytes =
        |fixture: &Fixture| fixture.log.topic("table").unwrap().partition(0).unwrap().size_bytes();
    let compact = |fixture: &Fixture| {
        fixture.log.topic("table").unwrap().partition(0).unwrap().roll_now().unwrap();
        fixture.clock.advance(1);
        compaction::apply(&fixture.log).unwrap();
    };
    let mut producer = fixture.begin();
    for round in 0..20 {
        fixture.add(&producer, "table");
        fixture.send(&mut producer, "table", &format!("{round} {}", "x".repeat(300))).unwrap();
        fixture.end(&producer, round % 2 == 0).unwrap();
    }
    fixture.add(&producer, "table");
    fixture.send(&mut producer, "table", "open").unwrap();
    let before = size_bytes(&fixture);
    compact(&fixture);
    assert!(size_bytes(&fixture) < before / 2, "every value but the last committed one is gone");
    for stop in ["none", "kill", "crash", "clean"] {
        fixture.log.sync();
        match stop {
            "none" => {}
            "clean" => {
                fixture.log.close().unwrap();
                fixture.stop(false);
            }
            stop => fixture.stop(stop == "crash"),
        }
        assert_eq!(fixture.committed("table").0, [format!("18 {}", "x".repeat(300))], "after {stop}");
    }
    fixture.end(&producer, true).unwrap();
    compact(&fixture);
    assert_eq!(fixture.committed("table").0, ["open"]);
    fixture.stop(true);
    assert_eq!(fixture.committed("table").0, ["open"]);
}
