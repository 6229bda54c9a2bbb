//! `/api/v1/cluster`: who serves the log, and how much is in it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use girok_admin::{AdminError, Brokers, Cluster, Topic};
use serde::Serialize;

use super::answer;
use super::throughput::RatesJson;
use crate::error::ApiError;
use crate::state::Api;

#[derive(Serialize)]
struct ClusterJson {
    log: &'static str,
    cluster_id: Option<String>,
    controller: Option<i32>,
    brokers: Vec<BrokerJson>,
    topic_count: usize,
    partition_count: usize,
    under_replicated: usize,
    leaderless: usize,
    group_count: usize,
    size_bytes: Option<u64>,
    throughput: RatesJson,
}

#[derive(Serialize)]
struct BrokerJson {
    id: i32,
    host: Option<String>,
    port: Option<u16>,
    /// Partitions that it leads, that it is to hold, and that it holds in step.
    leads: usize,
    replicas: usize,
    in_sync: usize,
}

pub(crate) async fn cluster(State(api): State<Api>) -> Result<Response, ApiError> {
    answer(&api, StatusCode::OK, describe).await
}

fn describe(cluster: &Cluster) -> Result<ClusterJson, AdminError> {
    let (brokers, topics) = (cluster.brokers()?, cluster.topics()?);
    let partitions = || topics.iter().flat_map(|topic| &topic.partitions);
    let rates = cluster.watch().rates();
    Ok(ClusterJson {
        log: brokers.kind.name(),
        topic_count: topics.len(),
        partition_count: partitions().count(),
        under_replicated: partitions().filter(|one| !one.is_in_step()).count(),
        leaderless: partitions().filter(|one| one.leader.is_none()).count(),
        group_count: cluster.watch().last().map_or(0, |sample| sample.groups.len()),
        size_bytes: topics.iter().map(Topic::size_bytes).sum(),
        throughput: RatesJson::sum(rates.values()),
        brokers: broker_list(&brokers, &topics),
        cluster_id: brokers.cluster_id,
        controller: brokers.controller,
    })
}

fn broker_list(brokers: &Brokers, topics: &[Topic]) -> Vec<BrokerJson> {
    let partitions = || topics.iter().flat_map(|topic| &topic.partitions);
    let broker = |broker: &girok_admin::Broker| BrokerJson {
        id: broker.id,
        host: broker.address.as_ref().map(|(host, _)| host.clone()),
        port: broker.address.as_ref().map(|(_, port)| *port),
        leads: partitions().filter(|one| one.leader == Some(broker.id)).count(),
        replicas: partitions().filter(|one| one.replicas.contains(&broker.id)).count(),
        in_sync: partitions().filter(|one| one.in_sync.contains(&broker.id)).count(),
    };
    brokers.brokers.iter().map(broker).collect()
}
