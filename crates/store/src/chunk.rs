//! The unit in which rows become visible: a few thousand rows of one partition.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use girok_event::{DatasetName, Timestamp, columns};

/// Rows of one partition in the order of their offsets; never changed after it was cut.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The dataset.
    pub dataset: DatasetName,
    /// The partition of the commit log.
    pub partition: u32,
    /// Offset of the first row.
    pub first_offset: i64,
    /// Offset of the last row.
    pub last_offset: i64,
    /// Earliest `_time`.
    pub time_min: Timestamp,
    /// Latest `_time`.
    pub time_max: Timestamp,
    /// Bytes of the records the rows came from.
    pub raw_bytes: u64,
    /// The columns that have a value in at least one row, system columns first.
    pub batch: RecordBatch,
}

impl Chunk {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The rows whose offset is at least `checkpoint`: all, some or none.
    pub fn rows_from(&self, checkpoint: i64) -> RecordBatch {
        if self.first_offset >= checkpoint {
            return self.batch.clone();
        }
        let offsets = self.batch.column_by_name(columns::OFFSET).map(AsArray::as_primitive::<Int64Type>);
        let skipped =
            offsets.map_or(0, |offsets| offsets.values().partition_point(|offset| *offset < checkpoint));
        self.batch.slice(skipped, self.rows() - skipped)
    }
}
