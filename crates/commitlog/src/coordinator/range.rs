//! Of each topic, neighbouring partitions: member by member, as many as are due.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::assign::{Assignment, Wishes};
use crate::TopicPartition;

/// Shares the partitions of `topics` out among the members of `wishes`.
pub(super) fn assign_range(wishes: &Wishes, topics: &BTreeMap<Arc<str>, u32>) -> Assignment {
    let mut shares: Assignment = wishes.keys().map(|member| (member.clone(), Default::default())).collect();
    for (topic, partitions) in topics {
        let members: Vec<_> = wishes.iter().filter(|(_, wanted)| wanted.contains(topic)).collect();
        let count = members.len() as u32;
        for (at, (member, _)) in members.into_iter().enumerate() {
            let at = at as u32;
            let (each, more) = (partitions / count, partitions % count);
            let first = at * each + at.min(more);
            let last = first + each + u32::from(at < more);
            let share = shares.entry(member.clone()).or_default();
            share.extend((first..last).map(|partition| TopicPartition::new(topic.clone(), partition)));
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_stay_together() {
        let topics: BTreeMap<Arc<str>, u32> = [("a".into(), 5), ("b".into(), 1)].into();
        let all = || topics.keys().cloned().collect();
        let wishes: Wishes = [("m1".to_owned(), all()), ("m2".to_owned(), all())].into();
        let shares = assign_range(&wishes, &topics);
        let share = |member: &str| shares[member].iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(share("m1"), ["a-0", "a-1", "a-2", "b-0"]);
        assert_eq!(share("m2"), ["a-3", "a-4"]);
        assert_eq!(assign_range(&Wishes::new(), &topics), Assignment::new());
    }
}
