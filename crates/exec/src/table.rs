//! A cut through the store as a DataFusion table: parts from Parquet, live rows from memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, Result};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::union::UnionExec;
use girok_event::{DatasetName, columns};
use girok_index::ShapeScanner;
use girok_store::{DayFile, PartMeta, PartStore, Patterns};

use crate::cut::Cut;
use crate::scan::{ChosenRows, DayHeads, HotColumns, OpenParts, Scan, Work};

/// The column that says which dataset a row is of.
pub(crate) const DATASET: &str = "_dataset";

/// While one stream waits for the disk, another computes.
const STREAMS_PER_THREAD: usize = 2;

/// Live rows of one dataset, past every part of the cut.
#[derive(Debug, Clone)]
pub(crate) struct LiveRows {
    pub(crate) dataset: DatasetName,
    pub(crate) batch: RecordBatch,
}

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
        EventTable { schema, parts, days, chosen, live, source, work: stats.work }
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

    /// Live rows have no index: all of them are asked.
    fn scan_live(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..self.schema.fields().len()).collect::<Vec<_>>();
        let wanted = projection.cloned().unwrap_or_else(all);
        let Some(filter) = conjunction(filters.to_vec()) else {
            return self.live_columns(&wanted);
        };
        let asked = filter.column_refs().into_iter().map(|column| self.schema.index_of(&column.name));
        let mut columns = asked.collect::<std::result::Result<Vec<_>, _>>()?;
        columns.extend(&wanted);
        columns.sort_unstable();
        columns.dedup();
        let schema = DFSchema::try_from(self.schema.project(&columns)?)?;
        let filter = session.create_physical_expr(filter, &schema)?;
        let place = |at: &usize| columns.binary_search(at).expect("every wanted column was added");
        let places = wanted.iter().map(place).collect();
        let filtered = FilterExecBuilder::new(filter, self.live_columns(&columns)?);
        Ok(Arc::new(filtered.apply_projection(Some(places))?.build()?))
    }

    fn live_columns(&self, columns: &[usize]) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = Arc::new(self.schema.project(columns)?);
        let batches = self
            .live
            .iter()
            .map(|rows| adapt(rows, &schema, &self.source.patterns))
            .collect::<Result<Vec<_>>>()?;
        let plan = MemorySourceConfig::try_new_exec(&[batches], schema, None)?;
        Ok(plan)
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
        let mut inputs = Vec::new();
        if !self.parts.is_empty() {
            let streams = session.config().target_partitions() * STREAMS_PER_THREAD;
            inputs.push(self.scan_of_parts(filters, streams).plan(Arc::clone(&schema)).await?);
        }
        if !self.live.is_empty() {
            inputs.push(self.scan_live(session, projection, filters)?);
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

/// The columns of `schema` from live rows: cast where the type was widened, null where there is none.
fn adapt(rows: &LiveRows, schema: &SchemaRef, patterns: &Patterns) -> Result<RecordBatch> {
    let count = rows.batch.num_rows();
    let column = |field: &Arc<Field>| -> Result<ArrayRef> {
        if field.name() == DATASET {
            return Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                rows.dataset.as_str(),
                count,
            ))));
        }
        if field.name() == columns::PATTERN {
            return Ok(Arc::new(patterns_of(rows, patterns)));
        }
        Ok(match rows.batch.column_by_name(field.name()) {
            None => new_null_array(field.data_type(), count),
            Some(values) if values.data_type() == field.data_type() => Arc::clone(values),
            Some(values) => girok_store::widen(values, field.data_type())?,
        })
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// The pattern of each live row's message.
fn patterns_of(rows: &LiveRows, patterns: &Patterns) -> StringArray {
    let Some(messages) = rows.batch.column_by_name(columns::MESSAGE) else {
        return StringArray::new_null(rows.batch.num_rows());
    };
    let mut scanner = ShapeScanner::new();
    let mut known: HashMap<String, String> = HashMap::new();
    let texts = messages.as_string::<i32>().iter().map(|message| {
        let shape = scanner.scan(message?, |_| {})?;
        if let Some(text) = known.get(shape) {
            return Some(text.clone());
        }
        let (_, text) = patterns.assign(&rows.dataset, shape);
        known.insert(shape.to_owned(), text.clone());
        Some(text)
    });
    texts.collect()
}
