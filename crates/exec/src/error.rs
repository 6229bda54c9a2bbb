//! Why a query has no answer, and whose turn it is.

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use girok_query::{ErrorCode, ErrorSpan, QueryError, Span};
use thiserror::Error;

/// A query that was not answered.
#[derive(Debug, Error)]
pub enum ExecError {
    /// The query is wrong, in itself or for these columns.
    #[error(transparent)]
    Query(#[from] QueryError),

    /// The SQL is wrong.
    #[error("cannot run the SQL: {0}")]
    Sql(String),

    /// A parameter beside the query is wrong.
    #[error("cannot use `{value}` as `{parameter}`: {reason}")]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },

    /// No such dataset.
    #[error("cannot find a dataset called `{name}`")]
    UnknownDataset {
        /// The name asked for.
        name: String,
        /// The datasets that exist.
        known: Vec<String>,
    },

    /// The answer took longer than it may.
    #[error("cannot finish the query within {seconds} s")]
    TimeBudget {
        /// The budget.
        seconds: u64,
    },

    /// The answer needs more memory than it may have.
    #[error("cannot hold the query's groups in memory: {detail}")]
    MemoryBudget {
        /// What the engine said.
        detail: String,
    },

    /// A part was found to be damaged after rows of the answer had been sent.
    #[error("cannot finish the answer: part `{path}` is damaged: {reason}")]
    PartDamaged {
        /// Path of the part.
        path: String,
        /// What is wrong with it.
        reason: String,
    },

    /// Parts were merged again and again while rows were to be deleted from them.
    #[error("cannot finish the deletion: parts changed under it {passes} times")]
    Unsettled {
        /// How often it began again.
        passes: usize,
    },

    /// The store failed.
    #[error("cannot use the store: {0}")]
    Store(#[from] girok_store::StoreError),

    /// The data could not be read, or the engine failed.
    #[error("cannot compute the answer: {0}")]
    Engine(#[source] Box<DataFusionError>),
}

/// Whose turn it is after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The query must be written differently.
    BadInput,
    /// What was asked for does not exist.
    NotFound,
    /// The query is too large for its budget.
    OverLimit,
    /// Something broke here.
    Fault,
}

impl ExecError {
    pub(crate) fn query(message: impl Into<String>, span: Span) -> Self {
        let span = ErrorSpan { start: span.start, end: span.end, ..ErrorSpan::default() };
        let (code, message) = (ErrorCode::BadArguments, message.into());
        ExecError::Query(QueryError { code, message, span, expected: Vec::new(), hint: None })
    }

    pub(crate) fn with_hint(self, text: impl Into<String>) -> Self {
        match self {
            ExecError::Query(error) => ExecError::Query(QueryError { hint: Some(text.into()), ..error }),
            other => other,
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ExecError::Query(_) | ExecError::Sql(_) | ExecError::Parameter { .. } => ErrorKind::BadInput,
            ExecError::UnknownDataset { .. } => ErrorKind::NotFound,
            ExecError::TimeBudget { .. } | ExecError::MemoryBudget { .. } => ErrorKind::OverLimit,
            ExecError::PartDamaged { .. }
            | ExecError::Unsettled { .. }
            | ExecError::Store(_)
            | ExecError::Engine(_) => ErrorKind::Fault,
        }
    }

    /// A stable name for the error.
    pub fn code(&self) -> &str {
        match self {
            ExecError::Query(error) => error.code.as_str(),
            ExecError::Sql(_) => "E_SQL",
            ExecError::Parameter { .. } => "E_PARAMETER",
            ExecError::UnknownDataset { .. } => "E_UNKNOWN_DATASET",
            ExecError::TimeBudget { .. } => "E_TIME_BUDGET",
            ExecError::MemoryBudget { .. } => "E_MEMORY_BUDGET",
            ExecError::PartDamaged { .. } => "E_PART_DAMAGED",
            ExecError::Unsettled { .. } => "E_UNSETTLED",
            ExecError::Store(_) => "E_STORE",
            ExecError::Engine(_) => "E_ENGINE",
        }
    }

    /// What the reader can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            ExecError::Query(error) => error.hint.clone(),
            ExecError::UnknownDataset { known, .. } if known.is_empty() => {
                Some("nothing has been stored yet; send something to /api/v1/ingest/logs".into())
            }
            ExecError::UnknownDataset { known, .. } => Some(format!("there are: {}", known.join(", "))),
            ExecError::TimeBudget { .. } => Some("narrow the time range, or ask for fewer fields".into()),
            ExecError::PartDamaged { .. } => {
                Some("it is left out from now on; ask again for an answer from the rest".into())
            }
            ExecError::Unsettled { .. } => Some("ask again; what was deleted stays deleted".into()),
            ExecError::MemoryBudget { .. } => {
                Some("group by something with fewer values, or narrow the time range".into())
            }
            _ => None,
        }
    }
}

impl From<DataFusionError> for ExecError {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(detail) => {
                ExecError::MemoryBudget { detail: detail.lines().next().unwrap_or_default().to_owned() }
            }
            _ => ExecError::Engine(Box::new(error)),
        }
    }
}

impl From<ArrowError> for ExecError {
    fn from(error: ArrowError) -> Self {
        ExecError::Engine(Box::new(error.into()))
    }
}
