//! Was this batch appended already? What is remembered of idempotent producers.
//!
//! Of each producer the partition keeps the epoch, the last five batches, and where its open transaction
//! began. The state is written beside the
//! segments when one is sealed and at an orderly stop, in Kafka's format of `.snapshot` files (one row a
//! batch, the oldest first); after a start the headers behind the newest snapshot are read again.
//!
//! | file | | row | |
//! |---|---|---|---|
//! | version = 1 | i16 | producer id | i64 |
//! | CRC-32C of what follows | u32 | epoch | i16 |
//! | number of rows | i32 | last sequence | i32 |
//! | rows | | last offset | i64 |
//! | | | last minus first offset | i32 |
//! | | | time, ms | i64 |
//! | | | coordinator epoch, -1 for none | i32 |
//! | | | first offset of the open transaction, -1 for none | i64 |
//!
//! A producer of which only the end of a transaction is known has one row without a batch: sequence -1.

use std::collections::{BTreeSet, HashMap, VecDeque};

use girok_wire::{BatchHeader, Marker};

use super::AbortedTransaction;

/// Batches remembered of each producer, as many as a client may have under way.
const BATCHES_MAX: usize = 5;
/// A producer silent for longer is forgotten.
const SILENT_MS_MAX: i64 = 24 * 3_600_000;
/// Producers remembered; beyond it the longest silent ones are forgotten.
const PRODUCERS_MAX: usize = 100_000;

const VERSION: i16 = 1;
const HEAD_BYTES: usize = 10;
const ROW_BYTES: usize = 46;

/// Why a producer's batch does not follow its last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// Batches in between are missing.
    #[error("got sequence {got} of producer {producer_id}, expected {expected}")]
    OutOfOrder {
        /// The producer.
        producer_id: i64,
        /// The batch's first sequence.
        got: i32,
        /// The one that would follow.
        expected: i32,
    },
    /// The producer is not remembered, and this is not its first batch.
    #[error("got sequence {got} of producer {producer_id}, of which nothing is known")]
    UnknownProducer {
        /// The producer.
        producer_id: i64,
        /// The batch's first sequence.
        got: i32,
    },
    /// Another with the same id and a newer epoch was here.
    #[error("got epoch {got} of producer {producer_id}, which is at {expected}")]
    StaleEpoch {
        /// The producer.
        producer_id: i64,
        /// The batch's epoch.
        got: i16,
        /// The one in force.
        expected: i16,
    },
    /// Sequences are counted over single batches.
    #[error("got several batches at once of producer {producer_id}, expected one")]
    SeveralBatches {
        /// The producer.
        producer_id: i64,
    },
}

/// What is to be done with a producer's batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Append it.
    New,
    /// It was appended, at these offsets.
    Duplicate { base_offset: i64, last_offset: i64 },
}

/// The producers of one partition.
#[derive(Debug, Default)]
pub(super) struct Producers {
    by_id: HashMap<i64, Producer>,
    /// Open transactions: first offset and producer.
    open: BTreeSet<(i64, i64)>,
}

#[derive(Debug)]
struct Producer {
    epoch: i16,
    seen_ms: i64,
    batches: VecDeque<Entry>,
    /// The epoch of the coordinator that ended its last transaction, or -1.
    coordinator_epoch: i32,
    /// Where its open transaction began.
    open_since: Option<i64>,
}

/// A producer as tools see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerInfo {
    /// Its id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// The sequence of its last record, or -1.
    pub last_sequence: i32,
    /// When its last batch came.
    pub last_ms: i64,
    /// The epoch of the coordinator that ended its last transaction, or -1.
    pub coordinator_epoch: i32,
    /// Where its open transaction began.
    pub open_since: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    last_sequence: i32,
    last_offset: i64,
    offset_delta: i32,
}

/// The row of a producer that has written nothing in its epoch.
const NO_BATCH: Entry = Entry { last_sequence: -1, last_offset: -1, offset_delta: 0 };

impl Entry {
    fn first_sequence(&self) -> i32 {
        let first = i64::from(self.last_sequence) - i64::from(self.offset_delta);
        (if first < 0 { first + (1 << 31) } else { first }) as i32
    }
}

/// The sequence `by` after `sequence`; the largest is followed by 0.
fn after(sequence: i32, by: i32) -> i32 {
    ((i64::from(sequence) + i64::from(by)) & i64::from(i32::MAX)) as i32
}

