//! A member of a consumer group inside this process.
//!
//! `poll` is the whole conversation: it tells the coordinator that the member lives, hands out what was
//! revoked and assigned (alone, so that the caller can seek before anything is read), and else returns
//! batches, waiting for them if need be. What `poll` returns as revoked counts as given up when the member
//! polls again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_wire::BatchHeader;

use crate::coordinator::{Join, Subscription};
use crate::error::{Error, Result};
use crate::partition::{AbortedTransaction, Fetched, Isolation, Partition};
use crate::progress::Wake;
use crate::{CommitLog, TopicPartition};

/// What a poll brought.
#[derive(Debug, Clone, Default)]
pub struct Polled {
    /// Partitions that are no longer the consumer's; finish their work before polling again.
    pub revoked: Vec<TopicPartition>,
    /// Partitions that are now the consumer's, at the committed offset or else at the log's start.
    pub assigned: Vec<TopicPartition>,
    /// Whole batches in the order of their offsets; the first of a partition may begin before the position.
    pub batches: Vec<(TopicPartition, Bytes)>,
    /// How many records were gone, by retention or damage, before the consumer came to read them.
    pub lost: Vec<(TopicPartition, u64)>,
}

impl Polled {
    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty() && self.assigned.is_empty() && self.batches.is_empty() && self.lost.is_empty()
    }
}

/// How far a consumer is behind on one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// The partition.
    pub partition: TopicPartition,
    /// The next offset to read.
    pub position: i64,
    /// Records between it and the first transaction that is open, or else the end of what may be read.
    pub records: i64,
}

/// A consumer; leaves its group when it is closed or dropped.
pub struct Consumer {
    log: CommitLog,
    group: String,
    member: String,
    subscription: Subscription,
    wake: Arc<Wake>,
    owned: BTreeMap<TopicPartition, Owned>,
    /// Where the next fetch begins, so that no partition starves.
    turn: Option<TopicPartition>,
    records_skipped: u64,
    /// Of these, what the next poll reports.
    lost: Vec<(TopicPartition, u64)>,
    held: Held,
}

/// Batches that were read but are fewer than `fetch.min.bytes`.
#[derive(Default)]
struct Held {
    batches: Vec<(TopicPartition, Bytes)>,
    bytes: usize,
    since: Option<Instant>,
}

struct Owned {
    partition: Arc<Partition>,
    position: i64,
    paused: bool,
}

/// Half of the shortest sensible session: how long a consumer sleeps without a sign of life.
const SLEEP_MAX: Duration = Duration::from_secs(10);

impl CommitLog {
    /// A new member of `group`.
    pub fn consumer(&self, group: &str, subscription: Subscription) -> Consumer {
        let mut consumer = Consumer {
            log: self.clone(),
            group: group.to_owned(),
            member: String::new(),
            subscription,
            wake: Arc::default(),
            owned: BTreeMap::new(),
            turn: None,
            records_skipped: 0,
            lost: Vec::new(),
            held: Held::default(),
        };
        consumer.join();
        consumer
    }
}

impl Consumer {
    /// Waits until something comes, or for `timeout`.
    pub fn poll(&mut self, timeout: Duration) -> Result<Polled> {
        let deadline = Instant::now() + timeout;
        loop {
            self.log.inner.check_open()?;
            self.wake.clear();
            let mut polled = self.heartbeat()?;
            if polled.is_empty() {
                polled.batches = self.fetch_enough()?;
                polled.lost = std::mem::take(&mut self.lost);
            }
            if !polled.is_empty() || self.wake.take_interrupt() || Instant::now() >= deadline {
                return Ok(polled);
            }
            let held_until = self.held.since.map(|since| since + self.fetch_wait_max());
            let sleep_until = deadline.min(Instant::now() + SLEEP_MAX);
            self.wake.wait_until(held_until.map_or(sleep_until, |until| until.min(sleep_until)));
        }
    }

    /// Sets where reading goes on. An offset beyond the log's end is refused: see
    /// [`CommitLog::advance_log_end`].
    pub fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<()> {
        let owned = self.owned_mut(partition)?;
        let (log_start, log_end) = (owned.partition.log_start(), owned.partition.log_end());
        if offset > log_end {
            let partition = partition.to_string();
            return Err(Error::OffsetOutOfRange { partition, offset, log_start, log_end });
        }
        owned.position = offset;
        self.held.forget(partition);
        Ok(())
    }

    /// The next offset to read, if the partition is the consumer's.
    pub fn position(&self, partition: &TopicPartition) -> Option<i64> {
        self.owned.get(partition).map(|owned| owned.position)
    }

