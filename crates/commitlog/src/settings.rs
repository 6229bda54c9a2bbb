//! Which settings does a topic have under Kafka's names, what may they be, and where does a value come from?
//!
//! One table. A setting that has an effect is a field of [`TopicConfig`]; the others are checked, kept and
//! shown, because tools and scripts set them, and [`Setting::is_applied`] says that nothing follows from them.
//! Beside it stands [`TOPIC_BYTES_MAX`], a bound that Kafka does not have.

use crate::config::{Cleanup, Durability, LogConfig, NO_BOUND, TimestampType, TopicConfig};
use crate::{Error, Result};

/// What kind of value a setting has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// A whole number from the first to the second.
    Int(i32, i32),
    /// A large whole number from the first to the second.
    Long(i64, i64),
    /// A share between 0 and 1.
    Ratio,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words, with commas between.
    List(&'static [&'static str]),
    /// Any text, with commas between.
    Texts,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name for a topic.
    pub name: &'static str,
    /// Its name for the whole broker.
    pub broker_name: &'static str,
    /// What it may be.
    pub kind: SettingKind,
    /// Its value where nobody sets it and the log has no such setting.
    default: &'static str,
    /// What it does.
    pub documentation: &'static str,
    /// Whether anything follows from it.
    pub is_applied: bool,
}

/// Where a setting's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingSource {
    /// The topic sets it.
    Topic,
    /// The log's configuration sets it.
    Log,
    /// Nobody does.
    Default,
}

/// A setting of a topic with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingValue {
    /// The value in force.
    pub value: String,
    /// Where it comes from.
    pub source: SettingSource,
    /// What would be in force if the topic did not set it.
    pub inherited: String,
    /// Where that comes from.
    pub inherited_source: SettingSource,
}

const MAX: i64 = i64::MAX;
const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];

const fn applied(
    name: &'static str,
    broker_name: &'static str,
    kind: SettingKind,
    documentation: &'static str,
) -> Setting {
    Setting { name, broker_name, kind, default: "", documentation, is_applied: true }
}

const fn kept(
    name: &'static str,
    broker_name: &'static str,
    kind: SettingKind,
    default: &'static str,
    documentation: &'static str,
) -> Setting {
    Setting { name, broker_name, kind, default, documentation, is_applied: false }
}

use SettingKind::{Bool, Int, List, Long, Ratio, Texts, Word};

