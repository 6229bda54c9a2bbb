//! The log as a whole: opening, appending, reading, closing.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};

use crate::checkpoint::{self, Offsets};
use crate::config::LogConfig;
use crate::coordinator::Coordinator;
use crate::coordinator::offsets::OffsetTable;
use crate::credentials::Credentials;
use crate::disk::{Disk, RealDisk, replace_file};
use crate::error::{Error, Result, failed};
use crate::flusher::{self, SyncQueue};
use crate::keeper::{self, StopSignal};
use crate::names::{CLEAN_SHUTDOWN, COMPACTED, LOCK, LOG_STARTS, RECOVERY_POINTS};
use crate::partition::{Appended, Fetched, Isolation, Offsets as PartitionOffsets, Partition, Recovery};
use crate::producer_ids::ProducerIds;
use crate::registry;
use crate::shared::{Shared, Watermark};
use crate::topic::Topic;
use crate::topics::open_topics;
use crate::transactions::{self, TransactionTable};
use crate::{Clock, SystemClock, TopicPartition};

/// The commit log; cheap to clone.
#[derive(Clone)]
pub struct CommitLog {
    pub(crate) inner: Arc<LogInner>,
}

pub(crate) struct LogInner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) topics: RwLock<BTreeMap<Arc<str>, Topic>>,
    /// Held while the list of topics changes.
    pub(crate) registry: Mutex<()>,
    pub(crate) coordinator: Mutex<Coordinator>,
    pub(crate) producer_ids: Mutex<ProducerIds>,
    pub(crate) credentials: Mutex<Credentials>,
    pub(crate) transactions: TransactionTable,
    closed: AtomicBool,
    stop: Arc<StopSignal>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<Box<dyn Any + Send + Sync>>>,
}

/// Whether the log's threads run; a test that wants to decide itself what happens when runs without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    Run,
    #[cfg(test)]
    None,
}

impl CommitLog {
    /// Opens the log in `config.dir`, making it if it is not there.
    pub fn open(config: LogConfig) -> Result<Self> {
        CommitLog::open_with(config, Arc::new(SystemClock), Arc::new(RealDisk))
    }

    /// The same with another clock or disk.
    pub fn open_with(config: LogConfig, clock: Arc<dyn Clock>, disk: Arc<dyn Disk>) -> Result<Self> {
        CommitLog::open_threads(config, clock, disk, Threads::Run)
    }

    pub(crate) fn open_threads(
        config: LogConfig,
        clock: Arc<dyn Clock>,
        disk: Arc<dyn Disk>,
        threads: Threads,
    ) -> Result<Self> {
        config.check()?;
        let dir = config.dir.clone();
        create_dir(&*disk, &dir)?;
        let path = dir.join(LOCK);
        let lock =
            disk.lock(&path).map_err(failed("lock", &path))?.ok_or(Error::Locked { dir: dir.clone() })?;
        let clean = take_clean_shutdown(&*disk, &dir)?;
        let points = checkpoint::read_offsets(&*disk, &dir.join(RECOVERY_POINTS))?;
        let starts = checkpoint::read_offsets(&*disk, &dir.join(LOG_STARTS))?;
        let compacted = checkpoint::read_offsets(&*disk, &dir.join(COMPACTED))?;
        let listed = registry::load(&*disk, &dir)?;
        let shared = Arc::new(Shared {
            config,
            clock,
            disk,
            syncs: SyncQueue::default(),
            watermark: Watermark::default(),
            records_lost: AtomicU64::new(0),
        });
        shared.look_at_disk();
        let topics = open_topics(&shared, &listed, |topic, partition| {
            let of = |offsets: &Offsets| offsets.get(&(topic.to_owned(), partition)).copied().unwrap_or(0);
            Recovery { clean, recovery_point: of(&points), log_start: of(&starts), compacted: of(&compacted) }
        })?;
        let log = CommitLog { inner: Arc::new(LogInner::new(shared, topics, lock)) };
        log.load_offsets()?;
        log.load_credentials()?;
        log.open_transactions()?;
        log.inner.announce_topics();
        if threads == Threads::Run {
            log.start_threads()?;
        }
        Ok(log)
    }

    /// The log's settings.
    pub fn config(&self) -> &LogConfig {
        &self.inner.shared.config
    }

