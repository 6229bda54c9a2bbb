//! Kafka's classic groups through the log: the members' way to the one coordinator, and their commits.

use std::collections::BTreeMap;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::coordinator::classic::{
    ClassicGroup, GroupError, GroupInfo, GroupResult, JoinRequest, Joined, MemberRef, Pending, Synced,
};
use crate::coordinator::offsets::{CommitBatch, Committed};
use crate::{CommitLog, Durable, TopicPartition};

fn answered<T>(answer: GroupResult<T>) -> Pending<T> {
    let (sender, pending) = oneshot::channel();
    let _ = sender.send(answer);
    pending
}

impl CommitLog {
    /// Joins a group. In one that the coordinator shares out, it is the leader.
    pub fn join_group(&self, group: &str, request: JoinRequest) -> Pending<Joined> {
        let now_ms = self.inner.shared.now_ms();
        let mut coordinator = self.inner.coordinator.lock();
        if coordinator.shared(group).is_some() {
            return answered(coordinator.bridge_join(group, request, now_ms));
        }
        coordinator.classic_to_join(group).join(request, now_ms)
    }

    /// Brings the leader's assignment, or waits for it.
    pub fn sync_group(
        &self,
        group: &str,
        of: MemberRef<'_>,
        protocol: Option<&str>,
        assignments: Vec<(String, Bytes)>,
    ) -> Pending<Synced> {
        let now_ms = self.inner.shared.now_ms();
        let mut coordinator = self.inner.coordinator.lock();
        if let Some(shared) = coordinator.shared(group) {
            return answered(shared.bridge_sync(of, now_ms));
        }
        match coordinator.classic(group) {
            Some(group) => group.sync(of, protocol, assignments, now_ms),
            None => answered(Err(GroupError::UnknownMember)),
        }
    }

    /// A sign of life of a member.
    pub fn heartbeat_group(&self, group: &str, of: MemberRef<'_>) -> GroupResult<()> {
        let now_ms = self.inner.shared.now_ms();
        if let Some(shared) = self.inner.coordinator.lock().shared(group) {
            return shared.bridge_heartbeat(of, now_ms);
        }
        self.with_classic(group, |group| group.heartbeat(of, now_ms))
    }

    /// Takes a member out at its wish.
    pub fn leave_group(&self, group: &str, id: &str, instance_id: Option<&str>) -> GroupResult<()> {
        let now_ms = self.inner.shared.now_ms();
        let mut coordinator = self.inner.coordinator.lock();
        if let Some(shared) = coordinator.shared(group) {
            let id = shared.leaving(id, instance_id)?;
            coordinator.leave(group, &id);
            return Ok(());
        }
        drop(coordinator);
        self.with_classic(group, |group| group.leave(id, instance_id, now_ms))
    }

    fn with_classic(
        &self,
        group: &str,
        work: impl FnOnce(&mut ClassicGroup) -> GroupResult<()>,
    ) -> GroupResult<()> {
        self.inner.coordinator.lock().classic(group).map_or(Err(GroupError::UnknownMember), work)
    }

    /// Commits offsets for a member, or for a group that has none.
    pub fn commit_group(
        &self,
        group: &str,
        of: MemberRef<'_>,
        offsets: Vec<(TopicPartition, Committed)>,
    ) -> GroupResult<Durable> {
        self.inner.check_open()?;
        let partition = self.offsets_partition()?;
        let now_ms = self.inner.shared.now_ms();
        let batch = CommitBatch::of(group, &offsets, now_ms);
        let mut coordinator = self.inner.coordinator.lock();
        coordinator.check_commit(group, of, &offsets, now_ms)?;
        let Some(batch) = batch.finish() else { return Ok(Durable::at_once()) };
        let durable = partition.append(batch)?.durable;
        for (partition, committed) in offsets {
            coordinator.offsets_mut().set(group, partition, Some(committed));
        }
        Ok(durable)
    }

