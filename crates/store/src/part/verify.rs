//! Is a file a whole and consistent part? Everything in it is read.

use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, TimestampNanosecondType};
use futures::executor::block_on;
use girok_event::{Timestamp, columns};
use girok_index::PartIndex;
use serde::Deserialize;

use super::open::OpenPart;
use super::{INDEX_KEY, IndexLocation, PART_KEY};
use crate::{Covers, PartStore, StoreError};

/// Bytes read at a time where only their checksums are of interest.
const STRIDE_BYTES: u64 = 8 << 20;

/// A part as a file, without a catalog that knows it.
#[derive(Debug)]
pub struct PartFile {
    pub(super) parts: PartStore,
    pub(super) name: String,
    pub(super) size: u64,
}

/// What the footer key [`PART_KEY`] says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct PartFooter {
    pub(super) version: u32,
    pub(super) dataset: String,
    pub(super) partition: u32,
    pub(super) covers_from: i64,
    pub(super) covers_until: i64,
    pub(super) first_offset: i64,
    pub(super) last_offset: i64,
    #[serde(default)]
    pub(super) created_by: String,
}

/// A part in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Rows that were read.
    pub rows: u64,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Whether the file carries checksums of its own; one of the first version does not.
    pub has_checksums: bool,
}

impl PartFile {
    /// A file on the local disk.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fail = |source| StoreError::File { action: "open", path: path.display().to_string(), source };
        let whole = path.canonicalize().map_err(fail)?;
        let size = whole.metadata().map_err(fail)?.len();
        let not_a_file = || fail(std::io::Error::other("it is no file"));
        let folder = whole.parent().filter(|_| whole.is_file()).ok_or_else(not_a_file)?;
        let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(PartFile { parts: PartStore::local(folder)?, name, size })
    }

    /// Reads every byte, every page and every value, and compares what they say about each other.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        let mut at = 0;
        while at < self.size {
            let end = self.size.min(at + STRIDE_BYTES);
            block_on(self.parts.read_range(&self.name, at..end))?;
            at = end;
        }
        if self.size == 0 {
            return Err(self.damaged("it is empty"));
        }
        let part = OpenPart::open(&self.parts, &self.name, self.size)?;
        let footer = self.footer(&part)?;
        let (_, index) = self.index(&part)?;
        let mut seen = Seen::new(&footer);
        for group in 0..part.groups().len() {
            let bytes = part.fetch(group)?;
            for batch in part.read(group, bytes)? {
                seen.add(&batch?).map_err(|what| self.damaged(what))?;
            }
        }
        seen.compare(&footer, &part, &index).map_err(|what| self.damaged(what))?;
        Ok(Verified { rows: seen.rows, size_bytes: self.size, has_checksums: footer.version >= 2 })
    }

    /// What the part says it covers.
    pub(super) fn footer(&self, part: &OpenPart) -> Result<PartFooter, StoreError> {
        let value = part.key(PART_KEY).ok_or_else(|| self.damaged("it is Parquet, but no part of girok"))?;
        let footer: PartFooter = serde_json::from_str(value)
            .map_err(|_| self.damaged(format!("`{PART_KEY}` in its footer cannot be read")))?;
        let covers = Covers { from: footer.covers_from, until: footer.covers_until };
        let is_consistent = covers.from <= footer.first_offset
            && footer.first_offset <= footer.last_offset
            && footer.last_offset < covers.until;
        if is_consistent {
            Ok(footer)
        } else {
            Err(self.damaged("its offsets lie outside of what it covers"))
        }
    }

    /// Where the index is, and what it says.
    pub(super) fn index(&self, part: &OpenPart) -> Result<(IndexLocation, PartIndex), StoreError> {
        let location = part.key(INDEX_KEY).and_then(IndexLocation::from_footer);
        let location =
            location.ok_or_else(|| self.damaged(format!("`{INDEX_KEY}` in its footer cannot be read")))?;
        let bytes = self.index_bytes(location)?;
        let index = PartIndex::decode(&bytes);
        let index = index.map_err(|source| StoreError::Index { path: self.name.clone(), source })?;
        Ok((location, index))
    }

    pub(super) fn index_bytes(&self, location: IndexLocation) -> Result<bytes::Bytes, StoreError> {
        let end = location.offset.checked_add(location.length).filter(|end| *end <= self.size);
        let end = end.ok_or_else(|| self.damaged("its index lies outside of it"))?;
        let bytes = block_on(self.parts.read_range(&self.name, location.offset..end))?;
        location.check(&bytes).map_err(|source| StoreError::Index { path: self.name.clone(), source })?;
        Ok(bytes)
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::damaged(&self.name, what)
    }
}

/// What the rows say.
struct Seen {
    partition: u32,
    rows: u64,
    first: Option<i64>,
    last: i64,
    times: (i64, i64),
}

impl Seen {
    fn new(footer: &PartFooter) -> Self {
        let partition = footer.partition;
        Seen { partition, rows: 0, first: None, last: i64::MIN, times: (i64::MAX, i64::MIN) }
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), &'static str> {
        let column = |name: &str| batch.column_by_name(name).filter(|array| array.null_count() == 0);
        let offsets = column(columns::OFFSET).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let partitions = column(columns::PARTITION).and_then(|array| array.as_primitive_opt::<Int32Type>());
        let times =
            column(columns::TIME).and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>());
        let (Some(offsets), Some(partitions), Some(times)) = (offsets, partitions, times) else {
            return Err("`_offset`, `_partition` or `_time` is missing in some row");
        };
        for offset in offsets.values() {
            if self.first.is_some() && *offset <= self.last {
                return Err("its offsets do not rise");
            }
            self.first.get_or_insert(*offset);
            self.last = *offset;
        }
        if partitions.values().iter().any(|partition| u32::try_from(*partition) != Ok(self.partition)) {
            return Err("a row is of another partition");
        }
        for time in times.values() {
            self.times = (self.times.0.min(*time), self.times.1.max(*time));
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn compare(&self, footer: &PartFooter, part: &OpenPart, index: &PartIndex) -> Result<(), &'static str> {
        if self.first != Some(footer.first_offset) || self.last != footer.last_offset {
            return Err("its first or last offset is not the one in its footer");
        }
        if self.rows != part.rows() {
            return Err("its footer counts other rows than there are");
        }
        let times = (Timestamp(self.times.0), Timestamp(self.times.1));
        match &index.head.summary {
            Some(summary) if summary.rows != self.rows => Err("its index counts other rows than there are"),
            Some(summary) if (summary.time_min, summary.time_max) != times => {
                Err("its index names other times than there are")
            }
            _ => Ok(()),
        }
    }
}
