//! The small files beside the segments: recovery points, leader epochs, topic ids, the list of topics.
//!
//! All are replaced whole, and any bytes may lie in them: what makes no sense is taken as absent, which at
//! worst costs a longer scan.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::credentials::ScramCredential;
use crate::disk::{Disk, read_file, replace_file};
use crate::error::{Error, Result, failed};
use crate::names::{DAMAGED, LEADER_EPOCHS, PARTITION_METADATA, PRODUCER_IDS, SCRAM_CREDENTIALS, TOPICS};
use crate::topic::{TopicEntry, TopicId};

const FILE_BYTES_MAX: u64 = 64 << 20;
const TOPICS_MAGIC: &str = "girok-topics 1";
const SCRAM_MAGIC: &str = "girok-scram 1";

/// What is in a file, if it is there.
fn read(disk: &dyn Disk, path: &Path) -> Result<Option<String>> {
    match read_file(disk, path, FILE_BYTES_MAX) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn replace(disk: &dyn Disk, path: &Path, text: &str) -> Result<()> {
    replace_file(disk, path, text.as_bytes()).map_err(failed("write", path))
}

/// The rows of one of Kafka's checkpoint files: a version, a count, and as many rows.
fn rows(text: &str) -> Option<Vec<&str>> {
    let mut lines = text.lines();
    if lines.next()?.trim() != "0" {
        return None;
    }
    let count: usize = lines.next()?.trim().parse().ok()?;
    let rows: Vec<_> = lines.collect();
    (rows.len() == count).then_some(rows)
}

fn to_rows(rows: impl ExactSizeIterator<Item = String>) -> String {
    let mut text = format!("0\n{}\n", rows.len());
    rows.for_each(|row| {
        text.push_str(&row);
        text.push('\n');
    });
    text
}

/// Offsets by topic and partition.
pub(crate) type Offsets = BTreeMap<(String, u32), i64>;

/// Reads a file of offsets; none if it is missing or makes no sense.
pub(crate) fn read_offsets(disk: &dyn Disk, path: &Path) -> Result<Offsets> {
    let text = read(disk, path)?.unwrap_or_default();
    let parse = |row: &str| {
        let mut words = row.split(' ');
        let key = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        Some((key, words.next()?.parse().ok()?))
    };
    let points = rows(&text).and_then(|rows| rows.into_iter().map(parse).collect());
    Ok(points.unwrap_or_default())
}

/// Replaces a file of offsets.
pub(crate) fn write_offsets(disk: &dyn Disk, path: &Path, points: &Offsets) -> Result<()> {
    let rows = points.iter().map(|((topic, partition), offset)| format!("{topic} {partition} {offset}"));
    replace(disk, path, &to_rows(rows.collect::<Vec<_>>().into_iter()))
}

/// Reads a partition's leader epochs; none if the file is missing or makes no sense.
pub(crate) fn read_epochs(disk: &dyn Disk, dir: &Path) -> Result<Vec<(i32, i64)>> {
    let text = read(disk, &dir.join(LEADER_EPOCHS))?.unwrap_or_default();
    let parse = |row: &str| {
        let (epoch, offset) = row.split_once(' ')?;
        Some((epoch.parse().ok()?, offset.parse().ok()?))
    };
    let epochs: Option<Vec<(i32, i64)>> = rows(&text).and_then(|rows| rows.into_iter().map(parse).collect());
    let rises = |epochs: &Vec<(i32, i64)>| epochs.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1);
    Ok(epochs.filter(rises).unwrap_or_default())
}

/// Replaces a partition's leader epochs.
pub(crate) fn write_epochs(disk: &dyn Disk, dir: &Path, epochs: &[(i32, i64)]) -> Result<()> {
    let rows = epochs.iter().map(|(epoch, offset)| format!("{epoch} {offset}"));
    replace(disk, &dir.join(LEADER_EPOCHS), &to_rows(rows))
}

/// Reads where the next block of producer ids begins; nothing if the file is missing or makes no sense.
pub(crate) fn read_producer_ids(disk: &dyn Disk, dir: &Path) -> Result<Option<i64>> {
    let text = read(disk, &dir.join(PRODUCER_IDS))?.unwrap_or_default();
    Ok(rows(&text).and_then(|rows| rows.first()?.parse().ok()).filter(|next| *next >= 0))
}

/// Replaces it.
pub(crate) fn write_producer_ids(disk: &dyn Disk, dir: &Path, next: i64) -> Result<()> {
    replace(disk, &dir.join(PRODUCER_IDS), &to_rows([next.to_string()].into_iter()))
}

/// Reads the topic id of a partition's directory.
pub(crate) fn read_partition_metadata(disk: &dyn Disk, dir: &Path) -> Result<Option<TopicId>> {
    let text = read(disk, &dir.join(PARTITION_METADATA))?.unwrap_or_default();
    let id = text.lines().find_map(|line| line.strip_prefix("topic_id: "));
    Ok(id.and_then(TopicId::parse))
}

