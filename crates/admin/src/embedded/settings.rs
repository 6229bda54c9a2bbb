//! The settings of a topic in the embedded log, as text under Kafka's names.

use girok_commitlog::{Durability, TopicConfig, TopicInfo, TopicSettings};

use crate::{AdminError, Result, Setting};

/// One setting: what it is called, what it accepts, where it is kept.
struct Key {
    name: &'static str,
    expected: &'static str,
    /// Puts a value, or takes it back; nothing if the value is none.
    set: fn(&mut TopicConfig, Option<&str>) -> Option<()>,
    /// Whether the topic has a value of its own.
    is_set: fn(&TopicConfig) -> bool,
    /// The value in force.
    show: fn(&TopicSettings) -> String,
}

const KEYS: [Key; 5] = [
    Key {
        name: "durability",
        expected: "`fsync`, `interval` or `none`",
        set: |config, value| put(&mut config.durability, value, durability),
        is_set: |config| config.durability.is_some(),
        show: |settings| format!("{:?}", settings.durability).to_lowercase(),
    },
    Key {
        name: "retention.bytes",
        expected: "a number of bytes, or -1 for no bound",
        set: |config, value| put(&mut config.retention_bytes, value, number_or_none),
        is_set: |config| config.retention_bytes.is_some(),
        show: |settings| settings.retention_bytes.to_string(),
    },
    Key {
        name: "retention.ms",
        expected: "a number of milliseconds, or -1 for ever",
        set: |config, value| put(&mut config.retention_ms, value, number_or_none),
        is_set: |config| config.retention_ms.is_some(),
        show: |settings| settings.retention_ms.to_string(),
    },
    Key {
        name: "segment.bytes",
        expected: "a number of bytes",
        set: |config, value| put(&mut config.segment_bytes, value, |text| text.parse().ok()),
        is_set: |config| config.segment_bytes.is_some(),
        show: |settings| settings.segment_bytes.to_string(),
    },
    Key {
        name: "segment.ms",
        expected: "a number of milliseconds",
        set: |config, value| put(&mut config.segment_ms, value, |text| text.parse().ok()),
        is_set: |config| config.segment_ms.is_some(),
        show: |settings| settings.segment_ms.to_string(),
    },
];

fn put<T>(place: &mut Option<T>, value: Option<&str>, read: impl FnOnce(&str) -> Option<T>) -> Option<()> {
    *place = match value {
        Some(text) => Some(read(text.trim())?),
        None => None,
    };
    Some(())
}

fn number_or_none(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number >= -1)
}

fn durability(text: &str) -> Option<Durability> {
    match text {
        "fsync" => Some(Durability::Fsync),
        "interval" => Some(Durability::Interval),
        "none" => Some(Durability::None),
        _ => None,
    }
}

/// All settings of a topic.
pub(super) fn list(topic: &TopicInfo) -> Vec<Setting> {
    let setting = |key: &Key| Setting {
        name: key.name.to_owned(),
        value: Some((key.show)(&topic.settings)),
        is_default: !(key.is_set)(&topic.config),
    };
    KEYS.iter().map(setting).collect()
}

/// Puts a value in force, or with none the log's default.
pub(super) fn set(config: &mut TopicConfig, name: &str, value: Option<&str>) -> Result<()> {
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let names = KEYS.map(|key| key.name).join("`, `");
        let what = format!("cannot set `{name}`: the embedded log knows `{names}`");
        return Err(AdminError::Invalid { what });
    };
    (key.set)(config, value).ok_or_else(|| {
        let what =
            format!("cannot use `{}` for `{name}`: expected {}", value.unwrap_or_default(), key.expected);
        AdminError::Invalid { what }
    })
}
