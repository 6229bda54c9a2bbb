//! The broker over a real socket, spoken to in raw frames.

mod data;
mod document;
mod frames;
mod groups;
mod support;
