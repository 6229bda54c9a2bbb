//! Who is in a group, and what does each member work on? The one coordinator is asked.

use girok_commitlog::{GroupError, GroupInfo, JoinRequest, Joined, MemberRef, Pending, Synced};
use girok_wire::protocol::{
    CoordinatorOf, DeleteGroupsRequest, DeleteGroupsResponse, DeletedGroup, DescribeGroupsRequest,
    DescribeGroupsResponse, DescribedGroup, DescribedMember, FindCoordinatorRequest, FindCoordinatorResponse,
    HeartbeatRequest, HeartbeatResponse, JoinGroupMember, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, LeaveGroupResponse, LeavingMember, LeftMember, ListGroupsRequest, ListGroupsResponse,
    ListedGroup, ProtocolError, SyncGroupRequest, SyncGroupResponse, code,
};

use crate::fault::code_of_group;
use crate::session::{Answer, NODE_ID, Request};

/// The kinds of coordinators there are: of groups and of transactions.
const COORDINATORS: [i8; 2] = [0, 1];

/// `FindCoordinator`: always this broker.
pub(crate) fn find_coordinator(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: FindCoordinatorRequest = request.take()?;
    let (host, port) = request.session.advertised();
    let is_served = COORDINATORS.contains(&asked.key_type);
    let error_code = if is_served { code::NONE } else { code::COORDINATOR_NOT_AVAILABLE };
    let coordinators = asked.coordinator_keys.into_iter().map(|key| CoordinatorOf {
        key,
        node_id: NODE_ID,
        host: host.clone(),
        port,
        error_code,
        error_message: None,
    });
    let coordinators = coordinators.collect();
    Ok(request.now(&FindCoordinatorResponse {
        error_code,
        node_id: NODE_ID,
        host: host.clone(),
        port,
        coordinators,
        ..FindCoordinatorResponse::default()
    }))
}

/// `JoinGroup`: answered when all members have joined.
pub(crate) fn join_group(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: JoinGroupRequest = request.take()?;
    let (group, asked_id) = (asked.group_id.clone(), asked.member_id.clone());
    if !asked_id.is_empty() {
        request.session.members.note(&group, &asked_id);
    }
    let pending = if group.is_empty() {
        Err(code::INVALID_GROUP_ID)
    } else {
        Ok(request.log().join_group(&group, join_request(&request, asked)))
    };
    let session = request.session.clone();
    Ok(request.later(async move {
        match pending {
            Ok(pending) => {
                let answer = wait(pending).await;
                answer.iter().for_each(|joined| session.members.note(&group, &joined.member_id));
                joined(asked_id, answer)
            }
            Err(error_code) => joined(asked_id, Err(Refused::code(error_code))),
        }
    }))
}

fn join_request(request: &Request, asked: JoinGroupRequest) -> JoinRequest {
    JoinRequest {
        member_id: asked.member_id,
        instance_id: asked.group_instance_id,
        client_id: request.header.client_id.clone().unwrap_or_default(),
        client_host: format!("/{}", request.session.peer.ip().to_canonical()),
        session_timeout_ms: asked.session_timeout_ms,
        rebalance_timeout_ms: asked.rebalance_timeout_ms,
        protocol_type: asked.protocol_type,
        protocols: asked.protocols.into_iter().map(|protocol| (protocol.name, protocol.metadata)).collect(),
        requires_id: request.version() >= 4,
    }
}

/// An error code, and the id a member is to use.
struct Refused {
    error_code: i16,
    member_id: Option<String>,
}

impl Refused {
    fn code(error_code: i16) -> Self {
        Refused { error_code, member_id: None }
    }
}

async fn wait<T>(pending: Pending<T>) -> Result<T, Refused> {
    match pending.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(GroupError::MemberIdRequired { id })) => {
            Err(Refused { error_code: code::MEMBER_ID_REQUIRED, member_id: Some(id) })
        }
        Ok(Err(error)) => Err(Refused::code(code_of_group(&error))),
        // The log was closed.
        Err(_) => Err(Refused::code(code::COORDINATOR_NOT_AVAILABLE)),
    }
}

fn joined(asked_id: String, joined: Result<Joined, Refused>) -> JoinGroupResponse {
    match joined {
        Ok(joined) => JoinGroupResponse {
            generation_id: joined.generation,
            protocol_type: Some(joined.protocol_type),
            protocol_name: Some(joined.protocol),
            leader: joined.leader,
            member_id: joined.member_id,
            members: joined
                .members
                .into_iter()
                .map(|member| JoinGroupMember {
                    member_id: member.member_id,
                    group_instance_id: member.instance_id,
                    metadata: member.metadata,
                })
                .collect(),
            ..JoinGroupResponse::default()
        },
        Err(refused) => JoinGroupResponse {
            error_code: refused.error_code,
            member_id: refused.member_id.unwrap_or(asked_id),
            ..JoinGroupResponse::default()
        },
    }
}

