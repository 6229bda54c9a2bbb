//! Which folder holds which partitions, and how much? There is one folder.

use girok_commitlog::{CommitLog, Topic};
use girok_wire::protocol::{
    AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, AlteredLogDirTopic, DescribeLogDirsRequest,
    DescribeLogDirsResponse, LogDir, LogDirPartition, LogDirTopic, PartitionResult, ProtocolError, code,
};

use crate::session::{Answer, Request};

/// `DescribeLogDirs`.
pub(crate) fn describe_log_dirs(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeLogDirsRequest = request.take()?;
    let log = request.log();
    let topics = match asked.topics {
        None => {
            let all = log.topics();
            let all = all.iter().filter_map(|info| log.topic(info.name.as_str()));
            all.map(|topic| sizes(&topic, 0..topic.partition_count() as i32)).collect()
        }
        Some(named) => {
            let found = named.into_iter().filter_map(|of| Some((log.topic(&of.topic)?, of.partitions)));
            found.map(|(topic, partitions)| sizes(&topic, partitions)).collect()
        }
    };
    let (total_bytes, usable_bytes) = space(log);
    let dir = LogDir { log_dir: name(log), topics, total_bytes, usable_bytes, ..LogDir::default() };
    Ok(request.now(&DescribeLogDirsResponse { results: vec![dir], ..DescribeLogDirsResponse::default() }))
}

fn name(log: &CommitLog) -> String {
    log.config().dir.display().to_string()
}

/// Bytes that the folder could hold, and those that are left.
fn space(log: &CommitLog) -> (i64, i64) {
    let metrics = log.metrics();
    let used: u64 = metrics.partitions.iter().map(|partition| partition.size_bytes).sum();
    let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    (number(metrics.disk_free_bytes.saturating_add(used)), number(metrics.disk_free_bytes))
}

fn sizes(topic: &Topic, partitions: impl IntoIterator<Item = i32>) -> LogDirTopic {
    let size = |index: i32| {
        let bytes = topic.size_bytes(u32::try_from(index).ok()?).ok()?;
        Some(LogDirPartition {
            partition_index: index,
            partition_size: i64::try_from(bytes).unwrap_or(i64::MAX),
            ..LogDirPartition::default()
        })
    };
    LogDirTopic {
        name: topic.name().to_string(),
        partitions: partitions.into_iter().filter_map(size).collect(),
    }
}

/// `AlterReplicaLogDirs`: a partition stays where it is, and can be moved nowhere else.
pub(crate) fn alter_replica_log_dirs(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: AlterReplicaLogDirsRequest = request.take()?;
    let log = request.log();
    let own = name(log);
    let results = asked.dirs.into_iter().flat_map(|dir| {
        let error_code = if dir.path == own { code::NONE } else { code::LOG_DIR_NOT_FOUND };
        dir.topics.into_iter().map(move |topic| (error_code, topic))
    });
    let results = results.map(|(error_code, asked)| {
        let partitions = asked.partitions.iter().map(|index| PartitionResult {
            partition_index: *index,
            error_code: if has(log, &asked.topic, *index) {
                error_code
            } else {
                code::UNKNOWN_TOPIC_OR_PARTITION
            },
        });
        AlteredLogDirTopic { partitions: partitions.collect(), topic_name: asked.topic }
    });
    let results = results.collect();
    Ok(request.now(&AlterReplicaLogDirsResponse { throttle_time_ms: 0, results }))
}

/// Whether there is such a partition.
pub(super) fn has(log: &CommitLog, topic: &str, partition: i32) -> bool {
    let partition = u32::try_from(partition).ok();
    partition.is_some_and(|partition| log.offsets(topic, partition).is_ok())
}
