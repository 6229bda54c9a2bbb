//! The messages, by what they are about. Names and meanings of the fields are Kafka's.

mod acls;
mod cluster;
mod configs;
mod consumers;
mod data;
mod features;
mod groups;
mod offsets;
mod security;
mod topics;
mod transactions;
mod versions;

pub use acls::*;
pub use cluster::*;
pub use configs::*;
pub use consumers::*;
pub use data::*;
pub use features::*;
pub use groups::*;
pub use offsets::*;
pub use security::*;
pub use topics::*;
pub use transactions::*;
pub use versions::*;
