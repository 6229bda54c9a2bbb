//! What is known of a part before its rows are read: its footer and its index, kept in memory for the next
//! question.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use arrow::array::StringArray;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use girok_event::Timestamp;
use girok_index::{BLOCK_ROWS, PartIndex, PatternId, Shapes};
use girok_store::{PartId, PartMeta, PartStore, Patterns, StoreError};
use parking_lot::Mutex;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

/// A part ready to be asked.
#[derive(Debug)]
pub(crate) struct OpenPart {
    pub(crate) meta: Arc<PartMeta>,
    /// Its footer and columns; texts of which all values are listed are dictionaries.
    pub(crate) stored: ArrowReaderMetadata,
    pub(crate) index: PartIndex,
    /// Where its row groups lie: each begins a new block.
    pub(crate) row_groups: Vec<RowGroup>,
    /// Blocks of the part.
    pub(crate) blocks: usize,
    /// The texts of its shapes end to end, once they were asked for.
    shape_texts: OnceLock<StringArray>,
}

/// Where a row group lies among the rows and blocks of its part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowGroup {
    pub(crate) rows: usize,
    pub(crate) first_row: usize,
    pub(crate) first_block: usize,
}

impl RowGroup {
    /// Its blocks.
    pub(crate) fn blocks(&self) -> Range<usize> {
        self.first_block..self.first_block + self.rows.div_ceil(BLOCK_ROWS)
    }
}

/// The parts that were asked lately.
#[derive(Debug)]
pub(crate) struct OpenParts {
    held: Mutex<Held>,
    clock: AtomicU64,
    /// Bytes of footers and indexes that are kept at most.
    bytes_max: u64,
}

#[derive(Debug, Default)]
struct Held {
    parts: HashMap<PartId, (Arc<OpenPart>, u64)>,
    bytes: u64,
}

impl OpenParts {
    pub(crate) fn new(bytes_max: u64) -> Self {
        OpenParts { held: Mutex::default(), clock: AtomicU64::new(0), bytes_max }
    }

    /// Those of `parts` that are not held.
    pub(crate) fn not_held(&self, parts: &[Arc<PartMeta>]) -> HashSet<PartId> {
        let held = self.held.lock();
        parts.iter().map(|part| part.id).filter(|id| !held.parts.contains_key(id)).collect()
    }

    /// Opens a part with one read of its end, where index and footer lie side by side.
    pub(crate) async fn open(
        &self,
        store: &PartStore,
        meta: &Arc<PartMeta>,
    ) -> Result<Arc<OpenPart>, StoreError> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        if let Some((part, used)) = self.held.lock().parts.get_mut(&meta.id) {
            *used = now;
            return Ok(Arc::clone(part));
        }
        let part = Arc::new(read(store, meta).await?);
        self.hold(&part, now);
        Ok(part)
    }

    fn hold(&self, part: &Arc<OpenPart>, now: u64) {
        let mut held = self.held.lock();
        let size = part.size_bytes();
        held.bytes += size;
        if let Some((before, _)) = held.parts.insert(part.meta.id, (Arc::clone(part), now)) {
            held.bytes -= before.size_bytes();
        }
        if held.bytes > self.bytes_max {
            held.forget_oldest(self.bytes_max / 4 * 3);
        }
    }
}

impl Held {
    /// Forgets what was not asked for longest, until no more than `bytes` are held.
    fn forget_oldest(&mut self, bytes: u64) {
        let mut by_age: Vec<(u64, PartId)> = self.parts.iter().map(|(id, (_, used))| (*used, *id)).collect();
        by_age.sort_unstable();
        for (_, id) in by_age {
            if self.bytes <= bytes {
                break;
            }
            if let Some((part, _)) = self.parts.remove(&id) {
                self.bytes -= part.size_bytes();
            }
        }
    }
}

