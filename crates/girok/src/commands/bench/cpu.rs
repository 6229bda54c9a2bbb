//! What has a process used? CPU time, memory and writes, as Linux tells in `/proc`.

use std::fs;

use anyhow::{Context, Result};

/// The unit of times in `stat` is the same on every Linux that girok runs on, whatever the kernel's own is.
const TICKS_PER_SECOND: f64 = 100.0;

/// Places in `stat`, counted behind the name of the program.
const STATE: usize = 0;
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;

/// Memory of a process in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// What it holds now.
    pub(super) resident_bytes: u64,
    /// The most it ever held.
    pub(super) peak_bytes: u64,
}

/// User and system seconds of a process with all its threads, also those that have ended.
pub(super) fn seconds_of(pid: u32) -> Result<f64> {
    read_seconds(&format!("/proc/{pid}/stat"))
}

/// User and system seconds of this process.
pub(super) fn seconds_of_this_process() -> Result<f64> {
    read_seconds("/proc/self/stat")
}

/// User and system seconds of this thread alone.
pub(super) fn seconds_of_this_thread() -> Result<f64> {
    read_seconds("/proc/thread-self/stat")
}

/// Whether a child has ended and waits to be asked how. Its times can still be read until then.
pub(super) fn has_ended(pid: u32) -> Result<bool> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    Ok(field(&stat, STATE) == Some("Z"))
}

/// Memory of a process; nothing once it has ended.
pub(super) fn memory_of(pid: u32) -> Option<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    };
    Some(Memory { resident_bytes: bytes("VmRSS:")?, peak_bytes: bytes("VmHWM:")? })
}

/// Bytes that a process sent on their way to a disk; nothing where the system does not count them.
pub(super) fn written_by(pid: u32) -> Option<u64> {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    io.lines().find_map(|line| line.strip_prefix("write_bytes: "))?.parse().ok()
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{path}`"))
}

fn read_seconds(path: &str) -> Result<f64> {
    seconds(&read(path)?).with_context(|| format!("cannot understand `{path}`"))
}

fn seconds(stat: &str) -> Option<f64> {
    let ticks = |place| field(stat, place)?.parse::<u64>().ok();
    Some((ticks(USER_TICKS)? + ticks(SYSTEM_TICKS)?) as f64 / TICKS_PER_SECOND)
}

/// A field behind the program's name, which may itself hold blanks and parentheses.
fn field(stat: &str, place: usize) -> Option<&str> {
    stat.rsplit_once(") ")?.1.split(' ').nth(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "4124 (a ) b) Z 4109 4109 31251 0 -1 4194304 121 0 0 0 250 31 7 9 20 0 1 0 529344 0";

    #[test]
    fn times_stand_behind_the_name() {
        assert_eq!(seconds(STAT), Some(2.81));
        assert_eq!(field(STAT, STATE), Some("Z"));
        assert_eq!(seconds("4124 (cat) R 1"), None);
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let memory = memory_of(std::process::id()).unwrap();
        assert!(memory.resident_bytes > 0 && memory.peak_bytes >= memory.resident_bytes);
        assert!(seconds_of_this_process().unwrap() >= seconds_of_this_thread().unwrap());
        assert!(!has_ended(std::process::id()).unwrap());
    }
}
