//! Bytes that are not what was written are refused by name, whatever they are; the rest stays readable.

use std::path::Path;

use bytes::Bytes;
use futures::executor::block_on;
use girok_store::{FORMAT_VERSION, PartFault, PartFile, StoreError};

use crate::support::{dataset, fill, local, open, part, rows};

/// Puts `bytes` where a part is and verifies it.
fn verify(dir: &Path, bytes: &[u8]) -> Result<girok_store::Verified, StoreError> {
    let file = dir.join("part.parquet");
    std::fs::write(&file, bytes).unwrap();
    PartFile::open(&file)?.verify()
}

/// Reads `bytes` as a server reads a part: its index, then every row. The reader is fed only what is right.
fn read(dir: &Path, meta: &girok_store::PartMeta, bytes: &[u8]) -> Result<(), StoreError> {
    let parts = local(dir);
    block_on(parts.put(&meta.path, Bytes::copy_from_slice(bytes)))?;
    let index = block_on(parts.index(meta));
    let whole = block_on(parts.read(&meta.path));
    assert_eq!(parts.quarantine().is_empty(), index.is_ok() && whole.is_ok());
    index?;
    whole.map(drop)
}

#[test]
fn a_whole_part_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let part = part(1, 0..500);
    let verified = verify(dir.path(), &part.bytes).unwrap();
    assert_eq!((verified.rows, verified.size_bytes), (500, part.bytes.len() as u64));
    assert!(verified.has_checksums);
    read(dir.path(), &part.meta, &part.bytes).unwrap();
    let inspection = PartFile::open(&dir.path().join("part.parquet")).unwrap().inspect().unwrap();
    assert_eq!((inspection.rows, inspection.version), (500, FORMAT_VERSION));
    let columns: u64 = inspection.columns.iter().map(|column| column.compressed_bytes).sum();
    assert_eq!(columns, inspection.column_bytes);
    assert!(inspection.index.offset >= columns && !inspection.sections.is_empty());
}

/// Every place is tried with `GIROK_TEST_ROUNDS` set; otherwise every eleventh, and all at the end.
#[test]
fn any_changed_byte_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let part = part(1, 0..40);
    let all = std::env::var_os("GIROK_TEST_ROUNDS").is_some();
    let tail = part.bytes.len().saturating_sub(600);
    for at in (0..part.bytes.len()).filter(|at| all || at % 11 == 0 || *at > tail) {
        for bit in [0x01, 0x80, 0xff] {
            let mut changed = part.bytes.to_vec();
            changed[at] ^= bit;
            let error = verify(dir.path(), &changed).expect_err(&format!("byte {at} ^ {bit:02x}"));
            assert_ne!(error.part_fault(), PartFault::Other, "byte {at} ^ {bit:02x}: {error:?}");
            assert!(error.to_string().contains("part.parquet"), "{error}");
            assert!(read(dir.path(), &part.meta, &changed).is_err(), "byte {at} ^ {bit:02x}");
        }
    }
}

#[test]
fn any_cut_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let part = part(1, 0..40);
    for length in (0..part.bytes.len()).step_by(97).chain([1, 4, 8, 12, part.bytes.len() - 1]) {
        let error = verify(dir.path(), &part.bytes[..length]).expect_err(&format!("{length} bytes"));
        assert_eq!(error.part_fault(), PartFault::Damaged, "{length} bytes: {error:?}");
        assert!(read(dir.path(), &part.meta, &part.bytes[..length]).is_err(), "{length} bytes");
    }
    let longer = [&part.bytes[..], b"PAR1"].concat();
    assert!(verify(dir.path(), &longer).is_err());
}

#[test]
fn a_newer_version_and_huge_lengths_say_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let part = part(1, 0..40);
    let mut newer = part.bytes.to_vec();
    let key = b"girok.part";
    let at = newer.windows(key.len()).rposition(|bytes| bytes == key).unwrap();
    let version = format!("\"version\":{FORMAT_VERSION}");
    let digit = newer[at..].windows(version.len()).position(|bytes| bytes == version.as_bytes()).unwrap()
        + at
        + version.len()
        - 1;
    newer[digit] = b'9';
    let error = verify(dir.path(), &newer).unwrap_err();
    assert_eq!(error.part_fault(), PartFault::Newer, "{error:?}");

    let mut huge = part.bytes.to_vec();
    let length = huge.len() - 8;
    huge[length..length + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = verify(dir.path(), &huge).unwrap_err();
    assert_eq!(error.part_fault(), PartFault::Damaged);
    let mut index = part.meta.clone();
    index.index.length = u64::MAX;
    let parts = local(dir.path());
    block_on(parts.put(&index.path, part.bytes)).unwrap();
    assert!(block_on(parts.index(&index)).is_err());
}

#[test]
fn queries_go_on_without_a_damaged_part_and_are_told_which() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), local(dir.path()));
    fill(&store, 3, 5);
    let damaged = store.catalog.snapshot().parts(&dataset())[1].clone();
    let file = dir.path().join("parts").join(&damaged.path);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    let store = open(dir.path(), local(dir.path()));
    assert_eq!(store.view(&dataset()).out, [], "nobody has looked yet");
    assert!(block_on(store.parts.read(&damaged.path)).is_err());
    let view = store.view(&dataset());
    assert_eq!(view.parts.len(), 2);
    assert_eq!(view.out.len(), 1);
    assert_eq!(view.out[0].path, damaged.path);
    assert!(file.exists(), "it is left where it is");

    std::fs::remove_file(&file).unwrap();
    let store = open(dir.path(), local(dir.path()));
    block_on(store.parts.clean_up(&store.catalog)).unwrap();
    assert_eq!(store.view(&dataset()).out[0].reason, "its file is missing");
    bytes[100] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    let store = open(dir.path(), local(dir.path()));
    block_on(store.parts.clean_up(&store.catalog)).unwrap();
    assert_eq!(rows(&store).len(), 15, "what was restored is there again after a start");
}
