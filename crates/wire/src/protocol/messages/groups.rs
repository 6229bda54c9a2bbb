//! Who coordinates a group, who is in it, who has what?

use bytes::Bytes;

use super::super::message::messages;

messages! {
    /// Asks for the broker that coordinates groups.
    FindCoordinatorRequest {
        key: String [..=3],
        key_type: i8 [1..],
        coordinator_keys: Vec<String> [4..],
    }

    /// Names the broker that coordinates groups.
    FindCoordinatorResponse {
        throttle_time_ms: i32 [1..],
        error_code: i16 [..=3],
        error_message: Option<String> [1..=3],
        node_id: i32 [..=3] = -1,
        host: String [..=3],
        port: i32 [..=3] = -1,
        coordinators: Vec<CoordinatorOf> [4..],
    }

    /// The coordinator of one key.
    CoordinatorOf {
        key: String,
        node_id: i32 = -1,
        host: String,
        port: i32 = -1,
        error_code: i16,
        error_message: Option<String>,
    }

    /// Joins a group.
    JoinGroupRequest {
        group_id: String,
        session_timeout_ms: i32,
        rebalance_timeout_ms: i32 [1..] = -1,
        member_id: String,
        group_instance_id: Option<String> [5..],
        protocol_type: String,
        protocols: Vec<JoinGroupProtocol>,
        reason: Option<String> [8..],
    }

    /// A way to share partitions out that a member knows.
    JoinGroupProtocol { name: String, metadata: Bytes }

    /// Says who is in the group.
    JoinGroupResponse {
        throttle_time_ms: i32 [2..],
        error_code: i16,
        generation_id: i32 = -1,
        protocol_type: Option<String> [7..],
        protocol_name: Option<String> = Some(String::new()),
        leader: String,
        skip_assignment: bool [9..],
        member_id: String,
        members: Vec<JoinGroupMember>,
    }

    /// One member, as the leader hears of it.
    JoinGroupMember { member_id: String, group_instance_id: Option<String> [5..], metadata: Bytes }

    /// Brings, or asks for, the assignment.
    SyncGroupRequest {
        group_id: String,
        generation_id: i32,
        member_id: String,
        group_instance_id: Option<String> [3..],
        protocol_type: Option<String> [5..],
        protocol_name: Option<String> [5..],
        assignments: Vec<SyncGroupAssignment>,
    }

    /// What one member gets.
    SyncGroupAssignment { member_id: String, assignment: Bytes }

    /// Gives the assignment.
    SyncGroupResponse {
        throttle_time_ms: i32 [1..],
        error_code: i16,
        protocol_type: Option<String> [5..],
        protocol_name: Option<String> [5..],
        assignment: Bytes,
    }

    /// A sign of life.
    HeartbeatRequest {
        group_id: String,
        generation_id: i32,
        member_id: String,
        group_instance_id: Option<String> [3..],
    }

    /// The answer to a sign of life.
    HeartbeatResponse { throttle_time_ms: i32 [1..], error_code: i16 }

    /// Leaves a group.
    LeaveGroupRequest {
        group_id: String,
        member_id: String [..=2],
        members: Vec<LeavingMember> [3..],
    }

    /// One that leaves.
    LeavingMember {
        member_id: String,
        group_instance_id: Option<String>,
        reason: Option<String> [5..],
    }

    /// Says who left.
    LeaveGroupResponse {
        throttle_time_ms: i32 [1..],
        error_code: i16,
        members: Vec<LeftMember> [3..],
    }

    /// One that left.
    LeftMember { member_id: String, group_instance_id: Option<String>, error_code: i16 }

    /// Asks about groups.
    DescribeGroupsRequest { groups: Vec<String>, include_authorized_operations: bool [3..] }

    /// Describes groups.
    DescribeGroupsResponse { throttle_time_ms: i32 [1..], groups: Vec<DescribedGroup> }

    /// One group.
    DescribedGroup {
        error_code: i16,
        error_message: Option<String> [6..],
        group_id: String,
        group_state: String,
        protocol_type: String,
        protocol_data: String,
        members: Vec<DescribedMember>,
        authorized_operations: i32 [3..] = i32::MIN,
    }

    /// One member.
    DescribedMember {
        member_id: String,
        group_instance_id: Option<String> [4..],
        client_id: String,
        client_host: String,
        member_metadata: Bytes,
        member_assignment: Bytes,
    }

    /// Asks which groups there are.
    ListGroupsRequest { states_filter: Vec<String> [4..], types_filter: Vec<String> [5..] }

    /// Lists groups.
    ListGroupsResponse { throttle_time_ms: i32 [1..], error_code: i16, groups: Vec<ListedGroup> }

    /// One group.
    ListedGroup {
        group_id: String,
        protocol_type: String,
        group_state: String [4..],
        group_type: String [5..],
    }

    /// Deletes groups.
    DeleteGroupsRequest { groups: Vec<String> }

    /// Says which groups were deleted.
    DeleteGroupsResponse { throttle_time_ms: i32, results: Vec<DeletedGroup> }

    /// One group that was to be deleted.
    DeletedGroup { group_id: String, error_code: i16 }
}
