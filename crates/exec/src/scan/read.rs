//! Reads what is left of a part: the row groups and blocks that may match, only the columns that are asked.
//!
//! Narrow columns, those of few bytes a row, are decoded as they lie and kept for the next question ([`HotColumns`]):
//! to skip single rows of them would cost more. What they answer is asked first. Wide columns, texts of many values,
//! are read one question after the other, each only of the rows that are left; those that are only wanted in the
//! answer come last. Where single rows are wanted, the blocks they lie in are kept as well.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, Int64Array, StringArray, new_null_array,
};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, stream};
use girok_event::columns;
use girok_index::{BLOCK_ROWS, BlockSet};
use girok_store::{PartStore, Patterns};
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection, RowSelector};
use parquet::arrow::async_reader::{
    AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder,
};
use parquet::arrow::{ProjectionMask, RowNumber};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::schema::types::SchemaDescriptor;
use tokio::sync::OnceCell;

use super::decider::DecidedCounts;
use super::from_outside;
use super::hot::{HotColumns, Kept};
use super::node::Node;
use super::open::{OpenPart, RowGroup};
use super::predicate::Predicate;
use crate::table::DATASET;

/// Rows of a batch.
const BATCH_ROWS: usize = BLOCK_ROWS;

/// About so many decoded bytes of a part are looked at in one go.
const WINDOW_BYTES: usize = 32 << 20;

/// Units that are begun at a time, the one that is looked at among them.
const UNITS_AHEAD: usize = 2;

/// Blocks that are unpacked side by side for single rows.
const BLOCKS_AHEAD: usize = 8;

/// What the scans of one query have done so far.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) rows: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) reads: AtomicU64,
    pub(crate) parts_pruned: AtomicU64,
    pub(crate) parts_counted: AtomicU64,
    pub(crate) blocks: AtomicU64,
    pub(crate) blocks_pruned: AtomicU64,
    pub(crate) decided: DecidedCounts,
}

impl Work {
    /// Notes some reads of so many bytes together.
    pub(crate) fn note_reads(&self, bytes: u64, reads: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.reads.fetch_add(reads, Ordering::Relaxed);
    }
}

/// The number of a row in its part: a column that no part has, and that any scan can ask for.
pub(crate) const ROW: &str = "_row";

/// What is read of one part: a question to one of its row groups.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) part: Arc<OpenPart>,
    pub(crate) row_group: usize,
    pub(crate) rows: Rows,
    pub(crate) predicates: Arc<[Predicate]>,
    /// The rows that match, where that is known without reading and no column is wanted.
    pub(crate) counted: Option<usize>,
    /// All that is sought in wide columns fits into memory.
    pub(crate) may_keep: bool,
}

/// Which rows of a part.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// All of these blocks.
    OfBlocks(Arc<BlockSet>),
    /// These, by number in ascending order.
    Numbered(Arc<[u64]>),
}

impl Unit {
    /// At most so many rows are looked at.
    pub(crate) fn rows_max(&self) -> usize {
        match &self.rows {
            Rows::OfBlocks(blocks) => {
                let asked = self.group().blocks().filter(|block| blocks.contains(*block)).count();
                (asked * BLOCK_ROWS).min(self.group().rows)
            }
            Rows::Numbered(rows) => rows.len(),
        }
    }

    /// About the bytes of the wide columns in which something is sought.
    pub(crate) fn sought_bytes(&self) -> usize {
        let names = self.predicates.iter().flat_map(Predicate::columns).map(String::as_str);
        let names: BTreeSet<&str> = names.filter(|name| !self.part.is_narrow(name)).collect();
        let is_sought = |name: &str| names.contains(name);
        let chunks = self.part.stored.metadata().row_group(self.row_group).columns().iter();
        let sought =
            chunks.filter(|chunk| chunk.column_path().parts().first().is_some_and(|name| is_sought(name)));
        let bytes: i64 = sought.map(ColumnChunkMetaData::uncompressed_size).sum();
        let share =
            self.rows_max() as u64 * u64::try_from(bytes).unwrap_or(0) / (self.group().rows as u64).max(1);
        usize::try_from(share).unwrap_or(usize::MAX)
    }

