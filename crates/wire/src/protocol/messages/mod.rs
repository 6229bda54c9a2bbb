//! The messages, by what they are about. Names and meanings of the fields are Kafka's.

mod data;
mod groups;
mod offsets;
mod versions;

pub use data::*;
pub use groups::*;
pub use offsets::*;
pub use versions::*;
