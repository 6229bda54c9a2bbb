//! A group whose partitions the coordinator shares out, to members inside this process and to Kafka
//! clients of the consumer protocol (KIP-848) alike.
//!
//! There is a target for each member. A member first gives up what is not in its target, and says so; then
//! it gets what is free of its target. So no partition is ever two members', and one that does not move is
//! not interrupted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Subscription;
use super::assign::{Assignment, Wishes, assign};
use super::classic::GroupState;
use super::range::assign_range;
use crate::TopicPartition;
use crate::progress::Wake;

/// How long a member whose connection ended may take to come back: a killed process is gone at once, and
/// its partitions should not wait for the end of its session.
pub(super) const RECONNECT_MS: i64 = 1000;

/// A way to share partitions out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Assignor {
    /// Evenly, moving as little as possible.
    Uniform,
    /// Of each topic, neighbouring partitions.
    Range,
}

impl Assignor {
    /// Kafka's name of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Assignor::Uniform => "uniform",
            Assignor::Range => "range",
        }
    }

    pub(crate) fn find(name: &str) -> Option<Self> {
        [Assignor::Uniform, Assignor::Range].into_iter().find(|assignor| assignor.name() == name)
    }
}

/// What is known of a Kafka client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Client {
    /// The name under which it comes back after a restart.
    pub(crate) instance_id: Option<String>,
    pub(crate) rack_id: Option<String>,
    /// What it calls itself.
    pub(crate) client_id: String,
    /// Where it is.
    pub(crate) client_host: String,
    /// The topics it named.
    pub(crate) topics: Vec<String>,
    /// The pattern it gave.
    pub(crate) pattern: Option<String>,
}

/// One member.
pub(crate) struct Member {
    pub(super) subscription: Subscription,
    /// A member silent for longer is taken out.
    pub(super) session_timeout_ms: i64,
    /// So is one that takes longer to give up what it must.
    pub(super) rebalance_timeout_ms: i64,
    /// Woken when there is something to hear.
    pub(super) wake: Option<Arc<Wake>>,
    pub(super) assignor: Option<Assignor>,
    /// For a client of the classic protocol: the way to share out that it believes in.
    pub(super) classic: Option<String>,
    /// Nothing for a member inside this process.
    pub(crate) client: Option<Client>,
    pub(super) seen_ms: i64,
    /// The group's epoch that the member has arrived in, and the one before.
    pub(crate) epoch: i32,
    pub(super) epoch_before: i32,
    /// What it may work on.
    pub(crate) assigned: BTreeSet<TopicPartition>,
    /// What it must give up and has not said that it did.
    pub(super) revoking: BTreeSet<TopicPartition>,
    /// The epoch in which each of these came to it.
    came_in: BTreeMap<TopicPartition, i32>,
    revoking_since_ms: i64,
    /// An instance that said it will be back.
    pub(super) is_away: bool,
}

impl Member {
    pub(super) fn new(subscription: Subscription, session_timeout_ms: i64, now_ms: i64) -> Self {
        Member {
            subscription,
            session_timeout_ms,
            rebalance_timeout_ms: i64::MAX,
            wake: None,
            assignor: None,
            classic: None,
            client: None,
            seen_ms: now_ms,
            epoch: 0,
            epoch_before: 0,
            assigned: BTreeSet::new(),
            revoking: BTreeSet::new(),
            came_in: BTreeMap::new(),
            revoking_since_ms: now_ms,
            is_away: false,
        }
    }

    /// Whether nobody else may have the partition.
    pub(super) fn owns(&self, partition: &TopicPartition) -> bool {
        self.assigned.contains(partition) || self.revoking.contains(partition)
    }

    /// Whether the partition has been its own since `epoch`, or longer.
    pub(super) fn has_owned_since(&self, epoch: i32, partition: &TopicPartition) -> bool {
        self.owns(partition) && self.came_in.get(partition).is_some_and(|came_in| *came_in <= epoch)
    }

    /// All that nobody else may have.
    pub(super) fn owned(&self) -> impl Iterator<Item = &TopicPartition> {
        self.assigned.iter().chain(&self.revoking)
    }

    /// The member says that of what it must give up it has only `owned`; whether that frees anything.
    pub(super) fn acknowledge(&mut self, owned: &BTreeSet<TopicPartition>) -> bool {
        let before = self.revoking.len();
        self.revoking.retain(|partition| owned.contains(partition));
        self.revoking.len() < before
    }

    /// Whether it was silent, or slow, for too long.
    pub(super) fn is_lost(&self, now_ms: i64) -> bool {
        let is_silent = now_ms.saturating_sub(self.seen_ms) > self.session_timeout_ms;
        let is_slow = !self.revoking.is_empty()
            && now_ms.saturating_sub(self.revoking_since_ms) > self.rebalance_timeout_ms;
        is_silent || is_slow
    }

