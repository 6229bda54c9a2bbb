//! Where shall a group go on? A reset, and its rules.
//!
//! Only a group without members is reset: a member would go on where it is and commit over it. girok's own
//! group is never reset, because its offsets are not what it reads from. An offset outside of what is held is
//! moved to the nearest end, as Kafka's tools do.

use std::collections::BTreeSet;

use girok_commitlog::TopicPartition;

use crate::error::{AdminError, Result};
use crate::{ClusterAdmin, Group, Topic};

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The first record held.
    Earliest,
    /// Behind the last record.
    Latest,
    /// This offset, in every partition.
    Offset(i64),
    /// The first record with at least this time, milliseconds since the epoch.
    Time(i64),
}

/// A reset as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    /// Where to.
    pub to: Target,
    /// Of which topics; all that the group has committed for if empty.
    pub topics: Vec<String>,
    /// Of which partitions of these topics; all if empty.
    pub partitions: Vec<u32>,
    /// Whether only to say what would be done.
    pub dry_run: bool,
}

/// One partition that was moved, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which one.
    pub partition: TopicPartition,
    /// What was committed.
    pub before: Option<i64>,
    /// What is committed now.
    pub after: i64,
}

/// Moves `group`, or says what would be moved.
pub(crate) fn reset(admin: &dyn ClusterAdmin, group: &Group, reset: &Reset) -> Result<Vec<Moved>> {
    if !group.members.is_empty() {
        let (group, members) = (group.name.clone(), group.members.len());
        return Err(AdminError::GroupInUse { verb: "reset", group, members });
    }
    let topics = admin.topics()?;
    let chosen = choose(group, reset, &topics)?;
    let partitions: Vec<_> = chosen.iter().map(|(of, ..)| of.clone()).collect();
    let by_time = match reset.to {
        Target::Time(time_ms) => admin.offsets_for_time(&partitions, time_ms)?,
        _ => vec![None; partitions.len()],
    };
    let moved = chosen.into_iter().zip(by_time).map(|((of, start, end), found)| {
        let after = match reset.to {
            Target::Earliest => start,
            Target::Latest => end,
            Target::Offset(offset) => offset.clamp(start, end),
            // Nothing is so new: there is nothing to read before something comes.
            Target::Time(_) => found.unwrap_or(end).clamp(start, end),
        };
        Moved { before: group.committed.get(&of).copied(), partition: of, after }
    });
    let moved: Vec<_> = moved.collect();
    if !reset.dry_run {
        let offsets: Vec<_> = moved.iter().map(|one| (one.partition.clone(), one.after)).collect();
        admin.commit(&group.name, &offsets)?;
    }
    Ok(moved)
}

/// The partitions that are meant, each with its ends.
fn choose(group: &Group, reset: &Reset, topics: &[Topic]) -> Result<Vec<(TopicPartition, i64, i64)>> {
    let committed = || group.committed.keys().map(|of| of.topic.to_string());
    let names: BTreeSet<_> =
        if reset.topics.is_empty() { committed().collect() } else { reset.topics.iter().cloned().collect() };
    if names.is_empty() {
        let what =
            format!("cannot reset group `{}`: it has committed nothing, so name the topics", group.name);
        return Err(AdminError::Invalid { what });
    }
    let mut chosen = Vec::new();
    for name in names {
        let Some(topic) = topics.iter().find(|topic| topic.name == name) else {
            // A topic that was deleted may still have offsets; one that was named must be there.
            if reset.topics.is_empty() {
                continue;
            }
            return Err(AdminError::UnknownTopic { topic: name });
        };
        let exists = |wanted: &&u32| topic.partitions.iter().any(|partition| partition.id == **wanted);
        if let Some(partition) = reset.partitions.iter().find(|wanted| !exists(wanted)) {
            return Err(AdminError::UnknownPartition { topic: name, partition: *partition });
        }
        let wanted = topic
            .partitions
            .iter()
            .filter(|partition| reset.partitions.is_empty() || reset.partitions.contains(&partition.id));
        chosen.extend(wanted.map(|partition| {
            (TopicPartition::new(name.as_str(), partition.id), partition.start, partition.end)
        }));
    }
    Ok(chosen)
}
