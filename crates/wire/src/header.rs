//! What do the first 61 bytes of a batch say, and which of them may a log change?
//!
//! | bytes | field | | bytes | field |
//! |---|---|---|---|---|
//! | 0..8 | base offset | | 27..35 | base timestamp (ms) |
//! | 8..12 | length of all that follows | | 35..43 | max timestamp (ms) |
//! | 12..16 | partition leader epoch | | 43..51 | producer id |
//! | 16 | magic = 2 | | 51..53 | producer epoch |
//! | 17..21 | CRC-32C of bytes 21.. | | 53..57 | base sequence |
//! | 21..23 | attributes | | 57..61 | record count |
//! | 23..27 | last offset delta | | 61.. | records, packed by the codec |
//!
//! All numbers are big-endian. Bytes 0..8 and 12..16 lie outside the checksum, so a log may set them; to set
//! the time of arrival it must compute the checksum again.

use crate::{Compression, Error, Result};

/// Size of a batch without its records.
pub const HEADER_BYTES: usize = 61;

/// Bytes of a batch that its length field does not count.
pub const LENGTH_PREFIX_BYTES: usize = 12;

pub(crate) const CRC_FROM: usize = 21;
const MAGIC: i8 = 2;

const CODEC_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 0x08;
pub(crate) const TRANSACTIONAL: i16 = 0x10;
pub(crate) const CONTROL: i16 = 0x20;
pub(crate) const DELETE_HORIZON: i16 = 0x40;

/// The fields of a batch's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Bytes after the length field.
    pub length: i32,
    /// Epoch of the log that took the batch.
    pub leader_epoch: i32,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// Codec and flags.
    pub attributes: i16,
    /// Offset of the last record minus that of the first.
    pub last_offset_delta: i32,
    /// Timestamp the records' deltas count from, milliseconds.
    pub base_timestamp: i64,
    /// Largest timestamp in the batch, milliseconds.
    pub max_timestamp: i64,
    /// Idempotent producer's id, or -1.
    pub producer_id: i64,
    /// Idempotent producer's epoch, or -1.
    pub producer_epoch: i16,
    /// Sequence number of the first record, or -1.
    pub base_sequence: i32,
    /// Number of records.
    pub count: i32,
}

impl BatchHeader {
    /// Reads the header at the start of `bytes`, checking magic and that the length field is sane.
    /// The records need not be there.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
            return Err(Error::Truncated { got: bytes.len(), expected: HEADER_BYTES });
        };
        let magic = header[16] as i8;
        if magic != MAGIC {
            return Err(Error::Magic { magic });
        }
        let length = i32_at(header, 8);
        if length < (HEADER_BYTES - LENGTH_PREFIX_BYTES) as i32 {
            return Err(Error::Length { length, got: bytes.len() });
        }
        Ok(BatchHeader {
            base_offset: i64_at(header, 0),
            length,
            leader_epoch: i32_at(header, 12),
            crc: i32_at(header, 17) as u32,
            attributes: i16_at(header, 21),
            last_offset_delta: i32_at(header, 23),
            base_timestamp: i64_at(header, 27),
            max_timestamp: i64_at(header, 35),
            producer_id: i64_at(header, 43),
            producer_epoch: i16_at(header, 51),
            base_sequence: i32_at(header, 53),
            count: i32_at(header, 57),
        })
    }

    /// Size of the whole batch in bytes.
    pub fn size_bytes(&self) -> usize {
        self.length as usize + LENGTH_PREFIX_BYTES
    }

    /// Offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.last_offset_delta))
    }

    /// How the records are packed.
    pub fn compression(&self) -> Result<Compression> {
        Compression::from_number(self.attributes & CODEC_MASK)
    }

    /// Whether every record's timestamp is [`BatchHeader::max_timestamp`], set by a broker.
    pub fn is_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Whether the batch holds a transaction marker instead of data.
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// From when on compaction may remove the batch's records without value, once it has noted that; it is
    /// kept in place of the base timestamp.
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        (self.attributes & DELETE_HORIZON != 0).then_some(self.base_timestamp)
    }

    /// Checks that record count and last offset go together; compaction leaves fewer records than offsets.
    pub fn check_count(&self) -> Result<()> {
        self.checked_count(self.count >= 1 && self.last_offset_delta >= self.count - 1)
    }

    /// Checks that every offset has its record, as in a batch from a producer.
    pub fn check_dense(&self) -> Result<()> {
        self.checked_count(self.count >= 1 && self.last_offset_delta == self.count - 1)
    }

    fn checked_count(&self, fits: bool) -> Result<()> {
        if fits {
            return Ok(());
        }
        Err(Error::Count { count: self.count, last_offset_delta: self.last_offset_delta })
    }

    /// Checks the CRC-32C; `batch` is the whole batch.
    pub fn check_crc(&self, batch: &[u8]) -> Result<()> {
        let got = crc32c::crc32c(&batch[CRC_FROM..]);
        if got == self.crc { Ok(()) } else { Err(Error::Crc { got, expected: self.crc }) }
    }
}

/// Sets base offset and leader epoch of the batch at the start of `batch`; the checksum stays valid.
///
/// # Panics
/// If `batch` is shorter than [`HEADER_BYTES`].
pub fn patch_offset(batch: &mut [u8], base_offset: i64, leader_epoch: i32) {
    assert!(batch.len() >= HEADER_BYTES, "a batch has at least {HEADER_BYTES} bytes");
    batch[0..8].copy_from_slice(&base_offset.to_be_bytes());
    batch[12..16].copy_from_slice(&leader_epoch.to_be_bytes());
}

/// Gives every record of the batch the time `now_ms` of its arrival, and the batch the checksum that follows.
///
/// # Panics
/// If `batch` is shorter than [`HEADER_BYTES`].
pub fn patch_append_time(batch: &mut [u8], now_ms: i64) {
    assert!(batch.len() >= HEADER_BYTES, "a batch has at least {HEADER_BYTES} bytes");
    batch[22] |= LOG_APPEND_TIME as u8;
    batch[35..43].copy_from_slice(&now_ms.to_be_bytes());
    let crc = crc32c::crc32c(&batch[CRC_FROM..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
}

fn i16_at(header: &[u8; HEADER_BYTES], at: usize) -> i16 {
    i16::from_be_bytes([header[at], header[at + 1]])
}

fn i32_at(header: &[u8; HEADER_BYTES], at: usize) -> i32 {
    i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

fn i64_at(header: &[u8; HEADER_BYTES], at: usize) -> i64 {
    i64::from(i32_at(header, at)) << 32 | i64::from(i32_at(header, at + 4) as u32)
}
