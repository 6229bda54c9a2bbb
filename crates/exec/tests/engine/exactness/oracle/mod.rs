//! A naive reading of the query language: every event, every condition, one after the other.
//!
//! It follows `docs/query.md` and knows nothing of the engine: no columns, no index, no plan.

mod expr;
mod filter;
mod pipes;
mod text;
mod value;

use std::collections::BTreeMap;

use girok_event::columns;
use girok_exec::TimeRange;
use girok_query::Query;
use girok_query::ast::Filter;

pub(crate) use text::is_word;
pub(crate) use value::Cell;

use crate::exactness::plain::{History, Kind, Plain, Sent};
use expr::Eval;

/// A row on its way through the pipes.
#[derive(Debug, Clone)]
pub(crate) enum Row<'h> {
    Event(&'h Sent),
    Group(Vec<(String, Cell)>),
}

/// What a query should answer.
#[derive(Debug)]
pub(crate) struct Expected {
    /// Rows in order; cells by column, without those that are null.
    pub(crate) rows: Vec<BTreeMap<String, Cell>>,
}

/// A search: its query, its time, how many of the newest rows.
pub(crate) struct Search<'q> {
    pub(crate) query: &'q Query,
    pub(crate) range: TimeRange,
    pub(crate) limit: Option<usize>,
}

/// Matching events, newest first.
pub(crate) fn matching<'h>(history: &'h History, filter: &Filter, range: TimeRange) -> Vec<&'h Sent> {
    let in_time = |event: &&Sent| {
        range.start.is_none_or(|start| event.time >= start.0)
            && range.end.is_none_or(|end| event.time < end.0)
    };
    let events = history.events.iter().filter(in_time);
    let mut found: Vec<&Sent> = events.filter(|event| filter::passes(history, event, filter)).collect();
    found.sort_by_key(|event| std::cmp::Reverse((event.time, event.partition, event.offset)));
    found
}

/// What the search should answer.
pub(crate) fn answer(history: &History, search: &Search<'_>) -> Expected {
    let mut rows: Vec<Row<'_>> =
        matching(history, &search.query.filter, search.range).into_iter().map(Row::Event).collect();
    let eval = Eval { history };
    for pipe in &search.query.pipes {
        rows = pipes::apply(eval, rows, pipe);
    }
    rows.truncate(search.limit.unwrap_or(usize::MAX));
    Expected { rows: rows.iter().map(|row| cells(history, row)).collect() }
}

/// Events by minute and level.
pub(crate) fn hits(
    history: &History,
    filter: &Filter,
    range: TimeRange,
    step: i64,
) -> BTreeMap<(i64, String), u64> {
    let eval = Eval { history };
    let mut counts = BTreeMap::new();
    for event in matching(history, filter, range) {
        let level = eval.field("level", &Row::Event(event)).text().unwrap_or_default().to_lowercase();
        *counts.entry((event.time.div_euclid(step) * step, level)).or_default() += 1;
    }
    counts
}

/// How often each value of a field occurs, the most frequent first.
pub(crate) fn facet(history: &History, filter: &Filter, field: &str) -> Vec<(String, u64)> {
    let eval = Eval { history };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for event in matching(history, filter, TimeRange::default()) {
        let own = history
            .kind(field)
            .map(|kind| event.get(field).map_or(Cell::Null, |value| Cell::of(&value, kind)));
        let cell = own.unwrap_or_else(|| eval.field(field, &Row::Event(event)));
        if let Some(text) = cell.text() {
            *counts.entry(text).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// The columns of a row that are not null.
fn cells(history: &History, row: &Row<'_>) -> BTreeMap<String, Cell> {
    let all = match row {
        Row::Group(columns) => columns.clone(),
        Row::Event(event) => event_cells(history, event),
    };
    all.into_iter().filter(|(_, cell)| !cell.is_null()).collect()
}

fn event_cells(history: &History, event: &Sent) -> Vec<(String, Cell)> {
    let system = [
        columns::PARTITION,
        columns::OFFSET,
        columns::FORMAT,
        columns::SOURCE,
        columns::INPUT,
        columns::HEAD,
        columns::RAW,
        columns::PARSE_ERROR,
        columns::MESSAGE,
    ];
    let cell = |name: &str, value: &Plain| {
        let kind = history.kind(name).unwrap_or(Kind::Text);
        (name.to_owned(), Cell::of(value, kind))
    };
    let mut all = vec![(columns::TIME.to_owned(), Cell::Time(event.time))];
    all.extend(system.into_iter().filter_map(|name| event.get(name).map(|value| cell(name, &value))));
    all.extend(event.fields.iter().map(|(name, value)| cell(name, value)));
    all
}
