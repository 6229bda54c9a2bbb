//! What goes into a part's index, and the one column that comes out of it: the number of each message's shape.

use std::collections::HashMap;
use std::hash::Hash;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Int32Array, Int32Builder, PrimitiveArray, RecordBatch,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef, TimestampNanosecondType};
use girok_event::{Timestamp, alias, columns};
use girok_index::{BLOCK_ROWS, IndexBuilder, PartIndex, PatternId};

use crate::Seen;
use crate::schema::widen;

/// Distinct numbers counted before a column is held to have too many.
const NUMBERS_MAX: usize = 1024;

/// An index with the shapes of each batch's messages, where there are messages.
pub(super) struct Indexed {
    pub(super) index: PartIndex,
    pub(super) shapes: Option<Vec<Int32Array>>,
    /// The patterns of these messages.
    pub(super) patterns: Vec<(PatternId, Seen)>,
}

/// Builds the index of a part from its columns. `pattern` gives the pattern of a shape: its id and text.
/// Without `has_shapes` no message is given one.
pub(super) fn build_index(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    has_shapes: bool,
    pattern: impl FnMut(&str) -> (u64, String),
) -> Indexed {
    let mut builder = IndexBuilder::default();
    for field in schema.fields() {
        add_column(&mut builder, field.name(), field.data_type(), batches);
    }
    let has_messages = schema.column_with_name(columns::MESSAGE).is_some();
    let shapes = has_messages.then(|| add_messages(&mut builder, batches, has_shapes));
    let levels = level_columns(schema);
    let mut rows = 0;
    for batch in batches {
        count_levels(&mut builder, rows, batch, &levels);
        rows += batch.num_rows();
    }
    let index = builder.finish(rows.div_ceil(BLOCK_ROWS), levels, pattern);
    let patterns = seen(&index, batches, shapes.as_deref().unwrap_or_default());
    Indexed { index, shapes, patterns }
}

/// When and how often each pattern occurs.
fn seen(index: &PartIndex, batches: &[RecordBatch], shapes: &[Int32Array]) -> Vec<(PatternId, Seen)> {
    let all = index.shapes.as_ref().map_or(&[][..], |shapes| &shapes.all);
    let mut times = vec![(Timestamp(i64::MAX), Timestamp(i64::MIN)); all.len()];
    for (batch, shapes) in batches.iter().zip(shapes) {
        let Some(column) = batch.column_by_name(columns::TIME) else { continue };
        let column = column.as_primitive::<TimestampNanosecondType>().values();
        for (time, shape) in column.iter().zip(shapes) {
            if let Some((first, last)) = shape.and_then(|shape| times.get_mut(shape as usize)) {
                *first = Timestamp(*time).min(*first);
                *last = Timestamp(*time).max(*last);
            }
        }
    }
    let mut patterns: HashMap<PatternId, Seen> = HashMap::new();
    for (shape, (first, last)) in all.iter().zip(times) {
        let seen = Seen { first, last, rows: shape.rows };
        let known = patterns.entry(PatternId(shape.pattern));
        known.and_modify(|known| *known = known.join(seen)).or_insert(seen);
    }
    patterns.into_iter().collect()
}

fn add_column(builder: &mut IndexBuilder, name: &str, data_type: &DataType, batches: &[RecordBatch]) {
    let arrays: Vec<&ArrayRef> = batches.iter().filter_map(|batch| batch.column_by_name(name)).collect();
    let present = arrays.iter().map(|array| (array.len() - array.null_count()) as u64).sum();
    match name {
        columns::MESSAGE | columns::SHAPE => {}
        columns::HEAD | columns::RAW => texts(&arrays).for_each(|(block, text)| builder.text(block, text)),
        columns::OVERFLOW => add_entries(builder, &arrays),
        _ => match data_type {
            DataType::Utf8 => builder.texts(name, present, texts(&arrays)),
            DataType::Int64 => {
                builder.values(name, present, distinct::<Int64Type, _>(&arrays, |value| value).as_deref());
            }
            DataType::Float64 => {
                builder.values(name, present, distinct::<Float64Type, _>(&arrays, f64::to_bits).as_deref());
            }
            DataType::Boolean => builder.values(name, present, Some(&booleans(&arrays))),
            _ => {}
        },
    }
}

