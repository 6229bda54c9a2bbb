//! What every partition needs from its log: clock, disk, settings, the queue of the sync thread, and the
//! watermark of the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use crate::disk::Disk;
use crate::flusher::SyncQueue;
use crate::{Clock, LogConfig};

/// One per log.
pub(crate) struct Shared {
    pub(crate) config: LogConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) syncs: SyncQueue,
    pub(crate) watermark: Watermark,
    /// Records that retention removed before the retention group had taken them.
    pub(crate) records_lost: AtomicU64,
}

impl Shared {
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Takes `size_bytes` of the disk; the bytes found free if the reserve would be touched.
    pub(crate) fn reserve(&self, size_bytes: usize) -> Result<(), u64> {
        if self.watermark.take(size_bytes as i64) {
            return Ok(());
        }
        let free_bytes = self.look_at_disk();
        let has_room = self.watermark.take(size_bytes as i64);
        self.tell_turn(has_room, free_bytes);
        if has_room { Ok(()) } else { Err(free_bytes) }
    }

    /// An operator is told when appends begin to be refused and when they are taken again, not each time.
    fn tell_turn(&self, has_room: bool, free_bytes: u64) {
        let was_refusing = self.watermark.refusing.swap(!has_room, Ordering::Relaxed);
        let reserve_bytes = self.config.disk_reserve_bytes;
        match (was_refusing, has_room) {
            (false, false) => {
                tracing::error!(free_bytes, reserve_bytes, "disk nearly full: appends are refused");
            }
            (true, true) => {
                tracing::info!(free_bytes, reserve_bytes, "disk has room again: appends are taken");
            }
            _ => {}
        }
    }

    /// Asks the disk how much is free. One that does not answer is taken as full: a write would fail too.
    pub(crate) fn look_at_disk(&self) -> u64 {
        let free_bytes = self.disk.free_bytes(&self.config.dir).unwrap_or(0);
        self.watermark.set(free_bytes, self.config.disk_reserve_bytes);
        free_bytes
    }
}

/// How much may be written before the disk must be asked again: one system call per many appends.
#[derive(Debug, Default)]
pub(crate) struct Watermark {
    budget: AtomicI64,
    free_bytes: AtomicU64,
    refusing: AtomicBool,
}

/// Others write to the disk too, so it is asked again after this much.
const BUDGET_BYTES_MAX: u64 = 64 << 20;

impl Watermark {
    fn take(&self, size_bytes: i64) -> bool {
        self.budget.fetch_sub(size_bytes, Ordering::Relaxed) >= size_bytes
    }

    fn set(&self, free_bytes: u64, reserve_bytes: u64) {
        let budget = free_bytes.saturating_sub(reserve_bytes).min(BUDGET_BYTES_MAX);
        self.budget.store(budget as i64, Ordering::Relaxed);
        self.free_bytes.store(free_bytes, Ordering::Relaxed);
    }

    /// What the disk said last.
    pub(crate) fn free_bytes(&self) -> u64 {
        self.free_bytes.load(Ordering::Relaxed)
    }
}
