//! One member of a classic group.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::super::group::RECONNECT_MS;
use super::{GroupResult, JoinRequest, Joined, Synced};

/// The ways to share out that a member knows, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Protocols(pub(crate) Vec<(String, Bytes)>);

impl Protocols {
    pub(super) fn knows(&self, protocol: &str) -> bool {
        self.0.iter().any(|(name, _)| name == protocol)
    }

    /// What the member said for `protocol`.
    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        let found = self.0.iter().find(|(name, _)| name == protocol);
        found.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }
}

/// A member, and the answers that it waits for.
#[derive(Debug)]
pub(crate) struct Member {
    pub(super) instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) session_timeout_ms: i64,
    pub(super) rebalance_timeout_ms: i64,
    pub(super) protocols: Protocols,
    pub(super) assignment: Bytes,
    pub(super) seen_ms: i64,
    pub(super) joining: Option<oneshot::Sender<GroupResult<Joined>>>,
    pub(super) syncing: Option<oneshot::Sender<GroupResult<Synced>>>,
}

impl Member {
    pub(super) fn new(request: JoinRequest, now_ms: i64) -> Self {
        Member {
            instance_id: request.instance_id,
            client_id: request.client_id,
            client_host: request.client_host,
            session_timeout_ms: request.session_timeout_ms.into(),
            // The first version of joining has one timeout for both.
            rebalance_timeout_ms: match request.rebalance_timeout_ms {
                ..=0 => request.session_timeout_ms.into(),
                timeout_ms => timeout_ms.into(),
            },
            protocols: Protocols(request.protocols),
            assignment: Bytes::new(),
            seen_ms: now_ms,
            joining: None,
            syncing: None,
        }
    }

    /// Whether it was silent for too long; one that waits for an answer need not speak.
    pub(super) fn is_silent(&self, now_ms: i64) -> bool {
        let hears_joined = self.joining.as_ref().is_some_and(|joining| !joining.is_closed());
        let hears_synced = self.syncing.as_ref().is_some_and(|syncing| !syncing.is_closed());
        !hears_joined && !hears_synced && now_ms.saturating_sub(self.seen_ms) > self.session_timeout_ms
    }

    /// Its connection ended, and nobody hears the answers that it waits for: it has a moment to come back. An
    /// instance has its whole session.
    pub(super) fn lose_connection(&mut self, now_ms: i64) {
        (self.joining, self.syncing) = (None, None);
        if self.instance_id.is_none() {
            let is_due = now_ms.saturating_sub(self.session_timeout_ms).saturating_add(RECONNECT_MS);
            self.seen_ms = self.seen_ms.min(is_due);
        }
    }

    /// Answers a join, if one waits. A client that is gone needs no answer.
    pub(super) fn answer_join(&mut self, answer: GroupResult<Joined>) {
        if let Some(joining) = self.joining.take() {
            // A member that went away needs no answer.
            let _ = joining.send(answer);
        }
    }

    /// Answers a sync, if one waits.
    pub(super) fn answer_sync(&mut self, answer: GroupResult<Synced>) {
        let _ = self.syncing.take().map(|syncing| syncing.send(answer));
    }
}
