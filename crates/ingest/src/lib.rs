//! How bytes that arrive at a door become records in the commit log.
//!
//! Ingest frames, it never parses: it cuts bytes into events, stamps each with its arrival, its door and its
//! sender, batches them, appends the batches, and says so once they are durable in the class their topic
//! asks for. What an event means is found out behind the log.
//!
//! Every way in goes through [`Ingest`]:
//! - [`Ingest::receive`] takes the body of a request: NDJSON, a JSON array or lines of text;
//! - [`Ingest::bulk`] takes an Elasticsearch `_bulk` body;
//! - [`syslog::start`] opens the syslog listeners;
//! - [`Ingest::append`] takes events that are framed already.

pub mod bulk;
pub mod frame;
pub mod metrics;
pub mod syslog;

mod body;
mod documents;
mod error;
mod json_array;
mod json_scan;
mod lane;
mod lines;
mod log;
mod producer;
mod receive;
mod record;
mod room;
mod spread;

#[cfg(test)]
mod testing;

pub use error::{ErrorKind, IngestError};
pub use lane::Batching;
pub use producer::{Ack, Clock, Ingest};
pub use receive::{Receipt, Request, RowError};
pub use record::{Content, Envelope, Record};
