//! Which settings can a group have of its own?
//!
//! Those of groups whose partitions the coordinator shares out (KIP-848): how long a member may be silent, and how
//! often it says that it lives. As in Kafka a group need not exist to have them, and they outlive its members.

use girok_wire::protocol::{ConfigSynonym, DescribedConfig, code};

use super::configs::DEFAULT_SOURCE;
use crate::admin::{Admin, GroupSettings};
use crate::fault::Refusal;

/// `INT` in Kafka's numbers of kinds of values.
const INT: i8 = 3;
/// What the group sets, in Kafka's numbers of sources.
const GROUP_SOURCE: i8 = 8;

/// A setting of a group.
#[derive(Debug)]
pub(super) struct GroupSetting {
    pub(super) name: &'static str,
    /// What Kafka calls the default of all groups.
    broker_name: &'static str,
    min: i32,
    max: i32,
    default: i32,
    documentation: &'static str,
}

/// A member silent for longer is taken out.
pub(super) static SESSION_TIMEOUT_MS: GroupSetting = GroupSetting {
    name: "consumer.session.timeout.ms",
    broker_name: "group.consumer.session.timeout.ms",
    min: 1000,
    max: 30 * 60_000,
    default: 45_000,
    documentation: "A member of the consumer protocol that is silent for longer loses its partitions.",
};

/// Members hear of changes with a heartbeat, so it is how long a change takes.
pub(super) static HEARTBEAT_INTERVAL_MS: GroupSetting = GroupSetting {
    name: "consumer.heartbeat.interval.ms",
    broker_name: "group.consumer.heartbeat.interval.ms",
    min: 100,
    max: 60_000,
    default: 500,
    documentation: "How often members of the consumer protocol are told to send a heartbeat.",
};

static ALL: [&GroupSetting; 2] = [&HEARTBEAT_INTERVAL_MS, &SESSION_TIMEOUT_MS];

impl GroupSetting {
    pub(super) fn find(name: &str) -> Result<&'static GroupSetting, Refusal> {
        let found = ALL.into_iter().find(|setting| setting.name == name);
        found.ok_or_else(|| Refusal::new(code::INVALID_CONFIG, format!("groups have no setting `{name}`")))
    }

    /// The value that is meant by `text`.
    pub(super) fn check(&self, text: &str) -> Result<i32, Refusal> {
        let GroupSetting { name, min, max, .. } = self;
        let value = text.trim().parse().ok().filter(|value| (*min..=*max).contains(value));
        value.ok_or_else(|| {
            let message =
                format!("cannot set `{name}` to `{text}`, expected a whole number from {min} to {max}");
            Refusal::new(code::INVALID_CONFIG, message)
        })
    }

    /// Its value in a group with these settings of its own.
    fn value_in(&self, own: &GroupSettings) -> i32 {
        own.get(self.name).copied().unwrap_or(self.default)
    }

    /// Its value in `group`.
    pub(super) fn value_of(&self, admin: &Admin, group: &str) -> i32 {
        self.value_in(&admin.group_settings(group))
    }

    fn described(&self, own: &GroupSettings) -> DescribedConfig {
        let synonym = |name: &str, value: i32, source| ConfigSynonym {
            name: name.to_owned(),
            value: Some(value.to_string()),
            source,
        };
        let set = own.get(self.name).map(|value| synonym(self.name, *value, GROUP_SOURCE));
        DescribedConfig {
            name: self.name.to_owned(),
            value: Some(self.value_in(own).to_string()),
            config_source: if set.is_some() { GROUP_SOURCE } else { DEFAULT_SOURCE },
            synonyms: set
                .into_iter()
                .chain([synonym(self.broker_name, self.default, DEFAULT_SOURCE)])
                .collect(),
            config_type: INT,
            documentation: Some(self.documentation.to_owned()),
            ..DescribedConfig::default()
        }
    }
}

/// All settings of a group.
pub(super) fn describe(admin: &Admin, group: &str) -> Result<Vec<DescribedConfig>, Refusal> {
    check_group(group)?;
    let own = admin.group_settings(group);
    Ok(ALL.into_iter().map(|setting| setting.described(&own)).collect())
}

/// Refuses the name that would mean all groups.
pub(super) fn check_group(group: &str) -> Result<(), Refusal> {
    match group.is_empty() {
        true => Err(Refusal::new(code::INVALID_REQUEST, "the group's name is empty")),
        false => Ok(()),
    }
}

/// Refuses settings with which a member that does as it is told would be taken for lost.
pub(super) fn check_together(own: &GroupSettings) -> Result<(), Refusal> {
    let (interval, session) = (HEARTBEAT_INTERVAL_MS.value_in(own), SESSION_TIMEOUT_MS.value_in(own));
    if interval < session {
        return Ok(());
    }
    let (interval_name, session_name) = (HEARTBEAT_INTERVAL_MS.name, SESSION_TIMEOUT_MS.name);
    let message = format!("`{interval_name}` is {interval}, expected less than `{session_name}`, {session}");
    Err(Refusal::new(code::INVALID_CONFIG, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_their_range_and_fit_together() {
        for setting in ALL {
            assert_eq!(setting.check(&setting.default.to_string()), Ok(setting.default));
            assert!(std::ptr::eq(GroupSetting::find(setting.name).unwrap(), setting));
        }
        assert_eq!(check_together(&GroupSettings::new()), Ok(()));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["", "soon", "-1", "0", "1800001", "99999999999"] {
            let refusal = SESSION_TIMEOUT_MS.check(text).unwrap_err();
            assert_eq!(refusal.error_code, code::INVALID_CONFIG, "{text}");
        }
        assert!(GroupSetting::find("share.session.timeout.ms").is_err());
        let own = |interval, session| {
            let both = [(HEARTBEAT_INTERVAL_MS.name, interval), (SESSION_TIMEOUT_MS.name, session)];
            both.map(|(name, value)| (name.to_owned(), value)).into()
        };
        assert_eq!(check_together(&own(1999, 2000)), Ok(()));
        assert!(check_together(&own(2000, 2000)).is_err());
    }
}
