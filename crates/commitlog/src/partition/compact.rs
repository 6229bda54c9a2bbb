//! Compaction of one partition: of each key the last record stays, the earlier ones go.
//!
//! First the keys of what was not compacted yet are collected, each with its last offset; then every sealed
//! segment up to there is written anew without the records that a later one stands for. Offsets stay what they
//! were. A segment is replaced whole: until its new file has the old one's name the old one counts, and whatever
//! cannot be understood is left alone.
//!
//! - Records of a transaction count when its end is seen, and only if it was committed. Markers stay.
//! - A record without value says that its key is gone. It stays for `delete.retention.ms` after it was first
//!   compacted, so that readers who are behind hear of it; its batch notes until when.
//! - Records without key go.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;

use girok_wire::{BatchView, RecordView, Rewritten, rewrite_batch};

use super::Partition;
use super::segment::{Active, Sealed, write_indexes};
use crate::disk::DiskFile;
use crate::error::{Result, failed};
use crate::names::{INDEX, LOG, TEMPORARY, TIME_INDEX};
use crate::scan::Window;

/// The most that a batch may unpack to.
const UNPACKED_BYTES_MAX: usize = 256 << 20;
/// What is written at a time.
const WRITE_BYTES: usize = 1 << 20;
/// What a key costs in the map, about.
const KEY_BYTES: usize = 48;

/// How much of a partition waits to be compacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dirt {
    /// Bytes of segments that were compacted before.
    pub(crate) clean_bytes: u64,
    /// Bytes of sealed segments that were not.
    pub(crate) dirty_bytes: u64,
    /// The time of the oldest of those.
    pub(crate) oldest_ms: i64,
}

/// What a compaction shall do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Records from this offset on stay.
    pub(crate) end: i64,
    /// From when on a record without value that is compacted now may go.
    pub(crate) delete_horizon_ms: i64,
    /// The time now.
    pub(crate) now_ms: i64,
    /// Most bytes of the map of keys.
    pub(crate) bytes_max: usize,
}

/// The last offset of each key, by two independent hashes of it.
struct Keys {
    latest: HashMap<(u64, u64), i64>,
    hashers: (RandomState, RandomState),
    keys_max: usize,
}

impl Keys {
    fn new(bytes_max: usize) -> Self {
        let hashers = (RandomState::new(), RandomState::new());
        Keys { latest: HashMap::new(), hashers, keys_max: (bytes_max / KEY_BYTES).max(1) }
    }

    fn hash(&self, key: &[u8]) -> (u64, u64) {
        (self.hashers.0.hash_one(key), self.hashers.1.hash_one(key))
    }

    fn is_full(&self) -> bool {
        self.latest.len() >= self.keys_max
    }

    fn add(&mut self, hash: (u64, u64), offset: i64) {
        self.latest.insert(hash, offset);
    }

    /// Whether a later record stands for this one.
    fn supersedes(&self, key: &[u8], offset: i64) -> bool {
        self.latest.get(&self.hash(key)).is_some_and(|latest| *latest > offset)
    }
}

/// Keys of transactions whose end was not seen yet, by producer.
type Pending = HashMap<i64, Vec<((u64, u64), i64)>>;

impl Partition {
    /// The offset up to which the partition is compacted.
    pub(crate) fn compacted(&self) -> i64 {
        self.state.read().compacted
    }

    /// The sealed segments whose records are all older than `before_ms` and below `end`.
    pub(crate) fn dirt(&self, before_ms: i64, end: i64) -> (Dirt, i64) {
        let state = self.state.read();
        let mut dirt = Dirt { clean_bytes: 0, dirty_bytes: 0, oldest_ms: i64::MAX };
        let mut reached = state.compacted;
        for sealed in &state.sealed {
            if sealed.next <= state.compacted {
                dirt.clean_bytes += sealed.size_bytes;
            } else if sealed.kept_ms < before_ms && sealed.next <= end {
                dirt.dirty_bytes += sealed.size_bytes;
                dirt.oldest_ms = dirt.oldest_ms.min(sealed.kept_ms);
                reached = sealed.next;
            } else {
                break;
            }
        }
        (dirt, reached)
    }