/// `SyncGroup`: answered when the leader has brought the assignment.
pub(crate) fn sync_group(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: SyncGroupRequest = request.take()?;
    let of = MemberRef {
        id: &asked.member_id,
        instance_id: asked.group_instance_id.as_deref(),
        generation: asked.generation_id,
    };
    let assignments = asked.assignments.into_iter().map(|one| (one.member_id, one.assignment)).collect();
    let protocol = asked.protocol_name.as_deref();
    let pending = request.log().sync_group(&asked.group_id, of, protocol, assignments);
    Ok(request.later(async move { synced(wait(pending).await) }))
}

fn synced(synced: Result<Synced, Refused>) -> SyncGroupResponse {
    match synced {
        Ok(synced) => SyncGroupResponse {
            protocol_type: Some(synced.protocol_type),
            protocol_name: Some(synced.protocol),
            assignment: synced.assignment,
            ..SyncGroupResponse::default()
        },
        Err(refused) => SyncGroupResponse { error_code: refused.error_code, ..SyncGroupResponse::default() },
    }
}

/// `Heartbeat`.
pub(crate) fn heartbeat(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: HeartbeatRequest = request.take()?;
    let of = MemberRef {
        id: &asked.member_id,
        instance_id: asked.group_instance_id.as_deref(),
        generation: asked.generation_id,
    };
    request.session.members.note(&asked.group_id, &asked.member_id);
    let error_code = error_code(request.log().heartbeat_group(&asked.group_id, of));
    Ok(request.now(&HeartbeatResponse { throttle_time_ms: 0, error_code }))
}

/// `LeaveGroup`: one member before version 3, then several.
pub(crate) fn leave_group(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: LeaveGroupRequest = request.take()?;
    let leave = |id: &str, instance_id: Option<&str>| {
        request.session.members.forget(&asked.group_id, id);
        error_code(request.log().leave_group(&asked.group_id, id, instance_id))
    };
    let left = |member: LeavingMember| LeftMember {
        error_code: leave(&member.member_id, member.group_instance_id.as_deref()),
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
    };
    let is_old = request.version() < 3;
    let error_code = if is_old { leave(&asked.member_id, None) } else { code::NONE };
    let members = asked.members.into_iter().map(left).collect();
    Ok(request.now(&LeaveGroupResponse { throttle_time_ms: 0, error_code, members }))
}

fn error_code<T>(result: Result<T, GroupError>) -> i16 {
    result.map_or_else(|error| code_of_group(&error), |_| code::NONE)
}

/// `DescribeGroups`; a group nobody knows is `Dead`.
pub(crate) fn describe_groups(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeGroupsRequest = request.take()?;
    let mut known = request.log().groups();
    let is_new = request.version() >= 6;
    let describe = |name: String| match known.iter_mut().find(|info| info.name == name) {
        Some(info) => described(std::mem::take(info), name),
        None => DescribedGroup {
            error_code: if is_new { code::GROUP_ID_NOT_FOUND } else { code::NONE },
            group_id: name,
            group_state: "Dead".to_owned(),
            ..DescribedGroup::default()
        },
    };
    let groups = asked.groups.into_iter().map(describe).collect();
    Ok(request.now(&DescribeGroupsResponse { throttle_time_ms: 0, groups }))
}

fn described(info: GroupInfo, group_id: String) -> DescribedGroup {
    let members = info.members.into_iter().map(|member| DescribedMember {
        member_id: member.member_id,
        group_instance_id: member.instance_id,
        client_id: member.client_id,
        client_host: member.client_host,
        member_metadata: member.metadata,
        member_assignment: member.assignment,
    });
    DescribedGroup {
        group_id,
        group_state: info.state.name().to_owned(),
        protocol_type: info.protocol_type,
        protocol_data: info.protocol,
        members: members.collect(),
        ..DescribedGroup::default()
    }
}

/// `ListGroups`.
pub(crate) fn list_groups(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: ListGroupsRequest = request.take()?;
    let wanted = |filter: &[String], name: &str| {
        filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    let groups = request.log().groups().into_iter().filter_map(|info| {
        let group_type = if info.is_shared_out { "consumer" } else { "classic" };
        let is_wanted =
            wanted(&asked.states_filter, info.state.name()) && wanted(&asked.types_filter, group_type);
        is_wanted.then(|| ListedGroup {
            group_id: info.name,
            protocol_type: info.protocol_type,
            group_state: info.state.name().to_owned(),
            group_type: group_type.to_owned(),
        })
    });
    let groups = groups.collect();
    Ok(request.now(&ListGroupsResponse { groups, ..ListGroupsResponse::default() }))
}

/// `DeleteGroups`: those without members, with what they have committed.
pub(crate) fn delete_groups(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DeleteGroupsRequest = request.take()?;
    let delete = |group_id: String| DeletedGroup {
        error_code: error_code(tokio::task::block_in_place(|| request.log().delete_group(&group_id))),
        group_id,
    };
    let results = asked.groups.into_iter().map(delete).collect();
    Ok(request.now(&DeleteGroupsResponse { throttle_time_ms: 0, results }))
}
