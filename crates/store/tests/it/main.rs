//! What goes wrong around parts: disks and databases that fail at any step, and bytes that change.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod damage;
mod patterns;
mod support;
