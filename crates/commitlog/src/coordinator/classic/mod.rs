//! Kafka's classic groups: members choose a leader's assignment, the coordinator keeps them in step.
//!
//! A state machine without I/O, threads or a clock. Joining and syncing wait for others: their answers come
//! through a channel. A group goes round: somebody joins, leaves or is silent → *preparing* until all have
//! joined again or the time is over → *completing* until the leader brings the assignment → *stable*.

mod member;
mod round;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use tokio::sync::oneshot;

pub(crate) use self::member::Member;

/// Why a group refuses.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GroupError {
    /// The group has no such member.
    #[error("cannot find the member in the group")]
    UnknownMember,
    /// The group is in another generation.
    #[error("cannot use an old generation of the group")]
    IllegalGeneration,
    /// The member knows no way to share out that all others know.
    #[error("cannot agree on a protocol with the group's other members")]
    InconsistentProtocol,
    /// The member must join again.
    #[error("cannot go on: the group shares its partitions out anew")]
    RebalanceInProgress,
    /// The member must join again, with this id.
    #[error("cannot join without a member id; use `{id}`")]
    MemberIdRequired {
        /// The id.
        id: String,
    },
    /// Another member has the same instance id now.
    #[error("cannot go on: another member has the same instance id")]
    FencedInstance,
    /// The session timeout is out of its range.
    #[error("cannot use the session timeout")]
    InvalidSessionTimeout,
    /// The member's epoch is not the one that it was told.
    #[error("cannot go on: the member is in another epoch")]
    FencedEpoch,
    /// The commit's epoch is not the member's.
    #[error("cannot commit in another epoch than the member's")]
    StaleEpoch,
    /// An instance of that name is still there.
    #[error("cannot join: another member has the instance id")]
    UnreleasedInstance,
    /// The way to share out is not known.
    #[error("cannot share out by `{name}`: expected `uniform` or `range`")]
    UnsupportedAssignor {
        /// The name given.
        name: String,
    },
    /// The topics' pattern is no regular expression.
    #[error(transparent)]
    InvalidPattern(crate::Error),
    /// The fields of the request contradict each other.
    #[error("cannot use the request: its fields contradict each other")]
    InvalidRequest,
    /// The group has members.
    #[error("cannot change a group that has members")]
    NonEmpty,
    /// There is no such group.
    #[error("cannot find the group")]
    NotFound,
    /// The log cannot keep it.
    #[error(transparent)]
    Log(#[from] crate::Error),
}

impl PartialEq for GroupError {
    /// By what they say; errors of the log carry the system's, which cannot be compared.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// What a group says to a member.
pub type GroupResult<T> = Result<T, GroupError>;

/// An answer that may have to wait for other members; if it never comes, the log was closed.
pub type Pending<T> = oneshot::Receiver<GroupResult<T>>;

/// Someone who wants to be in a group.
#[derive(Debug, Clone, Default)]
pub struct JoinRequest {
    /// The id it has, or nothing.
    pub member_id: String,
    /// The name under which it comes back after a restart.
    pub instance_id: Option<String>,
    /// What the client calls itself.
    pub client_id: String,
    /// Where it is.
    pub client_host: String,
    /// A member silent for longer is taken out.
    pub session_timeout_ms: i32,
    /// How long it may take to join again.
    pub rebalance_timeout_ms: i32,
    /// `consumer`, for consumers.
    pub protocol_type: String,
    /// The ways to share out that it knows, the best first, each with what the leader has to know.
    pub protocols: Vec<(String, Bytes)>,
    /// Whether a new member is first told its id.
    pub requires_id: bool,
}

/// A place in a group's generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The generation.
    pub generation: i32,
    /// `consumer`, for consumers.
    pub protocol_type: String,
    /// The way to share out that was chosen.
    pub protocol: String,
    /// Who makes the assignment.
    pub leader: String,
    /// The member's id.
    pub member_id: String,
    /// All members with what the leader has to know, for the leader only.
    pub members: Vec<JoinedMember>,
}

/// One member, as the leader hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member_id: String,
    /// The name under which it comes back.
    pub instance_id: Option<String>,
    /// What it said for the chosen protocol.
    pub metadata: Bytes,
}

/// What a member is to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// `consumer`, for consumers.
    pub protocol_type: String,
    /// The way to share out that was chosen.
    pub protocol: String,
    /// The leader's bytes for this member.
    pub assignment: Bytes,
}

