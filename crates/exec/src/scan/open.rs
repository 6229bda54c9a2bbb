//! What is known of a part before its rows are read: its footer and its index, kept in memory for the next
//! question. Of the index the head is read at once, shapes and tokens when a question first wants them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use girok_event::{DatasetName, Timestamp};
use girok_index::{BLOCK_ROWS, BlockSet, IndexHead, PatternId, Shapes};
use girok_store::{IndexReader, Opened, PartId, PartMeta, PartStore, Patterns, StoreError};
use parking_lot::Mutex;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};
use tokio::sync::OnceCell;

use super::tokens::PartTokens;

/// One part in so many of the budget is for parts that nobody asked for yet.
const UNASKED_SHARE: u64 = 8;

/// A part ready to be asked.
#[derive(Debug)]
pub(crate) struct OpenPart {
    pub(crate) meta: Arc<PartMeta>,
    /// Its footer and columns; texts of which all values are listed are dictionaries.
    pub(crate) stored: ArrowReaderMetadata,
    pub(crate) index: IndexHead,
    reader: IndexReader,
    shapes: OnceCell<Option<PartShapes>>,
    tokens: OnceCell<Option<PartTokens>>,
    /// Bytes of the footer, and about as many for the head of the index.
    footer_bytes: u64,
    /// Where its row groups lie: each begins a new block.
    pub(crate) row_groups: Vec<RowGroup>,
    /// Blocks of the part.
    pub(crate) blocks: usize,
}

/// The shapes of a part, and their texts once more end to end.
#[derive(Debug)]
pub(crate) struct PartShapes {
    pub(crate) shapes: Shapes,
    pub(crate) texts: StringArray,
    bytes: u64,
}

/// What of an index has to be read before a question can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    Shapes,
    /// The head of the tokens.
    Tokens,
    /// Pages of the tokens.
    Pages(BTreeSet<usize>),
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

    /// The rows of one of its blocks, counted from its own first row.
    pub(crate) fn rows_of(&self, block: usize) -> Range<usize> {
        let first = (block - self.first_block) * BLOCK_ROWS;
        first..self.rows.min(first + BLOCK_ROWS)
    }
}

/// The parts that were asked lately.
#[derive(Debug)]
pub(crate) struct OpenParts {
    held: Mutex<Held>,
    /// Those that are being opened: who comes meanwhile waits, and does not read the same again.
    opening: Mutex<HashMap<PartId, Arc<OnceCell<Arc<OpenPart>>>>>,
    clock: AtomicU64,
    /// Bytes of footers and indexes that are kept at most.
    bytes_max: u64,
}

#[derive(Debug, Default)]
struct Held {
    parts: HashMap<PartId, Kept>,
    bytes: u64,
}

#[derive(Debug)]
struct Kept {
    part: Arc<OpenPart>,
    /// When it was asked for last.
    used: u64,
    /// Its bytes, as they were counted last.
    bytes: u64,
}

impl OpenParts {
    pub(crate) fn new(bytes_max: u64) -> Self {
        let (held, opening) = (Mutex::default(), Mutex::default());
        OpenParts { held, opening, clock: AtomicU64::new(0), bytes_max }
    }

    /// Those of `parts` of which no tokens are held.
    pub(crate) fn without_tokens(&self, parts: &[Arc<PartMeta>]) -> HashSet<PartId> {
        let held = self.held.lock();
        let has_tokens = |id: &PartId| held.parts.get(id).is_some_and(|kept| kept.part.tokens.initialized());
        parts.iter().map(|part| part.id).filter(|id| !has_tokens(id)).collect()
    }

    /// Opens a part with one read of its end, where the head of its index and the footer are.
    pub(crate) async fn open(
        &self,
        store: &PartStore,
        meta: &Arc<PartMeta>,
    ) -> Result<Arc<OpenPart>, StoreError> {
        let used = self.clock.fetch_add(1, Ordering::Relaxed);
        if let Some(kept) = self.held.lock().parts.get_mut(&meta.id) {
            kept.used = used;
            return Ok(Arc::clone(&kept.part));
        }
        let opening = Arc::clone(self.opening.lock().entry(meta.id).or_default());
        let opened = opening.get_or_try_init(async || read(store, meta).await.map(Arc::new)).await.cloned();
        self.opening.lock().remove(&meta.id);
        let part = opened?;
        self.held.lock().parts.entry(meta.id).or_insert_with(|| {
            let part = Arc::clone(&part);
            Kept { part, used, bytes: 0 }
        });
        self.count(std::slice::from_ref(&part));
        Ok(part)
    }

    /// Opens parts one after another until a part of the budget is used. One that cannot be opened is left to whoever
    /// asks it.
    pub(crate) async fn open_until_full(&self, store: &PartStore, parts: Vec<Arc<PartMeta>>) {
        let mut room = self.bytes_max / UNASKED_SHARE;
        for part in parts {
            if room == 0 {
                break;
            }
            match self.open(store, &part).await {
                Ok(opened) => room = room.saturating_sub(opened.size_bytes()),
                Err(error) => {
                    tracing::debug!(part = part.path, error = &error as &dyn std::error::Error, "not opened");
                }
            }
        }
    }

