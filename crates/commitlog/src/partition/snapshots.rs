//! Where do the producers of a partition come from after a start?
//!
//! From the newest snapshot that the log reaches, and the headers of the batches behind it.

use std::path::Path;

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
pub(super) fn load(disk: &dyn Disk, dir: &Path, opened: &Opened) -> Result<Producers> {
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
    let (from, mut producers) = found.unwrap_or_default();
    for sealed in opened.sealed.iter().filter(|sealed| sealed.next > from) {
        let path = sealed.path(LOG);
        let file = disk.open(&path, false).map_err(failed("open", &path))?;
        let read = enter_headers(&mut producers, &*file, sealed.size_bytes, from, sealed.kept_ms);
        read.map_err(failed("read", &path))?;
    }
    let active = &opened.active;
    if active.next_offset > from {
        let path = segment_file(dir, active.base, LOG);
        let read = enter_headers(&mut producers, &*active.file, active.size_bytes, from, active.kept_ms);
        read.map_err(failed("read", &path))?;
    }
    Ok(producers)
}

/// Takes in the batches from `offset` on; what is behind damaged bytes is not seen.
fn enter_headers(
    producers: &mut Producers,
    file: &dyn DiskFile,
    size_bytes: u64,
    offset: i64,
    now_ms: i64,
) -> std::io::Result<()> {
    let mut window = Window::new(file, size_bytes);
    let mut position = 0;
    while let Some(header) = window.header_at(position)? {
        if header.base_offset >= offset {
            producers.enter(&header, now_ms);
        }
        position += header.size_bytes() as u64;
    }
    Ok(())
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
