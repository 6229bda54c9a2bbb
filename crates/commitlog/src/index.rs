//! Where in a segment does an offset, or a time, begin? Sparse, and in Kafka's exact bytes.
//!
//! An entry names the *last* offset of a batch. A lookup answers with the entry at or before what is
//! sought, or with nothing; the reader walks on from there. An index is derived from its segment: it is
//! written when the segment is sealed, and rebuilt when it is missing or does not fit.

/// Bytes of an entry: relative offset, position; both `u32`, big-endian.
pub(crate) const OFFSET_ENTRY_BYTES: usize = 8;
/// Bytes of an entry: timestamp `i64`, relative offset `u32`; big-endian.
pub(crate) const TIME_ENTRY_BYTES: usize = 12;

/// The indexes of an open segment.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    offsets: Vec<(u32, u32)>,
    times: Vec<(i64, u32)>,
    indexed_until: u64,
    time_max: Option<(i64, u32)>,
}

impl Indexes {
    /// Takes note of a batch that begins at `position`; every `interval_bytes` one is entered.
    pub(crate) fn add(&mut self, position: u64, last_offset: u32, max_timestamp: i64, interval_bytes: u64) {
        if self.time_max.is_none_or(|(time, _)| max_timestamp > time) {
            self.time_max = Some((max_timestamp, last_offset));
        }
        if position - self.indexed_until > interval_bytes {
            self.offsets.push((last_offset, position as u32));
            self.indexed_until = position;
            self.add_time();
        }
    }

    /// Indexes read back from their files; `None` if the entries do not rise or lie beyond `size_bytes`.
    pub(crate) fn decode(offsets: &[u8], times: &[u8], size_bytes: u64) -> Option<Self> {
        let whole =
            offsets.len().is_multiple_of(OFFSET_ENTRY_BYTES) && times.len().is_multiple_of(TIME_ENTRY_BYTES);
        let offsets: Vec<_> = offsets
            .chunks_exact(OFFSET_ENTRY_BYTES)
            .map(|entry| (u32_at(entry, 0), u32_at(entry, 4)))
            .collect();
        let times: Vec<_> =
            times.chunks_exact(TIME_ENTRY_BYTES).map(|entry| (i64_at(entry, 0), u32_at(entry, 8))).collect();
        let rises = offsets.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1)
            && times.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1);
        let indexed_until = offsets.last().map_or(0, |entry| u64::from(entry.1));
        let time_max = times.last().copied();
        let fits = whole && rises && (size_bytes == 0 || indexed_until < size_bytes);
        fits.then_some(Indexes { offsets, times, indexed_until, time_max })
    }

    /// The last entry: relative offset and position of a batch.
    pub(crate) fn last(&self) -> Option<(u32, u64)> {
        self.offsets.last().map(|entry| (entry.0, u64::from(entry.1)))
    }

    /// Enters the largest time so far, unless it is in already.
    fn add_time(&mut self) {
        let Some(entry) = self.time_max else { return };
        if self.times.last().is_none_or(|last| entry.0 > last.0 && entry.1 > last.1) {
            self.times.push(entry);
        }
    }

    /// Largest timestamp of the segment.
    pub(crate) fn time_max(&self) -> Option<i64> {
        self.time_max.map(|(time, _)| time)
    }

    /// The position to begin at for the batch that holds `relative` offset.
    pub(crate) fn position(&self, relative: u32) -> u64 {
        let at = self.offsets.partition_point(|entry| entry.0 <= relative);
        at.checked_sub(1).map_or(0, |at| u64::from(self.offsets[at].1))
    }

    /// The relative offset to begin at for the first batch with a time of at least `timestamp`.
    pub(crate) fn offset_before(&self, timestamp: i64) -> u32 {
        let at = self.times.partition_point(|entry| entry.0 < timestamp);
        at.checked_sub(1).map_or(0, |at| self.times[at].1)
    }

    /// The `.index` file.
    pub(crate) fn encode_offsets(&self) -> Vec<u8> {
        let entries = self
            .offsets
            .iter()
            .flat_map(|(offset, position)| [offset.to_be_bytes(), position.to_be_bytes()].concat());
        entries.collect()
    }

    /// The `.timeindex` file; its last entry is the segment's largest time.
    pub(crate) fn encode_times(&mut self) -> Vec<u8> {
        self.add_time();
        let entries = self.times.iter().flat_map(|(time, offset)| {
            let mut entry = time.to_be_bytes().to_vec();
            entry.extend_from_slice(&offset.to_be_bytes());
            entry
        });
        entries.collect()
    }
}

