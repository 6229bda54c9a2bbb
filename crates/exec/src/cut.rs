//! What one query sees: the parts and live rows of the datasets it asks for, at one moment.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use girok_event::{DatasetName, Timestamp};
use girok_store::{Chunk, DayFile, PartMeta, Store};

use crate::answer::QueryStats;
use crate::error::ExecError;
use crate::live::LiveRows;
use crate::request::QueryRequest;
use crate::scan::ChosenRows;
use crate::schema::SchemaUnion;
use crate::table::{EventTable, PartSource};
use crate::time::TimeRange;

/// Parts and live rows under the schema that holds them all.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) schema: SchemaRef,
    pub(crate) parts: Vec<Arc<PartMeta>>,
    /// The day tables of their datasets.
    pub(crate) days: Vec<Arc<DayFile>>,
    /// Of the parts only these rows; all of them if nothing is said.
    pub(crate) chosen: Option<Arc<ChosenRows>>,
    pub(crate) live: Vec<LiveRows>,
    /// From the first event to the last, of what is in the cut.
    pub(crate) covered: Option<(Timestamp, Timestamp)>,
    pub(crate) stats: QueryStats,
}

impl Cut {
    /// Takes everything that `request` may need. What lies outside its time is left out at once, but the
    /// columns of all parts count: a field does not become unknown because the range is short.
    pub(crate) fn take(store: &Store, request: &QueryRequest) -> Result<Self, ExecError> {
        let known = store.datasets();
        let wanted: Vec<_> = known.iter().filter(|name| request.asks_for(name.as_str())).collect();
        if wanted.is_empty() && !request.datasets.is_empty() {
            let known = known.iter().map(ToString::to_string).collect();
            return Err(ExecError::UnknownDataset { name: request.datasets.join(","), known });
        }
        let mut union = SchemaUnion::default();
        let mut parts = Vec::new();
        let mut chunks = Vec::new();
        let mut days = Vec::new();
        let mut stats = QueryStats::default();
        for dataset in wanted {
            let view = store.view(dataset);
            view.parts.iter().for_each(|part| union.add_part(part));
            stats.parts_total += view.parts.len() as u64;
            stats.parts_out.extend(view.out);
            let in_time =
                view.parts.iter().filter(|part| request.range.overlaps(part.time_min, part.time_max));
            parts.extend(in_time.cloned());
            chunks.extend(view.chunks);
            days.extend(view.catalog.days(dataset).iter().cloned());
        }
        chunks.iter().for_each(|chunk| union.add_batch(&chunk.batch));
        chunks.retain(|chunk| request.range.overlaps(chunk.time_min, chunk.time_max));
        // Live rows lie in memory without an index: all of them are looked at.
        stats.rows_scanned = chunks.iter().map(|chunk| chunk.batch.num_rows() as u64).sum();
        stats.parts_pruned_by_time = stats.parts_total - parts.len() as u64;
        let times = parts.iter().map(|part| (part.time_min, part.time_max));
        let times = times.chain(chunks.iter().map(|chunk| (chunk.time_min, chunk.time_max)));
        let covered = times.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let live = chunks.iter().map(|chunk| live_rows(&chunk.dataset, &chunk.batch)).collect();
        Ok(Cut { schema: union.finish(), parts, days, chosen: None, live, covered, stats })
    }

    /// Only the rows of one chunk: what live tail looks at.
    pub(crate) fn of_chunk(chunk: &Chunk) -> Self {
        let mut union = SchemaUnion::default();
        union.add_batch(&chunk.batch);
        let live = vec![live_rows(&chunk.dataset, &chunk.batch)];
        let covered = Some((chunk.time_min, chunk.time_max));
        let stats = QueryStats::default();
        let (parts, days) = (Vec::new(), Vec::new());
        Cut { schema: union.finish(), parts, days, chosen: None, live, covered, stats }
    }

    /// The cut as a table.
    pub(crate) fn table(&self, source: &PartSource) -> EventTable {
        EventTable::new(self, source.clone())
    }

    /// Rows in it, matching or not.
    pub(crate) fn rows(&self) -> u64 {
        let live: usize = self.live.iter().map(|rows| rows.batch.num_rows()).sum();
        live as u64 + self.parts.iter().map(|part| part.rows).sum::<u64>()
    }

    /// `range` with its open ends closed by the first and the last event.
    pub(crate) fn covered_range(&self, range: TimeRange) -> TimeRange {
        let past = |last: Timestamp| Timestamp(last.0.saturating_add(1));
        TimeRange {
            start: range.start.or(self.covered.map(|covered| covered.0)),
            end: range.end.or(self.covered.map(|covered| past(covered.1))),
        }
    }
}

fn live_rows(dataset: &DatasetName, batch: &RecordBatch) -> LiveRows {
    LiveRows { dataset: dataset.clone(), batch: batch.clone() }
}
