//! Which transactions of a partition were aborted? A reader of committed records passes over theirs.
//!
//! They are kept in memory, and beside each segment that holds their ends in Kafka's `.txnindex` format,
//! rows of 34 bytes:
//!
//! | bytes | type | field |
//! |---|---|---|
//! | 0 | i16 | version = 0 |
//! | 2 | i64 | producer id |
//! | 10 | i64 | first offset |
//! | 18 | i64 | offset of the marker that ended it |
//! | 26 | i64 | last stable offset behind that marker |

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use crate::disk::{Disk, read_file};
use crate::error::{Result, failed};
use crate::names::{TXN_INDEX, segment_file};

const ROW_BYTES: usize = 34;
const FILE_BYTES_MAX: u64 = 64 << 20;

/// An aborted transaction, as far as it concerns one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Whose it was.
    pub producer_id: i64,
    /// Its first record.
    pub first_offset: i64,
    /// The marker that ended it.
    pub last_offset: i64,
    /// The last stable offset from then on.
    pub(crate) last_stable_offset: i64,
}

/// The aborted transactions, by the offset of the marker.
#[derive(Debug, Default)]
pub(super) struct Aborted(BTreeMap<i64, AbortedTransaction>);

impl Aborted {
    pub(super) fn add(&mut self, transaction: AbortedTransaction) {
        self.0.insert(transaction.last_offset, transaction);
    }

    /// Those that have records in `offsets`, by their first offset.
    pub(super) fn within(&self, offsets: Range<i64>) -> Vec<AbortedTransaction> {
        let ended_later = self.0.range(offsets.start..).map(|(_, transaction)| *transaction);
        let mut found: Vec<_> =
            ended_later.filter(|transaction| transaction.first_offset < offsets.end).collect();
        found.sort_unstable_by_key(|transaction| transaction.first_offset);
        found
    }

    /// Lets go of what ended before `offset`.
    pub(super) fn forget_before(&mut self, offset: i64) {
        self.0 = self.0.split_off(&offset);
    }

    /// Writes down those that ended in `offsets`, which are the segment's; none leave no file.
    pub(super) fn write(&self, disk: &dyn Disk, dir: &Path, offsets: Range<i64>) -> Result<()> {
        let path = segment_file(dir, offsets.start, TXN_INDEX);
        let rows: Vec<u8> = self.0.range(offsets).flat_map(|(_, transaction)| encode(transaction)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let file = disk.open(&path, true).map_err(failed("create", &path))?;
        let written = file.truncate(0).and_then(|()| file.write_at(&rows, 0)).and_then(|()| file.sync());
        written.map_err(failed("write", &path))
    }

    /// Takes in what is written down for the segment at `base`; whether it made sense. Markers beyond `end`
    /// are gone with the log's torn tail.
    pub(super) fn load(&mut self, disk: &dyn Disk, dir: &Path, base: i64, end: i64) -> Result<bool> {
        let path = segment_file(dir, base, TXN_INDEX);
        let rows = match read_file(disk, &path, FILE_BYTES_MAX) {
            Ok(rows) => rows,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let read: Option<Vec<_>> = rows.chunks(ROW_BYTES).map(|row| decode(row, base)).collect();
        let is_sound = read.is_some();
        let known = read.unwrap_or_default().into_iter().filter(|transaction| transaction.last_offset < end);
        known.for_each(|transaction| self.add(transaction));
        Ok(is_sound)
    }
}

fn encode(transaction: &AbortedTransaction) -> [u8; ROW_BYTES] {
    let mut row = [0; ROW_BYTES];
    row[2..10].copy_from_slice(&transaction.producer_id.to_be_bytes());
    row[10..18].copy_from_slice(&transaction.first_offset.to_be_bytes());
    row[18..26].copy_from_slice(&transaction.last_offset.to_be_bytes());
    row[26..34].copy_from_slice(&transaction.last_stable_offset.to_be_bytes());
    row
}

fn decode(row: &[u8], base: i64) -> Option<AbortedTransaction> {
    let number = |at: usize| Some(i64::from_be_bytes(*row.get(at..)?.first_chunk()?));
    let transaction = AbortedTransaction {
        producer_id: number(2)?,
        first_offset: number(10)?,
        last_offset: number(18)?,
        last_stable_offset: number(26)?,
    };
    let makes_sense = row[..2] == [0, 0]
        && transaction.producer_id >= 0
        && transaction.first_offset >= 0
        && transaction.last_offset > transaction.first_offset
        && transaction.last_offset >= base;
    makes_sense.then_some(transaction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::FaultyDisk;

    fn transaction(producer_id: i64, first_offset: i64, last_offset: i64) -> AbortedTransaction {
        AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset: last_offset + 1 }
    }

    #[test]
    fn those_that_reach_into_a_range_are_found() {
        let mut aborted = Aborted::default();
        let all = [transaction(1, 10, 20), transaction(2, 5, 30), transaction(1, 40, 41)];
        all.into_iter().for_each(|transaction| aborted.add(transaction));
        assert_eq!(aborted.within(0..5), []);
        assert_eq!(aborted.within(20..21), [all[1], all[0]]);
        assert_eq!(aborted.within(21..100), [all[1], all[2]]);
        aborted.forget_before(31);
        assert_eq!(aborted.within(0..100), [all[2]]);
    }

    #[test]
    fn the_index_is_read_back_and_nonsense_is_told() {
        let (disk, dir) = (FaultyDisk::new(1), Path::new("d"));
        disk.create_dir(dir).unwrap();
        let mut aborted = Aborted::default();
        aborted.add(transaction(1, 10, 20));
        aborted.add(transaction(2, 5, 30));
        aborted.write(&disk, dir, 0..40).unwrap();
        let read = |end| {
            let mut read = Aborted::default();
            (read.load(&disk, dir, 0, end).unwrap(), read.0.len())
        };
        assert_eq!((read(40), read(30)), ((true, 2), (true, 1)));
        let file = disk.open(&segment_file(dir, 0, TXN_INDEX), false).unwrap();
        file.write_at(&[0xff], 36).unwrap();
        assert_eq!(read(40), (false, 0), "a negative producer id");
        file.truncate(40).unwrap();
        assert_eq!(read(40), (false, 0), "half a row");
    }
}
