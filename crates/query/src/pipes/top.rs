//! `top 10 field by key`: the most frequent values and how often each stands.

use std::fmt;

use super::{PipeEntry, parse_count, sort};
use crate::aggregate::parse_by;
use crate::ast::{Pipe, SortKey, Top};
use crate::lex::pipe::PipeKind;
use crate::parser::{Parser, is_word};
use crate::print::{print_by, print_name};
use crate::{ErrorCode, QueryError, check};

/// How many values without a number, as in SPL.
const DEFAULT: u64 = 10;

pub(super) const ENTRY: PipeEntry = PipeEntry { name: "top", aliases: &[], parse, opens };

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    let spl_limit = parser.at_word("limit") && parser.peek_at(1) == &PipeKind::Symbol("=");
    if spl_limit {
        parser.advance();
        parser.advance();
    }
    let limit = parse_count(parser);
    if let Some(limit) = limit
        && parser.at_word("by")
    {
        return parse_greatest(parser, limit);
    }
    let fields = parser
        .list(Parser::field)
        .map_err(|error| error.hint("write `top 10 service` or `top 3 url by service`"))?;
    let by = parse_by(parser)?;
    Ok(vec![Pipe::Top(Top { limit: limit.unwrap_or(DEFAULT), fields, by })])
}

/// Kusto's `top 10 by count`: the rows with the greatest keys, which is a sort and a head.
fn parse_greatest(parser: &mut Parser<'_>, limit: u64) -> Result<Vec<Pipe>, QueryError> {
    parser.advance();
    let keys = parser.list(|parser| {
        let key: SortKey = sort::parse_key(parser)?;
        let ascending = is_word_before(parser, "asc");
        Ok(SortKey { descending: !ascending, ..key })
    })?;
    Ok(vec![Pipe::Sort(keys), Pipe::Head(limit)])
}

fn is_word_before(parser: &Parser<'_>, word: &str) -> bool {
    parser.source(parser.last_span()).eq_ignore_ascii_case(word)
}

/// A number and a name must follow: `top secret` is text.
fn opens(rest: &[PipeKind]) -> bool {
    matches!(rest, [PipeKind::Int(_), PipeKind::Name(_) | PipeKind::BackTicked(_), ..])
        || matches!(rest, [limit, PipeKind::Symbol("="), ..] if is_word(limit, "limit"))
}

/// Fields and keys may not repeat, and `count` is the name of the count.
pub(super) fn check(top: &Top) -> Result<(), QueryError> {
    check::keys(&top.by)?;
    check::unique_names(&[], &top.by, None)?;
    for (i, field) in top.fields.iter().enumerate() {
        let earlier = top.fields[..i].iter().any(|other| other.name == field.name);
        let is_key = top.by.iter().any(|key| key.name == field.name);
        if earlier || is_key {
            let message = format!("the field `{}` stands twice in `top`", field.name);
            return Err(
                QueryError::new(ErrorCode::DuplicateName, field.span, message).hint("name each field once")
            );
        }
    }
    Ok(())
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "top {}", self.limit)?;
        for (i, field) in self.fields.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { ", " })?;
            print_name(&field.name, f)?;
        }
        print_by(&self.by, f)
    }
}
