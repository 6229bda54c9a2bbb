//! The engine as its users meet it: what it answers, and what an answer reads.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says how to repeat it"
)]

mod counting;
mod exactness;
mod reads;
