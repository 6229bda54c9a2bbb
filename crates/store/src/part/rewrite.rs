//! Rows of old parts into one new part: all of several neighbours, or some of one.
//!
//! A part whose row groups are large, that loses no row and whose columns have the types of the new part is
//! copied column chunk by column chunk without unpacking it. Everything else is read, adapted to the new
//! schema and written anew, so that many small row groups become few large ones.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{
    DataType, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use girok_event::{DatasetName, Timestamp, columns};
use girok_index::{BLOCK_ROWS, IndexMerge, PartIndex};
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::file::metadata::KeyValue;
use parquet::file::writer::SerializedFileWriter;

use super::encoding::{ROW_GROUP_ROWS, properties};
use super::index::{build_index, level_columns};
use super::open::{GroupBytes, OpenPart, unreadable};
use super::sums::{NO_TAIL_SUM, Summing};
use super::upload::Upload;
use super::write::{cast_times, part_footer, with_shape_column, with_shapes};
use super::{
    ColumnMeta, INDEX_KEY, IndexLocation, PART_KEY, PartMeta, PartSpec, SUMS_KEY, TAIL_KEY, path_of,
};
use crate::schema::{adapt, kind_of, with_time_in};
use crate::{Covers, Store, StoreError};

/// Row groups of so many rows on average are worth copying as they are.
const COPY_ROWS_MIN: u64 = 64 << 10;
/// Rows that wait to be written as one row group take at most about so many bytes.
const GROUP_BYTES_MAX: usize = 64 << 20;

/// Asked after each piece of work how many bytes it read or wrote; it may wait, or end the work.
pub type Pace<'a> = dyn Fn(u64) -> ControlFlow<()> + 'a;

/// An old part and the offsets of those of its rows that are to go, in order.
pub(crate) struct Source {
    pub(crate) part: Arc<PartMeta>,
    pub(crate) without: Vec<i64>,
}

/// What a rewrite did.
#[derive(Debug)]
pub(crate) struct Rewritten {
    /// The new part, durable but not published; nothing if no row is left.
    pub(crate) part: Option<PartMeta>,
    /// Bytes of the rows that were copied without unpacking them.
    pub(crate) copied_bytes: u64,
}

/// Writes the rows of `sources`, which are neighbours in the order of their offsets, as one part.
pub(crate) fn rewrite(
    store: &Store,
    sources: &[Source],
    schema: &SchemaRef,
    spec: PartSpec,
    pace: &Pace<'_>,
) -> Result<Rewritten, StoreError> {
    let (Some(first), Some(last)) = (sources.first(), sources.last()) else {
        return Err(StoreError::InvalidChunks { reason: "there are no parts" });
    };
    let kept = |source: &Source| source.part.rows.saturating_sub(source.without.len() as u64);
    if sources.iter().map(kept).sum::<u64>() == 0 {
        return Ok(Rewritten { part: None, copied_bytes: 0 });
    }
    let raw_bytes = sources.iter().map(|source| {
        let share =
            u128::from(source.part.raw_bytes) * u128::from(kept(source)) / u128::from(source.part.rows);
        share as u64
    });
    let offsets = (first.part.first_offset, last.part.last_offset);
    let time_min = sources.iter().map(|source| source.part.time_min).min().unwrap_or_default();
    let path = path_of(&first.part.dataset, first.part.partition, offsets, time_min, spec.id);
    let raw_bytes: u64 = raw_bytes.sum();
    let opened = sources.iter().map(|source| open(store, &source.part)).collect::<Result<Vec<_>, _>>()?;
    let unit = match opened.iter().all(has_short_times) {
        true => TimeUnit::Microsecond,
        false => TimeUnit::Nanosecond,
    };
    let schema = with_time_in(unit, schema);
    let mut writer = Writer::begin(store, &first.part.dataset, &path, &schema, pace)?;
    for (source, part) in sources.iter().zip(&opened) {
        writer.add(part, &source.without)?;
    }
    let dataset = first.part.dataset.clone();
    let (columns, copied_bytes) = (columns_of(&writer.schema), writer.copied_bytes);
    let part = writer.finish(|seen, index| PartMeta {
        id: spec.id,
        dataset,
        path: path.clone(),
        partition: first.part.partition,
        covers: spec.covers,
        first_offset: seen.offsets.0,
        last_offset: seen.offsets.1,
        rows: seen.rows,
        size_bytes: 0,
        raw_bytes,
        time_min: Timestamp(seen.times.0),
        time_max: Timestamp(seen.times.1),
        columns,
        index,
    })?;
    Ok(Rewritten { part: Some(part), copied_bytes })
}

