//! How are the parts of a table read? Each with a question of its own.
//!
//! Parts that the table of their day rules out are not even opened ([`days`]). Of the others the filter is first asked
//! of the index ([`specialise()`]): what is true or false for the whole part is
//! decided there, blocks that cannot match are left out, and what remains is asked row by row, narrow columns
//! first ([`predicate`]), before any other column is read ([`read`]). Nothing is lost by it: the index only
//! prunes, and what it decides without reading is exact.

mod days;
mod decider;
mod fragments;
mod hot;
mod matches;
mod node;
mod open;
mod predicate;
mod read;
mod shapes;
mod specialise;
mod tokens;

use std::collections::HashMap;
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
use futures::{StreamExt, TryStreamExt, future, stream};
use girok_index::BlockSet;
use girok_store::{DayFile, PartId, PartMeta, PartStore, Patterns, StoreError};

use node::Condition;
use read::{Rows, Source, Unit, counted, read_all};
use specialise::specialise;

pub(crate) use days::DayHeads;
pub use decider::{Decided, Decider};
pub(crate) use hot::HotColumns;
pub(crate) use matches::{Match, Seeker, keep_newest};
pub(crate) use node::Node;
pub(crate) use open::{OpenPart, OpenParts, PartShapes};
pub(crate) use predicate::{Predicate, predicates};
pub(crate) use read::{Work, is_hidden};

/// Parts that are opened at a time.
const OPEN_AHEAD: usize = 8;

/// A scan over parts.
pub(crate) struct Scan<'s> {
    pub(crate) store: &'s PartStore,
    pub(crate) open: &'s Arc<OpenParts>,
    pub(crate) day_heads: &'s Arc<DayHeads>,
    pub(crate) hot: &'s Arc<HotColumns>,
    pub(crate) patterns: &'s Arc<Patterns>,
    /// All columns of the table.
    pub(crate) table: &'s SchemaRef,
    pub(crate) parts: &'s [Arc<PartMeta>],
    /// The tables of their days.
    pub(crate) days: &'s [Arc<DayFile>],
    pub(crate) filters: &'s [Expr],
    /// The rows to read, where they are known already; the filters are not asked then.
    pub(crate) chosen: Option<&'s ChosenRows>,
    /// Streams that run side by side.
    pub(crate) streams: usize,
    pub(crate) work: &'s Arc<Work>,
}

/// Rows of parts by number, in ascending order.
pub(crate) type ChosenRows = HashMap<PartId, Arc<[u64]>>;

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

    /// The rows that match, if the index says so exactly.
    pub(crate) fn counted(&self) -> Option<usize> {
        if self.condition.blocks.is_all() { counted(&self.part, &self.condition.node) } else { None }
    }
}

