//! An answer on its way: batches as they come, and what they cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use girok_store::Outage;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::compile::Warning;
use crate::error::ExecError;
use crate::scan::{Decided, Decider, Work};

/// The work an answer took.
#[derive(Debug, Clone, Default)]
pub struct QueryStats {
    /// Parts in the datasets asked.
    pub parts_total: u64,
    /// Parts passed over because of their time.
    pub parts_pruned_by_time: u64,
    /// Parts passed over because their index cannot hold what is sought.
    pub parts_pruned_by_index: u64,
    /// Parts whose rows were counted by their index alone.
    pub parts_counted_by_index: u64,
    /// Blocks of the parts that were read.
    pub blocks_total: u64,
    /// Blocks passed over in them.
    pub blocks_pruned: u64,
    /// What each piece of the indexes took part in passing over, in the order of [`Decider::ALL`].
    pub decided: [Decided; Decider::ALL.len()],
    /// Parts that are damaged: their rows are missing from the answer.
    pub parts_out: Vec<Outage>,
    /// Rows looked at.
    pub rows_scanned: u64,
    /// Bytes read from parts.
    pub bytes_scanned: u64,
    /// Requests for them.
    pub reads: u64,
    /// Rows in the answer.
    pub rows: u64,
    /// From the question to the last row, in milliseconds.
    pub elapsed_ms: u64,
    /// What scans that go on have done.
    pub(crate) work: Arc<Work>,
}

/// Rows as they come. Dropping it cancels the query.
#[derive(Debug)]
pub struct Answer {
    /// The columns of every batch.
    pub schema: SchemaRef,
    /// Whether rows are events, rather than aggregates of them.
    pub events: bool,
    /// Oddities of the query.
    pub warnings: Vec<Warning>,
    /// A batch that was taken already, to see whether there is an answer.
    pub(crate) first: Option<RecordBatch>,
    pub(crate) batches: mpsc::Receiver<Result<RecordBatch, ExecError>>,
    pub(crate) stats: Arc<Mutex<QueryStats>>,
}

impl Answer {
    /// The next batch; nothing after the last.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, ExecError>> {
        match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => self.batches.recv().await,
        }
    }

    /// The answer once its first rows are there: what fails before them can still be asked again.
    pub(crate) async fn begun(mut self) -> Result<Self, ExecError> {
        self.first = self.next().await.transpose()?;
        Ok(self)
    }

    /// The work done; whole once the last batch is taken.
    pub fn stats(&self) -> QueryStats {
        self.stats.lock().clone()
    }

    /// All rows at once.
    pub async fn collect(mut self) -> Result<Vec<RecordBatch>, ExecError> {
        let mut all = Vec::new();
        while let Some(batch) = self.next().await {
            all.push(batch?);
        }
        Ok(all)
    }
}

impl QueryStats {
    /// Notes that so many parts were counted by their index.
    pub(crate) fn note_counted(&self, parts: u64) {
        self.work.parts_counted.fetch_add(parts, Ordering::Relaxed);
    }

    /// Adds what the scans have done since the last time.
    pub(crate) fn settle(&mut self) {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        let work = &self.work;
        self.rows_scanned += take(&work.rows);
        self.bytes_scanned += take(&work.bytes);
        self.reads += take(&work.reads);
        self.parts_pruned_by_index += take(&work.parts_pruned);
        self.parts_counted_by_index += take(&work.parts_counted);
        self.blocks_total += take(&work.blocks);
        self.blocks_pruned += take(&work.blocks_pruned);
        work.decided.take_into(&mut self.decided);
    }
}
