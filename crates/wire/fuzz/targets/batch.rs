//! Any bytes may be record batches, in any codec, and say anything about their size. Nothing panics, and nothing is
//! unpacked beyond the bound. What compaction leaves of a batch is a batch with the records that were to stay.

#![no_main]

use girok_wire::{BatchView, HEADER_BYTES, Marker, RecordView, Rewritten, rewrite_batch, split_batches};
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
        std::hint::black_box(Marker::decode(&batch));
        let Ok(records) = view.records(&mut scratch, UNPACKED_BYTES_MAX) else { continue };
        for record in records.flatten() {
            std::hint::black_box(record.headers().count());
        }
        rewrite(&view);
    }
    assert!(scratch.capacity() <= 2 * UNPACKED_BYTES_MAX, "unpacked to {} bytes", scratch.capacity());
}

/// What must survive of a record.
fn kept(record: &RecordView<'_>) -> (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>, usize) {
    let [key, value] = [record.key, record.value].map(|bytes| bytes.map(<[u8]>::to_vec));
    (record.offset, record.timestamp_ms, key, value, record.headers().count())
}

/// Leaves out every second record, as compaction may.
fn rewrite(view: &BatchView<'_>) {
    let (mut scratch, mut stays, mut at) = (Vec::new(), Vec::new(), 0);
    let keep = |record: &RecordView<'_>| {
        at += 1;
        if at % 2 == 1 {
            stays.push(kept(record));
        }
        at % 2 == 1
    };
    let Ok(Rewritten::Batch(bytes)) = rewrite_batch(view, keep, 7, &mut scratch, UNPACKED_BYTES_MAX) else {
        return;
    };
    let again = BatchView::parse(&bytes).expect("what was rewritten is a batch");
    let records = again.records(&mut scratch, 2 * UNPACKED_BYTES_MAX).expect("and can be unpacked");
    let found: Vec<_> = records.map(|record| kept(&record.expect("into records"))).collect();
    assert_eq!(found, stays);
}
