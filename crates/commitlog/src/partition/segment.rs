//! A segment: the one that grows, and those that are sealed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use girok_wire::BatchHeader;

use crate::disk::{Disk, DiskFile, read_file};
use crate::error::{Result, failed};
use crate::index::{self, Indexes};
use crate::names::{DAMAGED, DELETED, INDEX, LOG, TIME_INDEX, TXN_INDEX, segment_file};

/// No index of a segment within [`crate::config`]'s bounds is larger.
const INDEX_BYTES_MAX: u64 = 64 << 20;

/// The segment that grows. Its indexes are in memory.
pub(super) struct Active {
    pub(super) base: i64,
    pub(super) file: Arc<dyn DiskFile>,
    pub(super) size_bytes: u64,
    pub(super) next_offset: i64,
    pub(super) indexes: Indexes,
    /// Largest timestamp, where one in the future counts as the time of its arrival.
    pub(super) kept_ms: i64,
    /// When its first batch came.
    pub(super) first_ms: Option<i64>,
}

impl Active {
    /// Makes an empty segment; its name is durable afterwards.
    pub(super) fn create(disk: &dyn Disk, dir: &Path, base: i64) -> Result<Self> {
        let path = segment_file(dir, base, LOG);
        let file = disk.open(&path, true).map_err(failed("create", &path))?;
        file.truncate(0).map_err(failed("truncate", &path))?;
        disk.sync_dir(dir).map_err(failed("sync", dir))?;
        Ok(Active::empty(file, base))
    }

    pub(super) fn empty(file: Arc<dyn DiskFile>, base: i64) -> Self {
        let indexes = Indexes::default();
        Active { base, file, size_bytes: 0, next_offset: base, indexes, kept_ms: i64::MIN, first_ms: None }
    }

    /// Takes note of a batch that was written at the end.
    pub(super) fn add(&mut self, header: &BatchHeader, now_ms: i64, index_interval_bytes: u64) {
        let last_offset = header.last_offset();
        let relative = (last_offset - self.base) as u32;
        self.indexes.add(self.size_bytes, relative, header.max_timestamp, index_interval_bytes);
        self.size_bytes += header.size_bytes() as u64;
        self.next_offset = last_offset + 1;
        self.kept_ms = self.kept_ms.max(credible_ms(header.max_timestamp, now_ms));
        self.first_ms.get_or_insert(now_ms);
    }

    /// The bytes of both index files.
    pub(super) fn encode_indexes(&mut self) -> [Vec<u8>; 2] {
        [self.indexes.encode_offsets(), self.indexes.encode_times()]
    }

    /// What is left of it when it no longer grows.
    pub(super) fn sealed(&self, dir: &Path) -> Sealed {
        Sealed {
            base: self.base,
            next: self.next_offset,
            size_bytes: self.size_bytes,
            time_max: self.indexes.time_max().unwrap_or(i64::MIN),
            kept_ms: self.kept_ms,
            dir: dir.to_owned(),
        }
    }
}

/// Writes and syncs the index files of the segment at `base`.
pub(super) fn write_indexes(disk: &dyn Disk, dir: &Path, base: i64, indexes: &[Vec<u8>; 2]) -> Result<()> {
    for (extension, bytes) in [INDEX, TIME_INDEX].into_iter().zip(indexes) {
        let path = segment_file(dir, base, extension);
        let file = disk.open(&path, true).map_err(failed("create", &path))?;
        let written = file.truncate(0).and_then(|()| file.write_at(bytes, 0)).and_then(|()| file.sync());
        written.map_err(failed("write", &path))?;
    }
    Ok(())
}

/// A batch's time for retention: one in the future, or none at all, counts as the time of its arrival.
fn credible_ms(timestamp: i64, arrival_ms: i64) -> i64 {
    if timestamp < 0 { arrival_ms } else { timestamp.min(arrival_ms) }
}

/// A sealed segment: it is synced and never changes. Its files are opened when they are read.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    pub(super) base: i64,
    /// The base of the segment after it.
    pub(super) next: i64,
    pub(super) size_bytes: u64,
    /// Largest timestamp.
    pub(super) time_max: i64,
    /// Largest credible timestamp, see [`Active::kept_ms`].
    pub(super) kept_ms: i64,
    pub(super) dir: PathBuf,
}

impl Sealed {
    /// A segment found on the disk, with its indexes; `None` if they are missing or make no sense.
    pub(super) fn open(disk: &dyn Disk, dir: &Path, base: i64, next: i64) -> Result<Option<Self>> {
        let path = segment_file(dir, base, LOG);
        let file = disk.open(&path, false).map_err(failed("open", &path))?;
        let size_bytes = file.size_bytes().map_err(failed("read", &path))?;
        let modified_ms = file.modified_ms().map_err(failed("read", &path))?;
        let sealed = Sealed { base, next, size_bytes, time_max: 0, kept_ms: 0, dir: dir.to_owned() };
        let has_offsets = disk.open(&sealed.path(INDEX), false).is_ok();
        let Some(time_max) = index::last_time_in(&sealed.read_index(disk, TIME_INDEX)) else {
            return Ok(None);
        };
        Ok(has_offsets.then_some(Sealed { time_max, kept_ms: credible_ms(time_max, modified_ms), ..sealed }))
    }

    pub(super) fn path(&self, extension: &str) -> PathBuf {
        segment_file(&self.dir, self.base, extension)
    }

    /// The position to begin at for `offset`.
    pub(super) fn position(&self, disk: &dyn Disk, offset: i64) -> u64 {
        let relative = u32::try_from(offset - self.base).unwrap_or(u32::MAX);
        index::position_in(&self.read_index(disk, INDEX), relative, self.size_bytes)
    }

    /// The offset to begin at for the first batch with a time of at least `timestamp`.
    pub(super) fn offset_before(&self, disk: &dyn Disk, timestamp: i64) -> i64 {
        let relative = index::offset_before_in(&self.read_index(disk, TIME_INDEX), timestamp);
        self.base.saturating_add(i64::from(relative)).min(self.next)
    }

    /// An index that cannot be read is as good as an empty one: the reader walks from the beginning.
    fn read_index(&self, disk: &dyn Disk, extension: &str) -> Vec<u8> {
        read_file(disk, &self.path(extension), INDEX_BYTES_MAX).unwrap_or_default()
    }

    /// Removes its files: first by name, so that a crash in between leaves no half of it.
    pub(super) fn remove(&self, disk: &dyn Disk) -> Result<()> {
        let log = self.path(LOG);
        let doomed = log.with_added_extension(DELETED);
        disk.rename(&log, &doomed).map_err(failed("rename", &log))?;
        disk.sync_dir(&self.dir).map_err(failed("sync", &self.dir))?;
        disk.remove_file(&doomed).map_err(failed("remove", &doomed))?;
        for extension in [INDEX, TIME_INDEX, TXN_INDEX, DAMAGED] {
            // One that is not there is as gone as it should be; one that stays is removed at the next open.
            let _ = disk.remove_file(&self.path(extension));
        }
        Ok(())
    }
}
