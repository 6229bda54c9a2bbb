//! A log in an operator's hand: asked now, watched all the time, changed by its rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use girok_commitlog::Clock;

use crate::error::{AdminError, Result};
use crate::lag::Times;
use crate::reset::{self, Moved, Reset};
use crate::{Brokers, ClusterAdmin, Group, GroupLag, NewTopic, Setting, Topic, TopicChange, Watch};

/// What the doors use; calls may wait for a network.
pub struct Cluster {
    admin: Arc<dyn ClusterAdmin>,
    own_group: String,
    times: Times,
    watch: Watch,
}

impl Cluster {
    /// Begins to watch `admin`. The group `own_group` is girok's, and nobody else's to change.
    pub fn new(admin: Arc<dyn ClusterAdmin>, own_group: &str, clock: Arc<dyn Clock>) -> Self {
        let watch = Watch::start(admin.clone(), clock);
        Cluster { admin, own_group: own_group.to_owned(), times: Times::default(), watch }
    }

    /// What was seen at intervals.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Whether `group` is girok's own.
    pub fn is_own(&self, group: &str) -> bool {
        group == self.own_group
    }

    /// Who serves the log.
    pub fn brokers(&self) -> Result<Brokers> {
        self.admin.brokers()
    }

    /// All topics, by name.
    pub fn topics(&self) -> Result<Vec<Topic>> {
        self.admin.topics()
    }

    /// One topic, with its settings.
    pub fn topic(&self, name: &str) -> Result<(Topic, Vec<Setting>)> {
        let found = self.admin.topics()?.into_iter().find(|topic| topic.name == name);
        let topic = found.ok_or_else(|| AdminError::UnknownTopic { topic: name.to_owned() })?;
        let mut settings = self.admin.settings(name)?;
        settings.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((topic, settings))
    }

    /// Makes a topic.
    pub fn create_topic(&self, topic: &NewTopic) -> Result<()> {
        self.admin.create_topic(topic)
    }

    /// Changes a topic.
    pub fn alter_topic(&self, name: &str, change: &TopicChange) -> Result<()> {
        self.admin.alter_topic(name, change)
    }

    /// Deletes a topic with its records.
    pub fn delete_topic(&self, name: &str) -> Result<()> {
        self.admin.delete_topic(name)
    }

    /// All groups, by name, each with how far it is behind now.
    pub fn groups(&self) -> Result<Vec<(Group, GroupLag)>> {
        let (groups, topics) = (self.admin.groups()?, self.admin.topics()?);
        let mut lags: BTreeMap<_, _> = self.times.lag_of(self.admin.as_ref(), &groups, &topics)?;
        let with_lag = groups.into_iter().map(|group| {
            let lag = lags.remove(&group.name).unwrap_or_default();
            (group, lag)
        });
        Ok(with_lag.collect())
    }

    /// One group with its lag.
    pub fn group(&self, name: &str) -> Result<(Group, GroupLag)> {
        let found = self.groups()?.into_iter().find(|(group, _)| group.name == name);
        found.ok_or_else(|| AdminError::UnknownGroup { group: name.to_owned() })
    }

    /// Moves a group's offsets, or says what would be moved.
    pub fn reset(&self, group: &str, wanted: &Reset) -> Result<Vec<Moved>> {
        self.check_not_own(group, "reset")?;
        let known = match self.group(group) {
            Ok((known, _)) => known,
            // One that has not come yet can be told where to begin.
            Err(AdminError::UnknownGroup { group }) if !wanted.topics.is_empty() => {
                Group { name: group, ..Group::default() }
            }
            Err(error) => return Err(error),
        };
        reset::reset(self.admin.as_ref(), &known, wanted)
    }

    /// Forgets a group.
    pub fn delete_group(&self, group: &str) -> Result<()> {
        self.check_not_own(group, "delete")?;
        let (known, _) = self.group(group)?;
        match known.members.len() {
            0 => self.admin.delete_group(group),
            members => Err(AdminError::GroupInUse { verb: "delete", group: group.to_owned(), members }),
        }
    }

    fn check_not_own(&self, group: &str, verb: &'static str) -> Result<()> {
        if self.is_own(group) { Err(AdminError::OwnGroup { verb, group: group.to_owned() }) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cluster({:?})", self.watch)
    }
}
