//! Queries to answers: the only crate that names DataFusion.
//!
//! An [`Engine`] takes a request, cuts the store at one moment ([`girok_store::Store::view`]), compiles the
//! query into a plan over parts and live rows alike, and runs it on threads of its own, under a budget of
//! memory and time. Answers stream; dropping one cancels its work.

mod aggregate;
mod answer;
mod compile;
mod counts;
mod cut;
mod datasets;
mod delete;
mod engine;
mod error;
mod facets;
mod hits;
mod live;
mod newest;
mod request;
mod scan;
mod schema;
mod scope;
mod sql;
mod table;
mod tail;
mod text;
mod time;

#[cfg(test)]
mod tests;

pub use answer::{Answer, QueryStats};
pub use compile::Warning;
pub use datasets::{DatasetInfo, FieldInfo, datasets, fields};
pub use delete::{Deletion, DeletionReport, check_deletion};
pub use engine::{Engine, EngineConfig};
pub use error::{ErrorKind, ExecError};
pub use facets::{Facet, Facets, FacetsRequest};
pub use hits::{Hits, HitsRequest};
pub use request::QueryRequest;
pub use scan::{Decided, Decider};
pub use tail::Tail;
pub use time::{TimeRange, parse_duration, parse_time};
