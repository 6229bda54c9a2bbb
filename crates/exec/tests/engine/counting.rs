//! An object store that counts what is read from it, as the far end of a network would.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use parking_lot::Mutex;

/// One request for a part of an object.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) path: String,
    pub(crate) range: Range<u64>,
}

/// Objects in memory. Ranges that are asked for together are joined as for S3, and each request counts.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    objects: InMemory,
    reads: Mutex<Vec<Read>>,
}

impl Counting {
    /// The requests since the last time.
    pub(crate) fn take_reads(&self) -> Vec<Read> {
        std::mem::take(&mut self.reads.lock())
    }

    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("counting")
    }
}

#[async_trait]
impl ObjectStore for Counting {
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
        let is_head = options.head;
        let result = self.objects.get_opts(path, options).await?;
        let range = if is_head { 0..0 } else { result.range.clone() };
        self.reads.lock().push(Read { path: path.to_string(), range });
        Ok(result)
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
