//! Which topics are there, and how is one made?
//!
//! A thread asks the cluster every few seconds, so that a door knows at once how many partitions a topic has,
//! and so that one that was deleted or has grown is noticed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use girok_event::DatasetName;
use parking_lot::{Condvar, Mutex, RwLock};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::cluster::ClusterError;
use crate::cluster::context::{is_refusal, report};
use crate::cluster::settings::TOPICS_INTERVAL_MS;
use crate::{ClusterConfig, LogError};

/// How long one question to the cluster may take.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How often it is looked at why there is no first answer yet, and for how long.
const FIRST_ANSWER_WATCH_INTERVAL: Duration = Duration::from_secs(1);
const TROUBLE_WATCH: Duration = Duration::from_millis(100);
/// How long a new topic may take until all its partitions have leaders.
const READY_MAX: Duration = Duration::from_secs(10);
const READY_WATCH_INTERVAL: Duration = Duration::from_millis(20);
/// The cluster's own default for partitions or replicas.
const CLUSTER_DEFAULT: i32 = -1;

/// Reports what goes wrong, and keeps the last of it.
#[derive(Default)]
struct Reports {
    last: Mutex<Option<Trouble>>,
}

/// Something that went wrong with a connection.
#[derive(Clone)]
struct Trouble {
    /// The cluster does not let us in, or we do not trust it: to try again changes nothing.
    is_refusal: bool,
    reason: String,
}

impl ClientContext for Reports {
    fn error(&self, error: KafkaError, reason: &str) {
        report("topics", &error, reason);
        let is_refusal = is_refusal(&error);
        let mut last = self.last.lock();
        if is_refusal || !last.as_ref().is_some_and(|last| last.is_refusal) {
            *last = Some(Trouble { is_refusal, reason: reason.to_owned() });
        }
    }
}

impl ConsumerContext for Reports {}

/// The topics of a cluster.
pub(crate) struct Topics {
    config: ClusterConfig,
    client: BaseConsumer<Reports>,
    admin: AdminClient<Reports>,
    partitions: RwLock<HashMap<String, u32>>,
    /// Rises with each topic made here.
    made: AtomicU64,
    stop: Stop,
}

