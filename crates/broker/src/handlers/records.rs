//! Records deleted by clients: everything below an offset.

use girok_commitlog::{CommitLog, is_internal};
use girok_wire::protocol::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsResponse, DeletedRecordsPartition,
    DeletedRecordsTopic, ProtocolError, code,
};

use crate::fault::code_of;
use crate::session::{Answer, Request};

/// Stands for everything there is.
const ALL: i64 = -1;

/// `DeleteRecords`.
pub(crate) fn delete_records(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DeleteRecordsRequest = request.take()?;
    let topics = tokio::task::block_in_place(|| {
        let topics = asked.topics.into_iter().map(|topic| DeletedRecordsTopic {
            partitions: topic.partitions.iter().map(|of| delete(request.log(), &topic.name, of)).collect(),
            name: topic.name,
        });
        topics.collect()
    });
    Ok(request.now(&DeleteRecordsResponse { throttle_time_ms: 0, topics }))
}

fn delete(log: &CommitLog, topic: &str, of: &DeleteRecordsPartition) -> DeletedRecordsPartition {
    let response =
        DeletedRecordsPartition { partition_index: of.partition_index, ..DeletedRecordsPartition::default() };
    match try_delete(log, topic, of) {
        Ok(low_watermark) => DeletedRecordsPartition { low_watermark, ..response },
        Err(error_code) => DeletedRecordsPartition { error_code, ..response },
    }
}

fn try_delete(log: &CommitLog, topic: &str, of: &DeleteRecordsPartition) -> Result<i64, i16> {
    let partition = u32::try_from(of.partition_index).map_err(|_| code::UNKNOWN_TOPIC_OR_PARTITION)?;
    if is_internal(topic) {
        return Err(code::INVALID_TOPIC_EXCEPTION);
    }
    let found = log.topic(topic).ok_or(code::UNKNOWN_TOPIC_OR_PARTITION)?;
    if !found.settings().cleanup.delete {
        // What is compacted is the last word on its key.
        return Err(code::POLICY_VIOLATION);
    }
    let offset = (of.offset != ALL).then_some(of.offset);
    log.delete_records(topic, partition, offset).map_err(|error| code_of(&error))
}
