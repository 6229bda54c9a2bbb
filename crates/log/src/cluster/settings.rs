//! What a cluster's configuration means in librdkafka's settings.

use std::collections::BTreeMap;

use girok_event::limits::RECORD_BYTES_MAX;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::{Access, ClusterConfig, LogError, SecurityProtocol};

/// The largest record with its headers, and some.
const MESSAGE_BYTES_MAX: usize = RECORD_BYTES_MAX + (1 << 20);
/// How often topics that others made or changed are looked for.
pub(crate) const TOPICS_INTERVAL_MS: u64 = 5_000;
/// A consumer that is silent for so long loses its partitions: the shortest that Kafka allows by default.
const SESSION_TIMEOUT_MS: u32 = 6_000;
/// A worker that does not poll for so long is taken for dead.
const POLL_INTERVAL_MAX_MS: u32 = 300_000;
/// What one consumer reads ahead.
const PREFETCH_KIB: u32 = 16 << 10;
/// Records that wait for the cluster, from all doors.
const UNSENT_KIB_MAX: u32 = 64 << 10;
/// How long a record may wait for the cluster before its sender is told that it was not taken.
const DELIVERY_TIMEOUT_MS: u32 = 30_000;

impl ClusterConfig {
    /// Settings of every client.
    fn client(&self) -> Result<ClientConfig, LogError> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("client.id", "girok")
            .set("topic.blacklist", "^__.*")
            .set("topic.metadata.refresh.interval.ms", TOPICS_INTERVAL_MS.to_string())
            .set("reconnect.backoff.max.ms", "2000")
            .set("socket.keepalive.enable", "true")
            .set_log_level(RDKafkaLogLevel::Warning);
        secure(&mut config, &self.security.access()?);
        Ok(config)
    }

    /// Settings of the client that looks after topics.
    pub(crate) fn topics_client(&self) -> Result<ClientConfig, LogError> {
        self.client()
    }

    /// Settings of a member of `group`. A partition whose offset the cluster does not hold is an error and
    /// never a silent jump.
    pub(crate) fn consumer(&self, group: &str) -> Result<ClientConfig, LogError> {
        let mut config = self.client()?;
        config
            .set("group.id", format!("{}{group}", self.group_prefix))
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", SESSION_TIMEOUT_MS.to_string())
            .set("heartbeat.interval.ms", (SESSION_TIMEOUT_MS / 3).to_string())
            .set("max.poll.interval.ms", POLL_INTERVAL_MAX_MS.to_string())
            .set("auto.offset.reset", "error")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_committed")
            .set("queued.max.messages.kbytes", PREFETCH_KIB.to_string())
            .set("queued.min.messages", "10000")
            .set("statistics.interval.ms", "1000");
        set_all(&mut config, &self.consumer_settings);
        Ok(config)
    }

    /// Settings of the producer: acknowledged by all replicas, sent again without doubling.
    pub(crate) fn producer(&self) -> Result<ClientConfig, LogError> {
        let mut config = self.client()?;
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string())
            .set("queue.buffering.max.kbytes", UNSENT_KIB_MAX.to_string())
            .set("queue.buffering.max.messages", "1000000")
            .set("delivery.timeout.ms", DELIVERY_TIMEOUT_MS.to_string());
        set_all(&mut config, &self.producer_settings);
        Ok(config)
    }

    /// Settings of a topic made here.
    pub(crate) fn topic(&self) -> BTreeMap<&'static str, String> {
        let mut settings = BTreeMap::from([("max.message.bytes", MESSAGE_BYTES_MAX.to_string())]);
        settings.extend(self.topic_settings.iter().map(|(name, value)| (*name, value.clone())));
        settings
    }
}

/// TLS and login.
fn secure(config: &mut ClientConfig, access: &Access) {
    let protocol = SecurityProtocol { tls: access.tls.is_some(), sasl: access.login.is_some() };
    config.set("security.protocol", protocol.name());
    if let Some(tls) = &access.tls {
        config.set("ssl.ca.location", tls.ca.to_string_lossy());
        if let Some((certificate, key)) = &tls.identity {
            config.set("ssl.certificate.location", certificate.to_string_lossy());
            config.set("ssl.key.location", key.to_string_lossy());
        }
    }
    if let Some(login) = &access.login {
        config
            .set("sasl.mechanism", login.mechanism.name())
            .set("sasl.username", &login.username)
            .set("sasl.password", &login.password);
    }
}

fn set_all(config: &mut ClientConfig, settings: &BTreeMap<&'static str, String>) {
    for (name, value) in settings {
        config.set(*name, value);
    }
}
