//! On what was measured, by which girok, and when: the head of every report.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::commands::serve;
use crate::memory::machine_bytes;

/// Everything a figure depends on besides girok's work.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Setting {
    pub(super) version: &'static str,
    /// The commit of the folder the command runs in, if that is known.
    pub(super) commit: Option<String>,
    pub(super) profile: &'static str,
    pub(super) date: String,
    pub(super) machine: Machine,
    /// Of the last minute, when the measurement began: above 0.5 or so, others were at work.
    pub(super) load_average: Option<f64>,
    /// Under the data folder.
    pub(super) file_system: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) memory_bytes: u64,
    pub(super) kernel: String,
}

impl Setting {
    pub(super) fn read(data: Option<&Path>) -> Self {
        Setting {
            version: env!("CARGO_PKG_VERSION"),
            commit: commit(),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            date: serve::now().to_string(),
            machine: Machine::read(),
            load_average: text("/proc/loadavg").split(' ').next().and_then(|first| first.parse().ok()),
            file_system: data.and_then(file_system),
        }
    }

    /// Two lines for people.
    pub(super) fn lines(&self) -> [String; 2] {
        let Machine { cpu, cores, memory_bytes, kernel } = &self.machine;
        let memory = *memory_bytes as f64 / f64::from(1 << 30);
        let on = self.file_system.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        let load = self.load_average.map(|load| format!(", load {load}")).unwrap_or_default();
        let commit = self.commit.as_ref().map(|commit| format!(" ({commit})")).unwrap_or_default();
        [
            format!("girok {}{commit}, {} build, {}", self.version, self.profile, self.date),
            format!("{cpu}, {cores} cores, {memory:.0} GiB, Linux {kernel}{on}{load}"),
        ]
    }
}

impl Machine {
    fn read() -> Self {
        let value = |path: &str, name: &str| {
            let text = text(path);
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        Machine {
            cpu: value("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: machine_bytes(),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

fn commit() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !name.is_empty()).then_some(name)
}

/// The kind of file system that holds `path`: that of the longest mount point above it.
fn file_system(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mounts = text("/proc/self/mounts");
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((Path::new(fields.next()?), fields.next()?))
    });
    let above = mounts.filter(|(point, _)| path.starts_with(point));
    above.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind.to_owned())
}

/// A file of `/proc`; empty if there is none.
fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
