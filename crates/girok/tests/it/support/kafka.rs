//! Apache Kafka, started with `tools/kafka/kafka.sh` in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Where the first node listens, unless `KAFKA_PORT` says otherwise.
const PORT: &str = "29192";

/// The brokers of an Apache Kafka that is there for all tests, or nothing, said aloud.
pub(crate) fn shared() -> Option<String> {
    let servers = std::env::var("GIROK_TEST_KAFKA").ok().filter(|servers| !servers.is_empty());
    if servers.is_none() {
        println!("skipped: GIROK_TEST_KAFKA names no Apache Kafka; `make kafka-test` starts one");
    }
    servers
}

/// Nodes that can be killed and started again; stopped when dropped.
pub(crate) struct Kafka {
    nodes: u32,
    folder: TempDir,
}

impl Kafka {
    /// Starts the nodes; nothing, said aloud, where Java or Maven is missing.
    pub(crate) fn start(nodes: u32) -> Option<Self> {
        let kafka =
            Kafka { nodes, folder: tempfile::Builder::new().prefix("girok-kafka-").tempdir().unwrap() };
        let started = kafka.script("start").output().unwrap();
        let stderr = String::from_utf8_lossy(&started.stderr);
        if stderr.contains("cannot find java") || stderr.contains("cannot find mvn") {
            println!("skipped: {}", stderr.trim());
            return None;
        }
        assert!(started.status.success(), "{stderr}");
        Some(kafka)
    }

    /// The addresses of all nodes.
    pub(crate) fn bootstrap(&self) -> String {
        String::from_utf8(self.script("bootstrap").output().unwrap().stdout).unwrap().trim().to_owned()
    }

    /// Ends a node, counted from 1, as if it lost its power.
    pub(crate) fn kill(&self, node: u32) {
        let pid = std::fs::read_to_string(self.folder.path().join(format!("node-{node}/pid"))).unwrap();
        assert!(Command::new("kill").args(["-9", pid.trim()]).status().unwrap().success());
    }

    /// Starts the nodes that do not run.
    pub(crate) fn start_again(&self) {
        let started = self.script("start").output().unwrap();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    }

    /// A tool of Kafka's jars, its standard output piped.
    pub(crate) fn tool(&self, class: &str, arguments: &[&str]) -> Child {
        let mut java = Command::new("java");
        java.arg("-Xmx128m").arg("-cp").arg(format!("{}/*", jars().display())).arg(class).args(arguments);
        java.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn script(&self, verb: &str) -> Command {
        let mut script = Command::new("bash");
        script.arg(tools().join("kafka.sh")).args([verb, &self.nodes.to_string()]);
        script.env("KAFKA_DATA", self.folder.path());
        script.env("KAFKA_PORT", std::env::var("KAFKA_PORT").unwrap_or_else(|_| PORT.into()));
        script.env("KAFKA_HOME", home()).stdin(Stdio::null());
        script
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        // Whoever looks at a failed test wants its message first.
        let _ = self.script("stop").output();
    }
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/kafka")
}

/// Where the jars are, or are to be brought.
fn home() -> PathBuf {
    match std::env::var_os("KAFKA_HOME") {
        Some(home) => home.into(),
        // The program under test lies in `target/<profile>`.
        None => Path::new(super::server::GIROK).ancestors().nth(2).expect("a target folder").join("kafka"),
    }
}

fn jars() -> PathBuf {
    home().join("lib")
}
