//! `fields a, b`: only these columns, in this order.

use std::fmt;

use super::PipeEntry;
use crate::ast::{FieldName, Pipe};
use crate::lex::pipe::PipeKind;
use crate::parser::Parser;
use crate::print::print_name;
use crate::{ErrorCode, QueryError};

pub(super) const ENTRY: PipeEntry =
    PipeEntry { name: "fields", aliases: &["project", "keep", "table"], parse, opens };

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    if parser.at_symbol("-") {
        return Err(QueryError::new(
            ErrorCode::PipeNotAvailable,
            parser.span(),
            "removing fields is not available yet",
        )
        .hint("list the fields to keep: `fields _time, host, message`"));
    }
    parser.eat_symbol("+");
    let open = parser.span();
    let in_parentheses = parser.eat_symbol("(");
    let fields = parser.list(Parser::field)?;
    if in_parentheses {
        parser.expect_close(open)?;
    }
    Ok(vec![Pipe::Fields(fields)])
}

/// A list with a comma must follow: `keep alive` is text.
fn opens(rest: &[PipeKind]) -> bool {
    rest.len() >= 3 && rest.contains(&PipeKind::Symbol(","))
}

pub(super) fn print(fields: &[FieldName], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, field) in fields.iter().enumerate() {
        f.write_str(if i == 0 { "fields " } else { ", " })?;
        print_name(&field.name, f)?;
    }
    Ok(())
}
