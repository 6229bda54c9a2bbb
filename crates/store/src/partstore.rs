//! Where are the files of the parts, and when is one durable?

use std::collections::{HashMap, HashSet};
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
use object_store::{MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::checked::Checked;
use crate::{Catalog, PartId, PartMeta, Quarantine, StoreError};

/// How the name of every part ends.
pub(crate) const PART_SUFFIX: &str = ".parquet";
/// How the name of every day table ends.
pub(crate) const DAY_SUFFIX: &str = ".tokens";

/// The parts as objects; cheap to clone.
#[derive(Debug, Clone)]
pub struct PartStore {
    objects: Arc<dyn ObjectStore>,
    /// The same, but what it reads is what was written, or an error.
    checked: Arc<Checked>,
    quarantine: Arc<Quarantine>,
    /// The directory, where the objects are local files that need a sync.
    root: Option<PathBuf>,
}

/// What [`PartStore::clean_up`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CleanUp {
    /// Files that no part in the catalog has: deleted.
    pub orphans: Vec<String>,
    /// Parts in the catalog without a file: somebody deleted it. They are left out, as are damaged ones.
    pub missing: Vec<String>,
    /// Files that were not written to their end: deleted.
    pub unfinished: usize,
}

impl PartStore {
    /// Parts as files below `root`, which is made if it is not there.
    pub fn local(root: &FilePath) -> Result<Self, StoreError> {
        let fail = |source| StoreError::File { action: "make", path: root.display().to_string(), source };
        fs::create_dir_all(root).map_err(fail)?;
        let root = root.canonicalize().map_err(fail)?;
        let objects =
            LocalFileSystem::new_with_prefix(&root).map_err(failed("open", &root.display().to_string()))?;
        Ok(PartStore { root: Some(root), ..PartStore::remote(Arc::new(objects)) })
    }

    /// Parts in a store where an object is durable once it is written.
    pub fn remote(objects: Arc<dyn ObjectStore>) -> Self {
        let quarantine = Arc::<Quarantine>::default();
        let checked = Arc::new(Checked::new(objects.clone(), quarantine.clone()));
        PartStore { objects, checked, quarantine, root: None }
    }

    /// The object store itself, for readers of Parquet; it checks what it reads.
    pub fn objects(&self) -> Arc<dyn ObjectStore> {
        self.checked.clone()
    }

    /// The parts that were found to be damaged.
    pub fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// Where a part is in [`PartStore::objects`].
    pub fn object_path(part: &PartMeta) -> Path {
        Path::from(part.path.as_str())
    }