impl Scan<'_> {
    /// The plan that reads the columns of `schema`.
    pub(crate) async fn plan(&self, schema: SchemaRef) -> Result<Arc<dyn ExecutionPlan>> {
        let units = match self.chosen {
            Some(chosen) => self.units_of(chosen).await?,
            None => self.units(&schema).await?,
        };
        let streams = share_out(units, self.streams, Unit::rows_max).into_iter().map(|units| {
            Arc::new(Units { units, source: self.source(), schema: Arc::clone(&schema) })
                as Arc<dyn PartitionStream>
        });
        Ok(Arc::new(StreamingTableExec::try_new(schema.clone(), streams.collect(), None, None, false, None)?))
    }

    fn source(&self) -> Source {
        Source {
            store: self.store.clone(),
            hot: Arc::clone(self.hot),
            patterns: Arc::clone(self.patterns),
            work: Arc::clone(self.work),
        }
    }

    async fn open(&self, parts: Vec<Arc<PartMeta>>) -> Result<Vec<Arc<OpenPart>>> {
        let (store, open) = (self.store.clone(), Arc::clone(self.open));
        let opening = stream::iter(parts).map(move |part| {
            let (store, open) = (store.clone(), Arc::clone(&open));
            async move { open.open(&store, &part).await }
        });
        opening.buffered(OPEN_AHEAD).try_collect().await.map_err(from_outside)
    }

    /// Asks every part's index; parts of which nothing is left are not in the answer.
    pub(crate) async fn left(&self) -> Result<Vec<Left>> {
        let filter = conjunction(self.filters.to_vec()).map(Arc::new);
        let parts = match &filter {
            Some(filter) => self.not_ruled_out(filter).await,
            None => self.parts.to_vec(),
        };
        let mut all = Vec::new();
        let parts = self.open(parts).await?;
        let conditions = self.conditions(&parts, filter.as_ref()).await?;
        self.open.count(&parts);
        for (part, condition) in parts.into_iter().zip(conditions) {
            if matches!(condition.node, Node::False) {
                self.work.parts_pruned.fetch_add(1, Ordering::Relaxed);
                self.work.decided.count(condition.by, Decided { parts: 1, blocks: 0 });
            } else {
                all.push(Left { part, condition });
            }
        }
        Ok(all)
    }

    /// What the filter asks of each part; several are asked side by side, for each may have many shapes to look at.
    async fn conditions(
        &self,
        parts: &[Arc<OpenPart>],
        filter: Option<&Arc<Expr>>,
    ) -> Result<Vec<Condition>> {
        let Some(filter) = filter else {
            return Ok(parts.iter().map(|part| Condition::constant(true, part.blocks)).collect());
        };
        let asked = parts.iter().map(|part| {
            let (part, filter) = (Arc::clone(part), Arc::clone(filter));
            let (table, patterns) = (Arc::clone(self.table), Arc::clone(self.patterns));
            async move { condition(&part, &table, &patterns, &filter).await }
        });
        let conditions: Vec<Result<Condition, StoreError>> = match parts.len() {
            0 | 1 => future::join_all(asked).await,
            _ => future::try_join_all(asked.map(tokio::spawn)).await.map_err(from_outside)?,
        };
        conditions.into_iter().map(|condition| condition.map_err(from_outside)).collect()
    }

    async fn units(&self, schema: &SchemaRef) -> Result<Vec<Unit>> {
        let mut units = Vec::new();
        for left in self.left().await? {
            match self.counted(&left, schema) {
                Some(unit) => units.push(unit),
                None => {
                    self.note(&left);
                    let predicates = predicates(&left.condition.node, self.table)?.into();
                    units.extend(units_of_groups(&left.part, &Arc::new(left.condition.blocks), &predicates));
                }
            }
        }
        let sought_bytes = units.iter().map(Unit::sought_bytes).sum();
        if self.hot.wide.has_room_for(sought_bytes) {
            units.iter_mut().for_each(|unit| unit.may_keep = true);
        }
        Ok(units)
    }

    /// Rows without columns, where the index knows how many there are.
    fn counted(&self, left: &Left, schema: &SchemaRef) -> Option<Unit> {
        if !schema.fields().is_empty() {
            return None;
        }
        let counted = Some(left.counted()?);
        self.work.parts_counted.fetch_add(1, Ordering::Relaxed);
        let (part, rows) = (Arc::clone(&left.part), Rows::Numbered(Arc::new([])));
        Some(Unit { part, row_group: 0, rows, predicates: Arc::new([]), counted, may_keep: false })
    }

    /// Notes the blocks of a part that is read, and those that the index left out.
    fn note(&self, Left { part, condition }: &Left) {
        self.work.blocks.fetch_add(part.blocks as u64, Ordering::Relaxed);
        let pruned = (part.blocks - condition.blocks.len()) as u64;
        self.work.blocks_pruned.fetch_add(pruned, Ordering::Relaxed);
        self.work.decided.count(condition.by, Decided { parts: 0, blocks: pruned });
    }

    async fn units_of(&self, chosen: &ChosenRows) -> Result<Vec<Unit>> {
        let mut units = Vec::new();
        for part in self.open(self.parts.to_vec()).await? {
            let Some(mut rows) = chosen.get(&part.meta.id).map(AsRef::as_ref) else { continue };
            for (at, group) in part.row_groups.iter().enumerate() {
                let (here, after) = rows.split_at(rows.partition_point(|row| {
                    usize::try_from(*row).is_ok_and(|row| row < group.first_row + group.rows)
                }));
                rows = after;
                if !here.is_empty() {
                    units.push(Unit {
                        part: Arc::clone(&part),
                        row_group: at,
                        rows: Rows::Numbered(here.into()),
                        predicates: Arc::new([]),
                        counted: None,
                        may_keep: false,
                    });
                }
            }
        }
        Ok(units)
    }
}

/// What `filter` asks of a part; what that needs of its index is read.
async fn condition(
    part: &OpenPart,
    table: &SchemaRef,
    patterns: &Patterns,
    filter: &Expr,
) -> Result<Condition, StoreError> {
    loop {
        match specialise(part, table, patterns, filter) {
            Ok(condition) => return Ok(condition),
            Err(unread) => part.read(&unread).await?,
        }
    }
}

/// What failed below DataFusion, as its error.
fn from_outside(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// A unit for each row group, so that one large part keeps every stream busy.
fn units_of_groups(
    part: &Arc<OpenPart>,
    blocks: &Arc<BlockSet>,
    predicates: &Arc<[Predicate]>,
) -> impl Iterator<Item = Unit> {
    let groups = part.row_groups.iter().enumerate();
    let groups = groups.filter(|(_, group)| group.blocks().any(|block| blocks.contains(block)));
    groups.map(|(at, _)| Unit {
        part: Arc::clone(part),
        row_group: at,
        rows: Rows::OfBlocks(Arc::clone(blocks)),
        predicates: Arc::clone(predicates),
        counted: None,
        may_keep: false,
    })
}

/// Items side by side in `streams` streams with about as many rows each.
pub(crate) fn share_out<T>(items: Vec<T>, streams: usize, rows: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut shares: Vec<(usize, Vec<T>)> = (0..streams.max(1)).map(|_| (0, Vec::new())).collect();
    for item in items {
        let lightest = shares.iter_mut().min_by_key(|(rows, _)| *rows).expect("there is at least one stream");
        lightest.0 += rows(&item) + 1;
        lightest.1.push(item);
    }
    shares.into_iter().map(|(_, items)| items).collect()
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
        let batches = read_all(self.units.clone(), self.source.clone(), Arc::clone(&self.schema));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}
