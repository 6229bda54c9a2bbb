//! A Kafka cluster, as an operator sees it: over Kafka's own protocol, with the messages of [`girok_wire`].
//!
//! Not through `rdkafka`, which our workers and doors use: its safe interface tells neither the controller
//! nor sizes on disk, describes no group of the newer protocol, changes settings only all at once, and reads what
//! another group has committed only with a client for each. The messages are here anyway, and their other
//! side is our broker: tests hold this against [`crate::EmbeddedAdmin`] on one and the same log.

mod connection;
mod fault;
mod groups;
mod network;
mod records;
mod scram;
mod stream;
mod topics;

use std::collections::BTreeMap;

use girok_commitlog::TopicPartition;
use girok_log::Access;

use crate::error::Result;
use crate::{
    Broker, Brokers, ClusterAdmin, Group, LogKind, NewTopic, PartitionTraffic, Setting, Topic, TopicChange,
};

use fault::failed;
use network::Network;
use stream::Tls;
pub use stream::TlsError;

/// A Kafka cluster as a [`ClusterAdmin`].
#[derive(Debug)]
pub struct KafkaAdmin {
    network: Network,
}

impl KafkaAdmin {
    /// The cluster that the brokers `servers` (`host:port` with commas between) belong to. Nothing is asked yet.
    ///
    /// # Errors
    /// If the files that TLS needs cannot be used.
    pub fn new(servers: &str, access: Access) -> Result<Self, TlsError> {
        let tls = access.tls.as_ref().map(Tls::new).transpose()?;
        let access = connection::Access { tls, login: access.login };
        Ok(KafkaAdmin { network: Network::new(servers, access) })
    }
}

impl ClusterAdmin for KafkaAdmin {
    fn brokers(&self) -> Result<Brokers> {
        let metadata = self.network.metadata().map_err(failed("ask for the brokers"))?;
        let address = |host: &str, port: i32| u16::try_from(port).ok().map(|port| (host.to_owned(), port));
        let brokers = metadata
            .brokers
            .iter()
            .map(|broker| Broker { id: broker.node_id, address: address(&broker.host, broker.port) });
        let mut brokers: Vec<_> = brokers.collect();
        brokers.sort_by_key(|broker| broker.id);
        let told = Some(metadata.controller_id).filter(|id| *id >= 0);
        Ok(Brokers {
            kind: LogKind::Kafka,
            controller: self.network.quorum_leader().or(told),
            cluster_id: metadata.cluster_id,
            brokers,
        })
    }

    fn topics(&self) -> Result<Vec<Topic>> {
        topics::list(&self.network).map_err(failed("ask for the topics"))
    }

    fn settings(&self, topic: &str) -> Result<Vec<Setting>> {
        topics::settings(&self.network, topic)
    }

    fn create_topic(&self, topic: &NewTopic) -> Result<()> {
        topics::create(&self.network, topic)
    }

    fn alter_topic(&self, topic: &str, change: &TopicChange) -> Result<()> {
        topics::check_not_internal(&self.network, "alter", topic)?;
        topics::alter(&self.network, topic, change)
    }

    fn delete_topic(&self, topic: &str) -> Result<()> {
        topics::check_not_internal(&self.network, "delete", topic)?;
        topics::delete(&self.network, topic)
    }

    fn groups(&self) -> Result<Vec<Group>> {
        groups::list(&self.network).map_err(failed("ask for the groups"))
    }

    fn commit(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        groups::commit(&self.network, group, offsets)
    }

    fn delete_group(&self, group: &str) -> Result<()> {
        groups::delete(&self.network, group)
    }

    fn record_times(&self, places: &[(TopicPartition, i64)]) -> Result<Vec<Option<i64>>> {
        records::times(&self.network, places).map_err(failed("read records"))
    }

    fn offsets_for_time(&self, partitions: &[TopicPartition], time_ms: i64) -> Result<Vec<Option<i64>>> {
        let found = records::offsets(&self.network, partitions, time_ms);
        let found = found.map_err(failed("look for offsets by time"))?;
        Ok(partitions.iter().map(|of| found.get(of).copied().filter(|offset| *offset >= 0)).collect())
    }

    fn traffic(&self) -> Result<Vec<PartitionTraffic>> {
        let leaders = self.network.leaders().map_err(failed("ask for the topics"))?;
        let all: Vec<_> = leaders.into_keys().collect();
        let ends: BTreeMap<_, _> =
            records::offsets(&self.network, &all, records::END).map_err(failed("ask for offsets"))?;
        // A cluster does not tell its clients what was read, nor how many bytes came.
        let traffic = ends.into_iter().map(|(partition, end)| PartitionTraffic {
            partition,
            records_in: u64::try_from(end).unwrap_or(0),
            bytes_in: None,
            records_out: None,
            bytes_out: None,
        });
        Ok(traffic.collect())
    }
}
