//! How are the parts of a table read? Each with a question of its own.
//!
//! The filter is first asked of each part's index ([`specialise()`]): what is true or false for the whole part is
//! decided there, blocks that cannot match are left out, and what remains is asked row by row, narrow columns
//! first ([`predicate`]), before any other column is read ([`read`]). Nothing is lost by it: the index only
//! prunes, and what it decides without reading is exact.

mod decider;
mod fragments;
mod node;
mod open;
mod predicate;
mod read;
mod shapes;
mod specialise;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{StreamExt, TryStreamExt, stream};
use girok_store::{PartMeta, PartStore, Patterns, StoreError};

use node::{Condition, Node};
use predicate::predicates;
use read::{Source, Unit, counted, read};
use specialise::{PartView, specialise};

pub use decider::{Decided, Decider};
pub(crate) use open::{OpenPart, OpenParts};
pub(crate) use read::{Work, is_hidden};

/// Parts that are opened at a time.
const OPEN_AHEAD: usize = 8;

/// A scan over parts.
pub(crate) struct Scan<'s> {
    pub(crate) store: &'s PartStore,
    pub(crate) open: &'s Arc<OpenParts>,
    pub(crate) patterns: &'s Arc<Patterns>,
    /// All columns of the table.
    pub(crate) table: &'s SchemaRef,
    pub(crate) parts: &'s [Arc<PartMeta>],
    pub(crate) filters: &'s [Expr],
    /// Streams that run side by side.
    pub(crate) streams: usize,
    pub(crate) work: &'s Arc<Work>,
}

/// What a filter leaves of one part.
pub(crate) struct Left {
    pub(crate) part: Arc<OpenPart>,
    condition: Condition,
}

impl Left {
    /// Whether every row of the part matches.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.condition.node, Node::True) && self.condition.blocks.is_all()
    }
}

impl Scan<'_> {
    /// The plan that reads the columns of `schema`.
    pub(crate) async fn plan(&self, schema: SchemaRef) -> Result<Arc<dyn ExecutionPlan>> {
        let mut units = Vec::new();
        for left in self.left().await? {
            self.add_units(&left, &schema, &mut units)?;
        }
        let streams = share_out(units, self.streams).into_iter().map(|units| {
            let (store, schema, work) = (self.store.clone(), Arc::clone(&schema), Arc::clone(self.work));
            let patterns = Arc::clone(self.patterns);
            Arc::new(Units { units, source: Source { store, patterns, work }, schema })
                as Arc<dyn PartitionStream>
        });
        Ok(Arc::new(StreamingTableExec::try_new(schema.clone(), streams.collect(), None, None, false, None)?))
    }

    /// Asks every part's index; parts of which nothing is left are not in the answer.
    pub(crate) async fn left(&self) -> Result<Vec<Left>> {
        let (store, open) = (self.store.clone(), Arc::clone(self.open));
        let opening = stream::iter(self.parts.to_vec()).map(move |part| {
            let (store, open) = (store.clone(), Arc::clone(&open));
            async move { open.open(&store, &part).await }
        });
        let opened: Vec<_> = opening.buffered(OPEN_AHEAD).collect().await;
        let filter = conjunction(self.filters.to_vec());
        let mut all = Vec::new();
        for part in opened {
            let part = part.map_err(|error: StoreError| DataFusionError::External(Box::new(error)))?;
            let condition = self.condition(&part, filter.as_ref());
            if matches!(condition.node, Node::False) {
                self.work.parts_pruned.fetch_add(1, Ordering::Relaxed);
                self.work.decided.count(condition.by, Decided { parts: 1, blocks: 0 });
            } else {
                all.push(Left { part, condition });
            }
        }
        Ok(all)
    }

    fn condition(&self, part: &OpenPart, filter: Option<&Expr>) -> Condition {
        let blocks = part.blocks;
        let view = PartView { part, table: self.table, patterns: self.patterns };
        filter.map_or_else(|| Condition::constant(true, blocks), |filter| specialise(&view, filter))
    }

    /// A unit for each row group, so that one large part keeps every stream busy.
    fn add_units(&self, left: &Left, schema: &SchemaRef, units: &mut Vec<Unit>) -> Result<()> {
        let Left { part, condition } = left;
        let blocks = Arc::new(condition.blocks.clone());
        if schema.fields().is_empty()
            && blocks.is_all()
            && let Some(rows) = counted(part, &condition.node)
        {
            let unit = Unit {
                part: Arc::clone(part),
                row_groups: 0..0,
                blocks,
                predicates: Arc::new([]),
                counted: Some(rows),
            };
            units.push(unit);
            self.work.parts_counted.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        self.work.blocks.fetch_add(part.blocks as u64, Ordering::Relaxed);
        let pruned = (part.blocks - blocks.len()) as u64;
        self.work.blocks_pruned.fetch_add(pruned, Ordering::Relaxed);
        self.work.decided.count(condition.by, Decided { parts: 0, blocks: pruned });
        let predicates: Arc<[_]> = predicates(&condition.node, self.table)?.into();
        for (at, group) in part.row_groups.iter().enumerate() {
            if group.blocks().any(|block| blocks.contains(block)) {
                units.push(Unit {
                    part: Arc::clone(part),
                    row_groups: at..at + 1,
                    blocks: Arc::clone(&blocks),
                    predicates: Arc::clone(&predicates),
                    counted: None,
                });
            }
        }
        Ok(())
    }
}

/// Units side by side in `streams` streams with about as many rows each.
fn share_out(units: Vec<Unit>, streams: usize) -> Vec<Vec<Unit>> {
    let mut shares: Vec<(usize, Vec<Unit>)> = (0..streams.max(1)).map(|_| (0, Vec::new())).collect();
    for unit in units {
        let rows: usize = unit.row_groups.clone().map(|at| unit.part.row_groups[at].rows).sum();
        let lightest = shares.iter_mut().min_by_key(|(rows, _)| *rows).expect("there is at least one stream");
        lightest.0 += rows + 1;
        lightest.1.push(unit);
    }
    shares.into_iter().map(|(_, units)| units).collect()
}

/// Units that are read one after the other.
#[derive(Debug)]
struct Units {
    units: Vec<Unit>,
    source: Source,
    schema: SchemaRef,
}

impl PartitionStream for Units {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (source, schema) = (self.source.clone(), Arc::clone(&self.schema));
        let batches = stream::iter(self.units.clone())
            .then(move |unit| {
                let stream = read(unit, source.clone(), Arc::clone(&schema));
                async move { Ok::<_, DataFusionError>(stream) }
            })
            .try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}
