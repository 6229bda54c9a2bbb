//! Kafka's consumer protocol (KIP-848): a client's heartbeat says what it wants and has, the answer says
//! what it may have.

use std::collections::BTreeSet;

use super::classic::{GroupError, GroupResult, MemberRef};
use super::group::{Assignor, Group, Member};
use super::{Coordinator, Subscription};
use crate::TopicPartition;

/// The epoch of a member that leaves.
const LEAVES: i32 = -1;
/// The epoch of an instance that leaves and will be back.
const LEAVES_FOR_A_WHILE: i32 = -2;

/// What a client says with a heartbeat; what is `None` is as it was.
#[derive(Debug, Clone)]
pub struct ConsumerHeartbeat {
    /// Its id; a client may choose it.
    pub member_id: String,
    /// 0 to join, -1 to leave, -2 to leave for a short while, else the epoch it was told last.
    pub epoch: i32,
    /// The name under which it comes back after a restart.
    pub instance_id: Option<String>,
    /// Where it stands.
    pub rack_id: Option<String>,
    /// How long it may be silent before it is taken out: its group's setting, and not the client's.
    pub session_timeout_ms: i64,
    /// How long it may take to give up a partition, or -1.
    pub rebalance_timeout_ms: i32,
    /// The topics it wants.
    pub topics: Option<Vec<String>>,
    /// A pattern of the topics it wants; empty for none.
    pub pattern: Option<String>,
    /// How it wants partitions to be shared out.
    pub assignor: Option<String>,
    /// What it has.
    pub owned: Option<BTreeSet<TopicPartition>>,
    /// What the client calls itself.
    pub client_id: String,
    /// Where it is.
    pub client_host: String,
}

/// The answer to a client's heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerAnswer {
    /// The member's id.
    pub member_id: String,
    /// The epoch to say next.
    pub epoch: i32,
    /// What it may have, if that is new to it.
    pub assignment: Option<BTreeSet<TopicPartition>>,
}

impl Coordinator {
    /// Answers a client's heartbeat.
    pub(crate) fn remote_heartbeat(
        &mut self,
        group: &str,
        beat: &ConsumerHeartbeat,
        now_ms: i64,
    ) -> GroupResult<ConsumerAnswer> {
        if self.classic(group).is_some_and(|classic| !classic.is_empty()) {
            return Err(GroupError::InconsistentProtocol);
        }
        self.expire(now_ms);
        if beat.epoch < 0 {
            return self.remote_leave(group, beat, now_ms);
        }
        let wish = Wish::new(beat)?;
        let is_new_group = !self.groups.contains_key(group);
        if is_new_group && beat.epoch > 0 {
            return Err(GroupError::UnknownMember);
        }
        let topics = &self.topics;
        let state = self.groups.entry(group.to_owned()).or_default();
        let member_id = match beat.epoch {
            0 => state.remote_join(beat, now_ms),
            _ => state.check_remote(beat).map(|()| beat.member_id.clone()),
        };
        let member_id =
            member_id.inspect_err(|_| self.groups.retain(|_, group| !group.members.is_empty()))?;
        let Some(state) = self.groups.get_mut(group) else { return Err(GroupError::UnknownMember) };
        let Some(member) = state.members.get_mut(&member_id) else { return Err(GroupError::UnknownMember) };
        let before = (beat.epoch > 0).then(|| member.assigned.clone());
        let is_full = beat.owned.is_some() && beat.topics.is_some();
        (member.seen_ms, member.session_timeout_ms) = (now_ms, beat.session_timeout_ms);
        let is_freed = beat.owned.as_ref().is_some_and(|owned| member.acknowledge(owned));
        if wish.apply(member, beat) || beat.epoch == 0 {
            state.rebalance(topics);
        }
        if is_freed {
            state.wake_all();
        }
        state.reconcile(&member_id, now_ms);
        let member = state.members.get(&member_id).ok_or(GroupError::UnknownMember)?;
        let is_news = is_full || before.as_ref() != Some(&member.assigned);
        let assignment = is_news.then(|| member.assigned.clone());
        Ok(ConsumerAnswer { epoch: member.epoch, assignment, member_id })
    }

