//! How figures reach people and programs: a table, JSON, and bars meanwhile.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::machine::Setting;
use crate::output::Out;

/// What programs get.
#[derive(Serialize)]
struct Document<'a, T> {
    bench: &'a str,
    setting: &'a Setting,
    #[serde(flatten)]
    result: &'a T,
}

/// Prints `table`, and writes the result as JSON where that is wanted; `-` is standard output instead of
/// the table.
pub(super) fn publish<T: Serialize>(
    bench: &str,
    setting: &Setting,
    result: &T,
    table: &Table,
    json: Option<&str>,
) -> Result<()> {
    let document = Document { bench, setting, result };
    let mut out = Out::stdout();
    if json == Some("-") {
        let text = serde_json::to_string_pretty(&document).context("cannot write the result as JSON")?;
        out.write(text.as_bytes())?;
        out.write(b"\n")?;
        return out.flush();
    }
    if let Some(path) = json {
        let context = || format!("cannot write `{path}`");
        let mut file = BufWriter::new(File::create(path).with_context(context)?);
        serde_json::to_writer_pretty(&mut file, &document).with_context(context)?;
        file.flush().with_context(context)?;
    }
    for line in setting.lines() {
        out.write(format!("{line}\n").as_bytes())?;
    }
    out.write(format!("\n{}", table.print()).as_bytes())?;
    out.flush()
}

/// Lines of cells: the first column is text, the others are figures.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Vec<String>>);

impl Table {
    pub(super) fn line<const N: usize>(&mut self, cells: [impl Into<String>; N]) {
        self.0.push(cells.map(Into::into).to_vec());
    }

    /// A blank line, and what the next lines are about.
    pub(super) fn title(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push(Vec::new());
        }
        self.0.push(vec![text.to_owned()]);
    }

    fn print(&self) -> String {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        // A title may be wider than its column.
        let width = |column: usize| {
            let cells = self.0.iter().filter(|line| line.len() > 1).filter_map(|line| line.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for line in &self.0 {
            let cells = line.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
                let fill = " ".repeat(width.saturating_sub(cell.width()));
                if at == 0 { format!("{cell}{fill}") } else { format!("  {fill}{cell}") }
            });
            text.push_str(cells.collect::<String>().trim_end());
            text.push('\n');
        }
        text
    }
}

/// Megabytes, of a million bytes, as disks and networks count.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A bar on a terminal; nothing elsewhere.
pub(super) fn bar(message: &'static str, length: u64) -> ProgressBar {
    styled(message, length, "{msg} [{bar:30}] {human_pos}/{human_len} {eta}")
}

/// The same, in bytes.
pub(super) fn byte_bar(message: &'static str, length: u64) -> ProgressBar {
    styled(message, length, "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
}

fn styled(message: &'static str, length: u64, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).expect("the templates are right");
    ProgressBar::new(length).with_style(style.progress_chars("=> ")).with_message(message)
}

/// Says what happens now, to somebody who waits at a terminal.
pub(super) fn tell(text: &str) {
    if io::stderr().is_terminal() {
        // A terminal that is gone needs no word.
        let _ = writeln!(io::stderr(), "{text}");
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn figures_stand_at_the_right() {
        let mut table = Table::default();
        table.title("what it took");
        table.line(["wall", "12.5 s"]);
        table.line(["연결", "2"]);
        table.title("sizes of everything there is");
        table.line(["log", "1024.0 MB"]);
        expect![[r"
            what it took
            wall     12.5 s
            연결          2

            sizes of everything there is
            log   1024.0 MB
        "]]
        .assert_eq(&table.print());
    }
}
