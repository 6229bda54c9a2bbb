//! Which of Kafka's error codes says what went wrong?

use girok_commitlog::{Error, GroupError, SequenceError, TransactionError};
use girok_wire::protocol::code;

/// Why something is refused, as an answer says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) error_code: i16,
    pub(crate) message: Option<String>,
}

impl Refusal {
    pub(crate) fn new(error_code: i16, message: impl Into<String>) -> Self {
        Refusal { error_code, message: Some(message.into()) }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::new(code_of(&error), error.to_string())
    }
}

/// The code of an error of the log.
pub(crate) fn code_of(error: &Error) -> i16 {
    match error {
        Error::UnknownTopic { .. } | Error::UnknownPartition { .. } => code::UNKNOWN_TOPIC_OR_PARTITION,
        Error::TopicExists { .. } => code::TOPIC_ALREADY_EXISTS,
        Error::InvalidTopic(_) => code::INVALID_TOPIC_EXCEPTION,
        Error::InvalidConfig { key: "num.partitions", .. } => code::INVALID_PARTITIONS,
        Error::InvalidConfig { .. } => code::INVALID_CONFIG,
        Error::OffsetOutOfRange { .. } => code::OFFSET_OUT_OF_RANGE,
        Error::BadBatch { .. } => code::CORRUPT_MESSAGE,
        Error::MissingKey { .. } => code::INVALID_RECORD,
        Error::UnknownConfig { .. } => code::INVALID_CONFIG,
        Error::TooLarge { .. } => code::MESSAGE_TOO_LARGE,
        Error::Sequence { source, .. } => code_of_sequence(source),
        Error::Transaction { source: TransactionError::Fenced, .. } => code::INVALID_PRODUCER_EPOCH,
        Error::Transaction { source, .. } => code_of_transaction(source),
        Error::DiskFull { .. } | Error::Poisoned { .. } | Error::Io { .. } | Error::Closed => {
            code::KAFKA_STORAGE_ERROR
        }
        Error::UnknownMember { .. } => code::UNKNOWN_MEMBER_ID,
        _ => code::UNKNOWN_SERVER_ERROR,
    }
}

/// The code of what a group says.
pub(crate) fn code_of_group(error: &GroupError) -> i16 {
    match error {
        GroupError::UnknownMember => code::UNKNOWN_MEMBER_ID,
        GroupError::IllegalGeneration => code::ILLEGAL_GENERATION,
        GroupError::InconsistentProtocol => code::INCONSISTENT_GROUP_PROTOCOL,
        GroupError::RebalanceInProgress => code::REBALANCE_IN_PROGRESS,
        GroupError::MemberIdRequired { .. } => code::MEMBER_ID_REQUIRED,
        GroupError::FencedInstance => code::FENCED_INSTANCE_ID,
        GroupError::InvalidSessionTimeout => code::INVALID_SESSION_TIMEOUT,
        GroupError::FencedEpoch => code::FENCED_MEMBER_EPOCH,
        GroupError::StaleEpoch => code::STALE_MEMBER_EPOCH,
        GroupError::UnreleasedInstance => code::UNRELEASED_INSTANCE_ID,
        GroupError::UnsupportedAssignor { .. } => code::UNSUPPORTED_ASSIGNOR,
        GroupError::InvalidPattern(_) => code::INVALID_REGULAR_EXPRESSION,
        GroupError::InvalidRequest => code::INVALID_REQUEST,
        GroupError::NonEmpty => code::NON_EMPTY_GROUP,
        GroupError::NotFound => code::GROUP_ID_NOT_FOUND,
        GroupError::Log(error) => code_of(error),
    }
}

/// The code of what the coordinator of transactions says.
pub(crate) fn code_of_transaction(error: &TransactionError) -> i16 {
    match error {
        TransactionError::UnknownProducer => code::INVALID_PRODUCER_ID_MAPPING,
        TransactionError::Fenced => code::PRODUCER_FENCED,
        TransactionError::InvalidState => code::INVALID_TXN_STATE,
        TransactionError::Concurrent => code::CONCURRENT_TRANSACTIONS,
        TransactionError::InvalidTimeout => code::INVALID_TRANSACTION_TIMEOUT,
        TransactionError::Log(error) => code_of(error),
    }
}

fn code_of_sequence(error: &SequenceError) -> i16 {
    match error {
        SequenceError::OutOfOrder { .. } => code::OUT_OF_ORDER_SEQUENCE_NUMBER,
        SequenceError::UnknownProducer { .. } => code::UNKNOWN_PRODUCER_ID,
        SequenceError::StaleEpoch { .. } => code::INVALID_PRODUCER_EPOCH,
        SequenceError::SeveralBatches { .. } => code::INVALID_RECORD,
    }
}