    fn group(&self) -> RowGroup {
        self.part.row_groups[self.row_group]
    }

    /// The rows of the row group that are looked at, in steps of at most so many blocks.
    fn windows(&self, blocks_max: usize) -> Vec<RowSelection> {
        let group = self.group();
        match &self.rows {
            Rows::OfBlocks(blocks) => {
                let asked: Vec<usize> = group.blocks().filter(|block| blocks.contains(*block)).collect();
                let of_blocks = |some: &[usize]| {
                    let selectors = group.blocks().enumerate().map(|(at, block)| {
                        let rows = (group.rows - at * BLOCK_ROWS).min(BLOCK_ROWS);
                        match some.contains(&block) {
                            true => RowSelector::select(rows),
                            false => RowSelector::skip(rows),
                        }
                    });
                    selectors.collect()
                };
                asked.chunks(blocks_max).map(of_blocks).collect()
            }
            Rows::Numbered(rows) => {
                let ranges = rows.chunk_by(|a, b| a + 1 == *b).map(|run| {
                    let from = run[0] as usize - group.first_row;
                    from..from + run.len()
                });
                vec![RowSelection::from_consecutive_ranges(ranges, group.rows)]
            }
        }
    }

    /// So many blocks are about [`WINDOW_BYTES`].
    fn window_blocks(&self) -> usize {
        let group = self.part.stored.metadata().row_group(self.row_group);
        let bytes = usize::try_from(group.total_byte_size()).unwrap_or(usize::MAX);
        let of_block = bytes / self.group().blocks().len().max(1);
        (WINDOW_BYTES / of_block.max(1)).max(1)
    }
}

/// Where the rows come from, and who counts them.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) store: PartStore,
    pub(crate) hot: Arc<HotColumns>,
    pub(crate) patterns: Arc<Patterns>,
    pub(crate) work: Arc<Work>,
}

/// The rows that match `node`, if the index says so exactly.
pub(crate) fn counted(part: &OpenPart, node: &Node) -> Option<usize> {
    let rows = match node {
        Node::True => part.meta.rows,
        Node::False => 0,
        Node::Shape { numbers, shapeless: false } => {
            let known = part.shapes().ok().flatten()?;
            known
                .shapes
                .all
                .iter()
                .zip(numbers.iter())
                .filter(|(_, is_in)| **is_in)
                .map(|(shape, _)| shape.rows)
                .sum()
        }
        Node::Values { column, values, missing } => {
            let known = part.index.column(column)?;
            let of_values: u64 = known
                .values
                .as_ref()?
                .iter()
                .filter(|(value, _)| values.contains(value))
                .map(|(_, rows)| u64::from(*rows))
                .sum();
            of_values + if *missing { part.meta.rows - known.present } else { 0 }
        }
        Node::Not(inner) => part.meta.rows - counted(part, inner)? as u64,
        Node::Shape { .. } | Node::And(_) | Node::Or(_) | Node::Expr(_) => return None,
    };
    usize::try_from(rows).ok()
}

/// The batches of units, one after the other; while one is looked at, the next is being read.
pub(crate) fn read_all(
    units: Vec<Unit>,
    source: Source,
    schema: SchemaRef,
) -> impl Stream<Item = Result<RecordBatch>> {
    let begun = stream::iter(units).map(move |unit| {
        let batches = read(unit, source.clone(), Arc::clone(&schema));
        SpawnedTask::spawn(batches.boxed().into_future())
    });
    let begun = begun.buffered(UNITS_AHEAD).map(|begun| match begun {
        Ok((first, rest)) => stream::iter(first).chain(rest).boxed(),
        Err(error) => stream::iter([Err(from_outside(error))]).boxed(),
    });
    begun.flatten()
}