/// The part, which holds as many rows as the catalog says.
fn open(store: &Store, part: &PartMeta) -> Result<OpenPart, StoreError> {
    let open = OpenPart::open(&store.parts, &part.path, part.size_bytes)?;
    if open.rows() != part.rows {
        return Err(StoreError::damaged(&part.path, "its footer counts other rows than the catalog"));
    }
    Ok(open)
}

fn has_short_times(part: &OpenPart) -> bool {
    let time = part.stored_schema().field_with_name(columns::TIME);
    time.is_ok_and(|time| matches!(time.data_type(), DataType::Timestamp(TimeUnit::Microsecond, _)))
}

fn columns_of(schema: &SchemaRef) -> Arc<[ColumnMeta]> {
    let fields = schema.fields().iter();
    fields.map(|field| ColumnMeta { name: field.name().clone(), kind: kind_of(field.data_type()) }).collect()
}

/// What the rows that were written say about themselves.
#[derive(Debug)]
struct Seen {
    rows: u64,
    offsets: (i64, i64),
    times: (i64, i64),
}

impl Seen {
    /// Notes rows; their offsets have to rise, from those before and among themselves.
    fn note(&mut self, batch: &RecordBatch, path: &str) -> Result<(), StoreError> {
        let no_columns = || StoreError::damaged(path, "it has no `_offset` or no `_time`");
        let offsets =
            batch.column_by_name(columns::OFFSET).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let times = batch
            .column_by_name(columns::TIME)
            .and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>());
        let offsets = offsets.filter(|array| array.null_count() == 0).ok_or_else(no_columns)?.values();
        let times = times.filter(|array| array.null_count() == 0).ok_or_else(no_columns)?.values();
        let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return Ok(()) };
        let rises = offsets.windows(2).all(|pair| pair[0] < pair[1]);
        if !rises || (self.rows > 0 && *first <= self.offsets.1) {
            return Err(StoreError::damaged(path, "its offsets do not rise"));
        }
        self.offsets = (self.offsets.0.min(*first), *last);
        for time in times {
            self.times = (self.times.0.min(*time), self.times.1.max(*time));
        }
        self.rows += offsets.len() as u64;
        Ok(())
    }
}

/// A part being written, row group by row group.
struct Writer<'a> {
    file: SerializedFileWriter<Summing<Upload>>,
    store: &'a Store,
    dataset: &'a DatasetName,
    path: &'a str,
    /// The columns of the new part, …
    schema: SchemaRef,
    /// … and those of rows on their way to it: without the shapes, which are numbered anew, and with times in
    /// nanoseconds.
    plain: SchemaRef,
    index: IndexMerge,
    pace: &'a Pace<'a>,
    seen: Seen,
    /// Rows that wait for a row group.
    waiting: Vec<RecordBatch>,
    copied_bytes: u64,
}

impl<'a> Writer<'a> {
    fn begin(
        store: &'a Store,
        dataset: &'a DatasetName,
        path: &'a str,
        schema: &SchemaRef,
        pace: &'a Pace<'a>,
    ) -> Result<Self, StoreError> {
        let own = without_shapes(schema);
        let plain = with_time_in(TimeUnit::Nanosecond, &own);
        let schema = match own.field_with_name(columns::MESSAGE) {
            Ok(_) => with_shape_column(&own).1,
            Err(_) => own,
        };
        let root = ArrowSchemaConverter::new().convert(&schema)?.root_schema_ptr();
        let mut whole_file = properties(&schema, &[]);
        add_encoded_arrow_schema_to_metadata(&schema, &mut whole_file);
        let file = SerializedFileWriter::new(
            Summing::new(Upload::new(&store.parts, path)),
            root,
            Arc::new(whole_file),
        )?;
        let seen = Seen { rows: 0, offsets: (i64::MAX, i64::MIN), times: (i64::MAX, i64::MIN) };
        let index = IndexMerge::default();
        Ok(Writer {
            file,
            store,
            dataset,
            path,
            schema,
            plain,
            index,
            pace,
            seen,
            waiting: Vec::new(),
            copied_bytes: 0,
        })
    }

