//! Which rows match, by time and number: of some blocks at a time, for as long as the asker wants to know.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampNanosecondType};
use datafusion::common::Result;
use futures::TryStreamExt;
use girok_event::{Timestamp, columns};
use girok_index::BlockSet;
use tokio::task::JoinSet;

use super::decider::{Decided, Decider};
use super::open::OpenPart;
use super::predicate::{Predicate, predicates};
use super::read::{ROW, Source, Unit, read};
use super::{Left, Scan, from_outside, share_out, units_of_groups};

/// So many matches more than wanted are kept before the oldest are dropped.
const SPARE: usize = 1 << 16;

/// A row that matches, in the order of events: by time, then by where it lies in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Match {
    pub(crate) time: Timestamp,
    /// The part among those that are left.
    pub(crate) part: usize,
    /// The number of the row in it.
    pub(crate) row: u64,
}

/// What is left of the parts, as it is looked through from the newest block on.
pub(crate) struct Seeker<'s> {
    scan: Scan<'s>,
    schema: SchemaRef,
    /// In the order of the log.
    left: Vec<Left>,
    predicates: Vec<Option<Arc<[Predicate]>>>,
    /// The latest time, part and number of each block that was not looked at yet, the newest last.
    unseen: Vec<(Timestamp, usize, usize)>,
}

impl<'s> Seeker<'s> {
    /// Looks for what the scan's filters leave.
    pub(crate) async fn new(scan: Scan<'s>) -> Result<Self> {
        let mut left = scan.left().await?;
        left.sort_by_key(|left| (left.part.meta.partition, left.part.meta.first_offset));
        let mut unseen = Vec::new();
        for (at, Left { part, condition }) in left.iter().enumerate() {
            let blocks = (0..part.blocks).filter(|block| condition.blocks.contains(*block));
            unseen.extend(blocks.map(|block| (part.latest(block), at, block)));
        }
        unseen.sort_unstable();
        left.iter().for_each(|left| scan.note(left));
        let time = scan.table.field_with_name(columns::TIME)?.clone();
        let schema = Arc::new(Schema::new(vec![time, Field::new(ROW, DataType::Int64, false)]));
        let predicates = vec![None; left.len()];
        Ok(Seeker { scan, schema, left, predicates, unseen })
    }

    /// No match in a block that was not looked at is newer than this; nothing if there is no such block.
    pub(crate) fn unseen(&self) -> Option<Timestamp> {
        self.unseen.last().map(|(latest, ..)| *latest)
    }

    /// The newest `wanted` matches in the next `blocks` blocks, or somewhat more.
    pub(crate) async fn next(&mut self, blocks: usize, wanted: usize) -> Result<Vec<Match>> {
        let wave = self.unseen.split_off(self.unseen.len().saturating_sub(blocks));
        let mut by_part: HashMap<usize, BlockSet> = HashMap::new();
        for (_, part, block) in wave {
            let all = self.left[part].part.blocks;
            by_part.entry(part).or_insert_with(|| BlockSet::none(all)).insert(block);
        }
        let mut units: Vec<(usize, Unit)> = Vec::new();
        for (at, blocks) in by_part {
            let (blocks, predicates) = (Arc::new(blocks), self.predicates(at)?);
            let of_part = units_of_groups(&self.left[at].part, &blocks, &predicates);
            units.extend(of_part.map(|unit| (at, unit)));
        }
        let source = self.scan.source();
        let mut tasks = JoinSet::new();
        for share in share_out(units, self.scan.streams, |(_, unit)| unit.rows_max()) {
            tasks.spawn(matches(share, source.clone(), Arc::clone(&self.schema), wanted));
        }
        let mut found = Vec::new();
        while let Some(share) = tasks.join_next().await {
            found.extend(share.map_err(from_outside)??);
        }
        Ok(found)
    }

    fn predicates(&mut self, at: usize) -> Result<Arc<[Predicate]>> {
        if let Some(known) = &self.predicates[at] {
            return Ok(Arc::clone(known));
        }
        let made: Arc<[Predicate]> = predicates(&self.left[at].condition.node, self.scan.table)?.into();
        self.predicates[at] = Some(Arc::clone(&made));
        Ok(made)
    }

    /// The parts by the numbers that matches give them. Blocks nobody looked at were left out for their times.
    pub(crate) fn finish(self) -> Vec<Arc<OpenPart>> {
        let blocks = self.unseen.len() as u64;
        self.scan.work.blocks_pruned.fetch_add(blocks, Ordering::Relaxed);
        self.scan.work.decided.count(Decider::Times.into(), Decided { parts: 0, blocks });
        self.left.into_iter().map(|left| left.part).collect()
    }
}

async fn matches(
    units: Vec<(usize, Unit)>,
    source: Source,
    schema: SchemaRef,
    wanted: usize,
) -> Result<Vec<Match>> {
    let mut found = Vec::new();
    for (part, unit) in units {
        let mut batches = std::pin::pin!(read(unit, source.clone(), Arc::clone(&schema)));
        while let Some(batch) = batches.try_next().await? {
            let times = batch.column(0).as_primitive::<TimestampNanosecondType>().values();
            let rows = batch.column(1).as_primitive::<Int64Type>().values();
            let of_batch = times.iter().zip(rows);
            found.extend(of_batch.map(|(time, row)| Match {
                time: Timestamp(*time),
                part,
                row: *row as u64,
            }));
            if found.len() >= wanted.saturating_add(SPARE) {
                keep_newest(&mut found, wanted);
            }
        }
    }
    Ok(found)
}

/// Drops all but the newest `wanted`.
pub(crate) fn keep_newest(found: &mut Vec<Match>, wanted: usize) {
    if found.len() > wanted {
        found.select_nth_unstable_by(wanted, |a, b| b.cmp(a));
        found.truncate(wanted);
    }
}
