//! Which pattern is a shape of, and since when is it seen? One registry for each dataset, shared by all who write its
//! parts.
//!
//! The catalog keeps what the registry knows of parts, in the transaction that publishes a part; a start reads it
//! back, so that ids stay the same and counts go on.

use std::collections::HashMap;

use girok_event::{DatasetName, Timestamp};
use girok_index::{Miner, PatternId};
use parking_lot::Mutex;

use crate::{Catalog, StoreError};

/// The patterns of all datasets.
#[derive(Debug, Default)]
pub struct Patterns {
    registries: Mutex<HashMap<DatasetName, Registry>>,
}

#[derive(Debug, Default)]
struct Registry {
    miner: Miner,
    seen: HashMap<PatternId, Seen>,
}

/// When and how often messages of a pattern went into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// `_time` of the first.
    pub first: Timestamp,
    /// `_time` of the last.
    pub last: Timestamp,
    /// How many, those included that were deleted since.
    pub rows: u64,
}

/// A pattern that is in some part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPattern {
    /// Its id.
    pub id: PatternId,
    /// Its text as it is now.
    pub text: String,
    /// When and how often it was seen.
    pub seen: Seen,
}

impl Seen {
    /// Both together.
    pub fn join(self, other: Seen) -> Seen {
        Seen {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            rows: self.rows + other.rows,
        }
    }
}

impl Patterns {
    /// The patterns that the catalog knows.
    pub fn open(catalog: &Catalog) -> Result<Self, StoreError> {
        let patterns = Patterns::default();
        for (dataset, pattern) in catalog.patterns()? {
            patterns.restore(&dataset, &pattern);
        }
        Ok(patterns)
    }

    /// The pattern of a shape and its text as it is now; a shape that fits none begins a new one.
    pub fn assign(&self, dataset: &DatasetName, shape: &str) -> (PatternId, String) {
        let mut registries = self.registries.lock();
        let miner = &mut registries.entry(dataset.clone()).or_default().miner;
        let id = miner.assign(shape).id;
        (id, miner.text(id).unwrap_or_default().to_owned())
    }

    /// The text of a pattern as it is now.
    pub fn text(&self, dataset: &DatasetName, id: PatternId) -> Option<String> {
        self.registries.lock().get(dataset)?.miner.text(id).map(str::to_owned)
    }

    /// The patterns of a dataset that are in some part, in no order.
    pub fn known(&self, dataset: &DatasetName) -> Vec<KnownPattern> {
        let registries = self.registries.lock();
        let Some(Registry { miner, seen }) = registries.get(dataset) else { return Vec::new() };
        let text = |id| miner.text(id).unwrap_or_default().to_owned();
        seen.iter().map(|(id, seen)| KnownPattern { id: *id, text: text(*id), seen: *seen }).collect()
    }

    /// Counts the patterns of a part that was published.
    pub(crate) fn note(&self, dataset: &DatasetName, patterns: &[(PatternId, Seen)]) {
        let mut registries = self.registries.lock();
        let known = &mut registries.entry(dataset.clone()).or_default().seen;
        for (id, seen) in patterns {
            known.entry(*id).and_modify(|known| *known = known.join(*seen)).or_insert(*seen);
        }
    }

    /// Forgets a dataset that was deleted.
    pub fn forget(&self, dataset: &DatasetName) {
        self.registries.lock().remove(dataset);
    }

    /// Takes up a pattern that was known before, so that its shapes get the same id again.
    fn restore(&self, dataset: &DatasetName, pattern: &KnownPattern) {
        let mut registries = self.registries.lock();
        let registry = registries.entry(dataset.clone()).or_default();
        registry.miner.restore(pattern.id, &pattern.text);
        registry.seen.insert(pattern.id, pattern.seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_have_patterns_of_their_own() {
        let (web, auth) = (DatasetName::new("web").unwrap(), DatasetName::new("auth").unwrap());
        let patterns = Patterns::default();
        let (id, text) = patterns.assign(&web, "took \u{1} ms");
        assert_eq!(patterns.text(&web, id).as_deref(), Some(text.as_str()));
        assert_eq!(patterns.text(&auth, id), None);
        assert_eq!(patterns.known(&web), [], "it is in no part yet");
        patterns.forget(&web);
        assert_eq!(patterns.text(&web, id), None);
    }
}
