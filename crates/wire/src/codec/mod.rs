//! How are a batch's records packed and unpacked?
//!
//! Every unpacking is bounded by the caller and writes into the caller's scratch buffer, whose length only
//! grows, so that no batch pays for clearing it.

mod gzip;
mod lz4;
mod snappy;

use crate::{Error, Result};

/// How a batch's records are packed; the numbers are Kafka's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952.
    Gzip,
    /// Blocks in the framing of the `xerial` library; plain blocks are read too.
    Snappy,
    /// LZ4 frames.
    #[default]
    Lz4,
    /// Zstandard frames.
    Zstd,
}

impl Compression {
    /// Its number in a batch's attributes.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// Its name in Kafka's configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }

    pub(crate) fn from_number(number: i16) -> Result<Self> {
        Ok(match number {
            0 => Compression::None,
            1 => Compression::Gzip,
            2 => Compression::Snappy,
            3 => Compression::Lz4,
            4 => Compression::Zstd,
            codec => return Err(Error::UnknownCodec { codec }),
        })
    }
}

/// Level of zstd in batches that girok itself makes.
const ZSTD_LEVEL: i32 = 1;

/// A codec with the memory it works in, kept from batch to batch.
pub(crate) enum Compressor {
    None,
    Gzip,
    Snappy,
    Lz4(Box<lz4::Compressor>),
    Zstd(Option<zstd::bulk::Compressor<'static>>),
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.compression().as_str())
    }
}

impl Compressor {
    pub(crate) fn new(compression: Compression) -> Self {
        match compression {
            Compression::None => Compressor::None,
            Compression::Gzip => Compressor::Gzip,
            Compression::Snappy => Compressor::Snappy,
            Compression::Lz4 => Compressor::Lz4(Box::default()),
            Compression::Zstd => Compressor::Zstd(None),
        }
    }

    pub(crate) fn compression(&self) -> Compression {
        match self {
            Compressor::None => Compression::None,
            Compressor::Gzip => Compression::Gzip,
            Compressor::Snappy => Compression::Snappy,
            Compressor::Lz4(_) => Compression::Lz4,
            Compressor::Zstd(_) => Compression::Zstd,
        }
    }

    /// Packs `input` into `out` behind `room` bytes left for a header; where the packed bytes end. The
    /// length of `out` only grows, so that no batch pays for clearing it.
    pub(crate) fn compress(&mut self, input: &[u8], room: usize, out: &mut Vec<u8>) -> Result<usize> {
        let codec = self.compression().as_str();
        let packed = match self {
            Compressor::None => {
                grow(out, room + input.len())[room..].copy_from_slice(input);
                Ok(room + input.len())
            }
            Compressor::Gzip => gzip::compress(input, room, out),
            Compressor::Snappy => snappy::compress(input, room, out),
            Compressor::Lz4(lz4) => lz4.compress(input, room, out),
            Compressor::Zstd(zstd) => compress_zstd(zstd, input, room, out),
        };
        packed.map_err(|reason| Error::Compress { codec, reason })
    }
}

/// The first `length` bytes of `out`, which is made long enough.
fn grow(out: &mut Vec<u8>, length: usize) -> &mut [u8] {
    if out.len() < length {
        out.resize(length, 0);
    }
    &mut out[..length]
}

fn compress_zstd(
    kept: &mut Option<zstd::bulk::Compressor<'static>>,
    input: &[u8],
    room: usize,
    out: &mut Vec<u8>,
) -> Result<usize, String> {
    let zstd = match kept {
        Some(zstd) => zstd,
        None => kept.insert(zstd::bulk::Compressor::new(ZSTD_LEVEL).map_err(|error| error.to_string())?),
    };
    let out = grow(out, room + zstd::zstd_safe::compress_bound(input.len()));
    let length = zstd.compress_to_buffer(input, &mut out[room..]).map_err(|error| error.to_string())?;
    Ok(room + length)
}

/// The records of `packed`, at most `bytes_max` of them; unpacked into `scratch` if they are packed.
pub(crate) fn decompress<'s>(
    compression: Compression,
    packed: &'s [u8],
    scratch: &'s mut Vec<u8>,
    bytes_max: usize,
) -> Result<&'s [u8]> {
    let mut output = Output { scratch, length: 0, bytes_max };
    let unpacked = match compression {
        Compression::None if packed.len() > bytes_max => Err(Failure::Full),
        Compression::None => return Ok(packed),
        Compression::Gzip => gzip::decompress(packed, &mut output),
        Compression::Snappy => snappy::decompress(packed, &mut output),
        Compression::Lz4 => lz4::decompress(packed, &mut output),
        Compression::Zstd => decompress_zstd(packed, &mut output),
    };
    let codec = compression.as_str();
    match unpacked {
        Ok(()) => Ok(&output.scratch[..output.length]),
        Err(Failure::Full) => Err(Error::OutputLimit { bytes_max }),
        Err(Failure::Codec(reason)) => Err(Error::Decompress { codec, reason }),
    }
}

/// Why unpacking stopped.
enum Failure {
    /// The caller's limit is reached.
    Full,
    /// The codec does not understand its input.
    Codec(String),
}

impl From<&str> for Failure {
    fn from(reason: &str) -> Self {
        Failure::Codec(reason.to_owned())
    }
}

/// Where unpacked bytes go: `scratch[..length]`, never beyond `bytes_max`.
struct Output<'a> {
    scratch: &'a mut Vec<u8>,
    length: usize,
    bytes_max: usize,
}

impl Output<'_> {
    /// What is written so far, and room behind it for `wanted` bytes, or for as many as the limit allows.
    fn split(&mut self, wanted: usize) -> (&[u8], &mut [u8]) {
        let end = self.length.saturating_add(wanted).min(self.bytes_max);
        if self.scratch.len() < end {
            self.scratch.resize(end, 0);
        }
        let (written, room) = self.scratch.split_at_mut(self.length);
        (written, &mut room[..end - self.length])
    }

    fn room(&mut self, wanted: usize) -> &mut [u8] {
        self.split(wanted).1
    }

    fn left(&self) -> usize {
        self.bytes_max - self.length
    }
}

thread_local! {
    /// One per thread: its tables are 160 KB, more than many a batch.
    static ZSTD: std::cell::RefCell<Option<zstd::bulk::Decompressor<'static>>> =
        const { std::cell::RefCell::new(None) };
}

/// The output is guessed from what earlier batches needed and grows fourfold until it fits: one call with
/// the whole output at hand needs no window beside it, whatever the frame's header asks for.
fn decompress_zstd(packed: &[u8], output: &mut Output<'_>) -> Result<(), Failure> {
    ZSTD.with_borrow_mut(|kept| {
        let zstd = match kept {
            Some(zstd) => zstd,
            None => kept
                .insert(zstd::bulk::Decompressor::new().map_err(|error| Failure::Codec(error.to_string()))?),
        };
        let mut wanted = output.scratch.len().max(packed.len() * 4).max(1 << 14);
        loop {
            let room = output.room(wanted);
            let size = room.len();
            match zstd.decompress_to_buffer(packed, room) {
                Ok(length) => {
                    output.length = length;
                    return Ok(());
                }
                Err(error) if !is_too_small(&error) => return Err(Failure::Codec(error.to_string())),
                Err(_) if size == output.bytes_max => return Err(Failure::Full),
                Err(_) => wanted = size.saturating_mul(4),
            }
        }
    })
}

/// The binding hands on only the library's words for its error 70.
fn is_too_small(error: &std::io::Error) -> bool {
    error.to_string().contains("Destination buffer is too small")
}
