//! Small documents that others keep beside the log: rules, settings. Replaced whole, checked when they are read.

use std::io;
use std::path::PathBuf;

use crate::CommitLog;
use crate::disk::{read_file, replace_file};
use crate::error::{Result, failed};
use crate::names::{DAMAGED, DOCUMENT};

const MAGIC: &str = "girok-document 1";
const FILE_BYTES_MAX: u64 = 64 << 20;

impl CommitLog {
    /// The document called `name`, if there is one. A damaged one is set aside, and said so.
    pub fn read_document(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let (disk, path) = (&*self.inner.shared.disk, self.document_path(name));
        let file = match read_file(disk, &path, FILE_BYTES_MAX) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        if let Some(body) = body(&file) {
            return Ok(Some(body.to_vec()));
        }
        tracing::error!(path = %path.display(), "damaged document set aside");
        let aside = path.with_added_extension(DAMAGED);
        disk.rename(&path, &aside).map_err(failed("rename", &path))?;
        Ok(None)
    }

    /// Replaces the document called `name`; it is durable afterwards.
    pub fn write_document(&self, name: &str, body: &[u8]) -> Result<()> {
        self.inner.check_open()?;
        let path = self.document_path(name);
        let mut file = format!("{MAGIC} {:08x}\n", crc32c::crc32c(body)).into_bytes();
        file.extend_from_slice(body);
        replace_file(&*self.inner.shared.disk, &path, &file).map_err(failed("write", &path))
    }

    fn document_path(&self, name: &str) -> PathBuf {
        self.inner.shared.config.dir.join(name).with_added_extension(DOCUMENT)
    }
}

/// What lies behind the first line, if its checksum fits.
fn body(file: &[u8]) -> Option<&[u8]> {
    let end = file.iter().position(|byte| *byte == b'\n')?;
    let sum = std::str::from_utf8(&file[..end]).ok()?.strip_prefix(MAGIC)?.trim();
    let body = &file[end + 1..];
    (u32::from_str_radix(sum, 16).ok()? == crc32c::crc32c(body)).then_some(body)
}
