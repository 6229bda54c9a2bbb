//! Which kind of event is this? Its pattern: what a user takes for one sentence, `Failed password for <*> from <ip>`.
//!
//! Shapes ([`crate::shape`]) already say which parts of a message vary because they hold digits. Here shapes
//! that are the same sentence are brought together: shapes that differ in the form of a value (`7` or `-7`, `blk_1`
//! or `blk_-1`, a longer or a shorter path), and shapes that differ only in some of their words (`root`, `admin`).
//! All of this works on shapes, of which there are few, and costs nothing per event.
//!
//! - A shape is cut at white space into **chunks**; values in it get a name by their form: `<num>`, `<hex>`, `<ip>`,
//!   `<uuid>`, `<time>`, `<date>`, `<path>`, `<url>`, `<lines>` for what follows a first line, and `<value>` for the rest.
//! - A place of the sentence that was seen with different words becomes **wild**, `<*>`, and then takes any chunk.
//!
//! The rules know English punctuation and how programs print values, but no product and no vocabulary beyond
//! the names of days and months. What they promise:
//!
//! - **Ids are stable.** A pattern's id is a hash of the first sentence it was made from and never changes, however
//!   general its text becomes. A shape that once got a pattern gets it for ever, also in a miner that was
//!   restored from the texts alone. This holds because no pattern may become so general that it takes a
//!   shape away from another (see [`Miner`]).
//! - **Memory is bounded.** There are at most [`PATTERNS_MAX`] patterns; what fits none of them then falls to one last
//!   pattern, [`PatternId::OTHER`].
//! - **Determinism.** The same shapes in the same order give the same patterns.

mod chunk;
mod miner;
mod sentence;
#[cfg(test)]
mod tests;
mod value;

pub use miner::Miner;

use xxhash_rust::xxh3::xxh3_64;

/// Patterns that one miner keeps.
pub const PATTERNS_MAX: usize = 10_000;

/// Names a pattern for ever, in every part, process and dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub u64);

impl PatternId {
    /// The pattern of what fits no other once there are [`PATTERNS_MAX`]; its text is `<*>`.
    pub const OTHER: PatternId = PatternId(0);

    /// The id of the pattern that begins as this sentence.
    fn of(text: &str) -> Self {
        PatternId(xxh3_64(text.as_bytes()).max(1))
    }
}

/// What [`Miner::assign`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assigned {
    /// The pattern of the shape.
    pub id: PatternId,
    /// Nobody has seen this pattern before.
    pub is_new: bool,
    /// The text of a known pattern became more general.
    pub text_changed: bool,
}
