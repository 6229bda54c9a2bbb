//! The query language: what a user typed becomes a checked [`Query`], or an error that shows where and
//! what to do.
//!
//! A query is `filter | pipe | pipe`. [`parse`] reads it in three steps, each in its own module: `lex` cuts
//! text into tokens (the head and the pipes have different rules), `head`, `expr` and `pipes` build the tree,
//! `check` refuses what can never mean anything. Printing a [`Query`] gives its canonical text, which parses
//! to the same tree. The manual is `docs/query.md`; its examples are this crate's tests.
//!
//! Nothing here knows a table, a clock or a disk, and no text makes it panic: every size is bounded in
//! [`limits`].

mod aggregate;
pub mod ast;
mod check;
mod error;
mod expr;
mod functions;
mod head;
mod lex;
pub mod limits;
mod literal;
mod nearest;
mod parser;
mod pipes;
mod print;
mod regex_check;
mod render;
mod span;
mod value;

pub use ast::Query;
pub use error::{ErrorCode, ErrorSpan, QueryError};
pub use span::Span;

/// Reads a query. An empty text asks for every event.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    read(text).map_err(|error| error.locate(text))
}

fn read(text: &str) -> Result<Query, QueryError> {
    if text.len() > limits::QUERY_BYTES_MAX {
        return Err(error::query_too_long(text.len()));
    }
    let (filter, pipes_start) = match pipes::begins_with_pipe(text) {
        true => (ast::Filter::All, 0),
        false => head::parse(text)?,
    };
    let query = Query { filter, pipes: pipes::parse_all(text, pipes_start)? };
    check::check(&query)?;
    Ok(query)
}

#[cfg(test)]
mod tests;
