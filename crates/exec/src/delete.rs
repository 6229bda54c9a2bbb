//! Which rows does a deletion mean, and how many of them left?
//!
//! What a filter means is decided here, by the same plan that a search of it runs; how rows leave a part is
//! the store's. Each part is one transaction, so a deletion that breaks off has deleted from some parts and
//! can simply be asked for again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::ident;
use girok_event::columns;
use girok_query::ast::Filter;
use girok_store::{Outage, PartId, PartMeta, Turn, delete_rows};

use crate::answer::QueryStats;
use crate::cut::Cut;
use crate::engine::{Engine, Search};
use crate::error::ExecError;
use crate::request::QueryRequest;

/// How often a deletion begins again because parts were merged under it.
const PASSES_MAX: usize = 100;

/// What a deletion is given from outside.
pub struct Deletion {
    /// The filter, its time range and its dataset.
    pub search: QueryRequest,
    /// For each partition the offset before which a row may be deleted: what came later is another event.
    pub until: BTreeMap<u32, i64>,
    /// An id for each part that is written.
    pub part_id: Box<dyn Fn() -> PartId + Send + Sync>,
}

/// What a deletion found, and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletionReport {
    /// Rows that match; after a deletion they are gone.
    pub rows: u64,
    /// Parts that held some of them.
    pub parts: u64,
    /// Parts that could not be looked into, because they are damaged.
    pub parts_out: Vec<Outage>,
}

/// Refuses what cannot be deleted: only a filter says which rows are meant, and it has to say so.
pub fn check_deletion(request: &QueryRequest) -> Result<(), ExecError> {
    let query = girok_query::parse(&request.text)?;
    let refuse = |reason: &str| {
        let (parameter, value) = ("query", request.text.clone());
        Err(ExecError::Parameter { parameter, value, reason: reason.to_owned() })
    };
    if !query.pipes.is_empty() {
        return refuse("a deletion takes a filter without pipes");
    }
    if query.filter == Filter::All && request.text.trim() != "*" {
        return refuse("an empty filter deletes nothing; `*` means every event");
    }
    Ok(())
}

impl Engine {
    /// Counts what a deletion would delete, live rows included.
    pub async fn count_deletion(&self, request: QueryRequest) -> Result<DeletionReport, ExecError> {
        check_deletion(&request)?;
        let engine = self.clone();
        self.on_runtime(async move { engine.run_count(&request).await }).await
    }

    async fn run_count(&self, request: &QueryRequest) -> Result<DeletionReport, ExecError> {
        let mut search = self.search(request)?;
        search.prune(self).await?;
        let mut report = report_of(&search);
        for part in &search.cut.parts {
            let rows = self.offsets(&search, part).await?.len() as u64;
            report.rows += rows;
            report.parts += u64::from(rows > 0);
        }
        let live = Cut { parts: Vec::new(), ..search.cut.clone() };
        report.rows += self.offsets_in(&search, &live).await?.len() as u64;
        Ok(report)
    }

    /// Deletes the rows in parts that match. Live rows have to be sealed before.
    pub async fn delete(&self, deletion: Deletion) -> Result<DeletionReport, ExecError> {
        check_deletion(&deletion.search)?;
        let engine = self.clone();
        // On the engine's threads, but without a budget, and to its end whoever waits for it.
        let task = self.handle().spawn(async move { engine.run_deletion(Arc::new(deletion)).await });
        task.await.map_err(|error| ExecError::Sql(format!("the deletion's task ended: {error}")))?
    }

    async fn run_deletion(&self, deletion: Arc<Deletion>) -> Result<DeletionReport, ExecError> {
        let mut total = DeletionReport::default();
        for _ in 0..PASSES_MAX {
            let mut search = self.search(&deletion.search)?;
            search.prune(self).await?;
            total.parts_out = report_of(&search).parts_out;
            let mut is_complete = true;
            for part in &search.cut.parts {
                let mut offsets = self.offsets(&search, part).await?;
                let until = deletion.until.get(&part.partition).copied().unwrap_or(0);
                offsets.truncate(offsets.partition_point(|offset| *offset < until));
                if offsets.is_empty() {
                    continue;
                }
                match self.delete_from(part, offsets, deletion.clone()).await? {
                    Some(rows) => {
                        total.rows += rows;
                        total.parts += 1;
                    }
                    // Merged with others meanwhile: its rows are looked for again.
                    None => is_complete = false,
                }
            }
            if is_complete {
                return Ok(total);
            }
        }
        Err(ExecError::Unsettled { passes: PASSES_MAX })
    }

    /// Rewrites one part on a thread that may block; the rows that left, nothing if the part is gone.
    async fn delete_from(
        &self,
        part: &Arc<PartMeta>,
        offsets: Vec<i64>,
        deletion: Arc<Deletion>,
    ) -> Result<Option<u64>, ExecError> {
        let (store, part) = (self.store().clone(), part.clone());
        let rewrite = move || {
            let pace = |_: u64| ControlFlow::Continue(());
            let turn = Turn { id: (deletion.part_id)(), now: deletion.search.now, pace: &pace };
            delete_rows(&store, &part, &offsets, turn)
        };
        let done = tokio::task::spawn_blocking(rewrite).await;
        let done = done.map_err(|error| ExecError::Sql(format!("the rewrite of a part ended: {error}")))?;
        Ok(done?.map(|deleted| deleted.rows))
    }

    async fn offsets(&self, search: &Search, part: &Arc<PartMeta>) -> Result<Vec<i64>, ExecError> {
        let cut = Cut { parts: vec![part.clone()], live: Vec::new(), ..search.cut.clone() };
        self.offsets_in(search, &cut).await
    }

    /// The offsets of the rows in `cut` that match, in order.
    async fn offsets_in(&self, search: &Search, cut: &Cut) -> Result<Vec<i64>, ExecError> {
        let frame = search.over(self, cut)?.select(vec![ident(columns::OFFSET)])?;
        let (batches, _) = self.collect(frame, QueryStats::default()).await?;
        let found =
            batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec());
        let mut offsets: Vec<i64> = found.collect();
        offsets.sort_unstable();
        Ok(offsets)
    }
}

fn report_of(search: &Search) -> DeletionReport {
    DeletionReport { parts_out: search.cut.stats.parts_out.clone(), ..DeletionReport::default() }
}
