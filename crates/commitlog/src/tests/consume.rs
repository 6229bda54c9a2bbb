//! Consumers of a group, in one process.

use std::time::Duration;

use super::*;

const NOW: Duration = Duration::ZERO;
/// Long enough to be sure that whoever waits was woken.
const LONG: Duration = Duration::from_secs(60);

fn fixture(partitions: u32) -> Fixture {
    let fixture = Fixture::new(1, |config| config.partitions = partitions);
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    fixture
}

fn names(partitions: &[TopicPartition]) -> Vec<String> {
    partitions.iter().map(ToString::to_string).collect()
}

fn assigned(consumer: &mut Consumer) -> Vec<String> {
    names(&consumer.poll(NOW).unwrap().assigned)
}

/// The values a poll brings.
fn values(consumer: &mut Consumer, timeout: Duration) -> Vec<String> {
    let mut scratch = Vec::new();
    let mut values = Vec::new();
    for (_, batch) in consumer.poll(timeout).unwrap().batches {
        let view = BatchView::parse(&batch).unwrap();
        for record in view.records(&mut scratch, 1 << 20).unwrap() {
            values.push(String::from_utf8_lossy(record.unwrap().value.unwrap()).into_owned());
        }
    }
    values
}

#[test]
fn assignment_comes_alone_so_that_the_caller_can_seek() {
    let fixture = fixture(1);
    fixture.append("web", &["a"]).unwrap();
    fixture.append("web", &["b"]).unwrap();
    let web = TopicPartition::new("web", 0);
    let mut consumer = fixture.log.consumer("g", Subscription::all());
    let polled = consumer.poll(NOW).unwrap();
    assert_eq!((names(&polled.assigned), polled.batches.len()), (vec!["web-0".to_owned()], 0));
    consumer.seek(&web, 1).unwrap();
    assert!(matches!(consumer.seek(&web, 3), Err(Error::OffsetOutOfRange { .. })));
    assert_eq!(consumer.lag()[0].records, 1);
    assert_eq!(values(&mut consumer, NOW), ["b"]);
    assert_eq!(consumer.position(&web), Some(2));
    assert!(consumer.poll(NOW).unwrap().is_empty());
}

#[test]
fn commits_survive_a_crash_and_are_where_the_next_member_begins() {
    let mut fixture = fixture(1);
    for value in ["a", "b", "c"] {
        fixture.append("web", &[value]).unwrap();
    }
    let web = TopicPartition::new("web", 0);
    let mut consumer = fixture.log.consumer("store", Subscription::all());
    assert_eq!(assigned(&mut consumer), ["web-0"]);
    consumer.commit(&[(web.clone(), 2)]).unwrap();
    drop(consumer);
    fixture.log.sync();
    fixture.crash();
    assert_eq!(fixture.log.committed("store", &web).unwrap().offset, 2);
    let mut consumer = fixture.log.consumer("store", Subscription::all());
    assert_eq!(assigned(&mut consumer), ["web-0"]);
    assert_eq!(values(&mut consumer, NOW), ["c"]);
    let group = &fixture.log.metrics().groups[0];
    assert_eq!((group.committed, group.lag, group.member.is_some()), (2, 1, true));
}

#[test]
fn members_share_and_a_dropped_one_hands_over_at_once() {
    let fixture = fixture(2);
    let mut first = fixture.log.consumer("g", Subscription::all());
    assert_eq!(assigned(&mut first), ["web-0", "web-1"]);
    let mut second = fixture.log.consumer("g", Subscription::all());
    assert_eq!(assigned(&mut second), [""; 0]);
    let revoked = first.poll(NOW).unwrap().revoked;
    assert_eq!(names(&revoked), ["web-1"]);
    assert!(first.commit(&[(revoked[0].clone(), 0)]).is_ok(), "its last work may be committed still");
    assert_eq!(assigned(&mut second), [""; 0], "the first has not let go yet");
    first.poll(NOW).unwrap();
    assert_eq!(assigned(&mut second), ["web-1"]);
    let error = first.commit(&[(revoked[0].clone(), 0)]).unwrap_err();
    assert!(error.to_string().starts_with("cannot use `web-1` in group `g`"), "{error}");
    drop(first);
    assert_eq!(assigned(&mut second), ["web-0"]);
}

#[test]
fn a_silent_member_loses_its_partitions_and_comes_back() {
    let fixture = fixture(1);
    let mut silent = fixture.log.consumer("g", Subscription::all());
    assert_eq!(assigned(&mut silent), ["web-0"]);
    let mut other = fixture.log.consumer("g", Subscription::all());
    fixture.advance(fixture.config.session_timeout_ms + 1);
    assert_eq!(assigned(&mut other), ["web-0"], "it was silent itself, and joined again");
    assert_eq!(names(&silent.poll(NOW).unwrap().revoked), ["web-0"]);
}

#[test]
fn a_group_whose_only_member_is_silent_can_be_deleted() {
    let fixture = fixture(1);
    fixture.log.commit_offsets("g", &[(TopicPartition::new("web", 0), 0)]).unwrap();
    let _silent = fixture.log.consumer("g", Subscription::all());
    assert_eq!(fixture.log.delete_group("g"), Err(GroupError::NonEmpty));
    fixture.advance(fixture.config.session_timeout_ms + 1);
    assert_eq!(fixture.log.delete_group("g"), Ok(()));
}

