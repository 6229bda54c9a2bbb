//! Where do the producers of a partition come from after a start?
//!
//! From the newest snapshot that the log reaches, and the headers of the batches behind it. The ends of
//! transactions are read too: they say which were aborted.

use std::path::Path;

use girok_wire::Marker;

use super::aborted::Aborted;
use super::producers::Producers;
use super::recover::Opened;
use crate::disk::{Disk, DiskFile, read_file, replace_file};
use crate::error::{Result, failed};
use crate::names::{LOG, SNAPSHOT, parse_snapshot, segment_file};
use crate::scan::Window;

/// Snapshots kept: the newest may be ahead of what a crash left of the log.
const KEPT: usize = 2;
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Writes the state at `offset`, and removes old snapshots.
pub(super) fn write(disk: &dyn Disk, dir: &Path, offset: i64, producers: &Producers) -> Result<()> {
    let path = segment_file(dir, offset, SNAPSHOT);
    replace_file(disk, &path, &producers.encode()).map_err(failed("write", &path))?;
    let offsets = list(disk, dir)?;
    for old in offsets.iter().rev().skip(KEPT) {
        remove(disk, dir, *old)?;
    }
    Ok(())
}

/// The state at the end of a log that was just opened. Snapshots beyond its end are removed: other records
/// will get those offsets.
pub(super) fn load(disk: &dyn Disk, dir: &Path, opened: &Opened) -> Result<(Producers, Aborted)> {
    let end = opened.active.next_offset;
    let mut found = None;
    for offset in list(disk, dir)?.into_iter().rev() {
        if offset > end {
            remove(disk, dir, offset)?;
        } else if found.is_none() {
            let file = read_file(disk, &segment_file(dir, offset, SNAPSHOT), FILE_BYTES_MAX);
            found = file.ok().and_then(|file| Producers::decode(&file)).map(|producers| (offset, producers));
        }
    }
    let mut aborted = Aborted::default();
    let bases = opened.sealed.iter().map(|sealed| sealed.base).chain([opened.active.base]);
    for base in bases {
        if !aborted.load(disk, dir, base, end)? {
            tracing::warn!(dir = %dir.display(), base, "damaged index of aborted transactions; the log is read");
            found = None;
        }
    }
    let (from, producers) = found.unwrap_or_default();
    let mut replay = Replay { producers, aborted, from };
    for sealed in opened.sealed.iter().filter(|sealed| sealed.next > from) {
        let path = sealed.path(LOG);
        let file = disk.open(&path, false).map_err(failed("open", &path))?;
        replay.segment(&*file, sealed.size_bytes, sealed.kept_ms).map_err(failed("read", &path))?;
    }
    let active = &opened.active;
    if active.next_offset > from {
        let path = segment_file(dir, active.base, LOG);
        replay.segment(&*active.file, active.size_bytes, active.kept_ms).map_err(failed("read", &path))?;
    }
    Ok((replay.producers, replay.aborted))
}

/// The batches behind a snapshot, taken in again.
struct Replay {
    producers: Producers,
    aborted: Aborted,
    from: i64,
}

impl Replay {
    /// Takes in a segment's batches; what is behind damaged bytes is not seen.
    fn segment(&mut self, file: &dyn DiskFile, size_bytes: u64, now_ms: i64) -> std::io::Result<()> {
        let mut window = Window::new(file, size_bytes);
        let mut position = 0;
        while let Some(header) = window.header_at(position)? {
            if header.base_offset >= self.from && header.is_control() {
                let marker = window.get(position, header.size_bytes())?.and_then(Marker::decode);
                let ended = marker.and_then(|marker| self.producers.end(&header, marker, now_ms));
                ended.into_iter().for_each(|transaction| self.aborted.add(transaction));
            } else if header.base_offset >= self.from {
                self.producers.enter(&header, now_ms);
            }
            position += header.size_bytes() as u64;
        }
        Ok(())
    }
}

/// The offsets of the snapshots, in order.
fn list(disk: &dyn Disk, dir: &Path) -> Result<Vec<i64>> {
    let names = disk.list(dir).map_err(failed("list", dir))?;
    let mut offsets: Vec<_> = names.iter().filter_map(|name| parse_snapshot(name)).collect();
    offsets.sort_unstable();
    Ok(offsets)
}

fn remove(disk: &dyn Disk, dir: &Path, offset: i64) -> Result<()> {
    let path = segment_file(dir, offset, SNAPSHOT);
    disk.remove_file(&path).map_err(failed("remove", &path))
}
