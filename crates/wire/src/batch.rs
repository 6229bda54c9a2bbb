//! Is this one sound batch, and which records does it hold?

use std::ops::Deref;

use crate::codec::decompress;
use crate::header::HEADER_BYTES;
use crate::{BatchHeader, Error, RecordIter, Result};

/// One checked batch; its header's fields are reached through it.
#[derive(Debug, Clone, Copy)]
pub struct BatchView<'a> {
    header: BatchHeader,
    bytes: &'a [u8],
}

impl<'a> BatchView<'a> {
    /// Checks that `bytes` are exactly one batch: length, magic, count, CRC-32C and codec.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let header = BatchHeader::read(bytes)?;
        if header.size_bytes() > bytes.len() {
            return Err(Error::Truncated { got: bytes.len(), expected: header.size_bytes() });
        }
        if header.size_bytes() != bytes.len() {
            return Err(Error::Length { length: header.length, got: bytes.len() });
        }
        header.check_count()?;
        header.check_crc(bytes)?;
        header.compression()?;
        Ok(BatchView { header, bytes })
    }

    /// The batch's fields.
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Offset of the first record.
    pub fn base_offset(&self) -> i64 {
        self.header.base_offset
    }

    /// The whole batch as it lies.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The header as it lies.
    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.bytes[..HEADER_BYTES]
    }

    /// Number of records, at least one.
    pub fn count(&self) -> usize {
        self.header.count as usize
    }

    /// Largest timestamp in the batch, milliseconds.
    pub fn max_timestamp(&self) -> i64 {
        self.header.max_timestamp
    }

    /// The records, in order. A packed batch is unpacked into `scratch`, which keeps its memory for the
    /// next batch; records that unpack to more than `output_bytes_max` are refused.
    pub fn records<'s>(&self, scratch: &'s mut Vec<u8>, output_bytes_max: usize) -> Result<RecordIter<'s>>
    where
        'a: 's,
    {
        let packed = &self.bytes[HEADER_BYTES..];
        let records = decompress(self.header.compression()?, packed, scratch, output_bytes_max)?;
        Ok(RecordIter::new(&self.header, records))
    }
}

impl Deref for BatchView<'_> {
    type Target = BatchHeader;

    fn deref(&self) -> &BatchHeader {
        &self.header
    }
}
