//! What an event is: the nouns that every floor above shares.
//!
//! Nothing here reads a file, a socket or a clock. An [`Event`] borrows from the bytes it was parsed from
//! and from an arena, so that a worker can parse millions of lines without an allocation a line.

pub mod alias;
pub mod columns;
pub mod headers;
pub mod limits;

mod dataset;
mod event;
mod timestamp;

pub use dataset::{DatasetName, InvalidDatasetName};
pub use event::{Event, Field, Format, Value};
pub use timestamp::{Civil, Timestamp};
