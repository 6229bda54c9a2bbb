//! Topics of a cluster: listed, made, changed, deleted.

use std::collections::HashMap;

use girok_commitlog::{TopicId, TopicPartition};
use girok_wire::protocol::{AlterConfigsResponse, MetadataPartition};
use girok_wire::protocol::{
    Api, CreatableConfig, CreatableTopic, CreatePartitionsRequest, CreatePartitionsResponse,
    CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse, DescribeLogDirsRequest,
    DescribeLogDirsResponse, GrowingTopic, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResource,
    IncrementalConfig, MetadataResponse, MetadataTopic,
};

use super::fault::{Fault, check, failed, refused_topic};
use super::network::{Network, leaders_of};
use super::records::{self, END, START};
use crate::error::{AdminError, Result};
use crate::{NewTopic, Partition, Setting, Topic, TopicChange};

/// How long a change may take until all brokers know.
const TIMEOUT_MS: i32 = 10_000;
/// Kafka's number of topics among the things that have settings.
const TOPIC: i8 = 2;
/// Kafka's number of a topic's own settings among their origins.
const OWN: i8 = 1;
const SET: i8 = 0;
const UNSET: i8 = 1;

/// A partition's bytes by broker and partition.
type Sizes = HashMap<(i32, TopicPartition), u64>;

/// All topics, by name.
pub(super) fn list(network: &Network) -> Result<Vec<Topic>, Fault> {
    let metadata = network.metadata()?;
    let all: Vec<_> = leaders_of(&metadata).into_keys().collect();
    let starts = records::offsets(network, &all, START)?;
    let ends = records::offsets(network, &all, END)?;
    let sizes = sizes(network, &metadata);
    let partition = |topic: &str, told: &MetadataPartition| {
        let of = TopicPartition::new(topic, u32::try_from(told.partition_index).unwrap_or(0));
        let leader = Some(told.leader_id).filter(|id| *id >= 0);
        Partition {
            id: of.partition,
            leader,
            replicas: told.replica_nodes.clone(),
            in_sync: told.isr_nodes.clone(),
            start: starts.get(&of).copied().unwrap_or(0),
            end: ends.get(&of).copied().unwrap_or(0),
            size_bytes: leader.and_then(|leader| sizes.get(&(leader, of)).copied()),
            failure: None,
        }
    };
    let topic = |told: &MetadataTopic| {
        let name = told.name.clone().unwrap_or_default();
        let mut partitions: Vec<_> = told.partitions.iter().map(|one| partition(&name, one)).collect();
        partitions.sort_by_key(|partition| partition.id);
        let id = (told.topic_id != 0).then(|| TopicId(told.topic_id).to_string());
        Topic { name, id, internal: told.is_internal, partitions }
    };
    let mut topics: Vec<_> = metadata.topics.iter().map(topic).collect();
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(topics)
}

/// What lies on each broker's disks. A broker that does not say leaves its sizes unknown.
fn sizes(network: &Network, metadata: &MetadataResponse) -> Sizes {
    let mut sizes = Sizes::new();
    let request = DescribeLogDirsRequest { topics: None };
    for broker in metadata.brokers.iter().map(|broker| broker.node_id) {
        let told: Result<DescribeLogDirsResponse, Fault> =
            network.ask(broker, Api::DESCRIBE_LOG_DIRS, 1..=4, &request);
        let Ok(told) = told else { continue };
        for topic in told.results.into_iter().flat_map(|dir| dir.topics) {
            for partition in topic.partitions.iter().filter(|partition| !partition.is_future_key) {
                let id = u32::try_from(partition.partition_index).unwrap_or(0);
                let of = TopicPartition::new(topic.name.as_str(), id);
                sizes.insert((broker, of), u64::try_from(partition.partition_size).unwrap_or(0));
            }
        }
    }
    sizes
}

/// A topic's settings.
pub(super) fn settings(network: &Network, topic: &str) -> Result<Vec<Setting>> {
    ask_settings(network, topic).map_err(refused_topic("ask for the settings of", topic))
}

fn ask_settings(network: &Network, topic: &str) -> Result<Vec<Setting>, Fault> {
    let resource = DescribeConfigsResource {
        resource_type: TOPIC,
        resource_name: topic.to_owned(),
        configuration_keys: None,
    };
    let request = DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() };
    let controller = network.controller()?;
    let told: DescribeConfigsResponse = network.ask(controller, Api::DESCRIBE_CONFIGS, 1..=4, &request)?;
    let mut settings = Vec::new();
    for resource in told.results {
        check(resource.error_code, resource.error_message)?;
        settings.extend(resource.configs.into_iter().map(|config| Setting {
            is_default: config.config_source != OWN,
            value: config.value.filter(|_| !config.is_sensitive),
            name: config.name,
        }));
    }
    Ok(settings)
}

