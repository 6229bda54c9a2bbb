//! How did the log fare in the last minutes?
//!
//! A thread takes a sample at intervals. What it saw last is there at once, so `/metrics` never waits for a
//! network. Of the last minute whole samples are kept, to tell whether lag grows; of the last quarter of an
//! hour only sums by topic and group, for the charts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use girok_commitlog::{Clock, TopicPartition};
use parking_lot::{Condvar, Mutex};

use crate::lag::Times;
use crate::{Brokers, ClusterAdmin, Group, GroupLag, PartitionTraffic, Result, Topic};

/// Time between two samples.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// Points that the charts have.
pub const KEPT: usize = 180;
/// Samples that are kept whole.
const WHOLE: usize = 13;

/// All that was seen at one moment.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// When, milliseconds since the epoch.
    pub time_ms: i64,
    /// Who serves the log.
    pub brokers: Brokers,
    /// All topics.
    pub topics: Vec<Topic>,
    /// All groups.
    pub groups: Vec<Group>,
    /// How far each group is behind.
    pub lags: BTreeMap<String, GroupLag>,
    /// What each topic has taken and given so far.
    pub traffic: BTreeMap<String, Counts>,
}

/// What a topic has taken and given so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Records appended.
    pub records_in: u64,
    /// Bytes appended, where the log counts them.
    pub bytes_in: Option<u64>,
    /// Records read; where the log does not count them, those that groups have committed.
    pub records_out: u64,
    /// Bytes read, where the log counts them.
    pub bytes_out: Option<u64>,
}

/// The same by the second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Records appended.
    pub records_in: f64,
    /// Bytes appended.
    pub bytes_in: Option<f64>,
    /// Records read.
    pub records_out: f64,
    /// Bytes read.
    pub bytes_out: Option<f64>,
}

/// One point of the charts.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The end of the time that it stands for, milliseconds since the epoch.
    pub time_ms: i64,
    /// Of each topic.
    pub rates: BTreeMap<String, Rates>,
    /// Records that each group is behind.
    pub lags: BTreeMap<String, u64>,
}

/// The thread, and what it keeps.
pub struct Watch {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    kept: Mutex<Kept>,
    stopping: Mutex<bool>,
    stop: Condvar,
}

#[derive(Default)]
pub(crate) struct Kept {
    whole: VecDeque<Arc<Sample>>,
    points: VecDeque<Point>,
}

impl Watch {
    /// Samples `admin` from now on, every [`INTERVAL`].
    pub fn start(admin: Arc<dyn ClusterAdmin>, clock: Arc<dyn Clock>) -> Self {
        let state = Arc::new(State::default());
        let shared = state.clone();
        let thread = std::thread::Builder::new()
            .name("cluster-watch".to_owned())
            .spawn(move || run(&shared, admin.as_ref(), clock.as_ref()))
            .inspect_err(|error| tracing::error!(%error, "the log is not watched: no thread"));
        Watch { state, thread: thread.ok() }
    }

    /// What was seen last; nothing before the first sample.
    pub fn last(&self) -> Option<Arc<Sample>> {
        self.state.kept.lock().whole.back().cloned()
    }

    /// The charts' points, the oldest first.
    pub fn points(&self) -> Vec<Point> {
        self.state.kept.lock().points.iter().cloned().collect()
    }

    /// Each topic's throughput over the last minute.
    pub fn rates(&self) -> BTreeMap<String, Rates> {
        self.state.kept.lock().rates()
    }

    /// Where `group` falls behind: the lag is at its highest, and was never caught up within the last minute.
    pub fn growing(&self, group: &str) -> Vec<TopicPartition> {
        self.state.kept.lock().growing(group)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        *self.state.stopping.lock() = true;
        self.state.stop.notify_all();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that watches the log panicked");
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watch({:?})", self.last().map(|sample| sample.time_ms))
    }
}

fn run(state: &State, admin: &dyn ClusterAdmin, clock: &dyn Clock) {
    let times = Times::default();
    let mut was_silent = false;
    loop {
        let next = Instant::now() + INTERVAL;
        match take(admin, &times, clock.now_ms()) {
            Ok(sample) => {
                state.kept.lock().add(sample);
                was_silent = false;
            }
            // Once, not at every sample.
            Err(error) if !was_silent => {
                tracing::warn!(%error, "the log cannot be watched");
                was_silent = true;
            }
            Err(_) => {}
        }
        let mut stopping = state.stopping.lock();
        while !*stopping {
            if state.stop.wait_until(&mut stopping, next).timed_out() {
                break;
            }
        }
        if *stopping {
            return;
        }
    }
}

