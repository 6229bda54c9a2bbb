//! How do many small parts become few large ones?
//!
//! [`compact`] looks for neighbours of one partition that are worth merging ([`CompactionPolicy`]), writes
//! their rows as one new part that covers exactly what they covered, and puts it in their place in one
//! transaction of the catalog. The old files stay for queries in flight and are swept later. A crash or an
//! error at any step leaves the old parts as they were, and at most a file that nobody knows, which is
//! cleaned up. If retention or a deletion was quicker and one of the old parts is gone, nothing is replaced.

mod plan;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use futures::executor::block_on;
use girok_event::{DatasetName, Timestamp};
use girok_index::{IndexMerge, PartIndex};
use parquet::file::statistics::Statistics;

use crate::part::open::OpenPart;
use crate::part::rewrite::{Pace, Source, covers_of, rewrite};
use crate::schema::{EXACT_IN_FLOAT_MAX, meet, rank};
use crate::{PartId, PartMeta, PartSpec, Store, StoreError};

pub use plan::CompactionPolicy;

/// What a rewrite of parts is given from outside.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    /// The id of the new part.
    pub id: PartId,
    /// When the old parts leave sight.
    pub now: Timestamp,
    /// Asked after each piece of work; see [`Pace`].
    pub pace: &'a Pace<'a>,
}

impl Turn<'_> {
    /// A turn that works without a pause.
    pub fn unpaced(id: PartId, now: Timestamp) -> Self {
        Turn { id, now, pace: &|_| ControlFlow::Continue(()) }
    }
}

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// The parts that left sight, in the order of their offsets.
    pub old: Vec<Arc<PartMeta>>,
    /// The part in their place.
    pub new: Arc<PartMeta>,
    /// Bytes that went into it without being unpacked.
    pub copied_bytes: u64,
}

/// Merges the parts of one partition that are most worth it; nothing if none are. It blocks; call it again
/// until there is nothing left to do.
pub fn compact(
    store: &Store,
    dataset: &DatasetName,
    partition: u32,
    policy: &CompactionPolicy,
    turn: Turn<'_>,
) -> Result<Option<Compacted>, StoreError> {
    let parts = store.catalog.snapshot().parts(dataset);
    let own: Vec<_> = parts.iter().filter(|part| part.partition == partition).cloned().collect();
    let quarantine = store.parts.quarantine();
    match plan::plan(&own, policy, |part| quarantine.outage(&part.path).is_some()) {
        Some(run) => merge(store, &own[run], turn),
        None => Ok(None),
    }
}

/// Puts one part in the place of `old`; nothing if one of them is gone meanwhile.
fn merge(store: &Store, old: &[Arc<PartMeta>], turn: Turn<'_>) -> Result<Option<Compacted>, StoreError> {
    let Some(covers) = covers_of(old) else { return Ok(None) };
    if !has_room_for_shapes(store, old)? {
        return Ok(None);
    }
    let schema = unify_parts(store, old)?;
    let sources: Vec<_> = old.iter().map(|part| Source { part: part.clone(), without: Vec::new() }).collect();
    let rewritten = rewrite(store, &sources, &schema, PartSpec { id: turn.id, covers }, turn.pace)?;
    let Some(new) = rewritten.part else { return Ok(None) };
    Ok(replace(store, old, Some(&new), turn.now)?.then(|| Compacted {
        old: old.to_vec(),
        new: Arc::new(new),
        copied_bytes: rewritten.copied_bytes,
    }))
}

/// Whether one part can number the shapes of all of `parts`. If not, its messages would have none, and be searched more
/// slowly than in the small parts.
fn has_room_for_shapes(store: &Store, parts: &[Arc<PartMeta>]) -> Result<bool, StoreError> {
    let mut merged = IndexMerge::default();
    for part in parts {
        let index = OpenPart::open(&store.parts, &part.path, part.size_bytes)?.index()?;
        if !merged.has_room_for(&index) {
            return Ok(false);
        }
        merged.add(PartIndex { shapes: index.shapes, ..PartIndex::default() }, 0);
    }
    Ok(true)
}

/// Publishes a rewrite; whether it happened. The file of one that came too late is deleted.
pub(crate) fn replace(
    store: &Store,
    old: &[Arc<PartMeta>],
    new: Option<&PartMeta>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match store.catalog.replace(old, new, now) {
        Ok(()) => Ok(true),
        Err(StoreError::PartsGone { .. }) => {
            if let Some(new) = new {
                block_on(store.parts.delete(&new.path))?;
            }
            Ok(false)
        }
        // Whether the transaction happened is not known, so the file stays; if no part has it, it is
        // cleaned up later.
        Err(error) => Err(error),
    }
}

/// The schema that holds the rows of all `parts`, as [`crate::unify`] makes it from the rows themselves.
fn unify_parts(store: &Store, parts: &[Arc<PartMeta>]) -> Result<SchemaRef, StoreError> {
    let mut columns: Vec<Union> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for part in parts {
        let part = OpenPart::open(&store.parts, &part.path, part.size_bytes)?;
        for field in part.schema().fields() {
            let at = *positions.entry(field.name().clone()).or_insert(columns.len());
            let is_exact = field.data_type() != &DataType::Int64 || is_exact(&part, field.name());
            match columns.get_mut(at) {
                Some(column) => column.add(field, is_exact),
                None => columns.push(Union {
                    field: field.clone(),
                    types: vec![field.data_type().clone()],
                    is_exact,
                }),
            }
        }
    }
    columns.sort_by_key(|column| rank(column.field.name()));
    Ok(Arc::new(Schema::new(columns.into_iter().map(Union::settle).collect::<Vec<_>>())))
}

/// A column of several parts.
struct Union {
    field: FieldRef,
    types: Vec<DataType>,
    /// Whether all whole numbers in it are exact as floats.
    is_exact: bool,
}

impl Union {
    fn add(&mut self, field: &FieldRef, is_exact: bool) {
        self.is_exact &= is_exact;
        if !self.types.contains(field.data_type()) {
            self.types.push(field.data_type().clone());
        }
    }

    fn settle(self) -> FieldRef {
        let met = self.types.into_iter().reduce(|left, right| meet(&left, &right, self.is_exact));
        match met {
            Some(data_type) if &data_type != self.field.data_type() => {
                Arc::new(Field::new(self.field.name(), data_type, self.field.is_nullable()))
            }
            _ => self.field,
        }
    }
}

/// Whether the statistics of a column of whole numbers say that all of them are exact as floats.
fn is_exact(part: &OpenPart, name: &str) -> bool {
    part.groups().iter().all(|group| {
        let mut chunks = group.columns().iter();
        let chunk = chunks.find(|chunk| chunk.column_path().parts() == [name]);
        let is_small =
            |value: Option<&i64>| value.is_some_and(|value| value.unsigned_abs() <= EXACT_IN_FLOAT_MAX);
        match chunk.and_then(|chunk| chunk.statistics()) {
            Some(Statistics::Int64(range))
                if range.null_count_opt() == Some(group.num_rows().max(0) as u64) =>
            {
                true
            }
            Some(Statistics::Int64(range)) => is_small(range.min_opt()) && is_small(range.max_opt()),
            _ => false,
        }
    })
}