    /// The partitions that are the consumer's.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.owned.keys().cloned().collect()
    }

    /// Reads nothing from the partition until it is resumed.
    pub fn pause(&mut self, partition: &TopicPartition) -> Result<()> {
        self.owned_mut(partition)?.paused = true;
        Ok(())
    }

    /// Ends a pause.
    pub fn resume(&mut self, partition: &TopicPartition) -> Result<()> {
        self.owned_mut(partition)?.paused = false;
        self.wake.set();
        Ok(())
    }

    /// Remembers for the group that everything below these offsets is done; refused unless all the
    /// partitions are the consumer's.
    pub fn commit(&self, offsets: &[(TopicPartition, i64)]) -> Result<()> {
        self.log.commit_checked(&self.group, offsets, |coordinator| {
            let mut partitions = offsets.iter().map(|(partition, _)| partition);
            partitions.try_for_each(|of| coordinator.check_owner(&self.group, &self.member, of))
        })
    }

    /// How far the consumer is behind, for each of its partitions.
    pub fn lag(&self) -> Vec<Lag> {
        let lag = |(of, owned): (&TopicPartition, &Owned)| Lag {
            partition: of.clone(),
            position: owned.position,
            records: (owned.partition.last_stable() - owned.position).max(0),
        };
        self.owned.iter().map(lag).collect()
    }

    /// Records that were gone, by retention or damage, before this consumer came to read them.
    pub fn records_skipped(&self) -> u64 {
        self.records_skipped
    }

    /// A handle that ends a waiting [`Consumer::poll`] early, from any thread.
    pub fn waker(&self) -> impl Fn() + Send + Sync + 'static {
        let wake = self.wake.clone();
        move || wake.interrupt()
    }

    /// Leaves the group; its partitions are free at once.
    pub fn close(self) {}

    fn join(&mut self) {
        let join = Join {
            subscription: self.subscription.clone(),
            session_timeout_ms: self.log.inner.shared.config.session_timeout_ms,
            wake: Some(self.wake.clone()),
        };
        let now_ms = self.log.inner.shared.now_ms();
        self.member = self.log.inner.coordinator.lock().join(&self.group, join, now_ms);
    }

    fn heartbeat(&mut self) -> Result<Polled> {
        let owned = self.owned.keys().cloned().collect();
        let now_ms = self.log.inner.shared.now_ms();
        let answer = self.log.inner.coordinator.lock().heartbeat(&self.group, &self.member, &owned, now_ms);
        match answer {
            Ok(answer) => Ok(self.change(&answer.assignment)),
            // Silent for too long: everything may be with others by now.
            Err(Error::UnknownMember { .. }) => {
                let polled = self.change(&BTreeSet::new());
                self.join();
                if polled.is_empty() { self.heartbeat() } else { Ok(polled) }
            }
            Err(error) => Err(error),
        }
    }

    /// Makes `assignment` what is owned.
    fn change(&mut self, assignment: &BTreeSet<TopicPartition>) -> Polled {
        let revoked: Vec<_> = self.owned.keys().filter(|of| !assignment.contains(*of)).cloned().collect();
        for of in &revoked {
            if let Some(owned) = self.owned.remove(of) {
                owned.partition.remove_reader(&self.wake);
            }
            self.held.forget(of);
        }
        let assigned = assignment.iter().filter(|of| !self.owned.contains_key(*of)).cloned();
        let assigned: Vec<_> = assigned.collect();
        let assigned = assigned.into_iter().filter(|of| self.take(of).is_some()).collect();
        Polled { revoked, assigned, ..Polled::default() }
    }

    /// Begins to read a partition; nothing if its topic is gone by now.
    fn take(&mut self, of: &TopicPartition) -> Option<()> {
        let topic = self.log.topic(&*of.topic)?;
        let partition = topic.partition(of.partition).ok()?.clone();
        let committed = self.log.committed(&self.group, of);
        let position = committed.map_or_else(|| partition.log_start(), |committed| committed.offset);
        partition.add_reader(&self.wake);
        self.owned.insert(of.clone(), Owned { partition, position, paused: false });
        Some(())
    }

    fn owned_mut(&mut self, partition: &TopicPartition) -> Result<&mut Owned> {
        let (group, member) = (&self.group, &self.member);
        self.owned.get_mut(partition).ok_or_else(|| Error::NotAssigned {
            group: group.clone(),
            member: member.clone(),
            partition: partition.to_string(),
        })
    }

    fn fetch_wait_max(&self) -> Duration {
        Duration::from_millis(self.log.inner.shared.config.fetch_wait_ms_max)
    }

    /// What the partitions hold, or nothing yet while that is too little.
    fn fetch_enough(&mut self) -> Result<Vec<(TopicPartition, Bytes)>> {
        let (bytes_min, bytes_max) =
            (self.log.inner.shared.config.fetch_bytes_min, self.log.inner.shared.config.fetch_bytes_max);
        let fetched = self.fetch(bytes_max.saturating_sub(self.held.bytes))?;
        self.held.add(fetched);
        let is_enough = self.held.bytes >= bytes_min
            || self.held.since.is_some_and(|since| since.elapsed() >= self.fetch_wait_max());
        if is_enough { Ok(std::mem::take(&mut self.held).batches) } else { Ok(Vec::new()) }
    }

    /// What the partitions hold, each in its turn, until enough is gathered.
    fn fetch(&mut self, bytes_max: usize) -> Result<Vec<(TopicPartition, Bytes)>> {
        let mut left = bytes_max;
        let mut batches = Vec::new();
        for of in self.in_turn() {
            if left == 0 {
                break;
            }
            let read = self.fetch_partition(&of, left)?;
            left = left.saturating_sub(read.iter().map(Bytes::len).sum());
            if !read.is_empty() {
                self.turn = Some(of.clone());
            }
            batches.extend(read.into_iter().map(|batch| (of.clone(), batch)));
        }
        Ok(batches)
    }

    /// The partitions to read, beginning behind the one that was read last.
    fn in_turn(&self) -> Vec<TopicPartition> {
        let ready = self.owned.iter().filter(|(_, owned)| !owned.paused).map(|(of, _)| of.clone());
        let mut ready: Vec<_> = ready.collect();
        let behind = ready.partition_point(|of| self.turn.as_ref().is_some_and(|turn| of <= turn));
        ready.rotate_left(behind);
        ready
    }

    /// Batches of committed records. Those of aborted transactions are passed over, and looked behind.
    fn fetch_partition(&mut self, of: &TopicPartition, bytes_max: usize) -> Result<Vec<Bytes>> {
        loop {
            let fetched = self.read_partition(of, bytes_max)?;
            let is_end = fetched.batches.is_empty();
            let batches = drop_aborted(fetched);
            if is_end || !batches.is_empty() {
                return Ok(batches);
            }
        }
    }

    fn read_partition(&mut self, of: &TopicPartition, bytes_max: usize) -> Result<Fetched> {
        let Some(owned) = self.owned.get_mut(of) else { return Ok(Fetched::default()) };
        let fetched = match owned.partition.read(owned.position, bytes_max, Isolation::Committed) {
            Ok(fetched) => fetched,
            Err(Error::OffsetOutOfRange { log_start, log_end, .. }) => {
                let next = if owned.position < log_start { log_start } else { log_end };
                let skipped = next.saturating_sub(owned.position).max(0) as u64;
                tracing::error!(
                    group = self.group, partition = %of, position = owned.position, next,
                    "position is outside the log; reading goes on where there is data"
                );
                owned.position = next;
                self.skip(of, skipped);
                return Ok(Fetched::default());
            }
            // The topic is being deleted; the next heartbeat revokes it.
            Err(Error::Io { .. }) if owned.partition.failure().is_some() => return Ok(Fetched::default()),
            Err(error) => return Err(error),
        };
        if let Some((first, last)) = offsets(&fetched.batches) {
            // Compaction takes only what a later record stands for.
            let skipped = match owned.partition.settings().cleanup.compact {
                true => 0,
                false => first.saturating_sub(owned.position).max(0) as u64,
            };
            owned.position = last + 1;
            self.skip(of, skipped);
        }
        Ok(fetched)
    }

    fn skip(&mut self, of: &TopicPartition, records: u64) {
        if records > 0 {
            self.records_skipped += records;
            self.lost.push((of.clone(), records));
        }
    }
}

