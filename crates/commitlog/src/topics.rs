//! Topics: listed, created, configured, deleted.
//!
//! The list on the disk changes first, so that a crash leaves either no topic or one that is opened, or
//! deleted, to the end with the next start.

use std::collections::BTreeMap;
use std::sync::Arc;

use girok_event::DatasetName;

use crate::CommitLog;
use crate::checkpoint;
use crate::config::TopicConfig;
use crate::error::{Error, Result};
use crate::log::LogInner;
use crate::partition::{Partition, Recovery};
use crate::registry;
use crate::retention;
use crate::shared::Shared;
use crate::topic::{Topic, TopicEntry, TopicId, TopicInfo};

impl CommitLog {
    /// All topics, by name.
    pub fn topics(&self) -> Vec<TopicInfo> {
        self.inner.topics.read().values().map(Topic::info).collect()
    }

    /// The topic called `name`.
    pub fn topic(&self, name: impl AsRef<str>) -> Option<Topic> {
        self.inner.topics.read().get(name.as_ref()).cloned()
    }

    /// The topic with this permanent id.
    pub fn topic_with_id(&self, id: u128) -> Option<Topic> {
        self.inner.topics.read().values().find(|topic| topic.id().0 == id).cloned()
    }

    /// The topic called `name`; it is created with the log's defaults if it is not there.
    pub fn ensure_topic(&self, name: &DatasetName) -> Result<Topic> {
        if let Some(topic) = self.topic(name.as_str()) {
            return Ok(topic);
        }
        match self.create_topic(name.as_str(), TopicConfig::default()) {
            // Another thread was faster.
            Err(Error::TopicExists { .. }) => self.require(name.as_str()),
            created => created,
        }
    }

    /// Creates a topic; one that exists is an error.
    pub fn create_topic(&self, name: impl AsRef<str>, config: TopicConfig) -> Result<Topic> {
        let name = DatasetName::new(name.as_ref())?;
        config.check()?;
        self.inner.check_open()?;
        let _registry = self.inner.registry.lock();
        if self.topic(name.as_str()).is_some() {
            return Err(Error::TopicExists { topic: name.to_string() });
        }
        let partitions = config.partitions.unwrap_or(self.inner.shared.config.partitions);
        let entry = TopicEntry {
            name: name.as_str().to_owned(),
            id: TopicId::random(),
            partitions,
            config,
            deleting: false,
        };
        self.inner.write_topics(Some(&entry))?;
        let topic = open_topic(&self.inner.shared, &entry, |_| Recovery::NEW)?;
        self.inner.topics.write().insert(topic.shared_name(), topic.clone());
        self.inner.announce_topics();
        Ok(topic)
    }

    /// Gives a topic more partitions, `count` altogether. Records with a key may go to other partitions than
    /// before.
    pub fn create_partitions(&self, name: impl AsRef<str>, count: u32) -> Result<Topic> {
        TopicConfig { partitions: Some(count), ..TopicConfig::default() }.check()?;
        self.inner.check_open()?;
        let _registry = self.inner.registry.lock();
        let topic = self.require(name.as_ref())?;
        let (entry, had) = (topic.entry(), topic.partition_count());
        if count <= had {
            let expected = "more than the topic has";
            return Err(Error::InvalidConfig { key: "num.partitions", value: count.to_string(), expected });
        }
        let config = TopicConfig { partitions: Some(count), ..entry.config };
        let entry = TopicEntry { partitions: count, config, ..entry };
        self.inner.write_topics(Some(&entry))?;
        let added = open_partitions(&self.inner.shared, &entry, had..count, |_| Recovery::NEW)?;
        let grown = topic.grown(added);
        self.inner.topics.write().insert(grown.shared_name(), grown.clone());
        self.inner.announce_topics();
        Ok(grown)
    }

