//! One partition: an append-only sequence of batches, each record with its own offset.
//!
//! Locks, in the order in which they are taken: `writer` (one append or roll at a time, held while writing),
//! then `swap` (which file a sealed segment's name stands for), then `state` (what readers see, held only to
//! look or to publish, never during I/O).

mod aborted;
mod append;
mod compact;
mod markers;
mod producers;
mod read;
mod recover;
mod segment;
mod snapshots;
mod tail;
mod traffic;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::{Mutex, RwLock};

pub use aborted::AbortedTransaction;
pub use append::Appended;
pub(crate) use compact::{Dirt, Plan};
pub use producers::{ProducerInfo, SequenceError};
pub use read::{Fetched, Isolation};
pub(crate) use recover::Recovery;
pub use traffic::Traffic;

use self::aborted::Aborted;
use self::producers::Producers;
use self::segment::{Active, Sealed};
use self::tail::Tail;
use self::traffic::Counters;
use crate::Durability;
use crate::config::TopicSettings;
use crate::error::{Error, Result, failed};
use crate::names::partition_dir;
use crate::progress::{Progress, Wake};
use crate::shared::Shared;
use crate::topic::TopicId;

/// One partition of a topic.
pub(crate) struct Partition {
    shared: Arc<Shared>,
    /// `web-0`, as in every error.
    name: Arc<str>,
    id: u32,
    dir: PathBuf,
    leader_epoch: i32,
    settings: RwLock<TopicSettings>,
    /// Held while appending.
    writer: Mutex<Writer>,
    state: RwLock<State>,
    /// Held, shared, while a sealed segment's file and index are opened together, and alone while compaction
    /// puts others in their place.
    swap: RwLock<()>,
    progress: Arc<Progress>,
    poisoned: OnceLock<Error>,
    /// Whether it waits in the sync queue: 0 no, 1 later, 2 now.
    queued: AtomicU8,
    unsynced_bytes: AtomicU64,
    traffic: Counters,
    readers: Mutex<Vec<Weak<Wake>>>,
    /// Damaged bytes found: (segment, position) to length.
    damage: Mutex<BTreeMap<(i64, u64), u64>>,
}

/// What only an append changes.
struct Writer {
    /// Leader epochs with the offset at which each began; the last is in force.
    epochs: Vec<(i32, i64)>,
    producers: Producers,
}

/// The offsets of a partition at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offsets {
    /// The first offset held.
    pub log_start: i64,
    /// The offset of the next record.
    pub log_end: i64,
    /// The offset up to which may be read.
    pub high_watermark: i64,
    /// The offset up to which every transaction has ended.
    pub last_stable: i64,
    /// The leader epoch in force.
    pub leader_epoch: i32,
}

/// What readers see.
struct State {
    /// Records below this offset were deleted by a client, although their segment may still be there.
    start: i64,
    /// The offset up to which the partition is compacted.
    compacted: i64,
    sealed: VecDeque<Arc<Sealed>>,
    active: Active,
    tail: Tail,
    /// Where the oldest open transaction began.
    open_since: Option<i64>,
    aborted: Aborted,
}

/// The oldest sealed segment, as retention sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Oldest {
    /// The offset after its last.
    pub(crate) next_offset: i64,
    /// Largest credible time of its records.
    pub(crate) kept_ms: i64,
}