impl Held {
    fn add(&mut self, batches: Vec<(TopicPartition, Bytes)>) {
        if !batches.is_empty() {
            self.since.get_or_insert_with(Instant::now);
            self.bytes += batches.iter().map(|(_, batch)| batch.len()).sum::<usize>();
            self.batches.extend(batches);
        }
    }

    /// Lets go of what was read of a partition: it is read again from where the partition is set to.
    fn forget(&mut self, of: &TopicPartition) {
        self.batches.retain(|(partition, _)| partition != of);
        self.bytes = self.batches.iter().map(|(_, batch)| batch.len()).sum();
        if self.batches.is_empty() {
            self.since = None;
        }
    }
}

/// The batches without those of aborted transactions.
fn drop_aborted(fetched: Fetched) -> Vec<Bytes> {
    let Fetched { mut batches, aborted, .. } = fetched;
    if !aborted.is_empty() {
        batches.retain(|batch| !BatchHeader::read(batch).is_ok_and(|header| is_aborted(&header, &aborted)));
    }
    batches
}

fn is_aborted(header: &BatchHeader, aborted: &[AbortedTransaction]) -> bool {
    let is_part_of = |transaction: &AbortedTransaction| {
        transaction.producer_id == header.producer_id
            && (transaction.first_offset..transaction.last_offset).contains(&header.base_offset)
    };
    header.is_transactional() && !header.is_control() && aborted.iter().any(is_part_of)
}

/// The first and last offset of some batches.
fn offsets(batches: &[Bytes]) -> Option<(i64, i64)> {
    let first = BatchHeader::read(batches.first()?).ok()?;
    let last = BatchHeader::read(batches.last()?).ok()?;
    Some((first.base_offset, last.last_offset()))
}

impl Drop for Consumer {
    fn drop(&mut self) {
        for owned in self.owned.values() {
            owned.partition.remove_reader(&self.wake);
        }
        self.log.inner.coordinator.lock().leave(&self.group, &self.member);
    }
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Consumer({}, {})", self.group, self.member)
    }
}
