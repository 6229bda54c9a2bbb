//! An object store whose answers are what was once written, or an error that names the part.
//!
//! Every range of a part is checked against the part's own checksums ([`crate::part::sums`]) before anybody
//! sees it; so decoders are only ever fed what girok wrote. A block that was found right is not checked again
//! in this process. A part that fails goes to the [`Quarantine`].

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use parking_lot::Mutex;

use crate::part::sums::{self, END_BYTES, Refusal, Sums};
use crate::partstore::PART_SUFFIX;
use crate::{FORMAT_VERSION, Quarantine, StoreError};

/// Bytes read at the end of a part at first: mostly all of its tail.
const TAIL_GUESS_BYTES: u64 = 64 << 10;
/// Checksums kept in memory, in blocks.
const SUMS_KEPT_MAX: usize = 1 << 20;

/// Checks what it hands out.
#[derive(Debug)]
pub(crate) struct Checked {
    objects: Arc<dyn ObjectStore>,
    quarantine: Arc<Quarantine>,
    known: Mutex<Known>,
}

/// The checksums of parts that were read lately.
#[derive(Debug, Default)]
struct Known {
    parts: HashMap<Path, Arc<Part>>,
    blocks: usize,
}

/// A part whose tail was found right.
#[derive(Debug)]
struct Part {
    /// None in a part of the first version, which has no checksums.
    sums: Option<Sums>,
    /// A bit for each block that was found right.
    right: Vec<AtomicU64>,
}

impl Part {
    fn is_right(&self, block: u64) -> bool {
        self.right
            .get(block as usize / 64)
            .is_some_and(|word| word.load(Ordering::Relaxed) >> (block % 64) & 1 == 1)
    }

    fn note_right(&self, block: u64) {
        if let Some(word) = self.right.get(block as usize / 64) {
            word.fetch_or(1 << (block % 64), Ordering::Relaxed);
        }
    }

    /// The range to read so that it can be checked; nothing if there is no need.
    fn to_check(&self, range: &Range<u64>) -> Option<Range<u64>> {
        let sums = self.sums.as_ref()?;
        let blocks = sums.widen(range.start..range.end.min(sums.end));
        let is_known = range.start >= sums.end || sums.numbers(&blocks).all(|block| self.is_right(block));
        (!is_known).then(|| blocks.start..blocks.end.max(range.end))
    }
}

