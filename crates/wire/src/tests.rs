//! Batches as a whole: every codec there and back, and bytes that lie.

use bytes::Bytes;
use proptest::prelude::*;

use crate::*;

const CODECS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

/// More than any test batch needs.
const CAP: usize = 1 << 22;

#[derive(Debug, Clone, PartialEq)]
struct Owned {
    timestamp_ms: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Vec<u8>)>,
}

fn encode(codec: Compression, records: &[Owned]) -> Bytes {
    let mut builder = BatchBuilder::new(codec);
    for record in records {
        let headers: Vec<_> = record.headers.iter().map(|(k, v)| (k.as_str(), v.as_slice())).collect();
        builder.append(record.timestamp_ms, record.key.as_deref(), record.value.as_deref(), &headers);
    }
    builder.finish().unwrap()
}

fn decode(batch: &[u8], cap: usize) -> Result<Vec<Owned>> {
    let mut scratch = Vec::new();
    let records = BatchView::parse(batch)?.records(&mut scratch, cap)?;
    records
        .map(|record| {
            let record = record?;
            Ok(Owned {
                timestamp_ms: record.timestamp_ms,
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.map(<[u8]>::to_vec),
                headers: record
                    .headers()
                    .map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec()))
                    .collect(),
            })
        })
        .collect()
}

