//! What does the log tell about itself?

use std::sync::atomic::Ordering;

use crate::{CommitLog, TopicPartition, Traffic};

/// The log's numbers at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogMetrics {
    /// Every partition.
    pub partitions: Vec<PartitionMetrics>,
    /// Every partition that a group has committed for.
    pub groups: Vec<GroupMetrics>,
    /// Records deleted for want of space before the retention group had taken them.
    pub records_lost: u64,
    /// Bytes free on the disk, as last seen.
    pub disk_free_bytes: u64,
    /// Appends are refused while less than this is free.
    pub disk_reserve_bytes: u64,
}

/// A partition's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionMetrics {
    /// Which one.
    pub partition: TopicPartition,
    /// The first offset held.
    pub log_start: i64,
    /// The offset of the next record.
    pub log_end: i64,
    /// The offset up to which readers may read.
    pub high_watermark: i64,
    /// The offset up to which everything is synced.
    pub durable: i64,
    /// Bytes of all segments.
    pub size_bytes: u64,
    /// What went in and came out since the log was opened.
    pub traffic: Traffic,
    /// Number of segments.
    pub segments: usize,
    /// Bytes that are damaged and passed over; anything but 0 needs a human.
    pub damaged_bytes: u64,
    /// Why it takes no more appends; anything but nothing needs a human.
    pub failure: Option<String>,
}

/// A group's numbers for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMetrics {
    /// The group.
    pub group: String,
    /// The partition.
    pub partition: TopicPartition,
    /// The member that owns it, if any.
    pub member: Option<String>,
    /// The next offset to read.
    pub committed: i64,
    /// Records between it and the end of what may be read.
    pub lag: i64,
    /// When it was committed, milliseconds since the epoch.
    pub committed_ms: i64,
}

impl CommitLog {
    /// The log's numbers now.
    pub fn metrics(&self) -> LogMetrics {
        let shared = &self.inner.shared;
        LogMetrics {
            partitions: self.partition_metrics(),
            groups: self.group_metrics(),
            records_lost: shared.records_lost.load(Ordering::Relaxed),
            disk_free_bytes: shared.watermark.free_bytes(),
            disk_reserve_bytes: shared.config.disk_reserve_bytes,
        }
    }

    fn partition_metrics(&self) -> Vec<PartitionMetrics> {
        let topics = self.inner.all_topics();
        let all = topics.iter().flat_map(|topic| topic.partitions().iter().map(move |p| (topic, p)));
        all.map(|(topic, partition)| PartitionMetrics {
            partition: TopicPartition::new(topic.shared_name(), partition.id()),
            log_start: partition.log_start(),
            log_end: partition.log_end(),
            high_watermark: partition.high_watermark(),
            durable: partition.durable(),
            size_bytes: partition.size_bytes(),
            traffic: partition.traffic(),
            segments: partition.segments(),
            damaged_bytes: partition.damaged_bytes(),
            failure: partition.failure().map(ToString::to_string),
        })
        .collect()
    }

    fn group_metrics(&self) -> Vec<GroupMetrics> {
        let coordinator = self.inner.coordinator.lock();
        let owner = |group: &str, partition: &TopicPartition| {
            let mut members = coordinator.members();
            let found = members.find(|(of, _, owned)| *of == group && owned.contains(partition));
            found.map(|(_, member, _)| member.to_owned())
        };
        let commits = coordinator.offsets().iter();
        let mut groups: Vec<_> = commits
            .map(|(group, partition, committed)| GroupMetrics {
                group: group.to_owned(),
                partition: partition.clone(),
                member: owner(group, partition),
                committed: committed.offset,
                lag: self.end_of(partition).map_or(0, |end| end.saturating_sub(committed.offset).max(0)),
                committed_ms: committed.committed_ms,
            })
            .collect();
        groups.sort_by(|a, b| (&a.group, &a.partition).cmp(&(&b.group, &b.partition)));
        groups
    }

    /// The end of what may be read of a partition that exists.
    pub(crate) fn end_of(&self, partition: &TopicPartition) -> Option<i64> {
        let topic = self.topic(&*partition.topic)?;
        topic.partition(partition.partition).ok().map(|partition| partition.high_watermark())
    }
}
