//! An operator at the embedded log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use girok_commitlog::{CommitLog, LogConfig, ManualClock, RealDisk, Subscription};
use girok_wire::{BatchBuilder, Compression};
use tempfile::TempDir;

use crate::*;

const NOW_MS: i64 = 1_790_000_000_000;

struct Fixture {
    _dir: TempDir,
    log: CommitLog,
    cluster: Cluster,
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { partitions: 2, ..LogConfig::new(dir.path().join("log")) };
    let clock = Arc::new(ManualClock::new(NOW_MS));
    let log = CommitLog::open_with(config, clock.clone(), Arc::new(RealDisk)).unwrap();
    let node = Broker { id: 1, address: Some(("127.0.0.1".to_owned(), 9092)) };
    let admin = Arc::new(EmbeddedAdmin::new(log.clone(), "test", node));
    let cluster = Cluster::new(admin, "store", clock);
    Fixture { _dir: dir, log, cluster }
}

impl Fixture {
    /// Appends records with these times to partition 0 of `web`, each in a batch of its own.
    fn append(&self, times: &[i64]) {
        for time in times {
            let mut builder = BatchBuilder::new(Compression::None);
            builder.append(NOW_MS + time, None, Some(b"x"), &[]);
            self.log.append("web", 0, builder.finish().unwrap()).unwrap();
        }
    }

    /// A topic `web` with three records, and a group that has read one of them and gone.
    fn with_group() -> Self {
        let fixture = fixture();
        fixture.cluster.create_topic(&topic("web")).unwrap();
        fixture.append(&[0, 4_000, 10_000]);
        fixture.log.commit_offsets("readers", &[(web(0), 1)]).unwrap();
        fixture
    }

    fn reset(&self, to: Target) -> Result<Vec<(u32, Option<i64>, i64)>> {
        let wanted = Reset { to, topics: Vec::new(), partitions: Vec::new(), dry_run: false };
        let moved = self.cluster.reset("readers", &wanted)?;
        Ok(moved.into_iter().map(|one| (one.partition.partition, one.before, one.after)).collect())
    }
}

fn web(partition: u32) -> TopicPartition {
    TopicPartition::new("web", partition)
}

fn topic(name: &str) -> NewTopic {
    NewTopic { name: name.to_owned(), ..NewTopic::default() }
}

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, code: &str, text: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (code, text));
}

#[test]
fn a_topic_is_made_described_changed_and_deleted() {
    let Fixture { cluster, _dir, .. } = fixture();
    let wanted =
        NewTopic { partitions: Some(3), settings: settings(&[("retention.ms", "1000")]), ..topic("web") };
    cluster.create_topic(&wanted).unwrap();
    refused(cluster.create_topic(&wanted), "E_TOPIC_EXISTS", "cannot create topic `web`: it exists");

    let (made, all) = cluster.topic("web").unwrap();
    assert_eq!(made.partitions.len(), 3);
    let (leader, replicas) = (made.partitions[0].leader, made.partitions[0].replicas.clone());
    assert_eq!((leader, replicas, made.records(), made.size_bytes()), (Some(1), vec![1], 0, Some(0)));
    let own: Vec<_> = all.iter().filter(|setting| !setting.is_default).collect();
    let expected = Setting { name: "retention.ms".into(), value: Some("1000".into()), is_default: false };
    assert_eq!(own, [&expected]);

    let change = |name: &str, value: Option<&str>| {
        let settings = BTreeMap::from([(name.to_owned(), value.map(String::from))]);
        cluster.alter_topic("web", &TopicChange { partitions: None, settings })
    };
    change("durability", Some("fsync")).unwrap();
    change("retention.ms", None).unwrap();
    let own: Vec<_> =
        cluster.topic("web").unwrap().1.into_iter().filter(|setting| !setting.is_default).collect();
    assert_eq!(own.iter().map(|setting| setting.name.as_str()).collect::<Vec<_>>(), ["durability"]);
    assert_eq!(change("durability", Some("maybe")).unwrap_err().code(), "E_INVALID");
    assert_eq!(change("retention.hours", Some("1")).unwrap_err().code(), "E_INVALID");

    let grow = |partitions| {
        cluster.alter_topic("web", &TopicChange { partitions: Some(partitions), settings: BTreeMap::new() })
    };
    grow(5).unwrap();
    assert_eq!(cluster.topic("web").unwrap().0.partitions.len(), 5);
    assert_eq!(grow(2).unwrap_err().code(), "E_INVALID", "partitions are never taken away");

    cluster.delete_topic("web").unwrap();
    refused(cluster.delete_topic("web"), "E_UNKNOWN_TOPIC", "cannot find topic `web`");
}

