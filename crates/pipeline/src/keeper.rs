//! Parts that are no longer kept: dropped by policy, their files deleted after a grace; and files that no
//! part ever had.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use girok_event::{DatasetName, Timestamp};
use girok_store::{PartId, Store, StoreError, expired_parts};

use crate::PipelineConfig;
use crate::config::before;

/// A file that no part has is deleted when it has been so for this long: far longer than from the writing of
/// a file to the publishing of its part.
const ORPHAN_AGE: Duration = Duration::from_secs(3600);

/// Keeps the parts in order.
pub(crate) struct Keeper {
    store: Store,
    config: Arc<PipelineConfig>,
    /// Files that no part has, and since when they are known.
    orphans: HashMap<String, Instant>,
}

impl Keeper {
    pub(crate) fn new(store: Store, config: Arc<PipelineConfig>) -> Self {
        Keeper { store, config, orphans: HashMap::new() }
    }

    /// Drops what the policies no longer keep, then deletes what was dropped long enough ago.
    pub(crate) fn keep_house(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let snapshot = self.store.catalog.snapshot();
        for dataset in snapshot.datasets() {
            let policy = snapshot.retention(dataset).over(self.config.retention);
            let expired = expired_parts(&snapshot.parts(dataset), policy, now);
            self.drop_parts(dataset, &expired, now)?;
        }
        let parts = &self.store.parts;
        let deleted = block_on(parts.sweep(&self.store.catalog, before(now, self.config.delete_grace)))?;
        if !deleted.is_empty() {
            tracing::info!(parts = deleted.len(), "files of dropped parts deleted");
        }
        self.delete_orphans(now)
    }

    fn drop_parts(&self, dataset: &DatasetName, parts: &[PartId], now: Timestamp) -> Result<(), StoreError> {
        if parts.is_empty() {
            return Ok(());
        }
        self.store.catalog.drop_parts(parts, now)?;
        tracing::info!(%dataset, parts = parts.len(), "parts dropped by retention");
        Ok(())
    }

    /// Deletes files that were left behind by a write that failed. A file stands for a moment before its
    /// part is published, so both its own age and the time it has been watched have to be long.
    fn delete_orphans(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let found = block_on(self.store.parts.orphans(&self.store.catalog, before(now, ORPHAN_AGE)))?;
        self.orphans.retain(|path, _| found.contains(path));
        for path in found {
            let since = *self.orphans.entry(path.clone()).or_insert_with(Instant::now);
            if since.elapsed() >= ORPHAN_AGE {
                block_on(self.store.parts.delete(&path))?;
                tracing::info!(path, "file that no part has deleted");
                self.orphans.remove(&path);
            }
        }
        Ok(())
    }
}
