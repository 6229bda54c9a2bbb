//! Which topics are there? The list of topics, and what the directories say where they differ from it.

use std::collections::BTreeMap;
use std::path::Path;

use girok_event::DatasetName;

use crate::checkpoint::{self, List};
use crate::config::TopicConfig;
use crate::disk::Disk;
use crate::error::{Result, failed};
use crate::names::{DELETED, TOPICS, has_extension, parse_partition_dir, partition_dir};
use crate::topic::{TopicEntry, TopicId};

/// Reads the list, ends deletions that a crash broke off, and takes in directories the list does not know.
pub(crate) fn load(disk: &dyn Disk, dir: &Path) -> Result<Vec<TopicEntry>> {
    let listed = match checkpoint::read_topics(disk, dir)? {
        List::Absent => Vec::new(),
        List::Listed(topics) => topics,
        List::Damaged => {
            set_aside(disk, dir)?;
            Vec::new()
        }
    };
    let (doomed, mut topics): (Vec<_>, Vec<_>) = listed.into_iter().partition(|topic| topic.deleting);
    for topic in &doomed {
        remove_partitions(disk, dir, topic)?;
    }
    remove_leftovers(disk, dir)?;
    let orphans = find_orphans(disk, dir, &topics)?;
    if !doomed.is_empty() || !orphans.is_empty() {
        topics.extend(orphans);
        checkpoint::write_topics(disk, dir, &topics)?;
    }
    Ok(topics)
}

fn set_aside(disk: &dyn Disk, dir: &Path) -> Result<()> {
    let path = dir.join(TOPICS);
    tracing::error!(path = %path.display(), "damaged list of topics set aside; topics keep default settings");
    checkpoint::set_aside(disk, &path)
}

/// Renames a topic's directories, so that none is half there, and removes them.
pub(crate) fn remove_partitions(disk: &dyn Disk, dir: &Path, topic: &TopicEntry) -> Result<()> {
    let names = disk.list(dir).map_err(failed("list", dir))?;
    for partition in 0..topic.partitions {
        let name = partition_dir(&topic.name, partition);
        if names.contains(&name) {
            // The id instead of the name: a long name would grow too long.
            let doomed = dir.join(format!("{:032x}-{partition}.{DELETED}", topic.id.0));
            disk.rename(&dir.join(&name), &doomed).map_err(failed("rename", &dir.join(&name)))?;
        }
    }
    disk.sync_dir(dir).map_err(failed("sync", dir))?;
    remove_leftovers(disk, dir)
}

fn remove_leftovers(disk: &dyn Disk, dir: &Path) -> Result<()> {
    for name in disk.list(dir).map_err(failed("list", dir))? {
        if has_extension(&name, DELETED) {
            let path = dir.join(&name);
            disk.remove_dir(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}

/// Topics whose directories are there although the list does not name them, with default settings.
fn find_orphans(disk: &dyn Disk, dir: &Path, topics: &[TopicEntry]) -> Result<Vec<TopicEntry>> {
    let mut orphans = BTreeMap::new();
    for name in disk.list(dir).map_err(failed("list", dir))? {
        let Some((topic, partition)) = parse_partition_dir(&name) else { continue };
        let is_listed = topics.iter().any(|listed| listed.name == topic);
        if is_listed || DatasetName::new(topic).is_err() {
            continue;
        }
        let id = checkpoint::read_partition_metadata(disk, &dir.join(&name))?;
        let orphan = orphans.entry(topic.to_owned()).or_insert_with(|| TopicEntry {
            name: topic.to_owned(),
            id: id.unwrap_or_else(TopicId::random),
            partitions: 0,
            config: TopicConfig::default(),
            deleting: false,
        });
        orphan.partitions = orphan.partitions.max(partition + 1);
    }
    for orphan in orphans.values() {
        tracing::warn!(
            topic = orphan.name,
            partitions = orphan.partitions,
            "topic found that the list lacks"
        );
    }
    Ok(orphans.into_values().collect())
}
