//! A part that is read again: its footer, then its row groups one after another.
//!
//! Memory holds one row group as it lies in the file, and of its rows one batch.

use std::io::Read;
use std::ops::Range;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::{SchemaRef, TimeUnit};
use bytes::{Buf, Bytes};
use futures::executor::block_on;
use girok_index::PartIndex;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use super::write::cast_times;
use super::{INDEX_KEY, IndexLocation};
use crate::schema::with_time_in;
use crate::{PartStore, StoreError};

/// Rows of a batch, …
const BATCH_ROWS: usize = 8192;
/// … and about how many bytes of values at most.
const BATCH_BYTES: u64 = 8 << 20;
/// Bytes fetched at a time where nobody says how many are needed.
const READ_AHEAD: u64 = 1 << 20;

/// A part with its footer read.
#[derive(Debug)]
pub(crate) struct OpenPart {
    pub(crate) path: String,
    size: u64,
    parts: PartStore,
    footer: ArrowReaderMetadata,
}

impl OpenPart {
    /// Opens a file of `size` bytes.
    pub(crate) fn open(parts: &PartStore, path: &str, size: u64) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let file = Remote { parts: parts.clone(), path: path.clone(), size };
        let options = ArrowReaderOptions::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .with_encoding_stats_as_mask(false);
        let footer = ArrowReaderMetadata::load(&file, options).map_err(unreadable(&path))?;
        Ok(OpenPart { path, size, parts: parts.clone(), footer })
    }

    /// Its columns as they are read: the rest of the store knows times in nanoseconds.
    pub(crate) fn schema(&self) -> SchemaRef {
        with_time_in(TimeUnit::Nanosecond, self.footer.schema())
    }

    /// Its columns as they lie in the file.
    pub(crate) fn stored_schema(&self) -> &SchemaRef {
        self.footer.schema()
    }

    /// The value of a footer key.
    pub(crate) fn key(&self, key: &str) -> Option<&str> {
        let pairs = self.footer.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
    }

    /// Its index.
    pub(crate) fn index(&self) -> Result<PartIndex, StoreError> {
        let location = self.key(INDEX_KEY).and_then(IndexLocation::from_footer);
        let range = location.and_then(|at| Some(at.offset..at.offset.checked_add(at.length)?));
        let range = range.filter(|range| range.end <= self.size);
        let outside = || StoreError::damaged(&self.path, "its index lies outside of it");
        let bytes = block_on(self.parts.read_range(&self.path, range.ok_or_else(outside)?))?;
        PartIndex::decode(&bytes).map_err(|source| StoreError::Index { path: self.path.clone(), source })
    }

    pub(crate) fn groups(&self) -> &[RowGroupMetaData] {
        self.footer.metadata().row_groups()
    }

    /// Rows as the footer counts them.
    pub(crate) fn rows(&self) -> u64 {
        self.groups().iter().map(|group| group.num_rows().max(0) as u64).sum()
    }

    /// A row group as it lies in the file.
    pub(crate) fn fetch(&self, group: usize) -> Result<GroupBytes, StoreError> {
        let chunks = self.groups()[group]
            .columns()
            .iter()
            .map(parquet::file::metadata::ColumnChunkMetaData::byte_range);
        let range = chunks.map(|(start, length)| start..start.saturating_add(length));
        let range = range.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..0);
        let (path, size) = (&self.path, self.size);
        if range.start >= range.end || range.end > size {
            return Err(StoreError::damaged(path, "a row group lies outside of it"));
        }
        let bytes = block_on(self.parts.read_range(path, range.clone()))?;
        Ok(GroupBytes { start: range.start, bytes, size })
    }

    /// The rows of a row group that was fetched, batch by batch.
    pub(crate) fn read(&self, group: usize, bytes: GroupBytes) -> Result<Batches, StoreError> {
        self.read_some(group, bytes, None)
    }

    /// Some columns of them, in the order of the file.
    pub(crate) fn read_columns(
        &self,
        group: usize,
        bytes: GroupBytes,
        names: &[&str],
    ) -> Result<Batches, StoreError> {
        self.read_some(group, bytes, Some(names))
    }

    fn read_some(
        &self,
        group: usize,
        bytes: GroupBytes,
        names: Option<&[&str]>,
    ) -> Result<Batches, StoreError> {
        let of = &self.groups()[group];
        let row_bytes = (of.total_byte_size().max(0) as u64 / of.num_rows().max(1) as u64).max(1);
        let rows = usize::try_from(BATCH_BYTES / row_bytes).unwrap_or(BATCH_ROWS).clamp(1, BATCH_ROWS);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.footer.clone());
        let mask = match names {
            Some(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
            None => ProjectionMask::all(),
        };
        let built = builder.with_row_groups(vec![group]).with_projection(mask).with_batch_size(rows).build();
        let reader = built.map_err(unreadable(&self.path))?;
        let schema = with_time_in(TimeUnit::Nanosecond, &reader.schema());
        Ok(Batches { reader, schema, path: self.path.clone() })
    }

    /// What a writer has to know to take over a column chunk as it is.
    pub(crate) fn column_as_written(&self, group: usize, column: usize) -> ColumnCloseResult {
        let metadata = self.footer.metadata();
        let chunk = self.groups()[group].column(column).clone();
        let column_index = metadata.column_index().and_then(|all| all.get(group)?.get(column).cloned());
        let offset_index = metadata.offset_index().and_then(|all| all.get(group)?.get(column).cloned());
        ColumnCloseResult {
            bytes_written: chunk.compressed_size().max(0) as u64,
            rows_written: self.groups()[group].num_rows().max(0) as u64,
            metadata: chunk,
            bloom_filter: None,
            column_index,
            offset_index,
        }
    }
}

