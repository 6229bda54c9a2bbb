//! Does Kafka's protocol tell an operator the same as the log in this process? Our own broker and its log are
//! asked both ways. With `GIROK_TEST_KAFKA=host:port,…` a real cluster is worked on as well; `make
//! kafka-test` starts one.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests say where and what")]

use std::collections::BTreeMap;

use girok_admin::{
    Broker, ClusterAdmin, EmbeddedAdmin, Group, KafkaAdmin, NewTopic, Partition, Topic, TopicChange,
    TopicPartition,
};
use girok_broker::BrokerConfig;
use girok_commitlog::{CommitLog, LogConfig, Subscription};
use girok_log::{Access, SaslMechanism, Security};
use girok_wire::{BatchBuilder, Compression};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use door::{Door, strangers_root};

#[path = "../../log/tests/logs/door.rs"]
mod door;

const NOW_MS: i64 = 1_790_000_000_000;

/// A log with its broker, asked both ways.
struct Fixture {
    log: CommitLog,
    embedded: EmbeddedAdmin,
    kafka: KafkaAdmin,
    _broker: girok_broker::Broker,
    _runtime: Runtime,
    _dir: TempDir,
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { partitions: 2, disk_reserve_bytes: 0, ..LogConfig::new(dir.path().join("log")) };
    let log = CommitLog::open(config).unwrap();
    let runtime = Runtime::new().unwrap();
    let listen = BrokerConfig::new("127.0.0.1:0".parse().unwrap());
    let broker = runtime.block_on(girok_broker::start(listen, log.clone())).unwrap();
    let address = broker.address();
    let node =
        Broker { id: girok_broker::NODE_ID, address: Some((address.ip().to_string(), address.port())) };
    Fixture {
        embedded: EmbeddedAdmin::new(log.clone(), girok_broker::CLUSTER_ID, node),
        kafka: KafkaAdmin::new(&address.to_string(), Access::default()).unwrap(),
        log,
        _broker: broker,
        _runtime: runtime,
        _dir: dir,
    }
}

impl Fixture {
    /// Appends batches of two records, three seconds between any two, to partition 0 of `web`.
    fn append(&self, batches: i64) {
        for batch in 0..batches {
            let mut builder = BatchBuilder::new(Compression::Lz4);
            for record in 0..2 {
                builder.append(NOW_MS + (batch * 2 + record) * 3000, None, Some(b"x"), &[]);
            }
            self.log.append("web", 0, builder.finish().unwrap()).unwrap();
        }
    }

    /// Both answer the same.
    #[track_caller]
    fn same<T: PartialEq + std::fmt::Debug>(&self, ask: impl Fn(&dyn ClusterAdmin) -> T) -> T {
        let (ours, theirs) = (ask(&self.embedded), ask(&self.kafka));
        assert_eq!(ours, theirs);
        ours
    }
}

fn web(partition: u32) -> TopicPartition {
    TopicPartition::new("web", partition)
}

fn named(name: &str, partitions: u32) -> NewTopic {
    NewTopic { name: name.to_owned(), partitions: Some(partitions), ..NewTopic::default() }
}

#[test]
fn brokers_topics_and_groups_are_told_alike() {
    let fixture = fixture();
    fixture.log.create_topic("web", Default::default()).unwrap();
    fixture.append(3);
    fixture.log.commit_offsets("readers", &[(web(0), 1)]).unwrap();
    fixture.same(|admin| {
        let brokers = admin.brokers().unwrap();
        (brokers.cluster_id, brokers.controller, brokers.brokers)
    });
    let topics = fixture.same(|admin| admin.topics().unwrap());
    let web = topics.iter().find(|topic| topic.name == "web").unwrap();
    assert_eq!((web.records(), web.partitions.len()), (6, 2));
    assert!(web.size_bytes().is_some_and(|size| size > 0));
    let groups = fixture.same(|admin| admin.groups().unwrap());
    assert_eq!(groups[0].name, "readers");
}

#[test]
fn members_and_what_they_have_are_told_alike() {
    let fixture = fixture();
    fixture.log.create_topic("web", Default::default()).unwrap();
    let mut consumer = fixture.log.consumer("readers", Subscription::all());
    consumer.poll(std::time::Duration::ZERO).unwrap();
    let groups = fixture.same(|admin| admin.groups().unwrap());
    assert_eq!(groups[0].members[0].assigned, [web(0), web(1)]);
    for admin in [&fixture.embedded as &dyn ClusterAdmin, &fixture.kafka] {
        assert_eq!(admin.commit("readers", &[(web(0), 0)]).unwrap_err().code(), "E_GROUP_IN_USE");
        assert_eq!(admin.delete_group("readers").unwrap_err().code(), "E_GROUP_IN_USE");
    }
}

#[test]
fn times_and_offsets_are_told_alike() {
    let fixture = fixture();
    fixture.log.create_topic("web", Default::default()).unwrap();
    fixture.append(3);
    let places: Vec<_> = (0..=6).map(|offset| (web(0), offset)).chain([(web(1), 0)]).collect();
    let times = fixture.same(|admin| admin.record_times(&places).unwrap());
    let expected = (0..6).map(|n| Some(NOW_MS + n * 3000)).chain([None, None]);
    assert_eq!(times, expected.collect::<Vec<_>>());
    let at = |time| fixture.same(|admin| admin.offsets_for_time(&[web(0), web(1)], time).unwrap());
    assert_eq!(at(0), [Some(0), None]);
    assert_eq!(at(NOW_MS + 4000), [Some(2), None]);
    assert_eq!(at(NOW_MS + 99_000), [None, None]);
}

