//! The aggregates: their names, and what a call of one means.

use crate::ast::{AggregateFunction, Expr, ExprKind, Literal};
use crate::nearest::nearest;
use crate::{ErrorCode, QueryError, Span};

const FUNCTIONS: [(&str, AggregateFunction, &[&str]); 10] = [
    ("count", AggregateFunction::Count, &[]),
    (
        "dc",
        AggregateFunction::DistinctCount,
        &["dcount", "distinct_count", "count_distinct", "count_uniq", "cardinality"],
    ),
    ("sum", AggregateFunction::Sum, &[]),
    ("avg", AggregateFunction::Avg, &["mean"]),
    ("min", AggregateFunction::Min, &[]),
    ("max", AggregateFunction::Max, &[]),
    ("values", AggregateFunction::Values, &["make_set", "uniq_values"]),
    ("first", AggregateFunction::First, &["earliest"]),
    ("last", AggregateFunction::Last, &["latest"]),
    ("any", AggregateFunction::Any, &[]),
];

/// `countif(condition)`: `count()` with a condition.
const COUNT_IF: &str = "countif";
/// Percentiles that take their rank as a second argument.
const PERCENTILES: [&str; 2] = ["percentile", "perc"];
const MEDIAN: &str = "median";

/// The canonical name of an aggregate without a rank.
pub(crate) fn canonical_name(function: AggregateFunction) -> String {
    if let AggregateFunction::Percentile(rank) = function {
        return format!("p{rank}");
    }
    let entry = FUNCTIONS.iter().find(|(_, known, _)| *known == function);
    entry.expect("every aggregate is in the table").0.to_owned()
}

/// The column's name if the query gives none: the call as it is printed, `count` for a bare count.
pub(crate) fn default_name(called: &str, argument: Option<&Expr>) -> String {
    match argument {
        None => called.to_owned(),
        Some(argument) => format!("{called}({argument})"),
    }
}

pub(crate) fn is_aggregate(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == COUNT_IF
        || name == MEDIAN
        || PERCENTILES.contains(&&*name)
        || simple(&name).is_some()
        || rank(&name).is_some()
}

fn simple(name: &str) -> Option<AggregateFunction> {
    let found = FUNCTIONS.iter().find(|(known, _, aliases)| *known == name || aliases.contains(&name));
    found.map(|(_, function, _)| *function)
}

/// The rank in `p95`, `p99.9` or `perc95`.
fn rank(name: &str) -> Option<f64> {
    let digits = name.strip_prefix("perc").or_else(|| name.strip_prefix('p'))?;
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_number.then(|| digits.parse().ok()).flatten()
}

/// A call of an aggregate, understood.
pub(super) struct Call {
    pub(super) function: AggregateFunction,
    pub(super) argument: Option<Expr>,
    pub(super) filter: Option<Expr>,
    /// The column's name if the query gives none.
    pub(super) name: String,
}

/// Gives a call its meaning, and refuses a wrong number of arguments.
pub(super) fn resolve(name: &str, span: Span, mut arguments: Vec<Expr>) -> Result<Call, QueryError> {
    let takes_rank = PERCENTILES.contains(&name);
    let wanted = if takes_rank { 2 } else { 1 };
    if arguments.len() > wanted || (arguments.len() < wanted && name != "count") {
        return Err(wrong_arguments(name, span));
    }
    let call_name = match &arguments[..] {
        [value, rank] => format!("{name}({value}, {rank})"),
        [_] if name == COUNT_IF => name.to_owned(),
        rest => default_name(name, rest.first()),
    };
    let last = arguments.pop();
    let function = match &last {
        Some(rank) if takes_rank => AggregateFunction::Percentile(literal_rank(rank)?),
        _ if name == MEDIAN => AggregateFunction::Percentile(50.0),
        _ if name == COUNT_IF => AggregateFunction::Count,
        _ => simple(name)
            .or_else(|| rank(name).map(AggregateFunction::Percentile))
            .expect("the name was checked"),
    };
    let (argument, filter) = match last {
        filter if name == COUNT_IF => (None, filter),
        _ if takes_rank => (arguments.pop(), None),
        argument => (argument, None),
    };
    Ok(Call { function, argument, filter, name: call_name })
}

fn literal_rank(rank: &Expr) -> Result<f64, QueryError> {
    match rank.kind {
        ExprKind::Literal(Literal::Int(n)) => Ok(n as f64),
        ExprKind::Literal(Literal::Float(n)) => Ok(n),
        _ => Err(QueryError::new(
            ErrorCode::BadArguments,
            rank.span,
            "the rank of a percentile must be a number",
        )
        .hint("write `percentile(duration_ms, 95)` or `p95(duration_ms)`")),
    }
}

pub(super) fn unknown_aggregate(name: &str, span: Span, called: bool) -> QueryError {
    let error = QueryError::new(ErrorCode::UnknownAggregate, span, format!("unknown aggregate `{name}`"));
    let aliases = FUNCTIONS.iter().flat_map(|(name, _, aliases)| std::iter::once(name).chain(*aliases));
    let near = nearest(name, aliases.copied().chain([COUNT_IF, MEDIAN, "percentile"]));
    let hint = match near {
        _ if name == "rate" => "`rate` is not available yet; use `timechart count()`".to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None if !called => format!("to group by the field, write `count() by {name}`"),
        None => format!("the aggregates are: {}", names().join(", ")),
    };
    error.expected(names()).hint(hint)
}

fn wrong_arguments(name: &str, span: Span) -> QueryError {
    let usage = match name {
        "count" => "count() or count(field)".to_owned(),
        COUNT_IF => "countif(status >= 500)".to_owned(),
        _ if PERCENTILES.contains(&name) => format!("{name}(duration_ms, 95)"),
        _ => format!("{name}(duration_ms)"),
    };
    QueryError::new(ErrorCode::BadArguments, span, format!("wrong number of arguments for `{name}`"))
        .hint(format!("write `{usage}`"))
}

pub(super) fn names() -> Vec<&'static str> {
    let names = FUNCTIONS.iter().map(|(name, ..)| *name);
    names.chain([COUNT_IF, "percentile", "p50", "p90", "p95", "p99", MEDIAN]).collect()
}
