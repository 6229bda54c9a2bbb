//! Does every door take, keep and account for whatever bytes it is given, and say which limit refuses them?
//!
//! `GIROK_FUZZ_ROUNDS` gives the number of random byte strings over all doors together.

mod body;
mod doors;
mod edges;
mod kept;
mod parameters;
mod random;
