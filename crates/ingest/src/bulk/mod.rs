//! How an Elasticsearch `_bulk` body becomes appended events and one answer an action.
//!
//! Lines come in pairs, an action and a document. `index` and `create` append; `update` and `delete` are
//! refused item by item, for a log does not change. `_index` names the dataset; `_id` is kept as the record
//! header [`ID_HEADER`] and does not make an event unique.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use girok_event::DatasetName;

use crate::producer::Ack;
use crate::receive::off_runtime;
use crate::{Content, Envelope, ErrorKind, Ingest, IngestError, Record, body};
use actions::{Action, Actions};

mod actions;
#[cfg(test)]
mod tests;

/// The record header that holds the `_id` of a bulk action.
pub const ID_HEADER: &str = "girok.id";

/// The name of this door.
const INPUT: &str = "bulk";

/// A `_bulk` body, compressed or not.
#[derive(Debug, Clone)]
pub struct BulkRequest {
    /// Where documents go whose action names no index.
    pub dataset: DatasetName,
    /// Who sent it.
    pub peer: Option<IpAddr>,
    /// Its `Content-Encoding`, which is only a hint.
    pub content_encoding: Option<String>,
    /// Its bytes.
    pub body: Bytes,
}

/// What one action asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkOp {
    /// Append, whether the id is known or not.
    Index,
    /// Append.
    Create,
    /// Change a document: refused.
    Update,
    /// Remove a document: refused.
    Delete,
}

impl BulkOp {
    /// The name in requests and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            BulkOp::Index => "index",
            BulkOp::Create => "create",
            BulkOp::Update => "update",
            BulkOp::Delete => "delete",
        }
    }
}

/// What became of a bulk request: exactly one item an action, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkReceipt {
    /// The items.
    pub items: Vec<BulkItem>,
}

impl BulkReceipt {
    /// Whether any action failed.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|item| item.error.is_some())
    }
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkItem {
    /// What was asked for.
    pub op: BulkOp,
    /// The index as named, or the default one.
    pub index: Arc<str>,
    /// The id, where the sender gave one.
    pub id: Option<Box<str>>,
    /// Why it failed.
    pub error: Option<BulkError>,
}

impl BulkItem {
    /// The HTTP status of this item: 201, or that of its error.
    pub fn status(&self) -> u16 {
        self.error.as_ref().map_or(201, |error| error.status)
    }
}

/// Why an action failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkError {
    /// An HTTP status: 400, 413, 429 or 503.
    pub status: u16,
    /// Elasticsearch's name for the kind of error.
    pub kind: &'static str,
    /// The reason.
    pub reason: Arc<str>,
}

impl Ingest {
    /// Takes the documents of a bulk body; returns once they are durable.
    ///
    /// # Errors
    /// If the body cannot be read as actions and documents; then nothing of it was taken.
    pub async fn bulk(&self, request: BulkRequest) -> Result<BulkReceipt, IngestError> {
        let compressed = body::is_compressed(&request.body, request.content_encoding.as_deref());
        let _room = self.room().take(request.body.len(), compressed).await?;
        let ingest = self.clone();
        let (mut receipt, batches) = off_runtime(move || ingest.take_bulk(request)).await?;
        for (ack, places) in batches {
            if let Err(error) = durable(ack).await {
                receipt.fail(&places, &error);
            }
        }
        Ok(receipt)
    }

    fn take_bulk(&self, request: BulkRequest) -> Result<(BulkReceipt, Vec<Batch>), IngestError> {
        let body = body::decode(request.body, request.content_encoding.as_deref())?;
        let actions = Actions::new(&body, &request.dataset).collect::<Result<Vec<_>, _>>()?;
        let mut documents: BTreeMap<&DatasetName, Vec<(usize, Record<'_>)>> = BTreeMap::new();
        for (place, action) in actions.iter().enumerate() {
            match &action.document {
                Ok((dataset, value)) => {
                    let record = Record { value, id: action.id.as_deref() };
                    documents.entry(dataset).or_default().push((place, record));
                }
                Err(_) => self.reject(INPUT, &request.dataset, 1),
            }
        }
        let batches = documents.into_iter().map(|(dataset, documents)| {
            let (places, records): (Vec<_>, Vec<_>) = documents.into_iter().unzip();
            (self.append_documents(dataset, request.peer, &records), places)
        });
        let batches = batches.collect();
        Ok((BulkReceipt { items: actions.into_iter().map(into_item).collect() }, batches))
    }

    fn append_documents(
        &self,
        dataset: &DatasetName,
        peer: Option<IpAddr>,
        documents: &[Record<'_>],
    ) -> Result<Ack, IngestError> {
        let envelope = Envelope { input: INPUT, peer, content: Some(Content::Json) };
        let bytes = documents.iter().map(|record| record.value.len()).sum();
        self.append(dataset, envelope, bytes, documents.iter().copied())
    }
}

/// Documents of one dataset on their way, and the places of their items.
type Batch = (Result<Ack, IngestError>, Vec<usize>);

async fn durable(ack: Result<Ack, IngestError>) -> Result<(), IngestError> {
    ack?.durable().await
}

impl BulkReceipt {
    fn fail(&mut self, places: &[usize], error: &IngestError) {
        let error = refusal(error);
        for place in places {
            self.items[*place].error = Some(error.clone());
        }
    }
}

/// An item's error. Clients try status 429 and 503 again, and drop what has another one.
fn refusal(error: &IngestError) -> BulkError {
    let (status, kind) = match error.kind() {
        ErrorKind::BadInput => (400, "illegal_argument_exception"),
        ErrorKind::OverLimit => (413, "illegal_argument_exception"),
        ErrorKind::Overloaded => (429, "es_rejected_execution_exception"),
        ErrorKind::Unavailable => (503, "unavailable_shards_exception"),
    };
    BulkError { status, kind, reason: error.to_string().into() }
}

fn into_item(action: Action<'_>) -> BulkItem {
    BulkItem { op: action.op, index: action.index, id: action.id, error: action.document.err() }
}
