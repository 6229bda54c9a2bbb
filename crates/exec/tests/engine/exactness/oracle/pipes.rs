//! The pipes, one row after the other.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use girok_event::columns;
use girok_query::ast::{Aggregate, AggregateFunction, FieldName, Key, Pipe, SortKey, Top};

use super::Row;
use super::expr::{Eval, as_number};
use super::value::{Cell, order};

type Rows<'h> = Vec<Row<'h>>;

/// The rows after `pipe`. Events come in newest first.
pub(crate) fn apply<'h>(eval: Eval<'_>, rows: Rows<'h>, pipe: &Pipe) -> Rows<'h> {
    match pipe {
        Pipe::Where(condition) => rows.into_iter().filter(|row| eval.holds(condition, row)).collect(),
        Pipe::Head(count) => rows.into_iter().take(*count as usize).collect(),
        Pipe::Fields(names) => rows
            .iter()
            .map(|row| {
                let mut columns: Vec<(String, Cell)> = Vec::new();
                for FieldName { name, .. } in names {
                    if columns.iter().all(|(known, _)| known != name) {
                        columns.push((name.clone(), eval.field(name, row)));
                    }
                }
                Row::Group(columns)
            })
            .collect(),
        Pipe::Sort(keys) => sorted(eval, rows, keys),
        Pipe::Stats(stats) => {
            let keys = |row: &Row<'_>| keyed(eval, &stats.by, row);
            let groups = match (stats.by.is_empty(), rows.is_empty()) {
                (true, true) => vec![(Vec::new(), Vec::new())],
                _ => grouped(&rows, keys),
            };
            aggregated(eval, groups, &stats.aggregates)
        }
        Pipe::Timechart(chart) => {
            let step = chart.span_nanos.expect("charts are asked with a span");
            let keys = |row: &Row<'_>| {
                let Cell::Time(time) = eval.field(columns::TIME, row) else { panic!("an event has a time") };
                let bin = (columns::TIME.to_owned(), Cell::Time(time.div_euclid(step) * step));
                std::iter::once(bin).chain(keyed(eval, &chart.by, row)).collect()
            };
            aggregated(eval, grouped(&rows, keys), &chart.aggregates)
        }
        Pipe::Top(top) => topmost(eval, &rows, top),
    }
}

type Columns = Vec<(String, Cell)>;

fn keyed(eval: Eval<'_>, keys: &[Key], row: &Row<'_>) -> Columns {
    keys.iter().map(|key| (key.name.clone(), eval.value(&key.expr, row))).collect()
}

/// Rows of equal keys together, in the order of their keys.
fn grouped<'r, 'h>(
    rows: &'r [Row<'h>],
    keys: impl Fn(&Row<'_>) -> Columns,
) -> Vec<(Columns, Vec<&'r Row<'h>>)> {
    let mut groups: Vec<(Columns, Vec<&Row<'h>>)> = Vec::new();
    for row in rows {
        let key = keys(row);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    groups.sort_by(|a, b| columns_order(&a.0, &b.0));
    groups
}

fn columns_order(a: &Columns, b: &Columns) -> Ordering {
    let each = a.iter().zip(b).map(|((_, a), (_, b))| nulls_last(a, b));
    each.fold(Ordering::Equal, Ordering::then)
}

fn nulls_last(a: &Cell, b: &Cell) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (false, false) => order(a, b).unwrap_or(Ordering::Equal),
        (a, b) => a.cmp(&b),
    }
}

fn aggregated<'h>(
    eval: Eval<'_>,
    groups: Vec<(Columns, Vec<&Row<'h>>)>,
    aggregates: &[Aggregate],
) -> Rows<'h> {
    let row = |(keys, members): (Columns, Vec<&Row<'h>>)| {
        let values = aggregates.iter().map(|one| (one.name.clone(), aggregate(eval, one, &members)));
        Row::Group(keys.into_iter().chain(values).collect())
    };
    groups.into_iter().map(row).collect()
}

