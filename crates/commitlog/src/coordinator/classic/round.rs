//! A group's round: joining, agreeing, syncing, leaving, and who was silent for too long.

use std::collections::HashMap;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::member::{Member, Protocols};
use super::{
    ClassicGroup, GroupError, GroupResult, GroupState, JoinRequest, Joined, JoinedMember, MemberRef, Pending,
    Synced,
};

const SESSION_TIMEOUT_MS_MAX: i32 = 30 * 60_000;

impl ClassicGroup {
    /// Takes a member in, or back.
    pub(crate) fn join(&mut self, request: JoinRequest, now_ms: i64) -> Pending<Joined> {
        let (sender, pending) = oneshot::channel();
        match self.try_join(request, now_ms) {
            Ok(Step::Wait(id)) => {
                if let Some(member) = self.members.get_mut(&id) {
                    member.joining = Some(sender);
                }
                self.complete_join_if_all(now_ms);
            }
            Ok(Step::Answer(joined)) => drop(sender.send(Ok(joined))),
            Err(error) => drop(sender.send(Err(error))),
        }
        pending
    }

    fn try_join(&mut self, request: JoinRequest, now_ms: i64) -> GroupResult<Step> {
        if !(1..=SESSION_TIMEOUT_MS_MAX).contains(&request.session_timeout_ms) {
            return Err(GroupError::InvalidSessionTimeout);
        }
        self.check_protocols(&request)?;
        if !request.member_id.is_empty() {
            return self.join_known(request, now_ms);
        }
        if let Some(id) = request.instance_id.as_ref().and_then(|id| self.instances.get(id)).cloned() {
            return Ok(self.replace_instance(&id, request, now_ms));
        }
        let id = new_member_id(request.instance_id.as_deref().unwrap_or(&request.client_id));
        if request.requires_id && request.instance_id.is_none() {
            self.promised.insert(id.clone(), now_ms.saturating_add(request.session_timeout_ms.into()));
            return Err(GroupError::MemberIdRequired { id });
        }
        Ok(self.add(id, request, now_ms))
    }

    /// Whether the member can agree with those that are there.
    fn check_protocols(&self, request: &JoinRequest) -> GroupResult<()> {
        let others = || self.members.iter().filter(|(id, _)| **id != request.member_id);
        let fits = others().next().is_none()
            || (self.protocol_type == request.protocol_type
                && request
                    .protocols
                    .iter()
                    .any(|(name, _)| others().all(|(_, other)| other.protocols.knows(name))));
        let fits = fits && !request.protocol_type.is_empty() && !request.protocols.is_empty();
        if fits { Ok(()) } else { Err(GroupError::InconsistentProtocol) }
    }

    fn join_known(&mut self, request: JoinRequest, now_ms: i64) -> GroupResult<Step> {
        let id = request.member_id.clone();
        if self.promised.remove(&id).is_some() {
            return Ok(self.add(id, request, now_ms));
        }
        let of =
            MemberRef { id: &id, instance_id: request.instance_id.as_deref(), generation: self.generation };
        self.check(of)?;
        let is_same = self.members.get(&id).is_some_and(|known| known.protocols.0 == request.protocols);
        let stays = match self.state {
            GroupState::CompletingRebalance => is_same,
            GroupState::Stable => is_same && self.leader != id,
            GroupState::Empty | GroupState::PreparingRebalance | GroupState::Reconciling => false,
        };
        self.see(&id, now_ms);
        if stays {
            return Ok(Step::Answer(self.joined(&id)));
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.protocols = Protocols(request.protocols);
            member.session_timeout_ms = request.session_timeout_ms.into();
        }
        self.prepare(now_ms);
        Ok(Step::Wait(id))
    }