/// All settings of topics, by name.
pub static SETTINGS: &[Setting] = &[
    applied(
        "cleanup.policy",
        "log.cleanup.policy",
        List(&["compact", "delete"]),
        "`delete` removes old segments, `compact` keeps the last record of each key; both may be set.",
    ),
    kept(
        "compression.type",
        "compression.type",
        Word(CODECS),
        "producer",
        "Batches are always stored as their producer packed them.",
    ),
    applied(
        "delete.retention.ms",
        "log.cleaner.delete.retention.ms",
        Long(0, MAX),
        "How long compaction keeps a record without value.",
    ),
    applied(
        "durability",
        "log.durability",
        Word(&["fsync", "interval", "none"]),
        "When an append counts as done: synced, written and soon synced, or written.",
    ),
    kept(
        "file.delete.delay.ms",
        "log.segment.delete.delay.ms",
        Long(0, MAX),
        "60000",
        "Files of deleted segments are removed at once.",
    ),
    kept(
        "flush.messages",
        "log.flush.interval.messages",
        Long(1, MAX),
        "9223372036854775807",
        "See `durability`.",
    ),
    kept("flush.ms", "log.flush.interval.ms", Long(0, MAX), "9223372036854775807", "See `durability`."),
    kept(
        "follower.replication.throttled.replicas",
        "follower.replication.throttled.replicas",
        Texts,
        "",
        "There are no followers.",
    ),
    kept(
        "index.interval.bytes",
        "log.index.interval.bytes",
        Int(0, i32::MAX),
        "4096",
        "The log's own setting holds for all topics.",
    ),
    kept(
        "leader.replication.throttled.replicas",
        "leader.replication.throttled.replicas",
        Texts,
        "",
        "There are no followers.",
    ),
    kept(
        "local.retention.bytes",
        "log.local.retention.bytes",
        Long(-2, MAX),
        "-2",
        "There is no remote storage of segments.",
    ),
    kept(
        "local.retention.ms",
        "log.local.retention.ms",
        Long(-2, MAX),
        "-2",
        "There is no remote storage of segments.",
    ),
    applied(
        "max.compaction.lag.ms",
        "log.cleaner.max.compaction.lag.ms",
        Long(1, MAX),
        "A record older than this is compacted whatever the share of such records.",
    ),
    applied("max.message.bytes", "message.max.bytes", Int(0, i32::MAX), "The largest batch that is taken."),
    kept(
        "message.timestamp.after.max.ms",
        "log.message.timestamp.after.max.ms",
        Long(0, MAX),
        "3600000",
        "Times from the future are stored, and count as the time of arrival for retention.",
    ),
    kept(
        "message.timestamp.before.max.ms",
        "log.message.timestamp.before.max.ms",
        Long(0, MAX),
        "9223372036854775807",
        "Old times are stored.",
    ),
    applied(
        "message.timestamp.type",
        "log.message.timestamp.type",
        Word(&["CreateTime", "LogAppendTime"]),
        "Whether a record's time is its producer's or that of its arrival.",
    ),
    applied(
        "min.cleanable.dirty.ratio",
        "log.cleaner.min.cleanable.ratio",
        Ratio,
        "The share of a log that must not have been compacted yet before it is.",
    ),
    applied(
        "min.compaction.lag.ms",
        "log.cleaner.min.compaction.lag.ms",
        Long(0, MAX),
        "How long a record is safe from compaction.",
    ),
    kept(
        "min.insync.replicas",
        "min.insync.replicas",
        Int(1, i32::MAX),
        "1",
        "There is one replica; it is in sync.",
    ),
    kept("preallocate", "log.preallocate", Bool, "false", "Segments grow as they are written."),
    kept(
        "remote.log.copy.disable",
        "remote.log.copy.disable",
        Bool,
        "false",
        "There is no remote storage of segments.",
    ),
    kept(
        "remote.log.delete.on.disable",
        "remote.log.delete.on.disable",
        Bool,
        "false",
        "There is no remote storage of segments.",
    ),
    kept(
        "remote.storage.enable",
        "remote.storage.enable",
        Word(&["false"]),
        "false",
        "There is no remote storage of segments.",
    ),
    applied(
        "retention.bytes",
        "log.retention.bytes",
        Long(-1, MAX),
        "Most bytes of the topic, all partitions together; -1 for no bound. `topic.bytes.max` shows what holds while \
         this is not set.",
    ),
    applied(
        "retention.ms",
        "log.retention.ms",
        Long(-1, MAX),
        "Segments whose newest record is older are deleted, once the store has them; -1 for never.",
    ),
    applied(
        "segment.bytes",
        "log.segment.bytes",
        Int(14, i32::MAX),
        "A segment is sealed when it would grow beyond this.",
    ),
    kept(
        "segment.index.bytes",
        "log.index.size.max.bytes",
        Int(4, i32::MAX),
        "10485760",
        "An index is as large as it needs to be.",
    ),
    kept(
        "segment.jitter.ms",
        "log.roll.jitter.ms",
        Long(0, MAX),
        "0",
        "Segments are sealed when their time is over.",
    ),
    applied(
        "segment.ms",
        "log.roll.ms",
        Long(1, MAX),
        "A segment is sealed this long after its first record.",
    ),
    kept(
        "unclean.leader.election.enable",
        "unclean.leader.election.enable",
        Bool,
        "false",
        "There is one replica; it leads.",
    ),
];

/// The bound of a topic while neither it nor the log sets `retention.bytes`, whose default is Kafka's -1. A topic
/// shows it and cannot set it: it sets `retention.bytes`.
pub static TOPIC_BYTES_MAX: Setting = applied(
    "topic.bytes.max",
    "log.topic.bytes.max",
    Long(-1, MAX),
    "Most bytes of the topic while `retention.bytes` is set neither for it nor for the log; -1 for no bound. \
     girok's configuration sets it, for all topics.",
);

impl Setting {
    /// Whether a topic shows it without being able to set it.
    pub fn is_read_only(&self) -> bool {
        self.name == TOPIC_BYTES_MAX.name
    }