    /// Counts the bytes of parts anew, of whose indexes more may have been read.
    pub(crate) fn count(&self, parts: &[Arc<OpenPart>]) {
        let mut held = self.held.lock();
        let held = &mut *held;
        for part in parts {
            if let Some(kept) = held.parts.get_mut(&part.meta.id) {
                let bytes = kept.part.size_bytes();
                held.bytes = held.bytes - kept.bytes + bytes;
                kept.bytes = bytes;
            }
        }
        if held.bytes > self.bytes_max {
            held.forget_oldest(self.bytes_max / 4 * 3);
        }
    }
}

impl Held {
    /// Forgets what was not asked for longest, until no more than `bytes` are held.
    fn forget_oldest(&mut self, bytes: u64) {
        let mut by_age: Vec<(u64, PartId)> = self.parts.iter().map(|(id, kept)| (kept.used, *id)).collect();
        by_age.sort_unstable();
        for (_, id) in by_age {
            if self.bytes <= bytes {
                break;
            }
            if let Some(kept) = self.parts.remove(&id) {
                self.bytes -= kept.bytes;
            }
        }
    }
}

impl OpenPart {
    /// Reads what is wanted of the index, if it was not read yet.
    pub(crate) async fn read(&self, wanted: &Unread) -> Result<(), StoreError> {
        match wanted {
            Unread::Shapes => self.read_shapes().await.map(drop),
            Unread::Tokens => self.tokens.get_or_try_init(|| PartTokens::open(&self.reader)).await.map(drop),
            Unread::Pages(pages) => match self.tokens.get() {
                Some(Some(tokens)) => tokens.read(&self.reader, pages).await,
                _ => Ok(()),
            },
        }
    }

    /// Its shapes, if it has any, read if they were not read yet.
    pub(crate) async fn read_shapes(&self) -> Result<Option<&PartShapes>, StoreError> {
        let read = async || Ok(self.reader.shapes().await?.map(PartShapes::new));
        self.shapes.get_or_try_init(read).await.map(Option::as_ref)
    }

    /// Whether there are shapes, read or not.
    pub(crate) fn has_shapes(&self) -> bool {
        self.reader.has_shapes()
    }

    /// Its shapes, if it has any and they were read.
    pub(crate) fn shapes(&self) -> Result<Option<&PartShapes>, Unread> {
        match self.shapes.get() {
            Some(shapes) => Ok(shapes.as_ref()),
            None if self.reader.has_shapes() => Err(Unread::Shapes),
            None => Ok(None),
        }
    }

    /// The blocks that may hold the tokens with all of these hashes, if it has tokens.
    pub(crate) fn blocks_of(&self, hashes: &[u64]) -> Result<Option<BlockSet>, Unread> {
        match self.tokens.get() {
            Some(Some(tokens)) => tokens.blocks(hashes).map(Some).map_err(Unread::Pages),
            None if self.reader.has_tokens() => Err(Unread::Tokens),
            _ => Ok(None),
        }
    }

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

    fn size_bytes(&self) -> u64 {
        let shapes = self.shapes.get().and_then(Option::as_ref).map_or(0, |shapes| shapes.bytes);
        let tokens = self.tokens.get().and_then(Option::as_ref).map_or(0, PartTokens::size_bytes);
        self.footer_bytes + shapes + tokens as u64
    }
}

impl PartShapes {
    /// The pattern of each shape as text: as it is known now, else as it was when the part was written.
    pub(crate) fn patterns(&self, dataset: &DatasetName, known: &Patterns) -> Vec<Option<String>> {
        let text = |id: u64| {
            let now = known.text(dataset, PatternId(id));
            now.or_else(|| self.shapes.pattern(id).map(str::to_owned))
        };
        self.shapes.all.iter().map(|shape| text(shape.pattern)).collect()
    }

    fn new(shapes: Shapes) -> Self {
        let texts = StringArray::from_iter_values(shapes.all.iter().map(|shape| &shape.text));
        let bytes = (shapes.size_bytes() + texts.get_array_memory_size()) as u64;
        PartShapes { shapes, texts, bytes }
    }
}

async fn read(store: &PartStore, meta: &Arc<PartMeta>) -> Result<OpenPart, StoreError> {
    let Opened { tail, head, index } = store.open(meta).await?;
    let end = Tail { start: meta.size_bytes - tail.len() as u64, bytes: tail };
    let footer = ParquetMetaDataReader::new()
        .with_column_index_policy(PageIndexPolicy::Skip)
        .with_offset_index_policy(PageIndexPolicy::Optional)
        .parse_and_finish(&end)?;
    let (mut first_row, mut blocks) = (0, 0);
    let row_groups = footer.row_groups().iter().map(|group| {
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let found = RowGroup { rows, first_row, first_block: blocks };
        first_row += rows;
        blocks += rows.div_ceil(BLOCK_ROWS);
        found
    });
    let row_groups = row_groups.collect();
    let footer_bytes = footer.memory_size() as u64 * 2;
    let stored = with_dictionaries(Arc::new(footer), &head)?;
    Ok(OpenPart {
        meta: Arc::clone(meta),
        stored,
        index: head,
        reader: index,
        shapes: OnceCell::new(),
        tokens: OnceCell::new(),
        footer_bytes,
        row_groups,
        blocks,
    })
}

/// A footer and its columns, those texts as dictionaries of which the index lists all values.
fn with_dictionaries(footer: Arc<ParquetMetaData>, index: &IndexHead) -> ParquetResult<ArrowReaderMetadata> {
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
