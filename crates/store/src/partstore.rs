//! Where are the files of the parts, and when is one durable?

use std::collections::HashSet;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use girok_event::Timestamp;
use girok_index::PartIndex;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::{Catalog, PartId, PartMeta, StoreError};

/// How the name of every part ends.
const PART_SUFFIX: &str = ".parquet";

/// The parts as objects; cheap to clone.
#[derive(Debug, Clone)]
pub struct PartStore {
    objects: Arc<dyn ObjectStore>,
    /// The directory, where the objects are local files that need a sync.
    root: Option<PathBuf>,
}

/// What [`PartStore::clean_up`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CleanUp {
    /// Files that no part in the catalog has: deleted.
    pub orphans: Vec<String>,
    /// Parts in the catalog without a file: somebody deleted it.
    pub missing: Vec<String>,
}

impl PartStore {
    /// Parts as files below `root`, which is made if it is not there.
    pub fn local(root: &FilePath) -> Result<Self, StoreError> {
        let fail = |source| StoreError::File { action: "make", path: root.display().to_string(), source };
        fs::create_dir_all(root).map_err(fail)?;
        let root = root.canonicalize().map_err(fail)?;
        let objects =
            LocalFileSystem::new_with_prefix(&root).map_err(failed("open", &root.display().to_string()))?;
        Ok(PartStore { objects: Arc::new(objects), root: Some(root) })
    }

    /// The object store itself, for readers of Parquet.
    pub fn objects(&self) -> Arc<dyn ObjectStore> {
        self.objects.clone()
    }

    /// Where a part is in [`PartStore::objects`].
    pub fn object_path(part: &PartMeta) -> Path {
        Path::from(part.path.as_str())
    }

    /// Writes a part; when it returns, the file and its name are on disk.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.objects.put(&Path::from(path), bytes.into()).await.map_err(failed("write", path))?;
        match &self.root {
            Some(root) => sync(root, path),
            None => Ok(()),
        }
    }

    /// The whole file of a part.
    pub async fn read(&self, path: &str) -> Result<Bytes, StoreError> {
        let got = self.objects.get(&Path::from(path)).await.map_err(failed("read", path))?;
        got.bytes().await.map_err(failed("read", path))
    }

    /// Some bytes of a part.
    pub async fn read_range(&self, path: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.objects.get_range(&Path::from(path), range).await.map_err(failed("read", path))
    }

    /// The index of a part, checked against the checksum in the catalog.
    pub async fn index(&self, part: &PartMeta) -> Result<PartIndex, StoreError> {
        let range = part.index.offset..part.index.offset.saturating_add(part.index.length);
        part.decode_index(&self.read_range(&part.path, range).await?)
    }

    /// Deletes a file; one that is gone already is no error.
    pub async fn delete(&self, path: &str) -> Result<(), StoreError> {
        match self.objects.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("delete", path)(error)),
        }
    }

    /// Deletes the files of parts that were dropped before `before`, and forgets them.
    pub async fn sweep(&self, catalog: &Catalog, before: Timestamp) -> Result<Vec<PartId>, StoreError> {
        let mut gone = Vec::new();
        for part in catalog.dropped(before)? {
            self.delete(&part.path).await?;
            gone.push(part.id);
        }
        if !gone.is_empty() {
            catalog.forget(&gone)?;
        }
        Ok(gone)
    }

    /// Deletes files that no part has: they were written just before a crash. Only while no worker seals,
    /// for a file is written before its part is published.
    pub async fn clean_up(&self, catalog: &Catalog) -> Result<CleanUp, StoreError> {
        let known: HashSet<String> = catalog.paths()?.into_iter().collect();
        let listed: Vec<_> = self.objects.list(None).try_collect().await.map_err(failed("list", "/"))?;
        let found: HashSet<String> = listed.into_iter().map(|object| object.location.to_string()).collect();
        let orphans: Vec<String> =
            found.difference(&known).filter(|path| path.ends_with(PART_SUFFIX)).cloned().collect();
        for path in &orphans {
            self.delete(path).await?;
        }
        let snapshot = catalog.snapshot();
        let visible = snapshot.datasets().flat_map(|dataset| snapshot.parts(dataset).to_vec());
        let missing = visible.map(|part| part.path.clone()).filter(|path| !found.contains(path)).collect();
        Ok(CleanUp { orphans, missing })
    }
}

fn failed(action: &'static str, path: &str) -> impl FnOnce(object_store::Error) -> StoreError {
    move |source| StoreError::Object { action, path: path.to_owned(), source }
}

/// Brings a file and every directory that leads to it to disk.
fn sync(root: &FilePath, path: &str) -> Result<(), StoreError> {
    let file = root.join(path);
    let places = file.ancestors().take_while(|place| place.starts_with(root));
    for place in places {
        let synced = File::open(place).and_then(|open| open.sync_all());
        synced.map_err(|source| StoreError::File {
            action: "sync",
            path: place.display().to_string(),
            source,
        })?;
    }
    Ok(())
}
