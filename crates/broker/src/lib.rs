//! The Kafka port: serves the commit log to any Kafka client.
//!
//! A topic here is a topic of the commit log, and so a dataset and a table: what a client produces is stored
//! and searched like any event. One node answers for everything; every partition's leader and every group's
//! coordinator is this one. [`served`] is the table of what is understood.
//!
//! What holds:
//! - answers come in the order of the requests, on each connection;
//! - batches are stored and given out as their producer sent them, but for base offset and leader epoch;
//! - a connection holds one request, the answers of at most [`connection::ANSWERS_MAX`] more, and the
//!   batches of one fetch; a client that does not read its answers is not read from;
//! - bytes that are no request close the connection, and nothing else.

mod acl;
mod admin;
mod connection;
mod fault;
mod handlers;
mod listener;
mod members;
mod security;
mod served;
mod session;

pub use listener::{Broker, ListenError, start};
pub use security::{Mechanism, NoRandomness, Passwords, SecurityConfig, SecurityError, TlsError, TlsFiles};
pub use served::{Served, served};
pub use session::{Advertised, BrokerConfig, CLUSTER_ID, NODE_ID};
