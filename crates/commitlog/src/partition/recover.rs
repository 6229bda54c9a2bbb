//! What is still there after a stop, orderly or not?
//!
//! A segment is sealed only after it was synced, so only the last one can have a torn tail. After a crash it
//! is scanned whole:
//! - bytes beyond the recovery point that are no sound batches are a torn tail, and are cut off;
//! - damage below the recovery point hit data that was safe. Nothing is cut: the segment is kept as it is
//!   and sealed, a `.damaged` file beside it names the bytes, readers go on at the next sound batch.
//!
//! After a crash the leader epoch rises, so that clients notice if records they have seen are gone.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::segment::{Active, Sealed, write_indexes};
use crate::checkpoint;
use crate::disk::{Disk, read_file, replace_file};
use crate::error::{Result, failed};
use crate::index::Indexes;
use crate::names::{
    DAMAGED, DELETED, INDEX, LOG, TEMPORARY, TIME_INDEX, has_extension, parse_segment_log, segment_file,
};
use crate::scan::{ScanEnd, Window, scan};
use crate::shared::Shared;
use crate::topic::TopicId;

/// What is known about the last stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recovery {
    /// It was orderly.
    pub(crate) clean: bool,
    /// Everything below this offset was synced.
    pub(crate) recovery_point: i64,
    /// Everything below this offset was deleted by a client.
    pub(crate) log_start: i64,
    /// Everything below this offset is compacted.
    pub(crate) compacted: i64,
}

impl Recovery {
    /// There was none: the partition is new.
    pub(crate) const NEW: Recovery = Recovery { clean: true, recovery_point: 0, log_start: 0, compacted: 0 };
}

/// A partition's files, in order.
pub(super) struct Opened {
    pub(super) sealed: VecDeque<Arc<Sealed>>,
    pub(super) active: Active,
    pub(super) epochs: Vec<(i32, i64)>,
    pub(super) damage: Damage,
}

/// The last segment is never compacted.
const NO_GAPS: i64 = 0;

/// Damaged bytes: (segment, position) to length.
type Damage = BTreeMap<(i64, u64), u64>;

/// Opens a partition's directory.
pub(super) fn open(
    shared: &Shared,
    name: &str,
    dir: &Path,
    topic_id: TopicId,
    recovery: Recovery,
) -> Result<Opened> {
    let disk = &*shared.disk;
    let bases = prepare(disk, dir, topic_id)?;
    let opening = Opening { shared, name, dir, recovery };
    let mut damage = read_damage(disk, dir, &bases)?;
    let Some((last, older)) = bases.split_last() else {
        let active = Active::create(disk, dir, 0)?;
        return Ok(Opened { sealed: VecDeque::new(), active, epochs: opening.open_epochs(0)?, damage });
    };
    let nexts = bases.iter().skip(1);
    let sealed = older.iter().zip(nexts).map(|(base, next)| opening.open_sealed(*base, *next));
    let mut sealed = sealed.collect::<Result<VecDeque<_>>>()?;
    let active = opening.open_last(*last, &mut sealed, &mut damage)?;
    let epochs = opening.open_epochs(active.next_offset)?;
    Ok(Opened { sealed, active, epochs, damage })
}

/// Makes the directory if need be, removes what was left half done; the base offsets of its segments.
fn prepare(disk: &dyn Disk, dir: &Path, topic_id: TopicId) -> Result<Vec<i64>> {
    disk.create_dir(dir).map_err(failed("create", dir))?;
    if checkpoint::read_partition_metadata(disk, dir)? != Some(topic_id) {
        checkpoint::write_partition_metadata(disk, dir, topic_id)?;
        let parent = dir.parent().unwrap_or(Path::new("."));
        disk.sync_dir(parent).map_err(failed("sync", parent))?;
    }
    let mut bases = Vec::new();
    for name in disk.list(dir).map_err(failed("list", dir))? {
        if has_extension(&name, DELETED) || has_extension(&name, TEMPORARY) {
            let path = dir.join(&name);
            disk.remove_file(&path).map_err(failed("remove", &path))?;
        }
        bases.extend(parse_segment_log(&name));
    }
    bases.sort_unstable();
    Ok(bases)
}

/// A start's view of one partition.
struct Opening<'a> {
    shared: &'a Shared,
    name: &'a str,
    dir: &'a Path,
    recovery: Recovery,
}

