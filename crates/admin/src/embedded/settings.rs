//! The settings of a topic in the embedded log, as text under Kafka's names.

use girok_commitlog::{LogConfig, SettingSource, TopicConfig, TopicInfo};

use crate::Setting;

/// All settings of a topic from which something follows, and those that it sets although nothing does.
pub(super) fn list(topic: &TopicInfo, log: &LogConfig) -> Vec<Setting> {
    let told = topic.config.shown(log);
    let shown = told.filter(|(setting, told)| setting.is_applied || told.source == SettingSource::Topic);
    shown
        .map(|(setting, told)| Setting {
            name: setting.name.to_owned(),
            is_default: told.source != SettingSource::Topic,
            value: Some(told.value),
        })
        .collect()
}

/// A topic's own settings with these changes.
pub(super) fn changed<'a>(
    mut config: TopicConfig,
    changes: impl Iterator<Item = (&'a String, Option<&'a str>)>,
) -> girok_commitlog::Result<TopicConfig> {
    for (name, value) in changes {
        config.set(name, value)?;
    }
    Ok(config)
}
