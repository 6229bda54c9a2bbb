//! How do batches get out?
//!
//! First from the tail in memory; else from the segment that holds the offset, beginning where its index
//! says. What comes from the disk is checked; damaged bytes are passed over, counted and named.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use girok_wire::{BatchHeader, BatchView};

use super::{AbortedTransaction, Partition};
use crate::disk::{DiskFile, read_into};
use crate::error::{Error, Result, failed};
use crate::names::{LOG, segment_file};
use crate::scan::Window;

/// What a read found.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// Whole batches, in order; the first may begin before the offset asked for.
    pub batches: Vec<Bytes>,
    /// The offset up to which may be read.
    pub high_watermark: i64,
    /// The offset up to which every transaction has ended.
    pub last_stable_offset: i64,
    /// The first offset held.
    pub log_start_offset: i64,
    /// For [`Isolation::Committed`]: the aborted transactions that have records in the batches, by their
    /// first offset. A reader passes over those records.
    pub aborted: Vec<AbortedTransaction>,
}

/// How far is read?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Everything that is written.
    Uncommitted,
    /// Only up to the first transaction that is still open.
    Committed,
}

/// A segment, and where in it to begin.
struct Place {
    base: i64,
    /// No offset of the segment is as large.
    next: i64,
    file: Arc<dyn DiskFile>,
    position: u64,
    size_bytes: u64,
}

/// The most that is unpacked to find one record by its time.
const UNPACKED_BYTES_MAX: usize = 64 << 20;

impl Partition {
    /// Whole batches from the one that holds `offset`: at least one if there is one, then as many as fit
    /// `bytes_max`; never past the high watermark, nor past what `isolation` allows.
    pub(crate) fn read(&self, offset: i64, bytes_max: usize, isolation: Isolation) -> Result<Fetched> {
        let fetched = self.look(offset, bytes_max, isolation)?;
        self.traffic.count_out(&fetched.batches);
        Ok(fetched)
    }

    /// Whether the tail holds what comes from `offset` on.
    pub(crate) fn is_in_memory(&self, offset: i64) -> bool {
        self.state.read().tail.holds(offset)
    }

    /// What `read` finds, for the log's own purposes: it does not count as read.
    fn look(&self, offset: i64, bytes_max: usize, isolation: Isolation) -> Result<Fetched> {
        let (high_watermark, last_stable_offset) = (self.high_watermark(), self.last_stable());
        let log_start_offset = self.check_offset(offset)?;
        let end = match isolation {
            Isolation::Uncommitted => high_watermark,
            Isolation::Committed => last_stable_offset,
        };
        let batches = self.read_until(offset, end, bytes_max)?;
        let aborted = match isolation {
            Isolation::Uncommitted => Vec::new(),
            Isolation::Committed => self.aborted_in(offset, &batches),
        };
        Ok(Fetched { batches, high_watermark, last_stable_offset, log_start_offset, aborted })
    }

    fn read_until(&self, offset: i64, end: i64, bytes_max: usize) -> Result<Vec<Bytes>> {
        if offset >= end {
            return Ok(Vec::new());
        }
        if let Some(batches) = self.state.read().tail.read(offset, end, bytes_max) {
            return Ok(batches);
        }
        self.read_disk(offset, end, bytes_max)
    }

    fn aborted_in(&self, offset: i64, batches: &[Bytes]) -> Vec<AbortedTransaction> {
        let last = batches.last().and_then(|last| BatchHeader::read(last).ok());
        last.map_or_else(Vec::new, |last| self.state.read().aborted.within(offset..last.last_offset() + 1))
    }

    fn check_offset(&self, offset: i64) -> Result<i64> {
        let state = self.state.read();
        let (log_start, log_end) = (state.log_start(), state.active.next_offset);
        if (log_start..=log_end).contains(&offset) {
            return Ok(log_start);
        }
        Err(Error::OffsetOutOfRange { partition: self.name.to_string(), offset, log_start, log_end })
    }

    fn read_disk(&self, mut offset: i64, end: i64, bytes_max: usize) -> Result<Vec<Bytes>> {
        while offset < end {
            let place = self.locate(offset)?;
            let path = segment_file(&self.dir, place.base, LOG);
            let batches = self.read_segment(&place, offset, end, bytes_max).map_err(failed("read", &path))?;
            if !batches.is_empty() {
                return Ok(batches);
            }
            offset = place.next.max(offset + 1);
        }
        Ok(Vec::new())
    }

    /// The segment that holds `offset`, or would.
    fn locate(&self, offset: i64) -> Result<Place> {
        let _swap = self.swap.read();
        let state = self.state.read();
        let after = state.sealed.partition_point(|sealed| sealed.next <= offset);
        let Some(sealed) = state.sealed.get(after).cloned() else {
            let active = &state.active;
            let relative = u32::try_from(offset - active.base).unwrap_or(0);
            return Ok(Place {
                base: active.base,
                next: active.next_offset,
                file: active.file.clone(),
                position: active.indexes.position(relative),
                size_bytes: active.size_bytes,
            });
        };
        drop(state);
        let (disk, path) = (&*self.shared.disk, sealed.path(LOG));
        let file = disk.open(&path, false).map_err(|error| {
            // Retention may have taken it a moment ago.
            self.check_offset(offset).err().unwrap_or_else(|| failed("open", &path)(error))
        })?;
        let position = sealed.position(disk, offset.max(sealed.base));
        Ok(Place { base: sealed.base, next: sealed.next, file, position, size_bytes: sealed.size_bytes })
    }

