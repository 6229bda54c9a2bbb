//! Which segments are deleted, and when?
//!
//! Only whole sealed segments, oldest first: those whose newest record is too old, then those beyond the
//! topic's bytes. What the retention group has not committed yet stays, unless the disk is nearly full: then
//! the oldest segments of all go until the reserve is free again, first those that were taken, then any; what
//! is lost that way is counted and reported as an error.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::CommitLog;
use crate::error::Result;
use crate::partition::{Oldest, Partition};
use crate::topic::{Topic, TopicPartition};

/// Seals old segments and deletes what need not be kept.
pub(crate) fn apply(log: &CommitLog) -> Result<()> {
    for partition in log.inner.partitions() {
        partition.roll_if_old()?;
    }
    let topics = log.inner.all_topics();
    for topic in topics.iter().filter(|topic| may_delete(topic)) {
        roll_expired(log, topic)?;
        delete_old(log, topic)?;
        delete_beyond_size(log, topic)?;
    }
    free_the_reserve(log, &topics)
}

/// Whether age and size are reasons to delete the topic's segments.
fn may_delete(topic: &Topic) -> bool {
    !topic.is_internal() && topic.settings().cleanup.delete
}

/// Seals open segments of which every record is too old, so that they can be deleted.
fn roll_expired(log: &CommitLog, topic: &Topic) -> Result<()> {
    let Some(limit_ms) = age_limit_ms(log, topic) else { return Ok(()) };
    for partition in topic.partitions() {
        if partition.open_kept_ms().is_some_and(|kept_ms| kept_ms < limit_ms) {
            partition.roll_now()?;
        }
    }
    Ok(())
}

/// The time before which records are too old.
fn age_limit_ms(log: &CommitLog, topic: &Topic) -> Option<i64> {
    let retention_ms = topic.settings().retention_ms;
    (retention_ms >= 0).then(|| log.inner.shared.now_ms().saturating_sub(retention_ms))
}

/// The offset below which a partition's records may go.
pub(crate) fn taken(log: &CommitLog, topic: &Topic, partition: &Partition) -> i64 {
    let Some(group) = &log.inner.shared.config.retention_group else { return i64::MAX };
    let of = TopicPartition::new(topic.shared_name(), partition.id());
    log.committed(group, &of).map_or(0, |committed| committed.offset)
}

/// The oldest segment, if all of it was taken.
fn oldest_taken(log: &CommitLog, topic: &Topic, partition: &Partition) -> Option<Oldest> {
    let taken = taken(log, topic, partition);
    partition.oldest().filter(|oldest| oldest.next_offset <= taken)
}

fn delete_old(log: &CommitLog, topic: &Topic) -> Result<()> {
    let Some(limit_ms) = age_limit_ms(log, topic) else { return Ok(()) };
    for partition in topic.partitions() {
        while oldest_taken(log, topic, partition).is_some_and(|oldest| oldest.kept_ms < limit_ms) {
            delete(partition, "age")?;
        }
    }
    Ok(())
}

fn delete_beyond_size(log: &CommitLog, topic: &Topic) -> Result<()> {
    let Ok(bytes_max) = u64::try_from(topic.settings().bytes_max) else { return Ok(()) };
    while topic.partitions().iter().map(|partition| partition.size_bytes()).sum::<u64>() > bytes_max {
        let candidates = topic.partitions().iter();
        let candidates = candidates.filter_map(|p| Some((oldest_taken(log, topic, p)?.kept_ms, p)));
        let Some((_, partition)) = candidates.min_by_key(|(kept_ms, _)| *kept_ms) else { return Ok(()) };
        delete(partition, "size")?;
    }
    Ok(())
}

fn free_the_reserve(log: &CommitLog, topics: &[Topic]) -> Result<()> {
    let shared = &log.inner.shared;
    while shared.look_at_disk() < shared.config.disk_reserve_bytes {
        let all = || {
            topics
                .iter()
                .filter(|topic| may_delete(topic))
                .flat_map(|topic| topic.partitions().iter().map(move |partition| (topic, partition)))
        };
        let was_taken = all().filter_map(|(topic, p)| Some((oldest_taken(log, topic, p)?.kept_ms, topic, p)));
        let any = all().filter_map(|(topic, p)| Some((p.oldest()?.kept_ms, topic, p)));
        let oldest = was_taken.min_by_key(|found| found.0).or_else(|| any.min_by_key(|found| found.0));
        let Some((_, topic, partition)) = oldest else { return Ok(()) };
        if let Some(oldest) = partition.oldest() {
            count_loss(log, topic, partition, oldest.next_offset, "disk nearly full");
        }
        delete(partition, "disk")?;
    }
    Ok(())
}

/// Counts the records below `end` that the retention group has not taken, before they are deleted.
pub(crate) fn count_loss(log: &CommitLog, topic: &Topic, partition: &Partition, end: i64, reason: &str) {
    if topic.is_internal() {
        return;
    }
    let first_lost = taken(log, topic, partition).max(partition.log_start());
    let records_lost = end.saturating_sub(first_lost).max(0) as u64;
    if records_lost > 0 {
        log.inner.shared.records_lost.fetch_add(records_lost, Ordering::Relaxed);
        tracing::error!(
            partition = partition.name(),
            records_lost,
            first_offset = first_lost,
            reason,
            "records deleted before they were taken"
        );
    }
}

fn delete(partition: &Arc<Partition>, reason: &'static str) -> Result<()> {
    partition.delete_oldest()?;
    tracing::info!(
        partition = partition.name(),
        reason,
        log_start = partition.log_start(),
        "old segment deleted"
    );
    Ok(())
}
