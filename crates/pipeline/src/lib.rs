//! How do records of the commit log become parts?
//!
//! [`start`] runs the consumer group `store`. Each worker thread owns one consumer and, for each partition
//! it was given, a builder of rows. Records are parsed and pushed; every few milliseconds the rows are cut
//! into a chunk that queries see; and when enough came together a sealer thread writes them as one part and
//! publishes it with the partition's checkpoint.
//!
//! Reading begins at the catalog's checkpoint, never at the group's committed offset, and the catalog
//! refuses what does not begin there: a crash, a rebalance or a worker that lost its partition can neither
//! lose a row nor store it twice. Memory is bounded: a partition whose last part is still being written and
//! whose next one is full is not read on, and all live rows together have one budget.

mod compactor;
mod config;
mod control;
mod deadletter;
mod intake;
mod keeper;
mod metrics;
mod partition;
mod sealer;
mod service;
mod worker;

pub use config::{Clock, PipelineConfig};
pub use control::{Control, SealTimeout};
pub use girok_log::{EmbeddedLog, LogClient, LogConsumer, LogError, Polled, TopicPartition};
pub use metrics::{CompactionCounts, DatasetCounts, Metrics, PartitionLag, SealCounts, Snapshot};
pub use service::{Pipeline, start};

/// The consumer group of the store workers.
pub const GROUP: &str = "store";
