//! Which rows are visible but not yet in a part?
//!
//! Workers add a chunk every few milliseconds. Small neighbours are merged as a binary counter carries, so
//! that a quiet partition holds a handful of chunks and not thousands. Chunks that a seal has taken are no
//! longer merged, so a part always ends where a chunk ends.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::compute::concat_batches;
use girok_event::DatasetName;
use parking_lot::RwLock;
use tokio::sync::broadcast;

use crate::schema::{adapt, unify};
use crate::{Chunk, StoreError};

/// Chunks a slow live tail may fall behind before it loses some and is told how many.
const TAIL_CHUNKS_MAX: usize = 32;
/// No merged chunk has more rows, …
const MERGED_ROWS_MAX: usize = 16_384;
/// … or comes from more bytes.
const MERGED_RAW_BYTES_MAX: u64 = 4 << 20;

/// Where the live chunks of a partition belong.
type Key = (DatasetName, u32);

/// All unsealed chunks of this process.
#[derive(Debug)]
pub struct Live {
    partitions: RwLock<HashMap<Key, PartitionChunks>>,
    tails: broadcast::Sender<Arc<Chunk>>,
}

/// The chunks of a partition by offset: first the ones being sealed, then the open ones.
#[derive(Debug, Default)]
struct PartitionChunks {
    chunks: Vec<Arc<Chunk>>,
    sealing: usize,
}

/// How much is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiveSize {
    /// Chunks.
    pub chunks: usize,
    /// Rows.
    pub rows: u64,
    /// Bytes of the records the rows came from.
    pub raw_bytes: u64,
}

impl Default for Live {
    fn default() -> Self {
        Live { partitions: RwLock::default(), tails: broadcast::Sender::new(TAIL_CHUNKS_MAX) }
    }
}

impl Live {
    /// Makes a chunk visible. Only the worker that owns the partition calls it, in the order of offsets.
    pub fn add(&self, chunk: Arc<Chunk>) -> Result<(), StoreError> {
        // Without a listener there is nobody to tell.
        let _ = self.tails.send(chunk.clone());
        let key = (chunk.dataset.clone(), chunk.partition);
        self.partitions.write().entry(key.clone()).or_default().chunks.push(chunk);
        while self.merge_last_two(&key)? {}
        Ok(())
    }

    /// Merges the two youngest open chunks if the older is not much larger; readers are not held up.
    fn merge_last_two(&self, key: &Key) -> Result<bool, StoreError> {
        let Some((older, younger)) = self.partitions.read().get(key).and_then(PartitionChunks::mergeable)
        else {
            return Ok(false);
        };
        let merged = Arc::new(merge(&older, &younger)?);
        let mut partitions = self.partitions.write();
        Ok(partitions
            .get_mut(key)
            .is_some_and(|partition| partition.replace_last_two(&older, &younger, merged)))
    }

    /// Takes all chunks of a partition for a part. They stay visible until [`Live::remove_sealed`].
    pub fn begin_seal(&self, dataset: &DatasetName, partition: u32) -> Vec<Arc<Chunk>> {
        let mut partitions = self.partitions.write();
        let Some(partition) = partitions.get_mut(&(dataset.clone(), partition)) else { return Vec::new() };
        partition.sealing = partition.chunks.len();
        partition.chunks.clone()
    }

    /// Forgets the chunks that a published part holds.
    pub fn remove_sealed(&self, dataset: &DatasetName, partition: u32, through_offset: i64) {
        let mut partitions = self.partitions.write();
        let key = (dataset.clone(), partition);
        let Some(partition) = partitions.get_mut(&key) else { return };
        let sealed = partition.chunks.partition_point(|chunk| chunk.last_offset <= through_offset);
        partition.chunks.drain(..sealed);
        partition.sealing = partition.sealing.saturating_sub(sealed);
        if partition.chunks.is_empty() {
            partitions.remove(&key);
        }
    }

    /// Forgets all chunks of a partition that is no longer ours; its next owner reads them again.
    pub fn discard(&self, dataset: &DatasetName, partition: u32) {
        self.partitions.write().remove(&(dataset.clone(), partition));
    }

    /// The chunks of a dataset, by partition and offset. Take them before the catalog's snapshot, or use
    /// [`crate::Store::view`], which does.
    pub fn chunks(&self, dataset: &DatasetName) -> Vec<Arc<Chunk>> {
        let mut chunks: Vec<_> = {
            let partitions = self.partitions.read();
            let own = partitions.iter().filter(|((name, _), _)| name == dataset);
            own.flat_map(|(_, partition)| partition.chunks.iter().cloned()).collect()
        };
        chunks.sort_by_key(|chunk| (chunk.partition, chunk.first_offset));
        chunks
    }

    /// The datasets that have live rows, in order.
    pub fn datasets(&self) -> Vec<DatasetName> {
        let mut names: Vec<_> = self.partitions.read().keys().map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// How much a dataset has live.
    pub fn size(&self, dataset: &DatasetName) -> LiveSize {
        let chunks = self.chunks(dataset);
        LiveSize {
            chunks: chunks.len(),
            rows: chunks.iter().map(|chunk| chunk.rows() as u64).sum(),
            raw_bytes: chunks.iter().map(|chunk| chunk.raw_bytes).sum(),
        }
    }

    /// Every chunk of every dataset from now on, as it becomes visible. A receiver that falls behind is
    /// told how many chunks it lost.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Chunk>> {
        self.tails.subscribe()
    }
}

impl PartitionChunks {
    fn mergeable(&self) -> Option<(Arc<Chunk>, Arc<Chunk>)> {
        let [.., older, younger] = self.chunks.get(self.sealing..)? else { return None };
        let is_small = older.rows() + younger.rows() <= MERGED_ROWS_MAX
            && older.raw_bytes + younger.raw_bytes <= MERGED_RAW_BYTES_MAX;
        (is_small && older.rows() <= 2 * younger.rows()).then(|| (older.clone(), younger.clone()))
    }

    /// Puts `merged` in the place of the two, unless a seal has taken them meanwhile.
    fn replace_last_two(&mut self, older: &Arc<Chunk>, younger: &Arc<Chunk>, merged: Arc<Chunk>) -> bool {
        let open = self.chunks.get(self.sealing..).unwrap_or_default();
        let is_unchanged = matches!(open, [.., a, b] if Arc::ptr_eq(a, older) && Arc::ptr_eq(b, younger));
        if is_unchanged {
            self.chunks.truncate(self.chunks.len() - 2);
            self.chunks.push(merged);
        }
        is_unchanged
    }
}

fn merge(older: &Chunk, younger: &Chunk) -> Result<Chunk, StoreError> {
    let schema = unify(&[&older.batch, &younger.batch]);
    let batches = [adapt(&older.batch, &schema)?, adapt(&younger.batch, &schema)?];
    Ok(Chunk {
        dataset: older.dataset.clone(),
        partition: older.partition,
        first_offset: older.first_offset,
        last_offset: younger.last_offset,
        time_min: older.time_min.min(younger.time_min),
        time_max: older.time_max.max(younger.time_max),
        raw_bytes: older.raw_bytes + younger.raw_bytes,
        batch: concat_batches(&schema, &batches)?,
    })
}