    /// Its connection ended: it has a moment to come back. An instance has its whole session.
    pub(super) fn lose_connection(&mut self, now_ms: i64) {
        if self.client.as_ref().is_some_and(|client| client.instance_id.is_none()) {
            let is_due = now_ms.saturating_sub(self.session_timeout_ms).saturating_add(RECONNECT_MS);
            self.seen_ms = self.seen_ms.min(is_due);
        }
    }

    pub(super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake.set();
        }
    }
}

/// A group.
#[derive(Default)]
pub(crate) struct Group {
    /// Rises with every change.
    pub(super) epoch: i32,
    pub(super) members: BTreeMap<String, Member>,
    target: Assignment,
}

impl Group {
    /// Makes a new target from who is there now.
    pub(super) fn rebalance(&mut self, topics: &BTreeMap<Arc<str>, u32>) {
        let wishes: Wishes = self
            .members
            .iter()
            .map(|(id, member)| {
                let wanted = topics.keys().filter(|topic| member.subscription.wants(topic));
                (id.clone(), wanted.cloned().collect())
            })
            .collect();
        let target = match self.assignor() {
            Assignor::Uniform => assign(&wishes, topics, &self.target),
            Assignor::Range => assign_range(&wishes, topics),
        };
        if target != self.target {
            self.target = target;
            self.epoch += 1;
            self.wake_all();
        }
    }

    /// The way to share out that most members ask for.
    pub(crate) fn assignor(&self) -> Assignor {
        let mut votes: BTreeMap<Assignor, usize> = BTreeMap::new();
        self.members.values().filter_map(|member| member.assignor).for_each(|vote| {
            *votes.entry(vote).or_default() += 1;
        });
        let most = votes.into_iter().max_by_key(|(assignor, votes)| (*votes, std::cmp::Reverse(*assignor)));
        most.map_or(Assignor::Uniform, |(assignor, _)| assignor)
    }

    /// Leads a member one step nearer to its target.
    pub(super) fn reconcile(&mut self, id: &str, now_ms: i64) {
        let is_revoking = self.revoke(id, now_ms);
        let free = if is_revoking { Vec::new() } else { self.free_for(id) };
        let epoch = self.epoch;
        let Some(member) = self.members.get_mut(id).filter(|_| !is_revoking) else { return };
        member.came_in.extend(free.iter().map(|partition| (partition.clone(), epoch)));
        member.assigned.extend(free);
        let assigned = &member.assigned;
        member.came_in.retain(|partition, _| assigned.contains(partition));
        if member.epoch != epoch {
            (member.epoch_before, member.epoch) = (member.epoch, epoch);
        }
    }

    /// Takes from a member what is not in its target; whether there is anything that it must give up.
    pub(super) fn revoke(&mut self, id: &str, now_ms: i64) -> bool {
        let target = self.target.get(id);
        let Some(member) = self.members.get_mut(id) else { return false };
        if member.revoking.is_empty() {
            let is_doomed = |of: &TopicPartition| target.is_none_or(|target| !target.contains(of));
            member.revoking = member.assigned.iter().filter(|of| is_doomed(of)).cloned().collect();
            member.assigned.retain(|of| !is_doomed(of));
            member.revoking_since_ms = now_ms;
        }
        !member.revoking.is_empty()
    }

    /// What of its target a member does not have and no other has.
    fn free_for(&self, id: &str) -> Vec<TopicPartition> {
        let owned: BTreeSet<_> = self.members.values().flat_map(Member::owned).collect();
        let target = self.target.get(id).into_iter().flatten();
        target.filter(|wanted| !owned.contains(wanted)).cloned().collect()
    }

    /// Whether there is something for a member to give up or to take.
    pub(super) fn has_news(&self, id: &str) -> bool {
        let is_revoking = self.members.get(id).is_some_and(|member| !member.revoking.is_empty());
        is_revoking || !self.free_for(id).is_empty()
    }

    /// What a member will have in the end.
    pub(crate) fn target_of(&self, id: &str) -> BTreeSet<TopicPartition> {
        self.target.get(id).cloned().unwrap_or_default()
    }

    /// Where it stands.
    pub(crate) fn state(&self) -> GroupState {
        let is_settled = self
            .members
            .iter()
            .all(|(id, member)| member.revoking.is_empty() && Some(&member.assigned) == self.target.get(id));
        match (self.members.is_empty(), is_settled) {
            (true, _) => GroupState::Empty,
            (false, true) => GroupState::Stable,
            (false, false) => GroupState::Reconciling,
        }
    }

    /// Rises with every change.
    pub(crate) fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Its members.
    pub(crate) fn consumers(&self) -> impl Iterator<Item = (&String, &Member)> {
        self.members.iter()
    }

    /// A member comes back under another id, with the work it had.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(target) = self.target.remove(from) {
            self.target.insert(to.to_owned(), target);
        }
        if let Some(member) = self.members.remove(from) {
            self.members.insert(to.to_owned(), member);
        }
    }

    pub(super) fn wake_all(&self) {
        self.members.values().for_each(Member::wake);
    }
}
