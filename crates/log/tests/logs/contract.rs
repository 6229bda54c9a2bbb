//! What workers rely on in a consumer, whichever log it reads.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_event::DatasetName;
use girok_log::{LogClient, LogConsumer, Polled, TopicPartition};
use girok_wire::{BatchBuilder, BatchView};

use crate::WAIT_MAX;
use crate::rig::{Rig, append};

const GROUP: &str = "contract";

/// A consumer with everything it was handed out.
pub(crate) struct Reader {
    consumer: Box<dyn LogConsumer>,
    pub(crate) assigned: Vec<TopicPartition>,
    /// Values by partition, each with its offset.
    pub(crate) read: BTreeMap<TopicPartition, Vec<(i64, String)>>,
    pub(crate) lost: u64,
}

impl Reader {
    pub(crate) fn join(client: &dyn LogClient) -> Self {
        let consumer = client.consumer(GROUP).unwrap();
        Reader { consumer, assigned: Vec::new(), read: BTreeMap::new(), lost: 0 }
    }

    /// One poll; what is assigned is read from `begin`.
    pub(crate) fn poll(&mut self, begin: i64) {
        let Polled { revoked, assigned, batches, lost } =
            self.consumer.poll(Duration::from_millis(50)).unwrap();
        self.assigned.retain(|partition| !revoked.contains(partition));
        for partition in assigned {
            self.consumer.seek(&partition, begin).unwrap();
            self.assigned.push(partition);
        }
        for (partition, batch) in batches {
            self.read.entry(partition).or_default().extend(records(&batch));
        }
        self.lost += lost.iter().map(|(_, count)| count).sum::<u64>();
    }

    #[track_caller]
    pub(crate) fn poll_until(&mut self, what: &str, is_there: impl Fn(&Self) -> bool) {
        let until = Instant::now() + WAIT_MAX;
        while !is_there(self) {
            assert!(Instant::now() < until, "{what} did not happen: {:?}", self.summary());
            self.poll(0);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.read.values().map(Vec::len).sum()
    }

    fn offsets(&self, partition: &TopicPartition) -> Vec<i64> {
        self.read.get(partition).map_or(Vec::new(), |all| all.iter().map(|(offset, _)| *offset).collect())
    }

    fn summary(&self) -> (Vec<String>, Vec<(String, usize)>, u64) {
        let assigned = self.assigned.iter().map(ToString::to_string).collect();
        let read = self.read.iter().map(|(partition, all)| (partition.to_string(), all.len()));
        (assigned, read.collect(), self.lost)
    }
}

fn records(batch: &Bytes) -> Vec<(i64, String)> {
    let mut scratch = Vec::new();
    let records = BatchView::parse(batch).unwrap().records(&mut scratch, 1 << 20).unwrap();
    let of = |record: girok_wire::RecordView<'_>| {
        (record.offset, String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned())
    };
    records.map(|record| of(record.unwrap())).collect()
}

pub(crate) fn send(
    client: &dyn LogClient,
    dataset: &DatasetName,
    partition: u32,
    values: std::ops::Range<usize>,
) {
    let mut batch = BatchBuilder::new(client.compression());
    for value in values {
        batch.append(1_790_000_000_000, None, Some(format!("value {value}").as_bytes()), &[]);
    }
    append(client, dataset, partition, batch.finish().unwrap());
}

pub(crate) fn partition(rig: &Rig, number: u32) -> TopicPartition {
    TopicPartition { dataset: rig.dataset("web"), partition: number }
}

