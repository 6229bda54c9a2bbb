//! One partition of the log while this worker owns it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use girok_event::Timestamp;
use girok_store::{Chunk, Covers, RowsBuilder, StoreError};

use crate::config::is_due;
use crate::{PipelineConfig, TopicPartition};

/// A part under way in the sealer.
pub(crate) struct Sealing {
    /// Set to make the sealer stop trying.
    pub(crate) give_up: Arc<AtomicBool>,
    /// Bytes of its records.
    pub(crate) raw_bytes: u64,
}

/// Rows on their way from the log into a part.
pub(crate) struct PartitionState {
    pub(crate) id: TopicPartition,
    pub(crate) rows: RowsBuilder,
    /// The offset of the next record to take.
    pub(crate) next_offset: i64,
    /// Where the next part begins: behind everything sealed or being sealed.
    covers_from: i64,
    /// When the oldest row of the chunk came.
    chunk_since: Option<Timestamp>,
    /// When the oldest row of the part came.
    part_since: Option<Timestamp>,
    part_rows: usize,
    part_raw_bytes: u64,
    /// Arrival of the last record taken.
    pub(crate) last_arrival: Timestamp,
    /// The part that is being written, if one is.
    pub(crate) sealing: Option<Sealing>,
    pub(crate) is_paused: bool,
    /// Being let go: whatever the sealer says, it is not taken up again.
    pub(crate) is_leaving: bool,
}

impl PartitionState {
    /// A partition of which everything below `checkpoint` is stored.
    pub(crate) fn new(id: TopicPartition, checkpoint: i64) -> Self {
        PartitionState {
            rows: RowsBuilder::new(id.dataset.clone(), id.partition),
            id,
            next_offset: checkpoint,
            covers_from: checkpoint,
            chunk_since: None,
            part_since: None,
            part_rows: 0,
            part_raw_bytes: 0,
            last_arrival: Timestamp::default(),
            sealing: None,
            is_paused: false,
            is_leaving: false,
        }
    }

    /// Where the next part begins.
    pub(crate) fn covers_from(&self) -> i64 {
        self.covers_from
    }

    /// Notes rows that were pushed at `now`.
    pub(crate) fn grew(&mut self, rows: usize, raw_bytes: u64, now: Timestamp) {
        if rows > 0 {
            self.chunk_since.get_or_insert(now);
            self.part_since.get_or_insert(now);
        }
        self.part_rows += rows;
        self.part_raw_bytes += raw_bytes;
    }

    /// Bytes of the records whose rows are in no part and not being sealed.
    pub(crate) fn raw_bytes(&self) -> u64 {
        self.part_raw_bytes
    }

    /// Bytes of the records whose rows are in no part.
    pub(crate) fn live_raw_bytes(&self) -> u64 {
        self.part_raw_bytes + self.sealing.as_ref().map_or(0, |sealing| sealing.raw_bytes)
    }

    /// Tells the sealer not to try again, if it is at work.
    pub(crate) fn give_up_sealing(&self) {
        if let Some(sealing) = &self.sealing {
            sealing.give_up.store(true, Ordering::Release);
        }
    }

    /// Whether there is anything that a part or the checkpoint does not have yet.
    pub(crate) fn is_dirty(&self) -> bool {
        self.next_offset > self.covers_from
    }

    pub(crate) fn is_chunk_full(&self, config: &PipelineConfig) -> bool {
        self.rows.rows() >= config.chunk_rows_max || self.rows.size_bytes() >= config.chunk_bytes_max
    }

    pub(crate) fn is_chunk_due(&self, config: &PipelineConfig, now: Timestamp) -> bool {
        self.is_chunk_full(config) || is_due(self.chunk_since, config.chunk_age_max, now)
    }

    pub(crate) fn is_part_full(&self, config: &PipelineConfig) -> bool {
        self.part_rows >= config.part_rows_max || self.part_raw_bytes >= config.part_raw_bytes_max
    }

    pub(crate) fn is_part_due(&self, config: &PipelineConfig, now: Timestamp) -> bool {
        self.is_part_full(config) || is_due(self.part_since, config.part_age_max, now)
    }

    /// The rows pushed since the last cut.
    pub(crate) fn cut(&mut self) -> Result<Option<Arc<Chunk>>, StoreError> {
        self.chunk_since = None;
        Ok(self.rows.cut()?.map(Arc::new))
    }

    /// Ends the part: what it covers, and the bytes of its records. The rows must have been cut.
    pub(crate) fn end_part(&mut self) -> (Covers, u64) {
        let covers = Covers { from: self.covers_from, until: self.next_offset };
        self.covers_from = self.next_offset;
        self.part_since = None;
        self.part_rows = 0;
        self.rows.next_part();
        (covers, std::mem::take(&mut self.part_raw_bytes))
    }
}