    /// Deletes the records of a partition below `offset`, or all there are; where the log begins now. What
    /// the retention group had not taken is counted as lost.
    pub fn delete_records(&self, name: impl AsRef<str>, partition: u32, offset: Option<i64>) -> Result<i64> {
        self.inner.check_open()?;
        let _registry = self.inner.registry.lock();
        let topic = self.require(name.as_ref())?;
        let partition = topic.partition(partition)?;
        let offset = offset.unwrap_or_else(|| partition.high_watermark());
        let (log_start, log_end) = (partition.log_start(), partition.high_watermark());
        if offset > log_end || offset < 0 {
            let partition = partition.name().to_owned();
            return Err(Error::OffsetOutOfRange { partition, offset, log_start, log_end });
        }
        if offset > log_start {
            retention::count_loss(self, &topic, partition, offset, "deleted by a client");
            partition.start_at(offset)?;
            self.inner.write_log_starts()?;
            partition.delete_below_start()?;
        }
        Ok(partition.log_start())
    }

    /// Changes what a topic sets for itself; the number of partitions stays.
    pub fn configure_topic(&self, name: impl AsRef<str>, config: &TopicConfig) -> Result<()> {
        config.check()?;
        let _registry = self.inner.registry.lock();
        let topic = self.require(name.as_ref())?;
        let config = TopicConfig { partitions: Some(topic.partition_count()), ..config.clone() };
        let settings = config.resolve(&self.inner.shared.config);
        topic.set_config(config, settings);
        self.inner.write_topics(None)
    }

    /// Deletes a topic with everything in it.
    pub fn delete_topic(&self, name: impl AsRef<str>) -> Result<()> {
        let inner = &self.inner;
        let _registry = inner.registry.lock();
        let topic = self.require(name.as_ref())?;
        let entry = TopicEntry { deleting: true, ..topic.entry() };
        inner.topics.write().remove(name.as_ref());
        inner.write_topics(Some(&entry))?;
        for partition in topic.partitions() {
            partition.retire(name.as_ref());
        }
        inner.announce_topics();
        self.forget_offsets(&topic)?;
        registry::remove_partitions(&*inner.shared.disk, &inner.shared.config.dir, &entry)?;
        inner.write_topics(None)?;
        inner.write_log_starts()?;
        inner.write_compacted()?;
        inner.write_recovery_points()
    }

    /// The topic called `name`, or an error.
    pub(crate) fn require(&self, name: &str) -> Result<Topic> {
        self.topic(name).ok_or_else(|| Error::UnknownTopic { topic: name.to_owned() })
    }
}

impl LogInner {
    /// Writes the list of topics, with one more or one changed.
    pub(crate) fn write_topics(&self, more: Option<&TopicEntry>) -> Result<()> {
        let topics = self.topics.read();
        let others =
            topics.values().filter(|topic| more.is_none_or(|more| more.name != topic.name().as_str()));
        let entries = others.map(Topic::entry).chain(more.cloned()).collect::<Vec<_>>();
        drop(topics);
        checkpoint::write_topics(&*self.shared.disk, &self.shared.config.dir, &entries)
    }

    /// Tells the coordinator which topics there are.
    pub(crate) fn announce_topics(&self) {
        let topics = self.all_topics();
        let topics = topics.iter().map(|topic| (topic.shared_name(), topic.partition_count())).collect();
        self.coordinator.lock().set_topics(topics);
    }
}

/// Opens the topics of the list.
pub(crate) fn open_topics(
    shared: &Arc<Shared>,
    listed: &[TopicEntry],
    recovery: impl Fn(&str, u32) -> Recovery,
) -> Result<BTreeMap<Arc<str>, Topic>> {
    let mut topics = BTreeMap::new();
    for entry in listed {
        let topic = open_topic(shared, entry, |partition| recovery(&entry.name, partition))?;
        topics.insert(topic.shared_name(), topic);
    }
    Ok(topics)
}

fn open_topic(shared: &Arc<Shared>, entry: &TopicEntry, recovery: impl Fn(u32) -> Recovery) -> Result<Topic> {
    let settings = entry.config.resolve(&shared.config);
    let partitions = open_partitions(shared, entry, 0..entry.partitions, recovery)?;
    Ok(Topic::new(DatasetName::new(&entry.name)?, entry.id, entry.config.clone(), settings, partitions))
}

fn open_partitions(
    shared: &Arc<Shared>,
    entry: &TopicEntry,
    ids: std::ops::Range<u32>,
    recovery: impl Fn(u32) -> Recovery,
) -> Result<Vec<Arc<Partition>>> {
    let settings = entry.config.resolve(&shared.config);
    let open = |id| Partition::open(shared, &entry.name, entry.id, id, settings, recovery(id));
    ids.map(open).collect()
}
