//! Which columns a field name means, at one point of a query.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::{Expr, Operator};
use datafusion::optimizer::simplify_expressions::{ExprSimplifier, SimplifyContext};
use girok_event::{alias, columns};

use crate::text::overflow_get;

/// What can be done with a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    Text,
    Time,
    Other,
}

impl Kind {
    pub(crate) fn of(data_type: &DataType) -> Kind {
        match data_type {
            DataType::Boolean => Kind::Bool,
            integer if integer.is_integer() => Kind::Int,
            number if number.is_numeric() => Kind::Float,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Kind::Text,
            DataType::Timestamp(_, _) => Kind::Time,
            _ => Kind::Other,
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Float)
    }
}

/// A column that exists.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Found {
    pub(crate) fn expr(&self) -> Expr {
        Expr::Column(Column::new_unqualified(&self.name))
    }
}

/// The columns in reach: all of a dataset's at first, those of the last result after `stats` and the like.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    schema: SchemaRef,
    kinds: HashMap<String, Kind>,
    /// Rows are still events: aliases and full text make sense.
    pub(crate) events: bool,
}

impl Scope {
    pub(crate) fn new(schema: SchemaRef, events: bool) -> Self {
        let kinds =
            schema.fields().iter().map(|field| (field.name().clone(), Kind::of(field.data_type()))).collect();
        Scope { schema, kinds, events }
    }

    pub(crate) fn find(&self, name: &str) -> Option<Found> {
        self.kinds.get(name).map(|kind| Found { name: name.to_owned(), kind: *kind })
    }

    /// Every column that `name` means, the one of that very name first.
    pub(crate) fn resolve(&self, name: &str) -> Vec<Found> {
        let own = self.find(name);
        let is_time = is_time(name);
        if !self.events || (is_time && own.is_some()) {
            return own.into_iter().collect();
        }
        if is_time {
            return self.find(columns::TIME).into_iter().collect();
        }
        alias::candidates(name).into_iter().filter_map(|candidate| self.find(candidate)).collect()
    }

    /// The values that the field `name` may have overflowed with, by the names it may have come with, that very name
    /// first; none if no row holds fields that have no column.
    pub(crate) fn overflown<'n>(&self, name: &'n str) -> Vec<(&'n str, Expr)> {
        let Some(map) = self.find(columns::OVERFLOW).filter(|_| self.has_overflow()) else {
            return Vec::new();
        };
        let names = if is_time(name) { vec![name] } else { alias::candidates(name) };
        names.into_iter().map(|name| (name, overflow_get(map.expr(), name))).collect()
    }

    /// The event's own columns besides `message`: all that full text looks into.
    pub(crate) fn own(&self) -> impl Iterator<Item = Found> {
        let fields = self.schema.fields().iter().map(|field| field.name());
        fields.filter(|name| !is_reserved(name)).filter_map(|name| self.find(name))
    }

    /// Whether some rows may hold fields that have no column.
    pub(crate) fn has_overflow(&self) -> bool {
        self.events && self.kinds.contains_key(columns::OVERFLOW)
    }

    /// A condition over its columns as it can be evaluated: with the same type on both sides of each comparison, and
    /// without what only a plan's analysis understands. Its tests are made ready one by one, for each look at a
    /// schema begins at the first column and a search of a wide one tests them all.
    pub(crate) fn ready(&self, condition: Expr) -> Result<Expr> {
        let ready = condition.transform_down(|expr| {
            let is_logical = match &expr {
                Expr::BinaryExpr(both) => matches!(both.op, Operator::And | Operator::Or),
                Expr::Not(_) | Expr::IsTrue(_) => true,
                _ => false,
            };
            if is_logical {
                return Ok(Transformed::no(expr));
            }
            Ok(Transformed::new(self.ready_test(expr)?, true, TreeNodeRecursion::Jump))
        })?;
        Ok(ready.data)
    }

    fn ready_test(&self, test: Expr) -> Result<Expr> {
        let columns = test.column_refs();
        let fields = columns.into_iter().map(|column| Ok(self.schema.field_with_name(&column.name)?.clone()));
        let schema = DFSchema::try_from(Schema::new(fields.collect::<Result<Vec<_>>>()?))?;
        let context = SimplifyContext::builder().with_schema(Arc::new(schema.clone())).build();
        let simplifier = ExprSimplifier::new(context);
        simplifier.simplify(simplifier.coerce(test, &schema)?)
    }

    /// The known name that `name` most likely meant.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        let distance = |other: &str| strsim(&name.to_lowercase(), &other.to_lowercase());
        let best = self.kinds.keys().map(|other| (distance(other), other)).min()?;
        (best.0 <= 1 + name.chars().count() / 4).then(|| best.1.clone())
    }
}

/// Whether a name means the time of the event.
fn is_time(name: &str) -> bool {
    alias::group(name).is_some_and(|group| group[0] == columns::TIME)
}

/// Columns that are not the event's own words.
fn is_reserved(name: &str) -> bool {
    columns::is_system(name) || name == columns::MESSAGE || name == crate::table::DATASET
}

/// Edits between two names: insert, delete, replace, one each.
fn strsim(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::{Field, TimeUnit};
    use datafusion::logical_expr::{ident, lit};

    fn scope(names: &[&str]) -> Scope {
        let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
        let field = |name: &&str| {
            let kind = if *name == "_time" { time.clone() } else { DataType::Utf8 };
            Field::new(*name, kind, true)
        };
        Scope::new(Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>())), true)
    }

    fn names(found: Vec<Found>) -> Vec<String> {
        found.into_iter().map(|column| column.name).collect()
    }

    #[test]
    fn a_name_means_its_whole_group() {
        let scope = scope(&["_time", "message", "log.level", "level", "host"]);
        assert_eq!(names(scope.resolve("level")), ["level", "log.level"]);
        assert_eq!(names(scope.resolve("hostname")), ["host"]);
        assert_eq!(names(scope.resolve("@timestamp")), ["_time"]);
        assert!(scope.resolve("nothing").is_empty());
        assert_eq!(names(scope.own().collect()), ["log.level", "level", "host"]);
    }

    #[test]
    fn a_typo_finds_its_neighbour() {
        let scope = scope(&["service", "status"]);
        assert_eq!(scope.nearest("servce").as_deref(), Some("service"));
        assert_eq!(scope.nearest("zzz"), None);
    }

    #[test]
    fn numbers_of_different_types_are_compared() {
        let table = Arc::new(Schema::new(vec![Field::new("duration", DataType::Float64, true)]));
        let asked = Scope::new(Arc::clone(&table), true).ready(ident("duration").gt_eq(lit(404i64))).unwrap();
        assert_eq!(asked, ident("duration").gt_eq(lit(404.0)));
    }
}
