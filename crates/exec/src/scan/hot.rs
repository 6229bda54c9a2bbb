//! Decoded columns that are asked again and again, in memory as far as the budget goes.
//!
//! Only narrow columns are kept, a row group at a time. What has to go is chosen at random: a question that reads
//! more than fits would push out everything before it comes back to it if the oldest went first.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use girok_store::PartId;
use parking_lot::Mutex;

/// So many row groups are remembered because of a few rows.
const TOUCHED_MAX: usize = 1 << 16;

/// Columns of row groups.
#[derive(Debug)]
pub(crate) struct HotColumns {
    budget_bytes: usize,
    held: Mutex<Held>,
}

/// A row group of a part.
type Group = (PartId, usize);

#[derive(Debug, Default)]
struct Held {
    groups: HashMap<Group, HashMap<String, ArrayRef>>,
    /// The keys of `groups`, to choose one at random.
    keys: Vec<Group>,
    bytes: usize,
    /// Row groups of which some rows were asked.
    touched: HashSet<Group>,
}

impl HotColumns {
    /// Keeps at most about so many bytes.
    pub(crate) fn new(budget_bytes: usize) -> Self {
        HotColumns { budget_bytes, held: Mutex::default() }
    }

    /// Those of `names` that are kept of a row group.
    pub(crate) fn get(&self, group: Group, names: &BTreeSet<String>) -> BTreeMap<String, ArrayRef> {
        let held = self.held.lock();
        let Some(columns) = held.groups.get(&group) else { return BTreeMap::new() };
        names.iter().filter_map(|name| Some((name.clone(), ArrayRef::clone(columns.get(name)?)))).collect()
    }

    /// Whether few rows of a row group are asked for the first time: its columns are worth keeping from the second
    /// time on.
    pub(crate) fn is_new(&self, group: Group) -> bool {
        let touched = &mut self.held.lock().touched;
        if touched.len() >= TOUCHED_MAX {
            touched.clear();
        }
        touched.insert(group)
    }

    /// Keeps columns of a row group.
    pub(crate) fn hold(&self, group: Group, columns: &[(String, ArrayRef)]) {
        let mut held = self.held.lock();
        for (name, array) in columns {
            held.hold(group, name.clone(), Arc::clone(array));
        }
        while held.bytes > self.budget_bytes && !held.keys.is_empty() {
            let chosen = fastrand::usize(..held.keys.len());
            held.forget(chosen);
        }
    }
}

impl Held {
    fn hold(&mut self, group: Group, name: String, array: ArrayRef) {
        self.bytes += array.get_array_memory_size();
        let keys = &mut self.keys;
        let columns = self.groups.entry(group).or_insert_with(|| {
            keys.push(group);
            HashMap::new()
        });
        if let Some(before) = columns.insert(name, array) {
            self.bytes -= before.get_array_memory_size();
        }
    }

    fn forget(&mut self, at: usize) {
        let columns = self.groups.remove(&self.keys.swap_remove(at)).unwrap_or_default();
        self.bytes -= columns.values().map(Array::get_array_memory_size).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;

    #[test]
    fn the_budget_is_kept() {
        let hot = HotColumns::new(100_000);
        let names = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        for group in 0..50 {
            let column =
                |name: &String| (name.clone(), Arc::new(Int64Array::from(vec![1; 1000])) as ArrayRef);
            hot.hold((PartId(1), group), &names.iter().map(column).collect::<Vec<_>>());
        }
        let kept: usize = (0..50).map(|group| hot.get((PartId(1), group), &names).len()).sum();
        assert!((6..=12).contains(&kept), "{kept}");
        let held = hot.held.lock();
        assert_eq!(held.keys.len(), held.groups.len());
        let bytes = held.groups.values().flat_map(HashMap::values).map(Array::get_array_memory_size);
        assert_eq!(bytes.sum::<usize>(), held.bytes);
        assert!(held.bytes <= 100_000);
    }
}