    /// A member comes back under its instance id, with a new member id and the work it had.
    fn replace_instance(&mut self, old_id: &str, request: JoinRequest, now_ms: i64) -> Step {
        let instance_id = request.instance_id.clone().unwrap_or_default();
        let id = new_member_id(&instance_id);
        let mut member = Member::new(request, now_ms);
        let old_leader = self.leader.clone();
        let mut is_same = false;
        if let Some(mut old) = self.members.remove(old_id) {
            is_same = old.protocols == member.protocols;
            member.assignment = old.assignment.clone();
            old.answer_join(Err(GroupError::FencedInstance));
            old.answer_sync(Err(GroupError::FencedInstance));
        }
        self.instances.insert(instance_id, id.clone());
        self.members.insert(id.clone(), member);
        if self.leader == old_id {
            self.leader.clone_from(&id);
        }
        if self.state == GroupState::Stable && is_same {
            // Under the old leader's id even a leader only takes what it had.
            return Step::Answer(Joined { leader: old_leader, members: Vec::new(), ..self.joined(&id) });
        }
        self.prepare(now_ms);
        Step::Wait(id)
    }

    fn add(&mut self, id: String, request: JoinRequest, now_ms: i64) -> Step {
        if self.members.is_empty() {
            self.protocol_type.clone_from(&request.protocol_type);
        }
        if let Some(instance_id) = &request.instance_id {
            self.instances.insert(instance_id.clone(), id.clone());
        }
        self.members.insert(id.clone(), Member::new(request, now_ms));
        self.prepare(now_ms);
        Step::Wait(id)
    }

    /// Begins a rebalance, if none is under way.
    fn prepare(&mut self, now_ms: i64) {
        if self.state != GroupState::PreparingRebalance {
            self.state = GroupState::PreparingRebalance;
            let longest = self.members.values().map(|member| member.rebalance_timeout_ms).max();
            self.deadline_ms = now_ms.saturating_add(longest.unwrap_or(0));
            for member in self.members.values_mut() {
                member.answer_sync(Err(GroupError::RebalanceInProgress));
            }
        }
    }

    fn complete_join_if_all(&mut self, now_ms: i64) {
        let all = self.promised.is_empty() && self.members.values().all(|member| member.joining.is_some());
        if self.state == GroupState::PreparingRebalance && all {
            self.complete_join(now_ms);
        }
    }

    /// Begins the next generation with those that have joined; members that come back by name may be late.
    fn complete_join(&mut self, now_ms: i64) {
        self.members.retain(|_, member| member.joining.is_some() || member.instance_id.is_some());
        self.generation = self.generation.wrapping_add(1).max(1);
        if self.members.is_empty() {
            self.state = GroupState::Empty;
            self.protocol.clear();
            return;
        }
        self.protocol = self.vote();
        if self.members.get(&self.leader).is_none_or(|leader| leader.joining.is_none()) {
            let mut present = self.members.iter().filter(|(_, member)| member.joining.is_some());
            self.leader = present.next().map(|(id, _)| id.clone()).unwrap_or_default();
        }
        self.state = GroupState::CompletingRebalance;
        let answers: Vec<_> = self.members.keys().map(|id| (id.clone(), self.joined(id))).collect();
        for (id, joined) in answers {
            if let Some(member) = self.members.get_mut(&id) {
                member.seen_ms = now_ms;
                member.answer_join(Ok(joined));
            }
        }
    }

    /// The way to share out that all know and most like best.
    fn vote(&self) -> String {
        let all_know = |name: &str| self.members.values().all(|member| member.protocols.knows(name));
        let mut votes: HashMap<&str, usize> = HashMap::new();
        for member in self.members.values() {
            let best = member.protocols.0.iter().find(|(name, _)| all_know(name));
            if let Some((name, _)) = best {
                *votes.entry(name).or_default() += 1;
            }
        }
        let most = votes.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
        most.map(|(name, _)| name.to_owned()).unwrap_or_default()
    }

