//! Settings changed by clients: all of a resource at once, or some of them.

use girok_commitlog::{Setting, TopicConfig};
use girok_wire::protocol::{
    AlterConfigsRequest, AlterConfigsResponse, AlteredResource, IncrementalAlterConfigsRequest,
    IncrementalConfig, ProtocolError, code,
};

use super::broker_settings::{REFUSED, may_keep};
use super::configs::{BROKER, GROUP, TOPIC, check_broker};
use super::group_settings::{GroupSetting, check_group, check_together};
use crate::admin::GroupSettings;
use crate::fault::Refusal;
use crate::session::{Answer, Request};

/// A change to one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Set(String),
    TakeBack,
    Add(String),
    Remove(String),
}

/// The changes to one resource, in order.
struct Changes {
    resource_type: i8,
    resource_name: String,
    /// What is not named is taken back.
    is_whole: bool,
    changes: Vec<(String, Result<Change, Refusal>)>,
}

/// `AlterConfigs`: what is not named goes back to its default.
pub(crate) fn alter_configs(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: AlterConfigsRequest = request.take()?;
    let all = asked.resources.into_iter().map(|resource| Changes {
        resource_type: resource.resource_type,
        resource_name: resource.resource_name,
        is_whole: true,
        changes: resource.configs.into_iter().map(|config| (config.name, set(config.value))).collect(),
    });
    Ok(apply_all(&request, all, asked.validate_only))
}

/// `IncrementalAlterConfigs`.
pub(crate) fn incremental_alter_configs(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: IncrementalAlterConfigsRequest = request.take()?;
    let all = asked.resources.into_iter().map(|resource| Changes {
        resource_type: resource.resource_type,
        resource_name: resource.resource_name,
        is_whole: false,
        changes: resource.configs.into_iter().map(|config| (config.name.clone(), change(config))).collect(),
    });
    Ok(apply_all(&request, all, asked.validate_only))
}

fn set(value: Option<String>) -> Result<Change, Refusal> {
    value.map(Change::Set).ok_or_else(|| Refusal::new(code::INVALID_REQUEST, "a value is null"))
}

fn change(config: IncrementalConfig) -> Result<Change, Refusal> {
    let value = || config.value.ok_or_else(|| Refusal::new(code::INVALID_REQUEST, "a value is null"));
    match config.config_operation {
        0 => value().map(Change::Set),
        1 => Ok(Change::TakeBack),
        2 => value().map(Change::Add),
        3 => value().map(Change::Remove),
        other => Err(Refusal::new(code::INVALID_REQUEST, format!("there is no operation {other}"))),
    }
}

fn apply_all(request: &Request, all: impl Iterator<Item = Changes>, only_check: bool) -> Answer {
    let responses = tokio::task::block_in_place(|| {
        let alter = |of: Changes| {
            let refusal = apply(request, &of, only_check).err().unwrap_or_default();
            AlteredResource {
                error_code: refusal.error_code,
                error_message: refusal.message,
                resource_type: of.resource_type,
                resource_name: of.resource_name,
            }
        };
        all.map(alter).collect()
    });
    request.now(&AlterConfigsResponse { throttle_time_ms: 0, responses })
}

fn apply(request: &Request, of: &Changes, only_check: bool) -> Result<(), Refusal> {
    let mut names: Vec<_> = of.changes.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refusal::new(code::INVALID_REQUEST, "a setting is named twice"));
    }
    match of.resource_type {
        TOPIC => alter_topic(request, of, only_check),
        BROKER => alter_broker(request, of, only_check),
        GROUP => alter_group(request, of, only_check),
        other => {
            Err(Refusal::new(code::INVALID_REQUEST, format!("resources of type {other} cannot be changed")))
        }
    }
}

fn alter_topic(request: &Request, of: &Changes, only_check: bool) -> Result<(), Refusal> {
    let (log, name) = (request.log(), &of.resource_name);
    let unknown = || Refusal::new(code::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic {name}"));
    let topic = log.topic(name).ok_or_else(unknown)?;
    let before = topic.info().config;
    let mut config = if of.is_whole { TopicConfig::default() } else { before };
    for (name, change) in &of.changes {
        let change = change.clone()?;
        let setting = Setting::find(name)
            .ok_or_else(|| Refusal::new(code::INVALID_CONFIG, format!("there is no setting {name}")))?;
        let now = || config.value_of(setting, log.config()).value;
        let value = new_value(setting.kind.is_list(), change, now)?;
        config.set(name, value.as_deref())?;
    }
    config.check()?;
    if !only_check {
        log.configure_topic(name, &config)?;
    }
    Ok(())
}

/// What the setting is after the change; nothing if it is taken back.
fn new_value(is_list: bool, change: Change, now: impl FnOnce() -> String) -> Result<Option<String>, Refusal> {
    let (words, adds) = match change {
        Change::Set(value) => return Ok(Some(value)),
        Change::TakeBack => return Ok(None),
        Change::Add(words) => (words, true),
        Change::Remove(words) => (words, false),
    };
    if !is_list {
        return Err(Refusal::new(code::INVALID_CONFIG, "the setting is no list"));
    }
    let named: Vec<_> = words.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let now = now();
    let mut list: Vec<_> = now.split(',').filter(|word| !word.is_empty() && !named.contains(word)).collect();
    if adds {
        list.extend(&named);
    }
    Ok(Some(list.join(",")))
}

/// The broker keeps what nothing follows from.
fn alter_broker(request: &Request, of: &Changes, only_check: bool) -> Result<(), Refusal> {
    let is_own = check_broker(&of.resource_name)?;
    let admin = &request.session.admin;
    let mut kept =
        if of.is_whole { std::collections::BTreeMap::new() } else { admin.broker_settings(is_own) };
    for (name, change) in &of.changes {
        if !may_keep(name) {
            return Err(Refusal::new(code::INVALID_REQUEST, format!("cannot change {name}: {REFUSED}")));
        }
        let now = || kept.get(name).cloned().unwrap_or_default();
        match new_value(true, change.clone()?, now)? {
            Some(value) => kept.insert(name.clone(), value),
            None => kept.remove(name),
        };
    }
    if !only_check {
        admin.set_broker_settings(request.log(), is_own, kept)?;
    }
    Ok(())
}

/// Members hear of it with their next heartbeat.
fn alter_group(request: &Request, of: &Changes, only_check: bool) -> Result<(), Refusal> {
    let (admin, group) = (&request.session.admin, &of.resource_name);
    check_group(group)?;
    let mut own = if of.is_whole { GroupSettings::new() } else { admin.group_settings(group) };
    for (name, change) in &of.changes {
        let setting = GroupSetting::find(name)?;
        match new_value(false, change.clone()?, String::new)? {
            Some(value) => own.insert(name.clone(), setting.check(&value)?),
            None => own.remove(name),
        };
    }
    check_together(&own)?;
    if !only_check {
        admin.set_group_settings(request.log(), group, own)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_added_to_and_taken_from() {
        let after = |change| new_value(true, change, || "delete".to_owned()).unwrap();
        assert_eq!(after(Change::Add("compact".into())).as_deref(), Some("delete,compact"));
        assert_eq!(after(Change::Add("delete".into())).as_deref(), Some("delete"));
        assert_eq!(after(Change::Remove("delete,compact".into())).as_deref(), Some(""));
        assert_eq!(after(Change::TakeBack), None);
        assert!(new_value(false, Change::Add("1".into()), String::new).is_err());
    }
}
