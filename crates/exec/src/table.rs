//! A cut through the store as a DataFusion table: parts from Parquet, live rows from memory.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use girok_store::{DayFile, PartMeta, PartStore, Patterns};

use crate::cut::Cut;
use crate::live::{LiveRows, LiveScan};
use crate::scan::{ChosenRows, DayHeads, HotColumns, OpenParts, Scan, Work};

/// The column that says which dataset a row is of.
pub(crate) const DATASET: &str = "_dataset";

/// While one stream waits for the disk, another computes.
const STREAMS_PER_THREAD: usize = 2;

/// Where parts are read from.
#[derive(Debug, Clone)]
pub(crate) struct PartSource {
    pub(crate) parts: PartStore,
    pub(crate) open: Arc<OpenParts>,
    pub(crate) day_heads: Arc<DayHeads>,
    pub(crate) hot: Arc<HotColumns>,
    pub(crate) patterns: Arc<Patterns>,
}

/// A set of parts and live rows under one schema.
#[derive(Clone)]
pub(crate) struct EventTable {
    /// All columns, `_dataset` last.
    schema: SchemaRef,
    parts: Vec<Arc<PartMeta>>,
    days: Vec<Arc<DayFile>>,
    chosen: Option<Arc<ChosenRows>>,
    live: Vec<LiveRows>,
    /// Only the rows for which all of these are true.
    filters: Vec<Expr>,
    source: PartSource,
    work: Arc<Work>,
}

impl EventTable {
    /// A table of a cut.
    pub(crate) fn new(cut: &Cut, source: PartSource) -> Self {
        let mut fields: Vec<_> = cut.schema.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(DATASET, DataType::Utf8, true)));
        let schema = Arc::new(Schema::new(fields));
        let Cut { parts, days, chosen, live, stats, .. } = cut.clone();
        EventTable { schema, parts, days, chosen, live, filters: Vec::new(), source, work: stats.work }
    }

    /// Only the rows of it for which all of `filters` are true. Rows that were chosen match already.
    pub(crate) fn matching(self, filters: Vec<Expr>) -> Self {
        EventTable { filters, ..self }
    }

    /// The scan over its parts; its streams count what they do.
    pub(crate) fn scan_of_parts<'s>(&'s self, filters: &'s [Expr], streams: usize) -> Scan<'s> {
        Scan {
            store: &self.source.parts,
            open: &self.source.open,
            day_heads: &self.source.day_heads,
            hot: &self.source.hot,
            patterns: &self.source.patterns,
            table: &self.schema,
            parts: &self.parts,
            days: &self.days,
            filters,
            chosen: self.chosen.as_deref(),
            streams,
            work: &self.work,
        }
    }

    fn scan_of_live<'s>(&'s self, filters: &'s [Expr], streams: usize) -> LiveScan<'s> {
        LiveScan { rows: &self.live, table: &self.schema, patterns: &self.source.patterns, filters, streams }
    }
}

#[async_trait]
impl TableProvider for EventTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Parts and live rows alike give only rows that match; of chosen rows that is for others to say.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let push_down = |filter: &&Expr| match self.chosen.is_none() && is_of_one_row(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(push_down).collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let filters: Vec<Expr> = self.filters.iter().chain(filters).cloned().collect();
        let streams = session.config().target_partitions() * STREAMS_PER_THREAD;
        let mut inputs = Vec::new();
        if !self.parts.is_empty() {
            inputs.push(self.scan_of_parts(&filters, streams).plan(Arc::clone(&schema)).await?);
        }
        if !self.live.is_empty() {
            inputs.push(self.scan_of_live(&filters, streams).plan(schema.clone())?);
        }
        match inputs.len() {
            0 => Ok(Arc::new(EmptyExec::new(schema))),
            1 => Ok(inputs.swap_remove(0)),
            _ => UnionExec::try_new(inputs),
        }
    }
}

impl fmt::Debug for EventTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventTable")
            .field("parts", &self.parts.len())
            .field("live", &self.live.len())
            .field("columns", &self.schema.fields().len())
            .finish()
    }
}

/// Whether the row alone decides: no other query, and nothing that changes from call to call.
fn is_of_one_row(filter: &Expr) -> bool {
    let asks_elsewhere = filter.exists(|expr| {
        let is_elsewhere = matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
        );
        Ok(is_elsewhere)
    });
    !asks_elsewhere.unwrap_or(true) && !filter.is_volatile()
}
