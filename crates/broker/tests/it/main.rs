//! The broker over a real socket, spoken to in raw frames.

#![allow(clippy::unwrap_used, reason = "all of this is a test")]

mod consumers;
mod data;
mod document;
mod frames;
mod group_settings;
mod groups;
mod security;
mod support;
mod transactions;