/// Makes a topic.
pub(super) fn create(network: &Network, topic: &NewTopic) -> Result<()> {
    ask_create(network, topic).map_err(refused_topic("create topic", &topic.name))
}

fn ask_create(network: &Network, topic: &NewTopic) -> Result<(), Fault> {
    let config = |(name, value): (&String, &String)| CreatableConfig {
        name: name.clone(),
        value: Some(value.clone()),
    };
    let creatable = CreatableTopic {
        name: topic.name.clone(),
        // -1 asks for the cluster's own default.
        num_partitions: topic.partitions.map_or(-1, |count| i32::try_from(count).unwrap_or(i32::MAX)),
        replication_factor: topic.replication.map_or(-1, |count| i16::try_from(count).unwrap_or(i16::MAX)),
        assignments: Vec::new(),
        configs: topic.settings.iter().map(config).collect(),
    };
    let request =
        CreateTopicsRequest { topics: vec![creatable], timeout_ms: TIMEOUT_MS, validate_only: false };
    let controller = network.controller()?;
    let made: CreateTopicsResponse = network.ask(controller, Api::CREATE_TOPICS, 2..=7, &request)?;
    made.topics.into_iter().try_for_each(|one| check(one.error_code, one.error_message))
}

/// Refuses to let anyone change the cluster's own topics: a broker would let it happen.
pub(super) fn check_not_internal(network: &Network, verb: &'static str, topic: &str) -> Result<()> {
    let metadata = network.metadata().map_err(failed("ask for the topics"))?;
    match metadata.topics.iter().find(|told| told.name.as_deref() == Some(topic)) {
        Some(told) if told.is_internal => Err(AdminError::InternalTopic { verb, topic: topic.to_owned() }),
        _ => Ok(()),
    }
}

/// Changes a topic: first its partitions, then its settings.
pub(super) fn alter(network: &Network, topic: &str, change: &TopicChange) -> Result<()> {
    let refused = || refused_topic("alter topic", topic);
    if let Some(partitions) = change.partitions {
        grow(network, topic, partitions).map_err(refused())?;
    }
    if !change.settings.is_empty() {
        set(network, topic, change).map_err(refused())?;
    }
    Ok(())
}

fn grow(network: &Network, topic: &str, partitions: u32) -> Result<(), Fault> {
    let count = i32::try_from(partitions).unwrap_or(i32::MAX);
    let topics = vec![GrowingTopic { name: topic.to_owned(), count, assignments: None }];
    let request = CreatePartitionsRequest { topics, timeout_ms: TIMEOUT_MS, validate_only: false };
    let controller = network.controller()?;
    let grown: CreatePartitionsResponse = network.ask(controller, Api::CREATE_PARTITIONS, 0..=3, &request)?;
    grown.results.into_iter().try_for_each(|one| check(one.error_code, one.error_message))
}

fn set(network: &Network, topic: &str, change: &TopicChange) -> Result<(), Fault> {
    let config = |(name, value): (&String, &Option<String>)| IncrementalConfig {
        name: name.clone(),
        config_operation: if value.is_some() { SET } else { UNSET },
        value: value.clone(),
    };
    let resource = IncrementalAlterConfigsResource {
        resource_type: TOPIC,
        resource_name: topic.to_owned(),
        configs: change.settings.iter().map(config).collect(),
    };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let controller = network.controller()?;
    let done: AlterConfigsResponse =
        network.ask(controller, Api::INCREMENTAL_ALTER_CONFIGS, 0..=1, &request)?;
    done.responses.into_iter().try_for_each(|one| check(one.error_code, one.error_message))
}

/// Deletes a topic.
pub(super) fn delete(network: &Network, topic: &str) -> Result<()> {
    ask_delete(network, topic).map_err(refused_topic("delete topic", topic))
}

fn ask_delete(network: &Network, topic: &str) -> Result<(), Fault> {
    let topic_names = vec![topic.to_owned()];
    let request =
        DeleteTopicsRequest { topic_names, timeout_ms: TIMEOUT_MS, ..DeleteTopicsRequest::default() };
    let controller = network.controller()?;
    let done: DeleteTopicsResponse = network.ask(controller, Api::DELETE_TOPICS, 1..=5, &request)?;
    done.responses.into_iter().try_for_each(|one| check(one.error_code, one.error_message))
}