    fn read_segment(&self, place: &Place, offset: i64, end: i64, bytes_max: usize) -> io::Result<Vec<Bytes>> {
        let slack = self.shared.config.index_interval_bytes as usize;
        let mut wanted = bytes_max.saturating_add(slack).clamp(4096, 64 << 20);
        let mut position = place.position;
        while position < place.size_bytes {
            let length = (wanted as u64).min(place.size_bytes - position) as usize;
            let mut chunk = Vec::new();
            read_into(&*place.file, &mut chunk, length, position)?;
            if chunk.len() < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut cut = Cut::new(place, position, chunk.into());
            cut.collect(offset, end, bytes_max);
            if !cut.batches.is_empty() || cut.reached_end {
                return Ok(cut.batches);
            }
            position += cut.at as u64;
            wanted = wanted.max(cut.needs);
            if cut.damaged {
                position = self.pass_over_damage(place, position)?;
            }
        }
        Ok(Vec::new())
    }

    /// The position of the next sound batch; the bytes before it are noted as damaged.
    fn pass_over_damage(&self, place: &Place, position: u64) -> io::Result<u64> {
        let mut window = Window::new(&*place.file, place.size_bytes);
        let found = window.find_batch(position + 1, place.base..place.next)?;
        let next = found.map_or(place.size_bytes, |(next, _)| next);
        self.note_damage(place.base, position, next - position);
        Ok(next)
    }

    /// The time of the first record that is held at `offset` or behind it.
    pub(crate) fn time_at(&self, offset: i64) -> Result<Option<i64>> {
        let batches = self.look(offset.max(self.log_start()), 1, Isolation::Uncommitted)?.batches;
        let Some(Ok(view)) = batches.first().map(|batch| BatchView::parse(batch)) else { return Ok(None) };
        let mut scratch = Vec::new();
        let mut records = view.records(&mut scratch, UNPACKED_BYTES_MAX).into_iter().flatten().flatten();
        let found = records.find(|record| record.offset >= offset);
        Ok(Some(found.map_or(view.max_timestamp(), |record| record.timestamp_ms)))
    }

    /// The first record with a time of at least `timestamp`: its offset and time.
    pub(crate) fn offset_for_time(&self, timestamp: i64) -> Result<Option<(i64, i64)>> {
        let end = self.high_watermark();
        let mut offset = self.offset_before(timestamp).max(self.log_start());
        while offset < end {
            let batches = self.read_disk(offset, end, 1 << 20)?;
            for batch in &batches {
                let Ok(view) = BatchView::parse(batch) else { continue };
                if view.max_timestamp() >= timestamp {
                    return Ok(Some(first_record_since(&view, timestamp)));
                }
                offset = view.last_offset() + 1;
            }
            if batches.is_empty() {
                break;
            }
        }
        Ok(None)
    }

    /// An offset no later than the first record with a time of at least `timestamp`.
    fn offset_before(&self, timestamp: i64) -> i64 {
        let state = self.state.read();
        let Some(sealed) = state.sealed.iter().find(|sealed| sealed.time_max >= timestamp).cloned() else {
            return state.active.base + i64::from(state.active.indexes.offset_before(timestamp));
        };
        drop(state);
        sealed.offset_before(&*self.shared.disk, timestamp)
    }
}

/// The first record of the batch that is new enough; if it cannot be unpacked, the batch's beginning.
fn first_record_since(view: &BatchView<'_>, timestamp: i64) -> (i64, i64) {
    let mut scratch = Vec::new();
    let records = view.records(&mut scratch, UNPACKED_BYTES_MAX).into_iter().flatten().flatten();
    let found = records.map(|record| (record.offset, record.timestamp_ms)).find(|found| found.1 >= timestamp);
    found.unwrap_or((view.base_offset(), view.max_timestamp()))
}

/// Cuts a piece of a segment into batches.
struct Cut<'a> {
    place: &'a Place,
    /// Bytes of the segment from the piece's beginning on.
    left: u64,
    chunk: Bytes,
    at: usize,
    /// Bytes the batch at `at` has, if the piece is too short for it.
    needs: usize,
    batches: Vec<Bytes>,
    /// The batch at `at` is not visible yet.
    reached_end: bool,
    /// There is no sound batch at `at`.
    damaged: bool,
}

impl<'a> Cut<'a> {
    fn new(place: &'a Place, position: u64, chunk: Bytes) -> Self {
        let left = place.size_bytes - position;
        Cut { place, left, chunk, at: 0, needs: 0, batches: Vec::new(), reached_end: false, damaged: false }
    }

    fn collect(&mut self, offset: i64, end: i64, bytes_max: usize) {
        let mut budget = bytes_max;
        while let Some((header, batch)) = self.next() {
            if header.last_offset() >= end {
                self.reached_end = true;
                return;
            }
            if header.last_offset() >= offset {
                if !self.batches.is_empty() && batch.len() > budget {
                    return;
                }
                budget = budget.saturating_sub(batch.len());
                self.batches.push(batch);
            }
            self.at += header.size_bytes();
        }
    }

    /// The sound batch at `at`, if the piece holds it whole.
    fn next(&mut self) -> Option<(BatchHeader, Bytes)> {
        let rest = self.chunk.slice(self.at..);
        let left = self.left - self.at as u64;
        if rest.len() < girok_wire::HEADER_BYTES {
            self.needs = girok_wire::HEADER_BYTES;
            self.damaged = rest.len() as u64 == left && left > 0;
            return None;
        }
        let header = BatchHeader::read(&rest).ok().filter(|header| {
            header.size_bytes() as u64 <= left
                && header.base_offset >= self.place.base
                && header.last_offset() < self.place.next
        });
        self.damaged = header.is_none();
        let header = header?;
        if header.size_bytes() > rest.len() {
            self.needs = header.size_bytes();
            return None;
        }
        let batch = rest.slice(..header.size_bytes());
        self.damaged = BatchView::parse(&batch).is_err();
        (!self.damaged).then_some((header, batch))
    }
}
