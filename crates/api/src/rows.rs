//! Rows as NDJSON: one JSON object a line, missing values left out.

use std::io::Write;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef, TimeUnit, TimestampNanosecondType};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use girok_event::Timestamp;

/// Writes batches of one schema as lines.
pub(crate) struct RowWriter {
    /// `"name":` of each column, escaped once.
    keys: Vec<String>,
}

/// A column made ready for reading value by value.
enum Column {
    Bool(ArrayRef),
    Int(ArrayRef),
    Float(ArrayRef),
    Text(ArrayRef),
    Time(ArrayRef),
    /// Entries become fields of the row.
    Map(ArrayRef),
    List(ArrayRef),
}

impl RowWriter {
    pub(crate) fn new(schema: &SchemaRef) -> Self {
        let key = |name: &String| format!("{}:", quoted(name));
        RowWriter { keys: schema.fields().iter().map(|field| key(field.name())).collect() }
    }

    /// Appends one line a row.
    pub(crate) fn write(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        let present =
            batch.columns().iter().zip(&self.keys).filter(|(array, _)| array.null_count() < array.len());
        let columns = present.map(|(array, key)| Ok((key.as_str(), Column::new(array)?)));
        let columns = columns.collect::<Result<Vec<_>, ArrowError>>()?;
        for row in 0..batch.num_rows() {
            out.push(b'{');
            let begin = out.len();
            for (key, column) in &columns {
                column.write(key, row, out);
            }
            if out.len() > begin {
                out.pop();
            }
            out.extend_from_slice(b"}\n");
        }
        Ok(())
    }
}

impl Column {
    fn new(array: &ArrayRef) -> Result<Self, ArrowError> {
        let nanos = DataType::Timestamp(TimeUnit::Nanosecond, None);
        Ok(match array.data_type() {
            DataType::Boolean => Column::Bool(array.clone()),
            integer if integer.is_integer() => Column::Int(cast(array, &DataType::Int64)?),
            number if number.is_numeric() => Column::Float(cast(array, &DataType::Float64)?),
            DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64 => {
                Column::Time(cast(array, &nanos)?)
            }
            DataType::Map(_, _) => Column::Map(array.clone()),
            DataType::List(_) => Column::List(array.clone()),
            DataType::Utf8 => Column::Text(array.clone()),
            _ => Column::Text(cast(array, &DataType::Utf8)?),
        })
    }

    /// Appends `"key":value,`, or nothing where there is no value.
    fn write(&self, key: &str, row: usize, out: &mut Vec<u8>) {
        match self {
            Column::Map(array) if array.is_valid(row) => {
                let entries = array.as_map().value(row);
                let (names, values) =
                    (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
                for (name, value) in names.iter().zip(values).filter_map(|(name, value)| name.zip(value)) {
                    write_text(name, out);
                    out.push(b':');
                    write_text(value, out);
                    out.push(b',');
                }
            }
            Column::List(array) if array.is_valid(row) => {
                out.extend_from_slice(key.as_bytes());
                out.push(b'[');
                if let Ok(item) = Column::new(&array.as_list::<i32>().value(row)) {
                    (0..array.as_list::<i32>().value_length(row) as usize)
                        .for_each(|i| item.write("", i, out));
                }
                if out.last() == Some(&b',') {
                    out.pop();
                }
                out.extend_from_slice(b"],");
            }
            _ => self.write_scalar(key, row, out),
        }
    }

    fn write_scalar(&self, key: &str, row: usize, out: &mut Vec<u8>) {
        let (Column::Bool(array)
        | Column::Int(array)
        | Column::Float(array)
        | Column::Text(array)
        | Column::Time(array)) = self
        else {
            return;
        };
        if array.is_null(row) {
            return;
        }
        out.extend_from_slice(key.as_bytes());
        match self {
            Column::Bool(array) => write_display(array.as_boolean().value(row), out),
            Column::Int(array) => write_display(array.as_primitive::<Int64Type>().value(row), out),
            Column::Float(array) => write_float(array.as_primitive::<Float64Type>().value(row), out),
            Column::Text(array) => write_text(array.as_string::<i32>().value(row), out),
            Column::Time(array) => {
                let time = Timestamp(array.as_primitive::<TimestampNanosecondType>().value(row));
                out.push(b'"');
                write_display(time, out);
                out.push(b'"');
            }
            Column::Map(_) | Column::List(_) => {}
        }
        out.push(b',');
    }
}

fn write_display(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = write!(out, "{value}");
}

fn write_float(value: f64, out: &mut Vec<u8>) {
    match value {
        whole if whole.is_finite() => write_display(whole, out),
        _ => out.extend_from_slice(b"null"),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing to memory cannot fail, and any text is valid JSON once escaped.
    let _ = serde_json::to_writer(out, text);
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    write_text(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        BooleanArray, Float64Array, Int64Array, ListBuilder, MapBuilder, StringArray, StringBuilder,
        TimestampNanosecondArray,
    };
    use std::sync::Arc;

    #[test]
    fn writes_every_kind_and_leaves_out_null() {
        let mut list = ListBuilder::new(StringBuilder::new());
        list.append_value([Some("a"), Some("b\"c")]);
        list.append_null();
        let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        map.keys().append_value("rare");
        map.values().append_value("값");
        map.append(true).unwrap();
        map.append(false).unwrap();
        let time = TimestampNanosecondArray::from(vec![Some(1_500_000_000), None]).with_timezone("UTC");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("_time", Arc::new(time)),
            ("n", Arc::new(Int64Array::from(vec![Some(-7), Some(0)]))),
            ("f", Arc::new(Float64Array::from(vec![Some(1.5), Some(f64::NAN)]))),
            ("b", Arc::new(BooleanArray::from(vec![Some(true), None]))),
            ("줄", Arc::new(StringArray::from(vec![Some("a\u{0}\n로그"), None]))),
            ("l", Arc::new(list.finish())),
            ("m", Arc::new(map.finish())),
        ];
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
        let mut out = Vec::new();
        RowWriter::new(&batch.schema()).write(&batch, &mut out).unwrap();
        let lines: Vec<_> = std::str::from_utf8(&out).unwrap().lines().collect();
        assert_eq!(
            lines,
            [
                r#"{"_time":"1970-01-01T00:00:01.500Z","n":-7,"f":1.5,"b":true,"줄":"a\u0000\n로그","l":["a","b\"c"],"rare":"값"}"#,
                r#"{"n":0,"f":null}"#
            ]
        );
    }
}
