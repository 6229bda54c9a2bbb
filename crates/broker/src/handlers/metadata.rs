//! Which topics are there, and who leads them?

use girok_commitlog::{Topic, is_internal};
use girok_event::DatasetName;
use girok_wire::protocol::{
    MetadataBroker, MetadataPartition, MetadataRequest, MetadataRequestTopic, MetadataResponse,
    MetadataTopic, ProtocolError, code,
};

use super::cluster::CLUSTER_OPERATIONS;
use super::describe_topics::TOPIC_OPERATIONS;
use crate::fault::code_of;
use crate::session::{Answer, CLUSTER_ID, NODE_ID, Request};

/// `Metadata`: topics asked for by name are created if they are missing and may be.
pub(crate) fn metadata(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: MetadataRequest = request.take()?;
    let may_create = asked.allow_auto_topic_creation && request.session.config.auto_create;
    // Version 0 has no null.
    let named = asked.topics.filter(|topics| request.version() > 0 || !topics.is_empty());
    let mut topics: Vec<_> = match named {
        Some(topics) => topics.into_iter().map(|topic| find(&request, topic, may_create)).collect(),
        None => {
            let all = request.log().topics();
            all.iter()
                .filter_map(|info| request.log().topic(info.name.as_str()))
                .map(|topic| describe(&request, &topic))
                .collect()
        }
    };
    if asked.include_topic_authorized_operations {
        let found = topics.iter_mut().filter(|topic| topic.error_code == code::NONE);
        found.for_each(|topic| topic.topic_authorized_operations = TOPIC_OPERATIONS);
    }
    let for_cluster = asked.include_cluster_authorized_operations;
    let (host, port) = request.session.advertised();
    Ok(request.now(&MetadataResponse {
        brokers: vec![MetadataBroker { node_id: NODE_ID, host, port, rack: None }],
        cluster_id: Some(CLUSTER_ID.to_owned()),
        controller_id: NODE_ID,
        topics,
        cluster_authorized_operations: if for_cluster { CLUSTER_OPERATIONS } else { i32::MIN },
        ..MetadataResponse::default()
    }))
}

fn find(request: &Request, asked: MetadataRequestTopic, may_create: bool) -> MetadataTopic {
    let Some(name) = asked.name else {
        let found = request.log().topic_with_id(asked.topic_id);
        return found.map_or_else(
            || MetadataTopic {
                error_code: code::UNKNOWN_TOPIC_ID,
                topic_id: asked.topic_id,
                ..MetadataTopic::default()
            },
            |topic| describe(request, &topic),
        );
    };
    if let Some(topic) = request.log().topic(&name) {
        return describe(request, &topic);
    }
    match create(request, &name, may_create) {
        Ok(topic) => describe(request, &topic),
        Err(error_code) => MetadataTopic { error_code, name: Some(name), ..MetadataTopic::default() },
    }
}

fn create(request: &Request, name: &str, may_create: bool) -> Result<Topic, i16> {
    let valid = DatasetName::new(name).map_err(|_| code::INVALID_TOPIC_EXCEPTION)?;
    if !may_create || is_internal(name) {
        return Err(code::UNKNOWN_TOPIC_OR_PARTITION);
    }
    let created = tokio::task::block_in_place(|| request.log().ensure_topic(&valid));
    created.map_err(|error| {
        tracing::warn!(topic = name, %error, "cannot create a topic for a kafka client");
        code_of(&error)
    })
}

fn describe(request: &Request, topic: &Topic) -> MetadataTopic {
    let partition = |partition: u32| MetadataPartition {
        partition_index: partition as i32,
        leader_id: NODE_ID,
        leader_epoch: request.log().offsets(topic, partition).map_or(-1, |offsets| offsets.leader_epoch),
        replica_nodes: vec![NODE_ID],
        isr_nodes: vec![NODE_ID],
        ..MetadataPartition::default()
    };
    MetadataTopic {
        name: Some(topic.name().to_string()),
        topic_id: topic.id().0,
        is_internal: topic.is_internal(),
        partitions: (0..topic.partition_count()).map(partition).collect(),
        ..MetadataTopic::default()
    }
}
