//! What the syslog listeners counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The counters of one listener.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) received: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) truncated: AtomicU64,
    pub(crate) framing_errors: AtomicU64,
    pub(crate) connections: AtomicU64,
}

/// What one listener counted since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Messages that came in.
    pub received: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages that were lost: the log was too slow for UDP, or girok stopped.
    pub dropped: u64,
    /// Messages that were cut to [`super::FRAME_BYTES_MAX`].
    pub truncated: u64,
    /// Streams whose octet counts stopped making sense.
    pub framing_errors: u64,
    /// Connections that are open now.
    pub connections: u64,
}

impl Counters {
    pub(crate) fn received(&self, messages: usize, bytes: usize) {
        self.received.fetch_add(messages as u64, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Counted {
        Counted {
            received: self.received.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            truncated: self.truncated.load(Relaxed),
            framing_errors: self.framing_errors.load(Relaxed),
            connections: self.connections.load(Relaxed),
        }
    }
}