#[test]
fn what_the_log_cannot_do_is_refused() {
    let fixture = Fixture::with_group();
    let copies = NewTopic { replication: Some(3), ..topic("other") };
    assert_eq!(fixture.cluster.create_topic(&copies).unwrap_err().code(), "E_INVALID");
    assert_eq!(fixture.cluster.create_topic(&topic("no/slash")).unwrap_err().code(), "E_INVALID");
    refused(
        fixture.cluster.delete_topic("__consumer_offsets"),
        "E_INTERNAL_TOPIC",
        "cannot delete topic `__consumer_offsets`: it is the log's own",
    );
}

#[test]
fn lag_is_told_in_records_and_in_the_time_between_them() {
    let fixture = Fixture::with_group();
    let (group, lag) = fixture.cluster.group("readers").unwrap();
    assert_eq!((group.state.as_str(), group.members.len()), ("Empty", 0));
    let expected = PartitionLag { committed: Some(1), start: 0, end: 3, records: 2, seconds: 6.0 };
    assert_eq!(lag.partitions, BTreeMap::from([(web(0), expected)]));
    assert_eq!((lag.records, lag.seconds), (2, 6.0));

    fixture.log.commit_offsets("readers", &[(web(0), 3)]).unwrap();
    let (_, lag) = fixture.cluster.group("readers").unwrap();
    assert_eq!((lag.records, lag.seconds), (0, 0.0), "nothing is late where nothing comes");
}

#[test]
fn members_are_told_with_what_they_have() {
    let fixture = Fixture::with_group();
    let mut consumer = fixture.log.consumer("readers", Subscription::all());
    consumer.poll(Duration::ZERO).unwrap();
    let (group, lag) = fixture.cluster.group("readers").unwrap();
    assert_eq!(group.members[0].assigned, [web(0), web(1)]);
    assert_eq!(group.owner(&web(1)), Some(&group.members[0]));
    let new = PartitionLag { committed: None, start: 0, end: 0, records: 0, seconds: 0.0 };
    assert_eq!(lag.partitions[&web(1)], new, "assigned, and nothing committed yet");
}

#[test]
fn a_group_is_reset_to_every_target() {
    let fixture = Fixture::with_group();
    assert_eq!(fixture.reset(Target::Latest).unwrap(), [(0, Some(1), 3), (1, None, 0)]);
    assert_eq!(fixture.reset(Target::Earliest).unwrap(), [(0, Some(3), 0), (1, Some(0), 0)]);
    assert_eq!(fixture.reset(Target::Offset(2)).unwrap()[0], (0, Some(0), 2));
    assert_eq!(fixture.reset(Target::Offset(99)).unwrap()[0], (0, Some(2), 3), "no further than the end");
    assert_eq!(fixture.reset(Target::Time(NOW_MS + 1)).unwrap()[0], (0, Some(3), 1));
    assert_eq!(
        fixture.reset(Target::Time(NOW_MS + 99_000)).unwrap()[0],
        (0, Some(1), 3),
        "nothing is so new"
    );
    assert_eq!(fixture.log.committed("readers", &web(0)).unwrap().offset, 3);
}

