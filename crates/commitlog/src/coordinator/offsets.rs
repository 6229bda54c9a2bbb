//! Committed offsets: a table in memory, and records of `__consumer_offsets` in Kafka's own format.
//!
//! | key | | value | |
//! |---|---|---|---|
//! | version = 1 | i16 | version = 3 | i16 |
//! | group | i16 length, bytes | offset | i64 |
//! | topic | i16 length, bytes | leader epoch, -1 for none | i32 |
//! | partition | i32 | metadata | i16 length, bytes |
//! | | | commit time, ms | i64 |
//!
//! A null value takes the key's offset back. Records of other versions are passed over.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use girok_wire::{BatchBuilder, BatchView, Compression, Marker};

use crate::TopicPartition;

/// What a group has committed for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The next offset to read.
    pub offset: i64,
    /// Leader epoch of the record before it, or -1.
    pub leader_epoch: i32,
    /// What the committer attached.
    pub metadata: String,
    /// When it was committed.
    pub committed_ms: i64,
}

/// Committed offsets by group and partition.
#[derive(Debug, Default)]
pub(crate) struct OffsetTable {
    groups: HashMap<String, BTreeMap<TopicPartition, Committed>>,
    /// Offsets of transactions that are still open, by producer.
    held: HashMap<i64, Vec<(String, TopicPartition, Option<Committed>)>>,
}

const UNPACKED_BYTES_MAX: usize = 256 << 20;

impl OffsetTable {
    pub(crate) fn get(&self, group: &str, partition: &TopicPartition) -> Option<&Committed> {
        self.groups.get(group)?.get(partition)
    }

    pub(crate) fn set(&mut self, group: &str, partition: TopicPartition, committed: Option<Committed>) {
        if let Some(committed) = committed {
            self.groups.entry(group.to_owned()).or_default().insert(partition, committed);
        } else if let Some(offsets) = self.groups.get_mut(group) {
            offsets.remove(&partition);
        }
    }

    /// Everything that `group` has committed.
    pub(crate) fn of_group(&self, group: &str) -> BTreeMap<TopicPartition, Committed> {
        self.groups.get(group).cloned().unwrap_or_default()
    }

    /// Whether `group` has committed anything.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.groups.get(group).is_some_and(|offsets| !offsets.is_empty())
    }

    /// Every group, partition and offset.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &TopicPartition, &Committed)> {
        self.groups.iter().flat_map(|(group, offsets)| {
            offsets.iter().map(move |(partition, committed)| (group.as_str(), partition, committed))
        })
    }

    /// Takes in a batch of `__consumer_offsets`; whether all of it could be read.
    pub(crate) fn load(&mut self, batch: &[u8]) -> bool {
        let mut scratch = Vec::new();
        let Ok(view) = BatchView::parse(batch) else { return false };
        let Ok(records) = view.records(&mut scratch, UNPACKED_BYTES_MAX) else { return false };
        if view.is_control() {
            let marker = Marker::decode(batch);
            marker.into_iter().for_each(|marker| self.end_transaction(view.producer_id, marker.is_commit));
            return true;
        }
        let mut whole = true;
        for record in records {
            let entry = record.ok().and_then(|record| decode(record.key?, record.value));
            whole &= entry.is_some();
            match entry {
                Some(entry) if view.is_transactional() => {
                    self.held.entry(view.producer_id).or_default().push(entry);
                }
                Some((group, partition, committed)) => self.set(&group, partition, committed),
                None => {}
            }
        }
        whole
    }

    /// Takes note of an offset that a transaction will commit.
    pub(crate) fn hold(
        &mut self,
        producer_id: i64,
        group: &str,
        partition: TopicPartition,
        committed: Committed,
    ) {
        self.held.entry(producer_id).or_default().push((group.to_owned(), partition, Some(committed)));
    }

    /// Whether an open transaction will commit an offset for the partition.
    pub(crate) fn is_held(&self, group: &str, partition: &TopicPartition) -> bool {
        let mut all = self.held.values().flatten();
        all.any(|(of_group, of, _)| of_group == group && of == partition)
    }

    /// The producer's transaction has ended: its offsets are in force, or never were.
    pub(crate) fn end_transaction(&mut self, producer_id: i64, is_commit: bool) {
        let held = self.held.remove(&producer_id).unwrap_or_default();
        for (group, partition, committed) in held.into_iter().filter(|_| is_commit) {
            self.set(&group, partition, committed);
        }
    }
}

/// Collects commits into one batch of `__consumer_offsets`.
pub(crate) struct CommitBatch {
    builder: BatchBuilder,
    now_ms: i64,
}

impl CommitBatch {
    pub(crate) fn new(now_ms: i64) -> Self {
        CommitBatch { builder: BatchBuilder::new(Compression::None), now_ms }
    }

    /// The commits of one group.
    pub(crate) fn of(group: &str, offsets: &[(TopicPartition, Committed)], now_ms: i64) -> Self {
        let mut batch = CommitBatch::new(now_ms);
        offsets.iter().for_each(|(partition, committed)| batch.add(group, partition, Some(committed)));
        batch
    }

