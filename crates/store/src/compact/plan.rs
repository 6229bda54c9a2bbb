//! Which parts of a partition are to become one?
//!
//! Only neighbours are merged, so the result covers one range of offsets without a gap. Parts of about one
//! size wait until there are enough of them; so a row is written anew once each time its part has grown by
//! that factor, and never again once the part has its full size.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use girok_event::limits::COLUMNS_PER_PART_MAX;

use crate::{ColumnKind, ColumnMeta, PartMeta};

/// At most so many times as many parts as are enough are merged at once.
const PARTS_MAX_FACTOR: usize = 4;

/// When parts are merged, and how large the result may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactionPolicy {
    /// So many neighbours of about one size become one; less than 2 is never.
    pub parts_min: usize,
    /// The result is at most about so many bytes; 0 is never.
    pub size_bytes_max: u64,
    /// The result has at most so many rows.
    pub rows_max: u64,
    /// The events of the result are at most so much further apart than those of one of the parts were: whole
    /// parts are what retention drops and what a time range leaves out.
    pub span_nanos_max: i64,
}

impl Default for CompactionPolicy {
    fn default() -> Self {
        CompactionPolicy {
            parts_min: 8,
            size_bytes_max: 512 << 20,
            rows_max: 8 << 20,
            span_nanos_max: 24 * 3600 * 1_000_000_000,
        }
    }
}

/// The first run of `parts`, which are those of one partition by offset, that is worth merging. Parts for
/// which `is_out` are left alone.
pub(super) fn plan(
    parts: &[Arc<PartMeta>],
    policy: &CompactionPolicy,
    is_out: impl Fn(&PartMeta) -> bool,
) -> Option<Range<usize>> {
    if policy.parts_min < 2 || policy.size_bytes_max == 0 {
        return None;
    }
    let runs = (0..parts.len()).filter(|start| !is_out(&parts[*start]));
    // The longest run from each start; the one whose parts are smallest is the cheapest to begin with.
    let worthy = runs.filter_map(|start| grow(parts, start, policy, &is_out));
    worthy.min_by_key(|run| parts[run.clone()].iter().map(|part| part.size_bytes).max())
}

/// The run that begins at `start`, if it is long enough.
fn grow(
    parts: &[Arc<PartMeta>],
    start: usize,
    policy: &CompactionPolicy,
    is_out: &impl Fn(&PartMeta) -> bool,
) -> Option<Range<usize>> {
    let mut run = Run::new(&parts[start]);
    let mut end = start + 1;
    let mut is_full = false;
    while let Some(next) = parts.get(end).filter(|next| !is_out(next)) {
        if parts[end - 1].covers.until != next.covers.from || !run.is_like(next, policy) {
            break;
        }
        if !run.takes(next, policy) {
            is_full = true;
            break;
        }
        run.add(next);
        end += 1;
    }
    let is_enough = end - start >= policy.parts_min;
    let is_last_step = is_full && end - start >= 2 && run.size_bytes >= policy.size_bytes_max / 2;
    (is_enough || is_last_step).then_some(start..end)
}

/// Neighbours taken so far.
struct Run<'a> {
    parts: usize,
    size_bytes: u64,
    rows: u64,
    smallest: u64,
    largest: u64,
    /// The earliest and the latest event, and the most time between two of one part.
    first: i64,
    last: i64,
    widest: i64,
    /// The columns, and which of them are maps.
    columns: HashMap<&'a str, bool>,
}

impl<'a> Run<'a> {
    fn new(first: &'a PartMeta) -> Self {
        let mut run = Run {
            parts: 0,
            size_bytes: 0,
            rows: 0,
            smallest: u64::MAX,
            largest: 0,
            first: i64::MAX,
            last: i64::MIN,
            widest: 0,
            columns: HashMap::new(),
        };
        run.add(first);
        run
    }

    fn add(&mut self, part: &'a PartMeta) {
        self.parts += 1;
        self.size_bytes += part.size_bytes;
        self.rows += part.rows;
        self.smallest = self.smallest.min(part.size_bytes);
        self.largest = self.largest.max(part.size_bytes);
        self.first = self.first.min(part.time_min.as_nanos());
        self.last = self.last.max(part.time_max.as_nanos());
        self.widest = self.widest.max(span(part));
        self.columns.extend(part.columns.iter().map(|column| (&*column.name, is_map(column))));
    }

    /// Whether `next` is of about the same size as the others.
    fn is_like(&self, next: &PartMeta, policy: &CompactionPolicy) -> bool {
        let smallest = self.smallest.min(next.size_bytes).max(1);
        let largest = self.largest.max(next.size_bytes);
        largest / smallest < policy.parts_min as u64
    }

