//! Batches to the cluster, record by record: librdkafka makes its own batches of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_event::limits::BODY_BYTES_MAX;
use girok_wire::{BatchView, RecordView, split_batches};
use parking_lot::RwLock;
use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use crate::cluster::ClusterError;
use crate::cluster::delivery::{Deliveries, Delivery};
use crate::durable::Promise;
use crate::{LogError, TopicPartition};

/// How long an append waits for room among the unsent.
const ROOM_WAIT_MAX: Duration = Duration::from_secs(10);
const ROOM_WATCH_INTERVAL: Duration = Duration::from_millis(2);
/// How long what is under way may take once the log is closed.
const FLUSH_MAX: Duration = Duration::from_secs(10);

type Client = ThreadedProducer<Deliveries>;

/// The way into the cluster for all doors.
pub(crate) struct Producer {
    config: ClientConfig,
    client: RwLock<Arc<Client>>,
}

impl Producer {
    pub(crate) fn open(config: ClientConfig) -> Result<Self, LogError> {
        let client = RwLock::new(Arc::new(start(&config)?));
        Ok(Producer { config, client })
    }

    /// Sends every record of the batches, in order; the promise resolves when the cluster has answered for all.
    pub(crate) fn append(&self, to: &TopicPartition, batches: &Bytes) -> Result<Promise, LogError> {
        let client = self.client.read().clone();
        let (delivery, promise) = Delivery::new();
        let sent = send_all(&client, to, batches, &delivery);
        if client.client().fatal_error().is_some() {
            self.replace(&client);
        }
        delivery.end(sent);
        Ok(promise)
    }

    /// An idempotent producer that lost its thread sends nothing any more; a new one begins a new sequence.
    fn replace(&self, broken: &Arc<Client>) {
        let mut client = self.client.write();
        if !Arc::ptr_eq(&client, broken) {
            return;
        }
        tracing::error!("the producer cannot go on, a new one takes its place");
        match start(&self.config) {
            Ok(new) => *client = Arc::new(new),
            Err(error) => tracing::error!(%error, "no producer can be started"),
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        // What is not sent by now was not acknowledged either.
        let _ = self.client.read().flush(FLUSH_MAX);
    }
}

fn start(config: &ClientConfig) -> Result<Client, LogError> {
    let failed = |source| ClusterError::Client { action: "start a producer", source };
    Ok(Client::from_config_and_context(config, Deliveries).map_err(failed)?)
}

fn send_all(
    client: &Client,
    to: &TopicPartition,
    batches: &Bytes,
    delivery: &Arc<Delivery>,
) -> Result<(), LogError> {
    let mut scratch = Vec::new();
    for batch in split_batches(batches) {
        let batch = batch?;
        for record in BatchView::parse(&batch)?.records(&mut scratch, BODY_BYTES_MAX)? {
            send(client, to, &record?, delivery)?;
        }
    }
    Ok(())
}

fn send(
    client: &Client,
    to: &TopicPartition,
    record: &RecordView<'_>,
    delivery: &Arc<Delivery>,
) -> Result<(), LogError> {
    let partition = i32::try_from(to.partition).unwrap_or(i32::MAX);
    let mut message: BaseRecord<'_, [u8], [u8], _> =
        BaseRecord::with_opaque_to(to.dataset.as_str(), delivery.clone())
            .partition(partition)
            .timestamp(record.timestamp_ms)
            .headers(headers(record));
    message.key = record.key;
    message.payload = record.value;
    delivery.add();
    let until = Instant::now() + ROOM_WAIT_MAX;
    loop {
        let (error, unsent) = match client.send(message) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        let is_full = error == KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
        if !is_full || Instant::now() >= until {
            delivery.end(Ok(()));
            return Err(ClusterError::NotTaken { topic: to.dataset.to_string(), source: error }.into());
        }
        message = unsent;
        std::thread::sleep(ROOM_WATCH_INTERVAL);
    }
}

fn headers(record: &RecordView<'_>) -> OwnedHeaders {
    record
        .headers()
        .fold(OwnedHeaders::new(), |all, header| all.insert(Header { key: header.key, value: header.value }))
}
