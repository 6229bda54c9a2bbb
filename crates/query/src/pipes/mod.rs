//! The pipes: which there are, and reading them one after the other. Each has its own file, which says how
//! it is read, printed and checked; a new one is a file and a line in [`PIPES`].

mod fields;
mod head;
mod sort;
mod stats;
mod timechart;
mod top;
mod where_;

use std::fmt;

use crate::ast::Pipe;
use crate::lex::Token;
use crate::lex::pipe::{PipeKind, PipeToken, first_stage, tokens};
use crate::nearest::nearest;
use crate::parser::Parser;
use crate::{ErrorCode, QueryError, limits};

/// One pipe of the language.
pub(crate) struct PipeEntry {
    /// Its canonical name.
    name: &'static str,
    /// Other names for it.
    aliases: &'static [&'static str],
    /// Reads what follows the name; most give one pipe.
    parse: fn(&mut Parser<'_>) -> Result<Vec<Pipe>, QueryError>,
    /// Whether these tokens after the name, at the very start of a query, can only be this pipe and not
    /// words to search for.
    opens: fn(&[PipeKind]) -> bool,
}

const PIPES: [&PipeEntry; 7] = [
    &where_::ENTRY,
    &stats::ENTRY,
    &timechart::ENTRY,
    &sort::ENTRY,
    &head::ENTRY,
    &fields::ENTRY,
    &top::ENTRY,
];

/// Pipes of the language that this version does not have, with their aliases.
const NOT_AVAILABLE: [&str; 23] = [
    "rare", "tail", "sample", "drop", "rename", "extend", "eval", "parse", "dissect", "grok", "rex", "json",
    "kv", "dedup", "uniq", "distinct", "lookup", "join", "expand", "mvexpand", "patterns", "context",
    "compare",
];

/// A pipe to us, but in SPL also what a query begins with; the head refuses it there with a hint.
const SPL_VERB: &str = "search";

fn find(name: &str) -> Option<&'static PipeEntry> {
    PIPES.into_iter().find(|entry| all_names(entry).any(|known| known.eq_ignore_ascii_case(name)))
}

fn all_names(entry: &PipeEntry) -> impl Iterator<Item = &'static str> + use<> {
    std::iter::once(entry.name).chain(entry.aliases.iter().copied())
}

/// Whether a word is the name of a pipe, so that it may not stand bare at the start of a printed query.
pub(crate) fn is_pipe_name(word: &str) -> bool {
    find(word).is_some()
}

/// Whether the whole query begins with a pipe, as Kusto's do: `where level == "error" | take 10`.
pub(crate) fn begins_with_pipe(text: &str) -> bool {
    let stage = first_stage(text);
    let Some(Token { kind: PipeKind::Name(name), span }) = stage.first() else { return false };
    let is_word = text[span.end..].starts_with(char::is_whitespace) && !name.eq_ignore_ascii_case(SPL_VERB);
    let rest: Vec<PipeKind> = stage.iter().skip(1).map(|token| token.kind.clone()).collect();
    is_word && find(name).is_some_and(|entry| (entry.opens)(&rest))
}

/// Reads the pipes from `start` on, where a `|`, a pipe's name or the end stands.
pub(crate) fn parse_all(text: &str, start: usize) -> Result<Vec<Pipe>, QueryError> {
    let tokens: Vec<PipeToken> = tokens(text, start)?;
    let mut parser = Parser::new(text, tokens);
    let mut pipes = Vec::new();
    if start > 0 && parser.peek() == &PipeKind::End {
        return Ok(pipes);
    }
    parser.eat_symbol("|");
    if parser.peek() == &PipeKind::End && text[start..].trim().is_empty() {
        return Ok(pipes);
    }
    loop {
        pipes.extend(parse_one(&mut parser)?);
        if pipes.len() > limits::PIPES_MAX {
            let message = format!("the query has more than {} pipes", limits::PIPES_MAX);
            return Err(QueryError::new(ErrorCode::TooLarge, parser.last_span(), message));
        }
        parser.expect_end()?;
        if !parser.eat_symbol("|") {
            return Ok(pipes);
        }
    }
}

fn parse_one(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    let span = parser.span();
    let PipeKind::Name(name) = parser.peek() else {
        let message = format!("expected a pipe after `|`, found {}", parser.found());
        return Err(QueryError::new(ErrorCode::ExpectedPipe, span, message)
            .expected(names())
            .hint(format!("the pipes are: {}; alternatives are joined with OR", names().join(", "))));
    };
    let Some(entry) = find(name) else { return Err(unknown(name, parser)) };
    parser.advance();
    (entry.parse)(parser)
}

fn unknown(name: &str, parser: &Parser<'_>) -> QueryError {
    let list = names().join(", ");
    if NOT_AVAILABLE.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let message = format!("the pipe `{name}` is not available yet");
        return QueryError::new(ErrorCode::PipeNotAvailable, parser.span(), message)
            .expected(names())
            .hint(format!("available are: {list}"));
    }
    let all = PIPES.into_iter().flat_map(all_names).chain(NOT_AVAILABLE);
    let hint = match nearest(name, all) {
        Some(near) => format!("did you mean `{near}`? the pipes are: {list}"),
        None => format!("the pipes are: {list}; words to search for stand before the first `|`"),
    };
    QueryError::new(ErrorCode::UnknownPipe, parser.span(), format!("unknown pipe `{name}`"))
        .expected(names())
        .hint(hint)
}

fn names() -> Vec<&'static str> {
    PIPES.iter().map(|entry| entry.name).collect()
}

/// Reads a count of rows, if one stands here.
fn parse_count(parser: &mut Parser<'_>) -> Option<u64> {
    let PipeKind::Int(count) = *parser.peek() else { return None };
    parser.advance();
    u64::try_from(count).ok()
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pipe::Where(condition) => write!(f, "where {condition}"),
            Pipe::Stats(stats) => stats.fmt(f),
            Pipe::Timechart(timechart) => timechart.fmt(f),
            Pipe::Sort(keys) => sort::print(keys, f),
            Pipe::Head(count) => write!(f, "head {count}"),
            Pipe::Fields(fields) => fields::print(fields, f),
            Pipe::Top(top) => top.fmt(f),
        }
    }
}

/// Refuses what a pipe can never mean.
pub(crate) fn check(pipe: &Pipe) -> Result<(), QueryError> {
    match pipe {
        Pipe::Where(condition) => where_::check(condition),
        Pipe::Stats(stats) => stats::check(stats),
        Pipe::Timechart(timechart) => timechart::check(timechart),
        Pipe::Sort(keys) => sort::check(keys),
        Pipe::Head(_) | Pipe::Fields(_) => Ok(()),
        Pipe::Top(top) => top::check(top),
    }
}