    /// Compacts; how many bytes became free.
    pub(crate) fn compact(&self, plan: Plan) -> Result<u64> {
        let segments: Vec<_> = self.state.read().sealed.iter().cloned().collect();
        let mut keys = Keys::new(plan.bytes_max);
        let reached = self.collect_keys(&segments, &mut keys, plan.end)?;
        let mut freed = 0;
        for sealed in segments.iter().filter(|sealed| sealed.base < reached) {
            freed += self.compact_segment(sealed, &keys, reached, plan)?;
        }
        let mut state = self.state.write();
        state.compacted = state.compacted.max(reached);
        // What is in memory is as it was before.
        let sealed_end = state.active.base;
        state.tail.forget_before(sealed_end);
        Ok(freed)
    }

    /// Collects the keys from where the last compaction ended; up to where all of them are known.
    fn collect_keys(&self, segments: &[Arc<Sealed>], keys: &mut Keys, end: i64) -> Result<i64> {
        let from = self.compacted();
        let (mut pending, mut reached) = (Pending::new(), from);
        for sealed in segments.iter().filter(|sealed| sealed.next > from && sealed.next <= end) {
            let mut scratch = Vec::new();
            self.for_each_batch(sealed, |view| {
                if view.base_offset() >= from && !keys.is_full() {
                    collect(view, keys, &mut pending, &mut scratch);
                    reached = view.last_offset() + 1;
                }
                Ok(())
            })?;
            if keys.is_full() {
                break;
            }
            reached = sealed.next;
        }
        let unended = pending.values().filter_map(|records| records.first()).map(|(_, offset)| *offset).min();
        Ok(unended.map_or(reached, |unended| unended.min(reached)).max(from))
    }

