//! How do batches get in?
//!
//! They are checked before any lock is taken; then, one append at a time, they get their offsets, are
//! written behind the last, and become visible. The bytes are copied only if somebody else holds them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use girok_wire::{BatchHeader, BatchView, Marker, patch_append_time, patch_offset, split_batches};
use parking_lot::MutexGuard;

use super::producers::{Producers, Verdict};
use super::segment::{Active, Sealed, write_indexes};
use super::{AbortedTransaction, Partition, Writer, snapshots};
use crate::error::{Error, Result};
use crate::progress::Durable;
use crate::{Durability, TimestampType};

/// What became of an append.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The offset of the first record.
    pub base_offset: i64,
    /// The offset of the last record.
    pub last_offset: i64,
    /// The time of arrival that the records were given, where the topic wants it.
    pub append_time_ms: Option<i64>,
    /// Resolves when the append is as durable as its topic asks for.
    pub durable: Durable,
}

/// The most that a batch may unpack to where its keys must be seen.
const UNPACKED_BYTES_MAX: usize = 256 << 20;

/// The bytes of one append, checked.
pub(super) struct Checked {
    batches: Bytes,
    headers: Vec<BatchHeader>,
}

impl Partition {
    /// Appends one or more whole batches.
    pub(crate) fn append(self: &Arc<Self>, batches: Bytes) -> Result<Appended> {
        self.append_if(batches, |_| Ok(()))
    }

    /// The same; new batches of a transaction must be admitted. No transaction ends here between that and
    /// the append.
    pub(crate) fn append_if(
        self: &Arc<Self>,
        batches: Bytes,
        admit: impl Fn(&BatchHeader) -> Result<()>,
    ) -> Result<Appended> {
        let checked = self.check(batches)?;
        let writer = self.writer.lock();
        if let Some(error) = self.failure() {
            return Err(error.clone());
        }
        if let Some(known) = self.find_duplicate(&writer.producers, &checked)? {
            return Ok(known);
        }
        checked.headers.iter().filter(|header| header.is_transactional()).try_for_each(admit)?;
        self.write(writer, checked, None)
    }

    /// Writes checked batches at the end, and gives the lock back. `marker` is what a control batch says.
    pub(super) fn write(
        self: &Arc<Self>,
        mut writer: MutexGuard<'_, Writer>,
        mut checked: Checked,
        marker: Option<Marker>,
    ) -> Result<Appended> {
        let (size_bytes, settings) = (checked.batches.len(), self.settings());
        self.shared.reserve(size_bytes).map_err(|free_bytes| self.disk_full(free_bytes))?;
        let now_ms = self.shared.now_ms();
        let append_time_ms = (settings.timestamp_type == TimestampType::LogAppendTime).then_some(now_ms);
        if self.needs_roll(size_bytes, now_ms) {
            self.roll(&mut writer.producers)?;
        }
        let (base_offset, position, file) = {
            let active = &self.state.read().active;
            (active.next_offset, active.size_bytes, active.file.clone())
        };
        let last_offset = checked.patch(base_offset, self.leader_epoch, append_time_ms);
        file.write_at(&checked.batches, position)
            .map_err(|error| self.poison(&format!("cannot write: {error}")))?;
        let mut aborted = None;
        for header in &checked.headers {
            match marker {
                Some(marker) => aborted = writer.producers.end(header, marker, now_ms),
                None => writer.producers.enter(header, now_ms),
            }
        }
        self.publish(&checked, now_ms, writer.producers.open_since(), aborted);
        drop(writer);
        self.traffic.count_in(&checked.headers, size_bytes);
        let durable = self.request_sync(settings.durability, size_bytes, last_offset + 1);
        Ok(Appended { base_offset, last_offset, append_time_ms, durable })
    }

    /// The offsets that these batches were given before, if an idempotent producer sends them again.
    fn find_duplicate(&self, producers: &Producers, checked: &Checked) -> Result<Option<Appended>> {
        let verdict = producers.check(&checked.headers);
        match verdict.map_err(|source| Error::Sequence { partition: self.name.to_string(), source })? {
            Verdict::New => Ok(None),
            Verdict::Duplicate { base_offset, last_offset } => {
                let durable = match self.settings().durability {
                    Durability::Fsync => Durable::pending(self.progress.clone(), last_offset + 1),
                    Durability::Interval | Durability::None => Durable::at_once(),
                };
                Ok(Some(Appended { base_offset, last_offset, append_time_ms: None, durable }))
            }
        }
    }

