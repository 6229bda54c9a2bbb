//! A server of our own: the same program as a child process, started, watched and stopped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::cpu::{self, Memory};
use super::folder::Folder;
use crate::client::Client;

/// How long a start may take; the log of a crashed server has to be read.
const START_MAX: Duration = Duration::from_secs(120);

/// How long a stop may take; everything live has to be published.
const STOP_MAX: Duration = Duration::from_secs(300);

/// How often a server that starts or stops is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Bytes of the server's log shown when it fails.
const LOG_SHOWN_BYTES: usize = 2000;

/// A running server.
pub(super) struct Server {
    child: Child,
    /// Where it answers.
    pub(super) url: String,
    /// From the start of the process until it said that it is ready.
    pub(super) start: Duration,
    log: PathBuf,
    // Closed, it would be an error to the server that writes.
    _stdout: BufReader<ChildStdout>,
}

/// What a server had used when it ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    pub(super) cpu_seconds: f64,
    pub(super) peak_bytes: u64,
    /// What it sent to the disk in its life, if that is counted.
    pub(super) written_bytes: Option<u64>,
    /// From the signal to the end.
    pub(super) stop: Duration,
}

impl Server {
    /// Starts a server on `folder` and waits until it is ready. Other settings come from `GIROK_…`
    /// variables, as for `girok serve`.
    pub(super) fn start(folder: &Folder, durability: &str) -> Result<Self> {
        let begun = Instant::now();
        let log = folder.scratch("server.log");
        let mut child = spawn(folder, durability, &log)?;
        let stdout = child.stdout.take().context("the output of the server is not ours")?;
        let mut server =
            Server { child, url: String::new(), start: Duration::ZERO, log, _stdout: BufReader::new(stdout) };
        server.url = server.read_address()?;
        server.wait_until_ready(begun + START_MAX)?;
        server.start = begun.elapsed();
        Ok(server)
    }

    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        cpu::seconds_of(self.child.id())
    }

    pub(super) fn memory(&self) -> Result<Memory> {
        cpu::memory_of(self.child.id()).context("the server has gone away")
    }

    /// Stops it as an operator would, and waits until everything live is published.
    pub(super) fn stop(mut self) -> Result<Ended> {
        self.end()
    }

    /// The same for a server that another one takes the place of.
    pub(super) fn end(&mut self) -> Result<Ended> {
        let (begun, pid) = (Instant::now(), self.child.id());
        let mut peak_bytes = self.memory()?.peak_bytes;
        let mut written_bytes = cpu::written_by(pid);
        // The safe way to a signal without another library: every shell has `kill`.
        let sent = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid.to_string()]).status();
        sent.context("cannot run `sh` to stop the server")?;
        while !cpu::has_ended(pid)? {
            peak_bytes = cpu::memory_of(pid).map_or(peak_bytes, |memory| memory.peak_bytes);
            written_bytes = cpu::written_by(pid).max(written_bytes);
            if begun.elapsed() > STOP_MAX {
                bail!("cannot stop the server within {} s\n{}", STOP_MAX.as_secs(), self.log_end());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let cpu_seconds = self.cpu_seconds()?;
        let ended = Ended { cpu_seconds, peak_bytes, written_bytes, stop: begun.elapsed() };
        let status = self.child.wait().context("cannot wait for the server")?;
        match status.success() {
            true => Ok(ended),
            false => bail!("the server ended with {status}\n{}", self.log_end()),
        }
    }

    fn read_address(&mut self) -> Result<String> {
        let mut line = String::new();
        self._stdout.read_line(&mut line).context("cannot read the output of the server")?;
        match line.trim_end().strip_prefix("girok is ready: ") {
            Some(url) => Ok(url.to_owned()),
            None => bail!("cannot start the server\n{}", self.log_end()),
        }
    }

    fn wait_until_ready(&self, until: Instant) -> Result<()> {
        let client = Client::new(&self.url);
        while client.follow("/readyz", &[]).is_err() {
            if Instant::now() > until {
                bail!("the server is not ready after {} s\n{}", START_MAX.as_secs(), self.log_end());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// What the server said last, for an error.
    fn log_end(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_SHOWN_BYTES)..]).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only after an error is it still there; nothing it could still do is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Folder, durability: &str, log: &Path) -> Result<Child> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let log = File::options().create(true).append(true).open(log).context("cannot write the server's log")?;
    Command::new(program)
        .args(["serve", "--http", "127.0.0.1:0", "--syslog", "off", "--kafka", "off", "--data"])
        .arg(folder.data())
        .env("GIROK_LOG_DURABILITY", durability)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .context("cannot start the server")
}
