//! The catalog as it was after one commit; never changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use girok_event::DatasetName;

use crate::{DayFile, PartId, PartMeta, Retention};

/// Parts and checkpoints after one commit.
#[derive(Debug, Clone, Default)]
pub struct CatalogSnapshot {
    pub(super) version: u64,
    pub(super) parts: BTreeMap<DatasetName, Arc<[Arc<PartMeta>]>>,
    pub(super) days: BTreeMap<DatasetName, Arc<[Arc<DayFile>]>>,
    pub(super) checkpoints: HashMap<(DatasetName, u32), i64>,
    pub(super) retentions: BTreeMap<DatasetName, Retention>,
}

impl CatalogSnapshot {
    /// Rises with each commit of this process.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The parts of a dataset, by partition and offset.
    pub fn parts(&self, dataset: &DatasetName) -> Arc<[Arc<PartMeta>]> {
        self.parts.get(dataset).cloned().unwrap_or_default()
    }

    /// The day tables of a dataset. They may know parts that are gone.
    pub fn days(&self, dataset: &DatasetName) -> Arc<[Arc<DayFile>]> {
        self.days.get(dataset).cloned().unwrap_or_default()
    }

    /// The datasets that have parts, in order.
    pub fn datasets(&self) -> impl Iterator<Item = &DatasetName> {
        self.parts.keys()
    }

    /// The offset up to which the store holds everything of a partition; 0 for a new one.
    pub fn checkpoint(&self, dataset: &DatasetName, partition: u32) -> i64 {
        self.checkpoints.get(&(dataset.clone(), partition)).copied().unwrap_or(0)
    }

    /// What a dataset keeps differently from the others.
    pub fn retention(&self, dataset: &DatasetName) -> Retention {
        self.retentions.get(dataset).copied().unwrap_or_default()
    }

    /// Whether queries see the part, or the day table, with this id.
    pub(crate) fn has(&self, id: PartId) -> bool {
        self.parts.values().any(|parts| parts.iter().any(|part| part.id == id))
            || self.days.values().any(|days| days.iter().any(|day| day.id == id))
    }

    /// All checkpoints.
    pub fn checkpoints(&self) -> impl Iterator<Item = (&DatasetName, u32, i64)> {
        self.checkpoints.iter().map(|((dataset, partition), offset)| (dataset, *partition, *offset))
    }

    pub(super) fn set_checkpoint(&mut self, dataset: &DatasetName, partition: u32, offset: i64) {
        self.checkpoints.insert((dataset.clone(), partition), offset);
    }

    pub(super) fn add(&mut self, part: Arc<PartMeta>) {
        let parts = self.parts.entry(part.dataset.clone()).or_default();
        let place = |part: &PartMeta| (part.partition, part.first_offset);
        let at = parts.partition_point(|other| place(other) < place(&part));
        let mut longer = parts.to_vec();
        longer.insert(at, part);
        *parts = longer.into();
    }

    pub(super) fn remove(&mut self, ids: &[PartId]) {
        for parts in self.parts.values_mut() {
            if parts.iter().any(|part| ids.contains(&part.id)) {
                *parts = parts.iter().filter(|part| !ids.contains(&part.id)).cloned().collect();
            }
        }
        self.parts.retain(|_, parts| !parts.is_empty());
    }

    pub(super) fn replace_days(&mut self, dataset: &DatasetName, day: i64, new: &[DayFile]) {
        let days = self.days.entry(dataset.clone()).or_default();
        let kept = days.iter().filter(|file| file.day != day).cloned();
        *days = kept.chain(new.iter().cloned().map(Arc::new)).collect();
    }

    pub(super) fn remove_dataset(&mut self, dataset: &DatasetName) {
        self.parts.remove(dataset);
        self.days.remove(dataset);
        self.retentions.remove(dataset);
        self.checkpoints.retain(|(name, _), _| name != dataset);
    }
}
