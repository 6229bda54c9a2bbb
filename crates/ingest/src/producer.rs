//! How framed events are stamped, batched and appended, and when they count as taken.

use std::collections::HashMap;
use std::sync::Arc;

use girok_event::{DatasetName, Timestamp};
use girok_log::LogClient;
use parking_lot::RwLock;

use crate::IngestError;
use crate::lane::{Answer, Batching, Lane};
use crate::log::{self, Durable, Log};
use crate::metrics::{Counted, Metrics};
use crate::receive::off_runtime;
use crate::record::{Envelope, Record, Stamp};
use crate::room::Room;
use crate::spread::{Spread, source_id};

/// Requests up to this size share batches; larger ones make their own.
pub(crate) const SHARED_BYTES_MAX: usize = 64 << 10;

/// Says what time it is.
pub type Clock = fn() -> Timestamp;

/// The way into the commit log for every listener. Clones share everything.
#[derive(Debug, Clone)]
pub struct Ingest {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    log: Arc<dyn LogClient>,
    clock: Clock,
    batching: Batching,
    lanes: RwLock<HashMap<DatasetName, Arc<[Arc<Lane>]>>>,
    spread: Spread,
    metrics: Metrics,
    room: Room,
}

impl Ingest {
    /// A way into `log`; `clock` stamps arrivals.
    pub fn new(log: Arc<dyn LogClient>, clock: Clock) -> Self {
        Ingest::with_batching(log, clock, Batching::default())
    }

    /// The same with other batches.
    pub fn with_batching(log: Arc<dyn LogClient>, clock: Clock, batching: Batching) -> Self {
        let (lanes, spread, metrics, room) =
            (RwLock::default(), Spread::new(), Metrics::default(), Room::new());
        Ingest { shared: Arc::new(Shared { log, clock, batching, lanes, spread, metrics, room }) }
    }

    /// What came in since the start, by door and dataset.
    pub fn metrics(&self) -> Vec<Counted> {
        self.shared.metrics.snapshot()
    }

    /// Appends events to a dataset, which is made if it does not exist.
    ///
    /// `size_hint` is about how many bytes `records` have together: up to 64 KiB they share a batch with
    /// others, and this call only copies; more are compressed and written by the calling thread, which must
    /// be one that may block. Must be called in a tokio runtime. Nothing is taken before [`Ack::durable`]
    /// says so.
    ///
    /// # Errors
    /// If the log does not take them; then some of a large request may have been taken.
    pub fn append<'a>(
        &self,
        dataset: &DatasetName,
        envelope: Envelope,
        size_hint: usize,
        records: impl Iterator<Item = Record<'a>>,
    ) -> Result<Ack, IngestError> {
        let door = (self.clone(), envelope.input, dataset.clone());
        let mut records = records.peekable();
        if records.peek().is_none() {
            return Ok(Ack { way: Way::Own(Vec::new()), taken: Taken::default(), door });
        }
        let log = Log::open(&self.shared.log, dataset)?;
        let lanes = self.lanes(dataset, &log);
        let received = (self.shared.clock)();
        let source = Source {
            ingest: self,
            log: &log,
            lanes: &lanes,
            id: source_id(envelope.peer, dataset.as_str()),
            second: received.as_millis() as u64 / 1000,
            stamp: Stamp::new(envelope, received),
        };
        let (way, taken) = if size_hint <= SHARED_BYTES_MAX {
            source.share(size_hint, records)
        } else {
            source.write(records)?
        };
        Ok(Ack { way, taken, door })
    }

    pub(crate) fn reject(&self, input: &'static str, dataset: &DatasetName, events: u64) {
        self.shared.metrics.rejected(input, dataset, events);
    }

    pub(crate) fn room(&self) -> &Room {
        &self.shared.room
    }

    /// Whether events went to this dataset before, so that it need not be made, which takes a while.
    pub(crate) fn knows(&self, dataset: &DatasetName) -> bool {
        self.shared.lanes.read().contains_key(dataset)
    }

    /// Sees to it, on a thread that may block, that the topic of a dataset is there.
    pub(crate) async fn prepare(&self, dataset: &DatasetName) -> Result<(), IngestError> {
        if self.knows(dataset) {
            return Ok(());
        }
        let (ingest, dataset) = (self.clone(), dataset.clone());
        off_runtime(move || {
            let log = Log::open(&ingest.shared.log, &dataset)?;
            ingest.lanes(&dataset, &log);
            Ok(())
        })
        .await
    }

    /// One lane a partition. The topic is asked for each time, for it may have been deleted or have grown.
    fn lanes(&self, dataset: &DatasetName, log: &Log) -> Arc<[Arc<Lane>]> {
        let partitions = log.partitions();
        if let Some(lanes) = self.shared.lanes.read().get(dataset).filter(|lanes| lanes.len() == partitions) {
            return Arc::clone(lanes);
        }
        let lane = |partition| Arc::new(Lane::new(log.clone(), partition as u32, self.shared.batching));
        let mut all = self.shared.lanes.write();
        let lanes = all.entry(dataset.clone()).or_insert_with(|| Arc::new([]));
        if lanes.len() != partitions {
            *lanes = (0..partitions).map(lane).collect();
        }
        Arc::clone(lanes)
    }
}

