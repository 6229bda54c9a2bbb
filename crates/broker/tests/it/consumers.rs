//! Groups that the broker shares out, to clients of both protocols and to members inside the process.

use std::time::Duration;

use bytes::Bytes;
use girok_commitlog::{Subscription, TopicConfig};
use girok_wire::protocol::*;

use crate::support::{Client, Fixture};

const GROUP: &str = "readers";

fn beat(member_id: &str, member_epoch: i32) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        group_id: GROUP.into(),
        member_id: member_id.into(),
        member_epoch,
        ..ConsumerGroupHeartbeatRequest::default()
    }
}

fn join(member_id: &str, topics: &[&str]) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        rebalance_timeout_ms: 5000,
        subscribed_topic_names: Some(topics.iter().map(|topic| (*topic).to_owned()).collect()),
        topic_partitions: Some(Vec::new()),
        ..beat(member_id, 0)
    }
}

async fn say(client: &mut Client, body: &ConsumerGroupHeartbeatRequest) -> ConsumerGroupHeartbeatResponse {
    client.ask(Api::CONSUMER_GROUP_HEARTBEAT, 1, body).await
}

/// The partitions of the only topic in an answer.
fn assigned(response: &ConsumerGroupHeartbeatResponse) -> Option<Vec<i32>> {
    assert_eq!(response.error_code, code::NONE, "{:?}", response.error_message);
    let assignment = response.assignment.as_ref()?;
    Some(assignment.topic_partitions.iter().flat_map(|topic| topic.partitions.clone()).collect())
}

