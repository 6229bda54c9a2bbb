//! Where a server of our own keeps its data, how large that becomes, and on which file system it lies.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use girok_store::{Catalog, PartMeta};
use serde::Serialize;
use tempfile::TempDir;

/// Where a server keeps its data, and a place for what only this run needs.
pub(super) struct Folder {
    data: PathBuf,
    scratch: TempDir,
}

/// Bytes on disk.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Sizes {
    /// Parts that answer queries: events, columns and index.
    pub(super) parts_bytes: u64,
    /// How many there are.
    pub(super) parts: u64,
    /// Of the parts, their index sections.
    pub(super) index_bytes: u64,
    /// The catalog of parts.
    pub(super) catalog_bytes: u64,
    /// The commit log, which retention shortens later.
    pub(super) log_bytes: u64,
}

impl Folder {
    /// The folder that was named, or one that is deleted at the end.
    pub(super) fn new(named: Option<&Path>) -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("girok-bench-").tempdir();
        let scratch = scratch.context("cannot create a temporary folder")?;
        let data = named.map_or_else(|| scratch.path().join("data"), Path::to_owned);
        fs::create_dir_all(&data).with_context(|| format!("cannot create `{}`", data.display()))?;
        Ok(Folder { data, scratch })
    }

    /// A folder in which nothing has been stored yet.
    pub(super) fn empty(named: Option<&Path>) -> Result<Self> {
        let folder = Folder::new(named)?;
        match fs::read_dir(&folder.data).is_ok_and(|mut files| files.next().is_none()) {
            true => Ok(folder),
            false => bail!("cannot measure an empty start in `{}`: it holds files", folder.data.display()),
        }
    }

    /// What the server is given as `--data`.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// A place for another file of this run.
    pub(super) fn scratch(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The parts that answer queries: beside them lie, for a while, files of parts that were merged into others.
    pub(super) fn parts(&self) -> Vec<Arc<PartMeta>> {
        let path = self.data.join("catalog.sqlite");
        let Some(catalog) = path.is_file().then(|| Catalog::open(&path).ok()).flatten() else {
            return Vec::new();
        };
        let snapshot = catalog.snapshot();
        snapshot.datasets().flat_map(|dataset| snapshot.parts(dataset).to_vec()).collect()
    }

    /// The files of [`Folder::parts`].
    pub(super) fn part_files(&self) -> Vec<PathBuf> {
        self.parts().iter().map(|part| self.data.join("parts").join(&part.path)).collect()
    }

    pub(super) fn sizes(&self) -> Sizes {
        let data = &self.data;
        let parts = self.parts();
        let parts_bytes = parts.iter().map(|part| part.size_bytes).sum();
        let catalog = ["catalog.sqlite", "catalog.sqlite-wal"].map(|name| size_of(&data.join(name)).0);
        let (log_bytes, _) = size_of(&data.join("log"));
        let index_bytes = parts.iter().map(|part| part.index.length).sum();
        let parts = parts.len() as u64;
        Sizes { parts_bytes, parts, index_bytes, catalog_bytes: catalog.iter().sum(), log_bytes }
    }
}

/// All files in a folder, bytes and number. What goes away meanwhile does not count.
fn size_of(path: &Path) -> (u64, u64) {
    let mut total = (0, 0);
    each_file(path, &mut |_, size| total = (total.0 + size, total.1 + 1));
    total
}

/// Calls `visit` with each file at or below `path` and its size.
pub(super) fn each_file(path: &Path, visit: &mut dyn FnMut(&Path, u64)) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    if metadata.is_file() {
        return visit(path, metadata.len());
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        each_file(&entry.path(), visit);
    }
}
