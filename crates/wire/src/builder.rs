//! How do records become a batch?
//!
//! Records are written straight into the buffer that becomes the batch, behind the room left for its
//! header; a record costs no allocation. `finish` packs, sets the header and leaves the builder empty.

use bytes::Bytes;

use crate::codec::Compressor;
use crate::header::{CRC_FROM, HEADER_BYTES, LENGTH_PREFIX_BYTES};
use crate::{Compression, Error, Result, varint};

/// Collects records into one batch with base offset 0.
#[derive(Debug)]
pub struct BatchBuilder {
    compressor: Compressor,
    buffer: Vec<u8>,
    /// Where batches are packed; its length only grows.
    packed: Vec<u8>,
    count: usize,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl BatchBuilder {
    /// An empty builder.
    pub fn new(compression: Compression) -> Self {
        BatchBuilder {
            compressor: Compressor::new(compression),
            buffer: Vec::new(),
            packed: Vec::new(),
            count: 0,
            base_timestamp: 0,
            max_timestamp: 0,
        }
    }

    /// Adds a record.
    pub fn append(
        &mut self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, &[u8])],
    ) {
        if self.count == 0 {
            self.start(timestamp_ms);
        }
        self.max_timestamp = self.max_timestamp.max(timestamp_ms);
        let timestamp_delta = timestamp_ms.wrapping_sub(self.base_timestamp);
        let offset_delta = self.count as i64;
        let length = 1
            + varint::size(timestamp_delta)
            + varint::size(offset_delta)
            + nullable_size(key)
            + nullable_size(value)
            + headers_size(headers);
        self.buffer.reserve(length + 10);
        varint::put(&mut self.buffer, length as i64);
        self.buffer.push(0);
        varint::put(&mut self.buffer, timestamp_delta);
        varint::put(&mut self.buffer, offset_delta);
        put_nullable(&mut self.buffer, key);
        put_nullable(&mut self.buffer, value);
        put_headers(&mut self.buffer, headers);
        self.count += 1;
    }

    /// Size of the batch before it is packed.
    pub fn size_bytes(&self) -> usize {
        if self.is_empty() { HEADER_BYTES } else { self.buffer.len() }
    }

    /// Number of records so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether there is no record yet.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The batch of all records so far; the builder is empty afterwards, also after an error.
    /// A batch without records is refused.
    pub fn finish(&mut self) -> Result<Bytes> {
        let count = std::mem::take(&mut self.count);
        let size_bytes = if count == 0 { 0 } else { self.buffer.len() };
        if count == 0 || size_bytes > i32::MAX as usize || count > i32::MAX as usize {
            return Err(Error::TooLarge { size_bytes, count });
        }
        if self.compressor.compression() == Compression::None {
            let room = self.buffer.capacity();
            let mut batch = std::mem::replace(&mut self.buffer, Vec::with_capacity(room));
            self.write_header(&mut batch, count as i32)?;
            return Ok(Bytes::from(batch));
        }
        // Packed in memory that stays with the builder, so that the batch holds no more than it needs.
        let mut packed = std::mem::take(&mut self.packed);
        let length = self.compressor.compress(&self.buffer[HEADER_BYTES..], HEADER_BYTES, &mut packed)?;
        self.write_header(&mut packed[..length], count as i32)?;
        let batch = Bytes::copy_from_slice(&packed[..length]);
        self.packed = packed;
        Ok(batch)
    }

    fn start(&mut self, timestamp_ms: i64) {
        self.buffer.clear();
        self.buffer.resize(HEADER_BYTES, 0);
        self.base_timestamp = timestamp_ms;
        self.max_timestamp = timestamp_ms;
    }

    fn write_header(&self, batch: &mut [u8], count: i32) -> Result<()> {
        let too_large = |_| Error::TooLarge { size_bytes: batch.len(), count: count as usize };
        let length = i32::try_from(batch.len() - LENGTH_PREFIX_BYTES).map_err(too_large)?;
        let attributes = self.compressor.compression().number();
        batch[0..8].copy_from_slice(&0i64.to_be_bytes());
        batch[8..12].copy_from_slice(&length.to_be_bytes());
        batch[12..16].copy_from_slice(&0i32.to_be_bytes());
        batch[16] = 2;
        batch[21..23].copy_from_slice(&attributes.to_be_bytes());
        batch[23..27].copy_from_slice(&(count - 1).to_be_bytes());
        batch[27..35].copy_from_slice(&self.base_timestamp.to_be_bytes());
        batch[35..43].copy_from_slice(&self.max_timestamp.to_be_bytes());
        batch[43..51].copy_from_slice(&(-1i64).to_be_bytes());
        batch[51..53].copy_from_slice(&(-1i16).to_be_bytes());
        batch[53..57].copy_from_slice(&(-1i32).to_be_bytes());
        batch[57..61].copy_from_slice(&count.to_be_bytes());
        let crc = crc32c::crc32c(&batch[CRC_FROM..]);
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
        Ok(())
    }
}

fn nullable_size(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint::size(bytes.len() as i64) + bytes.len())
}

fn headers_size(headers: &[(&str, &[u8])]) -> usize {
    let each =
        headers.iter().map(|(key, value)| nullable_size(Some(key.as_bytes())) + nullable_size(Some(value)));
    varint::size(headers.len() as i64) + each.sum::<usize>()
}

fn put_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => varint::put(out, -1),
        Some(bytes) => {
            varint::put(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
    }
}

fn put_headers(out: &mut Vec<u8>, headers: &[(&str, &[u8])]) {
    varint::put(out, headers.len() as i64);
    for (key, value) in headers {
        put_nullable(out, Some(key.as_bytes()));
        put_nullable(out, Some(value));
    }
}
