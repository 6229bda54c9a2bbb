//! How does a batch belong to a transaction, and how does the log say that one ended?
//!
//! A transaction's data are batches with the producer's id and the transactional flag. Its end is a batch of
//! one record with the control flag besides, written by the log itself:
//!
//! | key | | value | |
//! |---|---|---|---|
//! | version = 0 | i16 | version = 0 | i16 |
//! | 0 aborted, 1 committed | i16 | coordinator epoch | i32 |

use bytes::{Bytes, BytesMut};

use crate::header::{CONTROL, CRC_FROM, TRANSACTIONAL};
use crate::{BatchBuilder, BatchView, Compression, Result};

/// Who writes a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerStamp {
    /// The producer's id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// The sequence of the first record; -1 for what the log writes itself.
    pub base_sequence: i32,
    /// Whether the batch is part of a transaction.
    pub transactional: bool,
}

impl ProducerStamp {
    /// The same batch as its producer's; the checksum is made anew.
    pub fn stamp(&self, batch: Bytes) -> Bytes {
        self.stamp_with(batch, if self.transactional { TRANSACTIONAL } else { 0 })
    }

    fn stamp_with(&self, batch: Bytes, flags: i16) -> Bytes {
        let mut batch = batch.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        let attributes = i16::from_be_bytes([batch[21], batch[22]]) | flags;
        batch[21..23].copy_from_slice(&attributes.to_be_bytes());
        batch[43..51].copy_from_slice(&self.producer_id.to_be_bytes());
        batch[51..53].copy_from_slice(&self.producer_epoch.to_be_bytes());
        batch[53..57].copy_from_slice(&self.base_sequence.to_be_bytes());
        let crc = crc32c::crc32c(&batch[CRC_FROM..]);
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
        batch.freeze()
    }
}

/// The end of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// Whether its records count.
    pub is_commit: bool,
    /// The epoch of the coordinator that decided.
    pub coordinator_epoch: i32,
}

impl Marker {
    /// The batch that ends a producer's transaction.
    pub fn encode(&self, producer_id: i64, producer_epoch: i16, timestamp_ms: i64) -> Result<Bytes> {
        let mut value = 0i16.to_be_bytes().to_vec();
        value.extend_from_slice(&self.coordinator_epoch.to_be_bytes());
        let mut builder = BatchBuilder::new(Compression::None);
        builder.append(timestamp_ms, Some(&[0, 0, 0, u8::from(self.is_commit)]), Some(&value), &[]);
        let stamp = ProducerStamp { producer_id, producer_epoch, base_sequence: -1, transactional: true };
        Ok(stamp.stamp_with(builder.finish()?, TRANSACTIONAL | CONTROL))
    }

    /// Reads one; nothing if the batch is another kind of control batch, or none.
    pub fn decode(batch: &[u8]) -> Option<Self> {
        let view = BatchView::parse(batch).ok().filter(|view| view.is_control())?;
        let mut scratch = Vec::new();
        let record = view.records(&mut scratch, 1 << 10).ok()?.next()?.ok()?;
        let is_commit = match record.key?.get(..4)? {
            [0, 0, 0, 0] => false,
            [0, 0, 0, 1] => true,
            _ => return None,
        };
        let coordinator_epoch = i32::from_be_bytes(*record.value?.get(2..)?.first_chunk()?);
        Some(Marker { is_commit, coordinator_epoch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_read_back_and_are_sound_batches() {
        for is_commit in [false, true] {
            let marker = Marker { is_commit, coordinator_epoch: 7 };
            let batch = marker.encode(42, 3, 1000).unwrap();
            let view = BatchView::parse(&batch).unwrap();
            assert!(view.is_control() && view.is_transactional());
            assert_eq!((view.producer_id, view.producer_epoch, view.base_sequence), (42, 3, -1));
            assert_eq!(Marker::decode(&batch), Some(marker));
        }
    }

    #[test]
    fn data_is_no_marker() {
        let mut builder = BatchBuilder::new(Compression::Zstd);
        builder.append(0, Some(&[0, 0, 0, 1]), Some(&[0; 6]), &[]);
        let stamp =
            ProducerStamp { producer_id: 1, producer_epoch: 0, base_sequence: 5, transactional: true };
        let batch = stamp.stamp(builder.finish().unwrap());
        let view = BatchView::parse(&batch).unwrap();
        assert_eq!(view.compression(), Ok(Compression::Zstd), "the codec stays");
        assert_eq!((view.is_transactional(), view.is_control(), view.base_sequence), (true, false, 5));
        assert_eq!(Marker::decode(&batch), None);
    }
}
