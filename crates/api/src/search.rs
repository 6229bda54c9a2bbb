//! What surrounds a search: `/hits`, `/facets`, `/patterns`, `/values`, `/fields`, `/datasets`, `/query/parse`.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use girok_event::columns;
use girok_exec::{ExecError, Facet, FacetsRequest, HitsRequest, QueryRequest};
use girok_store::{Seen, Store};
use serde::Serialize;

use crate::body::Body;
use crate::error::ApiError;
use crate::params::Params;
use crate::query::StatsJson;
use crate::state::Api;

const FACET_VALUES: u64 = 10;
const VALUES: u64 = 100;
const PATTERNS: u64 = 100;

#[derive(Serialize)]
struct HitsJson {
    step_ms: f64,
    start: Option<String>,
    end: Option<String>,
    buckets: Vec<BucketJson>,
    total: u64,
    #[serde(rename = "_stats")]
    stats: StatsJson,
}

#[derive(Serialize)]
struct BucketJson {
    time: String,
    counts: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct FacetsJson {
    total: u64,
    fields: Vec<FacetJson>,
    #[serde(rename = "_stats")]
    stats: StatsJson,
}

#[derive(Serialize)]
struct FacetJson {
    name: String,
    count: u64,
    distinct: u64,
    more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    sampled: Option<u64>,
    values: Vec<ValueJson>,
}

#[derive(Serialize)]
struct ValueJson {
    value: String,
    count: u64,
}

#[derive(Serialize)]
struct PatternsJson {
    total: u64,
    distinct: u64,
    patterns: Vec<PatternJson>,
    #[serde(rename = "_stats")]
    stats: StatsJson,
}

#[derive(Serialize)]
struct PatternJson {
    pattern: String,
    count: u64,
    /// What the catalog knows of it, whatever was searched; nothing while it is in no part.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownJson>,
}

#[derive(Serialize)]
struct KnownJson {
    first_seen: String,
    last_seen: String,
    count: u64,
}

#[derive(Serialize)]
struct ValuesJson {
    values: Vec<ValueJson>,
}

#[derive(Serialize)]
struct FieldsJson {
    fields: Vec<FieldJson>,
}

#[derive(Serialize)]
struct FieldJson {
    name: String,
    r#type: &'static str,
    system: bool,
    aliases: Vec<&'static str>,
}

#[derive(Serialize)]
struct DatasetsJson {
    datasets: Vec<DatasetJson>,
}

#[derive(Serialize)]
struct DatasetJson {
    name: String,
    rows: u64,
    parts: u64,
    size_bytes: u64,
    raw_bytes: u64,
    time_min: Option<String>,
    time_max: Option<String>,
}

#[derive(Serialize)]
struct ParsedJson {
    ok: bool,
    canonical: String,
}

pub(crate) async fn hits(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let search = params.search()?;
    let text = search.text.clone();
    let request = HitsRequest {
        buckets: params.number("buckets")?,
        step_nanos: params.duration_nanos("step")?,
        by: params.get("by").map(String::from),
        search,
    };
    let hits = api.engine.hits(request).await.map_err(|error| ApiError::from_exec(&error, &text))?;
    let start = hits.buckets.keys().next().map(ToString::to_string);
    let end = hits.buckets.keys().next_back();
    let end = end.map(|last| girok_event::Timestamp(last.0.saturating_add(hits.step_nanos)).to_string());
    let buckets =
        hits.buckets.into_iter().map(|(time, counts)| BucketJson { time: time.to_string(), counts });
    let step_ms = hits.step_nanos as f64 / 1e6;
    let answer = HitsJson {
        step_ms,
        start,
        end,
        buckets: buckets.collect(),
        total: hits.total,
        stats: hits.stats.into(),
    };
    Ok(Json(answer).into_response())
}

pub(crate) async fn facets(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let request = facets_request(&params, params.list("fields"), FACET_VALUES)?;
    let text = request.search.text.clone();
    let facets = api.engine.facets(request).await.map_err(|error| ApiError::from_exec(&error, &text))?;
    let fields = facets.fields.into_iter().map(facet_json).collect();
    Ok(Json(FacetsJson { total: facets.total, fields, stats: facets.stats.into() }).into_response())
}

/// The patterns of the events that match, the most frequent first.
pub(crate) async fn patterns(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let request = facets_request(&params, vec![columns::PATTERN.to_owned()], PATTERNS)?;
    let text = request.search.text.clone();
    let search = request.search.clone();
    let facets = api.engine.facets(request).await.map_err(|error| ApiError::from_exec(&error, &text))?;
    let known = known_patterns(api.engine.store(), &search);
    let distinct = facets.fields.iter().map(|facet| facet.distinct).sum();
    let values = facets.fields.into_iter().flat_map(|facet| facet.values);
    let patterns = values.map(|(pattern, count)| {
        let known = known.get(&pattern).map(|seen| KnownJson {
            first_seen: seen.first.to_string(),
            last_seen: seen.last.to_string(),
            count: seen.rows,
        });
        PatternJson { pattern, count, known }
    });
    let patterns = patterns.collect();
    let answer = PatternsJson { total: facets.total, distinct, patterns, stats: facets.stats.into() };
    Ok(Json(answer).into_response())
}

/// The patterns in the parts of the datasets that are searched, by their texts.
fn known_patterns(store: &Store, search: &QueryRequest) -> HashMap<String, Seen> {
    let datasets = store.datasets().into_iter().filter(|dataset| search.asks_for(dataset.as_str()));
    let mut known: HashMap<String, Seen> = HashMap::new();
    for pattern in datasets.flat_map(|dataset| store.patterns.known(&dataset)) {
        let seen = known.entry(pattern.text);
        seen.and_modify(|seen| *seen = seen.join(pattern.seen)).or_insert(pattern.seen);
    }
    known
}

pub(crate) async fn values(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let field = params.require("field")?.to_owned();
    let request = facets_request(&params, vec![field], VALUES)?;
    let text = request.search.text.clone();
    let facets = api.engine.facets(request).await.map_err(|error| ApiError::from_exec(&error, &text))?;
    let values = facets.fields.into_iter().flat_map(|facet| facet_json(facet).values).collect();
    Ok(Json(ValuesJson { values }).into_response())
}

pub(crate) async fn fields(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let fields = girok_exec::fields(api.engine.store(), &params.search()?)?;
    let fields = fields.into_iter().map(|field| FieldJson {
        name: field.name,
        r#type: field.kind,
        system: field.is_system,
        aliases: field.aliases,
    });
    Ok(Json(FieldsJson { fields: fields.collect() }).into_response())
}

pub(crate) async fn datasets(State(api): State<Api>) -> Response {
    let datasets = girok_exec::datasets(api.engine.store()).into_iter().map(|dataset| DatasetJson {
        name: dataset.name.to_string(),
        rows: dataset.rows,
        parts: dataset.parts,
        size_bytes: dataset.size_bytes,
        raw_bytes: dataset.raw_bytes,
        time_min: dataset.times.map(|times| times.0.to_string()),
        time_max: dataset.times.map(|times| times.1.to_string()),
    });
    Json(DatasetsJson { datasets: datasets.collect() }).into_response()
}

/// Says whether a query is well formed; a mistake is an answer here, not a failure.
pub(crate) async fn parse(uri: Uri, headers: HeaderMap, Body(body): Body) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let text = params.get("query").unwrap_or_default();
    match girok_query::parse(text) {
        Ok(query) => Ok(Json(ParsedJson { ok: true, canonical: query.to_string() }).into_response()),
        Err(error) => {
            let error = ApiError::from_exec(&ExecError::Query(error), text);
            Err(error.with_status(axum::http::StatusCode::OK))
        }
    }
}

fn facets_request(params: &Params, fields: Vec<String>, limit: u64) -> Result<FacetsRequest, ExecError> {
    let limit = params.number("limit")?.unwrap_or(limit);
    let prefix = params.get("prefix").unwrap_or_default().to_owned();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(FacetsRequest { search: params.search()?, fields, limit, prefix })
}

fn facet_json(facet: Facet) -> FacetJson {
    let values = facet.values.into_iter().map(|(value, count)| ValueJson { value, count });
    FacetJson {
        name: facet.name,
        count: facet.count,
        distinct: facet.distinct,
        more: facet.more,
        sampled: facet.sampled,
        values: values.collect(),
    }
}