    /// The setting with this name for a topic.
    pub fn find(name: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// The value that is meant by `text`, in the form in which it is shown.
    pub fn check(&self, text: &str) -> Result<String> {
        let text = text.trim();
        self.kind.normalize(text).ok_or_else(|| Error::InvalidConfig {
            key: self.name,
            value: text.to_owned(),
            expected: self.kind.expected(),
        })
    }
}

impl SettingKind {
    fn normalize(self, text: &str) -> Option<String> {
        match self {
            Int(min, max) => {
                text.parse().ok().filter(|n: &i32| (min..=max).contains(n)).map(|n| n.to_string())
            }
            Long(min, max) => {
                text.parse().ok().filter(|n: &i64| (min..=max).contains(n)).map(|n| n.to_string())
            }
            Ratio => text.parse().ok().filter(|n| (0.0..=1.0).contains(n)).map(|n: f64| n.to_string()),
            Bool => {
                ["true", "false"].iter().find(|word| word.eq_ignore_ascii_case(text)).map(|w| (*w).into())
            }
            Word(words) => words.contains(&text).then(|| text.to_owned()),
            List(words) => {
                let named: Vec<_> = text.split(',').map(str::trim).collect();
                named.iter().all(|word| words.contains(word)).then(|| named.join(","))
            }
            Texts => Some(text.to_owned()),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Int(..) | Long(..) => "a whole number in the setting's range",
            Ratio => "a number from 0 to 1",
            Bool => "`true` or `false`",
            Word(_) | List(_) => "one of the words that Kafka's manual names",
            Texts => "a text",
        }
    }

    /// Whether values are lists, which can be added to and taken from.
    pub fn is_list(self) -> bool {
        matches!(self, List(_) | Texts)
    }
}

fn number<T: std::str::FromStr>(text: Option<String>) -> Option<T> {
    text?.parse().ok()
}

impl TopicConfig {
    /// What the topic sets for `name`, in the form in which it is shown.
    pub fn get(&self, name: &str) -> Option<String> {
        fn text(value: Option<impl ToString>) -> Option<String> {
            value.map(|value| value.to_string())
        }
        match name {
            "cleanup.policy" => text(self.cleanup),
            "delete.retention.ms" => text(self.delete_retention_ms),
            "durability" => text(self.durability),
            "max.compaction.lag.ms" => text(self.max_compaction_lag_ms),
            "max.message.bytes" => text(self.message_bytes_max),
            "message.timestamp.type" => text(self.timestamp_type),
            "min.cleanable.dirty.ratio" => text(self.dirty_permille.map(|share| f64::from(share) / 1000.0)),
            "min.compaction.lag.ms" => text(self.min_compaction_lag_ms),
            "retention.bytes" => text(self.retention_bytes),
            "retention.ms" => text(self.retention_ms),
            "segment.bytes" => text(self.segment_bytes),
            "segment.ms" => text(self.segment_ms),
            _ => self.kept.get(name).cloned(),
        }
    }