/// The batches of `unit` with the columns of `schema`.
pub(crate) fn read(unit: Unit, source: Source, schema: SchemaRef) -> impl Stream<Item = Result<RecordBatch>> {
    if let Some(rows) = unit.counted {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema, Vec::new(), &options);
        return stream::iter([batch.map_err(DataFusionError::from)]).boxed();
    }
    let reading = Arc::new(Reading::new(unit, source, schema));
    let blocks_max = if reading.is_narrow() { usize::MAX } else { reading.unit.window_blocks() };
    let windows = stream::iter(reading.unit.windows(blocks_max));
    let batches = windows.then(move |window| Arc::clone(&reading).window(window)).try_flatten();
    batches.try_filter(|batch| std::future::ready(batch.num_rows() > 0)).boxed()
}

type Batches = BoxStream<'static, Result<RecordBatch>>;

/// One unit as it is read.
struct Reading {
    unit: Unit,
    source: Source,
    /// What is wanted.
    schema: SchemaRef,
    /// Its columns as the part has them.
    wanted: BTreeSet<String>,
    /// The questions that narrow columns answer, …
    narrow: Vec<Predicate>,
    /// … and those columns, with the narrow ones that are wanted.
    narrow_columns: BTreeSet<String>,
    /// The other questions.
    wide: Vec<Predicate>,
    /// The pattern of each shape, if patterns are wanted.
    patterns: OnceCell<Vec<Option<String>>>,
    /// Few rows are asked, for the first time: nothing is worth keeping yet.
    is_first: bool,
    /// The wide columns in which something is sought are kept, block by block.
    keeps_wide: bool,
    /// The narrow columns of the row group: they may be forgotten elsewhere before the last window.
    narrow_held: OnceCell<BTreeMap<String, ArrayRef>>,
}

impl Reading {
    fn new(unit: Unit, source: Source, schema: SchemaRef) -> Self {
        let stored = |name: &str| if name == columns::PATTERN { columns::SHAPE } else { name }.to_owned();
        let wanted: BTreeSet<String> = schema.fields().iter().map(|field| stored(field.name())).collect();
        let is_narrow = |name: &String| unit.part.is_narrow(name);
        let (narrow, wide): (Vec<_>, Vec<_>) =
            unit.predicates.iter().cloned().partition(|predicate| predicate.columns().iter().all(is_narrow));
        let asked = narrow.iter().flat_map(Predicate::columns);
        let narrow_columns = wanted.iter().filter(|name| is_narrow(name)).chain(asked).cloned().collect();
        let is_few = unit.rows_max() * 2 < unit.group().rows;
        let group = (unit.part.meta.id, unit.row_group);
        let is_first = is_few && source.hot.touched.is_new(group);
        let keeps_wide = unit.may_keep && !wide.is_empty() && !source.hot.searched.is_new(group);
        let narrow_held = OnceCell::new();
        Reading {
            unit,
            source,
            schema,
            wanted,
            narrow,
            narrow_columns,
            wide,
            patterns: OnceCell::new(),
            is_first,
            keeps_wide,
            narrow_held,
        }
    }

    /// The rows of `selection` that match.
    async fn window(self: Arc<Self>, selection: RowSelection) -> Result<Batches> {
        let rows = selection.row_count() as u64;
        self.source.work.rows.fetch_add(rows, Ordering::Relaxed);
        if self.schema.field_with_name(columns::PATTERN).is_ok() {
            self.patterns.get_or_try_init(|| self.read_patterns()).await?;
        }
        let mut left = Survivors { rows: selection, batch: None };
        if self.is_narrow() {
            let batch = self.narrow_batch(&left.rows).await?;
            let batch = match answers(&self.narrow, &batch)? {
                Some(answers) => filter_record_batch(&batch, &answers)?,
                None => batch,
            };
            return Ok(self.slices(batch));
        }
        if !self.narrow.is_empty() || self.is_few() {
            left.batch = Some(self.narrow_batch(&left.rows).await?);
            left.ask(&self.narrow)?;
        }
        for question in &self.wide {
            self.read_more(&mut left, question.columns()).await?;
            left.ask(std::slice::from_ref(question))?;
        }
        self.rest(left)
    }

