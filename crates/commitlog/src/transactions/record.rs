//! Records of `__transaction_state`, in Kafka's own format.
//!
//! | key | | value | |
//! |---|---|---|---|
//! | version = 0 | i16 | version = 0 | i16 |
//! | transactional id | i16 length, bytes | producer id | i64 |
//! | | | producer epoch | i16 |
//! | | | timeout, ms | i32 |
//! | | | state | i8 |
//! | | | topics, each with its partitions; length -1 for null | i32; i16 length, bytes; i32; i32 each |
//! | | | time of the last change, ms | i64 |
//! | | | start of the transaction, ms; -1 for none | i64 |
//!
//! A null value takes the id back. Records of other versions are passed over.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use girok_wire::protocol::{Decoder, Encoder, Field, ProtocolError};
use girok_wire::{BatchBuilder, BatchView, Compression};

use super::state::{Transaction, TransactionState};
use crate::TopicPartition;

const UNPACKED_BYTES_MAX: usize = 64 << 20;

/// The batch that says how a transaction stands, or that its id is forgotten.
pub(super) fn encode(id: &str, transaction: Option<&Transaction>, now_ms: i64) -> Option<Bytes> {
    let mut key = Encoder::new(0, false);
    0i16.encode(&mut key);
    key.text(Some(id));
    let value = transaction.map(encode_value);
    let mut builder = BatchBuilder::new(Compression::None);
    builder.append(now_ms, Some(&key.finish().concat()), value.as_deref(), &[]);
    builder.finish().ok()
}

fn encode_value(transaction: &Transaction) -> Vec<u8> {
    let mut out = Encoder::new(0, false);
    0i16.encode(&mut out);
    transaction.producer_id.encode(&mut out);
    transaction.producer_epoch.encode(&mut out);
    transaction.timeout_ms.encode(&mut out);
    (transaction.state as i8).encode(&mut out);
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for of in &transaction.partitions {
        topics.entry(&of.topic).or_default().push(of.partition as i32);
    }
    out.count(Some(topics.len()));
    for (topic, partitions) in topics {
        out.text(Some(topic));
        partitions.encode(&mut out);
    }
    transaction.update_ms.encode(&mut out);
    transaction.start_ms.encode(&mut out);
    out.finish().concat()
}

/// One record: a transactional id, and how it stands.
pub(super) type Entry = (String, Option<Transaction>);

/// The records of a batch; nothing for those that cannot be read.
pub(super) fn decode(batch: &[u8]) -> Vec<Option<Entry>> {
    let mut scratch = Vec::new();
    let Ok(view) = BatchView::parse(batch) else { return vec![None] };
    let Ok(records) = view.records(&mut scratch, UNPACKED_BYTES_MAX) else { return vec![None] };
    records.map(|record| record.ok().and_then(|record| decode_record(record.key?, record.value))).collect()
}

fn decode_record(key: &[u8], value: Option<&[u8]>) -> Option<Entry> {
    let mut key = Decoder::new(Bytes::copy_from_slice(key), 0, false);
    let id = match i16::decode(&mut key).ok()? {
        0 => String::decode(&mut key).ok()?,
        _ => return None,
    };
    let value = value.map(|value| decode_value(&mut Decoder::new(Bytes::copy_from_slice(value), 0, false)));
    match value {
        None => Some((id, None)),
        Some(value) => Some((id, Some(value.ok()??))),
    }
}

fn decode_value(input: &mut Decoder) -> Result<Option<Transaction>, ProtocolError> {
    if i16::decode(input)? != 0 {
        return Ok(None);
    }
    let (producer_id, producer_epoch) = (i64::decode(input)?, i16::decode(input)?);
    let (timeout_ms, state) = (i32::decode(input)?, i8::decode(input)?);
    let mut partitions = BTreeSet::new();
    for _ in 0..input.count()?.unwrap_or(0) {
        let topic: std::sync::Arc<str> = String::decode(input)?.into();
        let of_topic = Vec::<i32>::decode(input)?.into_iter();
        partitions.extend(of_topic.map(|partition| TopicPartition::new(topic.clone(), partition as u32)));
    }
    let (update_ms, start_ms) = (i64::decode(input)?, i64::decode(input)?);
    let state = TransactionState::ALL.into_iter().find(|known| *known as i8 == state);
    let transaction = state.map(|state| Transaction {
        producer_id,
        producer_epoch,
        last_epoch: None,
        timeout_ms,
        state,
        partitions,
        start_ms,
        update_ms,
    });
    Ok(transaction)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Transaction {
        Transaction {
            producer_id: 1000,
            producer_epoch: 3,
            last_epoch: None,
            timeout_ms: 60_000,
            state: TransactionState::PrepareCommit,
            partitions: [("web", 0), ("web", 2), ("auth", 1)]
                .map(|(topic, partition)| TopicPartition::new(topic, partition))
                .into(),
            start_ms: 5,
            update_ms: 7,
        }
    }

    #[test]
    fn records_are_read_back() {
        let batch = encode("t", Some(&sample()), 1).unwrap();
        assert_eq!(decode(&batch), [Some(("t".to_owned(), Some(sample())))]);
        assert_eq!(decode(&encode("t", None, 1).unwrap()), [Some(("t".to_owned(), None))]);
    }

    #[test]
    fn bytes_are_kafkas() {
        let value = encode_value(&Transaction { partitions: BTreeSet::new(), ..sample() });
        let expected =
            b"\0\0\0\0\0\0\0\0\x03\xe8\0\x03\0\0\xea\x60\x02\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x05";
        assert_eq!(value, expected);
    }

    proptest! {
        #[test]
        fn any_record_may_lie_in_the_topic(
            key in proptest::collection::vec(0u8..4, 0..20),
            value in proptest::option::of(proptest::collection::vec(0u8..4, 0..60)),
        ) {
            let mut builder = BatchBuilder::new(Compression::None);
            builder.append(0, Some(&key), value.as_deref(), &[]);
            prop_assert_eq!(decode(&builder.finish().unwrap()).len(), 1);
        }
    }
}