/// The batch with its checksum made right again, as an attacker would send it.
fn seal(mut batch: Vec<u8>) -> Vec<u8> {
    let length = (batch.len() - LENGTH_PREFIX_BYTES) as i32;
    batch[8..12].copy_from_slice(&length.to_be_bytes());
    let crc = crc32c::crc32c(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
    batch
}

fn one(value: &[u8]) -> Owned {
    Owned { timestamp_ms: 7, key: None, value: Some(value.to_vec()), headers: Vec::new() }
}

/// A batch of `codec` whose packed records are `packed`.
fn crafted(codec: Compression, packed: &[u8]) -> Vec<u8> {
    let mut batch = encode(Compression::None, &[one(b"")])[..HEADER_BYTES].to_vec();
    batch[21..23].copy_from_slice(&codec.number().to_be_bytes());
    batch.extend_from_slice(packed);
    seal(batch)
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..max),
        (any::<u8>(), 0..max).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

fn record() -> impl Strategy<Value = Owned> {
    let headers = proptest::collection::vec(("[a-b]{0,2}", bytes(20)), 0..4);
    let timestamp = prop_oneof![0i64..2_000_000_000_000, any::<i64>()];
    (timestamp, proptest::option::of(bytes(40)), proptest::option::of(bytes(400)), headers)
        .prop_map(|(timestamp_ms, key, value, headers)| Owned { timestamp_ms, key, value, headers })
}

proptest! {
    #[test]
    fn decode_gives_back_what_was_encoded(
        records in proptest::collection::vec(record(), 1..60),
        codec in proptest::sample::select(&CODECS[..]),
    ) {
        let batch = encode(codec, &records);
        prop_assert_eq!(decode(&batch, CAP).unwrap(), records);
    }

    #[test]
    fn any_bytes_are_an_error_or_a_batch(noise in bytes(300)) {
        let _ = decode(&noise, 1000);
        for codec in CODECS {
            let mut scratch = Vec::new();
            let batch = crafted(codec, &noise);
            if let Ok(records) = BatchView::parse(&batch).unwrap().records(&mut scratch, 1000) {
                prop_assert!(records.count() <= 2);
            }
            prop_assert!(scratch.capacity() <= 2000, "{} bytes taken", scratch.capacity());
        }
    }

    #[test]
    fn damaged_payloads_never_panic(
        records in proptest::collection::vec(record(), 1..20),
        codec in proptest::sample::select(&CODECS[..]),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut batch = encode(codec, &records).to_vec();
        for (index, byte) in &damage {
            let at = 21 + index.index(batch.len() - 21);
            batch[at] ^= byte;
        }
        let _ = decode(&seal(batch), CAP);
    }

    #[test]
    fn a_changed_bit_is_noticed(at in 16usize..200, bit in 0u8..8) {
        let mut batch = encode(Compression::None, &[one(&[b'x'; 200])]).to_vec();
        batch[at] ^= 1 << bit;
        prop_assert!(decode(&batch, CAP).is_err());
    }
}

#[test]
fn duplicate_header_names_are_kept() {
    let mut record = one(b"v");
    record.headers = vec![("a".into(), b"1".to_vec()), ("a".into(), b"2".to_vec())];
    let batch = encode(Compression::Lz4, &[record.clone()]);
    assert_eq!(decode(&batch, CAP).unwrap(), [record]);
}

#[test]
fn builder_is_reusable_and_refuses_an_empty_batch() {
    for codec in CODECS {
        let mut builder = BatchBuilder::new(codec);
        assert!(matches!(builder.finish(), Err(Error::TooLarge { count: 0, .. })));
        for value in [&b"first"[..], b"second"] {
            builder.append(7, None, Some(value), &[]);
            assert_eq!(decode(&builder.finish().unwrap(), CAP).unwrap(), [one(value)]);
            assert!(builder.is_empty());
            assert_eq!(builder.size_bytes(), HEADER_BYTES);
        }
    }
}

#[test]
fn patched_batch_keeps_its_checksum() {
    let mut batch = encode(Compression::Zstd, &[one(b"a"), one(b"b")]).to_vec();
    patch_offset(&mut batch, 1 << 40, 3);
    let view = BatchView::parse(&batch).unwrap();
    assert_eq!((view.base_offset(), view.last_offset(), view.leader_epoch), (1 << 40, (1 << 40) + 1, 3));
    let mut scratch = Vec::new();
    let offsets: Vec<_> =
        view.records(&mut scratch, CAP).unwrap().map(|record| record.unwrap().offset).collect();
    assert_eq!(offsets, [1 << 40, (1 << 40) + 1]);
}

#[test]
fn concatenated_batches_are_split() {
    let first = encode(Compression::None, &[one(b"a")]);
    let second = encode(Compression::Lz4, &[one(b"b")]);
    let both = Bytes::from([&first[..], &second].concat());
    let split: Vec<_> = split_batches(&both).map(Result::unwrap).collect();
    assert_eq!(split, [first.clone(), second]);
    let cut: Vec<_> = split_batches(&both.slice(..both.len() - 1)).collect();
    assert_eq!(cut[0], Ok(first));
    assert!(matches!(cut[1], Err(Error::Truncated { .. })));
    assert_eq!(cut.len(), 2);
}

#[test]
fn broken_headers_are_named() {
    let good = encode(Compression::None, &[one(b"a")]).to_vec();
    let change = |at: usize, byte: u8| {
        let mut batch = good.clone();
        batch[at] = byte;
        BatchView::parse(&batch).unwrap_err()
    };
    assert!(matches!(change(16, 1), Error::Magic { magic: 1 }));
    assert!(matches!(change(8, 0xff), Error::Length { .. }));
    assert!(matches!(change(11, good[11] - 1), Error::Length { .. }));
    assert!(matches!(change(60, 9), Error::Count { count: 9, last_offset_delta: 0 }));
    let mut gaps = good.clone();
    gaps[26] = 9;
    let gaps = BatchView::parse(&seal(gaps)).map(|view| view.check_dense());
    let expected = Error::Count { count: 1, last_offset_delta: 9 };
    assert_eq!(gaps.unwrap(), Err(expected), "compacted, but nothing that a producer may send");
    assert!(matches!(change(good.len() - 1, 9), Error::Crc { .. }));
    assert!(matches!(BatchView::parse(&good[..60]), Err(Error::Truncated { got: 60, expected: 61 })));
    let unknown = BatchView::parse(&crafted_codec(&good, 5)).unwrap_err();
    assert_eq!(unknown.to_string(), "cannot read batch: its codec is `5`, expected 0 to 4");
}

fn crafted_codec(batch: &[u8], codec: u8) -> Vec<u8> {
    let mut batch = batch.to_vec();
    batch[22] = codec;
    seal(batch)
}

#[test]
fn bombs_are_refused_by_name() {
    let zeros = one(&vec![0; 1 << 20]);
    for codec in CODECS {
        let batch = encode(codec, std::slice::from_ref(&zeros));
        let mut scratch = Vec::new();
        let refused = BatchView::parse(&batch).unwrap().records(&mut scratch, 10_000).unwrap_err();
        assert_eq!(refused, Error::OutputLimit { bytes_max: 10_000 }, "{codec:?}");
        assert_eq!(refused.kind(), ErrorKind::Limit);
        assert!(scratch.capacity() <= 20_000, "{codec:?} took {}", scratch.capacity());
    }
}

#[test]
fn lengths_that_lie_are_refused() {
    // A record of 2^31-1 bytes, a key of 2^31-1 bytes, and 2^31-1 headers, none of which is there.
    let huge = [0xfe, 0xff, 0xff, 0xff, 0x0f];
    let record = [&huge[..], &[0; 8]].concat();
    let key = [&[18, 0, 0, 0][..], &huge, &[0]].concat();
    let headers = [&[20, 0, 0, 0, 1, 1][..], &huge].concat();
    for (lie, reason) in [
        (record, "its length reaches past the end of the batch"),
        (key, "its key reaches past its end"),
        (headers, "a header is cut or its name is not UTF-8"),
    ] {
        let error = decode(&crafted(Compression::None, &lie), CAP).unwrap_err();
        assert_eq!(error, Error::Record { index: 0, reason });
    }
}

#[test]
fn plain_snappy_is_read() {
    let records = encode(Compression::None, &[one(b"raw")])[HEADER_BYTES..].to_vec();
    let packed = snap::raw::Encoder::new().compress_vec(&records).unwrap();
    assert_eq!(
        decode(&crafted(Compression::Snappy, &packed), CAP).unwrap()[0].value.as_deref(),
        Some(&b"raw"[..])
    );
}

#[test]
fn broker_time_replaces_the_records_own() {
    let mut batch = encode(Compression::None, &[one(b"a")]).to_vec();
    batch[22] |= 8;
    batch[35..43].copy_from_slice(&99i64.to_be_bytes());
    assert_eq!(decode(&seal(batch), CAP).unwrap()[0].timestamp_ms, 99);
}
