//! girok: collects logs, keeps them, finds anything in them at once.
//!
//! This binary is the command line and the wiring; what it wires is in the crates below.

use std::process::ExitCode;

use clap::Parser;

mod cli;
mod client;
mod commands;
mod config;
mod exit;
mod memory;
mod output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let outcome = commands::run(cli.verb);
    exit::code(outcome)
}
