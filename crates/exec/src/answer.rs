//! An answer on its way: batches as they come, and what they cost.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricValue;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::compile::Warning;
use crate::error::ExecError;

/// The work an answer took.
#[derive(Debug, Clone, Default)]
pub struct QueryStats {
    /// Parts in the datasets asked.
    pub parts_total: u64,
    /// Parts passed over because of their time.
    pub parts_pruned_by_time: u64,
    /// Parts passed over because their index cannot hold what is sought.
    pub parts_pruned_by_index: u64,
    /// Rows looked at.
    pub rows_scanned: u64,
    /// Bytes read from parts.
    pub bytes_scanned: u64,
    /// Rows in the answer.
    pub rows: u64,
    /// From the question to the last row, in milliseconds.
    pub elapsed_ms: u64,
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
    pub(crate) batches: mpsc::Receiver<Result<RecordBatch, ExecError>>,
    pub(crate) stats: Arc<Mutex<QueryStats>>,
}

impl Answer {
    /// The next batch; nothing after the last.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, ExecError>> {
        self.batches.recv().await
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
    /// Adds what an earlier look over the same rows read.
    pub(crate) fn add_work(&mut self, work: &QueryStats) {
        self.rows_scanned += work.rows_scanned;
        self.bytes_scanned += work.bytes_scanned;
    }

    /// Adds what the scans of a finished plan did.
    pub(crate) fn add_plan(&mut self, plan: &dyn ExecutionPlan) {
        if plan.children().is_empty()
            && let Some(metrics) = plan.metrics()
        {
            let named =
                |name: &str| metrics.sum_by_name(name).as_ref().map_or(0, MetricValue::as_usize) as u64;
            self.bytes_scanned += named("bytes_scanned");
            self.rows_scanned += named("pushdown_rows_pruned") + metrics.output_rows().unwrap_or(0) as u64;
        }
        for child in plan.children() {
            self.add_plan(child.as_ref());
        }
    }
}