/// What Parquet says about a part becomes an error that names it.
pub(crate) fn unreadable(path: &str) -> impl Fn(ParquetError) -> StoreError {
    move |source| StoreError::Unreadable { path: path.to_owned(), source }
}

/// The rows of a row group, their times in nanoseconds.
pub(crate) struct Batches {
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    path: String,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.reader.next()?;
        let next = next.map_err(|source| unreadable(&self.path)(ParquetError::External(Box::new(source))));
        Some(next.and_then(|batch| cast_times(&batch, &self.schema)))
    }
}

/// The bytes of one row group, found where they are in the whole file.
#[derive(Debug, Clone)]
pub(crate) struct GroupBytes {
    start: u64,
    bytes: Bytes,
    size: u64,
}

impl GroupBytes {
    /// How many bytes.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn slice(&self, start: u64, length: Option<usize>) -> Result<Bytes, ParquetError> {
        let from = start.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        let range =
            from.and_then(|from| Some(from..length.map_or(Some(self.bytes.len()), |l| from.checked_add(l))?));
        let range = range.filter(|range| range.start <= range.end && range.end <= self.bytes.len());
        let outside = || ParquetError::General("a page lies outside of its row group".to_owned());
        Ok(self.bytes.slice(range.ok_or_else(outside)?))
    }
}

impl Length for GroupBytes {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for GroupBytes {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.slice(start, None)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.slice(start, Some(length))
    }
}

/// A file that is read in ranges.
#[derive(Debug, Clone)]
struct Remote {
    parts: PartStore,
    path: String,
    size: u64,
}

impl Remote {
    fn fetch(&self, range: Range<u64>) -> Result<Bytes, ParquetError> {
        block_on(self.parts.read_range(&self.path, range))
            .map_err(|error| ParquetError::External(Box::new(error)))
    }
}

impl Length for Remote {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Remote {
    type T = RemoteReader;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(RemoteReader { file: self.clone(), at: start, ahead: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.size);
        let end = end.ok_or_else(|| ParquetError::EOF("a range ends behind the file".to_owned()))?;
        self.fetch(start..end)
    }
}

/// [`Remote`] from one place on.
struct RemoteReader {
    file: Remote,
    at: u64,
    ahead: Bytes,
}

impl Read for RemoteReader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.ahead.is_empty() && self.at < self.file.size {
            let end = self.file.size.min(self.at + READ_AHEAD);
            self.ahead = self.file.fetch(self.at..end).map_err(std::io::Error::other)?;
            self.at = end;
        }
        let length = into.len().min(self.ahead.len());
        self.ahead.split_to(length).copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}
