//! Seeded generators of realistic logs: what would a small company's systems write?
//!
//! [`corpus()`] writes millions of JSON lines for measurements. [`Stream`] writes what five systems log in five
//! formats, with a daily rhythm and with an attack and an outage in every hour, for `girok demo`. Nothing
//! here reads a clock: the caller says when it begins, and the same seed gives the same bytes.
//!
//! All addresses are from the ranges for documentation or private use, all hosts are in `example.com`.

mod corpus;
mod ink;
mod stream;
mod words;

pub use corpus::{Corpus, corpus};
pub use stream::{Episode, EpisodeKind, Sample, Stream, episodes, history};