impl OpenPart {
    /// Whether it has a column of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.stored.schema().field_with_name(name).is_ok()
    }

    /// Whether a column takes few bytes a row; so does one that the part does not have.
    pub(crate) fn is_narrow(&self, name: &str) -> bool {
        let field = self.stored.schema().field_with_name(name);
        !field.is_ok_and(|field| matches!(field.data_type(), DataType::Utf8 | DataType::Map(..)))
    }

    /// The time of the last event of a block, or one that is no earlier.
    pub(crate) fn latest(&self, block: usize) -> Timestamp {
        let times = self.index.times.as_ref().and_then(|times| times.get(block));
        times.map_or(self.meta.time_max, |(_, max)| *max)
    }

    /// The texts of its shapes, by number.
    pub(crate) fn shape_texts(&self) -> &StringArray {
        self.shape_texts.get_or_init(|| {
            let shapes = self.index.shapes.as_ref().map_or(&[][..], |shapes| &shapes.all);
            StringArray::from_iter_values(shapes.iter().map(|shape| &shape.text))
        })
    }

    /// The pattern of each shape as text: as it is known now, else as it was when the part was written.
    pub(crate) fn patterns(&self, known: &Patterns) -> Vec<Option<String>> {
        let Some(shapes) = &self.index.shapes else { return Vec::new() };
        let text = |id: u64| {
            let now = known.text(&self.meta.dataset, PatternId(id));
            now.or_else(|| shapes.pattern(id).map(str::to_owned))
        };
        shapes.all.iter().map(|shape| text(shape.pattern)).collect()
    }

    fn size_bytes(&self) -> u64 {
        // Their texts are there twice.
        let shapes = self.index.shapes.as_ref().map_or(0, Shapes::size_bytes) * 2;
        self.meta.index.length + self.stored.metadata().memory_size() as u64 + shapes as u64
    }
}

async fn read(store: &PartStore, meta: &Arc<PartMeta>) -> Result<OpenPart, StoreError> {
    let start = meta.index.offset.min(meta.size_bytes);
    let tail = Tail { start, bytes: store.read_range(&meta.path, start..meta.size_bytes).await? };
    let index = meta.decode_index(&tail.bytes)?;
    let footer = ParquetMetaDataReader::new()
        .with_column_index_policy(PageIndexPolicy::Skip)
        .with_offset_index_policy(PageIndexPolicy::Optional)
        .parse_and_finish(&tail)?;
    let (mut first_row, mut blocks) = (0, 0);
    let row_groups = footer.row_groups().iter().map(|group| {
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let found = RowGroup { rows, first_row, first_block: blocks };
        first_row += rows;
        blocks += rows.div_ceil(BLOCK_ROWS);
        found
    });
    let row_groups = row_groups.collect();
    let stored = with_dictionaries(Arc::new(footer), &index)?;
    let (meta, shape_texts) = (Arc::clone(meta), OnceLock::new());
    Ok(OpenPart { meta, stored, index, row_groups, blocks, shape_texts })
}

/// A footer and its columns, those texts as dictionaries of which the index lists all values.
fn with_dictionaries(footer: Arc<ParquetMetaData>, index: &PartIndex) -> ParquetResult<ArrowReaderMetadata> {
    let plain = ArrowReaderMetadata::try_new(Arc::clone(&footer), ArrowReaderOptions::new())?;
    let listed = |field: &Field| match field.data_type() {
        DataType::Utf8 => Some(index.column(field.name())?.values.as_ref()?.len()),
        _ => None,
    };
    let fields = plain.schema().fields().iter().map(|field| {
        let Some(values) = listed(field) else { return Arc::clone(field) };
        let key = if i8::try_from(values).is_ok() { DataType::Int8 } else { DataType::Int16 };
        let dictionary = DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
        Arc::new(Field::clone(field).with_data_type(dictionary))
    });
    let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), plain.schema().metadata().clone());
    ArrowReaderMetadata::try_new(footer, ArrowReaderOptions::new().with_schema(Arc::new(schema)))
}

/// The end of a file.
struct Tail {
    start: u64,
    bytes: Bytes,
}

impl Tail {
    fn slice(&self, from: u64, length: usize) -> ParquetResult<Bytes> {
        let begin = from.checked_sub(self.start).and_then(|begin| usize::try_from(begin).ok());
        let range = begin.and_then(|begin| Some(begin..begin.checked_add(length)?));
        let range = range.filter(|range| range.end <= self.bytes.len());
        let range = range
            .ok_or_else(|| ParquetError::EOF("the footer names bytes outside of the file's end".into()))?;
        Ok(self.bytes.slice(range))
    }
}

impl Length for Tail {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Tail {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        let length = self.len().saturating_sub(start) as usize;
        Ok(bytes::Buf::reader(self.slice(start, length)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.slice(start, length)
    }
}