impl Producers {
    /// Whether the batches of one append are new; batches without producer always are.
    pub(super) fn check(&self, headers: &[BatchHeader]) -> Result<Verdict, SequenceError> {
        let Some(header) = headers.iter().find(|header| header.producer_id >= 0) else {
            return Ok(Verdict::New);
        };
        let (producer_id, got) = (header.producer_id, header.base_sequence);
        if headers.len() > 1 {
            return Err(SequenceError::SeveralBatches { producer_id });
        }
        let is_counted = got >= 0;
        let Some(producer) = self.by_id.get(&producer_id) else {
            return if got == 0 || !is_counted {
                Ok(Verdict::New)
            } else {
                Err(SequenceError::UnknownProducer { producer_id, got })
            };
        };
        if header.producer_epoch < producer.epoch {
            let (got, expected) = (header.producer_epoch, producer.epoch);
            return Err(SequenceError::StaleEpoch { producer_id, got, expected });
        }
        if !is_counted {
            return Ok(Verdict::New);
        }
        let is_same = header.producer_epoch == producer.epoch;
        if is_same && let Some(found) = producer.find(header) {
            let base_offset = found.last_offset - i64::from(found.offset_delta);
            return Ok(Verdict::Duplicate { base_offset, last_offset: found.last_offset });
        }
        let last = producer.batches.back().filter(|_| is_same);
        let expected = last.map_or(0, |last| after(last.last_sequence, 1));
        if got == expected {
            Ok(Verdict::New)
        } else {
            Err(SequenceError::OutOfOrder { producer_id, got, expected })
        }
    }

    /// Takes note of a batch that was appended.
    pub(super) fn enter(&mut self, header: &BatchHeader, now_ms: i64) {
        if header.producer_id < 0 {
            return;
        }
        let entry = (header.base_sequence >= 0).then(|| Entry {
            last_sequence: after(header.base_sequence, header.last_offset_delta),
            last_offset: header.last_offset(),
            offset_delta: header.last_offset_delta,
        });
        let producer = self.enter_entry(header.producer_id, header.producer_epoch, now_ms, entry);
        if header.is_transactional() && producer.open_since.is_none() {
            producer.open_since = Some(header.base_offset);
            self.open.insert((header.base_offset, header.producer_id));
        }
        if self.by_id.len() > PRODUCERS_MAX {
            self.forget_longest_silent();
        }
    }

    fn enter_entry(&mut self, id: i64, epoch: i16, seen_ms: i64, entry: Option<Entry>) -> &mut Producer {
        let producer = self.by_id.entry(id).or_insert_with(|| Producer {
            epoch,
            seen_ms,
            batches: VecDeque::new(),
            coordinator_epoch: -1,
            open_since: None,
        });
        if producer.epoch != epoch {
            producer.epoch = epoch;
            producer.batches.clear();
        }
        producer.seen_ms = seen_ms;
        producer.batches.extend(entry);
        if producer.batches.len() > BATCHES_MAX {
            producer.batches.pop_front();
        }
        producer
    }

