//! What librdkafka has to say to an operator.

use rdkafka::error::KafkaError;

/// Logs what went wrong in `client`; it tries again by itself.
pub(crate) fn report(client: &'static str, error: &KafkaError, reason: &str) {
    tracing::warn!(client, %error, reason, "kafka cluster");
}
