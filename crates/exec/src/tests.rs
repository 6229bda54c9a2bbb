//! The engine against a naive reading of the same events: live, in parts, and half of each.

mod around;
mod deletion;
mod fixture;
mod full_text;
mod newest;
mod pipes;
mod property;
mod searches;
