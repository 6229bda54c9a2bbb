//! What can go wrong in the store, and whose fault it is.

use girok_event::DatasetName;
use girok_index::IndexError;

/// Who has to act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller asked for what cannot be.
    BadInput,
    /// A limit was passed.
    OverLimit,
    /// Disk, database or files: trying again may help.
    Environment,
    /// This program is wrong, or data on disk is damaged.
    Bug,
}

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A part does not start where the checkpoint of its partition stands.
    #[error(
        "cannot publish offsets {from}..{until} of `{dataset}` partition {partition}: the checkpoint is {checkpoint}\nhint: another worker has published; read on from the checkpoint"
    )]
    NotAtCheckpoint {
        /// The dataset.
        dataset: DatasetName,
        /// The partition.
        partition: u32,
        /// Where the part begins.
        from: i64,
        /// Where it ends, exclusive.
        until: i64,
        /// Where it had to begin.
        checkpoint: i64,
    },
    /// A part whose numbers contradict each other.
    #[error("cannot publish part `{path}`: {reason}")]
    InvalidPart {
        /// Its path.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Chunks that cannot be one part.
    #[error("cannot write part: {reason}")]
    InvalidChunks {
        /// What is wrong.
        reason: &'static str,
    },
    /// The catalog was written by a newer girok.
    #[error(
        "cannot open catalog: its version is {got}, this girok knows {known}\nhint: run the newer girok that wrote it"
    )]
    CatalogVersion {
        /// As stored.
        got: i64,
        /// The newest known.
        known: i64,
    },
    /// The catalog holds something no version of girok writes.
    #[error("cannot read catalog: {what}")]
    CatalogDamaged {
        /// What and where.
        what: String,
    },
    /// SQLite failed.
    #[error("cannot {action} catalog")]
    Catalog {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: rusqlite::Error,
    },
    /// The object store failed.
    #[error("cannot {action} part `{path}`")]
    Object {
        /// What was tried.
        action: &'static str,
        /// Path of the part.
        path: String,
        /// Why it failed.
        source: object_store::Error,
    },
    /// A file or directory of the parts failed.
    #[error("cannot {action} `{path}`")]
    File {
        /// What was tried.
        action: &'static str,
        /// Path of the file.
        path: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The index section of a part cannot be used.
    #[error("cannot use index of part `{path}`")]
    Index {
        /// Path of the part.
        path: String,
        /// Why.
        source: IndexError,
    },
    /// Arrow refused columns.
    #[error("cannot build columns")]
    Columns(#[from] arrow::error::ArrowError),
    /// Parquet refused to write or read.
    #[error("cannot encode part")]
    Parquet(#[from] parquet::errors::ParquetError),
}

impl StoreError {
    /// Who has to act.
    pub fn kind(&self) -> ErrorKind {
        match self {
            StoreError::NotAtCheckpoint { .. }
            | StoreError::InvalidPart { .. }
            | StoreError::InvalidChunks { .. } => ErrorKind::BadInput,
            StoreError::Catalog { .. }
            | StoreError::Object { .. }
            | StoreError::File { .. }
            | StoreError::CatalogVersion { .. } => ErrorKind::Environment,
            StoreError::CatalogDamaged { .. }
            | StoreError::Index { .. }
            | StoreError::Columns(_)
            | StoreError::Parquet(_) => ErrorKind::Bug,
        }
    }
}