/// The texts of a column with the blocks they stand in.
fn texts<'a>(arrays: &'a [&'a ArrayRef]) -> impl Iterator<Item = (usize, &'a str)> + Clone {
    let firsts = arrays.iter().scan(0, |next, array| {
        let first = *next;
        *next += array.len();
        Some(first)
    });
    firsts.zip(arrays).flat_map(|(first, array)| {
        let values = array.as_string::<i32>();
        let text =
            move |row: usize| values.is_valid(row).then(|| ((first + row) / BLOCK_ROWS, values.value(row)));
        (0..values.len()).filter_map(text)
    })
}

fn add_entries(builder: &mut IndexBuilder, arrays: &[&ArrayRef]) {
    let mut first = 0;
    for array in arrays {
        let map = array.as_map();
        let (names, values) = (map.keys().as_string::<i32>(), map.values().as_string::<i32>());
        for row in 0..map.len() {
            let entries = map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
            let texts = entries.flat_map(|at| [names.value(at), values.value(at)]);
            builder.entries(texts.map(|text| ((first + row) / BLOCK_ROWS, text)));
        }
        first += map.len();
    }
}

/// The distinct numbers of a column as text with their rows; nothing if they are many.
fn distinct<T: ArrowPrimitiveType, K: Hash + Eq>(
    arrays: &[&ArrayRef],
    key: impl Fn(T::Native) -> K,
) -> Option<Vec<(String, u32)>> {
    let mut counts: HashMap<K, (T::Native, u32)> = HashMap::new();
    for value in arrays.iter().flat_map(|array| array.as_primitive::<T>().iter().flatten()) {
        counts.entry(key(value)).or_insert((value, 0)).1 += 1;
        if counts.len() > NUMBERS_MAX {
            return None;
        }
    }
    let (values, rows): (Vec<_>, Vec<u32>) = counts.into_values().unzip();
    let values = PrimitiveArray::<T>::from_iter_values(values);
    let texts = widen(&values, &DataType::Utf8).ok()?;
    let texts = texts.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned());
    Some(texts.zip(rows).collect())
}

fn booleans(arrays: &[&ArrayRef]) -> Vec<(String, u32)> {
    let count = |wanted: bool| {
        let values = arrays.iter().flat_map(|array| array.as_boolean().iter().flatten());
        values.filter(|value| *value == wanted).count() as u32
    };
    let counts = [("true".to_owned(), count(true)), ("false".to_owned(), count(false))];
    counts.into_iter().filter(|(_, rows)| *rows > 0).collect()
}

fn add_messages(builder: &mut IndexBuilder, batches: &[RecordBatch], has_shapes: bool) -> Vec<Int32Array> {
    let mut first = 0;
    let mut shapes = Vec::with_capacity(batches.len());
    for batch in batches {
        let mut numbers = Int32Builder::with_capacity(batch.num_rows());
        if let Some(messages) = batch.column_by_name(columns::MESSAGE) {
            for (row, message) in messages.as_string::<i32>().iter().enumerate() {
                let block = (first + row) / BLOCK_ROWS;
                let shape = match message {
                    Some(text) if has_shapes => builder.message(block, text),
                    Some(text) => {
                        builder.shapeless(block, text);
                        None
                    }
                    None => None,
                };
                numbers.append_option(shape.map(i32::from));
            }
        }
        shapes.push(numbers.finish());
        first += batch.num_rows();
    }
    shapes
}

/// The columns of this part that can hold a level, in the order in which they are asked.
pub(super) fn level_columns(schema: &SchemaRef) -> Vec<String> {
    let names = alias::level_names().iter();
    names.filter(|name| schema.column_with_name(name).is_some()).map(|name| (*name).to_owned()).collect()
}

fn count_levels(builder: &mut IndexBuilder, first: usize, batch: &RecordBatch, levels: &[String]) {
    let Some(times) = batch.column_by_name(columns::TIME) else { return };
    let cast = |name: &String| {
        let column = batch.column_by_name(name)?;
        widen(column, &DataType::Utf8).ok()
    };
    let levels: Vec<ArrayRef> = levels.iter().filter_map(cast).collect();
    for (row, time) in times.as_primitive::<TimestampNanosecondType>().values().iter().enumerate() {
        let level =
            levels.iter().find(|array| array.is_valid(row)).map(|array| array.as_string::<i32>().value(row));
        builder.row((first + row) / BLOCK_ROWS, Timestamp(*time), level);
    }
}