async fn with_topic(partitions: u32) -> (Fixture, u128) {
    let fixture = Fixture::new().await;
    let config = TopicConfig { partitions: Some(partitions), ..TopicConfig::default() };
    let topic_id = fixture.log.create_topic("web", config).unwrap().id().0;
    (fixture, topic_id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_move_when_they_were_given_up() {
    let (fixture, topic_id) = with_topic(2).await;
    let mut client = fixture.client().await;
    let first = say(&mut client, &join("a", &["web"])).await;
    assert_eq!(assigned(&first), Some(vec![0, 1]));
    let second = say(&mut client, &join("b", &["web"])).await;
    assert_eq!(assigned(&second), Some(vec![]), "the first has both");
    let told = say(&mut client, &beat("a", first.member_epoch)).await;
    assert_eq!((assigned(&told), told.member_epoch), (Some(vec![0]), first.member_epoch));
    let waiting = say(&mut client, &beat("b", second.member_epoch)).await;
    assert_eq!(assigned(&waiting), None, "nothing new");

    let owned = vec![TopicIdPartitions { topic_id, partitions: vec![0] }];
    let gave_up =
        ConsumerGroupHeartbeatRequest { topic_partitions: Some(owned), ..beat("a", first.member_epoch) };
    let first = say(&mut client, &gave_up).await;
    assert_eq!(first.member_epoch, second.member_epoch, "it has arrived");
    assert_eq!(assigned(&say(&mut client, &beat("b", waiting.member_epoch)).await), Some(vec![1]));

    let fenced = say(&mut client, &beat("a", first.member_epoch + 1)).await;
    assert_eq!(fenced.error_code, code::FENCED_MEMBER_EPOCH);
    let stranger = say(&mut client, &beat("c", 1)).await;
    assert_eq!(stranger.error_code, code::UNKNOWN_MEMBER_ID);
    let left = say(&mut client, &beat("b", -1)).await;
    assert_eq!((left.error_code, left.member_epoch), (code::NONE, -1));
    assert_eq!(assigned(&say(&mut client, &beat("a", first.member_epoch)).await), Some(vec![0, 1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_commits_in_its_epoch() {
    let (fixture, _) = with_topic(1).await;
    let mut client = fixture.client().await;
    let joined = say(&mut client, &join("a", &["web"])).await;
    for (epoch, wanted) in
        [(joined.member_epoch, code::NONE), (joined.member_epoch + 1, code::STALE_MEMBER_EPOCH)]
    {
        let of = OffsetCommitPartition { committed_offset: 5, ..OffsetCommitPartition::default() };
        let request = OffsetCommitRequest {
            group_id: GROUP.into(),
            generation_id: epoch,
            member_id: "a".into(),
            topics: vec![OffsetCommitTopic { name: "web".into(), partitions: vec![of] }],
            ..OffsetCommitRequest::default()
        };
        let committed: OffsetCommitResponse = client.ask(Api::OFFSET_COMMIT, 9, &request).await;
        assert_eq!(committed.topics[0].partitions[0].error_code, wanted);
        let group = OffsetFetchGroup {
            group_id: GROUP.into(),
            member_id: Some("a".into()),
            member_epoch: epoch,
            topics: None,
        };
        let request = OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() };
        let fetched: OffsetFetchResponse = client.ask(Api::OFFSET_FETCH, 9, &request).await;
        assert_eq!(fetched.groups[0].error_code, wanted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patterns_assignors_and_instances() {
    let (fixture, _) = with_topic(2).await;
    let mut client = fixture.client().await;
    let pattern = |pattern: &str| ConsumerGroupHeartbeatRequest {
        subscribed_topic_names: None,
        subscribed_topic_regex: Some(pattern.into()),
        server_assignor: Some("range".into()),
        instance_id: Some("one".into()),
        ..join("a", &[])
    };
    assert_eq!(say(&mut client, &pattern("w(")).await.error_code, code::INVALID_REGULAR_EXPRESSION);
    let odd = ConsumerGroupHeartbeatRequest { server_assignor: Some("odd".into()), ..pattern("w.*") };
    assert_eq!(say(&mut client, &odd).await.error_code, code::UNSUPPORTED_ASSIGNOR);
    let joined = say(&mut client, &pattern("w.*")).await;
    assert_eq!(assigned(&joined), Some(vec![0, 1]));

    let request =
        ConsumerGroupDescribeRequest { group_ids: vec![GROUP.into(), "none".into()], ..Default::default() };
    let described: ConsumerGroupDescribeResponse =
        client.ask(Api::CONSUMER_GROUP_DESCRIBE, 1, &request).await;
    let [group, none] = &described.groups[..] else { panic!("{described:?}") };
    assert_eq!((group.assignor_name.as_str(), group.group_state.as_str()), ("range", "Stable"));
    assert_eq!(group.members[0].assignment.topic_partitions[0].topic_name, "web");
    assert_eq!(none.error_code, code::GROUP_ID_NOT_FOUND);

    let shadow = ConsumerGroupHeartbeatRequest { member_id: "b".into(), ..pattern("w.*") };
    assert_eq!(say(&mut client, &shadow).await.error_code, code::UNRELEASED_INSTANCE_ID);
    let away = ConsumerGroupHeartbeatRequest { instance_id: Some("one".into()), ..beat("a", -2) };
    assert_eq!(say(&mut client, &away).await.member_epoch, -2);
    assert_eq!(assigned(&say(&mut client, &shadow).await), Some(vec![0, 1]), "it has its work again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_classic_client_shares_a_group_with_a_member_inside() {
    let (fixture, _) = with_topic(2).await;
    let mut inside = fixture.log.consumer(GROUP, Subscription::all());
    assert_eq!(inside.poll(Duration::ZERO).unwrap().assigned.len(), 2);
    let mut client = fixture.client().await;
    let joined = classic_join(&mut client, "").await;
    let has = classic_sync(&mut client, &joined).await;
    assert!(has.is_empty(), "the member inside has both: {has:?}");
    assert_eq!(inside.poll(Duration::ZERO).unwrap().revoked.len(), 1);
    let _ = inside.poll(Duration::ZERO).unwrap();
    let beat = HeartbeatRequest {
        group_id: GROUP.into(),
        generation_id: joined.generation_id,
        member_id: joined.member_id.clone(),
        ..HeartbeatRequest::default()
    };
    let told: HeartbeatResponse = client.ask(Api::HEARTBEAT, 4, &beat).await;
    assert_eq!(told.error_code, code::REBALANCE_IN_PROGRESS);
    let joined = classic_join(&mut client, &joined.member_id).await;
    assert_eq!(classic_sync(&mut client, &joined).await.len(), 1);
    let beat = HeartbeatRequest { generation_id: joined.generation_id, ..beat };
    let told: HeartbeatResponse = client.ask(Api::HEARTBEAT, 4, &beat).await;
    assert_eq!(told.error_code, code::NONE);

    // Its process is killed: the member inside need not wait for the end of the session.
    drop(client);
    let started = std::time::Instant::now();
    while inside.assignment().len() < 2 {
        let _ = inside.poll(Duration::from_millis(50)).unwrap();
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

async fn classic_join(client: &mut Client, member_id: &str) -> JoinGroupResponse {
    // Version 1, topic `web`, no user data, nothing owned.
    let metadata = Bytes::from_static(b"\0\x01\0\0\0\x01\0\x03web\xff\xff\xff\xff\0\0\0\0");
    let request = JoinGroupRequest {
        group_id: GROUP.into(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        member_id: member_id.into(),
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupProtocol { name: "range".into(), metadata }],
        ..JoinGroupRequest::default()
    };
    let joined: JoinGroupResponse = client.ask(Api::JOIN_GROUP, 9, &request).await;
    assert_eq!(joined.error_code, code::NONE);
    joined
}

/// The partitions of `web` that a classic client gets.
async fn classic_sync(client: &mut Client, joined: &JoinGroupResponse) -> Vec<i32> {
    let request = SyncGroupRequest {
        group_id: GROUP.into(),
        generation_id: joined.generation_id,
        member_id: joined.member_id.clone(),
        ..SyncGroupRequest::default()
    };
    let synced: SyncGroupResponse = client.ask(Api::SYNC_GROUP, 3, &request).await;
    assert_eq!(synced.error_code, code::NONE);
    let mut input = Decoder::new(synced.assignment, 0, false);
    let (_version, topics) = (i16::decode(&mut input).unwrap(), input.count().unwrap().unwrap());
    (0..topics)
        .flat_map(|_| {
            assert_eq!(String::decode(&mut input).unwrap(), "web");
            Vec::<i32>::decode(&mut input).unwrap()
        })
        .collect()
}
