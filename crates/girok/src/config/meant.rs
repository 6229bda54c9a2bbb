//! The configuration as meant: complete, every value checked.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use girok_broker::BrokerConfig;
use girok_commitlog::LogConfig;
use girok_event::DatasetName;
use girok_exec::EngineConfig;
use girok_ingest::Batching;
use girok_ingest::syslog::SyslogConfig;
use girok_log::ClusterConfig;
use girok_pipeline::PipelineConfig;
use girok_wire::Compression;

use crate::memory::memory_bytes;

/// What `serve` runs on.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    /// Where HTTP is answered.
    pub(crate) http: SocketAddr,
    /// Whether syslog is listened for.
    pub(crate) syslog_on: bool,
    /// Where syslog is listened for, and where it goes.
    pub(crate) syslog: SyslogConfig,
    /// Whether Kafka clients are listened for.
    pub(crate) kafka_on: bool,
    /// Where Kafka clients are listened for.
    pub(crate) kafka: BrokerConfig,
    /// Where users of that port were read from.
    pub(crate) kafka_users_file: Option<PathBuf>,
    /// The Kafka cluster that is the log, if one is named; then the embedded log and its Kafka port stay closed.
    pub(crate) cluster: ClusterConfig,
    /// The embedded commit log; its folder follows `data_dir`.
    pub(crate) log: LogConfig,
    /// How the doors gather records into batches.
    pub(crate) batching: Batching,
    /// The codec of their batches in the embedded log.
    pub(crate) compression: Compression,
    /// The store workers.
    pub(crate) store: PipelineConfig,
    /// What queries may use.
    pub(crate) query: EngineConfig,
}

impl Default for Config {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut config = Config {
            data_dir: PathBuf::new(),
            http: local(7400),
            syslog_on: true,
            syslog: SyslogConfig {
                listen: local(5514),
                dataset: DatasetName::new("syslog").expect("`syslog` keeps the rule"),
            },
            kafka_on: true,
            kafka: BrokerConfig::new(local(9092)),
            kafka_users_file: None,
            cluster: ClusterConfig::default(),
            log: LogConfig::default(),
            batching: Batching::default(),
            compression: Compression::Lz4,
            store: PipelineConfig::default(),
            query: queries_of(memory_bytes()),
        };
        config.set_data_dir("data".into());
        config
    }
}

impl Config {
    /// Whether a Kafka cluster is the log.
    pub(crate) fn is_clustered(&self) -> bool {
        !self.cluster.bootstrap_servers.is_empty()
    }

    /// Moves everything that is kept.
    pub(crate) fn set_data_dir(&mut self, dir: PathBuf) {
        self.log.dir = dir.join("log");
        self.data_dir = dir;
    }
}

/// Shares of the memory there is: the rest is for ingest, for merges, and for the system's cache of files.
fn queries_of(memory: u64) -> EngineConfig {
    let share = |of: u64| (memory / of).max(32 << 20);
    let bytes = |share: u64| usize::try_from(share).unwrap_or(usize::MAX);
    EngineConfig {
        memory_bytes: bytes(share(8)),
        columns_bytes: bytes(share(16)),
        index_bytes: share(32),
        ..EngineConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_take_a_share_of_the_memory() {
        let large = queries_of(16 << 30);
        assert_eq!(
            (large.memory_bytes, large.columns_bytes, large.index_bytes),
            (2 << 30, 1 << 30, 512 << 20)
        );
        let small = queries_of(512 << 20);
        assert_eq!(
            (small.memory_bytes, small.columns_bytes, small.index_bytes),
            (64 << 20, 32 << 20, 32 << 20)
        );
    }
}
