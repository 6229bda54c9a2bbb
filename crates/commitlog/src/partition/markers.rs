//! How does a transaction end in a partition? With a marker that the log writes itself.

use std::sync::Arc;

use girok_wire::Marker;

use super::{Appended, Partition, ProducerInfo};
use crate::error::{Error, Result};

impl Partition {
    /// Writes the end of the producer's transaction. From then on no batch of an older epoch is taken.
    pub(crate) fn append_marker(
        self: &Arc<Self>,
        producer_id: i64,
        producer_epoch: i16,
        marker: Marker,
    ) -> Result<Appended> {
        let bad = |source| Error::BadBatch { partition: self.name.to_string(), source };
        let batch = marker.encode(producer_id, producer_epoch, self.shared.now_ms()).map_err(bad)?;
        let checked = self.check(batch)?;
        let writer = self.writer.lock();
        match self.failure() {
            Some(error) => Err(error.clone()),
            None => self.write(writer, checked, Some(marker)),
        }
    }

    /// The producers with an open transaction, each with its epoch.
    pub(crate) fn open_transactions(&self) -> Vec<(i64, i16)> {
        let open = self.producers().into_iter().filter(|producer| producer.open_since.is_some());
        open.map(|producer| (producer.producer_id, producer.producer_epoch)).collect()
    }

    /// Whether the producer has an open transaction here.
    pub(crate) fn has_open_transaction(&self, producer_id: i64) -> bool {
        self.writer.lock().producers.epoch_of(producer_id).is_some_and(|(_, is_open)| is_open)
    }

    /// All producers that are remembered.
    pub(crate) fn producers(&self) -> Vec<ProducerInfo> {
        self.writer.lock().producers.infos()
    }
}
