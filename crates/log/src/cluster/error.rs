//! What can go wrong with a cluster.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::ErrorKind;

/// Why a cluster, or its client, did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No broker of the cluster answers.
    #[error(
        "cannot reach Kafka at `{servers}`: {reason}\n\
         hint: check `kafka.bootstrap.servers`, and that the brokers' `advertised.listeners` can be reached from here; a \
         cluster that wants TLS or a login needs `kafka.security.protocol`"
    )]
    Unreachable {
        /// The brokers asked.
        servers: String,
        /// What librdkafka said, last of all.
        reason: String,
    },
    /// The cluster does not let us in, or we do not trust it.
    #[error(
        "cannot log in to Kafka at `{servers}`: {reason}\n\
         hint: check `kafka.security.protocol`, user, password and mechanism below `kafka.sasl`, and the files below \
         `kafka.ssl`"
    )]
    Refused {
        /// The brokers asked.
        servers: String,
        /// What librdkafka said.
        reason: String,
    },
    /// The cluster does not say which one it is, so that nobody could tell its offsets from another's.
    #[error("cannot use the Kafka cluster at `{servers}`: it does not tell its cluster id")]
    NoClusterId {
        /// The brokers asked.
        servers: String,
    },
    /// A topic cannot be made in the cluster.
    #[error("cannot make topic `{topic}` in the cluster: {source}")]
    NoTopic {
        /// The topic.
        topic: String,
        /// What the cluster said.
        source: KafkaError,
    },
    /// The cluster did not take records.
    #[error("cannot append to `{topic}` in the cluster: {source}")]
    NotTaken {
        /// The topic.
        topic: String,
        /// What the cluster or the client said.
        source: KafkaError,
    },
    /// The client failed.
    #[error("cannot {action}: {source}")]
    Client {
        /// What was tried.
        action: &'static str,
        /// What librdkafka said.
        source: KafkaError,
    },
}

impl ClusterError {
    pub(crate) fn kind(&self) -> ErrorKind {
        let ClusterError::NotTaken { source, .. } = self else { return ErrorKind::Unavailable };
        match source.rdkafka_error_code() {
            Some(RDKafkaErrorCode::QueueFull | RDKafkaErrorCode::MessageTimedOut) => ErrorKind::Full,
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => ErrorKind::TooLarge,
            _ => ErrorKind::Unavailable,
        }
    }
}
