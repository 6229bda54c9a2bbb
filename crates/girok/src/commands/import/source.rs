//! What is read: a file or standard input, decompressed if its first bytes say so.

use std::fs::File;
use std::io::{self, Cursor, Read};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

/// Bytes that tell a codec.
const MAGIC_BYTES: usize = 4;

/// Bytes that are read to look at them.
const BEGIN_BYTES: usize = 64 << 10;

/// Something to import.
pub(super) struct Source {
    /// Its name for people.
    pub(super) name: String,
    /// Its size as stored, where it is known.
    pub(super) size_bytes: Option<u64>,
    file: Box<dyn Read + Send>,
    begin: Vec<u8>,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &str) -> Result<Self> {
        let fail = || format!("cannot read `{path}`");
        let (name, size_bytes, mut file): (_, _, Box<dyn Read + Send>) = if path == "-" {
            ("standard input", None, Box::new(io::stdin()))
        } else {
            let file = File::open(path).with_context(fail)?;
            let size_bytes = file.metadata().with_context(fail)?.len();
            (path, Some(size_bytes), Box::new(file))
        };
        let begin = read_begin(&mut *file).with_context(fail)?;
        Ok(Source { name: name.to_owned(), size_bytes, file, begin })
    }

    /// Its bytes, decompressed; `bar` follows what is read from the disk.
    pub(super) fn reader(self, bar: &ProgressBar) -> Box<dyn Read + Send> {
        let magic = self.begin.get(..MAGIC_BYTES).unwrap_or_default().to_owned();
        let stored = bar.wrap_read(Cursor::new(self.begin).chain(self.file));
        match magic[..] {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(io::BufReader::new(stored))),
            [0x28, 0xb5, 0x2f, 0xfd] => match zstd::stream::read::Decoder::new(stored) {
                Ok(decoder) => Box::new(decoder),
                Err(error) => Box::new(Broken(Some(error))),
            },
            _ => Box::new(stored),
        }
    }
}

/// What comes first, and at least enough of it to know a codec by.
fn read_begin(file: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut begin = vec![0; BEGIN_BYTES];
    let mut size = 0;
    while size < MAGIC_BYTES {
        match file.read(&mut begin[size..]) {
            Ok(0) => break,
            Ok(read) => size += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    begin.truncate(size);
    Ok(begin)
}

/// A reader that only has an error to give.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
