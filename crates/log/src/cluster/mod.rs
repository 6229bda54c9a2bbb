//! A Kafka cluster as the log.
//!
//! The only place that names `rdkafka`. What a door appends is acknowledged once all in-sync replicas have it;
//! a consumer sees only what they have, so nothing it read can be taken back. Offsets are the cluster's own.

mod consumer;
mod context;
mod delivery;
mod error;
mod membership;
mod producer;
mod runs;
mod settings;
mod topics;

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use girok_event::DatasetName;
use girok_wire::Compression;

use crate::cluster::consumer::ClusterConsumer;
use crate::cluster::producer::Producer;
use crate::cluster::topics::Topics;
use crate::{ClusterConfig, Durable, LogClient, LogConsumer, LogError, TopicPartition};

pub use error::ClusterError;

/// A Kafka cluster as a [`LogClient`].
pub struct ClusterLog {
    config: ClusterConfig,
    topics: Arc<Topics>,
    producer: Producer,
    id: String,
    watcher: Option<JoinHandle<()>>,
}

impl ClusterLog {
    /// Connects to the cluster.
    ///
    /// # Errors
    /// If none of its brokers answers or lets us in, or a setting is wrong.
    pub fn open(config: ClusterConfig) -> Result<Self, LogError> {
        let topics = Arc::new(Topics::open(&config)?);
        let producer = Producer::open(config.producer()?)?;
        let id = topics
            .cluster_id()
            .ok_or_else(|| ClusterError::NoClusterId { servers: config.bootstrap_servers.clone() })?;
        let watcher = Some(topics::watch(topics.clone()));
        tracing::info!(servers = config.bootstrap_servers, id, "connected to a Kafka cluster");
        Ok(ClusterLog { config, topics, producer, id, watcher })
    }

    /// The id that the cluster gave itself when it was made.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for ClusterLog {
    fn drop(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            topics::stop(&self.topics, watcher);
        }
    }
}

impl fmt::Debug for ClusterLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterLog({})", self.config.bootstrap_servers)
    }
}

impl LogClient for ClusterLog {
    fn consumer(&self, group: &str) -> Result<Box<dyn LogConsumer>, LogError> {
        Ok(Box::new(ClusterConsumer::join(&self.config, group, self.topics.clone())?))
    }

    fn ensure_topic(&self, topic: &DatasetName) -> Result<u32, LogError> {
        self.topics.ensure(topic)
    }

    /// librdkafka packs what it sends, so what it gets is not packed yet.
    fn compression(&self) -> Compression {
        Compression::None
    }

    fn append(&self, partition: &TopicPartition, batches: Bytes) -> Result<Durable, LogError> {
        Ok(Durable::promised(self.producer.append(partition, &batches)?))
    }

    /// What a consumer gets has been taken by all in-sync replicas.
    fn wait_durable(&self, _partition: &TopicPartition, _offset: i64) -> Result<(), LogError> {
        Ok(())
    }

    /// A cluster's offsets are its own. A consumer finds out whether it holds fewer than the store.
    fn raise_end(&self, _partition: &TopicPartition, _offset: i64) -> Result<(), LogError> {
        Ok(())
    }
}