    /// The member's place in the generation; the leader's with all others.
    fn joined(&self, id: &str) -> Joined {
        let others = self.members.iter().filter(|_| id == self.leader);
        let members = others.map(|(other, member)| JoinedMember {
            member_id: other.clone(),
            instance_id: member.instance_id.clone(),
            metadata: member.protocols.metadata(&self.protocol),
        });
        Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            member_id: id.to_owned(),
            members: members.collect(),
        }
    }

    /// Takes the leader's assignment, or waits for it.
    pub(crate) fn sync(
        &mut self,
        of: MemberRef<'_>,
        protocol: Option<&str>,
        assignments: Vec<(String, Bytes)>,
        now_ms: i64,
    ) -> Pending<Synced> {
        let (sender, pending) = oneshot::channel();
        let ready = self.try_sync(of, protocol, now_ms);
        match ready {
            Err(error) => drop(sender.send(Err(error))),
            Ok(Some(synced)) => drop(sender.send(Ok(synced))),
            Ok(None) => {
                if let Some(member) = self.members.get_mut(of.id) {
                    member.syncing = Some(sender);
                }
                if of.id == self.leader {
                    self.share_out(assignments, now_ms);
                }
            }
        }
        pending
    }

    fn try_sync(
        &mut self,
        of: MemberRef<'_>,
        protocol: Option<&str>,
        now_ms: i64,
    ) -> GroupResult<Option<Synced>> {
        self.check(of)?;
        if protocol.is_some_and(|protocol| protocol != self.protocol) {
            return Err(GroupError::InconsistentProtocol);
        }
        self.see(of.id, now_ms);
        match self.state {
            GroupState::Empty | GroupState::Reconciling => Err(GroupError::UnknownMember),
            GroupState::PreparingRebalance => Err(GroupError::RebalanceInProgress),
            GroupState::CompletingRebalance => Ok(None),
            GroupState::Stable => Ok(Some(self.synced(of.id))),
        }
    }

    fn synced(&self, id: &str) -> Synced {
        let assignment = self.members.get(id).map(|member| member.assignment.clone());
        Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: assignment.unwrap_or_default(),
        }
    }

    fn share_out(&mut self, assignments: Vec<(String, Bytes)>, now_ms: i64) {
        let mut assignments: HashMap<_, _> = assignments.into_iter().collect();
        for (id, member) in &mut self.members {
            member.assignment = assignments.remove(id).unwrap_or_default();
        }
        self.state = GroupState::Stable;
        let answers: Vec<_> = self.members.keys().map(|id| (id.clone(), self.synced(id))).collect();
        for (id, synced) in answers {
            if let Some(member) = self.members.get_mut(&id) {
                member.seen_ms = now_ms;
                member.answer_sync(Ok(synced));
            }
        }
    }

    /// Takes a member out at its wish; by instance id if it names one. Its member id.
    pub(crate) fn leave(&mut self, id: &str, instance_id: Option<&str>, now_ms: i64) -> GroupResult<()> {
        let id = match instance_id {
            None => id.to_owned(),
            Some(instance_id) => match self.instances.get(instance_id) {
                None => return Err(GroupError::UnknownMember),
                Some(known) if !id.is_empty() && known != id => return Err(GroupError::FencedInstance),
                Some(known) => known.clone(),
            },
        };
        if self.promised.remove(&id).is_some() {
            self.complete_join_if_all(now_ms);
            return Ok(());
        }
        self.remove(&id, now_ms).then_some(()).ok_or(GroupError::UnknownMember)
    }

    fn remove(&mut self, id: &str, now_ms: i64) -> bool {
        let Some(mut member) = self.members.remove(id) else { return false };
        if let Some(instance_id) = &member.instance_id {
            self.instances.remove(instance_id);
        }
        member.answer_join(Err(GroupError::UnknownMember));
        member.answer_sync(Err(GroupError::UnknownMember));
        self.prepare(now_ms);
        self.complete_join_if_all(now_ms);
        true
    }

    /// Takes out the silent, and goes on without those that did not join in time.
    pub(crate) fn expire(&mut self, name: &str, now_ms: i64) {
        let silent = self.members.iter().filter(|(_, member)| member.is_silent(now_ms));
        let silent: Vec<_> = silent.map(|(id, _)| id.clone()).collect();
        for id in silent {
            tracing::warn!(group = name, member = id, "silent member loses its partitions");
            self.remove(&id, now_ms);
        }
        let promised = self.promised.len();
        self.promised.retain(|_, until_ms| *until_ms > now_ms);
        if self.promised.len() < promised {
            self.complete_join_if_all(now_ms);
        }
        if self.state == GroupState::PreparingRebalance && now_ms >= self.deadline_ms {
            self.complete_join(now_ms);
        }
    }
}

/// What follows from a join.
enum Step {
    /// The answer is known.
    Answer(Joined),
    /// It comes when all have joined.
    Wait(String),
}

fn new_member_id(prefix: &str) -> String {
    format!("{prefix}-{:032x}", fastrand::u128(..))
}
