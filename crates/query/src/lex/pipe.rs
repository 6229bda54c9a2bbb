//! Cuts the pipes of a query into tokens: names, constants and symbols.

use super::{Scanner, Token};
use crate::literal::{Number, parse_duration, parse_number};
use crate::{ErrorCode, QueryError};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PipeKind {
    /// A bare name: a field, a function, a keyword.
    Name(String),
    BackTicked(String),
    Text(String),
    Int(i64),
    Float(f64),
    Duration(i64),
    Symbol(&'static str),
    End,
}

pub(crate) type PipeToken = Token<PipeKind>;

/// Longer symbols come before those they begin with.
const SYMBOLS: [&str; 23] = [
    "==", "=~", "!=", "!~", "<>", "<=", ">=", "&&", "||", "=", "!", "<", ">", "+", "-", "*", "/", "%", "(",
    ")", ",", ":", "|",
];

/// The tokens of `text` from `start` on, the last being `End`.
pub(crate) fn tokens(text: &str, start: usize) -> Result<Vec<PipeToken>, QueryError> {
    let mut scanner = Scanner { text, at: start };
    let mut tokens = Vec::new();
    loop {
        let token = token(&mut scanner, tokens.last())?;
        let ended = token.kind == PipeKind::End;
        tokens.push(token);
        if ended {
            return Ok(tokens);
        }
    }
}

/// The tokens before the first `|`, the end, or what is no token.
pub(crate) fn first_stage(text: &str) -> Vec<PipeToken> {
    let mut scanner = Scanner { text, at: 0 };
    let mut tokens = Vec::new();
    while let Ok(token) = token(&mut scanner, tokens.last()) {
        if matches!(token.kind, PipeKind::Symbol("|") | PipeKind::End) {
            break;
        }
        tokens.push(token);
    }
    tokens
}

fn token(scanner: &mut Scanner<'_>, last: Option<&PipeToken>) -> Result<PipeToken, QueryError> {
    scanner.skip_blanks()?;
    let start = scanner.at;
    let after_matches = last.is_some_and(|token| matches!(token.kind, PipeKind::Symbol("=~" | "!~")));
    let kind = match scanner.peek() {
        Some('/') if after_matches => slashed_regex(scanner)?,
        Some(first) => next(scanner, first)?,
        None => PipeKind::End,
    };
    Ok(Token { kind, span: scanner.span_from(start) })
}

fn next(scanner: &mut Scanner<'_>, first: char) -> Result<PipeKind, QueryError> {
    match first {
        '"' | '\'' => scanner.quoted().map(PipeKind::Text),
        '`' => scanner.back_ticked().map(PipeKind::BackTicked),
        c if c.is_ascii_digit() => number(scanner),
        c if c.is_alphabetic() || c == '_' || c == '@' => Ok(name(scanner)),
        _ => symbol(scanner, first),
    }
}

fn name(scanner: &mut Scanner<'_>) -> PipeKind {
    let rest = scanner.rest();
    let length = rest
        .char_indices()
        .skip(1)
        .find(|(_, c)| !(c.is_alphanumeric() || "_.@".contains(*c)))
        .map_or(rest.len(), |(i, _)| i);
    scanner.at += length;
    PipeKind::Name(crate::head::plain_field_name(&rest[..length]))
}

/// `5`, `0.5`, `1e-3`, `5m`, `1h30m`.
fn number(scanner: &mut Scanner<'_>) -> Result<PipeKind, QueryError> {
    let start = scanner.at;
    let rest = scanner.rest();
    let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
    let mut length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let is_open_exponent = rest[..length].ends_with(['e', 'E'])
        && rest[length..].starts_with(['+', '-'])
        && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit());
    if is_open_exponent {
        let tail = &rest[length + 1..];
        length += 1 + tail.find(|c| !is_part(c)).unwrap_or(tail.len());
    }
    let text = &rest[..length];
    scanner.at += length;
    if let Some(nanos) = parse_duration(text) {
        return Ok(PipeKind::Duration(nanos));
    }
    match parse_number(text) {
        Some(Number::Int(n)) => Ok(PipeKind::Int(n)),
        Some(Number::Float(n)) => Ok(PipeKind::Float(n)),
        None => {
            let message = format!("`{text}` is neither a number nor a length of time");
            Err(QueryError::new(ErrorCode::BadNumber, scanner.span_from(start), message).hint(
                "numbers are written `5`, `0.5` or `1e3`, lengths of time `5m` or `1h30m` (ns us ms s m h d w); \
                 a field name that begins with a digit stands in back-ticks",
            ))
        }
    }
}

fn symbol(scanner: &mut Scanner<'_>, first: char) -> Result<PipeKind, QueryError> {
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| scanner.eat(symbol)) {
        return Ok(PipeKind::Symbol(symbol));
    }
    let start = scanner.at;
    scanner.bump();
    let message = format!("unexpected `{first}`");
    Err(QueryError::new(ErrorCode::Unexpected, scanner.span_from(start), message).hint(
        "text stands in quotes; a field name with special characters in back-ticks: `` `user-agent` ``",
    ))
}

/// A regular expression between slashes, which may stand only after `=~` because elsewhere `/` divides.
fn slashed_regex(scanner: &mut Scanner<'_>) -> Result<PipeKind, QueryError> {
    let start = scanner.at;
    scanner.bump();
    let mut pattern = String::new();
    while let Some(next) = scanner.bump() {
        match next {
            '/' => return Ok(PipeKind::Text(pattern)),
            '\\' if scanner.eat("/") => pattern.push('/'),
            '\\' => {
                pattern.push('\\');
                pattern.extend(scanner.bump());
            }
            _ => pattern.push(next),
        }
    }
    let span = crate::Span::new(start, start + 1);
    Err(QueryError::new(ErrorCode::Unclosed, span, "the regular expression is not closed")
        .hint("close it with `/`; a slash inside is written `\\/`"))
}
