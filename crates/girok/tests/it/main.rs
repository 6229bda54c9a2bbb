//! What girok promises, asked of the real binary: real logs, real clients, bad input, and pulled plugs.
//!
//! Each module is one promise and prints its figures. Rounds are bounded in plain `cargo test`; a variable
//! named in the module gives the full number, and `GIROK_SEED` repeats a run.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests say where and what"
)]

mod api;
mod bad_input;
mod cli;
mod client;
mod cluster;
mod crash;
mod damage;
mod deletion;
mod elasticsearch;
mod house;
mod lifecycle;
#[cfg(feature = "kafka-cluster")]
mod on_cluster;
mod openapi;
mod real_data;
mod support;
mod syslog;
