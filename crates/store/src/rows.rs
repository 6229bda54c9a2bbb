//! How do events become columns without an allocation an event?
//!
//! One builder per column, kept from chunk to chunk. A column that an event does not have is not touched:
//! missing values are filled in when the column is used again or the chunk is cut. Events of one source
//! come in the same shape, so after column `i` the next field is looked for at the place where it was after
//! `i` the last time, and only a surprise costs a hash lookup.

mod column;
mod overflow;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, TimestampNanosecondArray};
use arrow::datatypes::{Field, FieldRef, Schema};
use girok_event::limits::COLUMNS_PER_PART_MAX;
use girok_event::{DatasetName, Event, Timestamp, Value, columns};

use crate::{Chunk, StoreError};
use column::Column;
use overflow::Overflow;

/// Bytes a row costs beside its fields and text.
const ROW_BYTES: usize = 64;
/// Bytes a value costs beside its text.
const VALUE_BYTES: usize = 8;
/// Stands for "no column known".
const NONE: u32 = u32::MAX;

/// Where an event came from.
#[derive(Debug, Clone, Copy)]
pub struct RowOrigin<'a> {
    /// Its offset in the partition; rises from row to row.
    pub offset: i64,
    /// When it arrived.
    pub received: Timestamp,
    /// Who sent it.
    pub source: &'a str,
    /// The door it came through.
    pub input: &'a str,
    /// Size of its record's value.
    pub raw_bytes: usize,
}

/// Collects events of one partition and cuts them into chunks.
#[derive(Debug)]
pub struct RowsBuilder {
    dataset: DatasetName,
    partition: u32,
    time: Vec<i64>,
    offset: Vec<i64>,
    received: Vec<i64>,
    format: Column,
    source: Column,
    input: Column,
    head: Column,
    raw: Column,
    error: Column,
    overflow: Overflow,
    message: Column,
    own: Vec<Column>,
    places: HashMap<Arc<str>, Place>,
    /// The column an event begins with; each column knows the one after it.
    first: u32,
    /// Own columns of the part so far, those not in this chunk included.
    size_bytes: usize,
    raw_bytes: u64,
}

/// Where the values of a field name go.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Own(u32),
    Message,
    Overflow,
}

impl RowsBuilder {
    /// A builder for one partition of a dataset.
    pub fn new(dataset: DatasetName, partition: u32) -> Self {
        let mut builder = RowsBuilder {
            dataset,
            partition,
            time: Vec::new(),
            offset: Vec::new(),
            received: Vec::new(),
            format: Column::text(columns::FORMAT),
            source: Column::text(columns::SOURCE),
            input: Column::text(columns::INPUT),
            head: Column::text(columns::HEAD),
            raw: Column::text(columns::RAW),
            error: Column::text(columns::PARSE_ERROR),
            overflow: Overflow::default(),
            message: Column::text(columns::MESSAGE),
            own: Vec::new(),
            places: HashMap::new(),
            first: NONE,
            size_bytes: 0,
            raw_bytes: 0,
        };
        builder.forget_columns();
        builder
    }

    /// Rows since the last cut.
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// About how much memory the rows since the last cut take.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Adds an event as the next row.
    pub fn push(&mut self, event: &Event<'_>, origin: RowOrigin<'_>) {
        let row = self.rows();
        let texts =
            [event.head, event.message, event.raw, event.error, Some(origin.source), Some(origin.input)];
        let text_bytes: usize = texts.iter().flatten().map(|text| text.len()).sum();
        self.size_bytes += ROW_BYTES + text_bytes;
        self.raw_bytes += origin.raw_bytes as u64;
        self.time.push(event.time.unwrap_or(origin.received).as_nanos());
        self.offset.push(origin.offset);
        self.received.push(origin.received.as_nanos());
        self.format.push_text(row, event.format.as_str());
        let optional = [
            (&mut self.source, Some(origin.source).filter(|text| !text.is_empty())),
            (&mut self.input, Some(origin.input).filter(|text| !text.is_empty())),
            (&mut self.head, event.head),
            (&mut self.message, event.message),
            (&mut self.raw, event.raw),
            (&mut self.error, event.error),
        ];
        for (column, text) in optional {
            if let Some(text) = text {
                column.push_text(row, text);
            }
        }
        self.push_fields(row, event);
    }