impl Partition {
    /// Opens the partition's directory, or makes it; see [`recover`] for what happens after a crash.
    pub(crate) fn open(
        shared: &Arc<Shared>,
        topic: &str,
        topic_id: TopicId,
        id: u32,
        settings: TopicSettings,
        recovery: Recovery,
    ) -> Result<Arc<Self>> {
        let name: Arc<str> = partition_dir(topic, id).into();
        let dir = shared.config.dir.join(&*name);
        let opened = recover::open(shared, &name, &dir, topic_id, recovery)?;
        let (producers, aborted) = snapshots::load(&*shared.disk, &dir, &opened)?;
        let state = State {
            start: recovery.log_start.min(opened.active.next_offset),
            compacted: recovery.compacted.min(opened.active.base),
            sealed: opened.sealed,
            active: opened.active,
            tail: Tail::new(shared.config.tail_bytes),
            open_since: producers.open_since(),
            aborted,
        };
        Ok(Arc::new(Partition {
            shared: shared.clone(),
            name,
            id,
            dir,
            leader_epoch: opened.epochs.last().map_or(0, |epoch| epoch.0),
            settings: RwLock::new(settings),
            writer: Mutex::new(Writer { epochs: opened.epochs, producers }),
            progress: Arc::new(Progress::new(state.active.next_offset)),
            state: RwLock::new(state),
            swap: RwLock::new(()),
            poisoned: OnceLock::new(),
            queued: AtomicU8::new(0),
            unsynced_bytes: AtomicU64::new(0),
            traffic: Counters::default(),
            readers: Mutex::default(),
            damage: Mutex::new(opened.damage),
        }))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn settings(&self) -> TopicSettings {
        *self.settings.read()
    }

    pub(crate) fn set_settings(&self, settings: TopicSettings) {
        *self.settings.write() = settings;
    }

    /// The first offset held.
    pub(crate) fn log_start(&self) -> i64 {
        self.state.read().log_start()
    }

    /// The offset of the next record.
    pub(crate) fn log_end(&self) -> i64 {
        self.state.read().active.next_offset
    }

    /// The offset up to which everything is synced.
    pub(crate) fn durable(&self) -> i64 {
        self.progress.durable()
    }

    /// The offset up to which readers may read.
    pub(crate) fn high_watermark(&self) -> i64 {
        match self.settings().durability {
            Durability::Fsync => self.durable(),
            Durability::Interval | Durability::None => self.log_end(),
        }
    }

    /// The offset up to which every transaction has ended.
    pub(crate) fn last_stable(&self) -> i64 {
        let high_watermark = self.high_watermark();
        let state = self.state.read();
        // Records below the log's start may be the first of an open transaction.
        let open_since = state.open_since.map_or(i64::MAX, |open_since| open_since.max(state.log_start()));
        open_since.min(high_watermark)
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        let state = self.state.read();
        state.active.size_bytes + state.sealed.iter().map(|sealed| sealed.size_bytes).sum::<u64>()
    }

    pub(crate) fn segments(&self) -> usize {
        self.state.read().sealed.len() + 1
    }

    /// What went in and came out since the log was opened.
    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic.now()
    }

    /// Leader epochs with the offset at which each began.
    pub(crate) fn leader_epochs(&self) -> Vec<(i32, i64)> {
        self.writer.lock().epochs.clone()
    }

    /// The largest producer id that is remembered.
    pub(crate) fn producer_id_max(&self) -> Option<i64> {
        self.writer.lock().producers.id_max()
    }

    /// The offsets now.
    pub(crate) fn offsets(&self) -> Offsets {
        Offsets {
            log_start: self.log_start(),
            log_end: self.log_end(),
            high_watermark: self.high_watermark(),
            last_stable: self.last_stable(),
            leader_epoch: self.leader_epoch,
        }
    }

