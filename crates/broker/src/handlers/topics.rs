//! Topics made, grown and deleted by clients. Checks and codes are Kafka's.

use std::collections::{HashMap, HashSet};

use girok_commitlog::{CommitLog, Error, Topic, TopicConfig, is_internal};
use girok_event::DatasetName;
use girok_wire::protocol::{
    CreatableTopic, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, CreatedConfig, CreatedTopic, DeletableTopic, DeleteTopicsRequest,
    DeleteTopicsResponse, DeletedTopic, GrowingTopic, GrownTopic, ProtocolError, code,
};

use super::configs;
use crate::fault::Refusal;
use crate::session::{Answer, NODE_ID, Request};

/// What a client leaves to the broker.
const DEFAULT: i32 = -1;

/// `CreateTopics`.
pub(crate) fn create_topics(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: CreateTopicsRequest = request.take()?;
    let named = count(asked.topics.iter().map(|topic| topic.name.as_str()));
    let named: HashSet<_> =
        named.into_iter().filter(|(_, n)| *n > 1).map(|(name, _)| name.to_owned()).collect();
    let topics = tokio::task::block_in_place(|| {
        let create = |topic: CreatableTopic| {
            let created = if named.contains(&topic.name) {
                Err(Refusal::new(code::INVALID_REQUEST, "the request names the topic more than once"))
            } else {
                create_topic(&request, &topic, asked.validate_only)
            };
            created.unwrap_or_else(|refusal| CreatedTopic {
                name: topic.name,
                error_code: refusal.error_code,
                error_message: refusal.message,
                ..CreatedTopic::default()
            })
        };
        asked.topics.into_iter().map(create).collect()
    });
    Ok(request.now(&CreateTopicsResponse { throttle_time_ms: 0, topics }))
}

/// How often each name is there.
fn count<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    names.fold(HashMap::new(), |mut counts, name| {
        *counts.entry(name).or_default() += 1;
        counts
    })
}

fn create_topic(
    request: &Request,
    asked: &CreatableTopic,
    only_check: bool,
) -> Result<CreatedTopic, Refusal> {
    let log = request.log();
    check_name(log, &asked.name)?;
    let partitions = partitions_of(asked)?;
    check_replication(request, asked)?;
    let mut config = TopicConfig { partitions, ..TopicConfig::default() };
    for setting in &asked.configs {
        let null = || Refusal::new(code::INVALID_CONFIG, format!("the value of {} is null", setting.name));
        config.set(&setting.name, Some(setting.value.as_deref().ok_or_else(null)?))?;
    }
    config.check()?;
    let created = if only_check { None } else { Some(log.create_topic(&asked.name, config.clone())?) };
    let configs = configs::of_topic(log, &config).into_iter().map(|shown| CreatedConfig {
        name: shown.name.to_owned(),
        value: Some(shown.value.value),
        read_only: shown.setting.is_read_only(),
        config_source: shown.source,
        is_sensitive: false,
    });
    Ok(CreatedTopic {
        name: asked.name.clone(),
        topic_id: created.as_ref().map_or(0, |topic| topic.id().0),
        num_partitions: partitions.unwrap_or(log.config().partitions) as i32,
        replication_factor: 1,
        configs: Some(configs.collect()),
        ..CreatedTopic::default()
    })
}

fn check_name(log: &CommitLog, name: &str) -> Result<(), Refusal> {
    DatasetName::new(name).map_err(|error| Refusal::new(code::INVALID_TOPIC_EXCEPTION, error.to_string()))?;
    if log.topic(name).is_some() {
        return Err(Error::TopicExists { topic: name.to_owned() }.into());
    }
    if is_internal(name) {
        return Err(Refusal::new(code::INVALID_TOPIC_EXCEPTION, "names with `__` are the broker's own"));
    }
    // Metrics of topics are named with `_` for `.`: two topics must not share a name there.
    let plain = name.replace('.', "_");
    let other = log.topics().into_iter().find(|info| info.name.as_str().replace('.', "_") == plain);
    other.map_or(Ok(()), |other| {
        let message = format!("topic '{name}' collides with existing topic: {}", other.name);
        Err(Refusal::new(code::INVALID_TOPIC_EXCEPTION, message))
    })
}

/// The number of partitions asked for, if any.
fn partitions_of(asked: &CreatableTopic) -> Result<Option<u32>, Refusal> {
    if !asked.assignments.is_empty() {
        return assigned_partitions(asked).map(Some);
    }
    match asked.num_partitions {
        DEFAULT => Ok(None),
        partitions @ 1.. => Ok(Some(partitions as u32)),
        _ => Err(Refusal::new(code::INVALID_PARTITIONS, "the number of partitions must be positive")),
    }
}

/// The number of partitions of a client that says where each shall lie.
fn assigned_partitions(asked: &CreatableTopic) -> Result<u32, Refusal> {
    if asked.replication_factor != -1 || asked.num_partitions != DEFAULT {
        let message = "with an assignment, partitions and replication factor must be -1";
        return Err(Refusal::new(code::INVALID_REQUEST, message));
    }
    let mut indexes: Vec<_> = asked.assignments.iter().map(|of| of.partition_index).collect();
    indexes.sort_unstable();
    if !indexes.iter().enumerate().all(|(at, index)| at as i32 == *index) {
        return Err(Refusal::new(code::INVALID_REPLICA_ASSIGNMENT, "partitions must be 0, 1, 2, …"));
    }
    asked.assignments.iter().try_for_each(|of| check_replicas(&of.broker_ids))?;
    Ok(indexes.len() as u32)
}

