//! Which settings are in force, and where do they come from?

use girok_commitlog::{CommitLog, Setting, SettingKind, SettingSource, SettingValue, TopicConfig};
use girok_wire::protocol::{
    ConfigResource, ConfigSynonym, DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse,
    DescribedConfig, DescribedConfigs, ListConfigResourcesRequest, ListConfigResourcesResponse,
    ProtocolError, code,
};

use super::{broker_settings, group_settings};
use crate::fault::Refusal;
use crate::session::{Answer, NODE_ID, Request};

/// Kinds of resources that have settings.
pub(super) const TOPIC: i8 = 2;
pub(super) const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
pub(super) const GROUP: i8 = 32;

/// Where a setting comes from, in Kafka's numbers.
pub(super) const TOPIC_SOURCE: i8 = 1;
pub(super) const DYNAMIC_BROKER_SOURCE: i8 = 2;
pub(super) const STATIC_SOURCE: i8 = 4;
pub(super) const DEFAULT_SOURCE: i8 = 5;

/// A setting of a topic, as it is shown.
pub(super) struct Shown {
    pub(super) name: &'static str,
    pub(super) value: SettingValue,
    pub(super) source: i8,
    pub(super) setting: &'static Setting,
}

pub(super) fn source_number(source: SettingSource) -> i8 {
    match source {
        SettingSource::Topic => TOPIC_SOURCE,
        SettingSource::Log => STATIC_SOURCE,
        SettingSource::Default => DEFAULT_SOURCE,
    }
}

/// All settings of a topic that sets `config` for itself.
pub(super) fn of_topic(log: &CommitLog, config: &TopicConfig) -> Vec<Shown> {
    let shown = config.shown(log.config()).map(|(setting, value)| Shown {
        name: setting.name,
        source: source_number(value.source),
        value,
        setting,
    });
    shown.collect()
}

/// `DescribeConfigs`.
pub(crate) fn describe_configs(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeConfigsRequest = request.take()?;
    let wants = Wants { synonyms: asked.include_synonyms, documentation: asked.include_documentation };
    let results = asked.resources.into_iter().map(|resource| describe(&request, resource, wants)).collect();
    Ok(request.now(&DescribeConfigsResponse { throttle_time_ms: 0, results }))
}

/// What a client wants to see of each setting.
#[derive(Clone, Copy)]
struct Wants {
    synonyms: bool,
    documentation: bool,
}

fn describe(request: &Request, asked: DescribeConfigsResource, wants: Wants) -> DescribedConfigs {
    let described = match asked.resource_type {
        TOPIC => describe_topic(request.log(), &asked.resource_name),
        BROKER => check_broker(&asked.resource_name).map(|is_own| broker_settings::describe(request, is_own)),
        // Levels of loggers are not set through Kafka's protocol.
        BROKER_LOGGER => check_broker(&asked.resource_name).map(|_| Vec::new()),
        GROUP => group_settings::describe(&request.session.admin, &asked.resource_name),
        CLIENT_METRICS => Ok(Vec::new()),
        other => Err(Refusal::new(code::INVALID_REQUEST, format!("no resource has the type {other}"))),
    };
    let (refusal, mut configs) = match described {
        Ok(configs) => (Refusal::default(), configs),
        Err(refusal) => (refusal, Vec::new()),
    };
    if let Some(keys) = &asked.configuration_keys {
        configs.retain(|config| keys.contains(&config.name));
    }
    for config in &mut configs {
        if !wants.synonyms {
            config.synonyms.clear();
        }
        if !wants.documentation {
            config.documentation = None;
        }
    }
    DescribedConfigs {
        error_code: refusal.error_code,
        error_message: refusal.message,
        resource_type: asked.resource_type,
        resource_name: asked.resource_name,
        configs,
    }
}

/// Whether the name is this broker's, and not that of all brokers together.
pub(super) fn check_broker(name: &str) -> Result<bool, Refusal> {
    if name.is_empty() {
        return Ok(false);
    }
    if name.parse() == Ok(NODE_ID) {
        return Ok(true);
    }
    let message = format!("got the broker {name}, expected {NODE_ID} or none");
    Err(Refusal::new(code::INVALID_REQUEST, message))
}

fn describe_topic(log: &CommitLog, name: &str) -> Result<Vec<DescribedConfig>, Refusal> {
    if name.is_empty() {
        return Err(Refusal::new(code::INVALID_REQUEST, "the topic's name is empty"));
    }
    let unknown = || Refusal::new(code::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic {name}"));
    let topic = log.topic(name).ok_or_else(unknown)?;
    Ok(of_topic(log, &topic.info().config).into_iter().map(Shown::described).collect())
}

impl Shown {
    fn described(self) -> DescribedConfig {
        let own = (self.source == TOPIC_SOURCE).then(|| ConfigSynonym {
            name: self.name.to_owned(),
            value: Some(self.value.value.clone()),
            source: TOPIC_SOURCE,
        });
        let inherited = ConfigSynonym {
            name: self.setting.broker_name.to_owned(),
            value: Some(self.value.inherited),
            source: source_number(self.value.inherited_source),
        };
        DescribedConfig {
            name: self.name.to_owned(),
            value: Some(self.value.value),
            config_source: self.source,
            synonyms: own.into_iter().chain([inherited]).collect(),
            config_type: kind_number(self.setting.kind),
            read_only: self.setting.is_read_only(),
            documentation: Some(self.setting.documentation.to_owned()),
            ..DescribedConfig::default()
        }
    }
}

/// A kind of value in Kafka's numbers.
pub(super) fn kind_number(kind: SettingKind) -> i8 {
    match kind {
        SettingKind::Bool => 1,
        SettingKind::Word(_) => 2,
        SettingKind::Int(..) => 3,
        SettingKind::Long(..) => 5,
        SettingKind::Ratio => 6,
        SettingKind::List(_) | SettingKind::Texts => 7,
    }
}

/// `ListConfigResources`: topics, the broker and the groups that set something; nothing is set for clients' metrics.
pub(crate) fn list_config_resources(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: ListConfigResourcesRequest = request.take()?;
    let wanted = |of: i8| match asked.resource_types.as_slice() {
        [] => request.version() > 0 || of == CLIENT_METRICS,
        types => types.contains(&of),
    };
    let unknown = asked
        .resource_types
        .iter()
        .any(|of| ![TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP].contains(of));
    let mut config_resources = Vec::new();
    let mut list = |resource_type: i8, names: Vec<String>| {
        if wanted(resource_type) && !unknown {
            let all = names.into_iter().map(|resource_name| ConfigResource { resource_name, resource_type });
            config_resources.extend(all);
        }
    };
    list(TOPIC, request.log().topics().into_iter().map(|info| info.name.to_string()).collect());
    list(BROKER, vec![NODE_ID.to_string()]);
    list(BROKER_LOGGER, vec![NODE_ID.to_string()]);
    list(GROUP, request.session.admin.groups_with_settings());
    let error_code = if unknown { code::UNSUPPORTED_VERSION } else { code::NONE };
    Ok(request.now(&ListConfigResourcesResponse { throttle_time_ms: 0, error_code, config_resources }))
}