    async fn read_patterns(&self) -> Result<Vec<Option<String>>> {
        let part = &self.unit.part;
        let shapes = part.read_shapes().await.map_err(from_outside)?;
        Ok(shapes.map_or(Vec::new(), |shapes| shapes.patterns(&part.meta.dataset, &self.source.patterns)))
    }

    /// Whether narrow columns are all that is read.
    fn is_narrow(&self) -> bool {
        self.wide.is_empty() && self.wanted.is_subset(&self.narrow_columns)
    }

    /// Whether single rows are read, for which memory is better than any page.
    fn is_few(&self) -> bool {
        matches!(self.unit.rows, Rows::Numbered(_))
    }

    /// The narrow columns of some rows.
    async fn narrow_batch(&self, rows: &RowSelection) -> Result<RecordBatch> {
        let (part, names) = (&self.unit.part, &self.narrow_columns);
        let stored: BTreeSet<String> = names.iter().filter(|name| part.has(name)).cloned().collect();
        let (kept, number) = (&self.source.hot.narrow, self.unit.row_group);
        if self.is_first && kept.get((part.meta.id, number), &stored).len() < stored.len() {
            let batches = self.stream(names, rows.clone(), BATCH_ROWS)?.try_collect::<Vec<_>>().await?;
            return together(&batches, rows.row_count());
        }
        let total = self.unit.group().rows;
        let columns = self.narrow_held.get_or_try_init(|| self.kept(kept, number, &stored, 0..total)).await?;
        let batch = some_of(columns, total, rows)?;
        match names.contains(ROW) {
            true => beside(&batch, &RecordBatch::try_from_iter([(ROW, self.row_numbers(rows))])?),
            false => Ok(batch),
        }
    }

    /// All of these columns of a row group or block of this number, which is these rows of the row group.
    async fn kept(
        &self,
        kept: &Kept,
        number: usize,
        names: &BTreeSet<String>,
        rows: Range<usize>,
    ) -> Result<BTreeMap<String, ArrayRef>> {
        let piece = (self.unit.part.meta.id, number);
        let mut columns = kept.get(piece, names);
        let cold: BTreeSet<String> =
            names.iter().filter(|name| !columns.contains_key(*name)).cloned().collect();
        if !cold.is_empty() {
            let whole =
                RowSelection::from_consecutive_ranges(std::iter::once(rows.clone()), self.unit.group().rows);
            let batches = self.stream(&cold, whole, rows.len())?.try_collect::<Vec<_>>().await?;
            let read = together(&batches, rows.len())?;
            kept.hold(piece, &read);
            columns.extend(columns_of(&read));
        }
        Ok(columns)
    }

    /// These columns of single rows, out of blocks that are kept.
    fn blocks(self: &Arc<Self>, names: BTreeSet<String>, rows: RowSelection) -> Batches {
        let (reading, names) = (Arc::clone(self), Arc::new(names));
        let reads = by_block(self.unit.group(), rows).map(move |(block, rows)| {
            let (reading, names) = (Arc::clone(&reading), Arc::clone(&names));
            SpawnedTask::spawn(async move { reading.block(block, &names, &rows).await })
        });
        let batches = stream::iter(reads).buffered(BLOCKS_AHEAD);
        batches.map(|read| read.map_err(from_outside)?).boxed()
    }