#[derive(Default)]
struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Topics {
    /// Connects; an error if no broker answers.
    pub(crate) fn open(config: &ClusterConfig) -> Result<Self, LogError> {
        let failed = |source| ClusterError::Client { action: "start a client", source };
        let client = config.topics_client()?;
        let topics = Topics {
            config: config.clone(),
            admin: AdminClient::from_config_and_context(&client, Reports::default()).map_err(failed)?,
            client: BaseConsumer::from_config_and_context(&client, Reports::default()).map_err(failed)?,
            partitions: RwLock::default(),
            made: AtomicU64::new(0),
            stop: Stop::default(),
        };
        topics.connect()?;
        Ok(topics)
    }

    /// Waits for the first answer, as long as there is hope for one.
    fn connect(&self) -> Result<(), ClusterError> {
        let until = Instant::now() + ANSWER_MAX;
        loop {
            let Err(source) = self.refresh(FIRST_ANSWER_WATCH_INTERVAL) else { return Ok(()) };
            let servers = self.config.bootstrap_servers.clone();
            match self.trouble() {
                Some(Trouble { is_refusal: true, reason }) => {
                    return Err(ClusterError::Refused { servers, reason });
                }
                trouble if Instant::now() >= until => {
                    let reason = trouble.map_or_else(|| source.to_string(), |trouble| trouble.reason);
                    return Err(ClusterError::Unreachable { servers, reason });
                }
                _ => {}
            }
        }
    }

    /// What went wrong with connections so far. The client tells it while it is polled.
    fn trouble(&self) -> Option<Trouble> {
        let until = Instant::now() + TROUBLE_WATCH;
        while Instant::now() < until {
            drop(self.client.poll(TROUBLE_WATCH / 10));
        }
        self.client.context().last.lock().clone()
    }

    /// The id of the cluster.
    pub(crate) fn cluster_id(&self) -> Option<String> {
        self.client.client().fetch_cluster_id(ANSWER_MAX)
    }

    /// Rises when there are topics that consumers may not know yet.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Acquire)
    }

    /// The number of partitions of a topic, which is made if it is not there.
    pub(crate) fn ensure(&self, topic: &DatasetName) -> Result<u32, LogError> {
        if let Some(partitions) = self.known(topic.as_str()) {
            return Ok(partitions);
        }
        let failed = |source| ClusterError::NoTopic { topic: topic.to_string(), source };
        self.create(topic.as_str()).map_err(failed)?;
        let partitions = self.wait_until_ready(topic.as_str()).map_err(failed)?;
        self.partitions.write().insert(topic.to_string(), partitions);
        self.made.fetch_add(1, Ordering::Release);
        Ok(partitions)
    }

    fn known(&self, topic: &str) -> Option<u32> {
        self.partitions.read().get(topic).copied()
    }

    /// Makes a topic; one that exists is as good.
    fn create(&self, topic: &str) -> Result<(), KafkaError> {
        let settings = self.config.topic();
        let partitions = self.config.partitions.and_then(|count| i32::try_from(count).ok());
        let new = settings.iter().fold(
            NewTopic::new(
                topic,
                partitions.unwrap_or(CLUSTER_DEFAULT),
                TopicReplication::Fixed(CLUSTER_DEFAULT),
            ),
            |new, (name, value)| new.set(name, value),
        );
        let options =
            AdminOptions::new().operation_timeout(Some(ANSWER_MAX)).request_timeout(Some(ANSWER_MAX));
        for result in block_on(self.admin.create_topics([&new], &options))? {
            match result {
                Ok(_) => tracing::info!(topic, "topic made in the cluster"),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(KafkaError::AdminOp(code)),
            }
        }
        Ok(())
    }

    /// Waits until every partition has a leader.
    fn wait_until_ready(&self, topic: &str) -> Result<u32, KafkaError> {
        let until = Instant::now() + READY_MAX;
        loop {
            let metadata = self.client.fetch_metadata(Some(topic), ANSWER_MAX)?;
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            if let Some(found) = found
                && !found.partitions().is_empty()
                && found.partitions().iter().all(|partition| partition.leader() >= 0)
            {
                return Ok(found.partitions().len() as u32);
            }
            if Instant::now() >= until {
                return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::LeaderNotAvailable));
            }
            std::thread::sleep(READY_WATCH_INTERVAL);
        }
    }

    /// Asks which topics there are, and hands out what went wrong with connections meanwhile.
    fn refresh(&self, patience: Duration) -> Result<(), KafkaError> {
        let metadata = self.client.fetch_metadata(None, patience)?;
        let counts = metadata.topics().iter().filter(|topic| !topic.partitions().is_empty());
        let counts = counts.map(|topic| (topic.name().to_owned(), topic.partitions().len() as u32));
        *self.partitions.write() = counts.collect();
        while self.client.poll(Duration::ZERO).is_some() {}
        Ok(())
    }
}

/// Keeps the list of topics fresh until [`stop`].
pub(crate) fn watch(topics: Arc<Topics>) -> JoinHandle<()> {
    let body = move || {
        while !topics.stop.wait(Duration::from_millis(TOPICS_INTERVAL_MS)) {
            if let Err(error) = topics.refresh(ANSWER_MAX) {
                tracing::warn!(%error, "the cluster does not say which topics it has");
            }
        }
    };
    std::thread::Builder::new()
        .name("cluster-topics".to_owned())
        .spawn(body)
        .expect("the system gives a thread at start")
}

/// Ends the thread that watches.
pub(crate) fn stop(topics: &Topics, watcher: JoinHandle<()>) {
    topics.stop.set();
    if watcher.join().is_err() {
        tracing::error!("the thread that watches topics panicked");
    }
}

impl Stop {
    fn set(&self) {
        *self.is_set.lock() = true;
        self.changed.notify_all();
    }

    /// Waits; whether it is to stop.
    fn wait(&self, time: Duration) -> bool {
        let mut is_set = self.is_set.lock();
        if !*is_set {
            self.changed.wait_for(&mut is_set, time);
        }
        *is_set
    }
}
