//! Parts that are no longer kept: dropped by policy, their files deleted after a grace.

use girok_event::{DatasetName, Timestamp};
use girok_store::{PartId, Store, StoreError, expired_parts};

use crate::PipelineConfig;
use crate::config::before;

/// Drops what the policies no longer keep, then deletes what was dropped long enough ago.
pub(crate) fn keep_house(store: &Store, config: &PipelineConfig, now: Timestamp) -> Result<(), StoreError> {
    let snapshot = store.catalog.snapshot();
    for dataset in snapshot.datasets() {
        let expired = expired_parts(&snapshot.parts(dataset), config.policy(dataset), now);
        drop_parts(store, dataset, &expired, now)?;
    }
    let deleted =
        futures::executor::block_on(store.parts.sweep(&store.catalog, before(now, config.delete_grace)))?;
    if !deleted.is_empty() {
        tracing::info!(parts = deleted.len(), "files of dropped parts deleted");
    }
    Ok(())
}

fn drop_parts(
    store: &Store,
    dataset: &DatasetName,
    parts: &[PartId],
    now: Timestamp,
) -> Result<(), StoreError> {
    if parts.is_empty() {
        return Ok(());
    }
    store.catalog.drop_parts(parts, now)?;
    tracing::info!(%dataset, parts = parts.len(), "parts dropped by retention");
    Ok(())
}
