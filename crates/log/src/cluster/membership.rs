//! What the group decided for a member, until the member has acted on it.
//!
//! librdkafka tells of a change while the consumer polls, and goes on once the change is answered with an
//! assign or unassign. The answer is given with the next poll, so that meanwhile the owner of the consumer can
//! finish its work on what is revoked and say where reading begins of what is assigned.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use crate::cluster::context::report;

/// A topic and a partition in librdkafka's words.
pub(crate) type Place = (String, i32);

/// A change that waits to be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Assigned(Vec<Place>),
    Revoked(Vec<Place>),
}

/// Where changes and statistics come in.
#[derive(Default)]
pub(crate) struct Membership {
    change: Mutex<Option<Change>>,
    statistics: Mutex<Option<Arc<Statistics>>>,
    is_closing: AtomicBool,
}

impl Membership {
    /// Whether a change came in.
    pub(crate) fn has_change(&self) -> bool {
        self.change.lock().is_some()
    }

    /// The change that came in, if one did.
    pub(crate) fn take_change(&self) -> Option<Change> {
        self.change.lock().take()
    }

    /// The newest statistics.
    pub(crate) fn statistics(&self) -> Option<Arc<Statistics>> {
        self.statistics.lock().clone()
    }

    /// From now on nobody acts on changes any more.
    pub(crate) fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
    }
}

impl ClientContext for Membership {
    fn error(&self, error: KafkaError, reason: &str) {
        report("consumer", &error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        *self.statistics.lock() = Some(Arc::new(statistics));
    }
}

impl ConsumerContext for Membership {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        if self.is_closing.load(Ordering::Acquire) {
            // Nothing is left that could go wrong for this member.
            let _ = consumer.unassign();
            return;
        }
        let places: Vec<Place> =
            list.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect();
        let change = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Change::Assigned(places),
            _ => Change::Revoked(places),
        };
        *self.change.lock() = Some(change);
    }
}

/// A list of places with offsets.
pub(crate) fn list(
    places: impl IntoIterator<Item = (Place, Offset)>,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in places {
        list.add_partition_offset(&topic, partition, offset)?;
    }
    Ok(list)
}
