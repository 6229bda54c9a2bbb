//! Expressions over one row: `where`, sort keys, arguments of aggregates.

use std::cmp::Ordering;

use girok_event::{alias, columns};
use girok_query::ast::{BinaryOp, Expr, ExprKind, Function, Literal, UnaryOp};

use super::Row;
use super::text;
use super::value::{Cell, order, text_number};
use crate::exactness::plain::{History, Kind};

/// The fields that a name asks for. A name for the time means the field of that very name, else the event's time.
pub(crate) fn fields_of<'n>(history: &History, name: &'n str) -> Vec<&'n str> {
    let is_time = alias::group(name).is_some_and(|group| group[0] == columns::TIME);
    match (is_time, history.kind(name)) {
        (true, Some(_)) => vec![name],
        (true, None) => vec![columns::TIME],
        (false, _) => alias::candidates(name),
    }
}

/// What evaluating knows: the history, for the kinds of fields.
#[derive(Clone, Copy)]
pub(crate) struct Eval<'h> {
    pub(crate) history: &'h History,
}

impl Eval<'_> {
    /// Whether a condition holds; what is missing does not.
    pub(crate) fn holds(self, expr: &Expr, row: &Row<'_>) -> bool {
        self.value(expr, row) == Cell::Bool(true)
    }

    pub(crate) fn value(self, expr: &Expr, row: &Row<'_>) -> Cell {
        match &expr.kind {
            ExprKind::Literal(literal) => constant(literal),
            ExprKind::Field(field) => self.field(&field.name, row),
            ExprKind::Unary(UnaryOp::Not, inner) => Cell::Bool(!self.holds(inner, row)),
            ExprKind::Unary(UnaryOp::Negate, inner) => match self.value(inner, row).number() {
                Cell::Int(number) => Cell::Int(-number),
                Cell::Float(number) => Cell::Float(-number),
                _ => Cell::Null,
            },
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, row),
            ExprKind::In(value, list, negated) => {
                let is_in = list.iter().any(|item| self.compared(BinaryOp::Equal, value, item, row));
                Cell::Bool(is_in != *negated)
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments, row),
        }
    }

    /// Of an event the first present field of the name's group; of another row the column of that name.
    pub(crate) fn field(self, name: &str, row: &Row<'_>) -> Cell {
        match row {
            Row::Group(columns) => {
                columns.iter().find(|(column, _)| column == name).map_or(Cell::Null, |(_, cell)| cell.clone())
            }
            Row::Event(event) if self.kind_of_field(name) == Some(Kind::Time) => Cell::Time(event.time),
            Row::Event(event) => {
                let Some(kind) = self.kind_of_field(name) else { return Cell::Null };
                let value = fields_of(self.history, name).iter().find_map(|name| event.get(name));
                value.map_or(Cell::Null, |value| Cell::of(&value, kind))
            }
        }
    }

    /// What all columns of a name's group are together.
    pub(crate) fn kind_of_field(self, name: &str) -> Option<Kind> {
        let kinds = fields_of(self.history, name).into_iter().filter_map(|name| self.history.kind(name));
        kinds.reduce(|a, b| match (a, b) {
            _ if a == b => a,
            _ if a.is_number() && b.is_number() => Kind::Float,
            _ => Kind::Text,
        })
    }

    fn binary(self, op: BinaryOp, left: &Expr, right: &Expr, row: &Row<'_>) -> Cell {
        use BinaryOp::{
            And, Contains, Equal, Greater, GreaterOrEqual, Has, Less, LessOrEqual, Like, Matches, NotEqual,
            Or, StartsWith,
        };
        Cell::Bool(match op {
            And => self.holds(left, row) && self.holds(right, row),
            Or => self.holds(left, row) || self.holds(right, row),
            Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual => {
                self.compared(op, left, right, row)
            }
            Has | Contains | StartsWith | Like | Matches => {
                let sought = self.value(right, row).text().unwrap_or_default();
                self.value(left, row).text().is_some_and(|text| text_operator(op, &text, &sought))
            }
            _ => return self.arithmetic(op, left, right, row),
        })
    }

    fn compared(self, op: BinaryOp, left: &Expr, right: &Expr, row: &Row<'_>) -> bool {
        if let ExprKind::Literal(Literal::Null) = right.kind {
            return self.value(left, row).is_null() != (op == BinaryOp::NotEqual);
        }
        let (mut a, mut b) = (self.value(left, row), self.value(right, row));
        if self.is_number(left, row) || self.is_number(right, row) {
            (a, b) = (a.number(), b.number());
        } else if std::mem::discriminant(&a) != std::mem::discriminant(&b) {
            let text = |cell: Cell| cell.text().map_or(Cell::Null, Cell::Text);
            (a, b) = (text(a), text(b));
        }
        let ordering = order(&a, &b);
        match op {
            BinaryOp::NotEqual => ordering.is_none_or(Ordering::is_ne),
            BinaryOp::Equal => ordering.is_some_and(Ordering::is_eq),
            BinaryOp::Less => ordering.is_some_and(Ordering::is_lt),
            BinaryOp::LessOrEqual => ordering.is_some_and(Ordering::is_le),
            BinaryOp::Greater => ordering.is_some_and(Ordering::is_gt),
            _ => ordering.is_some_and(Ordering::is_ge),
        }
    }

    /// Whether an expression is a number whatever the row: only then the other side is read as one.
    fn is_number(self, expr: &Expr, row: &Row<'_>) -> bool {
        match &expr.kind {
            ExprKind::Field(field) => match row {
                Row::Event(_) => self.kind_of_field(&field.name).is_some_and(Kind::is_number),
                Row::Group(_) => self.field(&field.name, row).as_f64().is_some(),
            },
            ExprKind::Literal(literal) => matches!(literal, Literal::Int(_) | Literal::Float(_)),
            ExprKind::Unary(UnaryOp::Negate, _) => true,
            ExprKind::Binary(op, ..) => {
                use BinaryOp::{Add, Divide, Modulo, Multiply, Subtract};
                matches!(op, Add | Subtract | Multiply | Divide | Modulo)
            }
            ExprKind::Call(function, _) => matches!(function, Function::Length | Function::ToNumber),
            _ => false,
        }
    }

    fn arithmetic(self, op: BinaryOp, left: &Expr, right: &Expr, row: &Row<'_>) -> Cell {
        let (a, b) = (self.value(left, row).number(), self.value(right, row).number());
        let (Some(x), Some(y)) = (a.as_f64(), b.as_f64()) else { return Cell::Null };
        match (op, a, b) {
            (BinaryOp::Add, Cell::Int(a), Cell::Int(b)) => Cell::Int(a.wrapping_add(b)),
            (BinaryOp::Subtract, Cell::Int(a), Cell::Int(b)) => Cell::Int(a.wrapping_sub(b)),
            (BinaryOp::Add, ..) => Cell::Float(x + y),
            (BinaryOp::Subtract, ..) => Cell::Float(x - y),
            (BinaryOp::Multiply, ..) => Cell::Float(x * y),
            _ => Cell::Float(x / y),
        }
    }

    fn call(self, function: Function, arguments: &[Expr], row: &Row<'_>) -> Cell {
        let value = |at: usize| arguments.get(at).map_or(Cell::Null, |argument| self.value(argument, row));
        let text =
            |change: fn(&str) -> String| value(0).text().map_or(Cell::Null, |text| Cell::Text(change(&text)));
        match function {
            Function::Lower => text(str::to_lowercase),
            Function::Upper => text(str::to_uppercase),
            Function::Length => {
                value(0).text().map_or(Cell::Null, |text| Cell::Int(text.chars().count() as i64))
            }
            Function::ToString => value(0).text().map_or(Cell::Null, Cell::Text),
            Function::ToNumber => value(0).number(),
            Function::IsNull => Cell::Bool(value(0).is_null()),
            Function::Bin => match (value(0), arguments.get(1).map(|step| &step.kind)) {
                (Cell::Time(time), Some(ExprKind::Literal(Literal::Duration(step)))) => {
                    Cell::Time(time.div_euclid(*step) * step)
                }
                _ => Cell::Null,
            },
            other => panic!("the naive reading does not know the function {other:?}"),
        }
    }
}

