//! Prints a query in its canonical form, which parses to the same tree.

use std::fmt::{self, Formatter, Result, Write};

use crate::aggregate::{canonical_name, default_name, key_name};
use crate::ast::{
    Aggregate, BinaryOp, CompareOp, Expr, ExprKind, Filter, Key, Literal, Match, Query, Test, UnaryOp,
};
use crate::expr::{binary_strength, strength};
use crate::literal::print_duration;
use crate::parser::is_reserved;
use crate::value::word_test;
use crate::{functions, head, pipes};

impl fmt::Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.filter.fmt(f)?;
        self.pipes.iter().try_for_each(|pipe| write!(f, " | {pipe}"))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Filter::All => f.write_char('*'),
            Filter::And(parts) => print_parts(parts, " ", f),
            Filter::Or(parts) => print_parts(parts, " OR ", f),
            Filter::Not(inner) => {
                f.write_str("NOT ")?;
                print_part(inner, f)
            }
            Filter::Match(condition) => condition.fmt(f),
        }
    }
}

fn print_parts(parts: &[Filter], join: &str, f: &mut Formatter<'_>) -> Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(join)?;
        }
        print_part(part, f)?;
    }
    Ok(())
}

fn print_part(part: &Filter, f: &mut Formatter<'_>) -> Result {
    match part {
        Filter::And(_) | Filter::Or(_) => write!(f, "({part})"),
        _ => write!(f, "{part}"),
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let field = self.field.as_ref().map(|field| field.name.as_str());
        if let Some(name) = field {
            match self.could_be_address(name) || self.could_be_drive(name) {
                true => print_back_ticked(name, f)?,
                false => print_head_name(name, f)?,
            }
        }
        let colon = if field.is_some() { ":" } else { "" };
        match &self.test {
            Test::Phrase(text) => {
                f.write_str(colon)?;
                print_phrase(field, text, f)
            }
            Test::Prefix(stem) => print_wild(colon, &format!("{stem}*"), f),
            Test::Wildcard(pattern) => print_wild(colon, pattern, f),
            Test::Substring(text) => {
                write!(f, "{colon}~")?;
                print_text(text, f)
            }
            Test::Regex(pattern) => print_regex(colon, pattern, f),
            Test::Exists => write!(f, "{colon}*"),
            Test::Equal(literal) => write!(f, "={literal}"),
            Test::Compare(op, literal) => write!(f, "{colon}{}{literal}", compare_symbol(*op)),
            Test::Range(low, high) => {
                write!(f, "{colon}[")?;
                print_bound(low.as_ref(), f)?;
                f.write_str(" TO ")?;
                print_bound(high.as_ref(), f)?;
                f.write_char(']')
            }
            Test::Cidr(network) => write!(f, "{colon}{network}"),
        }
    }
}

impl Match {
    /// `c:\…` would read as a Windows path.
    fn could_be_drive(&self, name: &str) -> bool {
        let (Test::Prefix(text) | Test::Wildcard(text)) = &self.test else { return false };
        name.len() == 1 && text.starts_with('\\')
    }

    /// `a:fd00::/8` would be read as one address, not as the field `a`.
    fn could_be_address(&self, name: &str) -> bool {
        matches!(&self.test, Test::Cidr(network) if network.contains(':'))
            && name.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

fn compare_symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Less => "<",
        CompareOp::LessOrEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterOrEqual => ">=",
    }
}

fn print_bound(bound: Option<&Literal>, f: &mut Formatter<'_>) -> Result {
    match bound {
        Some(literal) => write!(f, "{literal}"),
        None => f.write_char('*'),
    }
}

/// A phrase stands bare if it is a word that nothing else could be meant by.
fn print_phrase(field: Option<&str>, text: &str, f: &mut Formatter<'_>) -> Result {
    let edges = |c: char| c.is_alphanumeric() || c == '_';
    let is_plain = text.chars().all(|c| edges(c) || c == '.' || c == '-')
        && text.starts_with(edges)
        && text.ends_with(edges)
        && !["and", "or", "not", "in"].iter().any(|word| word.eq_ignore_ascii_case(text))
        && !pipes::is_pipe_name(text)
        && matches!(word_test(field, text), Test::Phrase(_));
    match is_plain {
        true => f.write_str(text),
        false => print_text(text, f),
    }
}

/// A word that begins with a slash could be taken for a regular expression, so its slash is escaped.
/// A pattern without a field that holds an operator would read as one with a field; `*:` says that it has none.
fn print_wild(colon: &str, pattern: &str, f: &mut Formatter<'_>) -> Result {
    let name = pattern.split([':', '=', '<', '>', '!']).next().unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-@".contains(c));
    let looks_like_field = colon.is_empty() && is_name && name.len() < pattern.len();
    let colon = if looks_like_field { "*:" } else { colon };
    let escape = if pattern.starts_with('/') { "\\" } else { "" };
    write!(f, "{colon}{escape}{pattern}")
}

/// Between slashes if that reads back the same, else in quotes, where nothing can be mistaken.
fn print_regex(colon: &str, pattern: &str, f: &mut Formatter<'_>) -> Result {
    if pattern.contains(char::is_whitespace) || pattern.contains("\\/") {
        f.write_str(if colon.is_empty() { "*:=~" } else { "=~" })?;
        return print_text(pattern, f);
    }
    write!(f, "{colon}/")?;
    let mut escaped = false;
    for c in pattern.chars() {
        if c == '/' && !escaped {
            f.write_char('\\')?;
        }
        escaped = c == '\\' && !escaped;
        f.write_char(c)?;
    }
    f.write_char('/')
}

