//! Which partitions are compacted, and how far?
//!
//! Those of topics with `cleanup.policy=compact`, once enough of their sealed segments was not compacted before
//! (`min.cleanable.dirty.ratio`) or waits for too long (`max.compaction.lag.ms`). The open segment never is,
//! nor what is younger than `min.compaction.lag.ms`, nor what the retention group has not taken.

use std::sync::Arc;

use crate::CommitLog;
use crate::error::Result;
use crate::partition::{Dirt, Partition, Plan};
use crate::retention;
use crate::topic::Topic;

/// Compacts what is due.
pub(crate) fn apply(log: &CommitLog) -> Result<()> {
    let mut is_changed = false;
    for topic in log.inner.all_topics().iter().filter(|topic| topic.settings().cleanup.compact) {
        for partition in topic.partitions() {
            partition.roll_if_old()?;
            is_changed |= compact(log, topic, partition)?;
        }
    }
    if is_changed { log.inner.write_compacted() } else { Ok(()) }
}

/// Compacts a partition if it is due; whether it was.
fn compact(log: &CommitLog, topic: &Topic, partition: &Arc<Partition>) -> Result<bool> {
    let (settings, now_ms) = (topic.settings(), log.inner.shared.now_ms());
    let limit = if topic.is_internal() { i64::MAX } else { retention::taken(log, topic, partition) };
    let before_ms = now_ms.saturating_sub(settings.min_compaction_lag_ms).saturating_add(1);
    let (dirt, end) = partition.dirt(before_ms, limit);
    if !is_due(&dirt, settings.dirty_permille, now_ms.saturating_sub(settings.max_compaction_lag_ms)) {
        return Ok(false);
    }
    let freed_bytes = partition.compact(Plan {
        end,
        delete_horizon_ms: now_ms.saturating_add(settings.delete_retention_ms),
        now_ms,
        bytes_max: log.inner.shared.config.compaction_bytes,
    })?;
    tracing::info!(
        partition = partition.name(),
        freed_bytes,
        compacted = partition.compacted(),
        "log compacted"
    );
    Ok(true)
}

fn is_due(dirt: &Dirt, dirty_permille: u16, latest_ms: i64) -> bool {
    if dirt.dirty_bytes == 0 {
        return false;
    }
    let all_bytes = u128::from(dirt.clean_bytes) + u128::from(dirt.dirty_bytes);
    let is_dirty = u128::from(dirt.dirty_bytes) * 1000 >= all_bytes * u128::from(dirty_permille);
    is_dirty || dirt.oldest_ms < latest_ms
}