/// There is one broker.
fn check_replicas(replicas: &[i32]) -> Result<(), Refusal> {
    if *replicas == [NODE_ID] {
        return Ok(());
    }
    let message = format!("got the replicas {replicas:?}, the only broker is {NODE_ID}");
    Err(Refusal::new(code::INVALID_REPLICA_ASSIGNMENT, message))
}

fn check_replication(request: &Request, asked: &CreatableTopic) -> Result<(), Refusal> {
    let wanted = asked.replication_factor;
    match wanted {
        -1 | 1 => Ok(()),
        2.. if request.session.config.accept_replication => {
            tracing::warn!(
                topic = asked.name,
                replication_factor = wanted,
                "topic created with one replica: there is one broker"
            );
            Ok(())
        }
        2.. => {
            let message = format!(
                "the replication factor {wanted} cannot be reached because only 1 broker is registered; \
                 `kafka.accept.replication.factor` lets such topics be created with one replica"
            );
            Err(Refusal::new(code::INVALID_REPLICATION_FACTOR, message))
        }
        _ => {
            let message = "the replication factor must be larger than 0, or -1 for the default";
            Err(Refusal::new(code::INVALID_REPLICATION_FACTOR, message))
        }
    }
}

/// `DeleteTopics`.
pub(crate) fn delete_topics(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DeleteTopicsRequest = request.take()?;
    let named = asked.topic_names.into_iter().map(|name| DeletableTopic { name: Some(name), topic_id: 0 });
    let responses = tokio::task::block_in_place(|| {
        named.chain(asked.topics).map(|topic| delete_topic(request.log(), topic)).collect()
    });
    Ok(request.now(&DeleteTopicsResponse { throttle_time_ms: 0, responses }))
}

fn delete_topic(log: &CommitLog, asked: DeletableTopic) -> DeletedTopic {
    match find(log, &asked).and_then(|topic| delete(log, &topic)) {
        Ok(topic) => DeletedTopic {
            name: Some(topic.name().to_string()),
            topic_id: topic.id().0,
            ..DeletedTopic::default()
        },
        Err(refusal) => DeletedTopic {
            name: asked.name,
            topic_id: asked.topic_id,
            error_code: refusal.error_code,
            error_message: refusal.message,
        },
    }
}

fn find(log: &CommitLog, asked: &DeletableTopic) -> Result<Topic, Refusal> {
    let Some(name) = &asked.name else {
        let unknown = || Refusal::new(code::UNKNOWN_TOPIC_ID, "no topic has this id");
        return log.topic_with_id(asked.topic_id).ok_or_else(unknown);
    };
    if asked.topic_id != 0 {
        return Err(Refusal::new(code::INVALID_REQUEST, "got both a name and an id"));
    }
    log.topic(name).ok_or_else(|| Error::UnknownTopic { topic: name.clone() }.into())
}

fn delete(log: &CommitLog, topic: &Topic) -> Result<Topic, Refusal> {
    if topic.is_internal() {
        return Err(Refusal::new(code::INVALID_REQUEST, "the broker's own topics stay"));
    }
    log.delete_topic(topic)?;
    Ok(topic.clone())
}

/// `CreatePartitions`.
pub(crate) fn create_partitions(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: CreatePartitionsRequest = request.take()?;
    let results = tokio::task::block_in_place(|| {
        let grow = |topic: GrowingTopic| {
            let refusal = grow_topic(request.log(), &topic, asked.validate_only).err();
            let (error_code, error_message) =
                refusal.map_or((code::NONE, None), |refusal| (refusal.error_code, refusal.message));
            GrownTopic { name: topic.name, error_code, error_message }
        };
        asked.topics.into_iter().map(grow).collect()
    });
    Ok(request.now(&CreatePartitionsResponse { throttle_time_ms: 0, results }))
}

fn grow_topic(log: &CommitLog, asked: &GrowingTopic, only_check: bool) -> Result<(), Refusal> {
    let unknown = || Error::UnknownTopic { topic: asked.name.clone() };
    let topic = log.topic(&asked.name).ok_or_else(unknown)?;
    if topic.is_internal() {
        return Err(Refusal::new(code::INVALID_REQUEST, "the broker's own topics stay as they are"));
    }
    let (had, count) = (topic.partition_count() as i32, asked.count);
    if count <= had {
        let message = format!("the topic has {had} partitions, which is not fewer than {count}");
        return Err(Refusal::new(code::INVALID_PARTITIONS, message));
    }
    if let Some(assignments) = &asked.assignments {
        if assignments.len() as i32 != count - had {
            let message =
                format!("got an assignment for {} of {} partitions", assignments.len(), count - had);
            return Err(Refusal::new(code::INVALID_REPLICA_ASSIGNMENT, message));
        }
        assignments.iter().try_for_each(|of| check_replicas(&of.broker_ids))?;
    }
    if !only_check {
        log.create_partitions(&asked.name, count as u32)?;
    }
    Ok(())
}