/// One sample.
fn take(admin: &dyn ClusterAdmin, times: &Times, time_ms: i64) -> Result<Sample> {
    let (brokers, topics, groups) = (admin.brokers()?, admin.topics()?, admin.groups()?);
    let lags = times.lag_of(admin, &groups, &topics)?;
    let traffic = sum_up(&admin.traffic()?, &groups);
    Ok(Sample { time_ms, brokers, topics, groups, lags, traffic })
}

/// Partitions' counts as topics'.
fn sum_up(traffic: &[PartitionTraffic], groups: &[Group]) -> BTreeMap<String, Counts> {
    let mut topics: BTreeMap<String, Counts> = BTreeMap::new();
    for one in traffic {
        let first = Counts { bytes_in: Some(0), bytes_out: Some(0), ..Counts::default() };
        let counts = topics.entry(one.partition.topic.to_string()).or_insert(first);
        let committed = || groups.iter().filter_map(|group| group.committed.get(&one.partition));
        let by_groups = || committed().map(|offset| u64::try_from(*offset).unwrap_or(0)).sum();
        counts.records_in += one.records_in;
        counts.records_out += one.records_out.unwrap_or_else(by_groups);
        counts.bytes_in = counts.bytes_in.zip(one.bytes_in).map(|(a, b)| a + b);
        counts.bytes_out = counts.bytes_out.zip(one.bytes_out).map(|(a, b)| a + b);
    }
    topics
}

impl Kept {
    pub(crate) fn add(&mut self, sample: Sample) {
        if let Some(before) = self.whole.back() {
            let rates = rates_between(before, &sample);
            let lags = sample.lags.iter().map(|(group, lag)| (group.clone(), lag.records)).collect();
            self.points.push_back(Point { time_ms: sample.time_ms, rates, lags });
        }
        self.whole.push_back(Arc::new(sample));
        while self.whole.len() > WHOLE {
            self.whole.pop_front();
        }
        while self.points.len() > KEPT {
            self.points.pop_front();
        }
    }

    pub(crate) fn rates(&self) -> BTreeMap<String, Rates> {
        match (self.whole.front(), self.whole.back()) {
            (Some(first), Some(last)) => rates_between(first, last),
            _ => BTreeMap::new(),
        }
    }

    pub(crate) fn growing(&self, group: &str) -> Vec<TopicPartition> {
        let Some((first, rest)) = self.lags(group).split_first().map(|(a, b)| (*a, b.to_vec())) else {
            return Vec::new();
        };
        // A minute must have passed: what has just begun to come is not late yet.
        if rest.len() + 1 < WHOLE {
            return Vec::new();
        }
        let records =
            |lag: &GroupLag, of: &TopicPartition| lag.partitions.get(of).map_or(0, |one| one.records);
        let grows = |of: &&TopicPartition| {
            let before = records(first, of);
            let since: Vec<_> = rest.iter().map(|lag| records(lag, of)).collect();
            let now = since.last().copied().unwrap_or(0);
            before > 0 && now > before && since.iter().all(|lag| (1..=now).contains(lag))
        };
        first.partitions.keys().filter(grows).cloned().collect()
    }

    /// The lag of a group in each sample that is kept whole.
    fn lags(&self, group: &str) -> Vec<&GroupLag> {
        self.whole.iter().filter_map(|sample| sample.lags.get(group)).collect()
    }
}

/// Throughput from one sample to a later one. What counts from its beginning again, or backwards, is none.
fn rates_between(first: &Sample, last: &Sample) -> BTreeMap<String, Rates> {
    let seconds = (last.time_ms - first.time_ms).max(1) as f64 / 1e3;
    let by_second = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
    let rates = last.traffic.iter().map(|(topic, now)| {
        // A topic that was not there before has begun at nothing.
        let none = Counts { bytes_in: Some(0), bytes_out: Some(0), ..Counts::default() };
        let before = first.traffic.get(topic).copied().unwrap_or(none);
        let bytes = |now: Option<u64>, before: Option<u64>| now.zip(before).map(|(a, b)| by_second(a, b));
        let rates = Rates {
            records_in: by_second(now.records_in, before.records_in),
            bytes_in: bytes(now.bytes_in, before.bytes_in),
            records_out: by_second(now.records_out, before.records_out),
            bytes_out: bytes(now.bytes_out, before.bytes_out),
        };
        (topic.clone(), rates)
    });
    rates.collect()
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