    /// Takes note of a transaction's end; what it was if it was aborted and had records here.
    pub(super) fn end(
        &mut self,
        header: &BatchHeader,
        marker: Marker,
        now_ms: i64,
    ) -> Option<AbortedTransaction> {
        let producer_id = header.producer_id;
        let producer = self.enter_entry(producer_id, header.producer_epoch, now_ms, None);
        producer.coordinator_epoch = marker.coordinator_epoch;
        let first_offset = producer.open_since.take()?;
        self.open.remove(&(first_offset, producer_id));
        let last_offset = header.last_offset();
        let last_stable_offset = self.open_since().unwrap_or(last_offset + 1);
        let ended = AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset };
        (!marker.is_commit).then_some(ended)
    }

    /// Where the oldest open transaction began.
    pub(super) fn open_since(&self) -> Option<i64> {
        self.open.first().map(|(first_offset, _)| *first_offset)
    }

    /// The epoch in force of a producer, and whether it has an open transaction.
    pub(super) fn epoch_of(&self, producer_id: i64) -> Option<(i16, bool)> {
        self.by_id.get(&producer_id).map(|producer| (producer.epoch, producer.open_since.is_some()))
    }

    /// All producers, as tools see them.
    pub(super) fn infos(&self) -> Vec<ProducerInfo> {
        let info = |(id, producer): (&i64, &Producer)| ProducerInfo {
            producer_id: *id,
            producer_epoch: producer.epoch,
            last_sequence: producer.batches.back().map_or(-1, |last| last.last_sequence),
            last_ms: producer.seen_ms,
            coordinator_epoch: producer.coordinator_epoch,
            open_since: producer.open_since,
        };
        self.by_id.iter().map(info).collect()
    }

    /// Forgets a tenth of the producers at once, so that it need not be done for each.
    fn forget_longest_silent(&mut self) {
        let mut seen: Vec<_> = self.by_id.values().map(|producer| producer.seen_ms).collect();
        let (_, limit_ms, _) = seen.select_nth_unstable(PRODUCERS_MAX / 10);
        let limit_ms = *limit_ms;
        self.by_id.retain(|_, producer| producer.seen_ms > limit_ms || producer.open_since.is_some());
    }

    /// Forgets producers that were silent for a day.
    pub(super) fn forget_silent(&mut self, now_ms: i64) {
        self.by_id.retain(|_, producer| {
            producer.open_since.is_some() || now_ms.saturating_sub(producer.seen_ms) <= SILENT_MS_MAX
        });
    }

    /// The largest producer id known.
    pub(super) fn id_max(&self) -> Option<i64> {
        self.by_id.keys().max().copied()
    }

    /// The bytes of a snapshot.
    pub(super) fn encode(&self) -> Vec<u8> {
        let rows = self.by_id.values().map(|producer| producer.batches.len().max(1)).sum::<usize>();
        let mut body = (rows as i32).to_be_bytes().to_vec();
        for (id, producer) in &self.by_id {
            let without = producer.batches.is_empty().then_some(&NO_BATCH);
            for entry in producer.batches.iter().chain(without) {
                body.extend_from_slice(&id.to_be_bytes());
                body.extend_from_slice(&producer.epoch.to_be_bytes());
                body.extend_from_slice(&entry.last_sequence.to_be_bytes());
                body.extend_from_slice(&entry.last_offset.to_be_bytes());
                body.extend_from_slice(&entry.offset_delta.to_be_bytes());
                body.extend_from_slice(&producer.seen_ms.to_be_bytes());
                body.extend_from_slice(&producer.coordinator_epoch.to_be_bytes());
                body.extend_from_slice(&producer.open_since.unwrap_or(-1).to_be_bytes());
            }
        }
        let mut file = VERSION.to_be_bytes().to_vec();
        file.extend_from_slice(&crc32c::crc32c(&body).to_be_bytes());
        file.extend_from_slice(&body);
        file
    }

    /// Reads a snapshot; nothing if it makes no sense.
    pub(super) fn decode(file: &[u8]) -> Option<Self> {
        let (head, rows) = file.split_first_chunk::<HEAD_BYTES>()?;
        let fits = head[..2] == VERSION.to_be_bytes()
            && head[2..6] == crc32c::crc32c(&file[6..]).to_be_bytes()
            && rows.len() as u64 == u64::from(u32::from_be_bytes(*head.last_chunk()?)) * ROW_BYTES as u64;
        let mut producers = fits.then(Producers::default)?;
        for row in rows.chunks_exact(ROW_BYTES) {
            let entry = Entry {
                last_sequence: i32::from_be_bytes(*row[10..].first_chunk()?),
                last_offset: i64::from_be_bytes(*row[14..].first_chunk()?),
                offset_delta: i32::from_be_bytes(*row[22..].first_chunk()?),
            };
            let id = i64::from_be_bytes(*row.first_chunk()?);
            let epoch = i16::from_be_bytes(*row[8..].first_chunk()?);
            let seen_ms = i64::from_be_bytes(*row[26..].first_chunk()?);
            let first_offset = i64::from_be_bytes(*row.last_chunk()?);
            let entry = (entry.last_sequence >= 0).then_some(entry);
            let producer = producers.enter_entry(id, epoch, seen_ms, entry);
            producer.coordinator_epoch = i32::from_be_bytes(*row[34..].first_chunk()?);
            producer.open_since = (first_offset >= 0).then_some(first_offset);
            if first_offset >= 0 {
                producers.open.insert((first_offset, id));
            }
        }
        Some(producers)
    }
}

