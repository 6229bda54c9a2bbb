//! A consumer in a group, from finding the coordinator to leaving.

use bytes::Bytes;
use girok_event::DatasetName;
use girok_wire::protocol::*;

use crate::support::Fixture;

fn join(member_id: &str) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: "readers".into(),
        session_timeout_ms: 6000,
        rebalance_timeout_ms: 6000,
        member_id: member_id.into(),
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupProtocol { name: "range".into(), metadata: Bytes::from_static(b"web") }],
        ..JoinGroupRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_joins_works_commits_and_leaves() {
    let fixture = Fixture::new().await;
    fixture.log.ensure_topic(&DatasetName::new("web").unwrap()).unwrap();
    let mut client = fixture.client().await;
    let request = FindCoordinatorRequest { coordinator_keys: vec!["readers".into()], ..Default::default() };
    let found: FindCoordinatorResponse = client.ask(Api::FIND_COORDINATOR, 4, &request).await;
    assert_eq!(found.coordinators[0].port, i32::from(fixture.broker.address().port()));

    let asked: JoinGroupResponse = client.ask(Api::JOIN_GROUP, 9, &join("")).await;
    assert_eq!(asked.error_code, code::MEMBER_ID_REQUIRED);
    let joined: JoinGroupResponse = client.ask(Api::JOIN_GROUP, 9, &join(&asked.member_id)).await;
    assert_eq!((joined.error_code, &joined.leader, joined.members.len()), (0, &joined.member_id, 1));

    let (member_id, generation_id) = (joined.member_id.clone(), joined.generation_id);
    let mine = SyncGroupAssignment { member_id: member_id.clone(), assignment: Bytes::from_static(b"all") };
    let request = SyncGroupRequest {
        group_id: "readers".into(),
        generation_id,
        member_id: member_id.clone(),
        assignments: vec![mine],
        ..SyncGroupRequest::default()
    };
    let synced: SyncGroupResponse = client.ask(Api::SYNC_GROUP, 3, &request).await;
    assert_eq!((synced.error_code, &synced.assignment[..]), (0, &b"all"[..]));

    for (generation_id, wanted) in
        [(generation_id, code::NONE), (generation_id + 1, code::ILLEGAL_GENERATION)]
    {
        let commit = commit(&member_id, generation_id);
        let committed: OffsetCommitResponse = client.ask(Api::OFFSET_COMMIT, 8, &commit).await;
        assert_eq!(committed.topics[0].partitions[0].error_code, wanted);
    }
    let group = OffsetFetchGroup { group_id: "readers".into(), ..OffsetFetchGroup::default() };
    let request = OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
    let fetched: OffsetFetchResponse = client.ask(Api::OFFSET_FETCH, 8, &request).await;
    assert_eq!(fetched.groups[0].topics[0].partitions[0].committed_offset, 42);

    let leaving = LeavingMember { member_id: member_id.clone(), ..LeavingMember::default() };
    let request =
        LeaveGroupRequest { group_id: "readers".into(), members: vec![leaving], ..Default::default() };
    let left: LeaveGroupResponse = client.ask(Api::LEAVE_GROUP, 4, &request).await;
    assert_eq!(left.members[0].error_code, code::NONE);
    let request = HeartbeatRequest {
        group_id: "readers".into(),
        generation_id,
        member_id,
        ..HeartbeatRequest::default()
    };
    let gone: HeartbeatResponse = client.ask(Api::HEARTBEAT, 4, &request).await;
    assert_eq!(gone.error_code, code::UNKNOWN_MEMBER_ID);

    fixture.log.expire_members();
    let listed: ListGroupsResponse = client.ask(Api::LIST_GROUPS, 5, &ListGroupsRequest::default()).await;
    let ListedGroup { group_state, protocol_type, .. } = &listed.groups[0];
    assert_eq!((group_state.as_str(), protocol_type.as_str()), ("Empty", "consumer"));
}

fn commit(member_id: &str, generation_id: i32) -> OffsetCommitRequest {
    let of = OffsetCommitPartition { committed_offset: 42, ..OffsetCommitPartition::default() };
    OffsetCommitRequest {
        group_id: "readers".into(),
        generation_id,
        member_id: member_id.into(),
        topics: vec![OffsetCommitTopic { name: "web".into(), partitions: vec![of] }],
        ..OffsetCommitRequest::default()
    }
}
