//! Has the cluster taken every record of an append?
//!
//! An append becomes many messages to librdkafka, which reports on each of them from a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rdkafka::Message;
use rdkafka::client::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use tokio::sync::oneshot;

use crate::LogError;
use crate::cluster::ClusterError;
use crate::cluster::context::report;
use crate::durable::Promise;

/// One append under way.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// Messages not reported on, and one for the append itself until it is complete.
    left: AtomicUsize,
    outcome: Mutex<Outcome>,
}

#[derive(Debug)]
struct Outcome {
    error: Option<LogError>,
    waiting: Option<oneshot::Sender<Result<(), LogError>>>,
}

impl Delivery {
    /// An append without messages, and what resolves when it has none left.
    pub(crate) fn new() -> (Arc<Self>, Promise) {
        let (sender, promise) = oneshot::channel();
        let outcome = Mutex::new(Outcome { error: None, waiting: Some(sender) });
        (Arc::new(Delivery { left: AtomicUsize::new(1), outcome }), promise)
    }

    /// One more message is on its way.
    pub(crate) fn add(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    /// One message, or the append itself, has come to its end. The first error is the append's.
    pub(crate) fn end(&self, result: Result<(), LogError>) {
        if let Err(error) = result {
            self.outcome.lock().error.get_or_insert(error);
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            let mut outcome = self.outcome.lock();
            let result = outcome.error.take().map_or(Ok(()), Err);
            if let Some(waiting) = outcome.waiting.take() {
                // Who has gone away needs no answer.
                let _ = waiting.send(result);
            }
        }
    }
}

/// Passes librdkafka's reports on.
#[derive(Debug)]
pub(crate) struct Deliveries;

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        report("producer", &error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Arc<Delivery>;

    fn delivery(&self, result: &DeliveryResult<'_>, delivery: Arc<Delivery>) {
        delivery.end(match result {
            Ok(_) => Ok(()),
            Err((error, message)) => {
                Err(ClusterError::NotTaken { topic: message.topic().to_owned(), source: error.clone() }
                    .into())
            }
        });
    }
}
