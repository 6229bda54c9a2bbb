//! How far behind is a group, in records and in seconds?
//!
//! In records: from what it has committed to the end of what may be read. In seconds: from the time of the
//! first record it has not committed to the time of the newest, so that a group is not late on a topic where
//! nothing comes any more. Times are read from the log itself, and kept until the place they belong to moves.

use std::collections::{BTreeMap, HashMap};

use girok_commitlog::TopicPartition;
use parking_lot::Mutex;

use crate::{ClusterAdmin, Group, Result, Topic};

/// How far a group is behind, all partitions together and each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupLag {
    /// Records not committed yet, of all partitions.
    pub records: u64,
    /// The latest of its partitions.
    pub seconds: f64,
    /// Each partition that it has committed for, and each that a member has.
    pub partitions: BTreeMap<TopicPartition, PartitionLag>,
}

/// How far a group is behind in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PartitionLag {
    /// The next offset to read; nothing while nothing was committed.
    pub committed: Option<i64>,
    /// The first offset held.
    pub start: i64,
    /// The end of what may be read.
    pub end: i64,
    /// Records between them.
    pub records: u64,
    /// Time between the first of them and the newest.
    pub seconds: f64,
}

/// Record times that were read before. Only two places a partition and group are of interest at a time, so
/// it is emptied of those that were not asked for again.
#[derive(Debug, Default)]
pub(crate) struct Times(Mutex<HashMap<(TopicPartition, i64), i64>>);

/// The ends of all partitions.
type Ends = HashMap<TopicPartition, (i64, i64)>;

impl Times {
    /// The lag of each of `groups`, by name.
    pub(crate) fn lag_of(
        &self,
        admin: &dyn ClusterAdmin,
        groups: &[Group],
        topics: &[Topic],
    ) -> Result<BTreeMap<String, GroupLag>> {
        let ends = ends_of(topics);
        let mut lags: BTreeMap<_, _> =
            groups.iter().map(|group| (group.name.clone(), in_records(group, &ends))).collect();
        let places = lags.values().flat_map(|lag| lag.partitions.iter().flat_map(places_of));
        let times = self.look_up(admin, &places.collect::<Vec<_>>())?;
        for lag in lags.values_mut() {
            for (of, partition) in &mut lag.partitions {
                partition.seconds = seconds_of(of, partition, &times);
                lag.seconds = lag.seconds.max(partition.seconds);
            }
        }
        Ok(lags)
    }

    /// Times by place; what is known is not read again.
    fn look_up(
        &self,
        admin: &dyn ClusterAdmin,
        places: &[(TopicPartition, i64)],
    ) -> Result<HashMap<(TopicPartition, i64), i64>> {
        let mut known = self.0.lock().clone();
        let unknown: Vec<_> = places.iter().filter(|place| !known.contains_key(*place)).cloned().collect();
        let found = if unknown.is_empty() { Vec::new() } else { admin.record_times(&unknown)? };
        known.extend(unknown.into_iter().zip(found).filter_map(|(place, time)| Some((place, time?))));
        let wanted = places.iter().filter_map(|place| known.get_key_value(place));
        let times: HashMap<_, _> = wanted.map(|(place, time)| (place.clone(), *time)).collect();
        self.0.lock().clone_from(&times);
        Ok(times)
    }
}

fn ends_of(topics: &[Topic]) -> Ends {
    let partitions = topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| {
            (TopicPartition::new(topic.name.as_str(), partition.id), (partition.start, partition.end))
        })
    });
    partitions.collect()
}

fn in_records(group: &Group, ends: &Ends) -> GroupLag {
    let assigned = group.members.iter().flat_map(|member| &member.assigned);
    let mut lag = GroupLag::default();
    for of in group.committed.keys().chain(assigned) {
        let Some((start, end)) = ends.get(of).copied() else { continue };
        let committed = group.committed.get(of).copied();
        // What was deleted before it was read is not to be read any more; without a commit all that is held is.
        let next = committed.unwrap_or(start).max(start);
        let records = u64::try_from(end.saturating_sub(next)).unwrap_or(0);
        lag.partitions.insert(of.clone(), PartitionLag { committed, start, end, records, seconds: 0.0 });
    }
    lag.records = lag.partitions.values().map(|partition| partition.records).sum();
    lag
}

/// The two places whose times make the lag in seconds: the first record not committed, and the last of all.
fn places_of((of, lag): (&TopicPartition, &PartitionLag)) -> Vec<(TopicPartition, i64)> {
    match lag.records {
        0 => Vec::new(),
        _ => vec![(of.clone(), first_of(lag)), (of.clone(), lag.end - 1)],
    }
}

fn first_of(lag: &PartitionLag) -> i64 {
    lag.committed.unwrap_or(lag.start).max(lag.start)
}

fn seconds_of(of: &TopicPartition, lag: &PartitionLag, times: &HashMap<(TopicPartition, i64), i64>) -> f64 {
    let time = |offset: i64| times.get(&(of.clone(), offset)).copied();
    match (time(first_of(lag)), time(lag.end - 1)) {
        (Some(first), Some(newest)) if lag.records > 0 => newest.saturating_sub(first).max(0) as f64 / 1e3,
        _ => 0.0,
    }
}
