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

/// What an error says about the part it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartFault {
    /// Its bytes are not what was written.
    Damaged,
    /// A newer girok wrote it.
    Newer,
    /// Nothing: the disk or something else failed.
    Other,
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
    /// Another process has the folder to itself.
    #[error(
        "cannot use `{dir}`: another process has it to itself\nhint: only servers on the same Kafka cluster can share a folder"
    )]
    Occupied {
        /// The folder.
        dir: String,
    },
    /// Processes at work on the folder count the offsets of another log.
    #[error(
        "cannot use log `{wanted}`: other processes are at work on this store with log `{in_use}`\nhint: stop them first"
    )]
    OtherLog {
        /// The log that is asked for.
        wanted: String,
        /// The log that is used.
        in_use: String,
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
    /// Parts that were to be replaced are no longer there.
    #[error("cannot replace parts of `{dataset}` partition {partition}: `{path}` is gone")]
    PartsGone {
        /// The dataset.
        dataset: DatasetName,
        /// The partition.
        partition: u32,
        /// The part.
        path: String,
    },
    /// A part that holds what no version of girok writes.
    #[error("cannot read part `{path}`: {what}")]
    Damaged {
        /// Its path.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// A part of a version that this girok does not know.
    #[error(
        "cannot read part `{path}`: its format has version {got}, this girok reads up to {known}\nhint: run the newer girok that wrote it"
    )]
    PartVersion {
        /// Its path.
        path: String,
        /// As it says.
        got: u32,
        /// The newest known.
        known: u32,
    },
    /// A day table cannot be read.
    #[error("cannot read day table `{path}`\nhint: searches go on without it, and open each part of the day")]
    DayTable {
        /// Its path.
        path: String,
        /// Why.
        source: IndexError,
    },
    /// Parquet cannot read a part.
    #[error("cannot read part `{path}`")]
    Unreadable {
        /// Its path.
        path: String,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// Whoever asked for the work told it to stop.
    #[error("cannot finish the rewrite of parts: it was told to stop")]
    Stopped,
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
    pub(crate) fn damaged(path: &str, what: impl Into<String>) -> Self {
        StoreError::Damaged { path: path.to_owned(), what: what.into() }
    }

    /// What it says about the part it is about, wherever in its causes that stands.
    pub fn part_fault(&self) -> PartFault {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(self);
        let mut fault = PartFault::Other;
        while let Some(error) = next {
            match error.downcast_ref::<StoreError>() {
                Some(StoreError::PartVersion { .. }) => return PartFault::Newer,
                Some(StoreError::Index { source: IndexError::UnknownVersion { .. }, .. }) => {
                    return PartFault::Newer;
                }
                Some(
                    StoreError::Damaged { .. } | StoreError::Index { .. } | StoreError::Unreadable { .. },
                ) => {
                    fault = PartFault::Damaged;
                }
                // The store could not be read, unless what follows says that it read something wrong.
                Some(StoreError::Object { .. } | StoreError::File { .. }) => fault = PartFault::Other,
                _ => {}
            }
            next = error.source();
        }
        fault
    }

    /// Who has to act.
    pub fn kind(&self) -> ErrorKind {
        match self {
            StoreError::NotAtCheckpoint { .. }
            | StoreError::InvalidPart { .. }
            | StoreError::InvalidChunks { .. } => ErrorKind::BadInput,
            StoreError::PartsGone { .. }
            | StoreError::PartVersion { .. }
            | StoreError::Stopped
            | StoreError::DayTable { .. }
            | StoreError::Catalog { .. }
            | StoreError::Object { .. }
            | StoreError::File { .. }
            | StoreError::Occupied { .. }
            | StoreError::OtherLog { .. }
            | StoreError::CatalogVersion { .. } => ErrorKind::Environment,
            StoreError::CatalogDamaged { .. }
            | StoreError::Damaged { .. }
            | StoreError::Unreadable { .. }
            | StoreError::Index { .. }
            | StoreError::Columns(_)
            | StoreError::Parquet(_) => ErrorKind::Bug,
        }
    }
}
