//! Which member gets which partition?
//!
//! Members keep what they have; what is free goes where the least is, first of the same topic, then in all;
//! then as few partitions as possible move until nobody has two more than another. A topic's partitions are
//! spread by themselves, so that a hot topic does not end up with one member.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::TopicPartition;

/// Partitions by member.
pub(crate) type Assignment = BTreeMap<String, BTreeSet<TopicPartition>>;

/// The topics each member wants.
pub(crate) type Wishes = BTreeMap<String, BTreeSet<Arc<str>>>;

/// Shares the partitions of `topics` out among the members of `wishes`, beginning with what they have.
pub(crate) fn assign(wishes: &Wishes, topics: &BTreeMap<Arc<str>, u32>, current: &Assignment) -> Assignment {
    let mut shares = keep(wishes, topics, current);
    let taken: BTreeSet<_> = shares.values().flatten().cloned().collect();
    for (topic, partitions) in topics {
        let all = (0..*partitions).map(|partition| TopicPartition::new(topic.clone(), partition));
        for free in all.filter(|partition| !taken.contains(partition)) {
            give(&mut shares, wishes, free);
        }
    }
    while let Some((from, to, partition)) = find_move(&shares, wishes, topics) {
        shares.get_mut(&from).map(|share| share.remove(&partition));
        shares.get_mut(&to).map(|share| share.insert(partition));
    }
    shares
}

/// What members have that is still there and still wanted.
fn keep(wishes: &Wishes, topics: &BTreeMap<Arc<str>, u32>, current: &Assignment) -> Assignment {
    let mut seen = BTreeSet::new();
    let share = |(member, wanted): (&String, &BTreeSet<Arc<str>>)| {
        let had = current.get(member).into_iter().flatten();
        let kept = had.filter(|had| {
            let exists = topics.get(&had.topic).is_some_and(|partitions| had.partition < *partitions);
            exists && wanted.contains(&had.topic) && seen.insert((*had).clone())
        });
        (member.clone(), kept.cloned().collect())
    };
    wishes.iter().map(share).collect()
}

fn give(shares: &mut Assignment, wishes: &Wishes, partition: TopicPartition) {
    let wants = |member: &&String| wishes[*member].contains(&partition.topic);
    let least = shares.keys().filter(wants).min_by_key(|member| {
        let share = &shares[*member];
        (count_of(share, &partition.topic), share.len())
    });
    if let Some(member) = least.cloned() {
        shares.entry(member).or_default().insert(partition);
    }
}

fn count_of(share: &BTreeSet<TopicPartition>, topic: &str) -> usize {
    share.iter().filter(|partition| &*partition.topic == topic).count()
}

/// A partition that should move: the giver has two more than the taker, of the topic or in all. A move for
/// the sake of the whole never unbalances a topic.
fn find_move(
    shares: &Assignment,
    wishes: &Wishes,
    topics: &BTreeMap<Arc<str>, u32>,
) -> Option<(String, String, TopicPartition)> {
    // From the one who has most to the one who has least, so that one move often serves both ends.
    let mut least_first: Vec<_> = shares.iter().collect();
    least_first.sort_by_key(|(_, share)| share.len());
    let pairs = || least_first.iter().rev().flat_map(|from| least_first.iter().map(move |to| (*from, *to)));
    let both = |topic: &Arc<str>, from: &String, to: &String| {
        wishes[from].contains(topic) && wishes[to].contains(topic)
    };
    let wanted = |margin: usize, whole: bool| {
        pairs().find_map(|((from, has), (to, lacks))| {
            let uneven = |topic: &&Arc<str>| {
                both(topic, from, to) && count_of(has, topic) >= count_of(lacks, topic) + margin
            };
            if whole && has.len() < lacks.len() + 2 {
                return None;
            }
            let topic = topics.keys().find(uneven)?;
            let partition = has.iter().rfind(|partition| partition.topic == *topic)?;
            Some((from.clone(), to.clone(), partition.clone()))
        })
    };
    wanted(2, false).or_else(|| wanted(1, true))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topics(counts: &[u32]) -> BTreeMap<Arc<str>, u32> {
        counts.iter().enumerate().map(|(at, count)| (Arc::from(format!("t{at}")), *count)).collect()
    }

    fn wish_all(members: &[usize], topics: &BTreeMap<Arc<str>, u32>) -> Wishes {
        members.iter().map(|member| (format!("m{member}"), topics.keys().cloned().collect())).collect()
    }

    fn moved(before: &Assignment, after: &Assignment) -> usize {
        let stays = |(member, had): (&String, &BTreeSet<_>)| {
            after.get(member).map_or(0, |has| had.intersection(has).count())
        };
        let had: usize = before.values().map(BTreeSet::len).sum();
        had - before.iter().map(stays).sum::<usize>()
    }

    proptest! {
        #[test]
        fn everything_is_given_evenly_and_little_moves(
            counts in proptest::collection::vec(1u32..7, 1..6),
            members in 1usize..6,
        ) {
            let topics = topics(&counts);
            let all: Vec<_> = (0..members).collect();
            let total: usize = counts.iter().map(|count| *count as usize).sum();
            let first = assign(&wish_all(&all, &topics), &topics, &Assignment::new());
            let joined = assign(&wish_all(&(0..=members).collect::<Vec<_>>(), &topics), &topics, &first);
            let left = assign(&wish_all(&all[1..], &topics), &topics, &first);
            for shares in [&first, &joined] {
                let given: Vec<_> = shares.values().flatten().collect();
                prop_assert_eq!(given.len(), total);
                prop_assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), total, "each once");
                let sizes = shares.values().map(BTreeSet::len);
                prop_assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1);
            }
            prop_assert!(moved(&first, &joined) <= total.div_ceil(members + 1) + counts.len());
            prop_assert_eq!(assign(&wish_all(&all, &topics), &topics, &first), first.clone(), "it is stable");
            prop_assert_eq!(left.values().map(BTreeSet::len).sum::<usize>(), if members > 1 { total } else { 0 });
        }

        #[test]
        fn different_wishes_are_respected(
            counts in proptest::collection::vec(1u32..5, 1..5),
            masks in proptest::collection::vec(0u8..32, 1..5),
        ) {
            let topics = topics(&counts);
            let wish = |mask: u8| topics.keys().enumerate()
                .filter(move |(at, _)| mask >> at & 1 == 1).map(|(_, topic)| topic.clone()).collect();
            let wishes: Wishes =
                masks.iter().enumerate().map(|(at, mask)| (format!("m{at}"), wish(*mask))).collect();
            let shares = assign(&wishes, &topics, &Assignment::new());
            for (member, share) in &shares {
                prop_assert!(share.iter().all(|partition| wishes[member].contains(&partition.topic)));
            }
            let wanted: usize = topics.iter()
                .filter(|(topic, _)| wishes.values().any(|wish| wish.contains(*topic)))
                .map(|(_, count)| *count as usize).sum();
            prop_assert_eq!(shares.values().map(BTreeSet::len).sum::<usize>(), wanted);
        }
    }
}