/// A field's name in the head.
fn print_head_name(name: &str, f: &mut Formatter<'_>) -> Result {
    let is_alias = head::DATASET_NAMES.contains(&name) && name != head::DATASET;
    match is_plain_name(name) && name != "_exists_" && !is_alias && !pipes::is_pipe_name(name) {
        true => f.write_str(name),
        false => print_back_ticked(name, f),
    }
}

/// A field's or column's name in a pipe.
pub(crate) fn print_name(name: &str, f: &mut Formatter<'_>) -> Result {
    match is_plain_name(name) {
        true => f.write_str(name),
        false => print_back_ticked(name, f),
    }
}

fn is_plain_name(name: &str) -> bool {
    let plain = name.strip_prefix('@').filter(|_| name == "@timestamp").unwrap_or(name);
    plain.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && plain.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
        && !is_reserved(name)
}

fn print_back_ticked(name: &str, f: &mut Formatter<'_>) -> Result {
    write!(f, "`{}`", name.replace('`', "``"))
}

fn print_text(text: &str, f: &mut Formatter<'_>) -> Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Literal::Str(text) => print_text(text, f),
            Literal::Int(n) => n.fmt(f),
            Literal::Float(n) => write!(f, "{n:?}"),
            Literal::Bool(b) => b.fmt(f),
            Literal::Duration(nanos) => f.write_str(&print_duration(*nanos)),
            Literal::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::Field(field) => print_name(&field.name, f),
            ExprKind::Unary(UnaryOp::Not, operand) => {
                f.write_str("not ")?;
                print_operand(operand, strength::NOT, f)
            }
            ExprKind::Unary(UnaryOp::Negate, operand) => {
                f.write_char('-')?;
                print_operand(operand, strength::SIGN, f)
            }
            ExprKind::Binary(op, left, right) => print_binary(*op, left, right, f),
            ExprKind::In(value, list, negated) => {
                print_operand(value, strength::COMPARISON + 1, f)?;
                f.write_str(if *negated { " not in (" } else { " in (" })?;
                print_list(list, f)
            }
            ExprKind::Call(function, arguments) => {
                write!(f, "{}(", functions::entry(*function).name)?;
                print_list(arguments, f)
            }
        }
    }
}

fn print_list(list: &[Expr], f: &mut Formatter<'_>) -> Result {
    for (i, item) in list.iter().enumerate() {
        write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
    }
    f.write_char(')')
}

fn print_binary(op: BinaryOp, left: &Expr, right: &Expr, f: &mut Formatter<'_>) -> Result {
    let binds = binary_strength(op);
    // Comparisons do not chain, so that one inside another keeps its parentheses on both sides.
    let least_left = binds + u8::from(binds == strength::COMPARISON);
    print_operand(left, least_left, f)?;
    write!(f, " {} ", symbol(op))?;
    print_operand(right, binds + 1, f)
}

fn print_operand(operand: &Expr, least: u8, f: &mut Formatter<'_>) -> Result {
    let binds = match &operand.kind {
        ExprKind::Binary(op, ..) => binary_strength(*op),
        ExprKind::In(..) => strength::COMPARISON,
        ExprKind::Unary(UnaryOp::Not, _) => strength::NOT,
        _ => strength::SIGN,
    };
    match binds < least {
        true => write!(f, "({operand})"),
        false => write!(f, "{operand}"),
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::Matches => "=~",
        BinaryOp::Like => "like",
        BinaryOp::Contains => "contains",
        BinaryOp::StartsWith => "startswith",
        BinaryOp::Has => "has",
    }
}

pub(crate) fn print_aggregates(aggregates: &[Aggregate], f: &mut Formatter<'_>) -> Result {
    for (i, aggregate) in aggregates.iter().enumerate() {
        write!(f, "{}{aggregate}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let called = canonical_name(self.function);
        write!(f, "{called}(")?;
        if let Some(argument) = &self.argument {
            argument.fmt(f)?;
        }
        f.write_char(')')?;
        if let Some(filter) = &self.filter {
            write!(f, " if ({filter})")?;
        }
        print_as(&self.name, &default_name(&called, self.argument.as_ref()), f)
    }
}

/// ` by key, …`; in parentheses if the first key would otherwise be taken for the list.
pub(crate) fn print_by(keys: &[Key], f: &mut Formatter<'_>) -> Result {
    if keys.is_empty() {
        return Ok(());
    }
    let in_parentheses = keys[0].expr.to_string().starts_with('(');
    f.write_str(if in_parentheses { " by (" } else { " by " })?;
    for (i, key) in keys.iter().enumerate() {
        write!(f, "{}{}", if i == 0 { "" } else { ", " }, key.expr)?;
        print_as(&key.name, &key_name(&key.expr), f)?;
    }
    f.write_str(if in_parentheses { ")" } else { "" })
}

fn print_as(name: &str, default: &str, f: &mut Formatter<'_>) -> Result {
    if name == default {
        return Ok(());
    }
    f.write_str(" as ")?;
    print_name(name, f)
}