    /// Adds the rows of a part, without those at the offsets in `without`.
    fn add(&mut self, part: &OpenPart, without: &[i64]) -> Result<(), StoreError> {
        if let Some(index) = self.index_to_copy(part, without)? {
            return self.copy(part, index);
        }
        for group in 0..part.groups().len() {
            let bytes = part.fetch(group)?;
            self.did(bytes.len())?;
            self.read(part, group, bytes, without)?;
        }
        Ok(())
    }

    /// The index of a part that is worth copying and can be copied.
    fn index_to_copy(&self, part: &OpenPart, without: &[i64]) -> Result<Option<PartIndex>, StoreError> {
        let is_large = part.rows() >= COPY_ROWS_MIN * part.groups().len() as u64;
        if !is_large || !without.is_empty() || !self.has_types_of(part) {
            return Ok(None);
        }
        let index = part.index()?;
        Ok(Some(index).filter(|index| IndexMerge::can_take(index) && self.index.has_room_for(index)))
    }

    /// Whether the columns of `part` can be taken as they are: missing ones are null, the others alike.
    fn has_types_of(&self, part: &OpenPart) -> bool {
        let mut fields = part.stored_schema().fields().iter();
        fields.all(|field| self.schema.field_with_name(field.name()).is_ok_and(|own| own == field.as_ref()))
    }

    /// Takes over the row groups of a part byte by byte; only the numbers of its shapes are others here.
    fn copy(&mut self, part: &OpenPart, index: PartIndex) -> Result<(), StoreError> {
        self.write_waiting()?;
        let blocks =
            part.groups().iter().map(|group| (group.num_rows().max(0) as usize).div_ceil(BLOCK_ROWS));
        let numbers = self.index.add(index, blocks.sum());
        for group in 0..part.groups().len() {
            let bytes = part.fetch(group)?;
            self.did(bytes.len())?;
            for batch in part.read_columns(group, bytes.clone(), &[columns::TIME, columns::OFFSET])? {
                self.seen.note(&batch?, &part.path)?;
            }
            self.copy_group(part, group, &bytes, &numbers)?;
            self.copied_bytes += bytes.len();
            self.did(bytes.len())?;
        }
        Ok(())
    }

    fn copy_group(
        &mut self,
        part: &OpenPart,
        group: usize,
        bytes: &GroupBytes,
        numbers: &[i32],
    ) -> Result<(), StoreError> {
        let own = self.own_chunks(part, group, bytes, numbers)?;
        let mut target = self.file.next_row_group()?;
        for (field, own) in self.schema.fields().iter().zip(own) {
            let Some(chunks) = own else {
                let (from, to) = leaves_of(part, field.name());
                for column in from..to {
                    target.append_column(bytes, part.column_as_written(group, column))?;
                }
                continue;
            };
            for chunk in chunks {
                chunk.append_to_row_group(&mut target)?;
            }
        }
        target.close()?;
        Ok(())
    }

