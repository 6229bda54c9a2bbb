//! How do chunks become a part?
//!
//! All chunks get one schema and are written as Parquet with small pages and page statistics, so that a
//! reader can leave out pages. Then the index section follows as bytes that other readers skip, then the
//! footer, whose key-value metadata says where it is.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit, TimestampNanosecondType};
use girok_event::columns;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;

use super::encoding::properties;
use super::index::{Indexed, build_index};
use super::sums::{NO_TAIL_SUM, Summing};
use super::{
    ColumnMeta, EncodedPart, FORMAT_VERSION, INDEX_KEY, IndexLocation, PART_KEY, PartMeta, PartSpec,
    SUMS_KEY, TAIL_KEY, path_of,
};
use crate::schema::{NANOS_PER_MICRO, adapt, kind_of, unify, widen, with_time_in};
use crate::{Chunk, Patterns, StoreError};

/// Encodes chunks of one partition, in the order of their offsets, as one part. Shapes of messages that were
/// not seen before become patterns.
pub fn write_part(
    chunks: &[Arc<Chunk>],
    spec: PartSpec,
    patterns: &Patterns,
) -> Result<EncodedPart, StoreError> {
    check_chunks(chunks)?;
    let schema = unify(&chunks.iter().map(|chunk| &chunk.batch).collect::<Vec<_>>());
    let batches = chunks.iter().map(|chunk| adapt(&chunk.batch, &schema)).collect::<Result<Vec<_>, _>>()?;
    let Indexed { index, shapes, patterns: seen } = build_index(&schema, &batches, true, |shape| {
        let (id, text) = patterns.assign(&chunks[0].dataset, shape);
        (id.0, text)
    });
    let index = index.encode();
    let (schema, batches) = with_shapes(&schema, batches, shapes)?;
    let (schema, batches) = with_short_times(&schema, batches)?;

    let out = Summing::new(Vec::new());
    let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties(&schema, &batches)))?;
    for batch in &batches {
        writer.write(batch)?;
    }
    writer.flush()?;
    let location = IndexLocation {
        offset: writer.bytes_written() as u64,
        length: index.len() as u64,
        checksum: girok_index::checksum(&index),
    };
    writer.write_all(&index).map_err(ParquetError::from)?;
    writer.sync().map_err(ParquetError::from)?;
    let sums = writer.inner_mut().begin_tail();
    let meta = describe(chunks, spec, &schema, location);
    writer.append_key_value_metadata(KeyValue::new(INDEX_KEY.to_owned(), location.to_footer()));
    writer.append_key_value_metadata(KeyValue::new(PART_KEY.to_owned(), part_footer(&meta)));
    writer.append_key_value_metadata(KeyValue::new(SUMS_KEY.to_owned(), sums));
    writer.append_key_value_metadata(KeyValue::new(TAIL_KEY.to_owned(), NO_TAIL_SUM.to_owned()));
    let bytes = writer.into_inner()?.finish().map_err(ParquetError::from)?;
    Ok(EncodedPart {
        meta: PartMeta { size_bytes: bytes.len() as u64, ..meta },
        bytes: bytes.into(),
        patterns: seen,
    })
}

/// The batches with the column of shapes, which stands behind the other system columns.
pub(super) fn with_shapes(
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
    shapes: Option<Vec<Int32Array>>,
) -> Result<(SchemaRef, Vec<RecordBatch>), StoreError> {
    let Some(shapes) = shapes else { return Ok((schema.clone(), batches)) };
    let (at, schema) = with_shape_column(schema);
    let extend = |(batch, shapes): (RecordBatch, Int32Array)| {
        let mut arrays = batch.columns().to_vec();
        arrays.insert(at, Arc::new(shapes));
        Ok(RecordBatch::try_new(schema.clone(), arrays)?)
    };
    let batches = batches.into_iter().zip(shapes).map(extend).collect::<Result<_, StoreError>>()?;
    Ok((schema, batches))
}

