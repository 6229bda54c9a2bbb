//! The head of a query, asked of one event.

use std::cmp::Ordering;

use girok_event::{Format, Timestamp};
use girok_query::ast::{CompareOp, Filter, Literal, Match, Test};

use super::expr::fields_of;
use super::text;
use super::value::{Cell, order, text_number};
use crate::exactness::plain::{History, Kind, Sent};

/// Whether `event` passes `filter`. A condition on a missing field is false.
pub(crate) fn passes(history: &History, event: &Sent, filter: &Filter) -> bool {
    match filter {
        Filter::All => true,
        Filter::And(parts) => parts.iter().all(|part| passes(history, event, part)),
        Filter::Or(parts) => parts.iter().any(|part| passes(history, event, part)),
        Filter::Not(part) => !passes(history, event, part),
        Filter::Match(Match { field: None, test, .. }) => full_text(history, event, test),
        Filter::Match(Match { field: Some(field), test, .. }) => {
            let asked = |name: &&str| match history.kind(name) {
                Some(Kind::Time) => on_time(event.time, test),
                _ => on_field(history, event, name, test),
            };
            fields_of(history, &field.name).iter().any(asked)
        }
    }
}

/// Text formats: the line as it was sent. JSON: the message, the values and the names of all fields.
fn full_text(history: &History, event: &Sent, test: &Test) -> bool {
    let holds = |text: &str| text::holds(test, text).unwrap_or(false);
    let is_json = event.format == Format::Json;
    if (!is_json || event.raw.is_some()) && holds(&event.line) {
        return true;
    }
    let in_field = |(name, value): &(String, _)| {
        let kind = history.kind(name).unwrap_or(Kind::Text);
        holds(name) || Cell::of(value, kind).text().is_some_and(|text| holds(&text))
    };
    is_json && (event.message.as_deref().is_some_and(holds) || event.fields.iter().any(in_field))
}

fn on_field(history: &History, event: &Sent, name: &str, test: &Test) -> bool {
    let Some(value) = event.get(name) else { return false };
    let kind = history.kind(name).unwrap_or(Kind::Text);
    let cell = Cell::of(&value, kind);
    match (test, kind) {
        (Test::Exists, _) => true,
        (Test::Phrase(text), Kind::Int | Kind::Float) => is_equal(&cell, &Literal::Str(text.clone()), name),
        (Test::Phrase(text), Kind::Bool) => cell.text().is_some_and(|flag| flag.eq_ignore_ascii_case(text)),
        (Test::Equal(literal), _) => is_equal(&cell, literal, name),
        (Test::Compare(op, literal), _) => compares(&cell, *op, literal, name),
        (Test::Range(low, high), _) => {
            let above = |low| compares(&cell, CompareOp::GreaterOrEqual, low, name);
            let below = |high| compares(&cell, CompareOp::LessOrEqual, high, name);
            kind != Kind::Bool && low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
        }
        (Test::Cidr(network), Kind::Text) => cell.text().is_some_and(|text| in_network(network, &text)),
        _ => cell.text().and_then(|text| text::holds(test, &text)).unwrap_or(false),
    }
}

fn is_equal(cell: &Cell, literal: &Literal, name: &str) -> bool {
    match cell {
        Cell::Int(_) | Cell::Float(_) => {
            number(literal, name).is_some_and(|wanted| order(cell, &wanted) == Some(Ordering::Equal))
        }
        _ => cell.text() == Some(literal_text(literal)),
    }
}

/// Numbers by size; text by size against a number, else letter by letter.
fn compares(cell: &Cell, op: CompareOp, literal: &Literal, name: &str) -> bool {
    let wanted = number(literal, name);
    let ordering = match (cell, wanted) {
        (Cell::Int(_) | Cell::Float(_), Some(wanted)) => order(cell, &wanted),
        (Cell::Text(_), Some(wanted)) => order(&cell.number(), &wanted),
        (Cell::Text(text), None) => match literal {
            Literal::Str(other) => Some(text.as_bytes().cmp(other.as_bytes())),
            _ => None,
        },
        _ => None,
    };
    ordering.is_some_and(|ordering| fits(op, ordering))
}

fn fits(op: CompareOp, ordering: Ordering) -> bool {
    match op {
        CompareOp::Less => ordering.is_lt(),
        CompareOp::LessOrEqual => ordering.is_le(),
        CompareOp::Greater => ordering.is_gt(),
        CompareOp::GreaterOrEqual => ordering.is_ge(),
    }
}

/// The number a constant stands for, a length of time in the unit that the field's name ends with.
fn number(literal: &Literal, name: &str) -> Option<Cell> {
    Some(match literal {
        Literal::Int(number) => Cell::Int(*number),
        Literal::Float(number) => Cell::Float(*number),
        Literal::Str(text) => match text.parse() {
            Ok(whole) => Cell::Int(whole),
            Err(_) => Cell::Float(text_number(text)?),
        },
        Literal::Duration(nanos) => {
            Cell::Float(*nanos as f64 / if name.ends_with("_ms") { 1e6 } else { 1e9 })
        }
        Literal::Bool(_) | Literal::Null => return None,
    })
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Str(text) => text.clone(),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => number.to_string(),
        Literal::Bool(flag) => flag.to_string(),
        Literal::Duration(_) | Literal::Null => String::new(),
    }
}

/// Times are asked as RFC 3339 only.
fn on_time(time: i64, test: &Test) -> bool {
    let moment = |literal: &Literal| match literal {
        Literal::Str(text) => Timestamp::parse_rfc3339(text).map(|time| time.0),
        _ => None,
    };
    match test {
        Test::Exists => true,
        Test::Compare(op, literal) => moment(literal).is_some_and(|wanted| fits(*op, time.cmp(&wanted))),
        Test::Range(low, high) => {
            let low = low.as_ref().is_none_or(|low| moment(low).is_some_and(|low| time >= low));
            low && high.as_ref().is_none_or(|high| moment(high).is_some_and(|high| time <= high))
        }
        _ => false,
    }
}

/// IPv4 only, bit by bit.
fn in_network(network: &str, text: &str) -> bool {
    let bits = |text: &str| {
        let address: std::net::Ipv4Addr = text.parse().ok()?;
        Some(format!("{:032b}", u32::from(address)))
    };
    let inside = || {
        let (address, length) = network.split_once('/')?;
        let length: usize = length.parse().ok()?;
        Some(bits(address)?[..length] == bits(text)?[..length])
    };
    inside().unwrap_or(false)
}
