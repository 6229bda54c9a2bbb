//! What goes into a part's index: the words of every value and field name, and the counts by level.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef, TimestampNanosecondType};
use girok_event::{Timestamp, alias, columns};
use girok_index::{IndexBuilder, PartIndex};

/// Builds the index of a part from its columns.
pub(super) fn build_index(schema: &SchemaRef, batches: &[RecordBatch], raw_bytes: u64) -> PartIndex {
    let mut builder = IndexBuilder::new(raw_bytes);
    for field in schema.fields() {
        let name = field.name();
        let is_own = !columns::is_system(name);
        if is_own {
            builder.text(name);
        }
        if is_own || [columns::HEAD, columns::RAW, columns::OVERFLOW].contains(&name.as_str()) {
            batches
                .iter()
                .filter_map(|batch| batch.column_by_name(name))
                .for_each(|array| add_words(&mut builder, array));
        }
    }
    let levels = level_columns(schema);
    batches.iter().for_each(|batch| count_levels(&mut builder, batch, &levels));
    builder.finish(levels)
}

fn add_words(builder: &mut IndexBuilder, array: &ArrayRef) {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().flatten().for_each(|text| builder.text(text)),
        DataType::Map(..) => {
            add_words(builder, array.as_map().keys());
            add_words(builder, array.as_map().values());
        }
        _ => {
            if let Ok(text) = arrow::compute::cast(array, &DataType::Utf8) {
                add_words(builder, &text);
            }
        }
    }
}

/// The columns of this part that can hold a level, in the order in which they are asked.
fn level_columns(schema: &SchemaRef) -> Vec<String> {
    let names = alias::level_names().iter();
    names.filter(|name| schema.column_with_name(name).is_some()).map(|name| (*name).to_owned()).collect()
}

fn count_levels(builder: &mut IndexBuilder, batch: &RecordBatch, levels: &[String]) {
    let Some(times) = batch.column_by_name(columns::TIME) else { return };
    let cast = |name: &String| {
        let column = batch.column_by_name(name)?;
        arrow::compute::cast(column, &DataType::Utf8).ok()
    };
    let levels: Vec<ArrayRef> = levels.iter().filter_map(cast).collect();
    for (row, time) in times.as_primitive::<TimestampNanosecondType>().values().iter().enumerate() {
        let level =
            levels.iter().find(|array| array.is_valid(row)).map(|array| array.as_string::<i32>().value(row));
        builder.row(Timestamp(*time), level);
    }
}
