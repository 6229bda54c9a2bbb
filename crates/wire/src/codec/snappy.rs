//! Snappy: written in the framing of Java's `xerial` library, as Kafka's own clients do; read in it or as
//! one plain block, as other clients send it.

use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use super::{Failure, Output, grow};

/// Magic, version 1, oldest compatible version 1.
const XERIAL_HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
const BLOCK_BYTES: usize = 32 << 10;

pub(super) fn compress(input: &[u8], room: usize, out: &mut Vec<u8>) -> Result<usize, String> {
    let mut encoder = Encoder::new();
    let blocks = input.len().div_ceil(BLOCK_BYTES);
    let mut at = room + XERIAL_HEADER.len();
    let out = grow(out, at + blocks * (4 + max_compress_len(BLOCK_BYTES)));
    out[room..at].copy_from_slice(&XERIAL_HEADER);
    for block in input.chunks(BLOCK_BYTES) {
        let length = encoder.compress(block, &mut out[at + 4..]).map_err(|error| error.to_string())?;
        out[at..at + 4].copy_from_slice(&(length as u32).to_be_bytes());
        at += 4 + length;
    }
    Ok(at)
}

pub(super) fn decompress(packed: &[u8], output: &mut Output<'_>) -> Result<(), Failure> {
    // The versions behind the magic differ between writers and change nothing.
    if !packed.starts_with(&XERIAL_HEADER[..8]) {
        return decompress_block(packed, output);
    }
    let mut rest = packed.get(XERIAL_HEADER.len()..).ok_or("the xerial header is cut")?;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk().ok_or("a block's length is cut")?;
        let length = u32::from_be_bytes(*length) as usize;
        let (block, after) = after.split_at_checked(length).ok_or("a block is cut")?;
        decompress_block(block, output)?;
        rest = after;
    }
    Ok(())
}

fn decompress_block(block: &[u8], output: &mut Output<'_>) -> Result<(), Failure> {
    let words = |error: snap::Error| Failure::Codec(error.to_string());
    let length = decompress_len(block).map_err(words)?;
    if length > output.left() {
        return Err(Failure::Full);
    }
    // A copy makes at most 64 bytes of 2 of input, so a length beyond 32 times the block is a lie.
    if length > block.len().saturating_mul(32) {
        return Err("a block's length is more than its bytes can give".into());
    }
    let written = Decoder::new().decompress(block, output.room(length)).map_err(words)?;
    output.length += written;
    Ok(())
}