    fn push_fields(&mut self, row: usize, event: &Event<'_>) {
        let mut previous = NONE;
        for (name, value) in &event.fields {
            self.size_bytes += VALUE_BYTES + text_length(*value);
            let expected = self.after(previous);
            let at = match self.own.get(expected as usize) {
                Some(column) if column.is_called(name) => expected,
                _ => match self.place(name) {
                    Place::Own(at) => at,
                    Place::Message if self.message.push(row, *value) => continue,
                    Place::Message | Place::Overflow => {
                        self.size_bytes += name.len();
                        self.overflow.push(row, name, *value);
                        continue;
                    }
                },
            };
            self.own[at as usize].push(row, *value);
            self.expect(previous, at);
            previous = at;
        }
    }

    fn after(&self, previous: u32) -> u32 {
        self.own.get(previous as usize).map_or(self.first, |column| column.next)
    }

    fn expect(&mut self, previous: u32, at: u32) {
        match self.own.get_mut(previous as usize) {
            Some(column) => column.next = at,
            None => self.first = at,
        }
    }

    /// The place of a field name, a new column if there is room for one.
    fn place(&mut self, name: &str) -> Place {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        if self.own.len() + columns::SYSTEM.len() + 1 >= COLUMNS_PER_PART_MAX {
            return Place::Overflow;
        }
        let at = self.own.len() as u32;
        self.own.push(Column::own(name, NONE));
        self.places.insert(name.into(), Place::Own(at));
        Place::Own(at)
    }

    /// The rows so far as a chunk; the builders stay ready for rows of the same shape.
    pub fn cut(&mut self) -> Result<Option<Chunk>, StoreError> {
        let rows = self.rows();
        let (Some(first_offset), Some(last_offset)) =
            (self.offset.first().copied(), self.offset.last().copied())
        else {
            return Ok(None);
        };
        let time_min = self.time.iter().copied().min().unwrap_or_default();
        let time_max = self.time.iter().copied().max().unwrap_or_default();
        let mut fields: Vec<FieldRef> = Vec::with_capacity(self.own.len() + columns::SYSTEM.len() + 1);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(fields.capacity());
        let mut add = |(field, array): (FieldRef, ArrayRef)| {
            fields.push(field);
            arrays.push(array);
        };
        add(time_column(columns::TIME, &mut self.time));
        add(column(columns::PARTITION, Arc::new(Int32Array::from(vec![self.partition as i32; rows]))));
        add(column(columns::OFFSET, Arc::new(Int64Array::from(renew(&mut self.offset)))));
        add(time_column(columns::RECEIVED, &mut self.received));
        let texts = [
            &mut self.format,
            &mut self.source,
            &mut self.input,
            &mut self.head,
            &mut self.raw,
            &mut self.error,
        ];
        texts.into_iter().filter_map(|column| column.cut(rows)).for_each(&mut add);
        self.overflow.cut(rows).into_iter().for_each(&mut add);
        self.message.cut(rows).into_iter().for_each(&mut add);
        self.own.iter_mut().filter_map(|column| column.cut(rows)).for_each(&mut add);
        self.size_bytes = 0;
        Ok(Some(Chunk {
            dataset: self.dataset.clone(),
            partition: self.partition,
            first_offset,
            last_offset,
            time_min: Timestamp(time_min),
            time_max: Timestamp(time_max),
            raw_bytes: std::mem::take(&mut self.raw_bytes),
            batch: RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?,
        }))
    }

    /// Begins a new part: columns that the last part did not use are forgotten, and types are open again.
    /// Call it after a cut.
    pub fn next_part(&mut self) {
        let own = std::mem::take(&mut self.own);
        self.forget_columns();
        for column in own.into_iter().filter(Column::was_used) {
            let at = self.own.len() as u32;
            self.places.insert(column.name(), Place::Own(at));
            self.own.push(Column::own(&column.name(), at + 1));
        }
    }

    fn forget_columns(&mut self) {
        self.places.clear();
        for name in columns::SYSTEM.into_iter().chain([""]) {
            self.places.insert(name.into(), Place::Overflow);
        }
        self.places.insert(columns::MESSAGE.into(), Place::Message);
        self.first = 0;
    }
}

fn text_length(value: Value<'_>) -> usize {
    if let Value::Str(text) = value { text.len() } else { 0 }
}

fn column(name: &str, array: ArrayRef) -> (FieldRef, ArrayRef) {
    (Arc::new(Field::new(name, array.data_type().clone(), false)), array)
}

fn time_column(name: &str, nanos: &mut Vec<i64>) -> (FieldRef, ArrayRef) {
    column(name, Arc::new(TimestampNanosecondArray::from(renew(nanos)).with_timezone("UTC")))
}

/// Takes the values and leaves room for as many again.
fn renew(values: &mut Vec<i64>) -> Vec<i64> {
    let next = Vec::with_capacity(values.len());
    std::mem::replace(values, next)
}
