//! How does a fetch wait for data, and when has it enough?
//!
//! It looks; if there is less than `min_bytes` it sleeps until one of its partitions has grown, and looks
//! again, at most for `max_wait_ms`. The first batch is given whatever its size, so that every reader gets on.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use girok_commitlog::{Error, Fetched, Offsets, TopicPartition};
use girok_wire::protocol::{
    AbortedTransaction, FetchPartition, FetchPartitionResponse, FetchRequest, FetchResponse,
    FetchTopicResponse, Records, code,
};
use tokio::time::Instant;

use crate::fault::code_of;
use crate::session::Session;

/// Most bytes of one answer, whatever the client allows.
const FETCH_BYTES_MAX: usize = 32 << 20;
/// Longest wait, whatever the client allows.
const WAIT_MAX: Duration = Duration::from_secs(300);

/// The isolation level of a reader that wants no records of open and aborted transactions.
pub(super) const READ_COMMITTED: i8 = 1;

/// One fetch under way.
pub(super) struct Fetching {
    session: Arc<Session>,
    asked: FetchRequest,
}

/// What one look brought.
struct Look {
    topics: Vec<FetchTopicResponse>,
    bytes: usize,
    has_error: bool,
}

impl Fetching {
    pub(super) fn new(session: Arc<Session>, asked: FetchRequest) -> Self {
        Fetching { session, asked }
    }

    pub(super) async fn run(self) -> FetchResponse {
        let deadline =
            Instant::now() + Duration::from_millis(self.asked.max_wait_ms.max(0) as u64).min(WAIT_MAX);
        let mut look = self.look();
        if !self.is_enough(&look) {
            let partitions = self.partitions();
            let watch = self.session.log.watch(&partitions);
            let mut stop = self.session.stop.clone();
            loop {
                // Looked at again behind the watch's beginning: nothing can come unseen in between.
                look = self.look();
                if self.is_enough(&look) {
                    break;
                }
                let is_over = tokio::select! {
                    () = watch.changed() => false,
                    () = tokio::time::sleep_until(deadline) => true,
                    _ = stop.wait_for(|stop| *stop) => true,
                };
                if is_over {
                    break;
                }
            }
        }
        FetchResponse { topics: look.topics, ..FetchResponse::default() }
    }

    fn partitions(&self) -> Vec<TopicPartition> {
        let topics = self.asked.topics.iter();
        let all =
            topics.flat_map(|topic| topic.partitions.iter().map(move |of| (&topic.topic, of.partition)));
        all.filter_map(|(topic, of)| Some(TopicPartition::new(topic.as_str(), u32::try_from(of).ok()?)))
            .collect()
    }

    fn is_enough(&self, look: &Look) -> bool {
        look.has_error || look.bytes >= self.asked.min_bytes.max(0) as usize || self.asked.topics.is_empty()
    }

    fn look(&self) -> Look {
        let mut look =
            Look { topics: Vec::with_capacity(self.asked.topics.len()), bytes: 0, has_error: false };
        let bytes_max = usize::try_from(self.asked.max_bytes).unwrap_or(0).min(FETCH_BYTES_MAX);
        for topic in &self.asked.topics {
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for of in &topic.partitions {
                let left = bytes_max.saturating_sub(look.bytes);
                let found = self.read(&topic.topic, of, left, look.bytes == 0);
                look.has_error |= found.error_code != code::NONE;
                look.bytes += found.records.0.iter().map(Bytes::len).sum::<usize>();
                partitions.push(found);
            }
            look.topics.push(FetchTopicResponse { topic: topic.topic.clone(), partitions });
        }
        look
    }

    /// One partition's batches; `is_first` gives one whatever its size.
    fn read(&self, topic: &str, of: &FetchPartition, left: usize, is_first: bool) -> FetchPartitionResponse {
        let response =
            FetchPartitionResponse { partition_index: of.partition, ..FetchPartitionResponse::default() };
        let failed = |error_code| FetchPartitionResponse { error_code, ..response.clone() };
        let Ok(partition) = u32::try_from(of.partition) else {
            return failed(code::UNKNOWN_TOPIC_OR_PARTITION);
        };
        let offsets = match self.session.log.offsets(topic, partition) {
            Ok(offsets) => offsets,
            Err(error) => return failed(code_of(&error)),
        };
        if let Some(error_code) = check_epoch(of.current_leader_epoch, &offsets) {
            return failed(error_code);
        }
        if !(offsets.log_start..=offsets.log_end).contains(&of.fetch_offset) {
            return FetchPartitionResponse {
                log_start_offset: offsets.log_start,
                ..failed(code::OFFSET_OUT_OF_RANGE)
            };
        }
        let bytes_max = left.min(of.partition_max_bytes.max(0) as usize);
        let end = if self.is_committed() { offsets.last_stable } else { offsets.high_watermark };
        let has_data = of.fetch_offset < end && (is_first || bytes_max > 0);
        let fetched = if has_data {
            self.read_log(topic, partition, of.fetch_offset, bytes_max)
        } else {
            Ok(Fetched::default())
        };
        let Fetched { batches, aborted, .. } = match fetched {
            Ok(fetched) => fetched,
            Err(error) => return failed(code_of(&error)),
        };
        let fits = is_first || batches.first().is_none_or(|first| first.len() <= left);
        let aborted = aborted.into_iter().map(|transaction| AbortedTransaction {
            producer_id: transaction.producer_id,
            first_offset: transaction.first_offset,
        });
        FetchPartitionResponse {
            high_watermark: offsets.high_watermark,
            last_stable_offset: offsets.last_stable,
            log_start_offset: offsets.log_start,
            aborted_transactions: self.is_committed().then(|| aborted.collect()),
            records: Records(if fits { batches } else { Vec::new() }),
            ..response
        }
    }

    /// Whether only committed records are wanted.
    fn is_committed(&self) -> bool {
        self.asked.isolation_level == READ_COMMITTED
    }

    /// Leaves the runtime's thread to read the disk.
    fn read_log(&self, topic: &str, partition: u32, offset: i64, bytes_max: usize) -> Result<Fetched, Error> {
        let log = &self.session.log;
        let read = || match self.is_committed() {
            true => log.read_committed(topic, partition, offset, bytes_max),
            false => log.read(topic, partition, offset, bytes_max),
        };
        if log.is_in_memory(topic, partition, offset)? { read() } else { tokio::task::block_in_place(read) }
    }
}

/// Whether the client knows another leader epoch than the one in force.
pub(super) fn check_epoch(known: i32, offsets: &Offsets) -> Option<i16> {
    match known {
        -1 => None,
        known if known < offsets.leader_epoch => Some(code::FENCED_LEADER_EPOCH),
        known if known > offsets.leader_epoch => Some(code::UNKNOWN_LEADER_EPOCH),
        _ => None,
    }
}