fn text_operator(op: BinaryOp, text: &str, sought: &str) -> bool {
    use girok_query::ast::Test;
    match op {
        BinaryOp::Has => text::holds(&Test::Phrase(sought.to_owned()), text) == Some(true),
        BinaryOp::Contains => text::contains(text, sought),
        BinaryOp::StartsWith => text::starts_with(text, sought),
        BinaryOp::Matches => text::holds(&Test::Regex(sought.to_owned()), text) == Some(true),
        _ => like(&text.chars().collect::<Vec<_>>(), &sought.chars().collect::<Vec<_>>()),
    }
}

/// `%` is any text, `_` one character, case as written.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|from| like(&text[from..], rest)),
        Some(('_', rest)) => !text.is_empty() && like(&text[1..], rest),
        Some((c, rest)) => text.first() == Some(c) && like(&text[1..], rest),
    }
}

fn constant(literal: &Literal) -> Cell {
    match literal {
        Literal::Str(text) => Cell::Text(text.clone()),
        Literal::Int(number) => Cell::Int(*number),
        Literal::Float(number) => Cell::Float(*number),
        Literal::Bool(flag) => Cell::Bool(*flag),
        Literal::Duration(nanos) => Cell::Float(*nanos as f64 / 1e9),
        Literal::Null => Cell::Null,
    }
}

/// The number that a text is, for sums and means.
pub(crate) fn as_number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Text(text) => text_number(text),
        other => other.number().as_f64(),
    }
}
