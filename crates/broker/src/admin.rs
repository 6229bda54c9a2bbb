//! What clients have told the broker and it must remember: rules, settings of groups, and settings that it only keeps.
//!
//! Rules are not enforced: whoever reaches the port may do everything. They are here so that they can be written
//! down and looked up, and move along to a cluster that enforces them.

use std::collections::{BTreeMap, BTreeSet};

use girok_commitlog::{CommitLog, Error};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::acl::{Acl, Filter};
use crate::fault::Refusal;

/// The documents beside the log.
const ACLS: &str = "acls";
const BROKER_SETTINGS: &str = "broker-settings";
const GROUP_SETTINGS: &str = "group-settings";

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Admin {
    acls: Mutex<BTreeSet<Acl>>,
    settings: Mutex<Settings>,
    groups: Mutex<BTreeMap<String, GroupSettings>>,
}

/// Settings by name: of all brokers, and of this one.
type Settings = [BTreeMap<String, String>; 2];

/// What a group sets, by name.
pub(crate) type GroupSettings = BTreeMap<String, i32>;

impl Admin {
    /// Everything as it was.
    ///
    /// # Errors
    /// If a document cannot be read.
    pub(crate) fn load(log: &CommitLog) -> Result<Self, Error> {
        Ok(Admin {
            acls: Mutex::new(load(log, ACLS)?),
            settings: Mutex::new(load(log, BROKER_SETTINGS)?),
            groups: Mutex::new(load(log, GROUP_SETTINGS)?),
        })
    }

    /// The rules that `filter` means, sorted.
    pub(crate) fn acls(&self, filter: &Filter) -> Vec<Acl> {
        self.acls.lock().iter().filter(|acl| filter.fits(acl)).cloned().collect()
    }

    /// Adds rules; those that are there already stay.
    pub(crate) fn add_acls(&self, log: &CommitLog, acls: Vec<Acl>) -> Result<(), Refusal> {
        let mut kept = self.acls.lock();
        let all: BTreeSet<_> = kept.iter().cloned().chain(acls).collect();
        if all != *kept {
            store(log, ACLS, &all)?;
            *kept = all;
        }
        Ok(())
    }

    /// Removes the rules that `filter` means.
    pub(crate) fn remove_acls(&self, log: &CommitLog, filter: &Filter) -> Result<Vec<Acl>, Refusal> {
        let mut kept = self.acls.lock();
        let (doomed, rest): (Vec<_>, BTreeSet<_>) = {
            let (doomed, rest): (Vec<_>, Vec<_>) = kept.iter().cloned().partition(|acl| filter.fits(acl));
            (doomed, rest.into_iter().collect())
        };
        if !doomed.is_empty() {
            store(log, ACLS, &rest)?;
            *kept = rest;
        }
        Ok(doomed)
    }

    /// Settings that are only kept: of this broker, or of all.
    pub(crate) fn broker_settings(&self, is_own: bool) -> BTreeMap<String, String> {
        self.settings.lock()[usize::from(is_own)].clone()
    }

    /// Replaces them.
    pub(crate) fn set_broker_settings(
        &self,
        log: &CommitLog,
        is_own: bool,
        settings: BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let mut kept = self.settings.lock();
        let mut all = kept.clone();
        all[usize::from(is_own)] = settings;
        store(log, BROKER_SETTINGS, &all)?;
        *kept = all;
        Ok(())
    }

    /// What a group sets for itself.
    pub(crate) fn group_settings(&self, group: &str) -> GroupSettings {
        self.groups.lock().get(group).cloned().unwrap_or_default()
    }

    /// The groups that set something, sorted.
    pub(crate) fn groups_with_settings(&self) -> Vec<String> {
        self.groups.lock().keys().cloned().collect()
    }

    /// Replaces what a group sets for itself.
    pub(crate) fn set_group_settings(
        &self,
        log: &CommitLog,
        group: &str,
        own: GroupSettings,
    ) -> Result<(), Refusal> {
        let mut kept = self.groups.lock();
        let mut all = kept.clone();
        match own.is_empty() {
            true => all.remove(group),
            false => all.insert(group.to_owned(), own),
        };
        store(log, GROUP_SETTINGS, &all)?;
        *kept = all;
        Ok(())
    }
}

fn load<T: DeserializeOwned + Default>(log: &CommitLog, name: &'static str) -> Result<T, Error> {
    let Some(document) = log.read_document(name)? else { return Ok(T::default()) };
    Ok(serde_json::from_slice(&document).unwrap_or_else(|error| {
        tracing::error!(name, %error, "cannot understand a document beside the log; it is taken as empty");
        T::default()
    }))
}

fn store(log: &CommitLog, name: &str, value: &impl Serialize) -> Result<(), Refusal> {
    let document = serde_json::to_vec(value)
        .map_err(|error| Refusal::new(girok_wire::protocol::code::UNKNOWN_SERVER_ERROR, error.to_string()))?;
    Ok(log.write_document(name, &document)?)
}
