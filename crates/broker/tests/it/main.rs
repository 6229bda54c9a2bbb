//! The broker over a real socket, spoken to in raw frames.

#![allow(clippy::unwrap_used)]

mod data;
mod document;
mod frames;
mod groups;
mod support;
