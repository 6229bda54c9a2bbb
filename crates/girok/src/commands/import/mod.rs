//! `girok import`: files to the server, one event a line.
//!
//! Requests go out one after the other, so a file keeps its order. What the server is too busy for is sent
//! again; what may have been taken never is, unless somebody asks for it.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use girok_event::DatasetName;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::cli::ServerArgs;
use crate::client::Client;
use crate::output::Out;
use pieces::{Piece, Pieces};
use sender::{Sender, Taken};
use source::Source;

mod pieces;
mod sender;
mod source;

/// Refused rows that are printed; further ones are only counted.
const ERRORS_SHOWN_MAX: u64 = 20;

#[derive(Debug, Args)]
#[command(after_help = "\
Files may be compressed with gzip or zstd. A file that is one JSON array, or one printed JSON object, is
sent whole. The exit code is 1 if any event was refused.

Examples:
  girok import /var/log/syslog* --dataset syslog
  journalctl -o json -f | girok import - --dataset journal")]
pub(crate) struct ImportArgs {
    /// Files to send; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Where the events go
    #[arg(long, value_name = "NAME", default_value = "logs", value_parser = DatasetName::new)]
    dataset: DatasetName,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &ImportArgs) -> Result<ExitCode> {
    let sender = Sender::new(Client::new(&args.server.server), &args.dataset);
    let mut import = Import { sender, total: Taken::default(), begun: Instant::now(), bytes: 0 };
    for file in &args.files {
        let outcome = import.file(Source::open(file)?);
        if outcome.is_err() {
            import.summary(args.files.len())?;
        }
        outcome?;
    }
    import.summary(args.files.len())?;
    Ok(if import.total.rejected > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// One run of the command.
struct Import {
    sender: Sender,
    total: Taken,
    begun: Instant,
    bytes: u64,
}

impl Import {
    fn file(&mut self, source: Source) -> Result<()> {
        let bar = progress(&source);
        let name = source.name.clone();
        for piece in Pieces::new(source.reader(&bar)) {
            match piece? {
                Piece::TooLong { line, size_bytes } => {
                    self.total.rejected += 1;
                    self.complain(&bar, &format!("{name}:{line}: {}", pieces::too_long(size_bytes)));
                }
                Piece::Events(events) => {
                    let taken = self.sender.send(&name, &events)?;
                    self.bytes += events.bytes.len() as u64;
                    for (at, error) in &taken.errors {
                        self.complain(&bar, &format!("{}: {error}", events.place(&name, *at)));
                    }
                    self.total.add(&taken);
                }
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Prints why an event was refused, as long as that is news.
    fn complain(&mut self, bar: &ProgressBar, message: &str) {
        self.total.shown += 1;
        let text = match self.total.shown {
            1..=ERRORS_SHOWN_MAX => message,
            n if n == ERRORS_SHOWN_MAX + 1 => "further refused events are only counted",
            _ => return,
        };
        // Nobody to tell: the count at the end and the exit code remain.
        let _ = bar.suspend(|| writeln!(std::io::stderr(), "{text}"));
    }

    fn summary(&self, files: usize) -> Result<()> {
        let seconds = self.begun.elapsed().as_secs_f64();
        let text = format!(
            "{} accepted, {} rejected; {} from {files} file{} in {seconds:.1} s ({}/s)\n",
            HumanCount(self.total.accepted),
            HumanCount(self.total.rejected),
            HumanBytes(self.bytes),
            if files == 1 { "" } else { "s" },
            HumanBytes((self.bytes as f64 / seconds.max(0.001)) as u64),
        );
        let mut out = Out::stdout();
        out.write(text.as_bytes())?;
        out.flush()
    }
}

/// A bar on a terminal; nothing elsewhere.
fn progress(source: &Source) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match source.size_bytes {
        Some(size) => {
            (ProgressBar::new(size), "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        }
        None => (ProgressBar::no_length(), "{msg} {spinner} {bytes} {bytes_per_sec}"),
    };
    let style = ProgressStyle::with_template(template).expect("the templates are right");
    bar.with_style(style.progress_chars("=> ")).with_message(source.name.clone())
}