impl Checked {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, quarantine: Arc<Quarantine>) -> Self {
        Checked { objects, quarantine, known: Mutex::default() }
    }

    /// The checksums of a part; reads its tail if it has not lately.
    async fn part(&self, path: &Path) -> Result<Arc<Part>> {
        if let Some(part) = self.known.lock().parts.get(path) {
            return Ok(part.clone());
        }
        let sums = self.read_sums(path).await.map_err(|error| self.note(path, error))?;
        let blocks = sums.as_ref().map_or(0, Sums::len);
        let right = (0..blocks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let part = Arc::new(Part { sums, right });
        let mut known = self.known.lock();
        if known.blocks + blocks > SUMS_KEPT_MAX {
            *known = Known::default();
        }
        known.blocks += blocks;
        known.parts.insert(path.clone(), part.clone());
        Ok(part)
    }

    /// Whether a part has checksums of its blocks; one of the first version does not.
    pub(crate) async fn has_sums(&self, path: &Path) -> Result<bool> {
        Ok(self.part(path).await?.sums.is_some())
    }

    async fn read_sums(&self, path: &Path) -> Result<Option<Sums>> {
        let suffix = GetOptions { range: Some(GetRange::Suffix(TAIL_GUESS_BYTES)), ..GetOptions::default() };
        let got = self.objects.get_opts(path, suffix).await?;
        let size = got.meta.size;
        let end = got.bytes().await?;
        let length = sums::footer_length(&end, size).map_err(|reason| damaged(path, reason))?;
        let footer_start = size - END_BYTES - length;
        let footer = self.rest_of(path, footer_start, size, &end).await?;
        let start = sums::tail_start(&footer).map_err(|refusal| refused(path, refusal))?;
        let Some(start) = start else { return Ok(None) };
        if start > footer_start {
            return Err(damaged(path, "its index lies behind its footer"));
        }
        let tail = self.rest_of(path, start, size, &end).await?;
        sums::open(&tail, start).map(Some).map_err(|reason| damaged(path, reason))
    }

    /// The bytes of a file from `start` on, of which `end` are the last.
    async fn rest_of(&self, path: &Path, start: u64, size: u64, end: &Bytes) -> Result<Bytes> {
        match (end.len() as u64).checked_sub(size - start) {
            Some(before) => Ok(end.slice(before as usize..)),
            None => self.objects.get_range(path, start..size).await,
        }
    }

    /// A range with an open end as one from a place to a place.
    async fn close(&self, path: &Path, range: Option<GetRange>) -> Result<Range<u64>> {
        let size = self.objects.head(path).await.map_err(|error| self.note(path, error))?.size;
        Ok(match range {
            Some(GetRange::Offset(start)) => start..size,
            Some(GetRange::Suffix(length)) => size.saturating_sub(length)..size,
            Some(GetRange::Bounded(range)) => range,
            None => 0..size,
        })
    }

    /// Ranges of a part, each of them checked.
    async fn ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let part = self.part(path).await?;
        let wide: Vec<_> =
            ranges.iter().map(|range| part.to_check(range).unwrap_or_else(|| range.clone())).collect();
        let read = self.objects.get_ranges(path, &wide).await.map_err(|error| self.note(path, error))?;
        let all = ranges.iter().zip(wide).zip(read);
        all.map(|((range, wide), bytes)| self.check(path, &part, range, &wide, &bytes)).collect()
    }

    fn check(
        &self,
        path: &Path,
        part: &Part,
        range: &Range<u64>,
        wide: &Range<u64>,
        bytes: &Bytes,
    ) -> Result<Bytes> {
        if let (Some(sums), true) = (&part.sums, part.to_check(range).is_some()) {
            let covered = bytes.len().min((sums.end - wide.start) as usize);
            if let Some(at) = sums.first_wrong(wide.start, &bytes[..covered]) {
                return Err(self
                    .note(path, damaged(path, format!("the bytes from {at} on are not what was written"))));
            }
            sums.numbers(&(wide.start..wide.start + covered as u64)).for_each(|block| part.note_right(block));
        }
        let from = (range.start - wide.start) as usize;
        let until = from.saturating_add((range.end - range.start) as usize).min(bytes.len());
        match from <= until {
            true => Ok(bytes.slice(from..until)),
            false => Err(self.note(path, damaged(path, "it ends too early"))),
        }
    }

    /// Takes a part out if the error says that it is damaged or gone.
    fn note(&self, path: &Path, error: Error) -> Error {
        match &error {
            Error::NotFound { .. } => self.quarantine.add(path.as_ref(), "its file is missing"),
            Error::Generic { store: STORE, source } => match source.downcast_ref::<StoreError>() {
                Some(StoreError::Damaged { what, .. }) => self.quarantine.add(path.as_ref(), what),
                Some(StoreError::PartVersion { got, known, .. }) => {
                    let reason = format!("its format has version {got}, this girok reads up to {known}");
                    self.quarantine.add(path.as_ref(), &reason);
                }
                _ => {}
            },
            _ => {}
        }
        error
    }
}

/// Who says that a part is damaged.
const STORE: &str = "girok";

fn damaged(path: &Path, what: impl Into<String>) -> Error {
    Error::Generic { store: STORE, source: Box::new(StoreError::damaged(path.as_ref(), what)) }
}

fn refused(path: &Path, refusal: Refusal) -> Error {
    let source = match refusal {
        Refusal::Damaged(what) => StoreError::damaged(path.as_ref(), what),
        Refusal::Newer(got) => StoreError::PartVersion { path: path.to_string(), got, known: FORMAT_VERSION },
    };
    Error::Generic { store: STORE, source: Box::new(source) }
}

fn is_part(path: &Path) -> bool {
    path.as_ref().ends_with(PART_SUFFIX)
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "checked {}", self.objects)
    }
}

#[async_trait]
impl ObjectStore for Checked {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.objects.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        if options.head || !is_part(path) {
            return self.objects.get_opts(path, options).await;
        }
        let range = match options.range.clone() {
            Some(GetRange::Bounded(range)) => range,
            open => self.close(path, open).await?,
        };
        let part = self.part(path).await?;
        let wide = part.to_check(&range).unwrap_or_else(|| range.clone());
        let options = GetOptions { range: Some(GetRange::Bounded(wide.clone())), ..options };
        let got = self.objects.get_opts(path, options).await.map_err(|error| self.note(path, error))?;
        let (meta, attributes) = (got.meta.clone(), got.attributes.clone());
        let bytes = self.check(path, &part, &range, &wide, &got.bytes().await?)?;
        let range = range.start..range.start + bytes.len() as u64;
        let payload = GetResultPayload::Stream(futures::stream::once(async { Ok(bytes) }).boxed());
        Ok(GetResult { payload, meta, range, attributes })
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match is_part(path) {
            true => self.ranges(path, ranges).await,
            false => self.objects.get_ranges(path, ranges).await,
        }
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.objects.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}
