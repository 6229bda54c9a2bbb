//! What does the broker say of its own settings?
//!
//! They are girok's and are set where girok is configured; here they are shown under Kafka's names. Clients may
//! change those from which nothing follows here: such values are kept, as tools expect, and shown again.

use std::collections::BTreeMap;

use girok_commitlog::{LogConfig, SETTINGS, TopicConfig};
use girok_wire::protocol::{ConfigSynonym, DescribedConfig};

use super::configs::{DYNAMIC_BROKER_SOURCE, STATIC_SOURCE, kind_number, source_number};
use crate::session::{NODE_ID, Request};

/// A setting of the broker.
struct Own {
    name: &'static str,
    kind: i8,
    value: fn(&Request) -> String,
}

const BOOL: i8 = 1;
const TEXT: i8 = 2;
const INT: i8 = 3;
const LONG: i8 = 5;
const LIST: i8 = 7;

static OWN: &[Own] = &[
    Own { name: "advertised.listeners", kind: TEXT, value: advertised },
    Own {
        name: "auto.create.topics.enable",
        kind: BOOL,
        value: |of| of.session.config.auto_create.to_string(),
    },
    Own { name: "broker.id", kind: INT, value: |_| NODE_ID.to_string() },
    Own { name: "default.replication.factor", kind: INT, value: |_| "1".to_owned() },
    Own { name: "delete.topic.enable", kind: BOOL, value: |_| "true".to_owned() },
    Own { name: "group.initial.rebalance.delay.ms", kind: INT, value: |_| "0".to_owned() },
    Own { name: "listeners", kind: TEXT, value: |of| format!("PLAINTEXT://{}", of.session.config.listen) },
    Own { name: "log.dir", kind: TEXT, value: |of| dir(of.log().config()) },
    Own { name: "log.dirs", kind: LIST, value: |of| dir(of.log().config()) },
    Own {
        name: "log.retention.check.interval.ms",
        kind: LONG,
        value: |of| of.log().config().retention_check_ms.to_string(),
    },
    Own { name: "node.id", kind: INT, value: |_| NODE_ID.to_string() },
    Own { name: "num.partitions", kind: INT, value: |of| of.log().config().partitions.to_string() },
    Own { name: "process.roles", kind: LIST, value: |_| "broker,controller".to_owned() },
];

fn advertised(request: &Request) -> String {
    let (host, port) = request.session.advertised();
    format!("PLAINTEXT://{host}:{port}")
}

fn dir(config: &LogConfig) -> String {
    config.dir.display().to_string()
}

/// Everything there is to show; of all brokers together, only what clients have set.
pub(super) fn describe(request: &Request, is_own: bool) -> Vec<DescribedConfig> {
    let mut shown: BTreeMap<String, DescribedConfig> = BTreeMap::new();
    if is_own {
        let log = request.log().config();
        for (setting, value) in TopicConfig::default().shown(log) {
            let source = source_number(value.source);
            shown.insert(
                setting.broker_name.to_owned(),
                config(setting.broker_name, value.value, source, kind_number(setting.kind)),
            );
        }
        for own in OWN {
            shown
                .insert(own.name.to_owned(), config(own.name, (own.value)(request), STATIC_SOURCE, own.kind));
        }
    }
    for (name, value) in request.session.admin.broker_settings(is_own) {
        let kept = DescribedConfig { read_only: false, ..config(&name, value, DYNAMIC_BROKER_SOURCE, TEXT) };
        shown.insert(name, kept);
    }
    shown.into_values().collect()
}

fn config(name: &str, value: String, source: i8, config_type: i8) -> DescribedConfig {
    let synonym = ConfigSynonym { name: name.to_owned(), value: Some(value.clone()), source };
    DescribedConfig {
        name: name.to_owned(),
        value: Some(value),
        read_only: true,
        config_source: source,
        synonyms: vec![synonym],
        config_type,
        ..DescribedConfig::default()
    }
}

/// Whether clients may set this: nothing here acts on it, and it is not shown with a value of girok's.
pub(super) fn may_keep(name: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "sasl.",
        "ssl.",
        "listener.name.",
        "background.threads",
        "num.",
        "log.cleaner.",
        "metric",
        "max.connection",
        "follower.",
        "leader.",
        "remote.",
        "replica.",
    ];
    let is_shown = SETTINGS.iter().any(|setting| setting.broker_name == name && setting.is_applied)
        || OWN.iter().any(|own| own.name == name);
    let is_kept = SETTINGS.iter().any(|setting| setting.broker_name == name && !setting.is_applied);
    !is_shown && (is_kept || PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}

/// Why the others are refused.
pub(super) const REFUSED: &str = "girok's own configuration sets this, or nothing is called so";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_girok_decides_is_not_to_be_set_here() {
        for refused in
            ["log.retention.ms", "node.id", "num.partitions", "log.topic.bytes.max", "no.such.thing"]
        {
            assert!(!may_keep(refused), "{refused}");
        }
        for kept in
            ["sasl.kerberos.min.time.before.relogin", "replica.fetch.max.bytes", "log.index.interval.bytes"]
        {
            assert!(may_keep(kept), "{kept}");
        }
    }
}
