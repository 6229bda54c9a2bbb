//! The configuration as meant: complete, every value checked.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use girok_broker::BrokerConfig;
use girok_commitlog::LogConfig;
use girok_event::DatasetName;
use girok_exec::EngineConfig;
use girok_ingest::syslog::SyslogConfig;
use girok_pipeline::PipelineConfig;

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
    /// The commit log; its folder follows `data_dir`.
    pub(crate) log: LogConfig,
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
            log: LogConfig::default(),
            store: PipelineConfig::default(),
            query: EngineConfig::default(),
        };
        config.set_data_dir("data".into());
        config
    }
}

impl Config {
    /// Moves everything that is kept.
    pub(crate) fn set_data_dir(&mut self, dir: PathBuf) {
        self.log.dir = dir.join("log");
        self.data_dir = dir;
    }
}