impl Opening<'_> {
    fn disk(&self) -> &dyn Disk {
        &*self.shared.disk
    }

    /// A sealed segment; its indexes are made again if they are missing.
    fn open_sealed(&self, base: i64, next: i64) -> Result<Arc<Sealed>> {
        if let Some(sealed) = Sealed::open(self.disk(), self.dir, base, next)? {
            return Ok(Arc::new(sealed));
        }
        let (mut active, mut damage) = (self.open_file(base)?, Damage::new());
        let size_bytes = self.size_of(&active)?;
        while active.size_bytes < size_bytes {
            self.scan_on(&mut active, next)?;
            self.skip_damage(&mut active, size_bytes, next, &mut damage)?;
        }
        write_indexes(self.disk(), self.dir, base, &active.encode_indexes())?;
        Ok(Arc::new(Sealed { next, size_bytes, ..active.sealed(self.dir) }))
    }

    /// The last segment. If it is damaged it is sealed as it is, and a new one is opened behind it.
    fn open_last(
        &self,
        base: i64,
        sealed: &mut VecDeque<Arc<Sealed>>,
        damage: &mut Damage,
    ) -> Result<Active> {
        if let Some(active) = self.open_trusted(base)? {
            return Ok(active);
        }
        let mut active = self.open_file(base)?;
        let size_bytes = self.size_of(&active)?;
        let mut found = Damage::new();
        loop {
            self.scan_on(&mut active, NO_GAPS)?;
            if active.size_bytes >= size_bytes {
                break;
            }
            if active.next_offset >= self.recovery.recovery_point {
                self.truncate(&active, size_bytes)?;
                break;
            }
            self.skip_damage(&mut active, size_bytes, i64::MAX, &mut found)?;
        }
        let path = segment_file(self.dir, base, LOG);
        active.file.sync().map_err(failed("sync", &path))?;
        if found.is_empty() && active.next_offset >= self.recovery.recovery_point {
            return Ok(active);
        }
        self.quarantine(active, size_bytes, &found, sealed).inspect(|_| damage.extend(found))
    }

    /// After an orderly stop: the segment as its indexes describe it, if the two fit together.
    fn open_trusted(&self, base: i64) -> Result<Option<Active>> {
        let read = |extension| read_file(self.disk(), &segment_file(self.dir, base, extension), 64 << 20);
        let (true, Ok(offsets), Ok(times)) = (self.recovery.clean, read(INDEX), read(TIME_INDEX)) else {
            return Ok(None);
        };
        let mut active = self.open_file(base)?;
        let size_bytes = self.size_of(&active)?;
        let Some(indexes) = Indexes::decode(&offsets, &times, size_bytes) else { return Ok(None) };
        if !self.begin_at_last_entry(&mut active, size_bytes, &indexes)? {
            return Ok(None);
        }
        active.kept_ms = indexes.time_max().unwrap_or(i64::MIN).min(self.shared.now_ms());
        active.indexes = indexes;
        self.scan_on(&mut active, NO_GAPS)?;
        let fits = active.size_bytes == size_bytes && active.next_offset == self.recovery.recovery_point;
        Ok(fits.then_some(active))
    }

    /// Sets `active` behind the batch that the index names last; false if it does not stand there.
    fn begin_at_last_entry(&self, active: &mut Active, size_bytes: u64, indexes: &Indexes) -> Result<bool> {
        let Some((relative, position)) = indexes.last() else { return Ok(true) };
        let mut window = Window::new(&*active.file, size_bytes);
        let path = segment_file(self.dir, active.base, LOG);
        let found = window.batch_at(position).map_err(failed("read", &path))?;
        let Some(header) = found.filter(|found| found.last_offset() == active.base + i64::from(relative))
        else {
            return Ok(false);
        };
        active.size_bytes = position + header.size_bytes() as u64;
        active.next_offset = header.last_offset() + 1;
        Ok(true)
    }

    fn open_file(&self, base: i64) -> Result<Active> {
        let path = segment_file(self.dir, base, LOG);
        let file = self.disk().open(&path, false).map_err(failed("open", &path))?;
        let modified_ms = file.modified_ms().map_err(failed("read", &path))?;
        Ok(Active { first_ms: Some(modified_ms), ..Active::empty(file, base) })
    }

    fn size_of(&self, active: &Active) -> Result<u64> {
        let path = segment_file(self.dir, active.base, LOG);
        active.file.size_bytes().map_err(failed("read", &path))
    }

    /// Takes in the sound batches that follow; below `gaps_end` offsets may be missing.
    fn scan_on(&self, active: &mut Active, gaps_end: i64) -> Result<ScanEnd> {
        let path = segment_file(self.dir, active.base, LOG);
        let size_bytes = self.size_of(active)?;
        let modified_ms = active.file.modified_ms().map_err(failed("read", &path))?;
        let (file, interval) = (active.file.clone(), self.shared.config.index_interval_bytes);
        let mut window = Window::new(&*file, size_bytes);
        let (position, next_offset) = (active.size_bytes, active.next_offset);
        scan(&mut window, position, next_offset, gaps_end, |_, header| {
            active.add(header, modified_ms, interval);
        })
        .map_err(failed("read", &path))
    }

    /// Sets `active` to the next sound batch below `limit`, or to the end of the file.
    fn skip_damage(
        &self,
        active: &mut Active,
        size_bytes: u64,
        limit: i64,
        found: &mut Damage,
    ) -> Result<()> {
        if active.size_bytes >= size_bytes {
            return Ok(());
        }
        let path = segment_file(self.dir, active.base, LOG);
        let file = active.file.clone();
        let from = active.size_bytes;
        let next = Window::new(&*file, size_bytes).find_batch(from + 1, active.next_offset..limit);
        let next = next.map_err(failed("read", &path))?;
        let (position, offset) =
            next.map_or((size_bytes, active.next_offset), |(at, header)| (at, header.base_offset));
        found.insert((active.base, from), position - from);
        (active.size_bytes, active.next_offset) = (position, offset);
        Ok(())
    }

    /// Cuts off a torn tail.
    fn truncate(&self, active: &Active, size_bytes: u64) -> Result<()> {
        let path = segment_file(self.dir, active.base, LOG);
        let (offset, lost_bytes) = (active.next_offset, size_bytes - active.size_bytes);
        tracing::warn!(partition = self.name, offset, lost_bytes, "torn tail of the log cut off");
        active.file.truncate(active.size_bytes).map_err(failed("truncate", &path))
    }

    /// Seals a damaged segment as it is, with a note beside it; the segment that follows.
    fn quarantine(
        &self,
        mut damaged: Active,
        size_bytes: u64,
        found: &Damage,
        sealed: &mut VecDeque<Arc<Sealed>>,
    ) -> Result<Active> {
        // Offsets up to the recovery point were given out once and are never given out again.
        let next = damaged.next_offset.max(self.recovery.recovery_point);
        let (base, lost) = (damaged.base, found.values().sum::<u64>());
        tracing::error!(
            partition = self.name,
            segment = base,
            damaged_bytes = lost,
            next_offset = next,
            "synced data is damaged; the segment is kept as it is and the log goes on behind it"
        );
        let path = segment_file(self.dir, base, DAMAGED);
        let note = found.iter().fold(String::new(), |mut note, ((_, position), length)| {
            let _ = writeln!(note, "{position} {length}");
            note
        });
        replace_file(self.disk(), &path, note.as_bytes()).map_err(failed("write", &path))?;
        write_indexes(self.disk(), self.dir, base, &damaged.encode_indexes())?;
        let active = Active::create(self.disk(), self.dir, next)?;
        sealed.push_back(Arc::new(Sealed {
            next,
            size_bytes: damaged.size_bytes.min(size_bytes),
            ..damaged.sealed(self.dir)
        }));
        Ok(active)
    }

    /// The leader epochs; after a crash a new one begins at the end of the log.
    fn open_epochs(&self, next_offset: i64) -> Result<Vec<(i32, i64)>> {
        let mut epochs = checkpoint::read_epochs(self.disk(), self.dir)?;
        let last = epochs.last().map_or(0, |epoch| epoch.0);
        if self.recovery.clean && !epochs.is_empty() {
            return Ok(epochs);
        }
        epochs.retain(|epoch| epoch.1 < next_offset);
        epochs.push(if self.recovery.clean { (0, 0) } else { (last + 1, next_offset) });
        checkpoint::write_epochs(self.disk(), self.dir, &epochs)?;
        Ok(epochs)
    }
}

/// The damage that earlier starts have noted.
fn read_damage(disk: &dyn Disk, dir: &Path, bases: &[i64]) -> Result<Damage> {
    let mut damage = Damage::new();
    for base in bases {
        let path = segment_file(dir, *base, DAMAGED);
        let note = match read_file(disk, &path, 1 << 20) {
            Ok(note) => note,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed("read", &path)(error)),
        };
        for line in String::from_utf8_lossy(&note).lines() {
            let numbers = line.split_once(' ').map(|(at, length)| (at.parse(), length.parse()));
            if let Some((Ok(position), Ok(length))) = numbers {
                damage.insert((*base, position), length);
            }
        }
    }
    Ok(damage)
}