    /// The column chunks of a copied row group that cannot be copied: those that `part` does not have, which
    /// are nulls, and its shapes.
    fn own_chunks(
        &self,
        part: &OpenPart,
        group: usize,
        bytes: &GroupBytes,
        numbers: &[i32],
    ) -> Result<Vec<Option<Chunks>>, StoreError> {
        let rows = part.groups()[group].num_rows().max(0) as usize;
        let factory = ArrowRowGroupWriterFactory::new(&self.file, self.schema.clone());
        let mut writers = factory.create_column_writers(0)?.into_iter();
        let mut all = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            let values = match part.stored_schema().field_with_name(field.name()) {
                Err(_) => Some(new_null_array(field.data_type(), rows)),
                Ok(_) if field.name() == columns::SHAPE => Some(renumbered(part, group, bytes, numbers)?),
                Ok(_) => None,
            };
            let array = values.clone().unwrap_or_else(|| new_null_array(field.data_type(), 0));
            let mut chunks = Vec::new();
            for leaf in compute_leaves(field, &array)? {
                let mut writer = writers.next().expect("a writer for each leaf of the schema");
                if values.is_some() {
                    writer.write(&leaf)?;
                    chunks.push(writer.close()?);
                }
            }
            all.push(values.map(|_| chunks));
        }
        Ok(all)
    }

    /// Reads a row group; its rows are written with their neighbours.
    fn read(
        &mut self,
        part: &OpenPart,
        group: usize,
        bytes: GroupBytes,
        without: &[i64],
    ) -> Result<(), StoreError> {
        for batch in part.read(group, bytes)? {
            let batch = keep(&batch?, without)?;
            if batch.num_rows() == 0 {
                continue;
            }
            let batch = adapt(&batch, &self.plain)?;
            self.seen.note(&batch, &part.path)?;
            self.waiting.push(batch);
            let rows: usize = self.waiting.iter().map(RecordBatch::num_rows).sum();
            let bytes: usize = self.waiting.iter().map(RecordBatch::get_array_memory_size).sum();
            if rows >= ROW_GROUP_ROWS || bytes >= GROUP_BYTES_MAX {
                self.write_waiting()?;
            }
        }
        Ok(())
    }

    /// Writes what waits as one row group.
    fn write_waiting(&mut self) -> Result<(), StoreError> {
        let batches = std::mem::take(&mut self.waiting);
        if batches.is_empty() {
            return Ok(());
        }
        let batches = self.with_index(batches)?;
        let batches = batches.iter().map(|batch| cast_times(batch, &self.schema));
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        // Encodings follow the values, so each row group has properties of its own, which a file beside
        // this one brings.
        let root = self.file.schema_descr().root_schema_ptr();
        let beside =
            SerializedFileWriter::new(std::io::sink(), root, Arc::new(properties(&self.schema, &batches)))?;
        let factory = ArrowRowGroupWriterFactory::new(&beside, self.schema.clone());
        let mut writers = factory.create_column_writers(0)?;
        for batch in &batches {
            let mut next = writers.iter_mut();
            for (field, array) in self.schema.fields().iter().zip(batch.columns()) {
                for leaf in compute_leaves(field, array)? {
                    next.next().expect("a writer for each leaf of the schema").write(&leaf)?;
                }
            }
        }
        let before = self.file.bytes_written();
        let mut target = self.file.next_row_group()?;
        for writer in writers {
            writer.close()?.append_to_row_group(&mut target)?;
        }
        target.close()?;
        self.did((self.file.bytes_written() - before) as u64)
    }

    /// Adds what the index says of these rows, and gives them the numbers of their shapes.
    fn with_index(&mut self, batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, StoreError> {
        let pattern = |shape: &str| {
            let (id, text) = self.store.patterns.assign(self.dataset, shape);
            (id.0, text)
        };
        let mut indexed = build_index(&self.plain, &batches, true, pattern);
        if !self.index.has_room_for(&indexed.index) {
            indexed = build_index(&self.plain, &batches, false, pattern);
        }
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let numbers = self.index.add(indexed.index, rows.div_ceil(BLOCK_ROWS));
        let shapes = indexed.shapes.map(|all| all.iter().map(|shapes| renumber(shapes, &numbers)).collect());
        Ok(with_shapes(&self.plain, batches, shapes)?.1)
    }

    /// Writes index and footer and makes the file durable.
    fn finish(
        mut self,
        describe: impl FnOnce(Seen, IndexLocation) -> PartMeta,
    ) -> Result<PartMeta, StoreError> {
        self.write_waiting()?;
        let index = self.index.finish(level_columns(&self.schema)).encode();
        let location = IndexLocation {
            offset: self.file.bytes_written() as u64,
            length: index.len() as u64,
            checksum: girok_index::checksum(&index),
        };
        let fail = unreadable(self.path);
        self.file.write_all(&index).map_err(|error| fail(error.into()))?;
        self.file.flush().map_err(|error| fail(error.into()))?;
        let sums = self.file.inner_mut().begin_tail();
        let meta = describe(self.seen, location);
        self.file.append_key_value_metadata(KeyValue::new(INDEX_KEY.to_owned(), location.to_footer()));
        self.file.append_key_value_metadata(KeyValue::new(PART_KEY.to_owned(), part_footer(&meta)));
        self.file.append_key_value_metadata(KeyValue::new(SUMS_KEY.to_owned(), sums));
        self.file.append_key_value_metadata(KeyValue::new(TAIL_KEY.to_owned(), NO_TAIL_SUM.to_owned()));
        let upload = self.file.into_inner()?.finish().map_err(|error| fail(error.into()))?;
        let size_bytes = upload.finish()?;
        Ok(PartMeta { size_bytes, ..meta })
    }

    fn did(&self, bytes: u64) -> Result<(), StoreError> {
        match (self.pace)(bytes) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(StoreError::Stopped),
        }
    }
}

