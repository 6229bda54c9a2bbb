//! What is the commit log to those who write to it and read from it, whichever log it is?
//!
//! [`LogClient`] is the seam: topics are made, whole record batches are appended to a partition and count once
//! they are durable, members of a group read them. Behind it stands either the log embedded in this process
//! ([`EmbeddedLog`]) or a Kafka cluster ([`open_cluster`]), whose client is built with the feature `cluster`. Doors and
//! workers know only the seam.

mod client;
#[cfg(feature = "cluster")]
mod cluster;
mod config;
mod durable;
mod embedded;
mod error;
mod security;

pub use client::{LogClient, LogConsumer, Polled, TopicPartition};
#[cfg(feature = "cluster")]
pub use cluster::{ClusterError, ClusterLog};
pub use config::{ClusterConfig, open_cluster};
pub use durable::Durable;
pub use embedded::EmbeddedLog;
pub use error::{ErrorKind, LogError};
pub use security::{Access, Login, SaslMechanism, Security, SecurityError, SecurityProtocol, TlsAccess};
