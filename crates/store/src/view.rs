//! One consistent view over parts and live rows: no row twice, none missing while a part is published.
//!
//! Publishing commits the part with its checkpoint first and forgets the live chunks after. Reading the
//! live chunks first and the catalog second therefore meets every row at least once, and dropping live
//! rows below the checkpoint of that very snapshot leaves it exactly once.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use girok_event::DatasetName;

use crate::{Catalog, CatalogSnapshot, Chunk, Live, Outage, PartMeta, PartStore, Patterns};

/// The three places where rows are; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    /// Parts and checkpoints.
    pub catalog: Arc<Catalog>,
    /// Rows that are in no part yet.
    pub live: Arc<Live>,
    /// The files of the parts.
    pub parts: PartStore,
    /// The patterns of messages.
    pub patterns: Arc<Patterns>,
}

/// What one query sees of one dataset.
#[derive(Debug, Clone)]
pub struct View {
    /// Parts, by partition and offset.
    pub parts: Arc<[Arc<PartMeta>]>,
    /// Live chunks whose rows are in none of the parts.
    pub chunks: Vec<Arc<Chunk>>,
    /// Parts that are damaged: their rows are not there.
    pub out: Vec<Outage>,
    /// The catalog as it was.
    pub catalog: Arc<CatalogSnapshot>,
}

impl Store {
    /// A store in a folder of a test.
    #[cfg(test)]
    pub(crate) fn in_folder(dir: &std::path::Path) -> Self {
        Store {
            catalog: Arc::new(Catalog::open(&dir.join("catalog.db")).unwrap()),
            live: Arc::default(),
            parts: PartStore::local(&dir.join("parts")).unwrap(),
            patterns: Arc::default(),
        }
    }

    /// Everything that is visible of `dataset` now.
    pub fn view(&self, dataset: &DatasetName) -> View {
        let live = self.live.chunks(dataset);
        let catalog = self.catalog.snapshot();
        let chunks = live
            .into_iter()
            .filter_map(|chunk| rows_past(&chunk, catalog.checkpoint(dataset, chunk.partition)))
            .collect();
        let (parts, out) = self.readable(catalog.parts(dataset));
        View { parts, chunks, out, catalog }
    }

    /// The parts without those that are damaged.
    fn readable(&self, parts: Arc<[Arc<PartMeta>]>) -> (Arc<[Arc<PartMeta>]>, Vec<Outage>) {
        let quarantine = self.parts.quarantine();
        if quarantine.is_empty() {
            return (parts, Vec::new());
        }
        let out: Vec<_> = parts.iter().filter_map(|part| quarantine.outage(&part.path)).collect();
        (parts.iter().filter(|part| quarantine.outage(&part.path).is_none()).cloned().collect(), out)
    }

    /// Every dataset that has parts or live rows, in order.
    pub fn datasets(&self) -> Vec<DatasetName> {
        let mut names = self.live.datasets();
        names.extend(self.catalog.snapshot().datasets().cloned());
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The chunk without the rows below the checkpoint; nothing if none is left. A chunk stands across the
/// checkpoint only while a worker that lost its partition has not noticed yet.
fn rows_past(chunk: &Arc<Chunk>, checkpoint: i64) -> Option<Arc<Chunk>> {
    if chunk.first_offset >= checkpoint {
        return Some(chunk.clone());
    }
    let batch = chunk.rows_from(checkpoint);
    let rest = Chunk { first_offset: checkpoint, batch, ..Chunk::clone(chunk) };
    (rest.rows() > 0).then(|| Arc::new(rest))
}