type Chunks = Vec<parquet::arrow::arrow_writer::ArrowColumnChunk>;

/// The columns without the shapes.
fn without_shapes(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().filter(|field| field.name() != columns::SHAPE);
    Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()))
}

/// Shapes under their new numbers.
fn renumber(shapes: &Int32Array, numbers: &[i32]) -> Int32Array {
    let number = |shape: i32| usize::try_from(shape).ok().and_then(|shape| numbers.get(shape).copied());
    shapes.iter().map(|shape| shape.and_then(number)).collect()
}

/// The shapes of a row group under their new numbers.
fn renumbered(
    part: &OpenPart,
    group: usize,
    bytes: &GroupBytes,
    numbers: &[i32],
) -> Result<ArrayRef, StoreError> {
    let mut all: Vec<Option<i32>> = Vec::new();
    for batch in part.read_columns(group, bytes.clone(), &[columns::SHAPE])? {
        let batch = batch?;
        let shapes = batch.column(0).as_primitive_opt::<Int32Type>();
        let shapes = shapes.ok_or_else(|| StoreError::damaged(&part.path, "its shapes are no numbers"))?;
        all.extend(renumber(shapes, numbers).iter());
    }
    Ok(Arc::new(Int32Array::from(all)))
}

/// The leaves of the Parquet schema that a column is made of.
fn leaves_of(part: &OpenPart, name: &str) -> (usize, usize) {
    let Some(group) = part.groups().first() else { return (0, 0) };
    let is_own = |at: &usize| {
        let path = group.column(*at).column_path().parts();
        path.first().is_some_and(|first| first == name)
    };
    let from = (0..group.num_columns()).find(is_own).unwrap_or(0);
    let to = (from..group.num_columns()).take_while(is_own).count() + from;
    (from, to)
}

/// The rows whose offsets are not in `without`.
fn keep(batch: &RecordBatch, without: &[i64]) -> Result<RecordBatch, StoreError> {
    if without.is_empty() {
        return Ok(batch.clone());
    }
    let offsets =
        batch.column_by_name(columns::OFFSET).and_then(|array| array.as_primitive_opt::<Int64Type>());
    let Some(offsets) = offsets else { return Ok(batch.clone()) };
    let is_kept = offsets.values().iter().map(|offset| Some(without.binary_search(offset).is_err()));
    Ok(filter_record_batch(batch, &BooleanArray::from_iter(is_kept))?)
}

/// What the union of `parts` covers.
pub(crate) fn covers_of(parts: &[Arc<PartMeta>]) -> Option<Covers> {
    let is_gapless = parts.windows(2).all(|pair| pair[0].covers.until == pair[1].covers.from);
    let (first, last) = (parts.first()?, parts.last()?);
    is_gapless.then_some(Covers { from: first.covers.from, until: last.covers.until })
}
