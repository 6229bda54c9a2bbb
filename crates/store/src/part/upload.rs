//! A new part on its way to the object store, written piece by piece.

use std::io::{self, Write};

use bytes::Bytes;
use futures::executor::block_on;
use object_store::MultipartUpload;

use crate::{PartStore, StoreError};

/// Bytes sent at a time; what is smaller as a whole is put at once. Object stores want 5 MiB or more.
const PIECE_BYTES: usize = 8 << 20;

/// A file that appears under its name, whole and durable, when [`Upload::finish`] returns, and never else.
pub(crate) struct Upload {
    parts: PartStore,
    path: String,
    buffer: Vec<u8>,
    written: u64,
    pieces: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    pub(crate) fn new(parts: &PartStore, path: &str) -> Self {
        Upload { parts: parts.clone(), path: path.to_owned(), buffer: Vec::new(), written: 0, pieces: None }
    }

    /// Makes the file visible under its name; its size.
    pub(crate) fn finish(mut self) -> Result<u64, StoreError> {
        if self.pieces.is_none() {
            let bytes = Bytes::from(std::mem::take(&mut self.buffer));
            block_on(self.parts.put(&self.path, bytes))?;
            return Ok(self.written);
        }
        self.send()?;
        if let Some(mut pieces) = self.pieces.take() {
            block_on(self.parts.complete(&self.path, pieces.as_mut()))?;
        }
        Ok(self.written)
    }

    fn send(&mut self) -> Result<(), StoreError> {
        if self.pieces.is_none() {
            self.pieces = Some(block_on(self.parts.begin(&self.path))?);
        }
        let piece = Bytes::from(std::mem::take(&mut self.buffer));
        match &mut self.pieces {
            Some(pieces) if !piece.is_empty() => {
                block_on(pieces.put_part(piece.into())).map_err(crate::partstore::failed("write", &self.path))
            }
            _ => Ok(()),
        }
    }
}

/// Given up: the pieces are taken back. If that fails too, they are cleaned up later.
impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(mut pieces) = self.pieces.take()
            && let Err(error) = block_on(pieces.abort())
        {
            tracing::warn!(path = self.path, %error, "pieces of a part that was given up are left behind");
        }
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        self.written += bytes.len() as u64;
        if self.buffer.len() >= PIECE_BYTES {
            self.send().map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "logs/1970-01-01/0-0-0-1.parquet";

    fn files(dir: &std::path::Path) -> usize {
        let folder = dir.join("logs/1970-01-01");
        std::fs::read_dir(folder).map_or(0, std::iter::Iterator::count)
    }

    #[test]
    fn a_file_is_there_when_it_is_whole_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let parts = PartStore::local(dir.path()).unwrap();
        let file = dir.path().join(PATH);
        for length in [0, 100, PIECE_BYTES, 2 * PIECE_BYTES + 7] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut upload = Upload::new(&parts, PATH);
            bytes.chunks(1 << 20).for_each(|chunk| upload.write_all(chunk).unwrap());
            assert!(!file.exists());
            assert_eq!(upload.finish().unwrap(), length as u64);
            assert!(std::fs::read(&file).unwrap() == bytes, "{length} bytes");
            assert_eq!(files(dir.path()), 1, "and nothing beside it");
            std::fs::remove_file(&file).unwrap();
        }
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let parts = PartStore::local(dir.path()).unwrap();
        let mut upload = Upload::new(&parts, PATH);
        upload.write_all(&vec![1; PIECE_BYTES + 1]).unwrap();
        assert_eq!(files(dir.path()), 1, "a piece was sent");
        drop(upload);
        assert_eq!(files(dir.path()), 0);
    }
}
