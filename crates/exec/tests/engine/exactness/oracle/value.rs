//! Values of one row, compared and printed.

use std::cmp::Ordering;

use arrow::array::{AsArray, Float64Array};
use arrow::datatypes::DataType;

use crate::exactness::plain::{Kind, Plain};

/// What stands in a column of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Time(i64),
    /// Texts in no order.
    List(Vec<String>),
    /// What an answer shows as text because its row had more fields than there are columns.
    Overflowed(String),
}

impl Cell {
    /// The value of a field whose column is of `kind`.
    pub(crate) fn of(value: &Plain, kind: Kind) -> Cell {
        match (value, kind) {
            (Plain::Bool(flag), Kind::Bool) => Cell::Bool(*flag),
            (Plain::Int(number), Kind::Int) => Cell::Int(*number),
            (Plain::Int(number), Kind::Float) => Cell::Float(*number as f64),
            (Plain::Float(number), Kind::Float) => Cell::Float(*number),
            (value, _) => Cell::Text(plain_text(value)),
        }
    }

    /// As text; nothing for null.
    pub(crate) fn text(&self) -> Option<String> {
        Some(match self {
            Cell::Null => return None,
            Cell::Bool(flag) => flag.to_string(),
            Cell::Int(number) => number.to_string(),
            Cell::Float(number) => print_float(*number),
            Cell::Text(text) | Cell::Overflowed(text) => text.clone(),
            Cell::Time(nanos) => girok_event::Timestamp(*nanos).to_string(),
            Cell::List(items) => format!("{items:?}"),
        })
    }

    /// As a number; text that is none is null, a time is seconds.
    pub(crate) fn number(&self) -> Cell {
        match self {
            Cell::Int(_) | Cell::Float(_) => self.clone(),
            Cell::Bool(flag) => Cell::Int(i64::from(*flag)),
            Cell::Time(nanos) => Cell::Float(*nanos as f64 / 1e9),
            Cell::Text(text) => text_number(text).map_or(Cell::Null, Cell::Float),
            Cell::Null | Cell::List(_) | Cell::Overflowed(_) => Cell::Null,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Cell::Null
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Cell::Int(number) => Some(*number as f64),
            Cell::Float(number) => Some(*number),
            _ => None,
        }
    }
}

/// The order of two values of one kind; nothing if one is null or they are of different kinds.
pub(crate) fn order(a: &Cell, b: &Cell) -> Option<Ordering> {
    match (a, b) {
        (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(b)),
        (Cell::Int(a), Cell::Int(b)) | (Cell::Time(a), Cell::Time(b)) => Some(a.cmp(b)),
        (Cell::Text(a), Cell::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        // Beside a float, a whole number counts as one.
        (Cell::Int(a), Cell::Float(b)) => (*a as f64).partial_cmp(b),
        (Cell::Float(a), Cell::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Cell::Float(a), Cell::Float(b)) => a.partial_cmp(b),
        _ => None,
    }
}

/// The number a text is, if it is one.
pub(crate) fn text_number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn plain_text(value: &Plain) -> String {
    match value {
        Plain::Bool(flag) => flag.to_string(),
        Plain::Int(number) => number.to_string(),
        Plain::Float(number) => print_float(*number),
        Plain::Text(text) => text.clone(),
    }
}

/// A number as text: a whole one has no fraction, whatever the kind of its column; others as Arrow prints them.
fn print_float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        return (number as i64).to_string();
    }
    let printed = arrow::compute::cast(&Float64Array::from(vec![number]), &DataType::Utf8);
    printed.unwrap().as_string::<i32>().value(0).to_owned()
}
