//! Which pattern is a shape of? One miner for each dataset, shared by all who write its parts.

use std::collections::HashMap;

use girok_event::DatasetName;
use girok_index::{Miner, PatternId};
use parking_lot::Mutex;

/// The patterns of all datasets.
#[derive(Debug, Default)]
pub struct Patterns {
    miners: Mutex<HashMap<DatasetName, Miner>>,
}

impl Patterns {
    /// The pattern of a shape and its text as it is now; a shape that fits none begins a new one.
    pub fn assign(&self, dataset: &DatasetName, shape: &str) -> (PatternId, String) {
        let mut miners = self.miners.lock();
        let miner = miners.entry(dataset.clone()).or_default();
        let id = miner.assign(shape).id;
        (id, miner.text(id).unwrap_or_default().to_owned())
    }

    /// The text of a pattern as it is now.
    pub fn text(&self, dataset: &DatasetName, id: PatternId) -> Option<String> {
        self.miners.lock().get(dataset)?.text(id).map(str::to_owned)
    }

    /// Takes up a pattern that was known before, so that its shapes get the same id again.
    pub fn restore(&self, dataset: &DatasetName, id: PatternId, text: &str) {
        self.miners.lock().entry(dataset.clone()).or_default().restore(id, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_have_patterns_of_their_own_that_survive_a_restart() {
        let (web, auth) = (DatasetName::new("web").unwrap(), DatasetName::new("auth").unwrap());
        let patterns = Patterns::default();
        let (id, text) = patterns.assign(&web, "took \u{1} ms");
        assert_eq!(patterns.text(&web, id).as_deref(), Some(text.as_str()));
        assert_eq!(patterns.text(&auth, id), None);
        let again = Patterns::default();
        again.restore(&web, id, &text);
        assert_eq!(again.assign(&web, "took \u{1} ms"), (id, text));
    }
}
