//! How many events when: the histogram over a search.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, TimestampNanosecondType};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::lit;
use girok_event::Timestamp;
use girok_query::Span;
use girok_query::ast::FieldName;

use crate::answer::QueryStats;
use crate::counts::{self, COUNT, CountBy};
use crate::engine::Engine;
use crate::error::ExecError;
use crate::request::QueryRequest;
use crate::time::TimeRange;

const MINUTE: i64 = 60_000_000_000;

/// The lengths of step a chart may have, in nanoseconds: people count in these.
const STEPS: [i64; 21] = [
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    2_000_000_000,
    5_000_000_000,
    10_000_000_000,
    15_000_000_000,
    30_000_000_000,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    60 * MINUTE,
    3 * 60 * MINUTE,
    6 * 60 * MINUTE,
    12 * 60 * MINUTE,
    24 * 60 * MINUTE,
    7 * 24 * 60 * MINUTE,
];

/// A histogram is never finer than this.
const BUCKETS_MAX: i64 = 10_000;

/// What histogram is wanted.
#[derive(Debug, Clone, Default)]
pub struct HitsRequest {
    /// The search whose pipes are passed over.
    pub search: QueryRequest,
    /// About how many buckets; the step is the next that people count in.
    pub buckets: Option<u64>,
    /// The exact step in nanoseconds instead.
    pub step_nanos: Option<i64>,
    /// The field that splits each bucket; `level` unless said.
    pub by: Option<String>,
}

/// A histogram.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// The length of a bucket in nanoseconds.
    pub step_nanos: i64,
    /// Events by start of the bucket and value of the split field, empty for none; every bucket is there.
    pub buckets: BTreeMap<Timestamp, BTreeMap<String, u64>>,
    /// All events together.
    pub total: u64,
    /// What it cost.
    pub stats: QueryStats,
}

/// The smallest step people count in that cuts `range` into at most `buckets`.
pub(crate) fn step_for(range: TimeRange, buckets: u64) -> i64 {
    let (Some(start), Some(end)) = (range.start, range.end) else { return MINUTE };
    let length = end.0.saturating_sub(start.0).max(1);
    let wanted = length / i64::try_from(buckets.max(1)).unwrap_or(i64::MAX);
    let year_like = STEPS[STEPS.len() - 1].max(wanted);
    STEPS.iter().copied().find(|step| *step >= wanted).unwrap_or(year_like)
}

pub(crate) async fn hits(engine: &Engine, request: HitsRequest) -> Result<Hits, ExecError> {
    let search = engine.search(&request.search)?;
    let range = search.covered_range();
    let (Some(start), Some(end)) = (range.start, range.end) else { return Ok(Hits::default()) };
    let step = request.step_nanos.unwrap_or_else(|| step_for(range, request.buckets.unwrap_or(60)));
    let step = step.max(end.0.saturating_sub(start.0) / BUCKETS_MAX).max(1);
    let by = FieldName { name: request.by.unwrap_or_else(|| "level".into()), span: Span::default() };
    let by = CountBy { step: Some(step), field: Some((by, "value".to_owned())), lower: true };
    let frame = match counts::counted(engine, &search, &by).await? {
        Some(frame) => frame,
        None => {
            let events = search.over(engine, &search.cut)?;
            events.aggregate(by.keys(&search), vec![count(lit(1i64)).alias(COUNT)])?
        }
    };
    let (batches, stats) = engine.collect(frame, search.stats()).await?;
    let mut hits = Hits { step_nanos: step, buckets: empty_buckets(start, end, step), total: 0, stats };
    for batch in &batches {
        let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
        let values = batch.column(1).as_string::<i32>();
        let counts = batch.column(2).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let value = if values.is_valid(row) { values.value(row) } else { "" };
            let events = counts.value(row) as u64;
            let bucket = hits.buckets.entry(Timestamp(times.value(row))).or_default();
            *bucket.entry(value.to_owned()).or_default() += events;
            hits.total += events;
        }
    }
    Ok(hits)
}

fn empty_buckets(start: Timestamp, end: Timestamp, step: i64) -> BTreeMap<Timestamp, BTreeMap<String, u64>> {
    let first = start.0.div_euclid(step) * step;
    let starts = (0..=BUCKETS_MAX).map_while(|i| first.checked_add(i.checked_mul(step)?));
    starts.take_while(|bucket| *bucket < end.0).map(|bucket| (Timestamp(bucket), BTreeMap::new())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_people_count_in() {
        let hours = |n: i64| TimeRange { start: Some(Timestamp(0)), end: Some(Timestamp(n * 60 * MINUTE)) };
        assert_eq!(step_for(hours(1), 60), MINUTE);
        assert_eq!(step_for(hours(24), 60), 30 * MINUTE);
        assert_eq!(step_for(hours(24 * 365 * 100), 60), hours(24 * 365 * 100).end.unwrap().0 / 60);
        assert_eq!(step_for(TimeRange::default(), 60), MINUTE);
    }

    #[test]
    fn every_bucket_is_there() {
        let buckets = empty_buckets(Timestamp(MINUTE / 2), Timestamp(3 * MINUTE), MINUTE);
        let starts: Vec<i64> = buckets.keys().map(|time| time.0 / MINUTE).collect();
        assert_eq!(starts, [0, 1, 2]);
    }
}