#[test]
fn a_dry_run_and_a_choice_of_partitions_touch_nothing_else() {
    let fixture = Fixture::with_group();
    let mut wanted =
        Reset { to: Target::Latest, topics: vec!["web".into()], partitions: vec![1], dry_run: false };
    assert_eq!(fixture.cluster.reset("readers", &wanted).unwrap().len(), 1);
    assert_eq!(fixture.log.committed("readers", &web(0)).unwrap().offset, 1);
    wanted = Reset { partitions: Vec::new(), dry_run: true, ..wanted };
    assert_eq!(fixture.cluster.reset("readers", &wanted).unwrap()[0].after, 3);
    assert_eq!(fixture.log.committed("readers", &web(0)).unwrap().offset, 1);
    wanted.partitions = vec![7];
    assert_eq!(fixture.cluster.reset("readers", &wanted).unwrap_err().code(), "E_UNKNOWN_PARTITION");
    wanted.topics = vec!["none".into()];
    assert_eq!(fixture.cluster.reset("readers", &wanted).unwrap_err().code(), "E_UNKNOWN_TOPIC");
}

#[test]
fn a_group_that_has_not_come_yet_is_told_where_to_begin() {
    let fixture = Fixture::with_group();
    let mut wanted =
        Reset { to: Target::Offset(2), topics: vec!["web".into()], partitions: vec![0], dry_run: false };
    let moved = fixture.cluster.reset("new", &wanted).unwrap();
    assert_eq!(moved, [Moved { partition: web(0), before: None, after: 2 }]);
    assert_eq!(fixture.cluster.group("new").unwrap().1.records, 1);
    wanted.topics.clear();
    refused(
        fixture.cluster.reset("newer", &wanted),
        "E_UNKNOWN_GROUP",
        "cannot find group `newer`: it has no members and has committed nothing",
    );
}

#[test]
fn a_group_with_members_is_neither_reset_nor_deleted() {
    let fixture = Fixture::with_group();
    let consumer = fixture.log.consumer("readers", Subscription::all());
    refused(
        fixture.reset(Target::Earliest),
        "E_GROUP_IN_USE",
        "cannot reset group `readers`: it has 1 member",
    );
    refused(
        fixture.cluster.delete_group("readers"),
        "E_GROUP_IN_USE",
        "cannot delete group `readers`: it has 1 member",
    );
    // One that joins after we looked is found by the log itself.
    let refusal = fixture.log.reset_group("readers", &[(web(0), 0)]).unwrap_err();
    assert_eq!(refusal, girok_commitlog::GroupError::NonEmpty);
    assert_eq!(fixture.log.committed("readers", &web(0)).unwrap().offset, 1);
    drop(consumer);
    fixture.cluster.delete_group("readers").unwrap();
    assert_eq!(fixture.cluster.group("readers").unwrap_err().code(), "E_UNKNOWN_GROUP");
}

#[test]
fn giroks_own_group_is_never_reset() {
    let fixture = Fixture::with_group();
    fixture.log.commit_offsets("store", &[(web(0), 1)]).unwrap();
    let wanted = Reset { to: Target::Earliest, topics: Vec::new(), partitions: Vec::new(), dry_run: false };
    for refusal in [
        fixture.cluster.reset("store", &wanted).map(drop).unwrap_err(),
        fixture.cluster.delete_group("store").unwrap_err(),
    ] {
        assert_eq!(refusal.code(), "E_OWN_GROUP");
        assert!(refusal.to_string().contains("catalog") && refusal.hint().is_some(), "{refusal}");
    }
}

#[test]
fn the_watch_sees_the_log_by_itself() {
    let fixture = Fixture::with_group();
    let until = std::time::Instant::now() + Duration::from_secs(30);
    while fixture.cluster.watch().last().is_none() {
        assert!(std::time::Instant::now() < until, "no sample came");
        std::thread::yield_now();
    }
}
