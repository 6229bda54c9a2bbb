//! What librdkafka has to say to an operator.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Logs what went wrong in `client`; it tries again by itself.
pub(crate) fn report(client: &'static str, error: &KafkaError, reason: &str) {
    if is_absent_topic(error) {
        return;
    }
    tracing::warn!(client, %error, reason, "kafka cluster");
}

/// Whether the cluster does not let us in, or we do not trust it.
pub(crate) fn is_refusal(error: &KafkaError) -> bool {
    let refusals = [RDKafkaErrorCode::Authentication, RDKafkaErrorCode::SSL];
    error.rdkafka_error_code().is_some_and(|code| refusals.contains(&code))
}

/// Whether a topic is not there: it was not made yet, or is being deleted.
pub(crate) fn is_absent_topic(error: &KafkaError) -> bool {
    let absent = [RDKafkaErrorCode::UnknownTopicOrPartition, RDKafkaErrorCode::UnknownTopic];
    error.rdkafka_error_code().is_some_and(|code| absent.contains(&code))
}
