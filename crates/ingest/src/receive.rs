//! How a request's body becomes appended events and a receipt.

use std::net::IpAddr;

use bytes::Bytes;
use girok_event::DatasetName;
use girok_event::limits::RECORD_BYTES_MAX;

use crate::frame::{Frame, Framing};
use crate::producer::{Ack, SHARED_BYTES_MAX};
use crate::{Envelope, Ingest, IngestError, Record, body};

/// Refused rows that a receipt names; further ones are only counted.
const ROW_ERRORS_MAX: usize = 100;

/// A body of NDJSON, a JSON array or lines of text, compressed or not.
#[derive(Debug, Clone)]
pub struct Request {
    /// The dataset it goes to.
    pub dataset: DatasetName,
    /// The door it came through.
    pub input: &'static str,
    /// Who sent it.
    pub peer: Option<IpAddr>,
    /// Its `Content-Type`, which is only a hint.
    pub content_type: Option<String>,
    /// Its `Content-Encoding`, which is only a hint.
    pub content_encoding: Option<String>,
    /// Its bytes.
    pub body: Bytes,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Events that are durable now.
    pub accepted: u64,
    /// Events that were refused.
    pub rejected: u64,
    /// Why, for the first hundred of them.
    pub errors: Vec<RowError>,
}

/// Why one event of a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Its line (blank ones count) or its element in the array, from 0.
    pub index: usize,
    /// The reason.
    pub error: IngestError,
}

impl Ingest {
    /// Takes the events of a body; returns once they are durable.
    ///
    /// # Errors
    /// If the body as a whole cannot be taken. A single event that cannot is in the receipt.
    pub async fn receive(&self, request: Request) -> Result<Receipt, IngestError> {
        let compressed = body::is_compressed(&request.body, request.content_encoding.as_deref());
        let _room = self.room().take(request.body.len(), compressed).await?;
        let small = !compressed && request.body.len() <= SHARED_BYTES_MAX && self.knows(&request.dataset);
        let ingest = self.clone();
        let (ack, mut receipt) = if small {
            ingest.take_in(request)?
        } else {
            off_runtime(move || ingest.take_in(request)).await?
        };
        receipt.accepted = ack.events();
        ack.durable().await?;
        Ok(receipt)
    }

    fn take_in(&self, request: Request) -> Result<(Ack, Receipt), IngestError> {
        let Request { dataset, input, peer, content_type, content_encoding, body } = request;
        let body = body::decode(body, content_encoding.as_deref())?;
        let framing = Framing::detect(&body, content_type.as_deref())?;
        let envelope = Envelope { input, peer, content: framing.content() };
        let mut receipt = Receipt::default();
        let records = framing.frames(&body).filter_map(|frame| receipt.admit(frame));
        let ack = self.append(&dataset, envelope, body.len(), records)?;
        self.reject(input, &dataset, receipt.rejected);
        Ok((ack, receipt))
    }
}

impl Receipt {
    /// The record of an event that is within the limit; another one is noted as refused.
    fn admit<'a>(&mut self, frame: Frame<'a>) -> Option<Record<'a>> {
        match within_limit(frame.bytes) {
            Ok(()) => Some(frame.bytes.into()),
            Err(error) => {
                self.rejected += 1;
                if self.errors.len() < ROW_ERRORS_MAX {
                    self.errors.push(RowError { index: frame.index, error });
                }
                None
            }
        }
    }
}

/// Whether an event is not too large.
pub(crate) fn within_limit(event: &[u8]) -> Result<(), IngestError> {
    match event.len() {
        0..=RECORD_BYTES_MAX => Ok(()),
        size_bytes => Err(IngestError::EventTooLarge { size_bytes, limit_bytes: RECORD_BYTES_MAX }),
    }
}

/// Runs work on a thread that may block.
pub(crate) async fn off_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IngestError> + Send + 'static,
) -> Result<T, IngestError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(IngestError::Unavailable { reason: format!("a worker failed: {error}") }))
}

#[cfg(test)]
#[path = "receive_tests.rs"]
mod tests;
