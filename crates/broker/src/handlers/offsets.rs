//! Which offsets does a partition have, by time and by leader epoch?

use girok_commitlog::{CommitLog, Error};
use girok_wire::protocol::{
    EpochPartition, EpochPartitionResponse, EpochTopicResponse, ListOffsetsPartition,
    ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopicResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, ProtocolError, code,
};

use super::fetching::{READ_COMMITTED, check_epoch};
use crate::fault::code_of;
use crate::session::{Answer, Request};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const NEWEST: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;

/// `ListOffsets`.
pub(crate) fn list_offsets(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: ListOffsetsRequest = request.take()?;
    let topics = tokio::task::block_in_place(|| {
        let topics = asked.topics.into_iter().map(|topic| {
            let is_committed = asked.isolation_level == READ_COMMITTED;
            let find = |of| find_offset(request.log(), &topic.name, of, is_committed);
            let partitions = topic.partitions.iter().map(find);
            ListOffsetsTopicResponse { partitions: partitions.collect(), name: topic.name }
        });
        topics.collect()
    });
    Ok(request.now(&ListOffsetsResponse { throttle_time_ms: 0, topics }))
}

fn find_offset(
    log: &CommitLog,
    topic: &str,
    of: &ListOffsetsPartition,
    is_committed: bool,
) -> ListOffsetsPartitionResponse {
    let response = ListOffsetsPartitionResponse { partition_index: of.partition_index, ..Default::default() };
    match try_find_offset(log, topic, of, is_committed) {
        Ok(Some((offset, timestamp, leader_epoch))) => {
            ListOffsetsPartitionResponse { offset, timestamp, leader_epoch, ..response }
        }
        Ok(None) => response,
        Err(error_code) => ListOffsetsPartitionResponse { error_code, ..response },
    }
}

/// Offset, its time if it was looked up by it, and its leader epoch.
fn try_find_offset(
    log: &CommitLog,
    topic: &str,
    of: &ListOffsetsPartition,
    is_committed: bool,
) -> Result<Option<(i64, i64, i32)>, i16> {
    let failed = |error: Error| code_of(&error);
    let partition = u32::try_from(of.partition_index).map_err(|_| code::UNKNOWN_TOPIC_OR_PARTITION)?;
    let offsets = log.offsets(topic, partition).map_err(failed)?;
    if let Some(error_code) = check_epoch(of.current_leader_epoch, &offsets) {
        return Err(error_code);
    }
    let end = if is_committed { offsets.last_stable } else { offsets.high_watermark };
    let found = match of.timestamp {
        LATEST => return Ok(Some((end, -1, offsets.leader_epoch))),
        EARLIEST | EARLIEST_LOCAL => Some((offsets.log_start, -1)),
        NEWEST => log.offset_of_newest(topic, partition).map_err(failed)?,
        time if time >= 0 => log.offset_for_time(topic, partition, time).map_err(failed)?,
        _ => return Err(code::UNSUPPORTED_VERSION),
    };
    let found =
        found.filter(|(offset, _)| *offset < end || matches!(of.timestamp, EARLIEST | EARLIEST_LOCAL));
    let epochs = log.leader_epochs(topic, partition).map_err(failed)?;
    Ok(found.map(|(offset, time)| (offset, time, epoch_at(&epochs, offset))))
}

/// The epoch in which `offset` was written.
fn epoch_at(epochs: &[(i32, i64)], offset: i64) -> i32 {
    let at = epochs.partition_point(|(_, start)| *start <= offset);
    at.checked_sub(1).map_or(-1, |at| epochs[at].0)
}

/// `OffsetForLeaderEpoch`: where an epoch ended, so that a client notices records that a crash took.
pub(crate) fn offset_for_leader_epoch(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: OffsetForLeaderEpochRequest = request.take()?;
    let topics = asked.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|of| find_epoch(request.log(), &topic.topic, of));
        EpochTopicResponse { partitions: partitions.collect(), topic: topic.topic }
    });
    let topics = topics.collect();
    Ok(request.now(&OffsetForLeaderEpochResponse { throttle_time_ms: 0, topics }))
}

fn find_epoch(log: &CommitLog, topic: &str, of: &EpochPartition) -> EpochPartitionResponse {
    let response = EpochPartitionResponse { partition: of.partition, ..Default::default() };
    let found =
        u32::try_from(of.partition).map_err(|_| code::UNKNOWN_TOPIC_OR_PARTITION).and_then(|partition| {
            let offsets = log.offsets(topic, partition).map_err(|error| code_of(&error))?;
            check_epoch(of.current_leader_epoch, &offsets).map_or(Ok(()), Err)?;
            let epochs = log.leader_epochs(topic, partition).map_err(|error| code_of(&error))?;
            Ok(end_of_epoch(&epochs, of.leader_epoch, offsets.log_end))
        });
    match found {
        Ok((leader_epoch, end_offset)) => EpochPartitionResponse { leader_epoch, end_offset, ..response },
        Err(error_code) => EpochPartitionResponse { error_code, ..response },
    }
}

/// The newest epoch up to `asked`, and the offset behind its last record; -1 for one that is not known.
fn end_of_epoch(epochs: &[(i32, i64)], asked: i32, log_end: i64) -> (i32, i64) {
    let after = epochs.partition_point(|(epoch, _)| *epoch <= asked);
    match (after.checked_sub(1).map(|at| epochs[at].0), epochs.get(after)) {
        (Some(epoch), Some((_, next_start))) => (epoch, *next_start),
        (Some(epoch), None) if epoch == asked => (epoch, log_end),
        (None, Some((_, start))) => (asked, *start),
        _ => (-1, -1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_end_where_the_next_begins() {
        let epochs = [(0, 0), (2, 40), (3, 60)];
        assert_eq!(end_of_epoch(&epochs, 3, 99), (3, 99), "the one in force");
        assert_eq!(end_of_epoch(&epochs, 2, 99), (2, 60));
        assert_eq!(end_of_epoch(&epochs, 1, 99), (0, 40), "one that never was");
        assert_eq!(end_of_epoch(&epochs, 4, 99), (-1, -1), "one to come");
        assert_eq!((epoch_at(&epochs, 39), epoch_at(&epochs, 40), epoch_at(&epochs, 99)), (0, 2, 3));
    }
}
