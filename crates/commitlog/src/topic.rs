//! A topic: a name, an id that is never used again, settings, partitions.

use std::fmt;
use std::sync::Arc;

use girok_event::DatasetName;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use crate::config::{TopicConfig, TopicSettings};
use crate::error::{Error, Result};
use crate::names::is_internal;
use crate::partition::Partition;

/// A topic's permanent id: a random UUID, printed as Kafka does, in 22 characters of base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TopicId(pub u128);

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl TopicId {
    /// A new random id (UUID version 4); never one that begins with `-`, which tools take for an option.
    pub(crate) fn random() -> Self {
        loop {
            let bits = fastrand::u128(..) & !(0xf << 76 | 0x3 << 62) | 4 << 76 | 2 << 62;
            let id = TopicId(bits);
            if !id.to_string().starts_with('-') {
                return id;
            }
        }
    }

    /// Reads what [`fmt::Display`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 22 {
            return None;
        }
        let digits = text.bytes().map(|byte| BASE64.iter().position(|digit| *digit == byte));
        // 22 digits hold 132 bits; the last four are not used.
        let (high, last) = digits.enumerate().try_fold((0u128, 0u128), |(high, last), (at, digit)| {
            let digit = digit? as u128;
            Some(if at < 21 { (high << 6 | digit, last) } else { (high, digit) })
        })?;
        Some(TopicId(high << 2 | last >> 4))
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (0..21).map(|at| self.0 >> (122 - 6 * at) & 0x3f).chain([(self.0 & 3) << 4]);
        digits.map(|digit| BASE64[digit as usize] as char).try_for_each(|digit| write!(f, "{digit}"))
    }
}

impl TryFrom<String> for TopicId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        TopicId::parse(&text).ok_or("expected a topic id of 22 characters")
    }
}

impl From<TopicId> for String {
    fn from(id: TopicId) -> String {
        id.to_string()
    }
}

/// One partition of a topic, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number.
    pub partition: u32,
}

impl TopicPartition {
    /// `partition` of `topic`.
    pub fn new(topic: impl Into<Arc<str>>, partition: u32) -> Self {
        TopicPartition { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// A topic in the list of topics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TopicEntry {
    pub(crate) name: String,
    pub(crate) id: TopicId,
    pub(crate) partitions: u32,
    #[serde(default)]
    pub(crate) config: TopicConfig,
    /// Its files are being removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deleting: bool,
}

/// A topic; cheap to clone.
#[derive(Clone)]
pub struct Topic(Arc<Inner>);

struct Inner {
    name: DatasetName,
    shared_name: Arc<str>,
    id: TopicId,
    config: RwLock<TopicConfig>,
    settings: RwLock<TopicSettings>,
    partitions: Vec<Arc<Partition>>,
}

/// What a topic is, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInfo {
    /// Its name.
    pub name: DatasetName,
    /// Its permanent id.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: u32,
    /// Whether it is the log's own.
    pub internal: bool,
    /// What it sets for itself.
    pub config: TopicConfig,
    /// Its settings in force.
    pub settings: TopicSettings,
}

impl Topic {
    pub(crate) fn new(
        name: DatasetName,
        id: TopicId,
        config: TopicConfig,
        settings: TopicSettings,
        partitions: Vec<Arc<Partition>>,
    ) -> Self {
        let shared_name = name.as_str().into();
        let (config, settings) = (RwLock::new(config), RwLock::new(settings));
        Topic(Arc::new(Inner { name, shared_name, id, config, settings, partitions }))
    }

    /// The same topic with more partitions.
    pub(crate) fn grown(&self, added: Vec<Arc<Partition>>) -> Self {
        let partitions: Vec<_> = self.0.partitions.iter().cloned().chain(added).collect();
        let config =
            TopicConfig { partitions: Some(partitions.len() as u32), ..self.0.config.read().clone() };
        Topic::new(self.0.name.clone(), self.0.id, config, self.settings(), partitions)
    }

    /// Bytes of one partition's segments.
    pub fn size_bytes(&self, partition: u32) -> Result<u64> {
        Ok(self.partition(partition)?.size_bytes())
    }

    /// Its name.
    pub fn name(&self) -> &DatasetName {
        &self.0.name
    }

    /// Its name, to be shared.
    pub(crate) fn shared_name(&self) -> Arc<str> {
        self.0.shared_name.clone()
    }

    /// Its permanent id.
    pub fn id(&self) -> TopicId {
        self.0.id
    }

    /// How many partitions it has.
    pub fn partition_count(&self) -> u32 {
        self.0.partitions.len() as u32
    }

    /// Whether it is the log's own.
    pub fn is_internal(&self) -> bool {
        is_internal(self.0.name.as_str())
    }

    /// Its settings in force.
    pub fn settings(&self) -> TopicSettings {
        *self.0.settings.read()
    }

    /// Everything there is to list.
    pub fn info(&self) -> TopicInfo {
        TopicInfo {
            name: self.0.name.clone(),
            id: self.0.id,
            partitions: self.partition_count(),
            internal: self.is_internal(),
            config: self.0.config.read().clone(),
            settings: self.settings(),
        }
    }

    pub(crate) fn set_config(&self, config: TopicConfig, settings: TopicSettings) {
        *self.0.config.write() = config;
        *self.0.settings.write() = settings;
        for partition in &self.0.partitions {
            partition.set_settings(settings);
        }
    }

    pub(crate) fn entry(&self) -> TopicEntry {
        TopicEntry {
            name: self.0.name.as_str().to_owned(),
            id: self.0.id,
            partitions: self.partition_count(),
            config: self.0.config.read().clone(),
            deleting: false,
        }
    }

    pub(crate) fn partitions(&self) -> &[Arc<Partition>] {
        &self.0.partitions
    }

    pub(crate) fn partition(&self, partition: u32) -> Result<&Arc<Partition>> {
        self.0.partitions.get(partition as usize).ok_or_else(|| Error::UnknownPartition {
            topic: self.0.name.to_string(),
            partition,
            partitions: self.partition_count(),
        })
    }
}

impl AsRef<str> for Topic {
    fn as_ref(&self) -> &str {
        self.0.name.as_str()
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({}, {})", self.0.name, self.0.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_printed_as_kafka_does_and_read_back() {
        assert_eq!(TopicId(0).to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(TopicId(u128::MAX).to_string(), "_____________________w");
        assert_eq!(TopicId(1).to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        for _ in 0..100 {
            let id = TopicId::random();
            assert_eq!(TopicId::parse(&id.to_string()), Some(id));
            assert_eq!((id.0 >> 76 & 0xf, id.0 >> 62 & 3), (4, 2), "UUID version 4");
        }
        for bad in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(TopicId::parse(bad), None, "{bad}");
        }
    }
}
