//! The APIs, by what they are about. A handler takes a request and says what is to be answered.

pub(crate) mod acls;
pub(crate) mod alter_configs;
mod broker_settings;
pub(crate) mod cluster;
pub(crate) mod commits;
pub(crate) mod configs;
pub(crate) mod consumers;
pub(crate) mod credentials;
pub(crate) mod data;
pub(crate) mod describe_topics;
pub(crate) mod dirs;
mod fetching;
pub(crate) mod forget;
mod group_settings;
pub(crate) mod groups;
pub(crate) mod login;
pub(crate) mod metadata;
pub(crate) mod offsets;
pub(crate) mod producers;
pub(crate) mod records;
pub(crate) mod replicas;
pub(crate) mod topics;
pub(crate) mod transactions;
pub(crate) mod versions;