    /// These columns of some rows, out of blocks that are kept. Those that are not are read together.
    async fn kept_blocks(&self, names: &BTreeSet<String>, rows: RowSelection) -> Result<Vec<RecordBatch>> {
        let (group, id) = (self.unit.group(), self.unit.part.meta.id);
        let blocks: Vec<(usize, RowSelection)> = by_block(group, rows).collect();
        let kept = &self.source.hot.wide;
        let mut held: Vec<_> = blocks.iter().map(|(block, _)| kept.get((id, *block), names)).collect();
        let is_cold = |at: &usize| held[*at].len() < names.len();
        let cold: Vec<usize> = (0..blocks.len()).filter(is_cold).collect();
        let rows_of = |at: usize| group.rows_of(blocks[at].0);
        let wanted = cold.iter().map(|at| rows_of(*at));
        let wanted = RowSelection::from_consecutive_ranges(wanted, group.rows);
        if wanted.selects_any() {
            // A batch is a block: only whole blocks are read, and only the last of a row group is shorter.
            let read = self.stream(names, wanted, BLOCK_ROWS)?.try_collect::<Vec<_>>().await?;
            for (at, batch) in cold.into_iter().zip(read) {
                kept.hold((id, blocks[at].0), &batch);
                held[at] = columns_of(&batch);
            }
        }
        let some = blocks
            .iter()
            .zip(held)
            .map(|((block, rows), columns)| some_of(&columns, group.rows_of(*block).len(), rows));
        some.collect()
    }

    /// These columns of some rows of a block, which is kept.
    async fn block(
        &self,
        block: usize,
        names: &BTreeSet<String>,
        rows: &RowSelection,
    ) -> Result<RecordBatch> {
        let own = self.unit.group().rows_of(block);
        let columns = self.kept(&self.source.hot.wide, block, names, own.clone()).await?;
        some_of(&columns, own.len(), rows)
    }

    /// The numbers of these rows in the part.
    fn row_numbers(&self, rows: &RowSelection) -> ArrayRef {
        let mut next = self.unit.group().first_row;
        let runs = rows.iter().map(|run| {
            let numbers = next..next + run.row_count;
            next = numbers.end;
            if run.skip { 0..0 } else { numbers }
        });
        Arc::new(Int64Array::from_iter_values(runs.flatten().map(|row| row as i64)))
    }

    /// Reads those of these columns that were not read yet, of the rows that are left.
    async fn read_more(&self, left: &mut Survivors, names: &BTreeSet<String>) -> Result<()> {
        let unread = left.without(names);
        if !left.rows.selects_any() || unread.is_empty() {
            return Ok(());
        }
        let batches = match self.keeps_wide {
            true => self.kept_blocks(&unread, left.rows.clone()).await?,
            false => self.stream(&unread, left.rows.clone(), BATCH_ROWS)?.try_collect::<Vec<_>>().await?,
        };
        let read = together(&batches, left.rows.row_count())?;
        left.batch = Some(match left.batch.take() {
            Some(before) => beside(&before, &read)?,
            None => read,
        });
        Ok(())
    }

    /// The rows that are left with all that is wanted of them.
    fn rest(self: Arc<Self>, left: Survivors) -> Result<Batches> {
        if !left.rows.selects_any() {
            return Ok(stream::empty().boxed());
        }
        let mut unread = left.without(&self.wanted);
        unread.retain(|name| name == ROW || self.unit.part.has(name));
        match left.batch {
            Some(batch) if unread.is_empty() => Ok(self.slices(batch)),
            Some(batch) => {
                let mut at = 0;
                let read = match self.is_few() && !self.is_first {
                    true => self.blocks(unread, left.rows),
                    false => self.stream(&unread, left.rows, BATCH_ROWS)?,
                };
                let batches = read.map(move |read| {
                    let read = read?;
                    let before = batch.slice(at, read.num_rows());
                    at += read.num_rows();
                    self.adapt(&beside(&before, &read)?)
                });
                Ok(batches.boxed())
            }
            None => {
                let batches = self.stream(&unread, left.rows, BATCH_ROWS)?;
                Ok(batches.map(move |batch| self.adapt(&batch?)).boxed())
            }
        }
    }

    fn slices(self: Arc<Self>, batch: RecordBatch) -> Batches {
        let starts = (0..batch.num_rows()).step_by(BATCH_ROWS);
        let slices =
            starts.map(move |at| self.adapt(&batch.slice(at, BATCH_ROWS.min(batch.num_rows() - at))));
        stream::iter(slices).boxed()
    }

