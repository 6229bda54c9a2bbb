//! Which bytes of a segment file are sound batches, and where does the next sound one begin?
//!
//! Any bytes may lie in the file. A batch counts as sound when its header is, it lies within the file, its
//! offset is the one expected and its CRC-32C fits.

use std::io;

use girok_wire::{BatchHeader, HEADER_BYTES};

use crate::disk::{DiskFile, read_into};

const CHUNK_BYTES: usize = 1 << 20;

/// A sliding view of a file that reads it in large pieces.
pub(crate) struct Window<'a> {
    file: &'a dyn DiskFile,
    end: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    /// A view of `file` up to `end`.
    pub(crate) fn new(file: &'a dyn DiskFile, end: u64) -> Self {
        Window { file, end, start: 0, bytes: Vec::new() }
    }

    /// `length` bytes from `position`; nothing if the file ends before.
    pub(crate) fn get(&mut self, position: u64, length: usize) -> io::Result<Option<&[u8]>> {
        if position + length as u64 > self.end {
            return Ok(None);
        }
        let loaded = self.start + self.bytes.len() as u64;
        if position < self.start || position + length as u64 > loaded {
            let wanted = (length.max(CHUNK_BYTES) as u64).min(self.end - position);
            self.start = position;
            read_into(self.file, &mut self.bytes, wanted as usize, position)?;
        }
        let at = (position - self.start) as usize;
        Ok(self.bytes.get(at..at + length))
    }

    /// The header of the whole batch at `position`, if there is one; its CRC is not checked.
    pub(crate) fn header_at(&mut self, position: u64) -> io::Result<Option<BatchHeader>> {
        let Some(bytes) = self.get(position, HEADER_BYTES)? else { return Ok(None) };
        let header = BatchHeader::read(bytes).ok().filter(|header| header.check_count().is_ok());
        Ok(header.filter(|header| position + header.size_bytes() as u64 <= self.end))
    }

    /// The bytes of the whole batch at `position`, if there is one; they are not checked.
    pub(crate) fn bytes_at(&mut self, position: u64) -> io::Result<Option<&[u8]>> {
        match self.header_at(position)? {
            Some(header) => self.get(position, header.size_bytes()),
            None => Ok(None),
        }
    }

    /// The sound batch at `position`, if there is one; its CRC is checked.
    pub(crate) fn batch_at(&mut self, position: u64) -> io::Result<Option<BatchHeader>> {
        let Some(bytes) = self.get(position, HEADER_BYTES)? else { return Ok(None) };
        let Ok(header) = BatchHeader::read(bytes) else { return Ok(None) };
        if header.check_count().is_err() || header.base_offset < 0 {
            return Ok(None);
        }
        let Some(batch) = self.get(position, header.size_bytes())? else { return Ok(None) };
        Ok(header.check_crc(batch).is_ok().then_some(header))
    }

    /// Position and header of the first sound batch at or after `from` whose offsets lie in `offsets`.
    pub(crate) fn find_batch(
        &mut self,
        from: u64,
        offsets: std::ops::Range<i64>,
    ) -> io::Result<Option<(u64, BatchHeader)>> {
        let mut position = from;
        while let Some(bytes) = self.get(position, HEADER_BYTES)? {
            let plausible = BatchHeader::read(bytes).is_ok_and(|header| {
                offsets.contains(&header.base_offset) && offsets.contains(&header.last_offset())
            });
            if plausible && let Some(header) = self.batch_at(position)? {
                return Ok(Some((position, header)));
            }
            position += 1;
        }
        Ok(None)
    }
}

/// Where a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScanEnd {
    /// The first byte that is in no sound batch.
    pub(crate) position: u64,
    /// The offset expected there.
    pub(crate) next_offset: i64,
}

/// Walks over the sound batches from `position`, the first of them with offset `next_offset`. Below `gaps_end`
/// offsets may be missing: compaction took them.
pub(crate) fn scan(
    window: &mut Window<'_>,
    mut position: u64,
    mut next_offset: i64,
    gaps_end: i64,
    mut visit: impl FnMut(u64, &BatchHeader),
) -> io::Result<ScanEnd> {
    while let Some(header) = window.batch_at(position)? {
        let is_behind_gap = header.base_offset > next_offset && header.last_offset() < gaps_end;
        if header.base_offset != next_offset && !is_behind_gap {
            break;
        }
        visit(position, &header);
        position += header.size_bytes() as u64;
        next_offset = header.last_offset() + 1;
    }
    Ok(ScanEnd { position, next_offset })
}