    pub(super) fn check(&self, batches: Bytes) -> Result<Checked> {
        let partition = || self.name.to_string();
        let settings = self.settings();
        let batch_bytes_max = settings.message_bytes_max as usize;
        let (size_bytes, bytes_max) =
            (batches.len(), self.shared.config.append_bytes_max.max(batch_bytes_max));
        let too_large =
            |size_bytes, bytes_max| Error::TooLarge { partition: partition(), size_bytes, bytes_max };
        if size_bytes > bytes_max {
            return Err(too_large(size_bytes, bytes_max));
        }
        let headers = split_batches(&batches).map(|batch| {
            let header = *BatchView::parse(&batch?)?.header();
            header.check_dense().map(|()| header)
        });
        let headers: Result<Vec<_>, girok_wire::Error> = headers.collect();
        match headers {
            Ok(headers) if !headers.is_empty() => {
                let sizes = headers.iter().map(BatchHeader::size_bytes);
                if let Some(large) = sizes.max().filter(|size_bytes| *size_bytes > batch_bytes_max) {
                    return Err(too_large(large, batch_bytes_max));
                }
                if settings.cleanup.compact {
                    self.check_keys(&batches)?;
                }
                Ok(Checked { batches, headers })
            }
            Ok(_) => {
                let source = girok_wire::Error::Truncated { got: 0, expected: girok_wire::HEADER_BYTES };
                Err(Error::BadBatch { partition: partition(), source })
            }
            Err(source) => Err(Error::BadBatch { partition: partition(), source }),
        }
    }