impl Producer {
    /// The remembered batch with the same sequences.
    fn find(&self, header: &BatchHeader) -> Option<&Entry> {
        self.batches.iter().find(|entry| {
            entry.first_sequence() == header.base_sequence && entry.offset_delta == header.last_offset_delta
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(epoch: i16, base_sequence: i32, count: i32, base_offset: i64) -> BatchHeader {
        BatchHeader {
            base_offset,
            length: 100,
            leader_epoch: 0,
            crc: 0,
            attributes: 0,
            last_offset_delta: count - 1,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id: 7,
            producer_epoch: epoch,
            base_sequence,
            count,
        }
    }

    /// Seven batches of ten records.
    fn sample() -> Producers {
        let mut producers = Producers::default();
        for at in 0..7 {
            producers.enter(&header(1, at * 10, 10, i64::from(at) * 10), 5);
        }
        producers
    }

    #[test]
    fn the_next_is_new_and_the_last_five_are_known() {
        let producers = sample();
        let check = |epoch, sequence, count| producers.check(&[header(epoch, sequence, count, 0)]);
        assert_eq!(check(1, 70, 3), Ok(Verdict::New));
        assert_eq!(check(1, 60, 10), Ok(Verdict::Duplicate { base_offset: 60, last_offset: 69 }));
        assert_eq!(check(1, 20, 10), Ok(Verdict::Duplicate { base_offset: 20, last_offset: 29 }));
        let out_of_order = |got| Err(SequenceError::OutOfOrder { producer_id: 7, got, expected: 70 });
        assert_eq!(check(1, 10, 10), out_of_order(10), "older than the last five");
        assert_eq!(check(1, 71, 1), out_of_order(71), "a gap");
        assert_eq!(check(2, 0, 1), Ok(Verdict::New), "a new epoch begins at 0");
        assert_eq!(check(2, 5, 1), Err(SequenceError::OutOfOrder { producer_id: 7, got: 5, expected: 0 }));
        let stale = SequenceError::StaleEpoch { producer_id: 7, got: 0, expected: 1 };
        assert_eq!(check(0, 70, 1), Err(stale));
    }

    #[test]
    fn an_unknown_producer_begins_at_0() {
        let producers = Producers::default();
        assert_eq!(producers.check(&[header(0, 0, 1, 0)]), Ok(Verdict::New));
        let unknown = SequenceError::UnknownProducer { producer_id: 7, got: 3 };
        assert_eq!(producers.check(&[header(0, 3, 1, 0)]), Err(unknown));
        let several = [header(0, 0, 1, 0), header(0, 1, 1, 1)];
        assert_eq!(producers.check(&several), Err(SequenceError::SeveralBatches { producer_id: 7 }));
    }

    #[test]
    fn sequences_wrap() {
        let mut producers = Producers::default();
        let last = header(0, i32::MAX - 1, 5, 0);
        producers.enter(&last, 0);
        assert_eq!(producers.check(&[header(0, 3, 1, 0)]), Ok(Verdict::New));
        assert_eq!(producers.check(&[last]), Ok(Verdict::Duplicate { base_offset: 0, last_offset: 4 }));
    }

    #[test]
    fn a_snapshot_is_read_back_and_nonsense_is_not() {
        let bytes = sample().encode();
        assert_eq!(bytes.len(), HEAD_BYTES + 5 * ROW_BYTES);
        let read = Producers::decode(&bytes).unwrap();
        assert_eq!(read.by_id[&7].batches, sample().by_id[&7].batches);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Producers::decode(&damaged).is_none(), "byte {at}");
            assert!(Producers::decode(&bytes[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn transactions_open_and_end() {
        let mut producers = Producers::default();
        let open = |base_offset| BatchHeader { attributes: 0x10, ..header(0, 0, 2, base_offset) };
        producers.enter(&open(10), 0);
        producers.enter(&BatchHeader { producer_id: 8, ..open(12) }, 0);
        assert_eq!(producers.open_since(), Some(10));
        let marker = |is_commit| Marker { is_commit, coordinator_epoch: 1 };
        let ended = producers.end(&header(0, -1, 1, 14), marker(false), 0);
        let aborted =
            AbortedTransaction { producer_id: 7, first_offset: 10, last_offset: 14, last_stable_offset: 12 };
        assert_eq!(ended, Some(aborted));
        assert_eq!(producers.end(&header(0, -1, 1, 15), marker(false), 0), None, "it had no records");
        let read = Producers::decode(&producers.encode()).unwrap();
        assert_eq!((read.open_since(), read.epoch_of(8)), (Some(12), Some((0, true))));
        assert_eq!(read.check(&[header(0, 2, 1, 0)]), Ok(Verdict::New), "sequences go on");

        let fenced = BatchHeader { producer_id: 8, ..header(1, -1, 1, 16) };
        assert_eq!(producers.end(&fenced, marker(true), 0), None, "it was committed");
        let read = Producers::decode(&producers.encode()).unwrap();
        assert_eq!((read.open_since(), read.epoch_of(8)), (None, Some((1, false))));
        let late = BatchHeader { producer_id: 8, ..header(0, 2, 1, 0) };
        assert!(matches!(read.check(&[late]), Err(SequenceError::StaleEpoch { .. })));
        let next = BatchHeader { producer_id: 8, ..header(1, 0, 1, 0) };
        assert_eq!(read.check(&[next]), Ok(Verdict::New), "a new epoch begins at 0");
    }

    #[test]
    fn the_silent_are_forgotten() {
        let mut producers = sample();
        producers.forget_silent(5 + SILENT_MS_MAX);
        assert_eq!(producers.id_max(), Some(7));
        producers.forget_silent(6 + SILENT_MS_MAX);
        assert_eq!(producers.id_max(), None);
    }
}