    /// These columns of these rows, as far as the part has them.
    fn stream(&self, names: &BTreeSet<String>, rows: RowSelection, batch_rows: usize) -> Result<Batches> {
        let part = &self.unit.part;
        let metadata = match names.contains(ROW) {
            true => numbered(&part.stored)?,
            false => part.stored.clone(),
        };
        let projection = mask(metadata.parquet_schema(), names);
        let reader = PartReader { part: Arc::clone(part), source: self.source.clone() };
        let batches: ParquetRecordBatchStream<PartReader> =
            ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata)
                .with_batch_size(batch_rows)
                .with_projection(projection)
                .with_row_groups(vec![self.unit.row_group])
                .with_row_selection(rows)
                .build()
                .map_err(from_outside)?;
        Ok(batches.map_err(from_outside).boxed())
    }

    fn adapt(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let patterns = self.patterns.get().map_or(&[][..], Vec::as_slice);
        adapt(batch, &self.schema, self.unit.part.meta.dataset.as_str(), patterns)
    }
}

/// The blocks of a row group of which rows are selected, and these rows of each.
fn by_block(group: RowGroup, mut rows: RowSelection) -> impl Iterator<Item = (usize, RowSelection)> {
    let blocks = group.blocks().map(move |block| (block, rows.split_off(BLOCK_ROWS)));
    blocks.filter(|(_, rows)| rows.selects_any())
}

/// Rows of a row group that may still match, with what was read of them.
struct Survivors {
    rows: RowSelection,
    batch: Option<RecordBatch>,
}

impl Survivors {
    /// Those of `names` that were not read.
    fn without(&self, names: &BTreeSet<String>) -> BTreeSet<String> {
        let is_read =
            |name: &str| self.batch.as_ref().is_some_and(|batch| batch.column_by_name(name).is_some());
        names.iter().filter(|name| !is_read(name)).cloned().collect()
    }

    /// Leaves the rows for which all `questions` are answered with yes.
    fn ask(&mut self, questions: &[Predicate]) -> Result<()> {
        let Some(batch) = self.batch.as_mut().filter(|_| self.rows.selects_any()) else { return Ok(()) };
        if let Some(answers) = answers(questions, batch)? {
            *batch = filter_record_batch(batch, &answers)?;
            self.rows = self.rows.and_then(&RowSelection::from_filters(&[answers]));
        }
        Ok(())
    }
}

/// For each row whether all `questions` are answered with yes; nothing if they are for every row.
fn answers(questions: &[Predicate], batch: &RecordBatch) -> Result<Option<BooleanArray>> {
    let answers = questions.iter().map(|question| question.ask(batch));
    let all = answers.reduce(|a, b| Ok(&a? & &b?)).transpose()?;
    let some = all.filter(|answers| answers.count_set_bits() < batch.num_rows());
    Ok(some.map(|answers| BooleanArray::new(answers, None)))
}

/// The columns of a batch by name.
fn columns_of(batch: &RecordBatch) -> BTreeMap<String, ArrayRef> {
    let names = batch.schema_ref().fields().iter().map(|field| field.name().clone());
    names.zip(batch.columns().iter().cloned()).collect()
}

/// Batches one behind the other; `rows` rows without a column if there is none.
fn together(batches: &[RecordBatch], rows: usize) -> Result<RecordBatch> {
    match batches {
        [] => some_of(&BTreeMap::new(), rows, &RowSelection::from(vec![RowSelector::select(rows)])),
        [one] => Ok(one.clone()),
        [first, ..] => Ok(concat_batches(&first.schema(), batches)?),
    }
}