    fn start_threads(&self) -> Result<()> {
        let inner = &self.inner;
        let spawned = flusher::start(inner.shared.clone())
            .and_then(|sync| Ok([sync, keeper::start(Arc::downgrade(inner), inner.stop.clone())?]))
            .and_then(|[sync, keeper]| {
                let ending = transactions::start(Arc::downgrade(inner), inner.stop.clone())?;
                Ok([sync, keeper, ending])
            });
        inner.threads.lock().extend(spawned.map_err(failed("start threads of", &inner.shared.config.dir))?);
        Ok(())
    }

    /// Appends one or more whole record batches to a partition. They get their offsets here; wait for
    /// [`Appended::durable`] before telling anyone that they are safe.
    pub fn append(&self, topic: impl AsRef<str>, partition: u32, batches: Bytes) -> Result<Appended> {
        self.inner.check_open()?;
        let topic = self.require(topic.as_ref())?;
        let of = || TopicPartition::new(topic.shared_name(), partition);
        topic.partition(partition)?.append_if(batches, |header| self.admit(header, &of()))
    }

    /// Whole batches from the one that holds `offset`: at least one if there is one, then as many as fit
    /// `bytes_max`; none past the high watermark.
    pub fn read(
        &self,
        topic: impl AsRef<str>,
        partition: u32,
        offset: i64,
        bytes_max: usize,
    ) -> Result<Fetched> {
        self.require(topic.as_ref())?.partition(partition)?.read(offset, bytes_max, Isolation::Uncommitted)
    }

    /// The same, none past the last stable offset, with the aborted transactions among them.
    pub fn read_committed(
        &self,
        topic: impl AsRef<str>,
        partition: u32,
        offset: i64,
        bytes_max: usize,
    ) -> Result<Fetched> {
        self.require(topic.as_ref())?.partition(partition)?.read(offset, bytes_max, Isolation::Committed)
    }

    /// Whether reading from `offset` needs no disk, as things stand.
    pub fn is_in_memory(&self, topic: impl AsRef<str>, partition: u32, offset: i64) -> Result<bool> {
        Ok(self.require(topic.as_ref())?.partition(partition)?.is_in_memory(offset))
    }

    /// The offsets a partition has now.
    pub fn offsets(&self, topic: impl AsRef<str>, partition: u32) -> Result<PartitionOffsets> {
        Ok(self.require(topic.as_ref())?.partition(partition)?.offsets())
    }

    /// Offset and time of the first record with a time of at least `timestamp_ms`.
    pub fn offset_for_time(
        &self,
        topic: impl AsRef<str>,
        partition: u32,
        timestamp_ms: i64,
    ) -> Result<Option<(i64, i64)>> {
        self.require(topic.as_ref())?.partition(partition)?.offset_for_time(timestamp_ms)
    }

    /// The time of the first record that is held at `offset` or behind it; nothing if there is none.
    pub fn time_at(&self, topic: impl AsRef<str>, partition: u32, offset: i64) -> Result<Option<i64>> {
        self.require(topic.as_ref())?.partition(partition)?.time_at(offset)
    }

    /// Offset and time of the newest record by time.
    pub fn offset_of_newest(&self, topic: impl AsRef<str>, partition: u32) -> Result<Option<(i64, i64)>> {
        let topic = self.require(topic.as_ref())?;
        let partition = topic.partition(partition)?;
        partition.time_max().map_or(Ok(None), |time| partition.offset_for_time(time))
    }

    /// Makes sure that no offset below `offset` is given out any more. For a consumer that keeps its own
    /// checkpoint: a power cut can take records that it has stored already, and their offsets must not be
    /// used again for others.
    pub fn advance_log_end(&self, topic: impl AsRef<str>, partition: u32, offset: i64) -> Result<()> {
        self.inner.check_open()?;
        self.require(topic.as_ref())?.partition(partition)?.advance_log_end(offset)
    }

    /// A partition's leader epochs, each with the offset at which it began.
    pub fn leader_epochs(&self, topic: impl AsRef<str>, partition: u32) -> Result<Vec<(i32, i64)>> {
        Ok(self.require(topic.as_ref())?.partition(partition)?.leader_epochs())
    }

    /// Syncs everything written so far.
    pub fn sync(&self) {
        drop(self.inner.shared.syncs.drain());
        for partition in self.inner.partitions() {
            partition.sync();
        }
    }

