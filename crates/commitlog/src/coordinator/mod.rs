//! The one coordinator of consumer groups: who is a member, who has which partition, what is committed?
//!
//! It is a state machine without I/O, threads or a clock: time is passed in. A member joins, sends
//! heartbeats that say what it owns and answer what it may own, and leaves. The coordinator keeps a target
//! for each member and gives a partition only when no other member owns it any more: a member first hears
//! that it must give a partition up, and says with its next heartbeat that it has. So no partition is ever
//! read by two members, and one that does not move is not interrupted.

pub(crate) mod assign;
pub(crate) mod bridge;
pub(crate) mod classic;
pub(crate) mod group;
pub(crate) mod offsets;
mod range;
pub(crate) mod remote;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use regex::Regex;

use self::classic::{ClassicGroup, GroupError, GroupInfo, GroupResult, MemberRef};
use self::group::{Group, Member};
use self::offsets::{Committed, OffsetTable};
use crate::names::is_internal;
use crate::progress::Wake;
use crate::{Error, Result, TopicPartition};

/// Which topics a consumer wants.
#[derive(Debug, Clone)]
pub enum Subscription {
    /// These, whether they exist yet or not.
    Topics(Vec<String>),
    /// All whose whole name matches, as they come; never the log's own topics.
    Pattern(Regex),
    /// Both: these, and all whose whole name matches, the log's own too.
    Either(Vec<String>, Regex),
}

impl Subscription {
    /// All topics whose whole name matches the regular expression.
    pub fn pattern(pattern: &str) -> Result<Self> {
        Subscription::regex(pattern).map(Subscription::Pattern)
    }

    fn regex(pattern: &str) -> Result<Regex> {
        Regex::new(&format!("^(?:{pattern})$"))
            .map_err(|error| Error::InvalidPattern { pattern: pattern.to_owned(), reason: error.to_string() })
    }

    /// Every topic but the log's own.
    pub fn all() -> Self {
        Subscription::pattern(".*").expect("`.*` is a regular expression")
    }

    fn wants(&self, topic: &str) -> bool {
        match self {
            Subscription::Topics(topics) => topics.iter().any(|wanted| wanted == topic),
            Subscription::Pattern(pattern) => !is_internal(topic) && pattern.is_match(topic),
            Subscription::Either(topics, pattern) => {
                topics.iter().any(|wanted| wanted == topic) || pattern.is_match(topic)
            }
        }
    }
}

/// A new member.
pub(crate) struct Join {
    pub(crate) subscription: Subscription,
    /// A member silent for longer is taken out.
    pub(crate) session_timeout_ms: i64,
    /// Woken when the member should send a heartbeat.
    pub(crate) wake: Option<Arc<Wake>>,
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heartbeat {
    /// Rises with every change of the group.
    pub(crate) generation: i32,
    /// What the member may own now. What it owns beyond that it must give up.
    pub(crate) assignment: BTreeSet<TopicPartition>,
}

/// All groups.
#[derive(Default)]
pub(crate) struct Coordinator {
    topics: BTreeMap<Arc<str>, u32>,
    groups: HashMap<String, Group>,
    /// Groups of Kafka clients.
    classic: BTreeMap<String, ClassicGroup>,
    /// What groups were when they last had members, of those that have committed.
    former: HashMap<String, GroupInfo>,
    offsets: OffsetTable,
    members_ever: u64,
}

impl Coordinator {
    pub(crate) fn new(offsets: OffsetTable) -> Self {
        Coordinator { offsets, ..Coordinator::default() }
    }

    pub(crate) fn offsets(&self) -> &OffsetTable {
        &self.offsets
    }

    pub(crate) fn offsets_mut(&mut self) -> &mut OffsetTable {
        &mut self.offsets
    }

    /// The connection ended over which a member spoke.
    pub(crate) fn lose_connection(&mut self, group: &str, id: &str, now_ms: i64) {
        if let Some(member) = self.groups.get_mut(group).and_then(|group| group.members.get_mut(id)) {
            member.lose_connection(now_ms);
        } else if let Some(group) = self.classic.get_mut(group) {
            group.lose_connection(id, now_ms);
        }
    }

    /// Tells which topics there are, with their partitions.
    pub(crate) fn set_topics(&mut self, topics: BTreeMap<Arc<str>, u32>) {
        self.topics = topics;
        for group in self.groups.values_mut() {
            group.rebalance(&self.topics);
        }
    }

    /// Takes a member into `group`; its id. Clients that shared the group out among themselves hear that
    /// they are strangers, and join again.
    pub(crate) fn join(&mut self, group: &str, join: Join, now_ms: i64) -> String {
        self.classic.remove(group);
        self.members_ever += 1;
        let id = format!("member-{}", self.members_ever);
        let mut member = Member::new(join.subscription, join.session_timeout_ms, now_ms);
        member.wake = join.wake;
        let group = self.groups.entry(group.to_owned()).or_default();
        group.members.insert(id.clone(), member);
        group.rebalance(&self.topics);
        id
    }

