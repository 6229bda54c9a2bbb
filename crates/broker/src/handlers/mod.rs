//! The APIs, by what they are about. A handler takes a request and says what is to be answered.

pub(crate) mod commits;
pub(crate) mod data;
mod fetching;
pub(crate) mod groups;
pub(crate) mod metadata;
pub(crate) mod offsets;
pub(crate) mod producers;
pub(crate) mod versions;