    /// Whether there is room for `next`.
    fn takes(&self, next: &PartMeta, policy: &CompactionPolicy) -> bool {
        let first = self.first.min(next.time_min.as_nanos());
        let last = self.last.max(next.time_max.as_nanos());
        let span_max = self.widest.max(span(next)).saturating_add(policy.span_nanos_max);
        self.parts < policy.parts_min * PARTS_MAX_FACTOR
            && self.size_bytes + next.size_bytes <= policy.size_bytes_max
            && self.rows + next.rows <= policy.rows_max
            && last.saturating_sub(first) <= span_max
            && self.has_columns_for(next)
    }

    /// Whether all columns fit, and those of one name can be one: nothing casts to or from a map.
    fn has_columns_for(&self, next: &PartMeta) -> bool {
        let known = next.columns.iter().map(|column| (column, self.columns.get(&*column.name)));
        let new = known.clone().filter(|(_, known)| known.is_none()).count();
        let is_alike =
            known.into_iter().all(|(column, known)| known.is_none_or(|map| *map == is_map(column)));
        is_alike && self.columns.len() + new <= COLUMNS_PER_PART_MAX
    }
}

fn is_map(column: &ColumnMeta) -> bool {
    column.kind == ColumnKind::Map
}

fn span(part: &PartMeta) -> i64 {
    part.time_max.as_nanos().saturating_sub(part.time_min.as_nanos())
}

#[cfg(test)]
mod tests {
    use girok_event::{DatasetName, Timestamp};

    use super::*;
    use crate::{Covers, IndexLocation, PartId};

    /// Parts one after another, by size.
    fn parts(sizes: &[u64]) -> Vec<Arc<PartMeta>> {
        let part = |(at, size): (usize, &u64)| {
            let from = at as i64 * 10;
            Arc::new(PartMeta {
                id: PartId(at as u64),
                dataset: DatasetName::default_dataset(),
                path: at.to_string(),
                partition: 0,
                covers: Covers { from, until: from + 10 },
                first_offset: from,
                last_offset: from + 9,
                rows: 10,
                size_bytes: *size,
                raw_bytes: 0,
                time_min: Timestamp(from),
                time_max: Timestamp(from + 9),
                columns: [].into(),
                index: IndexLocation { offset: 0, length: 0, checksum: 0 },
            })
        };
        sizes.iter().enumerate().map(part).collect()
    }

    fn policy() -> CompactionPolicy {
        CompactionPolicy { parts_min: 4, size_bytes_max: 100, ..CompactionPolicy::default() }
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "an expectation is written where it is used")]
    fn check(sizes: &[u64], expected: Option<Range<usize>>) {
        assert_eq!(plan(&parts(sizes), &policy(), |_| false), expected);
    }

    #[test]
    fn enough_neighbours_of_one_size_become_one() {
        check(&[], None);
        check(&[1, 1, 1], None);
        check(&[1, 1, 1, 1], Some(0..4));
        check(&[4, 1, 1, 1, 2], Some(1..5));
        check(&[1, 1, 9, 1, 1], None);
        check(&[10, 10, 10, 10, 1, 1, 1, 1], Some(4..8));
    }

    #[test]
    fn a_run_ends_at_its_full_size() {
        check(&[30, 30, 30, 30], Some(0..3));
        check(&[60, 60, 60, 60], None);
        check(&[100, 100, 1, 1, 1], None);
    }

    #[test]
    fn gaps_other_days_and_damaged_parts_are_borders() {
        let mut list = parts(&[1, 1, 1, 1]);
        assert_eq!(plan(&list, &policy(), |part| part.id == PartId(2)), None);
        Arc::make_mut(&mut list[2]).covers.from += 1;
        assert_eq!(plan(&list, &policy(), |_| false), None);

        let mut list = parts(&[1, 1, 1, 1]);
        Arc::make_mut(&mut list[3]).time_max = Timestamp(i64::MAX);
        assert_eq!(plan(&list, &policy(), |_| false), Some(0..4), "one part spans as much by itself");
        Arc::make_mut(&mut list[3]).time_min = Timestamp(i64::MAX);
        assert_eq!(plan(&list, &policy(), |_| false), None);
    }

    #[test]
    #[expect(clippy::same_item_push, reason = "the list is merged between the pushes")]
    fn a_row_is_written_again_only_when_its_part_has_grown() {
        // 512 parts of one size arrive one by one; what is merged is merged at once.
        let policy = CompactionPolicy { parts_min: 8, size_bytes_max: 64, ..CompactionPolicy::default() };
        let (mut sizes, mut written) = (Vec::new(), 0);
        for _ in 0..512 {
            sizes.push(1);
            while let Some(run) = plan(&parts(&sizes), &policy, |_| false) {
                let merged: u64 = sizes[run.clone()].iter().sum();
                written += merged;
                sizes.splice(run, [merged]);
            }
        }
        assert_eq!(sizes, [64; 8]);
        assert_eq!(written, 2 * 512, "8 to 1, twice");
    }
}
