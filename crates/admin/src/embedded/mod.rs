//! The commit log inside this process, as an operator sees it. All calls to it are on this page.

mod settings;

use girok_commitlog::{CommitLog, GroupInfo, PartitionMetrics, TopicConfig, TopicInfo, TopicPartition};

use crate::error::{AdminError, Result, refused};
use crate::{
    Broker, Brokers, ClusterAdmin, Group, LogKind, Member, NewTopic, Partition, PartitionTraffic, Setting,
    Topic, TopicChange, assigned,
};

/// The embedded log as a [`ClusterAdmin`].
#[derive(Debug)]
pub struct EmbeddedAdmin {
    log: CommitLog,
    cluster_id: String,
    node: Broker,
}

impl EmbeddedAdmin {
    /// Wraps an open log; `node` is this process, under the names by which Kafka clients know it.
    pub fn new(log: CommitLog, cluster_id: &str, node: Broker) -> Self {
        EmbeddedAdmin { log, cluster_id: cluster_id.to_owned(), node }
    }

    fn info(&self, topic: &str) -> Result<TopicInfo> {
        let found = self.log.topic(topic).map(|topic| topic.info());
        found.ok_or_else(|| AdminError::UnknownTopic { topic: topic.to_owned() })
    }

    /// Refuses to let anyone change the log's own topics.
    fn check_not_internal(&self, topic: &str, verb: &'static str) -> Result<TopicInfo> {
        let info = self.info(topic)?;
        if info.internal {
            Err(AdminError::InternalTopic { verb, topic: topic.to_owned() })
        } else {
            Ok(info)
        }
    }

    fn partition(&self, numbers: &PartitionMetrics) -> Partition {
        Partition {
            id: numbers.partition.partition,
            leader: Some(self.node.id),
            replicas: vec![self.node.id],
            in_sync: vec![self.node.id],
            start: numbers.log_start,
            end: numbers.high_watermark,
            size_bytes: Some(numbers.size_bytes),
            failure: numbers.failure.clone(),
        }
    }

    fn members_of(&self, group: &str) -> usize {
        let groups = self.log.groups();
        groups.iter().find(|info| info.name == group).map_or(0, |info| info.members.len())
    }
}

impl ClusterAdmin for EmbeddedAdmin {
    fn brokers(&self) -> Result<Brokers> {
        Ok(Brokers {
            kind: LogKind::Embedded,
            cluster_id: Some(self.cluster_id.clone()),
            controller: Some(self.node.id),
            brokers: vec![self.node.clone()],
        })
    }

    fn topics(&self) -> Result<Vec<Topic>> {
        let numbers = self.log.metrics().partitions;
        let topics = self.log.topics().into_iter().map(|info| {
            let own = numbers.iter().filter(|numbers| *numbers.partition.topic == *info.name.as_str());
            Topic {
                name: info.name.to_string(),
                id: Some(info.id.to_string()),
                internal: info.internal,
                partitions: own.map(|numbers| self.partition(numbers)).collect(),
            }
        });
        Ok(topics.collect())
    }

    fn settings(&self, topic: &str) -> Result<Vec<Setting>> {
        Ok(settings::list(&self.info(topic)?, self.log.config()))
    }

    fn create_topic(&self, topic: &NewTopic) -> Result<()> {
        if topic.replication.is_some_and(|replication| replication != 1) {
            let what = "cannot keep more than one copy: the embedded log has one broker".to_owned();
            return Err(AdminError::Invalid { what });
        }
        let config = TopicConfig { partitions: topic.partitions, ..TopicConfig::default() };
        let changes = topic.settings.iter().map(|(name, value)| (name, Some(value.as_str())));
        let config = settings::changed(config, changes)?;
        self.log.create_topic(&topic.name, config)?;
        Ok(())
    }

    fn alter_topic(&self, topic: &str, change: &TopicChange) -> Result<()> {
        let info = self.check_not_internal(topic, "alter")?;
        let changes = change.settings.iter().map(|(name, value)| (name, value.as_deref()));
        // Checked before anything is done.
        let config = settings::changed(info.config, changes)?;
        if let Some(partitions) = change.partitions.filter(|partitions| *partitions != info.partitions) {
            self.log.create_partitions(topic, partitions)?;
        }
        if !change.settings.is_empty() {
            self.log.configure_topic(topic, &config)?;
        }
        Ok(())
    }

    fn delete_topic(&self, topic: &str) -> Result<()> {
        self.check_not_internal(topic, "delete")?;
        Ok(self.log.delete_topic(topic)?)
    }

    fn groups(&self) -> Result<Vec<Group>> {
        Ok(self.log.groups().into_iter().map(|info| self.group(info)).collect())
    }

    fn commit(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        let done = self.log.reset_group(group, offsets);
        done.map_err(|error| refused("reset", group, error, self.members_of(group)))
    }

    fn delete_group(&self, group: &str) -> Result<()> {
        let done = self.log.delete_group(group);
        done.map_err(|error| refused("delete", group, error, self.members_of(group)))
    }

    fn record_times(&self, places: &[(TopicPartition, i64)]) -> Result<Vec<Option<i64>>> {
        // A topic may be deleted while we look: then there is no record, and no error.
        let time = |(of, offset): &(TopicPartition, i64)| {
            self.log.time_at(&*of.topic, of.partition, *offset).ok().flatten()
        };
        Ok(places.iter().map(time).collect())
    }

    fn offsets_for_time(&self, partitions: &[TopicPartition], time_ms: i64) -> Result<Vec<Option<i64>>> {
        let offset = |of: &TopicPartition| {
            let found = self.log.offset_for_time(&*of.topic, of.partition, time_ms)?;
            Ok(found.map(|(offset, _)| offset))
        };
        partitions.iter().map(offset).collect()
    }

    fn traffic(&self) -> Result<Vec<PartitionTraffic>> {
        let numbers = self.log.metrics().partitions.into_iter();
        Ok(numbers
            .map(|numbers| PartitionTraffic {
                partition: numbers.partition,
                records_in: numbers.traffic.records_in,
                bytes_in: Some(numbers.traffic.bytes_in),
                records_out: Some(numbers.traffic.records_out),
                bytes_out: Some(numbers.traffic.bytes_out),
            })
            .collect())
    }
}

impl EmbeddedAdmin {
    fn group(&self, info: GroupInfo) -> Group {
        let members = info.members.into_iter().map(|member| Member {
            assigned: assigned(&member.assignment),
            id: member.member_id,
            instance_id: member.instance_id,
            client_id: member.client_id,
            host: member.client_host,
        });
        let committed = self.log.committed_by(&info.name);
        Group {
            state: info.state.name().to_owned(),
            protocol_type: info.protocol_type,
            protocol: info.protocol,
            members: members.collect(),
            committed: committed.into_iter().map(|(of, committed)| (of, committed.offset)).collect(),
            name: info.name,
        }
    }
}