#[test]
fn changes_over_the_wire_are_changes_of_the_log() {
    let fixture = fixture();
    work_on(&fixture.kafka, "changed");
    fixture.same(|admin| admin.topics().unwrap());
}

#[test]
fn on_kafka_all_is_done_that_operators_do() {
    let Some(servers) = std::env::var("GIROK_TEST_KAFKA").ok().filter(|servers| !servers.is_empty()) else {
        eprintln!("skipped: GIROK_TEST_KAFKA names no Apache Kafka; `make kafka-test` starts one");
        return;
    };
    let admin = KafkaAdmin::new(&servers, Access::default()).unwrap();
    let brokers = admin.brokers().unwrap();
    assert!(brokers.cluster_id.is_some() && !brokers.brokers.is_empty(), "{brokers:?}");
    assert!(brokers.brokers.iter().any(|broker| Some(broker.id) == brokers.controller), "{brokers:?}");
    work_on(&admin, &format!("girok-admin-{}", std::process::id()));
}

/// Operators get in where workers do, and are told why where they do not.
fn is_as_for_workers(door: &Door) {
    let asked = |security: &Security| {
        let admin = KafkaAdmin::new(&door.servers, security.access().unwrap()).unwrap();
        admin.brokers().map(|brokers| brokers.brokers.len())
    };
    for mechanism in SaslMechanism::ALL {
        assert_eq!(asked(&door.key(mechanism)).unwrap(), 1, "{mechanism:?}");
        let wrong = Security { password: "wrong".into(), ..door.key(mechanism) };
        let said = asked(&wrong).unwrap_err().to_string();
        assert!(said.contains("the broker refuses the user or password"), "{said}");
    }
    let dir = tempfile::tempdir().unwrap();
    let stranger = Security { ca: Some(strangers_root(&dir)), ..door.key(SaslMechanism::Plain) };
    let said = asked(&stranger).unwrap_err().to_string();
    assert!(said.contains("invalid peer certificate"), "{said}");
    let absent = Security { ca: Some(dir.path().join("nowhere.pem")), ..door.key(SaslMechanism::Plain) };
    let error = KafkaAdmin::new(&door.servers, absent.access().unwrap()).unwrap_err().to_string();
    assert!(error.contains("nowhere.pem"), "{error}");
}

#[test]
fn on_own_port_operators_get_in_where_workers_do() {
    is_as_for_workers(&Door::own());
}

#[test]
fn on_kafka_operators_get_in_where_workers_do() {
    Door::apache_kafka().iter().for_each(is_as_for_workers);
}

/// What an operator does, from beginning to end.
fn work_on(admin: &dyn ClusterAdmin, name: &str) {
    let settings = BTreeMap::from([("retention.ms".to_owned(), "60000".to_owned())]);
    let wanted = NewTopic { settings, ..named(name, 2) };
    admin.create_topic(&wanted).unwrap();
    assert_eq!(admin.create_topic(&wanted).unwrap_err().code(), "E_TOPIC_EXISTS");
    assert_eq!(admin.create_topic(&named("no/slash", 1)).unwrap_err().code(), "E_INVALID");
    let made = wait_for(admin, name, 2);
    assert!(made.partitions.iter().all(Partition::is_whole), "{made:?}");
    assert_eq!(own(admin, name), [("retention.ms".to_owned(), Some("60000".to_owned()))]);

    let settings = BTreeMap::from([
        ("retention.ms".to_owned(), None),
        ("segment.ms".to_owned(), Some("3600000".to_owned())),
    ]);
    admin.alter_topic(name, &TopicChange { partitions: Some(3), settings }).unwrap();
    wait_for(admin, name, 3);
    assert_eq!(own(admin, name), [("segment.ms".to_owned(), Some("3600000".to_owned()))]);
    let bad = BTreeMap::from([("retention.ms".to_owned(), Some("long".to_owned()))]);
    let change = TopicChange { partitions: None, settings: bad };
    assert_eq!(admin.alter_topic(name, &change).unwrap_err().code(), "E_INVALID");

    let place = TopicPartition::new(name, 1);
    admin.commit(&format!("{name}-readers"), &[(place.clone(), 0)]).unwrap();
    let group = group(admin, &format!("{name}-readers")).unwrap();
    assert_eq!((group.members.len(), group.committed), (0, BTreeMap::from([(place, 0)])));
    admin.delete_group(&group.name).unwrap();
    assert_eq!(self::group(admin, &group.name), None);
    assert_eq!(admin.delete_group(&group.name).unwrap_err().code(), "E_UNKNOWN_GROUP");

    admin.delete_topic(name).unwrap();
    assert_eq!(admin.delete_topic(name).unwrap_err().code(), "E_UNKNOWN_TOPIC");
}

fn group(admin: &dyn ClusterAdmin, name: &str) -> Option<Group> {
    admin.groups().unwrap().into_iter().find(|group| group.name == name)
}

/// The settings that a topic has of its own.
fn own(admin: &dyn ClusterAdmin, topic: &str) -> Vec<(String, Option<String>)> {
    let settings = admin.settings(topic).unwrap().into_iter().filter(|setting| !setting.is_default);
    settings.map(|setting| (setting.name, setting.value)).collect()
}

/// A cluster takes a moment until every broker knows of a change.
fn wait_for(admin: &dyn ClusterAdmin, name: &str, partitions: usize) -> Topic {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let found = admin.topics().unwrap().into_iter().find(|topic| topic.name == name);
        if let Some(topic) = found
            && topic.partitions.len() == partitions
            && topic.partitions.iter().all(Partition::is_whole)
        {
            return topic;
        }
        assert!(std::time::Instant::now() < until, "`{name}` has no {partitions} partitions");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
