//! LZ4 frames: written with independent blocks, which is all that Kafka's Java client reads; any frame is
//! read. Checksums inside a frame are passed over: the batch's own covers the same bytes.

use lz4_flex::block::{
    CompressTable, DecompressError, compress_into_with_table, decompress_into, decompress_into_with_dict,
    get_maximum_output_size,
};

use super::{Failure, Output, grow};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// Version 1, independent blocks, no checksums, no content size; blocks of 64 KiB; header checksum.
const FRAME_HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
/// A little less than the 64 KiB a block may have: positions fit the smaller of the two hash tables.
const BLOCK_BYTES: usize = (64 << 10) - 2;
/// A block of length 0.
const END_MARK: [u8; 4] = [0; 4];
const STORED: u32 = 1 << 31;
/// How far back a block may point into those before it.
const WINDOW_BYTES: usize = 64 << 10;

/// The hash table, kept from batch to batch.
pub(crate) struct Compressor(CompressTable);

impl Default for Compressor {
    fn default() -> Self {
        Compressor(CompressTable::small())
    }
}

impl Compressor {
    pub(super) fn compress(&mut self, input: &[u8], room: usize, out: &mut Vec<u8>) -> Result<usize, String> {
        let blocks = input.len().div_ceil(BLOCK_BYTES);
        let mut at = room + FRAME_HEADER.len();
        let out = grow(out, at + blocks * (4 + get_maximum_output_size(BLOCK_BYTES)) + END_MARK.len());
        out[room..at].copy_from_slice(&FRAME_HEADER);
        for block in input.chunks(BLOCK_BYTES) {
            at += self.compress_block(block, &mut out[at..])?;
        }
        out[at..at + END_MARK.len()].copy_from_slice(&END_MARK);
        Ok(at + END_MARK.len())
    }

    fn compress_block(&mut self, block: &[u8], out: &mut [u8]) -> Result<usize, String> {
        let (prefix, body) = out.split_at_mut(4);
        let length = compress_into_with_table(block, body, &mut self.0).map_err(|error| error.to_string())?;
        let stored = length >= block.len();
        let length = if stored { block.len() } else { length };
        if stored {
            body[..length].copy_from_slice(block);
        }
        let flag = if stored { STORED } else { 0 };
        prefix.copy_from_slice(&(length as u32 | flag).to_le_bytes());
        Ok(4 + length)
    }
}

/// What a frame's header says about its blocks.
struct Frame {
    independent: bool,
    block_checksums: bool,
    content_checksum: bool,
    block_bytes_max: usize,
}

pub(super) fn decompress(packed: &[u8], output: &mut Output<'_>) -> Result<(), Failure> {
    let (frame, mut rest) = Frame::read(packed).ok_or("no LZ4 frame header")?;
    loop {
        let (length, after) = rest.split_first_chunk().ok_or("a block's length is cut")?;
        let length = u32::from_le_bytes(*length);
        if length == 0 {
            return frame.check_end(after);
        }
        let size = (length & !STORED) as usize;
        let (block, after) = after.split_at_checked(size).ok_or("a block is cut")?;
        frame.decompress_block(block, length & STORED != 0, output)?;
        rest = after.get(if frame.block_checksums { 4 } else { 0 }..).ok_or("a block's checksum is cut")?;
    }
}

impl Frame {
    fn read(packed: &[u8]) -> Option<(Self, &[u8])> {
        let rest = packed.strip_prefix(&MAGIC)?;
        let (&[flags, descriptor], rest) = rest.split_first_chunk()?;
        let block_bytes_max = match descriptor >> 4 & 7 {
            size @ 4..=7 => 1 << (8 + 2 * size),
            _ => return None,
        };
        let (version, dictionary) = (flags >> 6, flags & 1);
        if version != 1 || dictionary == 1 {
            return None;
        }
        let content_size = if flags & 8 == 0 { 0 } else { 8 };
        let frame = Frame {
            independent: flags & 0x20 != 0,
            block_checksums: flags & 0x10 != 0,
            content_checksum: flags & 4 != 0,
            block_bytes_max,
        };
        Some((frame, rest.get(content_size + 1..)?))
    }

    fn check_end(&self, rest: &[u8]) -> Result<(), Failure> {
        let expected = if self.content_checksum { 4 } else { 0 };
        if rest.len() == expected { Ok(()) } else { Err("bytes follow the end of the frame".into()) }
    }

    fn decompress_block(&self, block: &[u8], stored: bool, output: &mut Output<'_>) -> Result<(), Failure> {
        if stored && block.len() > output.left() {
            return Err(Failure::Full);
        }
        if stored {
            output.room(block.len()).copy_from_slice(block);
            output.length += block.len();
            return Ok(());
        }
        // A byte of input makes at most 255 of output: a small block is not given a large room.
        let most = self.block_bytes_max.min(block.len().saturating_mul(255));
        let full = most > output.left();
        let (written, room) = output.split(most);
        let unpacked = if self.independent {
            decompress_into(block, room)
        } else {
            let window = &written[written.len().saturating_sub(WINDOW_BYTES)..];
            decompress_into_with_dict(block, room, window)
        };
        match unpacked {
            Ok(length) => output.length += length,
            Err(DecompressError::OutputTooSmall { .. }) if full => return Err(Failure::Full),
            Err(error) => return Err(Failure::Codec(error.to_string())),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

    use super::*;

    fn text(length: usize) -> Vec<u8> {
        (0..length).map(|at| b"GET /index.html 200 "[at % 20] ^ (at / 977 % 3) as u8).collect()
    }

    #[test]
    fn another_decoder_reads_our_frames() {
        for length in [1, 100, BLOCK_BYTES, BLOCK_BYTES + 1, 300_000] {
            let mut packed = Vec::new();
            let end = Compressor::default().compress(&text(length), 3, &mut packed).unwrap();
            let mut unpacked = Vec::new();
            FrameDecoder::new(&packed[3..end]).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, text(length));
        }
    }

    #[test]
    fn reads_every_kind_of_frame() {
        for mode in [BlockMode::Independent, BlockMode::Linked] {
            for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max4MB] {
                for checksums in [false, true] {
                    let info = FrameInfo::new()
                        .block_mode(mode)
                        .block_size(size)
                        .block_checksums(checksums)
                        .content_checksum(checksums)
                        .content_size(checksums.then_some(300_000));
                    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
                    encoder.write_all(&text(300_000)).unwrap();
                    let packed = encoder.finish().unwrap();
                    let mut scratch = Vec::new();
                    let mut output = Output { scratch: &mut scratch, length: 0, bytes_max: 1 << 20 };
                    assert!(decompress(&packed, &mut output).is_ok());
                    let length = output.length;
                    assert_eq!(scratch[..length], text(300_000));
                }
            }
        }
    }
}
