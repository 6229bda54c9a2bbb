//! The binary under test: started on free ports, watched, killed or stopped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{PATIENCE, until};

/// The program.
pub(crate) const GIROK: &str = env!("CARGO_BIN_EXE_girok");

/// A folder that outlives the servers that run on it.
pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new().prefix("girok-it-").tempdir().unwrap()
}

/// A command of the program that no setting of the surroundings reaches.
pub(crate) fn girok() -> Command {
    let mut command = Command::new(GIROK);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIROK_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1");
    command
}

/// A running server. Dropped, it is killed; dropped by a failing test, it prints its last words.
pub(crate) struct Server {
    child: Child,
    /// `http://ADDR`.
    pub(crate) url: String,
    /// Where syslog is listened for.
    pub(crate) syslog: SocketAddr,
    /// From the start of the process to the line that says that it is ready.
    pub(crate) ready_after: Duration,
    log: PathBuf,
    _own: Option<TempDir>,
}

impl Server {
    /// A server on an empty folder of its own.
    pub(crate) fn new() -> Self {
        let own = folder();
        let mut server = Server::on(own.path(), &[]);
        server._own = Some(own);
        server
    }

    /// A server on `folder`, with further variables.
    pub(crate) fn on(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let begun = Instant::now();
        let log = folder.join("stderr.log");
        let mut child = command(folder, variables).stderr(append_to(&log)).spawn().unwrap();
        let said = lines_of(child.stdout.take().unwrap());
        let line = || said.recv().unwrap_or_else(|_| panic!("the server did not start: {}", tail(&log)));
        let url = line().strip_prefix("girok is ready: ").expect("the first line").to_owned();
        let ready_after = begun.elapsed();
        let syslog = line();
        let syslog = syslog.strip_prefix("syslog (UDP and TCP): ").expect("the second line").parse().unwrap();
        Server { child, url, syslog, ready_after, log, _own: None }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As if the power went, for the process.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then its exit status.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.terminate();
        self.wait()
    }

    pub(crate) fn terminate(&self) {
        assert!(Command::new("kill").arg("-TERM").arg(self.pid().to_string()).status().unwrap().success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the server does not end: {}", tail(&self.log));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it logged so far, in this run and earlier ones on the same folder.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// The same process still answers, and no thread of it panicked.
    #[track_caller]
    pub(crate) fn check_alive(&mut self, after: &str) {
        let ended = self.child.try_wait().unwrap();
        assert_eq!(ended, None, "the server ended after {after}: {}", tail(&self.log));
        assert_eq!(self.get("/healthz").text(), "ok\n", "after {after}");
        let log = self.stderr();
        let panic = log.lines().find(|line| line.contains("panicked at"));
        assert_eq!(panic, None, "after {after}: {}", tail(&self.log));
    }

    /// A number of `/proc/PID/status`, in bytes.
    pub(crate) fn memory_bytes(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Processor time used so far, in hundredths of a second.
    pub(crate) fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// A client command against this server, run to its end.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Output {
        self.client(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// A client command against this server.
    pub(crate) fn client(&self, arguments: &[&str]) -> Command {
        let mut command = girok();
        command.args(arguments).env("GIROK_SERVER", &self.url);
        command
    }

    /// Waits until `dataset` has exactly `rows` rows that match `query`.
    #[track_caller]
    pub(crate) fn wait_for_rows(&self, dataset: &str, query: &str, rows: u64) {
        let what = format!("{rows} rows of `{query}` in `{dataset}`");
        until(&what, || self.count(dataset, query), |count| *count >= rows);
        assert_eq!(self.count(dataset, query), rows, "rows of `{query}` in `{dataset}`");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill().and_then(|()| self.child.wait().map(drop));
        if std::thread::panicking() {
            eprintln!("the server's last words: {}", tail(&self.log));
        }
    }
}

/// `girok serve` on a folder, its standard output piped.
pub(crate) fn command(folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = girok();
    command.args([
        "serve",
        "--http",
        "127.0.0.1:0",
        "--syslog",
        "127.0.0.1:0",
        "--kafka",
        "127.0.0.1:0",
        "--data",
    ]);
    command.arg(folder.join("data")).envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// What a process says on its standard output, read to its end: a closed pipe would be an error to it.
fn lines_of(out: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        // Nobody may want to know any more.
        BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
    });
    lines
}

fn append_to(path: &Path) -> File {
    File::options().create(true).append(true).open(path).unwrap()
}

fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&text[text.len().saturating_sub(3000)..]).into_owned()
}
