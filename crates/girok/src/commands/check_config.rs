//! `girok check-config`: is the configuration good, and what is in force?

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;

use crate::config::{self, ServeArgs};
use crate::output::Out;

pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode> {
    let loaded = config::load(args, std::env::vars())?;
    let mut text = String::new();
    for (name, value, origin) in loaded.settings() {
        writeln!(text, "{:<44} # {origin}", format!("{name} = {value}"))?;
    }
    for warning in &loaded.warnings {
        writeln!(text, "# warning: {warning}")?;
    }
    let mut out = Out::stdout();
    out.write(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