    /// Sets `name` to what `value` means, or takes back what was set.
    ///
    /// # Errors
    /// If there is no such setting, or it cannot be so.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        if name == TOPIC_BYTES_MAX.name {
            return Err(Error::InvalidConfig {
                key: TOPIC_BYTES_MAX.name,
                value: value.unwrap_or_default().to_owned(),
                expected: "none: a topic sets `retention.bytes`, and `log.topic.bytes.max` is set in girok's configuration",
            });
        }
        let setting = Setting::find(name).ok_or_else(|| Error::UnknownConfig { key: name.to_owned() })?;
        let value = value.map(|value| setting.check(value)).transpose()?;
        match setting.name {
            "cleanup.policy" => self.cleanup = value.as_deref().map(Cleanup::parse),
            "delete.retention.ms" => self.delete_retention_ms = number(value),
            "durability" => self.durability = value.as_deref().and_then(Durability::parse),
            "max.compaction.lag.ms" => self.max_compaction_lag_ms = number(value),
            "max.message.bytes" => self.message_bytes_max = number(value),
            "message.timestamp.type" => self.timestamp_type = value.as_deref().and_then(TimestampType::parse),
            "min.cleanable.dirty.ratio" => {
                self.dirty_permille = number(value).map(|share: f64| (share * 1000.0).round() as u16);
            }
            "min.compaction.lag.ms" => self.min_compaction_lag_ms = number(value),
            "retention.bytes" => self.retention_bytes = number(value),
            "retention.ms" => self.retention_ms = number(value),
            "segment.bytes" => self.segment_bytes = number(value),
            "segment.ms" => self.segment_ms = number(value),
            name => match value {
                Some(value) => drop(self.kept.insert(name.to_owned(), value)),
                None => drop(self.kept.remove(name)),
            },
        }
        Ok(())
    }

    /// All that is shown of a topic that sets this for itself, in a log of these settings.
    pub fn shown(&self, log: &LogConfig) -> impl Iterator<Item = (&'static Setting, SettingValue)> {
        let own = SETTINGS.iter().map(|setting| (setting, self.value_of(setting, log)));
        own.chain([(&TOPIC_BYTES_MAX, self.value_of_bytes_max(log))])
    }

    /// The log's bound, where it holds.
    fn value_of_bytes_max(&self, log: &LogConfig) -> SettingValue {
        let is_bound_else = self.retention_bytes.or(log.retention_bytes).is_some();
        let value = if is_bound_else { NO_BOUND } else { log.topic_bytes_max };
        let is_usual = is_bound_else || value == LogConfig::default().topic_bytes_max;
        let source = if is_usual { SettingSource::Default } else { SettingSource::Log };
        let value = value.to_string();
        SettingValue { inherited: value.clone(), value, source, inherited_source: source }
    }

    /// The value of `setting` for a topic that sets this for itself, in a log of these settings.
    pub fn value_of(&self, setting: &Setting, log: &LogConfig) -> SettingValue {
        let of_log = log.as_topic().get(setting.name);
        let usual = LogConfig::default().as_topic().get(setting.name);
        let inherited_source = if of_log == usual { SettingSource::Default } else { SettingSource::Log };
        let inherited = of_log.unwrap_or_else(|| setting.default.to_owned());
        let (value, source) = match self.get(setting.name) {
            Some(value) => (value, SettingSource::Topic),
            None => (inherited.clone(), inherited_source),
        };
        SettingValue { value, source, inherited, inherited_source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_set_shown_and_taken_back() {
        let log = LogConfig::default();
        assert!(SETTINGS.is_sorted_by_key(|setting| setting.name));
        for setting in SETTINGS {
            let mut config = TopicConfig::default();
            let usual = config.value_of(setting, &log);
            assert_eq!(usual.source, SettingSource::Default, "{}", setting.name);
            assert_eq!(setting.is_applied, log.as_topic().get(setting.name).is_some(), "{}", setting.name);
            config.set(setting.name, Some(&usual.value)).unwrap();
            let own = config.value_of(setting, &log);
            assert_eq!((&own.value, own.source), (&usual.value, SettingSource::Topic), "{}", setting.name);
            let json = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<TopicConfig>(&json).unwrap(), config, "{json}");
            config.set(setting.name, None).unwrap();
            assert_eq!(config, TopicConfig::default(), "{}", setting.name);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let mut config = TopicConfig::default();
        for (name, value) in [
            ("cleanup.policy", "keep"),
            ("cleanup.policy", ""),
            ("segment.bytes", "1"),
            ("segment.bytes", "99999999999"),
            ("retention.ms", "-2"),
            ("retention.ms", "soon"),
            ("min.cleanable.dirty.ratio", "1.5"),
            ("compression.type", "brotli"),
            ("preallocate", "maybe"),
            ("no.such.setting", "1"),
        ] {
            assert!(config.set(name, Some(value)).is_err(), "{name}={value}");
        }
        assert_eq!(config, TopicConfig::default());
    }

    #[test]
    fn the_bound_of_a_topic_that_sets_none_is_shown_where_it_holds() {
        let shown = |of_topic: Option<&str>, of_log: Option<i64>| {
            let mut topic = TopicConfig::default();
            topic.set("retention.bytes", of_topic).unwrap();
            let log = LogConfig { retention_bytes: of_log, topic_bytes_max: 7, ..LogConfig::default() };
            let shown: Vec<_> =
                topic.shown(&log).filter(|(setting, _)| setting.name.contains("bytes")).collect();
            let of = |name| &shown.iter().find(|(setting, _)| setting.name == name).unwrap().1.value;
            assert!(TOPIC_BYTES_MAX.is_read_only());
            (format!("{} {}", of("retention.bytes"), of("topic.bytes.max")), topic.resolve(&log).bytes_max)
        };
        assert_eq!(shown(None, None), ("-1 7".into(), 7));
        assert_eq!(shown(None, Some(9)), ("9 -1".into(), 9));
        assert_eq!(shown(Some("5"), Some(9)), ("5 -1".into(), 5));
        assert_eq!(shown(Some("-1"), None), ("-1 -1".into(), -1), "who sets that there is no bound has none");
        assert_eq!(shown(None, Some(-1)), ("-1 -1".into(), -1));
        let usual =
            TopicConfig::default().value_of(Setting::find("retention.bytes").unwrap(), &LogConfig::default());
        assert_eq!((usual.value.as_str(), usual.source), ("-1", SettingSource::Default), "as in Kafka");
        let refused = TopicConfig::default().set("topic.bytes.max", Some("5")).unwrap_err().to_string();
        assert!(refused.contains("a topic sets `retention.bytes`"), "{refused}");
    }

    #[test]
    fn a_log_that_differs_from_the_usual_says_so() {
        let log = LogConfig { retention_ms: 7, ..LogConfig::default() };
        let value = TopicConfig::default().value_of(Setting::find("retention.ms").unwrap(), &log);
        assert_eq!((value.value.as_str(), value.source), ("7", SettingSource::Log));
    }
}