    fn remote_leave(
        &mut self,
        group: &str,
        beat: &ConsumerHeartbeat,
        now_ms: i64,
    ) -> GroupResult<ConsumerAnswer> {
        let state = self.groups.get_mut(group).ok_or(GroupError::UnknownMember)?;
        let member = state.members.get_mut(&beat.member_id);
        let Some(member) = member.filter(|member| member.client.is_some()) else {
            return Err(state.stranger(beat));
        };
        match beat.epoch {
            LEAVES => self.leave(group, &beat.member_id),
            LEAVES_FOR_A_WHILE => {
                (member.is_away, member.seen_ms) = (true, now_ms);
                member.revoking.clear();
            }
            _ => return Err(GroupError::InvalidRequest),
        }
        Ok(ConsumerAnswer { member_id: beat.member_id.clone(), epoch: beat.epoch, assignment: None })
    }
}

impl Group {
    /// Takes a client in, or back; its id.
    fn remote_join(&mut self, beat: &ConsumerHeartbeat, now_ms: i64) -> GroupResult<String> {
        let id = match beat.member_id.as_str() {
            "" => format!("{:022x}", fastrand::u128(..)),
            id => id.to_owned(),
        };
        if let Some(old) = beat.instance_id.as_deref().and_then(|instance_id| self.instance(instance_id))
            && old != id
        {
            if !self.members.get(&old).is_some_and(|member| member.is_away) {
                return Err(GroupError::UnreleasedInstance);
            }
            self.rename(&old, &id);
        }
        let member = self.members.entry(id.clone()).or_insert_with(|| {
            Member::new(Subscription::Topics(Vec::new()), beat.session_timeout_ms, now_ms)
        });
        // What it wants it says anew.
        let client = member.client.get_or_insert_default();
        (client.topics, client.pattern) = (Vec::new(), None);
        member.subscription = Subscription::Topics(Vec::new());
        member.is_away = false;
        // Who joins has nothing.
        member.revoking.clear();
        (member.epoch, member.epoch_before) = (0, 0);
        Ok(id)
    }

    pub(super) fn instance(&self, instance_id: &str) -> Option<String> {
        let named = |member: &Member| {
            member.client.as_ref().is_some_and(|client| client.instance_id.as_deref() == Some(instance_id))
        };
        self.members.iter().find(|(_, member)| named(member)).map(|(id, _)| id.clone())
    }

    /// Why somebody is no member.
    fn stranger(&self, beat: &ConsumerHeartbeat) -> GroupError {
        let has_shadow = beat.instance_id.as_deref().is_some_and(|id| self.instance(id).is_some());
        if has_shadow { GroupError::FencedInstance } else { GroupError::UnknownMember }
    }

    /// Checks that a client is the member it says, in the epoch that it was told.
    fn check_remote(&self, beat: &ConsumerHeartbeat) -> GroupResult<()> {
        let is_remote = |member: &&Member| member.client.is_some() && member.classic.is_none();
        let Some(member) = self.members.get(&beat.member_id).filter(is_remote) else {
            return Err(self.stranger(beat));
        };
        // The last answer may have been lost on its way.
        let has_missed_one = beat.epoch == member.epoch_before
            && beat.owned.as_ref().is_none_or(|owned| owned.iter().all(|partition| member.owns(partition)));
        if beat.epoch == member.epoch || has_missed_one { Ok(()) } else { Err(GroupError::FencedEpoch) }
    }

