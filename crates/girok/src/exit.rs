//! What the process says when a command ends, and the exit code: 0 done, 1 failed, 2 the request was wrong.
//! `girok part` has two more: 3 damaged, 4 written by a newer girok.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// The server refused what was asked; the text is ready to print, with a caret under the place.
#[derive(Debug)]
pub(crate) struct BadRequest(pub(crate) String);

/// Nobody reads the output any more (`| head`): reason to end, not to complain.
#[derive(Debug)]
pub(crate) struct ReaderGone;

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output")
    }
}

impl std::error::Error for BadRequest {}
impl std::error::Error for ReaderGone {}

/// The exit code of a command; an error is printed here and nowhere else.
pub(crate) fn code(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    let error = match outcome {
        Ok(code) => return code,
        Err(error) if error.is::<ReaderGone>() => return ExitCode::SUCCESS,
        Err(error) => error,
    };
    // With nobody to tell, the exit code has to do.
    let _ = match error.downcast_ref::<BadRequest>() {
        Some(refusal) => writeln!(io::stderr(), "{refusal}"),
        None => writeln!(io::stderr(), "error: {error:#}"),
    };
    ExitCode::from(if error.is::<BadRequest>() { 2 } else { 1 })
}