    /// What is compacted by key needs one.
    fn check_keys(&self, batches: &Bytes) -> Result<()> {
        let bad = |source| Error::BadBatch { partition: self.name.to_string(), source };
        let (mut scratch, mut at, mut records) = (Vec::new(), 0, Vec::new());
        for batch in split_batches(batches) {
            let batch = batch.map_err(bad)?;
            let view = BatchView::parse(&batch).map_err(bad)?;
            if view.is_control() {
                continue;
            }
            for record in view.records(&mut scratch, UNPACKED_BYTES_MAX).map_err(bad)? {
                if record.map_err(bad)?.key.is_none() {
                    records.push(at);
                }
                at += 1;
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        Err(Error::MissingKey { partition: self.name.to_string(), records })
    }

    fn disk_full(&self, free_bytes: u64) -> Error {
        let reserve_bytes = self.shared.config.disk_reserve_bytes;
        Error::DiskFull { partition: self.name.to_string(), free_bytes, reserve_bytes }
    }

    fn needs_roll(&self, size_bytes: usize, now_ms: i64) -> bool {
        let settings = self.settings();
        let active = &self.state.read().active;
        let too_large = active.size_bytes + size_bytes as u64 > settings.segment_bytes;
        // An index entry holds an offset relative to the base in 31 bits.
        let too_long = active.next_offset - active.base > i64::from(i32::MAX) / 2;
        active.size_bytes > 0 && (too_large || too_long || active.is_older_than(settings.segment_ms, now_ms))
    }

    /// Seals the open segment if its time is over.
    pub(crate) fn roll_if_old(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        if self.failure().is_none() && self.needs_roll(0, self.shared.now_ms()) {
            self.roll(&mut writer.producers)?;
        }
        Ok(())
    }

    /// Seals the open segment whatever its age, so that it can be deleted.
    pub(crate) fn roll_now(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        if self.failure().is_some() || self.state.read().active.size_bytes == 0 {
            return Ok(());
        }
        self.roll(&mut writer.producers)
    }

    /// Leaves out the offsets below `offset`, if the log ends before it.
    pub(crate) fn advance_log_end(&self, offset: i64) -> Result<()> {
        let mut writer = self.writer.lock();
        if let Some(error) = self.failure() {
            return Err(error.clone());
        }
        let log_end = self.log_end();
        if log_end >= offset {
            return Ok(());
        }
        tracing::warn!(partition = %self.name, log_end, offset, "offsets left out: their records are stored already");
        self.roll_to(offset, &mut writer.producers)
    }

    /// Seals the open segment and opens the next; the writer lock is held. What is sealed is synced: only
    /// the last segment can have a torn tail.
    fn roll(&self, producers: &mut Producers) -> Result<()> {
        self.roll_to(self.log_end(), producers)
    }

    /// The same, where the next segment begins at `next`.
    fn roll_to(&self, next: i64, producers: &mut Producers) -> Result<()> {
        let rolled = self.try_roll(next, producers);
        rolled.map_err(|error| self.poison(&format!("cannot seal a segment: {error}")))
    }

    fn try_roll(&self, next: i64, producers: &mut Producers) -> Result<(), Box<dyn std::error::Error>> {
        let disk = &*self.shared.disk;
        let (file, base, end, indexes) = {
            let mut state = self.state.write();
            let active = &mut state.active;
            (active.file.clone(), active.base, active.next_offset, active.encode_indexes())
        };
        file.sync()?;
        self.advance_durable(end);
        write_indexes(disk, &self.dir, base, &indexes)?;
        self.state.read().aborted.write(disk, &self.dir, base..end)?;
        producers.forget_silent(self.shared.now_ms());
        snapshots::write(disk, &self.dir, next, producers)?;
        let opened = Active::create(disk, &self.dir, next)?;
        let mut state = self.state.write();
        let sealed = Sealed { next, ..state.active.sealed(&self.dir) };
        // One without records has no offsets to be found by; its file goes with the next retention.
        state.sealed.push_back(Arc::new(sealed));
        state.active = opened;
        drop(state);
        self.advance_durable(next);
        Ok(())
    }

    fn publish(
        &self,
        checked: &Checked,
        now_ms: i64,
        open_since: Option<i64>,
        aborted: Option<AbortedTransaction>,
    ) {
        let mut state = self.state.write();
        state.open_since = open_since;
        aborted.into_iter().for_each(|transaction| state.aborted.add(transaction));
        let mut at = 0;
        for header in &checked.headers {
            let size_bytes = header.size_bytes();
            state.active.add(header, now_ms, self.shared.config.index_interval_bytes);
            let bytes = checked.batches.slice(at..at + size_bytes);
            state.tail.push(header.base_offset, header.last_offset(), bytes);
            at += size_bytes;
        }
    }

    /// Sees to it that what was written gets synced in time, and says when it counts as done.
    fn request_sync(self: &Arc<Self>, durability: Durability, size_bytes: usize, end_offset: i64) -> Durable {
        let config = &self.shared.config;
        match durability {
            Durability::Fsync => {
                self.queue_now();
                return Durable::pending(self.progress.clone(), end_offset);
            }
            Durability::Interval => {
                let added = size_bytes as u64;
                if self.unsynced_bytes.fetch_add(added, Ordering::Relaxed) + added >= config.flush_bytes {
                    self.queue_now();
                } else {
                    self.queue_later(Duration::from_millis(config.flush_ms));
                }
            }
            Durability::None => {}
        }
        self.wake_readers();
        Durable::at_once()
    }

    fn queue_now(self: &Arc<Self>) {
        if self.queued.swap(2, Ordering::AcqRel) != 2 {
            self.shared.syncs.push_now(self.clone());
        }
    }

    fn queue_later(self: &Arc<Self>, delay: Duration) {
        if self.queued.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            self.shared.syncs.push_later(self.clone(), delay);
        }
    }
}

impl Active {
    fn is_older_than(&self, age_ms: i64, now_ms: i64) -> bool {
        self.first_ms.is_some_and(|first_ms| now_ms.saturating_sub(first_ms) >= age_ms)
    }
}

impl Checked {
    /// Gives every batch its offset and epoch, in the bytes and in the headers; the last offset.
    fn patch(&mut self, base_offset: i64, epoch: i32, append_time_ms: Option<i64>) -> i64 {
        let batches = std::mem::take(&mut self.batches);
        let mut bytes = batches.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        let (mut offset, mut at) = (base_offset, 0);
        for header in &mut self.headers {
            patch_offset(&mut bytes[at..], offset, epoch);
            if let Some(now_ms) = append_time_ms {
                patch_append_time(&mut bytes[at..at + header.size_bytes()], now_ms);
                header.max_timestamp = now_ms;
            }
            (header.base_offset, header.leader_epoch) = (offset, epoch);
            offset = header.last_offset() + 1;
            at += header.size_bytes();
        }
        self.batches = bytes.freeze();
        offset - 1
    }
}
