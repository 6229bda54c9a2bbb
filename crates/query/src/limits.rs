//! How large a query may be. Past a limit it is refused with an error that names the limit.

/// The longest query in bytes.
pub const QUERY_BYTES_MAX: usize = 64 << 10;

/// How deep parentheses, negations, functions and operators may stand in one another.
pub const DEPTH_MAX: usize = 128;

/// Conditions in the head of a query.
pub const TERMS_MAX: usize = 4096;

/// Pipes after the head.
pub const PIPES_MAX: usize = 64;

/// Aggregates, keys or fields that one pipe takes.
pub const COLUMNS_MAX: usize = 256;
