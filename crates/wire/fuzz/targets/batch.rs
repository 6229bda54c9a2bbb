//! Any bytes may be record batches, in any codec, and say anything about their size.

#![no_main]

use girok_wire::{BatchView, HEADER_BYTES, split_batches};
use libfuzzer_sys::fuzz_target;

/// What a batch may unpack to.
const UNPACKED_BYTES_MAX: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    walk(bytes);
    // With a checksum that fits, so that the fuzzer gets past it.
    if bytes.len() >= HEADER_BYTES {
        let mut sealed = bytes.to_vec();
        let length = (sealed.len() - 12) as i32;
        sealed[8..12].copy_from_slice(&length.to_be_bytes());
        sealed[16] = 2;
        let sum = crc32c::crc32c(&sealed[21..]);
        sealed[17..21].copy_from_slice(&sum.to_be_bytes());
        walk(&sealed);
    }
});

fn walk(bytes: &[u8]) {
    let mut scratch = Vec::new();
    for batch in split_batches(&bytes.to_vec().into()).flatten() {
        let Ok(view) = BatchView::parse(&batch) else { continue };
        let Ok(records) = view.records(&mut scratch, UNPACKED_BYTES_MAX) else { continue };
        for record in records.flatten() {
            std::hint::black_box(record.headers().count());
        }
    }
    assert!(scratch.capacity() <= 2 * UNPACKED_BYTES_MAX, "unpacked to {} bytes", scratch.capacity());
}
