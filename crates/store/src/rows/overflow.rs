//! The map column for field names that have no column of their own.

use std::sync::Arc;

use arrow::array::{Array, ArrayBuilder, ArrayRef, MapBuilder, StringBuilder};
use arrow::datatypes::{Field, FieldRef};
use girok_event::{Value, columns};

use super::column::append_printed;

type TextMapBuilder = MapBuilder<StringBuilder, StringBuilder>;

/// Built only while it is used: most chunks have none.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    builder: Option<TextMapBuilder>,
    /// The row whose map is open.
    open: Option<usize>,
}

impl Overflow {
    /// Adds an entry to the map of `row`.
    pub(super) fn push(&mut self, row: usize, name: &str, value: Value<'_>) {
        if self.open != Some(row) {
            self.fill(row);
            self.open = Some(row);
        }
        let builder = self.builder.get_or_insert_with(new_builder);
        builder.keys().append_value(name);
        append_printed(builder.values(), value);
    }

    /// Closes the open map and leaves the rows after it without one, up to `row`.
    fn fill(&mut self, row: usize) {
        let builder = self.builder.get_or_insert_with(new_builder);
        if self.open.take().is_some() {
            builder.append(true).expect("each entry has a name and a value");
        }
        let missing = row - builder.len();
        builder.append_nulls(missing).expect("each entry has a name and a value");
    }

    /// The column of a chunk of `rows`, if it is used.
    pub(super) fn cut(&mut self, rows: usize) -> Option<(FieldRef, ArrayRef)> {
        self.open?;
        self.fill(rows);
        let array: ArrayRef = Arc::new(self.builder.take()?.finish());
        Some((Arc::new(Field::new(columns::OVERFLOW, array.data_type().clone(), true)), array))
    }
}

fn new_builder() -> TextMapBuilder {
    MapBuilder::new(None, StringBuilder::new(), StringBuilder::new())
}