    /// Writes a part; when it returns, the file and its name are on disk.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.objects.put(&Path::from(path), bytes.into()).await.map_err(failed("write", path))?;
        self.sync(path)
    }

    /// Begins a part that is written in pieces.
    pub(crate) async fn begin(&self, path: &str) -> Result<Box<dyn MultipartUpload>, StoreError> {
        self.objects.put_multipart(&Path::from(path)).await.map_err(failed("write", path))
    }

    /// Ends it; when it returns, the file and its name are on disk.
    pub(crate) async fn complete(
        &self,
        path: &str,
        pieces: &mut dyn MultipartUpload,
    ) -> Result<(), StoreError> {
        pieces.complete().await.map_err(failed("write", path))?;
        self.sync(path)
    }

    fn sync(&self, path: &str) -> Result<(), StoreError> {
        match &self.root {
            Some(root) => sync(root, path),
            None => Ok(()),
        }
    }

    /// The whole file of a part.
    pub async fn read(&self, path: &str) -> Result<Bytes, StoreError> {
        let got = self.checked.get(&Path::from(path)).await.map_err(failed("read", path))?;
        got.bytes().await.map_err(failed("read", path))
    }

    /// Some bytes of a part.
    pub async fn read_range(&self, path: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.checked.get_range(&Path::from(path), range).await.map_err(failed("read", path))
    }

    /// Several ranges of bytes of a part, in one request where the store knows how.
    pub(crate) async fn read_ranges(
        &self,
        path: &str,
        ranges: &[Range<u64>],
    ) -> Result<Vec<Bytes>, StoreError> {
        self.checked.get_ranges(&Path::from(path), ranges).await.map_err(failed("read", path))
    }

    /// Whether a part carries checksums of its blocks, so that any range of it can be read by itself.
    pub(crate) async fn has_sums(&self, path: &str) -> Result<bool, StoreError> {
        self.checked.has_sums(&Path::from(path)).await.map_err(failed("read", path))
    }

    /// The whole index of a part, checked against the checksum in the catalog.
    pub async fn index(&self, part: &PartMeta) -> Result<PartIndex, StoreError> {
        let range = part.index.offset..part.index.offset.saturating_add(part.index.length);
        part.decode_index(&self.read_range(&part.path, range).await?)
    }

    /// Ranges of a day table, as they lie in the file: its readers check them.
    pub(crate) async fn read_day(&self, path: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, StoreError> {
        self.objects.get_ranges(&Path::from(path), ranges).await.map_err(failed("read", path))
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

    /// Deletes files that no part has: they were written just before a crash. Only while no worker seals
    /// and nothing is merged, for a file is written before its part is published.
    pub async fn clean_up(&self, catalog: &Catalog) -> Result<CleanUp, StoreError> {
        let known: HashSet<String> = catalog.paths()?.into_iter().collect();
        let listed = self.list().await?.into_iter();
        let found: HashMap<String, u64> =
            listed.map(|object| (object.location.to_string(), object.size)).collect();
        let orphans: Vec<String> = found.keys().filter(|path| !known.contains(*path)).cloned().collect();
        for path in &orphans {
            self.delete(path).await?;
        }
        let mut missing = Vec::new();
        let snapshot = catalog.snapshot();
        for part in snapshot.datasets().flat_map(|dataset| snapshot.parts(dataset).to_vec()) {
            match found.get(&part.path) {
                Some(size) if *size == part.size_bytes => {}
                Some(size) => {
                    let reason = format!("it has {size} bytes and should have {}", part.size_bytes);
                    self.quarantine.add(&part.path, &reason);
                }
                None => {
                    self.quarantine.add(&part.path, "its file is missing");
                    missing.push(part.path.clone());
                }
            }
        }
        Ok(CleanUp { orphans, missing, unfinished: self.delete_unfinished()? })
    }

    /// The files older than `before` that no part has.
    pub async fn orphans(&self, catalog: &Catalog, before: Timestamp) -> Result<Vec<String>, StoreError> {
        // Listed first: a part that is published meanwhile is known then.
        let listed = self.list().await?;
        let known: HashSet<String> = catalog.paths()?.into_iter().collect();
        let is_old = |object: &ObjectMeta| object.last_modified.timestamp_millis() < before.as_millis();
        let old = listed.into_iter().filter(is_old).map(|object| object.location.to_string());
        Ok(old.filter(|path| !known.contains(path)).collect())
    }

    /// All files that are named like parts and day tables.
    async fn list(&self) -> Result<Vec<ObjectMeta>, StoreError> {
        let listed: Vec<_> = self.objects.list(None).try_collect().await.map_err(failed("list", "/"))?;
        Ok(listed.into_iter().filter(|object| is_ours(object.location.as_ref())).collect())
    }

    /// Deletes what local files are called while they are written: `….parquet#1`.
    fn delete_unfinished(&self) -> Result<usize, StoreError> {
        let Some(root) = &self.root else { return Ok(0) };
        let mut folders = vec![root.clone()];
        let mut deleted = 0;
        while let Some(folder) = folders.pop() {
            let fail = |action| {
                let path = folder.display().to_string();
                move |source| StoreError::File { action, path, source }
            };
            for entry in fs::read_dir(&folder).map_err(fail("list"))? {
                let path = entry.map_err(fail("list"))?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let is_unfinished = name.rsplit_once('#').is_some_and(|(name, _)| is_ours(name));
                if path.is_dir() {
                    folders.push(path);
                } else if is_unfinished {
                    fs::remove_file(&path).map_err(fail("clean up"))?;
                    deleted += 1;
                }
            }
        }
        Ok(deleted)
    }
}

fn is_ours(name: &str) -> bool {
    [PART_SUFFIX, DAY_SUFFIX].iter().any(|suffix| name.ends_with(suffix))
}

pub(crate) fn failed(action: &'static str, path: &str) -> impl FnOnce(object_store::Error) -> StoreError {
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