/// One request's source on its way into the log.
struct Source<'i> {
    ingest: &'i Ingest,
    log: &'i Log,
    lanes: &'i [Arc<Lane>],
    id: u64,
    second: u64,
    stamp: Stamp,
}

impl Source<'_> {
    /// Where the next `bytes` go.
    fn partition(&self, bytes: usize) -> usize {
        let partitions = self.lanes.len() as u32;
        self.ingest.shared.spread.partition(self.id, bytes, self.second, partitions) as usize
    }

    fn share<'a>(&self, bytes: usize, records: impl Iterator<Item = Record<'a>>) -> (Way, Taken) {
        let mut taken = Taken::default();
        let answer = self.lanes[self.partition(bytes)].join(|batch| {
            for record in records {
                taken.count(record);
                self.stamp.append(batch, record);
            }
        });
        (Way::Shared(answer), taken)
    }

    /// All batches are built before the first is written, so that an error leaves as little as possible.
    fn write<'a>(&self, records: impl Iterator<Item = Record<'a>>) -> Result<(Way, Taken), IngestError> {
        let mut batches: Vec<Vec<_>> = vec![Vec::new(); self.lanes.len()];
        let mut taken = Taken::default();
        let mut batch = self.log.new_batch();
        let mut records = records.peekable();
        while let Some(record) = records.next() {
            taken.count(record);
            self.stamp.append(&mut batch, record);
            if batch.size_bytes() >= self.ingest.shared.batching.bytes || records.peek().is_none() {
                let partition = self.partition(batch.size_bytes());
                batches[partition].push(log::finish(&mut batch)?);
            }
        }
        let mut durables = Vec::new();
        for (lane, batches) in self.lanes.iter().zip(batches).filter(|(_, batches)| !batches.is_empty()) {
            durables.extend(lane.append(batches)?);
        }
        Ok((Way::Own(durables), taken))
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    events: u64,
    bytes: u64,
}

impl Taken {
    fn count(&mut self, record: Record<'_>) {
        self.events += 1;
        self.bytes += record.value.len() as u64;
    }
}

/// The promise that appended events will be durable, or why not.
#[derive(Debug)]
pub struct Ack {
    way: Way,
    taken: Taken,
    door: (Ingest, &'static str, DatasetName),
}

#[derive(Debug)]
enum Way {
    Shared(Answer),
    Own(Vec<Durable>),
}

impl Ack {
    /// How many events were appended.
    pub fn events(&self) -> u64 {
        self.taken.events
    }

    /// Waits until all of them are durable in their topic's class.
    ///
    /// # Errors
    /// If that failed; then some may be in the log all the same.
    pub async fn durable(self) -> Result<(), IngestError> {
        match self.way {
            Way::Shared(answer) => answer.await.unwrap_or_else(|_| Err(log::closed()))?,
            Way::Own(durables) => {
                for durable in durables {
                    log::durable(durable).await?;
                }
            }
        }
        let (ingest, input, dataset) = self.door;
        ingest.shared.metrics.accepted(input, &dataset, self.taken.events, self.taken.bytes);
        Ok(())
    }
}
