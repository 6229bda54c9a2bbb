//! `stats agg, … by key, …`: aggregates over groups of equal keys.

use std::fmt;

use super::PipeEntry;
use crate::aggregate::{is_aggregate, parse_grouped};
use crate::ast::{Pipe, Stats};
use crate::lex::pipe::PipeKind;
use crate::parser::{Parser, is_word};
use crate::print::{print_aggregates, print_by};
use crate::{QueryError, check};

pub(super) const ENTRY: PipeEntry =
    PipeEntry { name: "stats", aliases: &["summarize", "aggregate"], parse, opens };

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    let (aggregates, by) = parse_grouped(parser)?;
    Ok(vec![Pipe::Stats(Stats { aggregates, by })])
}

/// A call of an aggregate must follow, or a bare `count` with nothing or a key after it.
pub(super) fn opens(rest: &[PipeKind]) -> bool {
    let has_call = rest.windows(2).any(|pair| {
        matches!(&pair[0], PipeKind::Name(name) if is_aggregate(name)) && pair[1] == PipeKind::Symbol("(")
    });
    let is_bare_count = match rest {
        [count] => is_word(count, "count"),
        [count, by, _, ..] => is_word(count, "count") && is_word(by, "by"),
        _ => false,
    };
    has_call || is_bare_count
}

/// No two columns may have the same name.
pub(super) fn check(stats: &Stats) -> Result<(), QueryError> {
    check::aggregates(&stats.aggregates)?;
    check::keys(&stats.by)?;
    check::unique_names(&stats.aggregates, &stats.by, None)
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stats ")?;
        print_aggregates(&self.aggregates, f)?;
        print_by(&self.by, f)
    }
}
