//! Decoded columns that are asked again and again, in memory as far as the budget goes.
//!
//! Narrow columns are kept a row group at a time. Wide ones are kept a block at a time: where single rows are asked, for
//! the same newest rows are shown again and again; and where a text is sought in them a second time, if all that the
//! search looks at fits. What has to go is chosen at random: a question that reads
//! more than fits would push out everything before it comes back to it if the oldest went first.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::record_batch::RecordBatch;
use girok_store::PartId;
use parking_lot::Mutex;

/// So many row groups are remembered.
const SEEN_MAX: usize = 1 << 16;

/// One part in so many of the budget is for wide columns; so neither kind pushes out the other.
const WIDE_SHARE: usize = 4;

/// The columns that are kept.
#[derive(Debug)]
pub(crate) struct HotColumns {
    /// Of row groups.
    pub(crate) narrow: Kept,
    /// Of blocks.
    pub(crate) wide: Kept,
    /// Row groups of which some rows were asked: their columns are worth keeping from the second time on.
    pub(crate) touched: Seen,
    /// Row groups in which a text was sought: the same.
    pub(crate) searched: Seen,
}

/// What happened to row groups.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<HashSet<Piece>>);

/// A row group or a block of a part, by its number.
type Piece = (PartId, usize);

/// Columns of pieces of one kind.
#[derive(Debug)]
pub(crate) struct Kept {
    budget_bytes: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    pieces: HashMap<Piece, HashMap<String, ArrayRef>>,
    /// The keys of `pieces`, to choose one at random.
    keys: Vec<Piece>,
    bytes: usize,
}

impl HotColumns {
    /// Keeps at most about so many bytes.
    pub(crate) fn new(budget_bytes: usize) -> Self {
        let of_wide = budget_bytes / WIDE_SHARE;
        let (narrow, wide) = (Kept::new(budget_bytes - of_wide), Kept::new(of_wide));
        HotColumns { narrow, wide, touched: Seen::default(), searched: Seen::default() }
    }
}

impl Seen {
    /// Notes a row group; whether it is the first time.
    pub(crate) fn is_new(&self, group: Piece) -> bool {
        let mut seen = self.0.lock();
        if seen.len() >= SEEN_MAX {
            seen.clear();
        }
        seen.insert(group)
    }
}

impl Kept {
    fn new(budget_bytes: usize) -> Self {
        Kept { budget_bytes, held: Mutex::default() }
    }

    /// Whether so many bytes can be kept.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        bytes <= self.budget_bytes
    }

    /// Those of `names` that are kept of a piece.
    pub(crate) fn get(&self, piece: Piece, names: &BTreeSet<String>) -> BTreeMap<String, ArrayRef> {
        let held = self.held.lock();
        let Some(columns) = held.pieces.get(&piece) else { return BTreeMap::new() };
        names.iter().filter_map(|name| Some((name.clone(), ArrayRef::clone(columns.get(name)?)))).collect()
    }

    /// Keeps all columns of `batch`, which are those of a piece.
    pub(crate) fn hold(&self, piece: Piece, batch: &RecordBatch) {
        let mut held = self.held.lock();
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            held.hold(piece, field.name().clone(), Arc::clone(array));
        }
        while held.bytes > self.budget_bytes && !held.keys.is_empty() {
            let chosen = fastrand::usize(..held.keys.len());
            held.forget(chosen);
        }
    }
}

impl Held {
    fn hold(&mut self, piece: Piece, name: String, array: ArrayRef) {
        self.bytes += array.get_array_memory_size();
        let keys = &mut self.keys;
        let columns = self.pieces.entry(piece).or_insert_with(|| {
            keys.push(piece);
            HashMap::new()
        });
        if let Some(before) = columns.insert(name, array) {
            self.bytes -= before.get_array_memory_size();
        }
    }

    fn forget(&mut self, at: usize) {
        let columns = self.pieces.remove(&self.keys.swap_remove(at)).unwrap_or_default();
        self.bytes -= columns.values().map(Array::get_array_memory_size).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;

    #[test]
    fn the_budget_is_kept() {
        let kept = Kept::new(100_000);
        let names = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        for piece in 0..50 {
            let column =
                |name: &String| (name.clone(), Arc::new(Int64Array::from(vec![1; 1000])) as ArrayRef);
            kept.hold((PartId(1), piece), &RecordBatch::try_from_iter(names.iter().map(column)).unwrap());
        }
        let count: usize = (0..50).map(|piece| kept.get((PartId(1), piece), &names).len()).sum();
        assert!((6..=12).contains(&count), "{count}");
        let held = kept.held.lock();
        assert_eq!(held.keys.len(), held.pieces.len());
        let bytes = held.pieces.values().flat_map(HashMap::values).map(Array::get_array_memory_size);
        assert_eq!(bytes.sum::<usize>(), held.bytes);
        assert!(held.bytes <= 100_000);
    }
}
