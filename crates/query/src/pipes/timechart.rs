//! `timechart span=5m agg, … by key, …`: aggregates over equal steps of time.

use std::fmt;

use super::{PipeEntry, stats};
use crate::aggregate::parse_grouped;
use crate::ast::{Pipe, Timechart};
use crate::lex::pipe::PipeKind;
use crate::literal::print_duration;
use crate::parser::Parser;
use crate::print::{print_aggregates, print_by};
use crate::value::TIME;
use crate::{ErrorCode, QueryError, Span, check};

pub(super) const ENTRY: PipeEntry = PipeEntry { name: "timechart", aliases: &[], parse, opens };

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    let span_nanos = parse_span(parser)?;
    let (aggregates, by) = parse_grouped(parser)?;
    Ok(vec![Pipe::Timechart(Timechart { span_nanos, aggregates, by })])
}

fn parse_span(parser: &mut Parser<'_>) -> Result<Option<i64>, QueryError> {
    if !parser.at_word("span") || parser.peek_at(1) != &PipeKind::Symbol("=") {
        return Ok(None);
    }
    parser.advance();
    parser.advance();
    let step = match *parser.peek() {
        PipeKind::Duration(nanos) if nanos > 0 => nanos,
        _ => return Err(bad_span(parser.span(), &parser.found())),
    };
    parser.advance();
    parser.eat_symbol(",");
    Ok(Some(step))
}

fn bad_span(span: Span, found: &str) -> QueryError {
    let message = format!("expected a length of time after `span=`, found {found}");
    QueryError::new(ErrorCode::ExpectedArgument, span, message)
        .expected(["a length of time"])
        .hint("write `timechart span=5m count()`; the units are ns us ms s m h d w")
}

fn opens(rest: &[PipeKind]) -> bool {
    let has_span = rest
        .windows(2)
        .any(|pair| crate::parser::is_word(&pair[0], "span") && pair[1] == PipeKind::Symbol("="));
    has_span || stats::opens(rest)
}

/// No two columns may have the same name, and the time column is one of them.
pub(super) fn check(timechart: &Timechart) -> Result<(), QueryError> {
    check::aggregates(&timechart.aggregates)?;
    check::keys(&timechart.by)?;
    check::unique_names(&timechart.aggregates, &timechart.by, Some(TIME))
}

impl fmt::Display for Timechart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timechart ")?;
        if let Some(nanos) = self.span_nanos {
            write!(f, "span={} ", print_duration(nanos))?;
        }
        print_aggregates(&self.aggregates, f)?;
        print_by(&self.by, f)
    }
}
