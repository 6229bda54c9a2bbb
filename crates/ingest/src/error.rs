//! Why bytes were not taken, in terms a door can turn into its protocol's answer.

use girok_event::InvalidDatasetName;

/// What a sender can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bytes are wrong: sending them again will not help.
    BadInput,
    /// The bytes are more than a limit allows: send less at a time.
    OverLimit,
    /// There is no room now: send the same bytes again later.
    Overloaded,
    /// The log cannot take writes; an operator must act, then the same bytes can be sent again.
    Unavailable,
}

/// Why a request, a batch or a frame was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// A compressed body that does not decompress.
    #[error("cannot decompress the body as {codec}: {reason}")]
    Decompress {
        /// The codec its first bytes announce.
        codec: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// A body that is over the limit, once decompressed.
    #[error(
        "cannot accept the body: decompressed it is over the limit of {limit_bytes} bytes (BODY_BYTES_MAX)\nhint: send it in smaller requests"
    )]
    BodyTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// A JSON array that is broken; none of its elements were taken.
    #[error("cannot read the JSON array: {reason} at byte {position}")]
    BrokenArray {
        /// Where, counted from the first byte of the decompressed body.
        position: usize,
        /// What was expected or found.
        reason: &'static str,
    },
    /// A bulk request whose action line is no action; nothing of it was taken.
    #[error("cannot read the bulk request: line {line} is no action: {reason}")]
    BrokenAction {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// One event that is over the limit.
    #[error(
        "cannot accept an event of {size_bytes} bytes: the limit is {limit_bytes} bytes (RECORD_BYTES_MAX)"
    )]
    EventTooLarge {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// A name that cannot name a dataset.
    #[error("{0}")]
    InvalidDataset(InvalidDatasetName),
    /// All memory that bodies may take is taken.
    #[error(
        "cannot accept the body now: {limit_bytes} bytes of bodies are being taken in\nhint: send it again later"
    )]
    Busy {
        /// The most bytes of bodies at a time.
        limit_bytes: usize,
    },
    /// The log has no room.
    #[error("cannot append to the log now: {reason}\nhint: send it again later")]
    Overloaded {
        /// What the log said.
        reason: String,
    },
    /// The topic takes no record of that size.
    #[error("cannot append to the log: {reason}\nhint: raise the topic's `max.message.bytes`")]
    TooLargeForTopic {
        /// What the log said.
        reason: String,
    },
    /// The log failed or is closed.
    #[error("cannot append to the log: {reason}")]
    Unavailable {
        /// What the log said.
        reason: String,
    },
}

impl IngestError {
    /// What the sender can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            IngestError::Decompress { .. }
            | IngestError::BrokenArray { .. }
            | IngestError::BrokenAction { .. }
            | IngestError::InvalidDataset(_) => ErrorKind::BadInput,
            IngestError::BodyTooLarge { .. }
            | IngestError::EventTooLarge { .. }
            | IngestError::TooLargeForTopic { .. } => ErrorKind::OverLimit,
            IngestError::Busy { .. } | IngestError::Overloaded { .. } => ErrorKind::Overloaded,
            IngestError::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }
}

impl From<InvalidDatasetName> for IngestError {
    fn from(error: InvalidDatasetName) -> Self {
        IngestError::InvalidDataset(error)
    }
}
