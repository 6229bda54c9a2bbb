//! Settings that a group has of its own: set, shown, obeyed, and there after a restart.

use girok_broker::BrokerConfig;
use girok_wire::protocol::*;
use tokio::net::TcpStream;

use crate::support::{Client, Fixture};

const GROUP_TYPE: i8 = 32;
const SET: i8 = 0;
const TAKE_BACK: i8 = 1;
const ADD: i8 = 2;
const SESSION: &str = "consumer.session.timeout.ms";
const HEARTBEAT: &str = "consumer.heartbeat.interval.ms";

/// Changes one setting of `group`; the error's code.
async fn alter(client: &mut Client, group: &str, operation: i8, name: &str, value: &str) -> i16 {
    let value = (operation != TAKE_BACK).then(|| value.to_owned());
    let config = IncrementalConfig { name: name.into(), config_operation: operation, value };
    let resource = IncrementalAlterConfigsResource {
        resource_type: GROUP_TYPE,
        resource_name: group.into(),
        configs: vec![config],
    };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let altered: AlterConfigsResponse = client.ask(Api::INCREMENTAL_ALTER_CONFIGS, 1, &request).await;
    altered.responses[0].error_code
}

/// The settings of `group`, each with its value and where that comes from.
async fn settings(client: &mut Client, group: &str) -> Vec<(String, String, i8)> {
    let resource = DescribeConfigsResource {
        resource_type: GROUP_TYPE,
        resource_name: group.into(),
        configuration_keys: None,
    };
    let request = DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() };
    let described: DescribeConfigsResponse = client.ask(Api::DESCRIBE_CONFIGS, 4, &request).await;
    assert_eq!(described.results[0].error_code, code::NONE);
    let configs = described.results[0].configs.iter();
    configs.map(|one| (one.name.clone(), one.value.clone().unwrap(), one.config_source)).collect()
}

fn expected(heartbeat: (&str, i8), session: (&str, i8)) -> Vec<(String, String, i8)> {
    [(HEARTBEAT, heartbeat), (SESSION, session)]
        .map(|(name, (value, source))| (name.to_owned(), value.to_owned(), source))
        .to_vec()
}

/// The interval that a new member is told.
async fn told_interval(client: &mut Client, group: &str) -> i32 {
    let join = ConsumerGroupHeartbeatRequest {
        group_id: group.into(),
        member_id: "a".into(),
        rebalance_timeout_ms: 5000,
        subscribed_topic_names: Some(vec!["web".into()]),
        topic_partitions: Some(Vec::new()),
        ..ConsumerGroupHeartbeatRequest::default()
    };
    let told: ConsumerGroupHeartbeatResponse = client.ask(Api::CONSUMER_GROUP_HEARTBEAT, 1, &join).await;
    assert_eq!(told.error_code, code::NONE, "{:?}", told.error_message);
    told.heartbeat_interval_ms
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_has_settings_and_keeps_them() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    assert_eq!(settings(&mut client, "readers").await, expected(("500", 5), ("45000", 5)));
    assert_eq!(alter(&mut client, "readers", SET, SESSION, "50000").await, code::NONE);
    assert_eq!(alter(&mut client, "readers", SET, HEARTBEAT, "700").await, code::NONE);
    assert_eq!(settings(&mut client, "readers").await, expected(("700", 8), ("50000", 8)));
    assert_eq!(told_interval(&mut client, "readers").await, 700);
    assert_eq!(told_interval(&mut client, "others").await, 500);

    let next = girok_broker::start(BrokerConfig::new("127.0.0.1:0".parse().unwrap()), fixture.log.clone());
    let next = next.await.unwrap();
    let mut client = Client::over(TcpStream::connect(next.address()).await.unwrap());
    assert_eq!(alter(&mut client, "readers", TAKE_BACK, HEARTBEAT, "").await, code::NONE);
    assert_eq!(settings(&mut client, "readers").await, expected(("500", 5), ("50000", 8)));

    let request = ListConfigResourcesRequest { resource_types: vec![GROUP_TYPE] };
    let listed: ListConfigResourcesResponse = client.ask(Api::LIST_CONFIG_RESOURCES, 1, &request).await;
    let readers = ConfigResource { resource_name: "readers".into(), resource_type: GROUP_TYPE };
    assert_eq!(listed.config_resources, [readers]);
    next.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_for_a_group_is_refused() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    for (group, operation, name, value, refused) in [
        ("", SET, SESSION, "50000", code::INVALID_REQUEST),
        ("readers", SET, "retention.ms", "50000", code::INVALID_CONFIG),
        ("readers", SET, SESSION, "soon", code::INVALID_CONFIG),
        ("readers", SET, HEARTBEAT, "45000", code::INVALID_CONFIG),
        ("readers", ADD, SESSION, "50000", code::INVALID_CONFIG),
    ] {
        assert_eq!(alter(&mut client, group, operation, name, value).await, refused, "{name}={value}");
    }
    assert_eq!(settings(&mut client, "readers").await, expected(("500", 5), ("45000", 5)));
}
