//! How rows are printed: JSON as it came, one line of text an event, or a table.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use anyhow::Result;
use clap::ValueEnum;
use girok_event::columns;

use crate::client::Rows;
use crate::exit::ReaderGone;
use table::Table;
use text::LineWriter;

mod row;
mod table;
mod text;
mod values;

pub(crate) use row::Row;
pub(crate) use values::{joined, print_json, print_table, rounded, rows, say, size};

/// How to print rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line
    Json,
    /// Time, level, source and message of each event on one line
    Text,
    /// Columns under each other
    Table,
}

/// Prints rows as they come. Without a wish it is JSON, except on a terminal, where it is `on_terminal`.
pub(crate) fn print(mut rows: Rows, wish: Option<Format>, on_terminal: Format) -> Result<()> {
    let terminal = io::stdout().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let mut out = Out::stdout();
    let mut printer = match (wish, on_terminal) {
        (Some(format), _) => Printer::new(format, colour),
        (None, Format::Text) if terminal => Printer::ByFirstRow { colour },
        (None, format) if terminal => Printer::new(format, colour),
        (None, _) => Printer::Json,
    };
    while let Some(line) = rows.next()? {
        printer.row(line, &mut out)?;
        if !rows.is_ready() {
            out.flush()?;
        }
    }
    printer.finish(&mut out)?;
    out.flush()
}

/// A format at work.
enum Printer {
    Json,
    Text(LineWriter),
    Table(Table),
    /// Text for events, a table for what pipes made of them.
    ByFirstRow {
        colour: bool,
    },
}

impl Printer {
    fn new(format: Format, colour: bool) -> Self {
        match format {
            Format::Json => Printer::Json,
            Format::Text => Printer::Text(LineWriter::new(colour)),
            Format::Table => Printer::Table(Table::new()),
        }
    }

    fn row(&mut self, line: &[u8], out: &mut Out) -> Result<()> {
        if let Printer::ByFirstRow { colour } = self {
            let is_event = Row::read(line)?.first(&[columns::OFFSET, columns::MESSAGE]).is_some();
            *self = Printer::new(if is_event { Format::Text } else { Format::Table }, *colour);
        }
        match self {
            Printer::Json => {
                out.write(line)?;
                out.write(b"\n")
            }
            Printer::Text(writer) => out.write(writer.line(&Row::read(line)?).as_bytes()),
            Printer::Table(table) => table.add(Row::read(line)?, out),
            Printer::ByFirstRow { .. } => Ok(()),
        }
    }

    fn finish(self, out: &mut Out) -> Result<()> {
        match self {
            Printer::Json | Printer::Text(_) | Printer::ByFirstRow { .. } => Ok(()),
            Printer::Table(table) => table.finish(out),
        }
    }
}

/// Standard output, which may be closed by its reader.
pub(crate) struct Out(BufWriter<Stdout>);

impl Out {
    pub(crate) fn stdout() -> Self {
        Out(BufWriter::with_capacity(64 << 10, io::stdout()))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        checked(self.0.write_all(bytes))
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        checked(self.0.flush())
    }
}

fn checked(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        other => Ok(other?),
    }
}
