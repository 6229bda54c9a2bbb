//! `/api/v1/tail`: matching events as they arrive, one line each, until the client goes.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as Stream;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use girok_exec::Tail;
use girok_store::Chunk;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use crate::body::Body;
use crate::error::ApiError;
use crate::params::Params;
use crate::query::NDJSON;
use crate::rows::RowWriter;
use crate::state::Api;

/// An empty line this often tells both ends that the other is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);

const WRITES_AHEAD: usize = 16;

type Sender = mpsc::Sender<Result<Vec<u8>, Infallible>>;

pub(crate) async fn tail(
    State(api): State<Api>,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ApiError> {
    let params = Params::read(&uri, &headers, &body)?;
    let request = params.search()?;
    let text = request.text.clone();
    let tail = Tail::new(request).map_err(|error| ApiError::from_exec(&error, &text))?;
    let chunks = api.engine.store().live.subscribe();
    let (sender, receiver) = mpsc::channel(WRITES_AHEAD);
    tokio::spawn(follow(api, tail, chunks, sender));
    Ok(([(header::CONTENT_TYPE, NDJSON)], Stream::from_stream(ReceiverStream::new(receiver))).into_response())
}

async fn follow(api: Api, tail: Tail, mut chunks: broadcast::Receiver<Arc<Chunk>>, sender: Sender) {
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    loop {
        let line = tokio::select! {
            () = sender.closed() => return,
            () = api.stopping.cancelled() => return,
            _ = heartbeat.tick() => b"\n".to_vec(),
            chunk = chunks.recv() => match chunk {
                Ok(chunk) => rows_of(&api, &tail, &chunk).await,
                Err(broadcast::error::RecvError::Lagged(chunks)) => missed(chunks),
                Err(broadcast::error::RecvError::Closed) => return,
            },
        };
        if !line.is_empty() && sender.send(Ok(line)).await.is_err() {
            return;
        }
    }
}

async fn rows_of(api: &Api, tail: &Tail, chunk: &Chunk) -> Vec<u8> {
    let mut out = Vec::new();
    let written = tail.matching(&api.engine, chunk).await.and_then(|batches| {
        batches.iter().try_for_each(|batch| Ok(RowWriter::new(&batch.schema()).write(batch, &mut out)?))
    });
    if let Err(error) = written {
        out = ApiError::from(error).into_line();
    }
    out
}

/// A reader that is too slow is told what it missed, in batches of rows.
fn missed(chunks: u64) -> Vec<u8> {
    format!("{{\"_missed_chunks\":{chunks}}}\n").into_bytes()
}