    /// Why it takes no more appends, if so.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.poisoned.get()
    }

    /// Bytes found damaged since the log was opened, or earlier and marked.
    pub(crate) fn damaged_bytes(&self) -> u64 {
        self.damage.lock().values().sum()
    }

    /// Stops the partition: nothing is appended or synced any more, reads go on.
    fn poison(&self, reason: &str) -> Error {
        let error = Error::Poisoned { partition: self.name.to_string(), reason: reason.into() };
        if self.poisoned.set(error.clone()).is_ok() {
            tracing::error!(partition = %self.name, reason, "partition stopped");
        }
        self.progress.fail(error.clone());
        self.wake_readers();
        error
    }

    /// Stops the partition because its topic is gone.
    pub(crate) fn retire(&self, topic: &str) {
        let error = Error::UnknownTopic { topic: topic.to_owned() };
        let _ = self.poisoned.set(error.clone());
        // A compaction under way ends its step: its files must not turn up in a new topic of this name.
        drop(self.swap.write());
        self.progress.fail(error);
        self.wake_readers();
    }

    /// Syncs what is written and completes the acknowledgements that wait for it.
    pub(crate) fn sync(&self) {
        self.queued.store(0, Ordering::Release);
        self.unsynced_bytes.store(0, Ordering::Relaxed);
        let (file, log_end) = {
            let state = self.state.read();
            (state.active.file.clone(), state.active.next_offset)
        };
        if self.failure().is_some() || self.durable() >= log_end {
            return;
        }
        match file.sync() {
            Ok(()) => self.advance_durable(log_end),
            Err(error) => drop(self.poison(&format!("cannot sync: {error}"))),
        }
    }

    fn advance_durable(&self, log_end: i64) {
        self.progress.advance(log_end);
        if self.settings().durability == Durability::Fsync {
            self.wake_readers();
        }
    }

    /// Largest timestamp of all records; nothing if there are none.
    pub(crate) fn time_max(&self) -> Option<i64> {
        let state = self.state.read();
        let sealed = state.sealed.iter().map(|sealed| sealed.time_max).max();
        sealed.max(state.active.indexes.time_max()).filter(|time| *time > i64::MIN)
    }

    /// Wakes `reader` whenever there may be something new to read.
    pub(crate) fn add_reader(&self, reader: &Arc<Wake>) {
        let mut readers = self.readers.lock();
        readers.retain(|known| known.strong_count() > 0);
        readers.push(Arc::downgrade(reader));
    }

    pub(crate) fn remove_reader(&self, reader: &Arc<Wake>) {
        self.readers.lock().retain(|known| !std::ptr::eq(known.as_ptr(), Arc::as_ptr(reader)));
    }

    fn wake_readers(&self) {
        for reader in self.readers.lock().iter().filter_map(Weak::upgrade) {
            reader.set();
        }
    }

    /// Syncs, and writes down the open segment's indexes, so that the next start need not scan.
    pub(crate) fn close(&self) -> Result<()> {
        self.sync();
        if let Some(error) = self.failure() {
            return Err(error.clone());
        }
        let writer = self.writer.lock();
        let (base, end, indexes) = {
            let active = &mut self.state.write().active;
            (active.base, active.next_offset, active.encode_indexes())
        };
        let disk = &*self.shared.disk;
        snapshots::write(disk, &self.dir, end, &writer.producers)?;
        segment::write_indexes(disk, &self.dir, base, &indexes)?;
        self.state.read().aborted.write(disk, &self.dir, base..end)?;
        disk.sync_dir(&self.dir).map_err(failed("sync", &self.dir))
    }

    /// The oldest sealed segment.
    pub(crate) fn oldest(&self) -> Option<Oldest> {
        let state = self.state.read();
        let sealed = state.sealed.front()?;
        Some(Oldest { next_offset: sealed.next, kept_ms: sealed.kept_ms })
    }

    /// Largest credible time of the open segment's records, if it has any.
    pub(crate) fn open_kept_ms(&self) -> Option<i64> {
        let state = self.state.read();
        (state.active.size_bytes > 0).then_some(state.active.kept_ms)
    }

    /// Deletes the oldest sealed segment; readers see the new log start first.
    pub(crate) fn delete_oldest(&self) -> Result<()> {
        let _swap = self.swap.write();
        let oldest = {
            let mut state = self.state.write();
            let oldest = state.sealed.pop_front();
            let log_start = state.log_start();
            state.aborted.forget_before(log_start);
            oldest
        };
        oldest.map_or(Ok(()), |sealed| sealed.remove(&*self.shared.disk))
    }

    /// The offset below which a client has deleted everything.
    pub(crate) fn start(&self) -> i64 {
        self.state.read().start
    }

    /// Hides the records below `offset`. They are synced first: after a crash the log must not end before
    /// its beginning.
    pub(crate) fn start_at(&self, offset: i64) -> Result<()> {
        self.sync();
        if let Some(error) = self.failure() {
            return Err(error.clone());
        }
        let mut state = self.state.write();
        state.start = state.start.max(offset);
        Ok(())
    }

    /// Deletes the segments of which every record is hidden.
    pub(crate) fn delete_below_start(&self) -> Result<()> {
        let (start, log_end) = (self.start(), self.log_end());
        if start >= log_end {
            self.roll_now()?;
        }
        while self.oldest().is_some_and(|oldest| oldest.next_offset <= start) {
            self.delete_oldest()?;
        }
        Ok(())
    }

    /// Takes note of damaged bytes, and says so once.
    fn note_damage(&self, segment: i64, position: u64, size_bytes: u64) {
        if self.damage.lock().insert((segment, position), size_bytes).is_none() {
            tracing::error!(
                partition = %self.name, segment, position, size_bytes,
                "damaged bytes in the log are passed over"
            );
        }
    }
}

impl State {
    fn log_start(&self) -> i64 {
        self.sealed.front().map_or(self.active.base, |oldest| oldest.base).max(self.start)
    }
}