    /// The member lives and owns `owned`; what it may own now.
    pub(crate) fn heartbeat(
        &mut self,
        group: &str,
        id: &str,
        owned: &BTreeSet<TopicPartition>,
        now_ms: i64,
    ) -> Result<Heartbeat> {
        self.expire(now_ms);
        let unknown = || Error::UnknownMember { group: group.to_owned(), member: id.to_owned() };
        let group = self.groups.get_mut(group).ok_or_else(unknown)?;
        let member = group.members.get_mut(id).ok_or_else(unknown)?;
        member.seen_ms = now_ms;
        // What it could not take it does not have.
        let has_less = member.assigned.difference(owned).next().is_some();
        member.assigned.retain(|partition| owned.contains(partition));
        if member.acknowledge(owned) || has_less {
            group.wake_all();
        }
        group.reconcile(id, now_ms);
        let assignment = group.members.get(id).map(|member| member.assigned.clone()).unwrap_or_default();
        Ok(Heartbeat { generation: group.epoch, assignment })
    }

    /// Wakes every member, for instance because the log closes.
    pub(crate) fn wake_all(&self) {
        self.groups.values().for_each(Group::wake_all);
    }

    /// Takes a member out; its partitions are free at once.
    pub(crate) fn leave(&mut self, group: &str, id: &str) {
        let Some(state) = self.groups.get_mut(group) else { return };
        if state.members.remove(id).is_some() {
            state.rebalance(&self.topics);
        }
        self.let_go();
    }

    /// Takes out the members that were silent for longer than their session.
    pub(crate) fn expire(&mut self, now_ms: i64) {
        for (name, group) in &mut self.groups {
            let before = group.members.len();
            group.members.retain(|id, member| {
                let stays = !member.is_lost(now_ms);
                if !stays {
                    tracing::warn!(group = %name, member = %id, "silent consumer loses its partitions");
                    member.wake();
                }
                stays
            });
            if group.members.len() < before {
                group.rebalance(&self.topics);
            }
        }
        self.classic.iter_mut().for_each(|(name, group)| group.expire(name, now_ms));
        self.let_go();
    }

    /// Lets go of groups without members.
    fn let_go(&mut self) {
        let shared = self.groups.extract_if(|_, group| group.members.is_empty());
        let classic = self.classic.extract_if(.., |_, group| group.is_empty());
        let infos = shared.map(|(name, group)| group.info(&name));
        let infos: Vec<_> = infos.chain(classic.map(|(name, group)| group.info(&name))).collect();
        if !infos.is_empty() {
            self.former.extend(infos.into_iter().map(|info| (info.name.clone(), info)));
            self.former.retain(|name, _| self.offsets.has_group(name));
        }
    }

    /// What is known of a group without members that has committed.
    pub(crate) fn former(&self, group: &str) -> GroupInfo {
        let stranger = || GroupInfo { name: group.to_owned(), ..GroupInfo::default() };
        self.former.get(group).cloned().unwrap_or_else(stranger)
    }

    /// The classic group that a member wants to join; it is made if it is not there.
    pub(crate) fn classic_to_join(&mut self, group: &str) -> &mut ClassicGroup {
        self.classic.entry(group.to_owned()).or_default()
    }

    /// A classic group.
    pub(crate) fn classic(&mut self, group: &str) -> Option<&mut ClassicGroup> {
        self.classic.get_mut(group)
    }

    /// All classic groups.
    pub(crate) fn classic_groups(&self) -> &BTreeMap<String, ClassicGroup> {
        &self.classic
    }

    /// Forgets a group without members.
    pub(crate) fn forget(&mut self, group: &str) {
        self.classic.remove(group);
        self.former.remove(group);
    }

    /// Whether a member may commit these offsets, or anyone while the group has none.
    pub(crate) fn check_commit(
        &mut self,
        group: &str,
        of: MemberRef<'_>,
        offsets: &[(TopicPartition, Committed)],
        now_ms: i64,
    ) -> GroupResult<()> {
        if let Some(own) = self.groups.get_mut(group).filter(|own| !own.members.is_empty()) {
            return own.check_remote_commit(of, offsets.iter().map(|(partition, _)| partition), now_ms);
        }
        match self.classic.get_mut(group) {
            Some(group) => group.check_commit(of, now_ms),
            None if of.generation < 0 => Ok(()),
            None => Err(GroupError::IllegalGeneration),
        }
    }

    /// Refuses a member that does not own the partition.
    pub(crate) fn check_owner(&self, group: &str, id: &str, partition: &TopicPartition) -> Result<()> {
        let member = self.groups.get(group).and_then(|group| group.members.get(id));
        let member =
            member.ok_or_else(|| Error::UnknownMember { group: group.to_owned(), member: id.to_owned() })?;
        if member.owns(partition) {
            return Ok(());
        }
        let (group, member) = (group.to_owned(), id.to_owned());
        Err(Error::NotAssigned { group, member, partition: partition.to_string() })
    }

    /// The groups that are shared out here.
    pub(crate) fn shared_groups(&self) -> impl Iterator<Item = (&String, &Group)> {
        self.groups.iter()
    }

    /// Members by group, each with what it owns.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &str, &BTreeSet<TopicPartition>)> {
        self.groups.iter().flat_map(|(group, state)| {
            state.members.iter().map(move |(id, member)| (group.as_str(), id.as_str(), &member.assigned))
        })
    }
}
