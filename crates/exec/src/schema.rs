//! One schema over parts and live rows that differ in columns and types.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::MapFieldNames;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use girok_event::columns;
use girok_store::{ColumnKind, PartMeta};

use crate::scan::is_hidden;

/// Collects columns; a name with two types gets the one that holds both.
#[derive(Debug, Default)]
pub(crate) struct SchemaUnion {
    order: Vec<String>,
    types: HashMap<String, DataType>,
}

impl SchemaUnion {
    pub(crate) fn add_part(&mut self, part: &PartMeta) {
        for column in part.columns.iter().filter(|column| !is_hidden(&column.name)) {
            self.add(&column.name, &type_of(&column.name, column.kind));
        }
    }

    pub(crate) fn add_batch(&mut self, batch: &RecordBatch) {
        for field in batch.schema_ref().fields() {
            self.add(field.name(), field.data_type());
        }
    }

    fn add(&mut self, name: &str, data_type: &DataType) {
        match self.types.get_mut(name) {
            Some(known) if known == data_type => {}
            Some(known) => *known = widen(known, data_type),
            None => {
                self.order.push(name.to_owned());
                self.types.insert(name.to_owned(), data_type.clone());
            }
        }
    }

    /// System columns first, then `message`, then the rest as they came. What every event has is always
    /// there, so that a query over nothing still compiles.
    pub(crate) fn finish(mut self) -> SchemaRef {
        for (name, kind) in [
            (columns::TIME, ColumnKind::Time),
            (columns::PARTITION, ColumnKind::Int),
            (columns::OFFSET, ColumnKind::Int),
            (columns::FORMAT, ColumnKind::Text),
            (columns::MESSAGE, ColumnKind::Text),
            (columns::PATTERN, ColumnKind::Text),
        ] {
            self.add(name, &type_of(name, kind));
        }
        let rank = |name: &String| match name.as_str() {
            columns::MESSAGE => columns::SYSTEM.len(),
            name => {
                columns::SYSTEM.iter().position(|system| *system == name).unwrap_or(columns::SYSTEM.len() + 1)
            }
        };
        self.order.sort_by_key(rank);
        let fields = self.order.iter().map(|name| Field::new(name, self.types[name].clone(), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// The type of a column of this kind.
pub(crate) fn type_of(name: &str, kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Bool => DataType::Boolean,
        ColumnKind::Int if name == columns::PARTITION => DataType::Int32,
        ColumnKind::Int => DataType::Int64,
        ColumnKind::Float => DataType::Float64,
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        ColumnKind::Map => map_type(),
    }
}

/// The type that Arrow's own map builder gives a map from text to text.
fn map_type() -> DataType {
    let names = MapFieldNames::default();
    let key = Field::new(names.key, DataType::Utf8, false);
    let value = Field::new(names.value, DataType::Utf8, true);
    let entries = Field::new(names.entry, DataType::Struct(vec![key, value].into()), false);
    DataType::Map(Arc::new(entries), false)
}

/// Numbers meet as floats, anything else as text.
fn widen(left: &DataType, right: &DataType) -> DataType {
    let is_number =
        |data_type: &DataType| matches!(data_type, DataType::Int32 | DataType::Int64 | DataType::Float64);
    match (left, right) {
        (DataType::Map(..), _) => left.clone(),
        _ if is_number(left) && is_number(right) => DataType::Float64,
        _ => DataType::Utf8,
    }
}
