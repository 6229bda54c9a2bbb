//! `/api/v1/cluster/throughput`: the last quarter of an hour, for charts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use girok_admin::watch::{INTERVAL, Point, Rates};
use girok_event::Timestamp;
use serde::Serialize;

use crate::body::Body;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

/// So many topics, the busiest, are told of unless others are named; so many groups, the latest.
const SERIES: usize = 10;

/// Throughput; a number that the log does not count is null.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct RatesJson {
    records_in_per_second: f64,
    bytes_in_per_second: Option<f64>,
    records_out_per_second: f64,
    bytes_out_per_second: Option<f64>,
}

impl RatesJson {
    /// All of them together.
    pub(super) fn sum<'a>(rates: impl Iterator<Item = &'a Rates>) -> Self {
        let zero = Rates { bytes_in: Some(0.0), bytes_out: Some(0.0), ..Rates::default() };
        let add = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a + b);
        let sum = rates.fold(zero, |sum, one| Rates {
            records_in: sum.records_in + one.records_in,
            bytes_in: add(sum.bytes_in, one.bytes_in),
            records_out: sum.records_out + one.records_out,
            bytes_out: add(sum.bytes_out, one.bytes_out),
        });
        RatesJson::from(sum)
    }
}

impl From<Rates> for RatesJson {
    fn from(rates: Rates) -> Self {
        RatesJson {
            records_in_per_second: rates.records_in,
            bytes_in_per_second: rates.bytes_in,
            records_out_per_second: rates.records_out,
            bytes_out_per_second: rates.bytes_out,
        }
    }
}

#[derive(Serialize)]
struct ThroughputJson {
    interval_ms: u128,
    times: Vec<String>,
    topics: Vec<TopicSeries>,
    groups: Vec<GroupSeries>,
}

/// One number for each time; null where the topic was not there or the log does not count it.
#[derive(Serialize)]
struct TopicSeries {
    name: String,
    records_in_per_second: Vec<Option<f64>>,
    bytes_in_per_second: Vec<Option<f64>>,
    records_out_per_second: Vec<Option<f64>>,
    bytes_out_per_second: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct GroupSeries {
    name: String,
    lag_records: Vec<Option<u64>>,
}

pub(crate) async fn throughput(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let points = api.cluster.watch().points();
    let topics = chosen(params.list("topic"), || busiest(&points));
    let groups = chosen(params.list("group"), || latest(&points));
    let times = points.iter().map(|point| time(point.time_ms));
    let answer = ThroughputJson {
        interval_ms: INTERVAL.as_millis(),
        times: times.collect(),
        topics: topics.into_iter().map(|name| topic_series(name, &points)).collect(),
        groups: groups.into_iter().map(|name| group_series(name, &points)).collect(),
    };
    Ok(Json(answer).into_response())
}

fn time(millis: i64) -> String {
    Timestamp(millis.saturating_mul(1_000_000)).to_string()
}

fn chosen(named: Vec<String>, default: impl FnOnce() -> Vec<String>) -> Vec<String> {
    if named.is_empty() { default() } else { named }
}

/// The topics with the most records, in and out.
fn busiest(points: &[Point]) -> Vec<String> {
    let mut work: BTreeMap<&str, f64> = BTreeMap::new();
    for (topic, rates) in points.iter().flat_map(|point| &point.rates) {
        *work.entry(topic).or_default() += rates.records_in + rates.records_out;
    }
    largest(work.into_iter().filter(|(_, work)| *work > 0.0).map(|(name, work)| (name, work as u64)))
}

/// The groups that were furthest behind.
fn latest(points: &[Point]) -> Vec<String> {
    let mut lags: BTreeMap<&str, u64> = BTreeMap::new();
    for (group, lag) in points.iter().flat_map(|point| &point.lags) {
        let most = lags.entry(group).or_default();
        *most = (*most).max(*lag);
    }
    largest(lags.into_iter())
}

fn largest<'a>(weighed: impl Iterator<Item = (&'a str, u64)>) -> Vec<String> {
    let mut weighed: Vec<_> = weighed.collect();
    weighed.sort_by_key(|(name, weight)| (Reverse(*weight), *name));
    weighed.into_iter().take(SERIES).map(|(name, _)| name.to_owned()).collect()
}

fn topic_series(name: String, points: &[Point]) -> TopicSeries {
    let rates = |read: fn(&Rates) -> Option<f64>| {
        points.iter().map(|point| point.rates.get(&name).and_then(read)).collect()
    };
    TopicSeries {
        records_in_per_second: rates(|rates| Some(rates.records_in)),
        bytes_in_per_second: rates(|rates| rates.bytes_in),
        records_out_per_second: rates(|rates| Some(rates.records_out)),
        bytes_out_per_second: rates(|rates| rates.bytes_out),
        name,
    }
}

fn group_series(name: String, points: &[Point]) -> GroupSeries {
    let lag_records = points.iter().map(|point| point.lags.get(&name).copied()).collect();
    GroupSeries { name, lag_records }
}
