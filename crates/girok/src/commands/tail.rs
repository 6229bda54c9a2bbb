//! `girok tail`: events as they arrive, until interrupted.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::cli::ServerArgs;
use crate::client::Client;
use crate::output::{self, Format};

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  girok tail 'level:error' --dataset app")]
pub(crate) struct TailArgs {
    /// What to wait for; empty prints everything
    #[arg(default_value = "")]
    query: String,
    /// Where to look: a name, a list `a,b`, or a pattern `web*`; all if not given
    #[arg(long, value_name = "NAMES")]
    dataset: Option<String>,
    /// How to print; without it text on a terminal and JSON otherwise
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &TailArgs) -> Result<ExitCode> {
    let mut parameters = vec![("query", args.query.as_str())];
    parameters.extend(args.dataset.as_deref().map(|dataset| ("dataset", dataset)));
    let rows = Client::new(&args.server.server).follow("/api/v1/tail", &parameters)?;
    output::print(rows, args.format, Format::Text)?;
    bail!("cannot follow events any longer: the server closed the connection");
}
