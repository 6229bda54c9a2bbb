//! Reads what is left of a part: the row groups and blocks that may match, only the columns that are asked.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, StringArray, new_null_array};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use bytes::Bytes;
use datafusion::common::{DataFusionError, Result};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, stream};
use girok_event::columns;
use girok_index::{BLOCK_ROWS, BlockSet};
use girok_store::{PartStore, Patterns};
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection, RowSelector};
use parquet::arrow::async_reader::{
    AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder,
};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;

use super::decider::DecidedCounts;
use super::node::Node;
use super::open::OpenPart;
use super::predicate::{Predicate, mask, row_filter};
use crate::table::DATASET;

/// Rows of a batch.
const BATCH_ROWS: usize = BLOCK_ROWS;

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

/// Where the rows come from, and who counts them.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) store: PartStore,
    pub(crate) patterns: Arc<Patterns>,
    pub(crate) work: Arc<Work>,
}

/// What is read of one part: the same question to some of its row groups.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) part: Arc<OpenPart>,
    pub(crate) row_groups: Range<usize>,
    pub(crate) blocks: Arc<BlockSet>,
    pub(crate) predicates: Arc<[Predicate]>,
    /// The rows that match, where that is known without reading and no column is wanted.
    pub(crate) counted: Option<usize>,
}

/// The rows that match `node`, if the index says so exactly.
pub(crate) fn counted(part: &OpenPart, node: &Node) -> Option<usize> {
    let rows = match node {
        Node::True => part.meta.rows,
        Node::False => 0,
        Node::Shape { numbers, shapeless: false } => {
            let shapes = part.index.shapes.as_ref()?;
            shapes
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

/// The batches of `unit` with the columns of `schema`.
pub(crate) fn read(unit: Unit, source: Source, schema: SchemaRef) -> impl Stream<Item = Result<RecordBatch>> {
    let opened = async move {
        if let Some(rows) = unit.counted {
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            let batch = RecordBatch::try_new_with_options(schema, Vec::new(), &options)?;
            return Ok(stream::iter([Ok(batch)]).boxed());
        }
        let rows = open(&unit, &source, &schema)?;
        let wants_patterns = schema.field_with_name(columns::PATTERN).is_ok();
        let patterns = if wants_patterns { unit.part.patterns(&source.patterns) } else { Vec::new() };
        let dataset = unit.part.meta.dataset.to_string();
        let batches = rows.map_err(unreadable);
        let adapted = batches.map(move |batch| adapt(&batch?, &schema, &dataset, &patterns));
        Ok::<_, DataFusionError>(adapted.boxed())
    };
    opened.into_stream().try_flatten()
}

fn open(unit: &Unit, source: &Source, schema: &SchemaRef) -> Result<ParquetRecordBatchStream<PartReader>> {
    let part = &unit.part;
    let dictionaries: BTreeSet<String> = unit.predicates.iter().flat_map(Predicate::dictionaries).collect();
    let options = ArrowReaderOptions::new();
    let footer = || Arc::clone(&part.footer);
    let mut metadata = ArrowReaderMetadata::try_new(footer(), options.clone()).map_err(unreadable)?;
    if !dictionaries.is_empty() {
        let options = options.with_schema(with_dictionaries(metadata.schema(), &dictionaries));
        metadata = ArrowReaderMetadata::try_new(footer(), options).map_err(unreadable)?;
    }
    let stored = |name: &str| if name == columns::PATTERN { columns::SHAPE } else { name }.to_owned();
    let wanted = schema.fields().iter().map(|field| stored(field.name())).collect();
    let projection = mask(metadata.parquet_schema(), &wanted);
    let (row_groups, selection) = selection(unit);
    source.work.rows.fetch_add(selection.row_count() as u64, Ordering::Relaxed);
    let filter = row_filter(&unit.predicates, metadata.parquet_schema());
    let reader = PartReader { part: Arc::clone(part), source: source.clone() };
    let mut builder = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata)
        .with_batch_size(BATCH_ROWS)
        .with_projection(projection)
        .with_row_groups(row_groups)
        .with_row_selection(selection);
    if !unit.predicates.is_empty() {
        builder = builder.with_row_filter(filter);
    }
    builder.build().map_err(unreadable)
}

fn unreadable(error: ParquetError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The row groups with a block that may match, and in them the rows of these blocks.
fn selection(unit: &Unit) -> (Vec<usize>, RowSelection) {
    let mut row_groups = Vec::new();
    let mut selectors = Vec::new();
    for at in unit.row_groups.clone() {
        let group = unit.part.row_groups[at];
        if !group.blocks().any(|block| unit.blocks.contains(block)) {
            continue;
        }
        row_groups.push(at);
        let mut rest = group.rows;
        for block in group.blocks() {
            let rows = rest.min(BLOCK_ROWS);
            rest -= rows;
            selectors.push(match unit.blocks.contains(block) {
                true => RowSelector::select(rows),
                false => RowSelector::skip(rows),
            });
        }
    }
    (row_groups, RowSelection::from(selectors))
}

fn with_dictionaries(schema: &SchemaRef, names: &BTreeSet<String>) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let is_text = *field.data_type() == DataType::Utf8 && names.contains(field.name());
        if !is_text {
            return Arc::clone(field);
        }
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Arc::new(Field::clone(field).with_data_type(dictionary))
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
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
        self.source.work.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.source.work.reads.fetch_add(reads, Ordering::Relaxed);
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
        let footer = Arc::clone(&self.part.footer);
        async move { Ok(footer) }.boxed()
    }
}

/// The column of shapes is for the scan alone.
pub(crate) fn is_hidden(name: &str) -> bool {
    name == columns::SHAPE
}
