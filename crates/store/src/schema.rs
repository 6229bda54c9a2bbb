//! One schema for batches whose columns differ in presence and type.
//!
//! Types meet as int → float → text; a bool meets anything else as text. An int becomes a float only where
//! every value is exact as one, so that no id loses digits. Numbers are printed as [`widen`] prints them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{cast, is_not_null};
use arrow::datatypes::{
    DataType, Field, FieldRef, Float64Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use arrow::error::ArrowError;
use girok_event::columns;

use crate::{ColumnKind, StoreError};

/// The largest whole number from which on a 64-bit float skips some.
pub(crate) const EXACT_IN_FLOAT_MAX: u64 = 1 << 53;

/// The schema that holds all `batches`: system columns, `message`, then own fields by first appearance.
pub fn unify(batches: &[&RecordBatch]) -> SchemaRef {
    let mut merged: Vec<Merged<'_>> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    for field in batches.iter().flat_map(|batch| batch.schema_ref().fields()) {
        let at = *positions.entry(field.name()).or_insert(merged.len());
        match merged.get_mut(at) {
            Some(column) => column.has_conflict |= column.field.data_type() != field.data_type(),
            None => merged.push(Merged { field, has_conflict: false }),
        }
    }
    merged.sort_by_key(|column| rank(column.field.name()));
    Arc::new(Schema::new(merged.iter().map(|column| column.settle(batches)).collect::<Vec<_>>()))
}

/// `batch` with the columns of `schema`, missing ones null, others cast.
pub fn adapt(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let arrays =
        schema.fields().iter().map(|field| adapt_column(batch, field)).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
}

fn adapt_column(batch: &RecordBatch, field: &FieldRef) -> Result<ArrayRef, StoreError> {
    match batch.column_by_name(field.name()) {
        None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        Some(array) if array.data_type() == field.data_type() => Ok(array.clone()),
        Some(array) => Ok(widen(array, field.data_type())?),
    }
}

/// The values of a column as a wider type.
///
/// As text a whole number has no fraction, whether or not its column has become one of floats: `5`, not `5.0`. So the
/// text of a number says nothing of its neighbours, and is the same in every part.
pub fn widen(array: &dyn Array, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    if let Some(times) = in_unit(array, data_type) {
        return Ok(times);
    }
    let Some(floats) = array.as_primitive_opt::<Float64Type>().filter(|_| *data_type == DataType::Utf8)
    else {
        return cast(array, data_type);
    };
    let whole: Int64Array = floats.iter().map(|number| number.and_then(as_whole)).collect();
    let (whole, printed) = (cast(&whole, data_type)?, cast(floats, data_type)?);
    zip(&is_not_null(&whole)?, &whole, &printed)
}

/// Nanoseconds as microseconds, or the other way round; both are UTC.
fn in_unit(array: &dyn Array, data_type: &DataType) -> Option<ArrayRef> {
    let DataType::Timestamp(unit, zone) = data_type else { return None };
    let times: ArrayRef = match unit {
        TimeUnit::Nanosecond => {
            let micros = array.as_primitive_opt::<TimestampMicrosecondType>()?;
            let nanos =
                micros.unary::<_, TimestampNanosecondType>(|time| time.saturating_mul(NANOS_PER_MICRO));
            Arc::new(nanos.with_timezone_opt(zone.clone()))
        }
        TimeUnit::Microsecond => {
            let nanos = array.as_primitive_opt::<TimestampNanosecondType>()?;
            let micros = nanos.unary::<_, TimestampMicrosecondType>(|time| time.div_euclid(NANOS_PER_MICRO));
            Arc::new(micros.with_timezone_opt(zone.clone()))
        }
        _ => return None,
    };
    Some(times)
}

/// The schema with `_time` in this unit.
pub(crate) fn with_time_in(unit: TimeUnit, schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.name().as_str() {
        columns::TIME => {
            Arc::new(Field::clone(field).with_data_type(DataType::Timestamp(unit, Some("UTC".into()))))
        }
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The whole number that a float is, where floats have one for each.
fn as_whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT_IN_FLOAT_MAX as f64).then_some(number as i64)
}

/// Nanoseconds of a microsecond.
pub(crate) const NANOS_PER_MICRO: i64 = 1000;

/// The kind of a column by its Arrow type.
pub(crate) fn kind_of(data_type: &DataType) -> ColumnKind {
    match data_type {
        DataType::Boolean => ColumnKind::Bool,
        DataType::Int64 | DataType::Int32 => ColumnKind::Int,
        DataType::Float64 => ColumnKind::Float,
        DataType::Timestamp(..) => ColumnKind::Time,
        DataType::Map(..) => ColumnKind::Map,
        _ => ColumnKind::Text,
    }
}

/// Where two types of one column meet; `is_exact`: whether all ints so far are exact as floats.
pub(crate) fn meet(left: &DataType, right: &DataType, is_exact: bool) -> DataType {
    let are_numbers =
        matches!((left, right), (DataType::Int64 | DataType::Float64, DataType::Int64 | DataType::Float64));
    match () {
        () if left == right => left.clone(),
        () if are_numbers && is_exact => DataType::Float64,
        () => DataType::Utf8,
    }
}

/// Whether every value keeps its digits as a float.
pub(crate) fn is_exact_in_float(array: &Int64Array) -> bool {
    array.iter().flatten().all(|value| value.unsigned_abs() <= EXACT_IN_FLOAT_MAX)
}

/// Where a column stands: system columns, `message`, then the event's own.
pub(crate) fn rank(name: &str) -> usize {
    let own = columns::SYSTEM.len() + 1;
    match name {
        columns::MESSAGE => own - 1,
        _ => columns::SYSTEM.iter().position(|system| *system == name).unwrap_or(own),
    }
}

/// A column seen in several batches.
struct Merged<'a> {
    field: &'a FieldRef,
    has_conflict: bool,
}

impl Merged<'_> {
    /// The column with the type that holds its values in all `batches`.
    fn settle(&self, batches: &[&RecordBatch]) -> FieldRef {
        if !self.has_conflict {
            return self.field.clone();
        }
        let name = self.field.name();
        let arrays: Vec<&ArrayRef> = batches.iter().filter_map(|batch| batch.column_by_name(name)).collect();
        let ints = arrays.iter().filter_map(|array| array.as_primitive_opt::<Int64Type>());
        let is_exact = ints.into_iter().all(is_exact_in_float);
        let data_type = arrays.iter().map(|array| array.data_type().clone());
        let data_type = data_type.reduce(|left, right| meet(&left, &right, is_exact));
        let data_type = data_type.unwrap_or_else(|| self.field.data_type().clone());
        Arc::new(Field::new(name, data_type, self.field.is_nullable()))
    }
}
