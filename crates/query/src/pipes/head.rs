//! `head n`: the first rows; of events that are not sorted, the newest.

use super::{PipeEntry, parse_count};
use crate::ast::Pipe;
use crate::lex::pipe::PipeKind;
use crate::parser::Parser;
use crate::{ErrorCode, QueryError};

/// How many rows a bare `head` keeps, as in SPL.
const DEFAULT: u64 = 10;

pub(super) const ENTRY: PipeEntry = PipeEntry { name: "head", aliases: &["limit", "take"], parse, opens };

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    if parser.at_end() {
        return Ok(vec![Pipe::Head(DEFAULT)]);
    }
    match parse_count(parser) {
        Some(count) => Ok(vec![Pipe::Head(count)]),
        None => {
            let message = format!("expected a whole number{}, found {}", parser.after(), parser.found());
            Err(QueryError::new(ErrorCode::ExpectedArgument, parser.span(), message)
                .expected(["a whole number"])
                .hint("write how many rows to keep: `head 10`"))
        }
    }
}

/// Nothing but a number must follow.
fn opens(rest: &[PipeKind]) -> bool {
    matches!(rest, [PipeKind::Int(_)])
}
