//! One column while it is filled.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Float64Array, Float64Builder, Int64Builder, StringBuilder,
};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use girok_event::Value;

use crate::schema::{is_exact_in_float, meet, widen};

/// A column: its name, its values so far, and which column usually follows it in an event.
#[derive(Debug)]
pub(super) struct Column {
    field_name: Arc<str>,
    values: Values,
    /// Rows filled, at most the rows of the chunk.
    length: usize,
    was_used: bool,
    field: Option<FieldRef>,
    /// The column that came after this one in the last event.
    pub(super) next: u32,
}

#[derive(Debug)]
enum Values {
    /// No value yet, so no type.
    Open,
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
}

impl Column {
    /// A column whose type its first value decides.
    pub(super) fn own(name: &str, next: u32) -> Self {
        Column {
            field_name: name.into(),
            values: Values::Open,
            length: 0,
            was_used: false,
            field: None,
            next,
        }
    }

    /// A column of text.
    pub(super) fn text(name: &str) -> Self {
        Column { values: Values::Text(StringBuilder::new()), ..Column::own(name, 0) }
    }

    pub(super) fn name(&self) -> Arc<str> {
        self.field_name.clone()
    }

    #[inline]
    pub(super) fn is_called(&self, name: &str) -> bool {
        *self.field_name == *name
    }

    pub(super) fn was_used(&self) -> bool {
        self.was_used
    }

    /// Sets the value of `row`, and says whether it did: a row has one value, the first.
    #[inline]
    pub(super) fn push(&mut self, row: usize, value: Value<'_>) -> bool {
        if !self.fill(row) {
            return false;
        }
        self.append(value);
        self.length += 1;
        true
    }

    /// As [`Column::push`] for text in a column of text.
    #[inline]
    pub(super) fn push_text(&mut self, row: usize, text: &str) {
        self.push(row, Value::Str(text));
    }

    #[inline]
    fn append(&mut self, value: Value<'_>) {
        match (&mut self.values, value) {
            (Values::Text(builder), Value::Str(text)) => builder.append_value(text),
            (Values::Int(builder), Value::Int(number)) => builder.append_value(number),
            (Values::Float(builder), Value::Float(number)) => builder.append_value(number),
            (Values::Bool(builder), Value::Bool(flag)) => builder.append_value(flag),
            (Values::Text(builder), other) => append_printed(builder, other),
            (_, other) => self.append_other_type(other),
        }
    }

    #[cold]
    fn append_other_type(&mut self, value: Value<'_>) {
        let (wanted, is_exact_value) = type_of(value);
        let before = std::mem::replace(&mut self.values, Values::Open).finish();
        self.values = match before {
            None => Values::new(&wanted),
            Some(before) => {
                let is_exact =
                    is_exact_value && before.as_primitive_opt::<Int64Type>().is_none_or(is_exact_in_float);
                Values::from_array(&before, &meet(before.data_type(), &wanted, is_exact))
            }
        };
        self.values.append_nulls(self.length - self.values.len());
        match (&mut self.values, value) {
            (Values::Float(builder), Value::Int(number)) => builder.append_value(number as f64),
            _ => self.append(value),
        }
    }

    /// Fills up with nulls to `row`; false if the row has its value already.
    #[inline]
    fn fill(&mut self, row: usize) -> bool {
        if self.length < row {
            self.values.append_nulls(row - self.length);
            self.length = row;
        }
        self.length == row
    }

    /// The column of a chunk of `rows`, if it has a value in it; the type stays.
    pub(super) fn cut(&mut self, rows: usize) -> Option<(FieldRef, ArrayRef)> {
        if self.length == 0 {
            return None;
        }
        self.fill(rows);
        self.length = 0;
        self.was_used = true;
        let array = self.values.finish()?;
        let is_known = self.field.as_ref().is_some_and(|field| field.data_type() == array.data_type());
        if !is_known {
            self.field = Some(Arc::new(Field::new(&*self.field_name, array.data_type().clone(), true)));
        }
        self.field.clone().map(|field| (field, array))
    }
}

impl Values {
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Values::Bool(BooleanBuilder::new()),
            DataType::Int64 => Values::Int(Int64Builder::new()),
            DataType::Float64 => Values::Float(Float64Builder::new()),
            _ => Values::Text(StringBuilder::new()),
        }
    }

    /// The values of `array` as `data_type`, which holds them all.
    fn from_array(array: &ArrayRef, data_type: &DataType) -> Self {
        let cast = widened(array, data_type);
        let mut values = Values::new(data_type);
        match &mut values {
            Values::Float(builder) => builder.append_array(cast.as_primitive::<Float64Type>()),
            Values::Text(builder) => {
                builder.append_array(cast.as_string()).expect("fewer bytes than one text column holds");
            }
            Values::Open | Values::Bool(_) | Values::Int(_) => {}
        }
        values
    }

    fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        match self {
            Values::Open => 0,
            Values::Bool(builder) => builder.len(),
            Values::Int(builder) => builder.len(),
            Values::Float(builder) => builder.len(),
            Values::Text(builder) => builder.len(),
        }
    }

    fn append_nulls(&mut self, count: usize) {
        match self {
            Values::Open => {}
            Values::Bool(builder) => builder.append_nulls(count),
            Values::Int(builder) => builder.append_nulls(count),
            Values::Float(builder) => builder.append_nulls(count),
            Values::Text(builder) => builder.append_nulls(count),
        }
    }

    /// The values as an array; a builder of the same type and size takes their place.
    fn finish(&mut self) -> Option<ArrayRef> {
        let array: ArrayRef = match self {
            Values::Open => return None,
            Values::Bool(builder) => Arc::new(builder.finish()),
            Values::Int(builder) => {
                let array = builder.finish();
                *builder = Int64Builder::with_capacity(array.len());
                Arc::new(array)
            }
            Values::Float(builder) => {
                let array = builder.finish();
                *builder = Float64Builder::with_capacity(array.len());
                Arc::new(array)
            }
            Values::Text(builder) => {
                let array = builder.finish();
                *builder = StringBuilder::with_capacity(array.len(), array.values().len());
                Arc::new(array)
            }
        };
        Some(array)
    }
}

/// The type a value asks for, and whether it is exact as a float.
fn type_of(value: Value<'_>) -> (DataType, bool) {
    match value {
        Value::Bool(_) => (DataType::Boolean, true),
        Value::Int(number) => (DataType::Int64, number.unsigned_abs() <= crate::schema::EXACT_IN_FLOAT_MAX),
        Value::Float(_) => (DataType::Float64, true),
        Value::Str(_) => (DataType::Utf8, true),
    }
}

/// Appends a value as text, printed as [`widen`] prints it.
pub(super) fn append_printed(builder: &mut StringBuilder, value: Value<'_>) {
    match value {
        Value::Bool(flag) => builder.append_value(if flag { "true" } else { "false" }),
        Value::Int(number) => {
            write!(builder, "{number}").expect("a builder takes any text");
            builder.append_value("");
        }
        Value::Float(number) => {
            let printed = widened(&Float64Array::from(vec![number]), &DataType::Utf8);
            builder.append_value(printed.as_string::<i32>().value(0));
        }
        Value::Str(text) => builder.append_value(text),
    }
}

fn widened(array: &dyn Array, data_type: &DataType) -> ArrayRef {
    widen(array, data_type).expect("bools and numbers cast to wider types")
}
