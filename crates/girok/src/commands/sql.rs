//! `girok sql`: one statement, its rows on standard output.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::cli::ServerArgs;
use crate::client::Client;
use crate::output::{self, Format};

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  girok sql 'SELECT \"log.level\", count(*) FROM web GROUP BY 1 ORDER BY 2 DESC'")]
pub(crate) struct SqlArgs {
    /// The statement
    sql: String,
    /// How to print; without it a table on a terminal and JSON otherwise
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &SqlArgs) -> Result<ExitCode> {
    let rows = Client::new(&args.server.server).ask("/api/v1/sql", &[("sql", &args.sql)])?;
    output::print(rows, args.format, Format::Table)?;
    Ok(ExitCode::SUCCESS)
}
