//! What only a real cluster does to its records: transactions, retention, topics that are made again.

use std::time::{Duration, Instant};

use futures::executor::block_on;
use girok_log::LogClient;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::WAIT_MAX;
use crate::contract::{Reader, partition, send};
use crate::rig::{Kind, Rig, apache_kafka};

fn config() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", apache_kafka().unwrap());
    config
}

/// Removes what lies below `offset`, as retention does.
fn delete_records(topic: &str, partition: i32, offset: i64) {
    let admin: AdminClient<DefaultClientContext> = config().create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
    block_on(admin.delete_records(&list, &AdminOptions::new())).unwrap();
}

#[test]
fn on_kafka_aborted_transactions_are_not_read_and_markers_are_no_loss() {
    let Some(rig) = Rig::new(Kind::ApacheKafka) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (log, of) = (rig.open(dir.path()), partition(&rig, 0));
    let client = log.client();
    send(client.as_ref(), &of.dataset, 0, 0..2);
    let producer: BaseProducer = config().set("transactional.id", of.dataset.as_str()).create().unwrap();
    producer.init_transactions(WAIT_MAX).unwrap();
    for (value, is_kept) in [("kept", true), ("aborted", false), ("kept too", true)] {
        producer.begin_transaction().unwrap();
        producer.send(BaseRecord::<(), str>::to(of.dataset.as_str()).partition(0).payload(value)).unwrap();
        producer.flush(WAIT_MAX).unwrap();
        match is_kept {
            true => producer.commit_transaction(WAIT_MAX).unwrap(),
            false => producer.abort_transaction(WAIT_MAX).unwrap(),
        }
    }
    send(client.as_ref(), &of.dataset, 0, 2..3);
    let mut reader = Reader::join(client.as_ref());
    reader.poll_until("five records", |reader| reader.count() == 5);
    let read: Vec<_> = reader.read[&of].iter().map(|(offset, value)| (*offset, value.as_str())).collect();
    assert_eq!(read, [(0, "value 0"), (1, "value 1"), (2, "kept"), (6, "kept too"), (8, "value 2")]);
    assert_eq!(reader.lost, 0);
    drop((reader, client));
    log.close();
}

#[test]
fn on_kafka_what_retention_took_is_counted_and_passed() {
    let Some(rig) = Rig::new(Kind::ApacheKafka) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (log, of) = (rig.open(dir.path()), partition(&rig, 0));
    let client = log.client();
    send(client.as_ref(), &of.dataset, 0, 0..50);
    send(client.as_ref(), &of.dataset, 0, 50..100);
    delete_records(of.dataset.as_str(), 0, 60);
    let mut reader = Reader::join(client.as_ref());
    reader.poll_until("40 records", |reader| reader.count() == 40);
    assert_eq!((reader.lost, reader.read[&of][0].0), (60, 60));
    drop((reader, client));
    log.close();
}

#[test]
fn on_kafka_a_position_behind_the_end_is_waited_at() {
    let Some(rig) = Rig::new(Kind::ApacheKafka) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (log, of) = (rig.open(dir.path()), partition(&rig, 0));
    let client = log.client();
    send(client.as_ref(), &of.dataset, 0, 0..10);
    let mut reader = Reader::join(client.as_ref());
    // As if the topic had held 5 more that were stored, and had then been made again.
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        reader.poll(15);
    }
    send(client.as_ref(), &of.dataset, 0, 10..12);
    (0..20).for_each(|_| reader.poll(15));
    assert_eq!(reader.count(), 0, "offsets 10 and 11 would be other records under known numbers");
    send(client.as_ref(), &of.dataset, 0, 12..20);
    reader.poll_until("records from there on", |reader| reader.count() == 5);
    assert_eq!((reader.lost, reader.read[&of][0].0), (0, 15));
    drop((reader, client));
    log.close();
}

#[test]
fn on_kafka_a_header_without_a_value_stops_nothing() {
    let Some(rig) = Rig::new(Kind::ApacheKafka) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (log, of) = (rig.open(dir.path()), partition(&rig, 0));
    let client: std::sync::Arc<dyn LogClient> = log.client();
    client.ensure_topic(&of.dataset).unwrap();
    let producer: BaseProducer = config().create().unwrap();
    let headers = OwnedHeaders::new().insert(Header { key: "empty", value: None::<&[u8]> });
    let record = BaseRecord::<(), str>::to(of.dataset.as_str()).partition(0).payload("x").headers(headers);
    producer.send(record).unwrap();
    producer.flush(WAIT_MAX).unwrap();
    let mut reader = Reader::join(client.as_ref());
    reader.poll_until("the record", |reader| reader.count() == 1);
    drop((reader, client));
    log.close();
}
