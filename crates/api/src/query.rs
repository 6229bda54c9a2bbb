//! `/api/v1/query`, `/api/v1/sql`: rows as NDJSON, streamed as they are found.

use std::collections::BTreeMap;

use axum::body::Body as Stream;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use girok_exec::{Answer, Decided, Decider, QueryStats, Warning};
use girok_store::Outage;
use serde::Serialize;
use tokio_stream::wrappers::ReceiverStream;

use crate::body::Body;
use crate::clock;
use crate::error::ApiError;
use crate::params::Params;
use crate::rows::RowWriter;
use crate::state::Api;

pub(crate) const NDJSON: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// Rows are sent on once so many bytes of them are written.
const WRITE_BYTES: usize = 64 << 10;

/// Writes ahead of a slow client.
const WRITES_AHEAD: usize = 4;

#[derive(Serialize)]
struct StatsLine<'a> {
    #[serde(rename = "_stats")]
    stats: StatsJson,
    #[serde(rename = "_warnings", skip_serializing_if = "<[_]>::is_empty")]
    warnings: Vec<WarningJson<'a>>,
}

/// The work done, as every answer tells it.
#[derive(Debug, Serialize)]
pub(crate) struct StatsJson {
    rows: u64,
    rows_scanned: u64,
    bytes_scanned: u64,
    parts_total: u64,
    parts_pruned: u64,
    parts_pruned_by_time: u64,
    parts_pruned_by_index: u64,
    parts_counted_by_index: u64,
    blocks_total: u64,
    blocks_pruned: u64,
    decided_by: BTreeMap<&'static str, DecidedJson>,
    reads: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts_out: Vec<OutageJson>,
    elapsed_ms: u64,
}

/// What a piece of the indexes took part in passing over.
#[derive(Debug, Serialize)]
pub(crate) struct DecidedJson {
    parts: u64,
    blocks: u64,
}

/// A part whose rows are missing.
#[derive(Debug, Serialize)]
pub(crate) struct OutageJson {
    part: String,
    reason: String,
}

impl From<Outage> for OutageJson {
    fn from(outage: Outage) -> Self {
        OutageJson { part: outage.path, reason: outage.reason }
    }
}

#[derive(Serialize)]
struct WarningJson<'a> {
    message: &'a str,
    start: usize,
    end: usize,
}

impl From<QueryStats> for StatsJson {
    fn from(stats: QueryStats) -> Self {
        let decided =
            Decider::ALL.iter().zip(stats.decided).filter(|(_, decided)| *decided != Decided::default());
        let decided =
            decided.map(|(by, Decided { parts, blocks })| (by.as_str(), DecidedJson { parts, blocks }));
        StatsJson {
            decided_by: decided.collect(),
            rows: stats.rows,
            rows_scanned: stats.rows_scanned,
            bytes_scanned: stats.bytes_scanned,
            parts_total: stats.parts_total,
            parts_pruned: stats.parts_pruned_by_time + stats.parts_pruned_by_index,
            parts_pruned_by_time: stats.parts_pruned_by_time,
            parts_pruned_by_index: stats.parts_pruned_by_index,
            parts_counted_by_index: stats.parts_counted_by_index,
            blocks_total: stats.blocks_total,
            blocks_pruned: stats.blocks_pruned,
            reads: stats.reads,
            parts_out: stats.parts_out.into_iter().map(OutageJson::from).collect(),
            elapsed_ms: stats.elapsed_ms,
        }
    }
}

pub(crate) async fn query(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let request = params.search()?;
    let text = request.text.clone();
    let answer = api.engine.query(request).await.map_err(|error| ApiError::from_exec(&error, &text))?;
    Ok(stream(answer, Wanted::of(&params)))
}

pub(crate) async fn sql(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let answer = api.engine.sql(params.require("sql")?.to_owned(), clock::now()).await?;
    Ok(stream(answer, Wanted::of(&params)))
}

/// What of an answer is sent.
#[derive(Clone, Copy)]
struct Wanted {
    rows: bool,
    stats: bool,
}

impl Wanted {
    fn of(params: &Params) -> Self {
        let explains = params.flag("explain");
        Wanted { rows: !explains, stats: explains || params.flag("stats") }
    }
}

/// Sends an answer's rows while they come. A failure in the middle is a last line `{"error":…}`.
fn stream(mut answer: Answer, wanted: Wanted) -> Response {
    let (sender, receiver) =
        tokio::sync::mpsc::channel::<Result<Vec<u8>, std::convert::Infallible>>(WRITES_AHEAD);
    tokio::spawn(async move {
        let writer = RowWriter::new(&answer.schema);
        let mut out = Vec::new();
        loop {
            // Dropping the answer ends its work, also where no row has been found yet.
            let batch = tokio::select! {
                () = sender.closed() => return,
                batch = answer.next() => batch,
            };
            let Some(batch) = batch else { break };
            let written = batch.and_then(|batch| match wanted.rows {
                true => Ok(writer.write(&batch, &mut out)?),
                false => Ok(()),
            });
            if let Err(error) = written {
                out.extend(ApiError::from(error).into_line());
                break;
            }
            if out.len() >= WRITE_BYTES && sender.send(Ok(std::mem::take(&mut out))).await.is_err() {
                return;
            }
        }
        if wanted.stats {
            out.extend(stats_line(&answer));
        }
        // A client that has gone needs no last rows.
        let _ = sender.send(Ok(out)).await;
    });
    ([(header::CONTENT_TYPE, NDJSON)], Stream::from_stream(ReceiverStream::new(receiver))).into_response()
}

fn stats_line(answer: &Answer) -> Vec<u8> {
    let warning = |warning: &'_ Warning| (warning.span.start, warning.span.end);
    let warnings = answer.warnings.iter().map(|one| {
        let (start, end) = warning(one);
        WarningJson { message: &one.message, start, end }
    });
    let line = StatsLine { stats: answer.stats().into(), warnings: warnings.collect() };
    let mut line = serde_json::to_vec(&line).unwrap_or_default();
    line.push(b'\n');
    line
}