/// Writes the topic id of a partition's directory.
pub(crate) fn write_partition_metadata(disk: &dyn Disk, dir: &Path, id: TopicId) -> Result<()> {
    replace(disk, &dir.join(PARTITION_METADATA), &format!("version: 0\ntopic_id: {id}"))
}

/// What a list of ours says.
pub(crate) enum List<T> {
    /// There is none.
    Absent,
    /// It is whole.
    Listed(Vec<T>),
    /// Its checksum does not fit, or it cannot be understood.
    Damaged,
}

/// Reads a list: a head of `magic` and checksum, then one JSON object a line.
fn read_list<T: DeserializeOwned>(disk: &dyn Disk, path: &Path, magic: &str) -> Result<List<T>> {
    let Some(text) = read(disk, path)? else { return Ok(List::Absent) };
    let listed = text.split_once('\n').and_then(|(head, body)| {
        let sum = head.strip_prefix(magic)?.trim();
        let fits = u32::from_str_radix(sum, 16).ok()? == crc32c::crc32c(body.as_bytes());
        fits.then(|| body.lines().map(serde_json::from_str).collect::<Result<Vec<_>, _>>().ok())?
    });
    Ok(listed.map_or(List::Damaged, List::Listed))
}

fn write_list<T: Serialize>(disk: &dyn Disk, path: &Path, magic: &str, items: &[T]) -> Result<()> {
    let mut body = String::new();
    for item in items {
        let line = serde_json::to_string(item).map_err(|error| failed("write", path)(error.into()))?;
        writeln!(body, "{line}").map_err(|_| Error::Closed)?;
    }
    replace(disk, path, &format!("{magic} {:08x}\n{body}", crc32c::crc32c(body.as_bytes())))
}

/// Reads the list of topics.
pub(crate) fn read_topics(disk: &dyn Disk, dir: &Path) -> Result<List<TopicEntry>> {
    read_list(disk, &dir.join(TOPICS), TOPICS_MAGIC)
}

/// Replaces the list of topics.
pub(crate) fn write_topics(disk: &dyn Disk, dir: &Path, topics: &[TopicEntry]) -> Result<()> {
    write_list(disk, &dir.join(TOPICS), TOPICS_MAGIC, topics)
}

/// Reads the SCRAM credentials.
pub(crate) fn read_credentials(disk: &dyn Disk, dir: &Path) -> Result<List<ScramCredential>> {
    read_list(disk, &dir.join(SCRAM_CREDENTIALS), SCRAM_MAGIC)
}

/// Replaces the SCRAM credentials.
pub(crate) fn write_credentials(disk: &dyn Disk, dir: &Path, all: &[ScramCredential]) -> Result<()> {
    write_list(disk, &dir.join(SCRAM_CREDENTIALS), SCRAM_MAGIC, all)
}

/// Renames a damaged file, so that it is neither used nor lost.
pub(crate) fn set_aside(disk: &dyn Disk, path: &Path) -> Result<()> {
    let aside = path.with_added_extension(DAMAGED);
    disk.rename(path, &aside).map_err(failed("rename", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::FaultyDisk;
    use crate::names::RECOVERY_POINTS;

    #[test]
    fn checkpoints_are_read_back_in_kafkas_format() {
        let disk = FaultyDisk::new(1);
        let dir = Path::new("d");
        disk.create_dir(dir).unwrap();
        let points = Offsets::from([(("web".to_owned(), 0), 7), (("web".to_owned(), 1), 0)]);
        write_offsets(&disk, &dir.join(RECOVERY_POINTS), &points).unwrap();
        assert_eq!(read(&disk, &dir.join(RECOVERY_POINTS)).unwrap().unwrap(), "0\n2\nweb 0 7\nweb 1 0\n");
        assert_eq!(read_offsets(&disk, &dir.join(RECOVERY_POINTS)).unwrap(), points);
        write_epochs(&disk, dir, &[(0, 0), (1, 42)]).unwrap();
        assert_eq!(read_epochs(&disk, dir).unwrap(), [(0, 0), (1, 42)]);
    }

    #[test]
    fn nonsense_is_taken_as_absent() {
        let disk = FaultyDisk::new(1);
        let dir = Path::new("d");
        disk.create_dir(dir).unwrap();
        for text in ["", "1\n0\n", "0\n2\nweb 0 7\n", "0\n1\nweb 0 x\n", "\0\0\0", "0\n-1\n"] {
            replace(&disk, &dir.join(RECOVERY_POINTS), text).unwrap();
            replace(&disk, &dir.join(LEADER_EPOCHS), text).unwrap();
            replace(&disk, &dir.join(TOPICS), text).unwrap();
            assert_eq!(read_offsets(&disk, &dir.join(RECOVERY_POINTS)).unwrap(), Offsets::new(), "{text:?}");
            assert_eq!(read_epochs(&disk, dir).unwrap(), [], "{text:?}");
            assert!(matches!(read_topics(&disk, dir).unwrap(), List::Damaged), "{text:?}");
        }
    }
}