    /// Adds a commit; `None` takes one back.
    pub(crate) fn add(&mut self, group: &str, partition: &TopicPartition, committed: Option<&Committed>) {
        let key = encode_key(group, partition);
        let value = committed.map(encode_value);
        self.builder.append(self.now_ms, Some(&key), value.as_deref(), &[]);
    }

    /// The batch; nothing if it is empty.
    pub(crate) fn finish(mut self) -> Option<Bytes> {
        self.builder.finish().ok()
    }
}

fn encode_key(group: &str, partition: &TopicPartition) -> Vec<u8> {
    let mut key = 1i16.to_be_bytes().to_vec();
    put_text(&mut key, group);
    put_text(&mut key, &partition.topic);
    key.extend_from_slice(&(partition.partition as i32).to_be_bytes());
    key
}

fn encode_value(committed: &Committed) -> Vec<u8> {
    let mut value = 3i16.to_be_bytes().to_vec();
    value.extend_from_slice(&committed.offset.to_be_bytes());
    value.extend_from_slice(&committed.leader_epoch.to_be_bytes());
    put_text(&mut value, &committed.metadata);
    value.extend_from_slice(&committed.committed_ms.to_be_bytes());
    value
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let mut end = text.len().min(i16::MAX as usize);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    out.extend_from_slice(&(end as i16).to_be_bytes());
    out.extend_from_slice(&text.as_bytes()[..end]);
}

type Entry = (String, TopicPartition, Option<Committed>);

fn decode(key: &[u8], value: Option<&[u8]>) -> Option<Entry> {
    let mut key = Reader(key);
    if !matches!(key.i16()?, 0 | 1) {
        return None;
    }
    let (group, topic) = (key.text()?, key.text()?);
    let partition = TopicPartition::new(topic, u32::try_from(key.i32()?).ok()?);
    let committed = match value {
        None => None,
        Some(value) => Some(decode_value(Reader(value))?),
    };
    Some((group, partition, committed))
}

fn decode_value(mut value: Reader<'_>) -> Option<Committed> {
    let version = value.i16()?;
    if !(0..=3).contains(&version) {
        return None;
    }
    Some(Committed {
        offset: value.i64()?,
        leader_epoch: if version >= 3 { value.i32()? } else { -1 },
        metadata: value.text()?,
        committed_ms: value.i64()?,
    })
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn i16(&mut self) -> Option<i16> {
        self.take().map(i16::from_be_bytes)
    }

    fn i32(&mut self) -> Option<i32> {
        self.take().map(i32::from_be_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.i16()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use girok_wire::ProducerStamp;
    use proptest::prelude::*;

    use super::*;

    fn committed(offset: i64) -> Committed {
        Committed { offset, leader_epoch: -1, metadata: "m".to_owned(), committed_ms: 5 }
    }

    #[test]
    fn commits_are_loaded_back_and_taken_back() {
        let (first, second) = (TopicPartition::new("web", 0), TopicPartition::new("web", 1));
        let mut batch = CommitBatch::new(5);
        batch.add("store", &first, Some(&committed(7)));
        batch.add("store", &second, Some(&committed(8)));
        batch.add("store", &first, Some(&committed(9)));
        batch.add("store", &second, None);
        let mut table = OffsetTable::default();
        assert!(table.load(&batch.finish().unwrap()));
        assert_eq!(table.get("store", &first), Some(&committed(9)));
        assert_eq!(table.get("store", &second), None);
    }

    #[test]
    fn bytes_are_kafkas() {
        let key = encode_key("g", &TopicPartition::new("t", 2));
        assert_eq!(key, [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 2]);
        let value = encode_value(&committed(1));
        assert_eq!(value.len(), 2 + 8 + 4 + 3 + 8);
        assert_eq!(value[..14], [0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    }

    #[test]
    fn offsets_of_a_transaction_wait_for_its_end() {
        let partition = TopicPartition::new("web", 0);
        let stamp =
            ProducerStamp { producer_id: 7, producer_epoch: 0, base_sequence: -1, transactional: true };
        for is_commit in [true, false] {
            let mut table = OffsetTable::default();
            let mut batch = CommitBatch::new(5);
            batch.add("g", &partition, Some(&committed(3)));
            assert!(table.load(&stamp.stamp(batch.finish().unwrap())));
            assert_eq!((table.get("g", &partition), table.is_held("g", &partition)), (None, true));
            let marker = Marker { is_commit, coordinator_epoch: 0 }.encode(7, 0, 5).unwrap();
            assert!(table.load(&marker));
            let expected = is_commit.then(|| committed(3));
            assert_eq!(
                (table.get("g", &partition), table.is_held("g", &partition)),
                (expected.as_ref(), false)
            );
        }
    }

    proptest! {
        #[test]
        fn any_record_may_lie_in_the_topic(
            key in proptest::collection::vec(0u8..4, 0..30),
            value in proptest::option::of(proptest::collection::vec(0u8..4, 0..30)),
        ) {
            let mut builder = BatchBuilder::new(Compression::None);
            builder.append(0, Some(&key), value.as_deref(), &[]);
            let known = decode(&key, value.as_deref()).is_some();
            prop_assert_eq!(OffsetTable::default().load(&builder.finish().unwrap()), known);
        }
    }
}
