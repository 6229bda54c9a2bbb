//! Record batches in, rows out: the hot path.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bumpalo::Bump;
use girok_event::limits::BODY_BYTES_MAX;
use girok_event::{Event, Timestamp, headers};
use girok_parse::{Content, Hints, parse};
use girok_store::{Live, RowOrigin, StoreError};
use girok_wire::{BatchHeader, BatchView, RecordView};

use crate::deadletter::DeadLetter;
use crate::partition::PartitionState;
use crate::{Clock, LogClient, LogError, Metrics, PipelineConfig, TopicPartition};

/// An arena that has grown beyond this is given back after the batch.
const ARENA_BYTES_MAX: usize = 16 << 20;
/// So is a buffer for unpacked records.
const SCRATCH_BYTES_MAX: usize = 32 << 20;

/// A record that made the worker panic so often is not pushed again.
const ATTEMPTS_MAX: u32 = 2;

/// Why a batch could not be taken; the worker starts again from the checkpoint.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    /// The log did not take a dead letter.
    #[error("cannot send a dead letter: {0}")]
    DeadLetter(LogError),
    /// Columns could not be built.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Records whose rows made this worker panic, with the number of times.
pub(crate) type Suspects = HashMap<(TopicPartition, i64), u32>;

/// What one worker needs to turn batches into rows; its buffers are used again and again.
pub(crate) struct Intake {
    pub(crate) config: Arc<PipelineConfig>,
    pub(crate) clock: Clock,
    pub(crate) log: Arc<dyn LogClient>,
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) suspects: Suspects,
    /// The record being pushed; read after a panic.
    pub(crate) current: Option<(TopicPartition, i64)>,
    scratch: Vec<u8>,
    arena: Bump,
}

/// What one batch added.
#[derive(Default)]
struct Taken {
    rows: u64,
    raw_bytes: u64,
    parse_errors: u64,
    dead_letters: u64,
}

impl Intake {
    pub(crate) fn new(
        config: Arc<PipelineConfig>,
        clock: Clock,
        log: Arc<dyn LogClient>,
        live: Arc<Live>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (scratch, arena) = (Vec::new(), Bump::new());
        Intake { config, clock, log, live, metrics, suspects: HashMap::new(), current: None, scratch, arena }
    }

