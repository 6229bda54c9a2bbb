//! How much memory bodies that are being taken in may use together.
//!
//! A body waits for room before it is decompressed; one that waits too long is refused as overload, and the
//! sender tries again. A client that keeps sending is slowed down before memory runs out.

use std::sync::Arc;
use std::time::Duration;

use girok_event::limits::BODY_BYTES_MAX;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::IngestError;

/// Bytes of bodies that may be in memory at a time.
const BODIES_BYTES_MAX: usize = BODY_BYTES_MAX;

/// How much larger than it is a compressed body is taken to be.
const INFLATION: usize = 8;

/// How long a body waits for room.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Permits are counted in KiB.
const UNIT: usize = 1024;

/// The room that is left.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    units: Arc<Semaphore>,
    wait_max: Duration,
}

impl Room {
    pub(crate) fn new() -> Self {
        Room { units: Arc::new(Semaphore::new(BODIES_BYTES_MAX / UNIT)), wait_max: WAIT_MAX }
    }

    /// Waits for room for a body; the room is free again when the permit is dropped.
    pub(crate) async fn take(
        &self,
        body_bytes: usize,
        compressed: bool,
    ) -> Result<OwnedSemaphorePermit, IngestError> {
        let factor = if compressed { INFLATION } else { 1 };
        let bytes = body_bytes.saturating_mul(factor).min(BODIES_BYTES_MAX);
        let units = (bytes / UNIT) as u32;
        match tokio::time::timeout(self.wait_max, Arc::clone(&self.units).acquire_many_owned(units)).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(IngestError::Busy { limit_bytes: BODIES_BYTES_MAX }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_room_refuses_after_a_while_and_opens_again() {
        let room = Room { wait_max: Duration::from_millis(20), ..Room::new() };
        let all = room.take(usize::MAX, true).await.unwrap();
        let error = room.take(4096, false).await.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Overloaded);
        drop(all);
        let _some = room.take(4096, false).await.unwrap();
    }
}