/// The batches with `_time` in microseconds, if no row loses by it: that takes ten bits a row less.
fn with_short_times(
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
) -> Result<(SchemaRef, Vec<RecordBatch>), StoreError> {
    let mut times = batches.iter().filter_map(|batch| batch.column_by_name(columns::TIME));
    if !times.all(is_in_micros) {
        return Ok((schema.clone(), batches));
    }
    let schema = with_time_in(TimeUnit::Microsecond, schema);
    let batches = batches.iter().map(|batch| cast_times(batch, &schema)).collect::<Result<_, _>>()?;
    Ok((schema, batches))
}

fn is_in_micros(times: &ArrayRef) -> bool {
    let times = times.as_primitive_opt::<TimestampNanosecondType>();
    times.is_some_and(|times| times.values().iter().all(|time| time % NANOS_PER_MICRO == 0))
}

/// A batch with `_time` as `schema` has it.
pub(super) fn cast_times(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
        match array.data_type() == field.data_type() {
            true => Ok(array.clone()),
            false => widen(array, field.data_type()),
        }
    });
    Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)?)
}

/// The schema with the column of shapes, and the place of it.
pub(super) fn with_shape_column(schema: &SchemaRef) -> (usize, SchemaRef) {
    let at = schema.fields().iter().take_while(|field| columns::is_system(field.name())).count();
    let mut fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
    fields.insert(at, Arc::new(Field::new(columns::SHAPE, DataType::Int32, true)));
    (at, Arc::new(Schema::new(fields)))
}

fn check_chunks(chunks: &[Arc<Chunk>]) -> Result<(), StoreError> {
    let fail = |reason| Err(StoreError::InvalidChunks { reason });
    if chunks.is_empty() {
        return fail("there are no chunks");
    }
    for pair in chunks.windows(2) {
        let is_same_partition = pair[0].dataset == pair[1].dataset && pair[0].partition == pair[1].partition;
        if !is_same_partition {
            return fail("chunks of different partitions");
        }
        if pair[0].last_offset >= pair[1].first_offset {
            return fail("chunks that are not in the order of their offsets");
        }
    }
    Ok(())
}

fn describe(chunks: &[Arc<Chunk>], spec: PartSpec, schema: &SchemaRef, index: IndexLocation) -> PartMeta {
    let (first, last) = (&chunks[0], &chunks[chunks.len() - 1]);
    let time_min = chunks.iter().map(|chunk| chunk.time_min).min().unwrap_or_default();
    let columns = schema
        .fields()
        .iter()
        .map(|field| ColumnMeta { name: field.name().clone(), kind: kind_of(field.data_type()) });
    let offsets = (first.first_offset, last.last_offset);
    PartMeta {
        id: spec.id,
        dataset: first.dataset.clone(),
        path: path_of(&first.dataset, first.partition, offsets, time_min, spec.id),
        partition: first.partition,
        covers: spec.covers,
        first_offset: first.first_offset,
        last_offset: last.last_offset,
        rows: chunks.iter().map(|chunk| chunk.rows() as u64).sum(),
        size_bytes: 0,
        raw_bytes: chunks.iter().map(|chunk| chunk.raw_bytes).sum(),
        time_min,
        time_max: chunks.iter().map(|chunk| chunk.time_max).max().unwrap_or_default(),
        columns: columns.collect(),
        index,
    }
}

/// The value of the footer key [`PART_KEY`].
pub(super) fn part_footer(meta: &PartMeta) -> String {
    serde_json::json!({
        "version": FORMAT_VERSION,
        "dataset": meta.dataset.as_str(),
        "partition": meta.partition,
        "covers_from": meta.covers.from,
        "covers_until": meta.covers.until,
        "first_offset": meta.first_offset,
        "last_offset": meta.last_offset,
        "created_by": concat!("girok ", env!("CARGO_PKG_VERSION")),
    })
    .to_string()
}