#[test]
fn data_new_topics_interrupts_and_the_end_wake_a_waiting_poll() {
    let fixture = fixture(1);
    let mut consumer = fixture.log.consumer("g", Subscription::pattern("web|auth").unwrap());
    assert_eq!(assigned(&mut consumer), ["web-0"]);
    let log = fixture.log.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    let waker = consumer.waker();
    let worker = std::thread::spawn(move || {
        sender.send(values(&mut consumer, LONG)).unwrap();
        sender.send(names(&consumer.poll(LONG).unwrap().assigned)).unwrap();
        sender.send(values(&mut consumer, LONG)).unwrap();
        sender.send(vec![consumer.poll(LONG).unwrap_err().to_string()]).unwrap();
    });
    log.append("web", 0, batch(0, Compression::None, &["a"])).unwrap();
    assert_eq!(receiver.recv().unwrap(), ["a"]);
    log.create_topic("other", TopicConfig::default()).unwrap();
    log.create_topic("auth", TopicConfig::default()).unwrap();
    assert_eq!(receiver.recv().unwrap(), ["auth-0"]);
    waker();
    assert_eq!(receiver.recv().unwrap(), [""; 0]);
    log.close().unwrap();
    assert_eq!(receiver.recv().unwrap(), ["cannot use the commit log: it is closed"]);
    worker.join().unwrap();
}

#[test]
fn a_deleted_topic_is_revoked() {
    let fixture = fixture(1);
    let mut consumer = fixture.log.consumer("g", Subscription::all());
    assert_eq!(assigned(&mut consumer), ["web-0"]);
    consumer.commit(&[(TopicPartition::new("web", 0), 0)]).unwrap();
    fixture.log.delete_topic("web").unwrap();
    assert_eq!(names(&consumer.poll(NOW).unwrap().revoked), ["web-0"]);
    assert_eq!(fixture.log.metrics().groups, []);
}

#[test]
fn paused_partitions_rest_and_busy_ones_take_turns() {
    let fixture = Fixture::new(1, |config| {
        config.partitions = 3;
        config.fetch_bytes_max = 100;
    });
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    for partition in 0..3 {
        for _ in 0..3 {
            fixture.log.append("web", partition, batch(0, Compression::None, &["x".repeat(100)])).unwrap();
        }
    }
    let mut consumer = fixture.log.consumer("g", Subscription::all());
    consumer.poll(NOW).unwrap();
    let paused = TopicPartition::new("web", 1);
    consumer.pause(&paused).unwrap();
    let mut turns = Vec::new();
    for _ in 0..4 {
        turns.extend(consumer.poll(NOW).unwrap().batches.into_iter().map(|(of, _)| of.partition));
    }
    assert_eq!(turns, [0, 2, 0, 2]);
    consumer.resume(&paused).unwrap();
    assert_eq!(consumer.poll(NOW).unwrap().batches[0].0.partition, 0);
    assert_eq!(consumer.poll(NOW).unwrap().batches[0].0, paused);
}

#[test]
fn retention_under_a_reader_is_counted() {
    let fixture = Fixture::new(1, |config| {
        config.segment_bytes = 1024;
        config.retention_bytes = Some(2000);
    });
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    let mut consumer = fixture.log.consumer("g", Subscription::all());
    consumer.poll(NOW).unwrap();
    for _ in 0..20 {
        fixture.append("web", &[&"x".repeat(200)]).unwrap();
    }
    crate::retention::apply(&fixture.log).unwrap();
    let start = fixture.log.metrics().partitions[0].log_start;
    assert!(start > 0);
    consumer.poll(NOW).unwrap();
    assert_eq!(consumer.records_skipped(), start as u64);
    let left = std::iter::repeat_with(|| values(&mut consumer, NOW).len()).take_while(|count| *count > 0);
    assert_eq!(left.sum::<usize>(), 20 - start as usize);
}

#[test]
fn committed_offsets_are_compacted() {
    let mut fixture = fixture(1);
    let web = TopicPartition::new("web", 0);
    for offset in 0..60_000 {
        fixture.log.commit_offsets("g", &[(web.clone(), offset)]).unwrap();
        if offset % 10_000 == 0 {
            crate::compaction::apply(&fixture.log).unwrap();
        }
    }
    crate::compaction::apply(&fixture.log).unwrap();
    let metrics = fixture.log.metrics();
    let offsets = metrics.partitions.iter().find(|p| p.partition.topic.starts_with("__")).unwrap();
    assert!(offsets.segments <= 5 && offsets.size_bytes < 3 << 20, "{offsets:?}");
    fixture.log.sync();
    fixture.crash();
    assert_eq!(fixture.log.committed("g", &web).unwrap().offset, 59_999);
}

#[test]
fn too_little_is_waited_with_but_not_for_ever() {
    let fixture = Fixture::new(1, |config| {
        (config.fetch_bytes_min, config.fetch_wait_ms_max) = (1 << 20, 200);
    });
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    let mut consumer = fixture.log.consumer("g", Subscription::all());
    assert_eq!(assigned(&mut consumer), ["web-0"]);
    fixture.append("web", &["a"]).unwrap();
    assert_eq!(values(&mut consumer, NOW), Vec::<String>::new());
    fixture.append("web", &["b"]).unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(values(&mut consumer, LONG), ["a", "b"]);
    assert!(begun.elapsed() < LONG / 2, "`fetch.max.wait.ms` ends the wait");
    fixture.append("web", &["c"]).unwrap();
    assert!(consumer.poll(NOW).unwrap().is_empty());
    consumer.seek(&TopicPartition::new("web", 0), 1).unwrap();
    assert_eq!(
        values(&mut consumer, LONG),
        ["b", "c"],
        "what was held back is read again from the new position"
    );
}
