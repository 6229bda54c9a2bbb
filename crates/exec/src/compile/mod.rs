//! From a query's AST to a DataFusion plan: one file for filters, one for expressions, one a pipe.

mod expr;
mod filter;
mod literal;
mod pipes;

use girok_event::Timestamp;
use girok_query::Span;
use parking_lot::Mutex;

use crate::scope::Scope;
use crate::time::TimeRange;

pub(crate) use filter::compile_filter;
pub(crate) use literal::time_expr;
pub(crate) use pipes::{Stage, apply_counted, apply_pipe, step_of_chart};

/// Something the query may not have meant, which still has an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What is odd.
    pub message: String,
    /// Where in the query.
    pub span: Span,
}

/// What compiling knows besides the query: the columns in reach, the clock's reading, the time range.
#[derive(Debug)]
pub(crate) struct Compiler {
    pub(crate) scope: Scope,
    pub(crate) now: Timestamp,
    pub(crate) range: TimeRange,
    warnings: Mutex<Vec<Warning>>,
}

impl Compiler {
    pub(crate) fn new(scope: Scope, now: Timestamp, range: TimeRange) -> Self {
        Compiler { scope, now, range, warnings: Mutex::default() }
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings.into_inner()
    }

    /// Notes that no column is called `name`, with the nearest that exists.
    fn warn_unknown_field(&self, name: &str, span: Span) {
        let mut message = format!("no event has a field `{name}`");
        if let Some(nearest) = self.scope.nearest(name) {
            message.push_str(&format!("; did you mean `{nearest}`?"));
        }
        let warning = Warning { message, span };
        let mut warnings = self.warnings.lock();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
}