pub(crate) fn seek_reads_again_from_where_it_is_set(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let (log, of) = (rig.open(dir.path()), partition(rig, 0));
    let client = log.client();
    send(client.as_ref(), &of.dataset, 0, 0..100);
    let mut reader = Reader::join(client.as_ref());
    reader.poll_until("100 records", |reader| reader.count() == 100);
    reader.consumer.seek(&of, 40).unwrap();
    send(client.as_ref(), &of.dataset, 0, 100..110);
    reader.poll_until("70 more", |reader| reader.offsets(&of).last() == Some(&109));
    let expected: Vec<i64> = (0..100).chain(40..110).collect();
    let read: Vec<i64> = reader.offsets(&of).into_iter().collect();
    // A batch may begin before the position it holds.
    assert!(read.starts_with(&expected[..100]) && read.ends_with(&expected[100..]), "{read:?}");
    drop((reader, client));
    log.close();
}

pub(crate) fn a_pause_holds_back_and_loses_nothing(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let (log, of) = (rig.open(dir.path()), partition(rig, 0));
    let client = log.client();
    send(client.as_ref(), &of.dataset, 0, 0..50);
    let mut reader = Reader::join(client.as_ref());
    reader.poll_until("50 records", |reader| reader.count() == 50);
    reader.consumer.pause(&of).unwrap();
    send(client.as_ref(), &of.dataset, 0, 50..90);
    send(client.as_ref(), &of.dataset, 1, 0..5);
    reader.poll_until("the other partition", |reader| reader.read.contains_key(&partition(rig, 1)));
    (0..10).for_each(|_| reader.poll(0));
    assert_eq!(reader.offsets(&of).len(), 50, "paused");
    reader.consumer.resume(&of).unwrap();
    reader.poll_until("the rest", |reader| reader.count() == 95);
    assert_eq!(reader.offsets(&of), (0..90).collect::<Vec<_>>());
    assert_eq!(reader.lost, 0);
    drop((reader, client));
    log.close();
}

pub(crate) fn members_share_partitions_and_take_over(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let log = rig.open(dir.path());
    let (client, other) = (log.client(), log.client());
    let dataset = rig.dataset("web");
    send(client.as_ref(), &dataset, 0, 0..10);
    let (mut one, mut two) = (Reader::join(client.as_ref()), Reader::join(other.as_ref()));
    let until = Instant::now() + WAIT_MAX;
    while one.assigned.len() != 1 || two.assigned.len() != 1 {
        assert!(Instant::now() < until, "not shared: {:?} {:?}", one.summary(), two.summary());
        one.poll(0);
        two.poll(0);
    }
    assert_ne!(one.assigned, two.assigned);
    drop(two);
    one.poll_until("both partitions", |reader| reader.assigned.len() == 2);
    send(client.as_ref(), &dataset, 0, 10..20);
    send(client.as_ref(), &dataset, 1, 0..20);
    one.poll_until("all", |reader| {
        (0..2).all(|number| reader.offsets(&partition(rig, number)).last() == Some(&19))
    });
    drop((one, client, other));
    log.close();
}

pub(crate) fn lag_is_what_was_not_polled(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let (log, of) = (rig.open(dir.path()), partition(rig, 0));
    let client = log.client();
    send(client.as_ref(), &of.dataset, 0, 0..30);
    let mut reader = Reader::join(client.as_ref());
    reader.poll_until("30 records", |reader| reader.count() == 30);
    let lag = |reader: &Reader| reader.consumer.lag().into_iter().find(|(found, _)| *found == of);
    reader.poll_until("no lag", |reader| lag(reader).is_some_and(|(_, records)| records == 0));
    drop((reader, client));
    log.close();
}

pub(crate) fn a_topic_made_later_is_read_at_once(rig: &Rig) {
    let dir = tempfile::tempdir().unwrap();
    let log = rig.open(dir.path());
    let client = log.client();
    let mut reader = Reader::join(client.as_ref());
    (0..5).for_each(|_| reader.poll(0));
    send(client.as_ref(), &rig.dataset("late"), 0, 0..3);
    let begun = Instant::now();
    reader.poll_until("records of the new topic", |reader| reader.count() == 3);
    println!("read from a new topic after {} ms", begun.elapsed().as_millis());
    drop((reader, client));
    log.close();
}
