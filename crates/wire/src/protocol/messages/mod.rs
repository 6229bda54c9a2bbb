//! The messages, by what they are about. Names and meanings of the fields are Kafka's.

mod acls;
mod cluster;
mod configs;
mod data;
mod groups;
mod offsets;
mod security;
mod topics;
mod versions;

pub use acls::*;
pub use cluster::*;
pub use configs::*;
pub use data::*;
pub use groups::*;
pub use offsets::*;
pub use security::*;
pub use topics::*;
pub use versions::*;
