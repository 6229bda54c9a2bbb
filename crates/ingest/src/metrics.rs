//! What came in, by door and dataset.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use girok_event::DatasetName;
use parking_lot::RwLock;

/// The counters of one door and one dataset.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    events: AtomicU64,
    bytes: AtomicU64,
    rejected: AtomicU64,
}

/// What was counted for one door and one dataset since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The door.
    pub input: &'static str,
    /// The dataset.
    pub dataset: DatasetName,
    /// Events that became durable.
    pub events: u64,
    /// Their bytes as sent, decompressed.
    pub bytes: u64,
    /// Events that were refused by themselves (not with their whole request).
    pub rejected: u64,
}

type Key = (&'static str, DatasetName);

/// All counters.
#[derive(Debug, Default)]
pub(crate) struct Metrics(RwLock<BTreeMap<Key, Arc<Counters>>>);

impl Metrics {
    pub(crate) fn accepted(&self, input: &'static str, dataset: &DatasetName, events: u64, bytes: u64) {
        let counters = self.counters(input, dataset);
        counters.events.fetch_add(events, Relaxed);
        counters.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn rejected(&self, input: &'static str, dataset: &DatasetName, events: u64) {
        if events > 0 {
            self.counters(input, dataset).rejected.fetch_add(events, Relaxed);
        }
    }

    pub(crate) fn snapshot(&self) -> Vec<Counted> {
        let counted = |((input, dataset), counters): (&Key, &Arc<Counters>)| Counted {
            input,
            dataset: dataset.clone(),
            events: counters.events.load(Relaxed),
            bytes: counters.bytes.load(Relaxed),
            rejected: counters.rejected.load(Relaxed),
        };
        self.0.read().iter().map(counted).collect()
    }

    fn counters(&self, input: &'static str, dataset: &DatasetName) -> Arc<Counters> {
        let key = (input, dataset.clone());
        if let Some(counters) = self.0.read().get(&key) {
            return Arc::clone(counters);
        }
        Arc::clone(self.0.write().entry(key).or_default())
    }
}
