//! The logs that the cases run on: the embedded one, girok's own Kafka port, and Apache Kafka.
//!
//! The last two are reached through the same client. Apache Kafka is used if `GIROK_TEST_KAFKA` names its
//! brokers; `make kafka-test` starts one and does. The tests of the store workers use this file too.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use girok_broker::{Broker, BrokerConfig};
use girok_commitlog::{CommitLog, LogConfig};
use girok_event::DatasetName;
use girok_log::{ClusterConfig, EmbeddedLog, LogClient, TopicPartition, open_cluster};
use tokio::runtime::Runtime;

/// Partitions of each topic.
const PARTITIONS: u32 = 2;

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Embedded,
    OwnPort,
    ApacheKafka,
}

/// A log of a test, which can be closed and opened again.
pub(crate) struct Rig {
    kind: Kind,
    /// What topics and groups begin with, for tests that share a cluster.
    prefix: String,
}

/// The brokers of Apache Kafka, if there are any.
pub(crate) fn apache_kafka() -> Option<String> {
    std::env::var("GIROK_TEST_KAFKA").ok().filter(|servers| !servers.is_empty())
}

impl Rig {
    /// A log, or nothing, said aloud, if there is no such log here.
    pub(crate) fn new(kind: Kind) -> Option<Self> {
        if kind == Kind::ApacheKafka && apache_kafka().is_none() {
            eprintln!("skipped: GIROK_TEST_KAFKA names no Apache Kafka; `make kafka-test` starts one");
            return None;
        }
        let prefix = match kind {
            Kind::Embedded => String::new(),
            _ => format!("t{:x}-", std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0)),
        };
        Some(Rig { kind, prefix })
    }

    /// The dataset that a case calls `name`.
    pub(crate) fn dataset(&self, name: &str) -> DatasetName {
        DatasetName::new(&format!("{}{name}", self.prefix)).unwrap()
    }

    /// Opens the log, which keeps what it must keep below `dir`.
    pub(crate) fn open(&self, dir: &Path) -> OpenLog {
        match self.kind {
            Kind::Embedded => OpenLog { embedded: Some(embedded(dir)), port: None, cluster: None },
            Kind::OwnPort => {
                let log = embedded(dir);
                let runtime = Runtime::new().unwrap();
                let listen = BrokerConfig::new("127.0.0.1:0".parse().unwrap());
                let broker = runtime.block_on(girok_broker::start(listen, log.clone())).unwrap();
                let cluster = self.config(broker.address().to_string());
                OpenLog { embedded: Some(log), port: Some((runtime, broker)), cluster: Some(cluster) }
            }
            Kind::ApacheKafka => {
                let cluster = self.config(apache_kafka().unwrap());
                OpenLog { embedded: None, port: None, cluster: Some(cluster) }
            }
        }
    }

    fn config(&self, bootstrap_servers: String) -> ClusterConfig {
        ClusterConfig {
            bootstrap_servers,
            topics: format!("{}.*", self.prefix),
            group_prefix: self.prefix.clone(),
            partitions: Some(PARTITIONS),
            ..ClusterConfig::default()
        }
    }
}

/// An open log.
pub(crate) struct OpenLog {
    embedded: Option<CommitLog>,
    port: Option<(Runtime, Broker)>,
    cluster: Option<ClusterConfig>,
}

impl OpenLog {
    /// A client of its own.
    pub(crate) fn client(&self) -> Arc<dyn LogClient> {
        match (&self.cluster, &self.embedded) {
            (Some(cluster), _) => open_cluster(cluster.clone()).unwrap().0,
            (None, Some(log)) => Arc::new(EmbeddedLog::new(log.clone())),
            (None, None) => unreachable!("a log is one or the other"),
        }
    }

    pub(crate) fn close(self) {
        if let Some((runtime, broker)) = self.port {
            runtime.block_on(broker.stop());
        }
        if let Some(log) = self.embedded {
            log.close().unwrap();
        }
    }
}

/// Appends batches and waits until they are taken.
pub(crate) fn append(client: &dyn LogClient, dataset: &DatasetName, partition: u32, batches: Bytes) {
    client.ensure_topic(dataset).unwrap();
    let partition = TopicPartition { dataset: dataset.clone(), partition };
    client.append(&partition, batches).unwrap().wait().unwrap();
}

fn embedded(dir: &Path) -> CommitLog {
    let config =
        LogConfig { partitions: PARTITIONS, disk_reserve_bytes: 0, ..LogConfig::new(dir.join("log")) };
    CommitLog::open(config).unwrap()
}
