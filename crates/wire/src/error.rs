//! What can be wrong with a batch, by name.

/// The result of reading or writing a batch.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a batch cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer bytes than the batch says it has.
    #[error("cannot read batch: got {got} bytes, expected {expected}")]
    Truncated {
        /// Bytes at hand.
        got: usize,
        /// Bytes needed.
        expected: usize,
    },
    /// The length field is below that of an empty batch, or not that of the bytes given.
    #[error("cannot read batch: its length field says `{length}`, the bytes given are {got}")]
    Length {
        /// The field's value.
        length: i32,
        /// Bytes at hand.
        got: usize,
    },
    /// Another format version than 2.
    #[error("cannot read batch: its magic is `{magic}`, expected `2`")]
    Magic {
        /// The version found.
        magic: i8,
    },
    /// The checksum does not fit the bytes.
    #[error("cannot read batch: its CRC-32C is `{got:#010x}`, its header says `{expected:#010x}`")]
    Crc {
        /// Computed from the bytes.
        got: u32,
        /// Found in the header.
        expected: u32,
    },
    /// Record count and last offset do not belong together.
    #[error("cannot read batch: it says {count} records and a last offset delta of `{last_offset_delta}`")]
    Count {
        /// The record count field.
        count: i32,
        /// The last offset delta field.
        last_offset_delta: i32,
    },
    /// The attributes name a codec that does not exist.
    #[error("cannot read batch: its codec is `{codec}`, expected 0 to 4")]
    UnknownCodec {
        /// The codec's number.
        codec: i16,
    },
    /// The codec cannot unpack the records.
    #[error("cannot decompress batch: {codec} says: {reason}")]
    Decompress {
        /// The codec's name.
        codec: &'static str,
        /// The codec's words.
        reason: String,
    },
    /// The records unpack to more than the caller allows.
    #[error("cannot decompress batch: its records need more than the {bytes_max} bytes allowed")]
    OutputLimit {
        /// The caller's limit.
        bytes_max: usize,
    },
    /// A record's bytes contradict themselves.
    #[error("cannot read record {index} of the batch: {reason}")]
    Record {
        /// The record's place in the batch, from 0.
        index: i32,
        /// What is wrong.
        reason: &'static str,
    },
    /// The codec cannot pack the records.
    #[error("cannot compress batch: {codec} says: {reason}")]
    Compress {
        /// The codec's name.
        codec: &'static str,
        /// The codec's words.
        reason: String,
    },
    /// The records do not fit a batch.
    #[error("cannot write batch: {size_bytes} bytes or {count} records are more than a batch can hold")]
    TooLarge {
        /// Size of the batch in bytes.
        size_bytes: usize,
        /// Number of records.
        count: usize,
    },
}

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bytes are wrong.
    BadInput,
    /// The bytes are more than is allowed.
    Limit,
}

impl Error {
    /// Whose fault it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::OutputLimit { .. } | Error::TooLarge { .. } => ErrorKind::Limit,
            _ => ErrorKind::BadInput,
        }
    }
}
