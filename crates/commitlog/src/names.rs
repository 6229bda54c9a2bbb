//! Every name on the disk, on one page. The bytes behind them: `docs/format/log.md`.

use std::path::{Path, PathBuf};

/// Held by the process that uses the directory.
pub(crate) const LOCK: &str = ".lock";
/// Present after an orderly stop; removed when the log opens.
pub(crate) const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
/// Offsets up to which each partition is known to be synced.
pub(crate) const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
/// Offsets below which each partition's records were deleted by a client.
pub(crate) const LOG_STARTS: &str = "log-start-offset-checkpoint";
/// Offsets up to which each partition is compacted.
pub(crate) const COMPACTED: &str = "cleaner-offset-checkpoint";
/// The topics with their ids and settings.
pub(crate) const TOPICS: &str = "topics";
/// Where the next block of producer ids begins.
pub(crate) const PRODUCER_IDS: &str = "producer-ids";
/// What clients prove with that they know a password.
pub(crate) const SCRAM_CREDENTIALS: &str = "scram-credentials";
/// In a partition: the topic's id.
pub(crate) const PARTITION_METADATA: &str = "partition.metadata";
/// In a partition: at which offset each leader epoch began.
pub(crate) const LEADER_EPOCHS: &str = "leader-epoch-checkpoint";

/// The batches of a segment.
pub(crate) const LOG: &str = "log";
/// A segment's sparse index from offset to position.
pub(crate) const INDEX: &str = "index";
/// A segment's sparse index from time to offset.
pub(crate) const TIME_INDEX: &str = "timeindex";
/// The transactions that were aborted in a segment.
pub(crate) const TXN_INDEX: &str = "txnindex";
/// What is remembered of idempotent producers.
pub(crate) const SNAPSHOT: &str = "snapshot";
/// Says which bytes of a segment are damaged.
pub(crate) const DAMAGED: &str = "damaged";
/// What others keep beside the log.
pub(crate) const DOCUMENT: &str = "document";
/// Marks what is about to be removed.
pub(crate) const DELETED: &str = "deleted";
/// Marks what was not finished.
pub(crate) const TEMPORARY: &str = "tmp";

/// The topic that holds the groups' committed offsets.
pub(crate) const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// The topic that holds what is known of transactions.
pub(crate) const TRANSACTIONS_TOPIC: &str = "__transaction_state";

/// Topics of the log itself begin with this; patterns pass over them.
const INTERNAL_PREFIX: &str = "__";

/// Whether `topic` is the log's own.
pub fn is_internal(topic: &str) -> bool {
    topic.starts_with(INTERNAL_PREFIX)
}

/// `web-0`.
pub(crate) fn partition_dir(topic: &str, partition: u32) -> String {
    format!("{topic}-{partition}")
}

/// Topic and partition of a directory's name.
pub(crate) fn parse_partition_dir(name: &str) -> Option<(&str, u32)> {
    let (topic, partition) = name.rsplit_once('-')?;
    let canonical = partition == "0" || !partition.starts_with('0');
    let digits = partition.bytes().all(|byte| byte.is_ascii_digit());
    (canonical && digits && !topic.is_empty()).then(|| Some((topic, partition.parse().ok()?)))?
}

/// `00000000000000000042.log`.
pub(crate) fn segment_file(dir: &Path, base_offset: i64, extension: &str) -> PathBuf {
    dir.join(format!("{base_offset:020}.{extension}"))
}

/// The base offset of a `.log` file's name.
pub(crate) fn parse_segment_log(name: &str) -> Option<i64> {
    parse_offset(name.strip_suffix(".log")?)
}

/// The offset of a `.snapshot` file's name.
pub(crate) fn parse_snapshot(name: &str) -> Option<i64> {
    parse_offset(name.strip_suffix(".snapshot")?)
}

fn parse_offset(digits: &str) -> Option<i64> {
    let is_offset = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_offset.then(|| digits.parse().ok())?
}

/// Whether a file's name ends in `extension`.
pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        assert_eq!(parse_partition_dir("a-b-12"), Some(("a-b", 12)));
        assert_eq!(parse_partition_dir("a.b-0"), Some(("a.b", 0)));
        for bad in ["a", "a-", "-1", "a-x", "a-01", "a--1x", "a-99999999999", "a-+1"] {
            assert_eq!(parse_partition_dir(bad), None, "{bad}");
        }
        let path = segment_file(Path::new("d"), 42, LOG);
        assert_eq!(path, Path::new("d/00000000000000000042.log"));
        assert_eq!(parse_segment_log("00000000000000000042.log"), Some(42));
        for bad in ["42.log", "00000000000000000042.index", "99999999999999999999.log"] {
            assert_eq!(parse_segment_log(bad), None, "{bad}");
        }
    }
}
