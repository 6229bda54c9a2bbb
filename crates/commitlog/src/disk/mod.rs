//! The only way to the disk: cut at bytes, so that a test can pull the plug.
//!
//! What holds until a sync: a write is lost or torn by a power cut until [`DiskFile::sync`] returned; a
//! created, renamed or removed name until [`Disk::sync_dir`] of its directory returned.

#[cfg(test)]
mod faulty;
mod real;

use std::any::Any;
use std::io;
use std::path::Path;
use std::sync::Arc;

#[cfg(test)]
pub(crate) use faulty::FaultyDisk;
pub use real::RealDisk;

/// A file system.
pub trait Disk: Send + Sync {
    /// Opens a file for reading and writing; `create` makes it if it is not there.
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn DiskFile>>;

    /// The names in `dir`, files and directories, in no order.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Makes a directory and those above it; one that exists is fine.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// Renames a file or directory within its directory; a file of the new name is replaced at once.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory with everything in it.
    fn remove_dir(&self, dir: &Path) -> io::Result<()>;

    /// Makes the names in `dir` durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Bytes that may still be written under `dir`.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;

    /// Takes `path` as a lock until the answer is dropped; nothing if another process holds it.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>>;
}

/// An open file; all access is positional, from any thread.
pub trait DiskFile: Send + Sync {
    /// Reads at most `buffer.len()` bytes; 0 at the end of the file.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;

    /// Reads at most `length` bytes behind what `buffer` holds; 0 at the end of the file.
    fn read_more_at(&self, buffer: &mut Vec<u8>, length: usize, position: u64) -> io::Result<usize> {
        let before = buffer.len();
        buffer.resize(before + length, 0);
        let read = self.read_at(&mut buffer[before..], position);
        buffer.truncate(before + *read.as_ref().unwrap_or(&0));
        read
    }

    /// Writes all of `bytes`.
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;

    /// Makes everything written durable. After an error nothing may be taken as synced.
    fn sync(&self) -> io::Result<()>;

    /// Size in bytes.
    fn size_bytes(&self) -> io::Result<u64>;

    /// Cuts the file.
    fn truncate(&self, size_bytes: u64) -> io::Result<()>;

    /// When it was last written, milliseconds since the epoch.
    fn modified_ms(&self) -> io::Result<i64>;
}

/// Replaces what `buffer` holds by `length` bytes from `position`, or as many as there are up to the end of the file.
pub(crate) fn read_into(
    file: &dyn DiskFile,
    buffer: &mut Vec<u8>,
    length: usize,
    position: u64,
) -> io::Result<()> {
    buffer.clear();
    while buffer.len() < length {
        let (left, at) = (length - buffer.len(), position + buffer.len() as u64);
        match file.read_more_at(buffer, left, at) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The whole of a small file; a file above `bytes_max` is refused.
pub(crate) fn read_file(disk: &dyn Disk, path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = disk.open(path, false)?;
    let size_bytes = file.size_bytes()?;
    if size_bytes > bytes_max {
        let reason = format!("it has {size_bytes} bytes, expected at most {bytes_max}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    }
    let mut bytes = Vec::new();
    read_into(&*file, &mut bytes, size_bytes as usize, 0)?;
    Ok(bytes)
}

/// Replaces a file so that after any crash either the old or the new bytes are there, whole.
pub(crate) fn replace_file(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let temporary = path.with_added_extension("tmp");
    let file = disk.open(&temporary, true)?;
    file.truncate(0)?;
    file.write_at(bytes, 0)?;
    file.sync()?;
    disk.rename(&temporary, path)?;
    disk.sync_dir(dir)
}