    /// Syncs everything, notes that the stop was orderly, and ends the threads. Appends and polls are
    /// refused from now on. The first partition that had failed is the error; its next start scans it.
    pub fn close(&self) -> Result<()> {
        let inner = &self.inner;
        if inner.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        inner.coordinator.lock().wake_all();
        inner.stop_threads();
        let closed: Vec<_> = inner.partitions().iter().map(|partition| partition.close()).collect();
        let closed = closed.into_iter().collect::<Result<()>>();
        inner.write_recovery_points()?;
        if closed.is_ok() {
            let path = inner.shared.config.dir.join(CLEAN_SHUTDOWN);
            replace_file(&*inner.shared.disk, &path, b"{\"version\":0,\"brokerEpoch\":-1}")
                .map_err(failed("write", &path))?;
        }
        inner.lock.lock().take();
        closed
    }
}

impl LogInner {
    fn new(shared: Arc<Shared>, topics: BTreeMap<Arc<str>, Topic>, lock: Box<dyn Any + Send + Sync>) -> Self {
        LogInner {
            shared,
            topics: RwLock::new(topics),
            registry: Mutex::new(()),
            coordinator: Mutex::new(Coordinator::new(OffsetTable::default())),
            producer_ids: Mutex::default(),
            credentials: Mutex::default(),
            transactions: TransactionTable::default(),
            closed: AtomicBool::new(false),
            stop: Arc::default(),
            threads: Mutex::default(),
            lock: Mutex::new(Some(lock)),
        }
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(Error::Closed) } else { Ok(()) }
    }

    pub(crate) fn all_topics(&self) -> Vec<Topic> {
        self.topics.read().values().cloned().collect()
    }

    pub(crate) fn partitions(&self) -> Vec<Arc<Partition>> {
        self.topics.read().values().flat_map(|topic| topic.partitions().iter().cloned()).collect()
    }

    /// Writes down how far each partition is synced.
    pub(crate) fn write_recovery_points(&self) -> Result<()> {
        self.write_offsets(RECOVERY_POINTS, |partition| Some(partition.durable()))
    }

    /// Writes down where partitions begin whose records were deleted by a client.
    pub(crate) fn write_log_starts(&self) -> Result<()> {
        self.write_offsets(LOG_STARTS, |partition| Some(partition.start()).filter(|start| *start > 0))
    }

    /// Writes down how far partitions are compacted.
    pub(crate) fn write_compacted(&self) -> Result<()> {
        self.write_offsets(COMPACTED, |partition| Some(partition.compacted()).filter(|offset| *offset > 0))
    }

    fn write_offsets(&self, name: &str, offset: impl Fn(&Partition) -> Option<i64>) -> Result<()> {
        let row = |topic: &Topic, partition: &Arc<Partition>| {
            Some(((topic.name().to_string(), partition.id()), offset(partition)?))
        };
        let rows: Offsets = self
            .all_topics()
            .iter()
            .flat_map(|topic| topic.partitions().iter().filter_map(|partition| row(topic, partition)))
            .collect();
        checkpoint::write_offsets(&*self.shared.disk, &self.shared.config.dir.join(name), &rows)
    }

    fn stop_threads(&self) {
        self.stop.set();
        self.transactions.endings.wake();
        self.shared.syncs.stop();
        for thread in self.threads.lock().drain(..) {
            // The last owner may be one of the threads itself.
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("a thread of the commit log panicked");
            }
        }
    }
}

impl Drop for LogInner {
    /// A log that is dropped without [`CommitLog::close`] stops as if the process had been killed.
    fn drop(&mut self) {
        self.stop_threads();
    }
}

impl std::fmt::Debug for CommitLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommitLog({})", self.inner.shared.config.dir.display())
    }
}

/// Makes the log's directory, durably, if it is not there.
fn create_dir(disk: &dyn Disk, dir: &Path) -> Result<()> {
    if disk.list(dir).is_ok() {
        return Ok(());
    }
    disk.create_dir(dir).map_err(failed("create", dir))?;
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk.sync_dir(parent).map_err(failed("sync", parent))
}

/// Whether the last stop was orderly; the mark is gone afterwards.
fn take_clean_shutdown(disk: &dyn Disk, dir: &Path) -> Result<bool> {
    let names = disk.list(dir).map_err(failed("list", dir))?;
    if !names.iter().any(|name| name == CLEAN_SHUTDOWN) {
        return Ok(false);
    }
    let path = dir.join(CLEAN_SHUTDOWN);
    disk.remove_file(&path).map_err(failed("remove", &path))?;
    disk.sync_dir(dir).map_err(failed("sync", dir))?;
    Ok(true)
}