    /// Pushes the records of `batch` that are not taken yet; the bytes of their values.
    pub(crate) fn take(&mut self, state: &mut PartitionState, batch: &[u8]) -> Result<u64, IntakeError> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut arena = std::mem::take(&mut self.arena);
        let taken = self.take_records(state, batch, &mut scratch, &arena);
        if scratch.capacity() <= SCRATCH_BYTES_MAX {
            self.scratch = scratch;
        }
        if arena.allocated_bytes() <= ARENA_BYTES_MAX {
            arena.reset();
            self.arena = arena;
        }
        let taken = taken?;
        self.metrics.count(&state.id.dataset, |counts| {
            counts.rows += taken.rows;
            counts.raw_bytes += taken.raw_bytes;
            counts.parse_errors += taken.parse_errors;
            counts.dead_letters += taken.dead_letters;
        });
        Ok(taken.raw_bytes)
    }

    fn take_records(
        &mut self,
        state: &mut PartitionState,
        batch: &[u8],
        scratch: &mut Vec<u8>,
        arena: &Bump,
    ) -> Result<Taken, IntakeError> {
        let mut taken = Taken::default();
        let view = match BatchView::parse(batch) {
            Ok(view) => view,
            Err(error) => return self.refuse_batch(state, batch, &error),
        };
        let last_offset = view.last_offset();
        if last_offset < state.next_offset {
            return Ok(taken);
        }
        state.next_offset = state.next_offset.max(view.base_offset());
        if !view.is_control() {
            let records = match view.records(scratch, BODY_BYTES_MAX) {
                Ok(records) => records,
                Err(error) => return self.refuse_batch(state, batch, &error),
            };
            let mut event = Event::default();
            for record in records {
                match record {
                    Ok(record) if record.offset < state.next_offset => {}
                    Ok(record) => self.push(state, &record, arena, &mut event, &mut taken)?,
                    Err(error) => return self.refuse_batch(state, batch, &error),
                }
            }
        }
        state.next_offset = last_offset + 1;
        Ok(taken)
    }

    /// Parses one record and adds it as a row; cuts a chunk when it is full.
    fn push<'a>(
        &mut self,
        state: &mut PartitionState,
        record: &RecordView<'a>,
        arena: &'a Bump,
        event: &mut Event<'a>,
        taken: &mut Taken,
    ) -> Result<(), IntakeError> {
        let raw = record.value.unwrap_or_default();
        let received = Timestamp::from_millis(record.timestamp_ms);
        if self.is_poison(state, record, taken)? {
            return Ok(());
        }
        parse_unless_panic(raw, &self.hints(record, received), arena, event);
        let origin = RowOrigin {
            offset: record.offset,
            received,
            source: text(record.header(headers::PEER).or(record.key)),
            input: text(record.header(headers::INPUT)),
            raw_bytes: raw.len(),
        };
        self.current = Some((state.id.clone(), record.offset));
        state.rows.push(event, origin);
        self.current = None;
        taken.rows += 1;
        taken.raw_bytes += raw.len() as u64;
        taken.parse_errors += u64::from(event.error.is_some());
        state.next_offset = record.offset + 1;
        state.last_arrival = received;
        state.grew(1, raw.len() as u64, (self.clock)());
        if state.is_chunk_full(&self.config) {
            self.cut(state)?;
        }
        Ok(())
    }

    /// Makes the rows pushed so far visible.
    pub(crate) fn cut(&self, state: &mut PartitionState) -> Result<(), StoreError> {
        match state.cut()? {
            Some(chunk) => self.live.add(chunk),
            None => Ok(()),
        }
    }

    fn hints(&self, record: &RecordView<'_>, received: Timestamp) -> Hints {
        let content = record.header(headers::CONTENT).map_or(Content::Auto, Content::from_header);
        Hints { content, received, zone_offset_seconds: self.config.zone_offset_seconds }
    }

    /// Whether the record made a worker panic twice; then it has gone to the dead letters.
    fn is_poison(
        &mut self,
        state: &mut PartitionState,
        record: &RecordView<'_>,
        taken: &mut Taken,
    ) -> Result<bool, IntakeError> {
        if self.suspects.is_empty() {
            return Ok(false);
        }
        let attempts = self.suspects.get(&(state.id.clone(), record.offset)).copied().unwrap_or(0);
        if attempts < ATTEMPTS_MAX {
            return Ok(false);
        }
        let letter = DeadLetter {
            origin: &state.id,
            offset: record.offset,
            timestamp_ms: record.timestamp_ms,
            key: record.key,
            value: record.value.unwrap_or_default(),
            stage: "push",
            error: &"the worker panicked",
            attempts,
        };
        letter.send(self.log.as_ref()).map_err(IntakeError::DeadLetter)?;
        taken.dead_letters += 1;
        state.next_offset = record.offset + 1;
        Ok(true)
    }

    /// A batch that cannot be taken apart goes to the dead letters as it is.
    fn refuse_batch(
        &mut self,
        state: &mut PartitionState,
        batch: &[u8],
        error: &girok_wire::Error,
    ) -> Result<Taken, IntakeError> {
        let header = BatchHeader::read(batch).ok();
        let (last_offset, timestamp_ms) =
            header.map_or((state.next_offset, 0), |h| (h.last_offset(), h.max_timestamp));
        let (dataset, partition, offset) = (&state.id.dataset, state.id.partition, state.next_offset);
        tracing::error!(%dataset, partition, offset, %error, "record batch cannot be decoded");
        let letter = DeadLetter {
            origin: &state.id,
            offset,
            timestamp_ms,
            key: None,
            value: batch,
            stage: "decode",
            error,
            attempts: 1,
        };
        letter.send(self.log.as_ref()).map_err(IntakeError::DeadLetter)?;
        let dead_letters = u64::try_from(last_offset - offset + 1).unwrap_or(0);
        state.next_offset = state.next_offset.max(last_offset.saturating_add(1));
        Ok(Taken { dead_letters, ..Taken::default() })
    }

    /// Counts records that the log removed before they were read.
    pub(crate) fn note_lost(&self, partition: &TopicPartition, lost: u64) {
        tracing::error!(%partition, lost, "records were removed from the log before they were stored");
        self.metrics.count(&partition.dataset, |counts| counts.records_lost += lost);
    }
}

/// Parses; a record that makes the parser panic becomes a plain event with a note.
fn parse_unless_panic<'a>(raw: &'a [u8], hints: &Hints, arena: &'a Bump, event: &mut Event<'a>) {
    let parsed = catch_unwind(AssertUnwindSafe(|| parse(raw, hints, arena, event)));
    if parsed.is_err() {
        event.clear();
        let lossy = String::from_utf8_lossy(raw);
        event.message = Some(arena.alloc_str(&lossy));
        event.error = Some("cannot parse record: the parser panicked");
    }
}

fn text(bytes: Option<&[u8]>) -> &str {
    bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}
