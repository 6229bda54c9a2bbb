//! How syslog messages get into the log although nobody can be told to send them again.
//!
//! A syslog sender expects no answer. So a message that the log does not take is offered again, ever more
//! slowly, until it is taken or girok stops; meanwhile the listener takes in nothing more.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use girok_event::DatasetName;
use tokio::sync::watch;

use super::counters::Counters;
use crate::producer::{Ack, SHARED_BYTES_MAX};
use crate::{Content, Envelope, Ingest, IngestError};

const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(2);

/// One listener's way into the log.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) ingest: Ingest,
    pub(super) dataset: DatasetName,
    pub(super) input: &'static str,
    pub(super) counters: Arc<Counters>,
    pub(super) stop: watch::Receiver<bool>,
}

/// Messages of one sender: places in a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Messages<'a> {
    pub(super) peer: IpAddr,
    pub(super) buffer: &'a [u8],
    pub(super) frames: &'a [Range<usize>],
}

impl Delivery {
    /// Makes the topic if it is not there yet; messages are offered only after that.
    pub(super) async fn prepare(&self) -> Result<(), IngestError> {
        self.ingest.prepare(&self.dataset).await
    }

    /// Starts an append, without waiting for it.
    pub(super) fn offer(&self, messages: Messages<'_>) -> Result<Ack, IngestError> {
        let envelope =
            Envelope { input: self.input, peer: Some(messages.peer), content: Some(Content::Syslog) };
        let records = messages.frames.iter().map(|frame| messages.buffer[frame.clone()].into());
        let bytes = messages.bytes().min(SHARED_BYTES_MAX);
        self.ingest.append(&self.dataset, envelope, bytes, records)
    }

    /// Appends messages; returns once they are durable, or counts them as dropped when girok stops.
    pub(super) async fn deliver(&mut self, messages: Messages<'_>) {
        let offered = self.prepare().await.and_then(|()| self.offer(messages));
        self.settle(messages, offered).await;
    }

    /// Waits for an offer, and repeats it until it is taken.
    pub(super) async fn settle(&mut self, messages: Messages<'_>, offered: Result<Ack, IngestError>) {
        let mut outcome = durable(offered).await;
        let mut delay = RETRY_FIRST;
        while let Err(error) = outcome {
            if delay == RETRY_FIRST {
                tracing::warn!(input = self.input, %error, "cannot append syslog messages yet");
            }
            if *self.stop.borrow() {
                self.counters.dropped.fetch_add(messages.frames.len() as u64, Relaxed);
                tracing::error!(
                    input = self.input,
                    messages = messages.frames.len(),
                    "dropped syslog messages"
                );
                return;
            }
            let _ = tokio::time::timeout(delay, self.stop.changed()).await;
            delay = (delay * 2).min(RETRY_MAX);
            outcome = durable(self.prepare().await.and_then(|()| self.offer(messages))).await;
        }
    }
}

impl Messages<'_> {
    /// Their bytes together.
    pub(super) fn bytes(&self) -> usize {
        self.frames.iter().map(Range::len).sum()
    }
}

async fn durable(offered: Result<Ack, IngestError>) -> Result<(), IngestError> {
    offered?.durable().await
}
