//! How a Kafka cluster is reached and used.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{LogClient, LogError, Security};

/// A cluster, and how it is used. Names in quotes are Kafka's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusterConfig {
    /// `bootstrap.servers`: some of its brokers, as `host:port` with commas between.
    pub bootstrap_servers: String,
    /// Which topics are read: a regular expression that fits a whole name. All but internal ones if empty.
    pub topics: String,
    /// What the names of our consumer groups begin with, so that two installations can use one cluster.
    pub group_prefix: String,
    /// TLS and login.
    pub security: Security,
    /// `num.partitions` of topics made here; the cluster's own default if none.
    pub partitions: Option<u32>,
    /// Settings of topics made here, such as `retention.ms`; what is not named is the cluster's own default.
    pub topic_settings: BTreeMap<&'static str, String>,
    /// `batch.size`, `linger.ms`, `compression.type` of what the doors send.
    pub producer_settings: BTreeMap<&'static str, String>,
    /// `fetch.min.bytes`, `fetch.max.wait.ms` of the workers.
    pub consumer_settings: BTreeMap<&'static str, String>,
}

/// Connects to a cluster: a client, and the id that the cluster gave itself when it was made.
///
/// # Errors
/// If none of its brokers answers, a setting is wrong, or this program was built without the client.
#[cfg(feature = "cluster")]
pub fn open_cluster(config: ClusterConfig) -> Result<(Arc<dyn LogClient>, String), LogError> {
    let cluster = crate::ClusterLog::open(config)?;
    let id = cluster.id().to_owned();
    Ok((Arc::new(cluster), id))
}

/// Says that this program was built without the client.
///
/// # Errors
/// Always.
#[cfg(not(feature = "cluster"))]
pub fn open_cluster(config: ClusterConfig) -> Result<(Arc<dyn LogClient>, String), LogError> {
    Err(LogError::NoClient { servers: config.bootstrap_servers })
}