fn aggregate(eval: Eval<'_>, one: &Aggregate, members: &[&Row<'_>]) -> Cell {
    let counted = members.iter().filter(|row| one.filter.as_ref().is_none_or(|only| eval.holds(only, row)));
    let Some(argument) = &one.argument else { return Cell::Int(counted.count() as i64) };
    if one.function == AggregateFunction::Any {
        let all: Vec<bool> = counted.map(|row| eval.holds(argument, row)).collect();
        return if all.is_empty() { Cell::Null } else { Cell::Bool(all.contains(&true)) };
    }
    let values: Vec<Cell> =
        counted.map(|row| eval.value(argument, row)).filter(|cell| !cell.is_null()).collect();
    let numbers = || values.iter().filter_map(as_number);
    let extreme = |wanted: Ordering| {
        let better = |best: Cell, next: &Cell| match order(next, &best) {
            Some(ordering) if ordering == wanted => next.clone(),
            _ => best,
        };
        values.split_first().map_or(Cell::Null, |(first, rest)| rest.iter().fold(first.clone(), better))
    };
    match one.function {
        AggregateFunction::Count => Cell::Int(values.len() as i64),
        AggregateFunction::DistinctCount => {
            let mut distinct: Vec<&Cell> = Vec::new();
            values.iter().for_each(|value| {
                if !distinct.contains(&value) {
                    distinct.push(value);
                }
            });
            Cell::Int(distinct.len() as i64)
        }
        AggregateFunction::Sum if numbers().next().is_none() => Cell::Null,
        AggregateFunction::Sum => {
            match values.iter().all(|value| matches!(value, Cell::Int(_) | Cell::Bool(_))) {
                true => Cell::Int(
                    values.iter().filter_map(|value| int(&value.number())).fold(0, i64::wrapping_add),
                ),
                false => Cell::Float(numbers().sum()),
            }
        }
        AggregateFunction::Avg => match numbers().count() {
            0 => Cell::Null,
            count => Cell::Float(numbers().sum::<f64>() / count as f64),
        },
        AggregateFunction::Min => extreme(Ordering::Less),
        AggregateFunction::Max => extreme(Ordering::Greater),
        AggregateFunction::Values => {
            let distinct: BTreeSet<String> = values.iter().filter_map(Cell::text).collect();
            if distinct.is_empty() { Cell::Null } else { Cell::List(distinct.into_iter().collect()) }
        }
        other => panic!("the naive reading does not know the aggregate {other:?}"),
    }
}

fn int(cell: &Cell) -> Option<i64> {
    if let Cell::Int(number) = cell { Some(*number) } else { None }
}

/// Missing values stand last either way; equal rows keep their order.
fn sorted<'h>(eval: Eval<'_>, mut rows: Rows<'h>, keys: &[SortKey]) -> Rows<'h> {
    rows.sort_by(|a, b| {
        let by_key = |key: &SortKey| {
            let (a, b) = (eval.value(&key.expr, a), eval.value(&key.expr, b));
            match (key.descending, a.is_null() || b.is_null()) {
                (true, false) => nulls_last(&b, &a),
                _ => nulls_last(&a, &b),
            }
        };
        keys.iter().map(by_key).fold(Ordering::Equal, Ordering::then)
    });
    rows
}

/// For each key the most frequent values, equally frequent ones in their order.
fn topmost<'h>(eval: Eval<'_>, rows: &[Row<'h>], top: &Top) -> Rows<'h> {
    let values = |row: &Row<'_>| -> Columns {
        top.fields.iter().map(|field| (field.name.clone(), eval.field(&field.name, row))).collect()
    };
    let present: Vec<Row<'h>> =
        rows.iter().filter(|row| values(row).iter().all(|(_, cell)| !cell.is_null())).cloned().collect();
    let mut result = Vec::new();
    for (keys, members) in grouped(&present, |row| keyed(eval, &top.by, row)) {
        let members: Vec<Row<'h>> = members.into_iter().cloned().collect();
        let mut counted: Vec<(Columns, usize)> =
            grouped(&members, values).into_iter().map(|(value, rows)| (value, rows.len())).collect();
        counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| columns_order(&a.0, &b.0)));
        for (value, count) in counted.into_iter().take(top.limit as usize) {
            let count = ("count".to_owned(), Cell::Int(count as i64));
            result.push(Row::Group(keys.iter().cloned().chain(value).chain([count]).collect()));
        }
    }
    result
}