    /// Moves a group that has no members to these offsets, durably; one that has goes on where it is.
    pub fn reset_group(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> GroupResult<()> {
        let committed_ms = self.inner.shared.now_ms();
        let committed =
            |offset| Committed { offset, leader_epoch: -1, metadata: String::new(), committed_ms };
        let offsets = offsets.iter().map(|(of, offset)| (of.clone(), committed(*offset))).collect();
        let nobody = MemberRef { id: "", instance_id: None, generation: -1 };
        match self.commit_group(group, nobody, offsets) {
            Ok(durable) => Ok(durable.wait()?),
            Err(GroupError::UnknownMember) => Err(GroupError::NonEmpty),
            Err(error) => Err(error),
        }
    }

    /// Everything that `group` has committed.
    pub fn committed_by(&self, group: &str) -> BTreeMap<TopicPartition, Committed> {
        self.inner.coordinator.lock().offsets().of_group(group)
    }

    /// All groups: those with members, and those that have committed.
    pub fn groups(&self) -> Vec<GroupInfo> {
        self.inner.coordinator.lock().group_infos()
    }

    /// Forgets a group without members, with all that it has committed.
    pub fn delete_group(&self, group: &str) -> GroupResult<()> {
        self.inner.check_open()?;
        let partition = self.offsets_partition()?;
        let mut coordinator = self.inner.coordinator.lock();
        // Who was silent for too long is no member, whether or not that was noticed yet.
        coordinator.expire(self.inner.shared.now_ms());
        let offsets = coordinator.offsets().of_group(group);
        let known = coordinator.group_infos().into_iter().find(|info| info.name == group);
        if !known.ok_or(GroupError::NotFound)?.members.is_empty() {
            return Err(GroupError::NonEmpty);
        }
        let mut batch = CommitBatch::new(self.inner.shared.now_ms());
        offsets.keys().for_each(|of| batch.add(group, of, None));
        let durable = batch.finish().map(|batch| partition.append(batch)).transpose()?;
        offsets.into_keys().for_each(|of| coordinator.offsets_mut().set(group, of, None));
        coordinator.forget(group);
        drop(coordinator);
        durable.map_or(Ok(()), |appended| appended.durable.wait())?;
        Ok(())
    }

    /// Takes back what a group has committed for these partitions.
    pub fn delete_offsets(&self, group: &str, doomed: &[TopicPartition]) -> crate::Result<()> {
        self.inner.check_open()?;
        let partition = self.offsets_partition()?;
        let mut coordinator = self.inner.coordinator.lock();
        let mut batch = CommitBatch::new(self.inner.shared.now_ms());
        doomed.iter().for_each(|of| batch.add(group, of, None));
        let Some(batch) = batch.finish() else { return Ok(()) };
        let durable = partition.append(batch)?.durable;
        doomed.iter().for_each(|of| coordinator.offsets_mut().set(group, of.clone(), None));
        drop(coordinator);
        durable.wait()
    }

    /// Tells that the connection ended over which a member spoke: if it does not come back at once, it is
    /// gone.
    pub fn lose_connection(&self, group: &str, member: &str) {
        let now_ms = self.inner.shared.now_ms();
        self.inner.coordinator.lock().lose_connection(group, member, now_ms);
    }

    /// Takes out members that were silent for too long; for whoever wants it done more often than the log
    /// does by itself.
    pub fn expire_members(&self) {
        self.inner.coordinator.lock().expire(self.inner.shared.now_ms());
    }
}

impl crate::coordinator::Coordinator {
    /// What tools see of all groups, by name.
    fn group_infos(&self) -> Vec<GroupInfo> {
        let mut groups: BTreeMap<String, GroupInfo> = BTreeMap::new();
        for (name, ..) in self.offsets().iter() {
            groups.entry(name.to_owned()).or_insert_with(|| self.former(name));
        }
        for (name, group) in self.shared_groups() {
            groups.insert(name.clone(), group.info(name));
        }
        for (name, group) in self.classic_groups() {
            groups.insert(name.clone(), group.info(name));
        }
        groups.into_values().collect()
    }
}