    /// Visits the batches of a segment, up to damaged bytes; whether it has none.
    fn for_each_batch(
        &self,
        sealed: &Sealed,
        mut visit: impl FnMut(&BatchView<'_>) -> io::Result<()>,
    ) -> Result<bool> {
        let path = sealed.path(LOG);
        let file = self.shared.disk.open(&path, false).map_err(failed("open", &path))?;
        let mut window = Window::new(&*file, sealed.size_bytes);
        let mut position = 0;
        while position < sealed.size_bytes {
            let batch = window.bytes_at(position).map_err(failed("read", &path))?;
            let Some(view) = batch.and_then(|batch| BatchView::parse(batch).ok()) else { return Ok(false) };
            position += view.size_bytes() as u64;
            visit(&view).map_err(failed("compact", &path))?;
        }
        Ok(true)
    }

    /// Writes a segment anew if records go; how many bytes became free.
    fn compact_segment(&self, sealed: &Arc<Sealed>, keys: &Keys, reached: i64, plan: Plan) -> Result<u64> {
        let mut is_changed = false;
        let mut scratch = Vec::new();
        let mut rewrite = |view: &BatchView<'_>| rewrite(view, keys, reached, plan, &mut scratch);
        let is_sound = self.for_each_batch(sealed, |view| {
            is_changed |= rewrite(view) != Rewritten::Same;
            Ok(())
        })?;
        if !is_sound || !is_changed {
            return Ok(0);
        }
        let path = sealed.path(LOG).with_added_extension(TEMPORARY);
        let file = self.shared.disk.open(&path, true).map_err(failed("create", &path))?;
        file.truncate(0).map_err(failed("truncate", &path))?;
        let mut writer = SegmentWriter::new(file, sealed, self.shared.config.index_interval_bytes);
        self.for_each_batch(sealed, |view| match rewrite(view) {
            Rewritten::Same => writer.add(view.bytes()),
            Rewritten::Nothing => Ok(()),
            Rewritten::Batch(batch) => writer.add(&batch),
        })?;
        let written = writer.finish().map_err(failed("write", &path))?;
        let freed = sealed.size_bytes.saturating_sub(written.size_bytes);
        self.replace(sealed, written)?;
        Ok(freed)
    }

    /// Puts the new file of a segment in the place of the old one. Its indexes go first and come last: a segment
    /// without them is read all the same, one with those of another is not.
    fn replace(&self, old: &Arc<Sealed>, mut new: Active) -> Result<()> {
        let disk = &*self.shared.disk;
        let log = old.path(LOG);
        let _swap = self.swap.write();
        if let Some(error) = self.failure() {
            return Err(error.clone());
        }
        for extension in [INDEX, TIME_INDEX] {
            // One that is not there is as gone as it should be.
            let _ = disk.remove_file(&old.path(extension));
        }
        disk.sync_dir(&self.dir).map_err(failed("sync", &self.dir))?;
        disk.rename(&log.with_added_extension(TEMPORARY), &log).map_err(failed("rename", &log))?;
        let indexes = new.encode_indexes();
        let sealed = Sealed { next: old.next, ..new.sealed(&self.dir) };
        let is_empty = sealed.size_bytes == 0;
        let doomed = self.state.write().replace_sealed(old, sealed, is_empty);
        if let Some(doomed) = doomed {
            return doomed.remove(disk);
        }
        write_indexes(disk, &self.dir, old.base, &indexes)?;
        disk.sync_dir(&self.dir).map_err(failed("sync", &self.dir))
    }
}

impl super::State {
    /// Puts a segment's new self in its place. An empty one goes, and the segment before it reaches on to the
    /// next; the first stays even so, because the log begins there. The one to be removed.
    fn replace_sealed(&mut self, old: &Arc<Sealed>, new: Sealed, is_empty: bool) -> Option<Arc<Sealed>> {
        // Retention may have taken it meanwhile.
        let at = self.sealed.iter().position(|sealed| Arc::ptr_eq(sealed, old))?;
        let new = Arc::new(new);
        if !is_empty || at == 0 {
            self.sealed[at] = new;
            return None;
        }
        self.sealed.remove(at);
        let before = &self.sealed[at - 1];
        self.sealed[at - 1] = Arc::new(Sealed { next: new.next, ..(**before).clone() });
        Some(new)
    }
}

/// Takes in the keys of a batch.
fn collect(view: &BatchView<'_>, keys: &mut Keys, pending: &mut Pending, scratch: &mut Vec<u8>) {
    let Ok(records) = view.records(scratch, UNPACKED_BYTES_MAX) else { return };
    if view.is_control() {
        let is_commit = records.flatten().any(|record| is_commit(&record));
        let ended = pending.remove(&view.producer_id).unwrap_or_default();
        if is_commit {
            ended.into_iter().for_each(|(hash, offset)| keys.add(hash, offset));
        }
        return;
    }
    for record in records.flatten() {
        let Some(hash) = record.key.map(|key| keys.hash(key)) else { continue };
        if view.is_transactional() {
            pending.entry(view.producer_id).or_default().push((hash, record.offset));
        } else {
            keys.add(hash, record.offset);
        }
    }
}

/// The key of a transaction's marker is a version and a type: 0 for aborted, 1 for committed.
fn is_commit(marker: &RecordView<'_>) -> bool {
    marker.key.and_then(|key| key.get(2..4)).is_some_and(|kind| kind == [0, 1])
}

/// What is left of a batch. One that cannot be unpacked stays.
fn rewrite(view: &BatchView<'_>, keys: &Keys, reached: i64, plan: Plan, scratch: &mut Vec<u8>) -> Rewritten {
    if view.is_control() || view.base_offset() >= reached {
        return Rewritten::Same;
    }
    let is_over = view.delete_horizon_ms().is_some_and(|horizon_ms| plan.now_ms >= horizon_ms);
    let keep = |record: &RecordView<'_>| {
        let Some(key) = record.key else { return record.offset >= reached };
        let is_gone = is_over && record.value.is_none();
        record.offset >= reached || !(is_gone || keys.supersedes(key, record.offset))
    };
    rewrite_batch(view, keep, plan.delete_horizon_ms, scratch, UNPACKED_BYTES_MAX).unwrap_or(Rewritten::Same)
}

/// Writes a segment that takes another's place.
struct SegmentWriter {
    active: Active,
    buffer: Vec<u8>,
    written: u64,
    /// Its records came no later than those of the old one.
    kept_ms: i64,
    index_interval_bytes: u64,
}

impl SegmentWriter {
    fn new(file: Arc<dyn DiskFile>, old: &Sealed, index_interval_bytes: u64) -> Self {
        let active = Active::empty(file, old.base);
        SegmentWriter { active, buffer: Vec::new(), written: 0, kept_ms: old.kept_ms, index_interval_bytes }
    }

    fn add(&mut self, batch: &[u8]) -> io::Result<()> {
        let header = girok_wire::BatchHeader::read(batch).map_err(io::Error::other)?;
        self.active.add(&header, self.kept_ms, self.index_interval_bytes);
        self.buffer.extend_from_slice(batch);
        if self.buffer.len() >= WRITE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.active.file.write_at(&self.buffer, self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<Active> {
        self.flush()?;
        self.active.file.sync()?;
        Ok(self.active)
    }
}
