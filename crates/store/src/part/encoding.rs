//! Which Parquet encodings suit which column?

use std::collections::HashSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use girok_event::columns;
use girok_index::BLOCK_ROWS;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

/// Rows of a row group: whole blocks.
pub(super) const ROW_GROUP_ROWS: usize = 16 * BLOCK_ROWS;
/// The level of zstd, …
const LEVEL: i32 = 1;
/// … and of texts that make most of a part: a third more work for 8 % less.
const LONG_TEXT_LEVEL: i32 = 3;
/// Rows of a page: a block, the smallest unit a reader can leave out.
const PAGE_ROWS: usize = BLOCK_ROWS;
/// Bytes of a text that statistics keep.
const STATISTICS_BYTES_MAX: usize = 32;
/// Values looked at to see whether a column repeats itself.
const SAMPLE_VALUES: usize = 1024;

fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).expect("the level exists"))
}

/// How a part with these columns is written.
pub(super) fn properties(schema: &SchemaRef, batches: &[RecordBatch]) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("girok ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(zstd(LEVEL))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_column_index_truncate_length(Some(STATISTICS_BYTES_MAX))
        .set_statistics_truncate_length(Some(STATISTICS_BYTES_MAX));
    for field in schema.fields() {
        let path = ColumnPath::new(vec![field.name().clone()]);
        builder = match field.name().as_str() {
            columns::TIME | columns::OFFSET | columns::RECEIVED => delta(builder, path),
            columns::MESSAGE | columns::HEAD | columns::RAW | columns::PARSE_ERROR => {
                long_text(builder, path)
            }
            name if !repeats(name, batches) && *field.data_type() == DataType::Int64 => delta(builder, path),
            name if !repeats(name, batches) => builder.set_column_dictionary_enabled(path, false),
            _ => builder,
        };
    }
    builder.build()
}

fn delta(builder: WriterPropertiesBuilder, path: ColumnPath) -> WriterPropertiesBuilder {
    builder
        .set_column_dictionary_enabled(path.clone(), false)
        .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
}

/// No order of such text helps a query, so statistics of pages would only cost.
fn long_text(builder: WriterPropertiesBuilder, path: ColumnPath) -> WriterPropertiesBuilder {
    builder
        .set_column_dictionary_enabled(path.clone(), false)
        .set_column_compression(path.clone(), zstd(LONG_TEXT_LEVEL))
        .set_column_statistics_enabled(path, EnabledStatistics::Chunk)
}

/// Whether at least a third of a sample's values occurred in it before, so that a dictionary pays.
fn repeats(name: &str, batches: &[RecordBatch]) -> bool {
    let fullest = batches
        .iter()
        .max_by_key(|batch| batch.column_by_name(name).map_or(0, |array| array.len() - array.null_count()));
    let Some(array) = fullest.and_then(|batch| batch.column_by_name(name)) else { return true };
    let (values, distinct) = match array.data_type() {
        DataType::Utf8 => count_distinct(array.as_string::<i32>().iter().flatten()),
        DataType::Int64 => count_distinct(array.as_primitive::<Int64Type>().iter().flatten()),
        _ => return true,
    };
    distinct * 3 <= values * 2
}

fn count_distinct<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> (usize, usize) {
    let mut seen = HashSet::new();
    let values = values.take(SAMPLE_VALUES).map(|value| seen.insert(value)).count();
    (values, seen.len())
}
