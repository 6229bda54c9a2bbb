//! An engine in a process of its own: questions go in, what they took comes back.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Kind;
use crate::commands::bench::cpu;

/// What runs in the process; it speaks JSON, a line each way.
const DRIVER: &str = include_str!("driver.py");

/// A loaded engine. It ends when it is dropped.
pub(super) struct Engine {
    child: Child,
    /// Taken away at the end, which is how the engine learns of it.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    pub(super) version: String,
}

/// What one question took.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
    /// Rows of the answer.
    #[serde(default)]
    pub(super) rows: u64,
    /// The first of them by column.
    #[serde(default)]
    pub(super) first: Value,
}

impl Engine {
    /// Starts `kind` over `data`: a folder for a table of its own, or a list of Parquet files.
    pub(super) fn start(python: &Path, kind: Kind, data: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Ready {
            version: String,
        }
        let mut child = Command::new(python)
            .args(["-c", DRIVER, kind.name()])
            .arg(data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| no_python(python))?;
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("the output of the engine is not ours")?);
        let mut engine = Engine { child, questions, answers, version: String::new() };
        let ready: Ready = engine.read().with_context(|| no_python(python))?;
        engine.version = ready.version;
        Ok(engine)
    }

    /// Loads lines of JSON.
    pub(super) fn load(&mut self, file: &Path) -> Result<Told> {
        self.say(&json!({"do": "load", "file": file}))
    }

    /// Asks in SQL, and reads the answer to its end.
    pub(super) fn ask(&mut self, sql: &str) -> Result<Told> {
        self.say(&json!({"do": "ask", "sql": sql})).with_context(|| format!("cannot ask `{sql}`"))
    }

    /// The count that `sql` answers.
    pub(super) fn count(&mut self, sql: &str) -> Result<u64> {
        let told = self.ask(sql)?;
        let count = &told.first["count"];
        // ClickHouse prints 64-bit numbers as text.
        let number = count.as_u64().or_else(|| count.as_str()?.parse().ok());
        number.with_context(|| format!("the answer to `{sql}` is no count: {count}"))
    }

    /// Bytes on disk.
    pub(super) fn size_bytes(&mut self) -> Result<u64> {
        #[derive(Deserialize)]
        struct Size {
            bytes: u64,
        }
        Ok(self.say::<Size>(&json!({"do": "size"}))?.bytes)
    }

    /// The most memory it ever held.
    pub(super) fn peak_bytes(&self) -> u64 {
        cpu::memory_of(self.child.id()).map_or(0, |memory| memory.peak_bytes)
    }

    /// User and system time of its whole life.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        cpu::seconds_of(self.child.id())
    }

    /// Ends it; nothing more can be asked.
    pub(super) fn end(&mut self) {
        // The end of its input is how it learns of it.
        drop(self.questions.take());
        let _ = self.child.wait();
    }

    fn say<T: DeserializeOwned>(&mut self, request: &Value) -> Result<T> {
        let questions = self.questions.as_mut().context("the input of the engine is not ours")?;
        writeln!(questions, "{request}").context("cannot ask the engine")?;
        self.read()
    }

    fn read<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut line = String::new();
        self.answers.read_line(&mut line).context("cannot read the engine's answer")?;
        if line.is_empty() {
            bail!("the engine has ended");
        }
        let answer: Value = serde_json::from_str(&line).context("cannot understand the engine")?;
        match answer["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => serde_json::from_value(answer).context("cannot understand the engine's answer"),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}

fn no_python(python: &Path) -> String {
    format!(
        "cannot start the peers with `{}`\nhint: `make peers` makes a Python that has them; `--python FILE` names another",
        python.display()
    )
}
