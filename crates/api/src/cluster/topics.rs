//! `/api/v1/topics`: topics listed, described, made, changed, deleted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use girok_admin::{AdminError, Cluster, NewTopic, Partition, Setting, Topic, TopicChange};
use girok_event::DatasetName;
use girok_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use super::throughput::RatesJson;
use super::{answer, wait};
use crate::body::JsonBody;
use crate::clock;
use crate::error::ApiError;
use crate::state::Api;

/// Workers hear within milliseconds that a topic is gone; one that writes a part is not waited for longer.
const REVOKE_MAX: Duration = Duration::from_secs(2);
const REVOKE_WATCH_INTERVAL: Duration = Duration::from_millis(20);

#[derive(Serialize)]
struct TopicsJson {
    topics: Vec<TopicJson>,
}

#[derive(Serialize)]
struct TopicJson {
    name: String,
    id: Option<String>,
    internal: bool,
    partition_count: usize,
    replication: usize,
    records: u64,
    size_bytes: Option<u64>,
    under_replicated: usize,
    leaderless: usize,
    throughput: RatesJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<Vec<PartitionJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Vec<SettingJson>>,
}

#[derive(Serialize)]
struct PartitionJson {
    partition: u32,
    leader: Option<i32>,
    replicas: Vec<i32>,
    isr: Vec<i32>,
    start: i64,
    end: i64,
    size_bytes: Option<u64>,
    failure: Option<String>,
}

#[derive(Serialize)]
struct SettingJson {
    name: String,
    value: Option<String>,
    default: bool,
}

/// The body of `POST /api/v1/topics`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTopicJson {
    name: String,
    partitions: Option<u32>,
    replication: Option<u32>,
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

/// The body of `PATCH /api/v1/topics/{name}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopicChangeJson {
    partitions: Option<u32>,
    #[serde(default)]
    settings: BTreeMap<String, Option<String>>,
}

pub(crate) async fn list(State(api): State<Api>) -> Result<Response, ApiError> {
    let list = |cluster: &Cluster| -> Result<_, AdminError> {
        let rates = cluster.watch().rates();
        let topic = |topic: Topic| {
            let rates = rates.get(&topic.name).copied().unwrap_or_default();
            TopicJson::new(topic, rates.into())
        };
        Ok(TopicsJson { topics: cluster.topics()?.into_iter().map(topic).collect() })
    };
    answer(&api, StatusCode::OK, list).await
}

pub(crate) async fn describe(State(api): State<Api>, Path(name): Path<String>) -> Result<Response, ApiError> {
    answer(&api, StatusCode::OK, move |cluster| describe_topic(cluster, &name)).await
}

pub(crate) async fn create(
    State(api): State<Api>,
    JsonBody(topic): JsonBody<NewTopicJson>,
) -> Result<Response, ApiError> {
    let NewTopicJson { name, partitions, replication, settings } = topic;
    let topic = NewTopic { name, partitions, replication, settings };
    let create = move |cluster: &Cluster| -> Result<_, AdminError> {
        cluster.create_topic(&topic)?;
        describe_topic(cluster, &topic.name)
    };
    answer(&api, StatusCode::CREATED, create).await
}

pub(crate) async fn alter(
    State(api): State<Api>,
    Path(name): Path<String>,
    JsonBody(change): JsonBody<TopicChangeJson>,
) -> Result<Response, ApiError> {
    let change = TopicChange { partitions: change.partitions, settings: change.settings };
    let alter = move |cluster: &Cluster| -> Result<_, AdminError> {
        cluster.alter_topic(&name, &change)?;
        describe_topic(cluster, &name)
    };
    answer(&api, StatusCode::OK, alter).await
}

/// Deletes a topic and the dataset it is: its parts are out of sight at once.
pub(crate) async fn delete(State(api): State<Api>, Path(name): Path<String>) -> Result<Response, ApiError> {
    let store = api.engine.store().clone();
    let delete = move |cluster: &Cluster| -> Result<_, AdminError> {
        cluster.delete_topic(&name)?;
        match DatasetName::new(&name) {
            Ok(dataset) => delete_dataset(&store, &dataset).map_err(AdminError::failed("delete the dataset")),
            // A cluster's topic of such a name is no dataset.
            Err(_) => Ok(()),
        }
    };
    wait(&api, delete).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes the dataset away once no worker has live rows of it. A part that is published after all is refused
/// by the catalog, for it does not begin at a checkpoint.
fn delete_dataset(store: &Store, dataset: &DatasetName) -> Result<(), StoreError> {
    let until = Instant::now() + REVOKE_MAX;
    while !store.live.chunks(dataset).is_empty() && Instant::now() < until {
        std::thread::sleep(REVOKE_WATCH_INTERVAL);
    }
    store.catalog.delete_dataset(dataset, clock::now())?;
    store.patterns.forget(dataset);
    Ok(())
}

fn describe_topic(cluster: &Cluster, name: &str) -> Result<TopicJson, AdminError> {
    let (topic, settings) = cluster.topic(name)?;
    let rates = cluster.watch().rates().get(name).copied().unwrap_or_default();
    let partitions = topic.partitions.iter().cloned().map(PartitionJson::from).collect();
    let settings = settings.into_iter().map(SettingJson::from).collect();
    let plain = TopicJson::new(topic, rates.into());
    Ok(TopicJson { partitions: Some(partitions), settings: Some(settings), ..plain })
}

impl TopicJson {
    fn new(topic: Topic, throughput: RatesJson) -> Self {
        let partitions = &topic.partitions;
        TopicJson {
            partition_count: partitions.len(),
            replication: partitions.iter().map(|one| one.replicas.len()).max().unwrap_or(0),
            records: topic.records(),
            size_bytes: topic.size_bytes(),
            under_replicated: partitions.iter().filter(|one| !one.is_in_step()).count(),
            leaderless: partitions.iter().filter(|one| one.leader.is_none()).count(),
            throughput,
            partitions: None,
            settings: None,
            name: topic.name,
            id: topic.id,
            internal: topic.internal,
        }
    }
}

impl From<Partition> for PartitionJson {
    fn from(partition: Partition) -> Self {
        PartitionJson {
            partition: partition.id,
            leader: partition.leader,
            replicas: partition.replicas,
            isr: partition.in_sync,
            start: partition.start,
            end: partition.end,
            size_bytes: partition.size_bytes,
            failure: partition.failure,
        }
    }
}

impl From<Setting> for SettingJson {
    fn from(setting: Setting) -> Self {
        SettingJson { name: setting.name, value: setting.value, default: setting.is_default }
    }
}
