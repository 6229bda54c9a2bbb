//! What can be wrong with a query, said so that its author can mend it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Span, limits};

/// Why a query was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What kind of mistake it is; stable, for programs.
    pub code: ErrorCode,
    /// What is wrong, in words.
    pub message: String,
    /// Where.
    pub span: ErrorSpan,
    /// What could stand there instead; empty where a list would not help.
    pub expected: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Where an error lies, counted in bytes and in UTF-16 units (what browsers count).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ErrorSpan {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// First UTF-16 unit.
    pub start16: usize,
    /// The UTF-16 unit after the last.
    pub end16: usize,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// The kinds of mistakes. Their texts never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// The stable text, `E_…`.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $text,)* }
            }
        }
    };
}

codes! {
    /// The query is longer, deeper or has more parts than allowed.
    TooLarge = "E_TOO_LARGE",
    /// A quote, back-tick or comment is not closed.
    Unclosed = "E_UNCLOSED",
    /// A parenthesis or bracket is not closed, or closes nothing.
    Unbalanced = "E_UNBALANCED",
    /// A condition is missing.
    ExpectedCondition = "E_EXPECTED_CONDITION",
    /// A value is missing.
    ExpectedValue = "E_EXPECTED_VALUE",
    /// A field name is missing.
    ExpectedField = "E_EXPECTED_FIELD",
    /// A pipe's name is missing.
    ExpectedPipe = "E_EXPECTED_PIPE",
    /// An aggregate is missing.
    ExpectedAggregate = "E_EXPECTED_AGGREGATE",
    /// An expression is missing.
    ExpectedExpression = "E_EXPECTED_EXPRESSION",
    /// A number, a duration or a name is missing.
    ExpectedArgument = "E_EXPECTED_ARGUMENT",
    /// Something stands where nothing of its kind can stand.
    Unexpected = "E_UNEXPECTED",
    /// A range is not of the form `[a TO b]`.
    BadRange = "E_BAD_RANGE",
    /// A regular expression is not valid.
    BadRegex = "E_BAD_REGEX",
    /// A network is not an address, a slash and a number of bits.
    BadNetwork = "E_BAD_NETWORK",
    /// A number or duration is not valid.
    BadNumber = "E_BAD_NUMBER",
    /// No pipe has this name.
    UnknownPipe = "E_UNKNOWN_PIPE",
    /// The pipe is part of the language but not of this version.
    PipeNotAvailable = "E_PIPE_NOT_AVAILABLE",
    /// No function has this name.
    UnknownFunction = "E_UNKNOWN_FUNCTION",
    /// No aggregate has this name.
    UnknownAggregate = "E_UNKNOWN_AGGREGATE",
    /// A function or aggregate got too few, too many or wrong arguments.
    BadArguments = "E_BAD_ARGUMENTS",
    /// Two columns of a result would have the same name.
    DuplicateName = "E_DUPLICATE_NAME",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl QueryError {
    pub(crate) fn new(code: ErrorCode, span: Span, message: impl Into<String>) -> Self {
        let span = ErrorSpan { start: span.start, end: span.end, start16: 0, end16: 0 };
        QueryError { code, message: message.into(), span, expected: Vec::new(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn expected<T: Into<String>>(mut self, expected: impl IntoIterator<Item = T>) -> Self {
        self.expected = expected.into_iter().map(Into::into).collect();
        self
    }

    /// Fills in the UTF-16 offsets, which need the text.
    pub(crate) fn locate(mut self, text: &str) -> Self {
        let units = |end: usize| text[..end].encode_utf16().count();
        self.span.start16 = units(self.span.start);
        self.span.end16 = units(self.span.end);
        self
    }

    /// Where the error lies, in bytes.
    pub fn byte_span(&self) -> Span {
        Span::new(self.span.start, self.span.end)
    }
}

pub(crate) fn query_too_long(bytes: usize) -> QueryError {
    let max = limits::QUERY_BYTES_MAX;
    QueryError::new(
        ErrorCode::TooLarge,
        Span::at(0),
        format!("the query has {bytes} bytes, at most {max} are allowed"),
    )
    .hint("match many values with a wildcard or a regular expression")
}

pub(crate) fn too_deep(span: Span) -> QueryError {
    let max = limits::DEPTH_MAX;
    QueryError::new(ErrorCode::TooLarge, span, format!("the query is nested more than {max} levels deep"))
        .hint("use fewer parentheses; many values of one field fit in `field:(a OR b)` or `field in (a, b)`")
}