/// How a member names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberRef<'a> {
    /// Its id.
    pub id: &'a str,
    /// The name under which it comes back.
    pub instance_id: Option<&'a str>,
    /// The generation that it is in; negative for none.
    pub generation: i32,
}

/// Where a group stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupState {
    /// It has no members.
    #[default]
    Empty,
    /// Its members are joining.
    PreparingRebalance,
    /// Its leader makes the assignment.
    CompletingRebalance,
    /// Its members are on their way to what they shall have.
    Reconciling,
    /// Its members work.
    Stable,
}

impl GroupState {
    /// Kafka's name of it.
    pub fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Reconciling => "Reconciling",
            GroupState::Stable => "Stable",
        }
    }
}

/// A group as tools see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupInfo {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: GroupState,
    /// Whether the coordinator shares its partitions out (KIP-848), and not its leader.
    pub is_shared_out: bool,
    /// `consumer`, for consumers.
    pub protocol_type: String,
    /// The way to share out that was chosen.
    pub protocol: String,
    /// Its members.
    pub members: Vec<MemberInfo>,
}

/// A member as tools see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberInfo {
    /// Its id.
    pub member_id: String,
    /// The name under which it comes back.
    pub instance_id: Option<String>,
    /// What the client calls itself.
    pub client_id: String,
    /// Where it is.
    pub client_host: String,
    /// What it said for the chosen protocol.
    pub metadata: Bytes,
    /// The leader's bytes for it.
    pub assignment: Bytes,
}

/// One classic group.
#[derive(Debug, Default)]
pub(crate) struct ClassicGroup {
    state: GroupState,
    generation: i32,
    protocol_type: String,
    protocol: String,
    leader: String,
    members: BTreeMap<String, Member>,
    /// Member ids by instance id.
    instances: HashMap<String, String>,
    /// Ids that were given out and not used yet, with the time they are good for.
    promised: HashMap<String, i64>,
    /// When a rebalance goes on without those that are missing.
    deadline_ms: i64,
}

impl ClassicGroup {
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.promised.is_empty()
    }

    /// Checks who it is, and in which generation.
    fn check(&self, of: MemberRef<'_>) -> GroupResult<()> {
        if let Some(instance_id) = of.instance_id {
            match self.instances.get(instance_id) {
                None => return Err(GroupError::UnknownMember),
                Some(id) if id != of.id => return Err(GroupError::FencedInstance),
                Some(_) => {}
            }
        }
        if !self.members.contains_key(of.id) {
            return Err(GroupError::UnknownMember);
        }
        if of.generation == self.generation { Ok(()) } else { Err(GroupError::IllegalGeneration) }
    }

    /// A sign of life.
    pub(crate) fn heartbeat(&mut self, of: MemberRef<'_>, now_ms: i64) -> GroupResult<()> {
        self.check(of)?;
        self.see(of.id, now_ms);
        if self.state == GroupState::PreparingRebalance {
            return Err(GroupError::RebalanceInProgress);
        }
        Ok(())
    }

    /// Whether the member may commit offsets. A group without members takes them from anyone.
    pub(crate) fn check_commit(&mut self, of: MemberRef<'_>, now_ms: i64) -> GroupResult<()> {
        if of.generation < 0 && self.members.is_empty() {
            return Ok(());
        }
        if of.generation < 0 {
            return Err(GroupError::UnknownMember);
        }
        self.check(of)?;
        self.see(of.id, now_ms);
        if self.state == GroupState::CompletingRebalance {
            return Err(GroupError::RebalanceInProgress);
        }
        Ok(())
    }

    /// The connection ended over which a member spoke.
    pub(crate) fn lose_connection(&mut self, id: &str, now_ms: i64) {
        if let Some(member) = self.members.get_mut(id) {
            member.lose_connection(now_ms);
        }
    }

    fn see(&mut self, id: &str, now_ms: i64) {
        if let Some(member) = self.members.get_mut(id) {
            member.seen_ms = now_ms;
        }
    }

    /// What tools see.
    pub(crate) fn info(&self, name: &str) -> GroupInfo {
        let members = self.members.iter().map(|(id, member)| MemberInfo {
            member_id: id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: member.protocols.metadata(&self.protocol),
            assignment: member.assignment.clone(),
        });
        GroupInfo {
            name: name.to_owned(),
            state: self.state,
            is_shared_out: false,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            members: members.collect(),
        }
    }
}
