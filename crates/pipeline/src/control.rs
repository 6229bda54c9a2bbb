//! What others may ask of the store workers of this process.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use girok_event::DatasetName;
use girok_store::PartId;
use parking_lot::Mutex;

use crate::TopicPartition;
use crate::worker::Common;

/// How often it is looked whether what was asked for is done.
const WATCH_INTERVAL: Duration = Duration::from_millis(10);

/// Partitions that are to be sealed up to an offset before they are due.
#[derive(Debug, Default)]
pub(crate) struct SealRequests(Mutex<HashMap<TopicPartition, i64>>);

impl SealRequests {
    /// Whether somebody waits for rows of `partition` from `covers_from` on.
    pub(crate) fn wants(&self, partition: &TopicPartition, covers_from: i64) -> bool {
        self.0.lock().get(partition).is_some_and(|until| *until > covers_from)
    }
}

/// The rows that were visible could not be made parts in time.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot seal the live rows of `{dataset}` within {seconds} s\nhint: the server's log says what keeps them"
)]
pub struct SealTimeout {
    /// The dataset.
    pub dataset: DatasetName,
    /// How long was waited.
    pub seconds: u64,
}

/// A handle to the workers; cheap to clone.
#[derive(Clone)]
pub struct Control {
    common: Arc<Common>,
}

impl Control {
    pub(crate) fn new(common: Arc<Common>) -> Self {
        Control { common }
    }

    /// An id for a part that is written outside of the workers.
    pub fn part_id(&self) -> PartId {
        self.common.part_ids.next()
    }

    /// Makes parts of what is live of `dataset` now. When it returns, everything below the offset it gives
    /// for each partition is in parts. It blocks.
    pub fn seal(&self, dataset: &DatasetName, patience: Duration) -> Result<BTreeMap<u32, i64>, SealTimeout> {
        let mut ends: BTreeMap<u32, i64> = BTreeMap::new();
        for chunk in self.common.store.live.chunks(dataset) {
            let end = ends.entry(chunk.partition).or_default();
            *end = (*end).max(chunk.last_offset + 1);
        }
        let places: Vec<_> = ends
            .iter()
            .map(|(partition, end)| {
                (TopicPartition { dataset: dataset.clone(), partition: *partition }, *end)
            })
            .collect();
        self.common.seal_requests.0.lock().extend(places.iter().cloned());
        let is_sealed = self.wait_for(&places, patience);
        self.withdraw(&places);
        if !is_sealed {
            return Err(SealTimeout { dataset: dataset.clone(), seconds: patience.as_secs() });
        }
        for (name, partition, checkpoint) in self.common.store.catalog.snapshot().checkpoints() {
            if name == dataset {
                ends.entry(partition).or_insert(checkpoint);
            }
        }
        Ok(ends)
    }

    fn wait_for(&self, places: &[(TopicPartition, i64)], patience: Duration) -> bool {
        let catalog = &self.common.store.catalog;
        let is_stored = |(place, end): &(TopicPartition, i64)| {
            catalog.checkpoint(&place.dataset, place.partition) >= *end
        };
        let until = Instant::now() + patience;
        while !places.iter().all(is_stored) {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(WATCH_INTERVAL);
        }
        true
    }

    fn withdraw(&self, places: &[(TopicPartition, i64)]) {
        let mut requests = self.common.seal_requests.0.lock();
        for (place, end) in places {
            if requests.get(place) == Some(end) {
                requests.remove(place);
            }
        }
    }
}