/// Some of the `total` rows of these columns.
fn some_of(columns: &BTreeMap<String, ArrayRef>, total: usize, rows: &RowSelection) -> Result<RecordBatch> {
    let fields = columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(total));
    let arrays = columns.values().cloned().collect();
    let all = RecordBatch::try_new_with_options(schema, arrays, &options)?;
    if rows.row_count() == total {
        return Ok(all);
    }
    let mut wanted = BooleanBufferBuilder::new(total);
    rows.iter().for_each(|run| wanted.append_n(run.row_count, !run.skip));
    wanted.append_n(total - wanted.len(), false);
    Ok(filter_record_batch(&all, &BooleanArray::new(wanted.finish(), None))?)
}

/// The columns of two batches of the same rows.
fn beside(left: &RecordBatch, right: &RecordBatch) -> Result<RecordBatch> {
    let (left_schema, right_schema) = (left.schema(), right.schema());
    let fields: Vec<_> = left_schema.fields().iter().chain(right_schema.fields()).cloned().collect();
    let arrays = left.columns().iter().chain(right.columns()).cloned().collect();
    let options = RecordBatchOptions::new().with_row_count(Some(left.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?)
}

/// The columns of a part and the number of each row.
fn numbered(stored: &ArrowReaderMetadata) -> Result<ArrowReaderMetadata> {
    let number = Field::new(ROW, DataType::Int64, false).with_extension_type(RowNumber);
    let options = ArrowReaderOptions::new()
        .with_schema(Arc::clone(stored.schema()))
        .with_virtual_columns(vec![Arc::new(number)])
        .map_err(from_outside)?;
    ArrowReaderMetadata::try_new(Arc::clone(stored.metadata()), options).map_err(from_outside)
}

/// The columns with these names.
fn mask(file: &SchemaDescriptor, names: &BTreeSet<String>) -> ProjectionMask {
    let fields = file.root_schema().get_fields();
    let roots = fields.iter().enumerate().filter(|(_, field)| names.contains(field.name()));
    ProjectionMask::roots(file, roots.map(|(at, _)| at))
}

/// The columns of the table: cast where their type is wider, null where the part has none.
fn adapt(
    batch: &RecordBatch,
    schema: &SchemaRef,
    dataset: &str,
    patterns: &[Option<String>],
) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let column = |field: &Arc<Field>| -> Result<ArrayRef> {
        if field.name() == DATASET {
            return Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(dataset, rows))));
        }
        if field.name() == columns::PATTERN {
            return Ok(Arc::new(texts_of(batch.column_by_name(columns::SHAPE), patterns, rows)));
        }
        Ok(match batch.column_by_name(field.name()) {
            None => new_null_array(field.data_type(), rows),
            Some(values) if values.data_type() == field.data_type() => Arc::clone(values),
            Some(values) => girok_store::widen(values, field.data_type())?,
        })
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// The pattern of each row by the number of its shape.
fn texts_of(shapes: Option<&ArrayRef>, patterns: &[Option<String>], rows: usize) -> StringArray {
    let Some(shapes) = shapes.and_then(|array| array.as_primitive_opt::<Int32Type>()) else {
        return StringArray::new_null(rows);
    };
    shapes.iter().map(|number| patterns.get(number? as usize)?.as_deref()).collect()
}

/// A part's bytes, with the footer that is known already.
struct PartReader {
    part: Arc<OpenPart>,
    source: Source,
}

impl PartReader {
    fn count(&self, bytes: u64, reads: u64) {
        self.source.work.note_reads(bytes, reads);
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileReader for PartReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.count(range.end - range.start, 1);
        let path = PartStore::object_path(&self.part.meta);
        async move { self.source.store.objects().get_range(&path, range).await.map_err(external) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        self.count(ranges.iter().map(|range| range.end - range.start).sum(), 1);
        let path = PartStore::object_path(&self.part.meta);
        async move { self.source.store.objects().get_ranges(&path, &ranges).await.map_err(external) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let footer = Arc::clone(self.part.stored.metadata());
        async move { Ok(footer) }.boxed()
    }
}

/// The column of shapes is for the scan alone.
pub(crate) fn is_hidden(name: &str) -> bool {
    name == columns::SHAPE
}
