//! A log whose topics and groups girok cannot show yet: a Kafka cluster. It says so to whatever is asked.

use girok_commitlog::TopicPartition;

use crate::{
    AdminError, Brokers, ClusterAdmin, Group, NewTopic, PartitionTraffic, Result, Setting, Topic, TopicChange,
};

/// A cluster that is only written to and read from.
#[derive(Debug, Default)]
pub struct AbsentAdmin;

fn absent<T>(verb: &'static str) -> Result<T> {
    Err(AdminError::Unsupported { verb, why: "the log is a Kafka cluster; use Kafka's own tools" })
}

impl ClusterAdmin for AbsentAdmin {
    fn brokers(&self) -> Result<Brokers> {
        absent("list brokers")
    }

    fn topics(&self) -> Result<Vec<Topic>> {
        absent("list topics")
    }

    fn settings(&self, _topic: &str) -> Result<Vec<Setting>> {
        absent("show a topic's settings")
    }

    fn create_topic(&self, _topic: &NewTopic) -> Result<()> {
        absent("create a topic")
    }

    fn alter_topic(&self, _topic: &str, _change: &TopicChange) -> Result<()> {
        absent("alter a topic")
    }

    fn delete_topic(&self, _topic: &str) -> Result<()> {
        absent("delete a topic")
    }

    fn groups(&self) -> Result<Vec<Group>> {
        absent("list groups")
    }

    fn commit(&self, _group: &str, _offsets: &[(TopicPartition, i64)]) -> Result<()> {
        absent("move a group")
    }

    fn delete_group(&self, _group: &str) -> Result<()> {
        absent("delete a group")
    }

    fn record_times(&self, _places: &[(TopicPartition, i64)]) -> Result<Vec<Option<i64>>> {
        absent("read times of records")
    }

    fn offsets_for_time(&self, _partitions: &[TopicPartition], _time_ms: i64) -> Result<Vec<Option<i64>>> {
        absent("find offsets by time")
    }

    fn traffic(&self) -> Result<Vec<PartitionTraffic>> {
        absent("read traffic")
    }
}