    /// Checks that a client is a member, in the epoch that it says.
    pub(crate) fn check_epoch(&mut self, of: MemberRef<'_>, now_ms: i64) -> GroupResult<()> {
        let member = self.members.get_mut(of.id).filter(|member| member.client.is_some());
        let member = member.ok_or(GroupError::UnknownMember)?;
        member.seen_ms = now_ms;
        match (of.generation == member.epoch, &member.classic) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(GroupError::IllegalGeneration),
            (false, None) => Err(GroupError::StaleEpoch),
        }
    }

    /// Checks that a client may commit for these partitions. A member that has not heard of its new epoch yet
    /// still may for those that it has had since the one it knows: nobody else had them (KIP-1251).
    pub(crate) fn check_remote_commit<'a>(
        &mut self,
        of: MemberRef<'_>,
        mut partitions: impl Iterator<Item = &'a TopicPartition>,
        now_ms: i64,
    ) -> GroupResult<()> {
        let checked = self.check_epoch(of, now_ms);
        match (&checked, self.members.get(of.id)) {
            (Err(GroupError::StaleEpoch), Some(member))
                if of.generation < member.epoch
                    && partitions.all(|partition| member.has_owned_since(of.generation, partition)) =>
            {
                Ok(())
            }
            _ => checked,
        }
    }
}

/// What a heartbeat changes of a member, checked.
struct Wish {
    subscription: Option<Subscription>,
    assignor: Option<Assignor>,
}

impl Wish {
    fn new(beat: &ConsumerHeartbeat) -> GroupResult<Self> {
        let assignor = beat.assignor.as_deref().map(|name| {
            Assignor::find(name).ok_or_else(|| GroupError::UnsupportedAssignor { name: name.to_owned() })
        });
        let assignor = assignor.transpose()?;
        if beat.epoch == 0
            && (beat.rebalance_timeout_ms <= 0 || beat.owned.as_ref().is_some_and(|owned| !owned.is_empty()))
        {
            return Err(GroupError::InvalidRequest);
        }
        let pattern = beat.pattern.as_deref().filter(|pattern| !pattern.is_empty());
        let pattern = pattern.map(Subscription::regex).transpose().map_err(GroupError::InvalidPattern)?;
        let subscription = match (&beat.topics, pattern) {
            (topics, Some(pattern)) => {
                Some(Subscription::Either(topics.clone().unwrap_or_default(), pattern))
            }
            (Some(topics), None) => Some(Subscription::Topics(topics.clone())),
            (None, None) => beat.pattern.as_ref().map(|_| Subscription::Topics(Vec::new())),
        };
        Ok(Wish { subscription, assignor })
    }

    /// Whether partitions may have to be shared out anew.
    fn apply(self, member: &mut Member, beat: &ConsumerHeartbeat) -> bool {
        let client = member.client.get_or_insert_default();
        let before = (client.topics.clone(), client.pattern.clone(), member.assignor);
        client.instance_id = beat.instance_id.clone().or(client.instance_id.take());
        client.rack_id = beat.rack_id.clone().or(client.rack_id.take());
        client.client_id.clone_from(&beat.client_id);
        client.client_host.clone_from(&beat.client_host);
        if let Some(topics) = &beat.topics {
            client.topics.clone_from(topics);
        }
        if let Some(pattern) = &beat.pattern {
            client.pattern = Some(pattern.clone()).filter(|pattern| !pattern.is_empty());
        }
        if beat.rebalance_timeout_ms > 0 {
            member.rebalance_timeout_ms = beat.rebalance_timeout_ms.into();
        }
        member.assignor = self.assignor.or(member.assignor);
        if before == (client.topics.clone(), client.pattern.clone(), member.assignor) {
            return false;
        }
        // Of names and pattern, the one that was not named stays.
        let topics = client.topics.clone();
        member.subscription = match (self.subscription, &member.subscription) {
            (Some(Subscription::Either(_, pattern)), _) => Subscription::Either(topics, pattern),
            (_, Subscription::Either(_, pattern)) if client.pattern.is_some() => {
                Subscription::Either(topics, pattern.clone())
            }
            _ => Subscription::Topics(topics),
        };
        true
    }
}