/// Position to begin at for `relative`, from the bytes of an `.index` file; entries that do not rise or
/// reach beyond `size_bytes` end the search.
pub(crate) fn position_in(index: &[u8], relative: u32, size_bytes: u64) -> u64 {
    let entries = index.len() / OFFSET_ENTRY_BYTES;
    let entry = |at: usize| {
        let at = at * OFFSET_ENTRY_BYTES;
        (u32_at(index, at), u64::from(u32_at(index, at + 4)))
    };
    let found = partition_point(entries, |at| entry(at).0 <= relative);
    let position = found.checked_sub(1).map_or(0, |at| entry(at).1);
    if position < size_bytes { position } else { 0 }
}

/// The relative offset to begin at for `timestamp`, from the bytes of a `.timeindex` file.
pub(crate) fn offset_before_in(times: &[u8], timestamp: i64) -> u32 {
    let entries = times.len() / TIME_ENTRY_BYTES;
    let found = partition_point(entries, |at| i64_at(times, at * TIME_ENTRY_BYTES) < timestamp);
    found.checked_sub(1).map_or(0, |at| u32_at(times, at * TIME_ENTRY_BYTES + 8))
}

/// The largest timestamp of a `.timeindex` file.
pub(crate) fn last_time_in(times: &[u8]) -> Option<i64> {
    let at = (times.len() / TIME_ENTRY_BYTES).checked_sub(1)?;
    Some(i64_at(times, at * TIME_ENTRY_BYTES))
}

fn partition_point(length: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn i64_at(bytes: &[u8], at: usize) -> i64 {
    i64::from(u32_at(bytes, at)) << 32 | i64::from(u32_at(bytes, at + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Indexes {
        let mut indexes = Indexes::default();
        for (position, offset, time) in [(0, 9, 100), (5000, 19, 90), (10_000, 29, 300), (10_100, 30, 310)] {
            indexes.add(position, offset, time, 4096);
        }
        indexes
    }

    #[test]
    fn files_and_memory_answer_alike() {
        let mut indexes = sample();
        let (offsets, times) = (indexes.encode_offsets(), indexes.encode_times());
        assert_eq!(offsets, [0, 0, 0, 19, 0, 0, 0x13, 0x88, 0, 0, 0, 29, 0, 0, 0x27, 0x10]);
        assert_eq!(times.len(), 3 * TIME_ENTRY_BYTES);
        assert_eq!(last_time_in(&times), Some(310));
        for relative in 0..40 {
            assert_eq!(position_in(&offsets, relative, 20_000), indexes.position(relative));
        }
        for time in 0..400 {
            assert_eq!(offset_before_in(&times, time), indexes.offset_before(time));
        }
        assert_eq!((indexes.position(18), indexes.position(19), indexes.position(99)), (0, 5000, 10_000));
        assert_eq!((indexes.offset_before(100), indexes.offset_before(101)), (0, 9));
    }

    #[test]
    fn odd_bytes_are_no_danger() {
        assert_eq!(position_in(&[0xff; 23], 5, 100), 0);
        assert_eq!(position_in(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff], 5, 100), 0, "beyond the segment");
        assert_eq!(offset_before_in(&[1; 11], 5), 0);
        assert_eq!(last_time_in(&[1; 11]), None);
    }
}
