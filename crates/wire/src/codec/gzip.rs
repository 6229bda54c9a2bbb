//! Gzip: one member is written; any number of them is read.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{Failure, Output};

pub(super) fn compress(input: &[u8], room: usize, out: &mut Vec<u8>) -> Result<usize, String> {
    let mut writer = Cursor::new(out);
    writer.set_position(room as u64);
    let mut encoder = GzEncoder::new(writer, Compression::fast());
    encoder.write_all(input).map_err(|error| error.to_string())?;
    encoder.finish().map(|writer| writer.position() as usize).map_err(|error| error.to_string())
}

pub(super) fn decompress(packed: &[u8], output: &mut Output<'_>) -> Result<(), Failure> {
    let mut decoder = MultiGzDecoder::new(packed);
    loop {
        if output.left() == 0 {
            return at_end(&mut decoder);
        }
        match decoder.read(output.room(1 << 16)) {
            Ok(0) => return Ok(()),
            Ok(length) => output.length += length,
            Err(error) => return Err(Failure::Codec(error.to_string())),
        }
    }
}

fn at_end(decoder: &mut impl Read) -> Result<(), Failure> {
    match decoder.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(Failure::Full),
        Err(error) => Err(Failure::Codec(error.to_string())),
    }
}
