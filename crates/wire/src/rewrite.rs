//! What is left of a batch when some of its records go? For compaction, which alone leaves records out.
//!
//! What stays keeps its offset, time and codec, and the batch its place: base offset and last offset are as they
//! were, so the offsets between are simply not there any more.

use crate::codec::Compressor;
use crate::header::{CRC_FROM, DELETE_HORIZON, HEADER_BYTES, LENGTH_PREFIX_BYTES};
use crate::{BatchView, Error, RecordView, Result, varint};

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewritten {
    /// All of it stays, as it is.
    Same,
    /// Nothing of it stays.
    Nothing,
    /// This stays.
    Batch(Vec<u8>),
}

/// Leaves out the records that `keep` does not want. A batch with records without value notes from when on
/// these may go, the first time: `delete_horizon_ms`. Records that unpack to more than `output_bytes_max` are refused.
pub fn rewrite_batch(
    batch: &BatchView<'_>,
    mut keep: impl FnMut(&RecordView<'_>) -> bool,
    delete_horizon_ms: i64,
    scratch: &mut Vec<u8>,
    output_bytes_max: usize,
) -> Result<Rewritten> {
    let mut records = Vec::new();
    let mut time_max = i64::MIN;
    for record in batch.records(scratch, output_bytes_max)? {
        let record = record?;
        if keep(&record) {
            time_max = time_max.max(record.timestamp_ms);
            records.push(record);
        }
    }
    if records.is_empty() {
        return Ok(Rewritten::Nothing);
    }
    let has_deletes = records.iter().any(|record| record.value.is_none());
    let horizon_ms = batch.delete_horizon_ms().or(has_deletes.then_some(delete_horizon_ms));
    if records.len() == batch.count() && horizon_ms == batch.delete_horizon_ms() {
        return Ok(Rewritten::Same);
    }
    // A noted horizon takes the place of the base timestamp.
    let base_timestamp = horizon_ms.unwrap_or(batch.base_timestamp);
    let mut plain = vec![0; HEADER_BYTES];
    for record in &records {
        put_record(&mut plain, record, record.offset - batch.base_offset(), base_timestamp);
    }
    let mut compressor = Compressor::new(batch.compression()?);
    let mut bytes = Vec::new();
    let length = compressor.compress(&plain[HEADER_BYTES..], HEADER_BYTES, &mut bytes)?;
    bytes.truncate(length);
    let too_large = |_| Error::TooLarge { size_bytes: length, count: records.len() };
    let size = i32::try_from(length - LENGTH_PREFIX_BYTES).map_err(too_large)?;
    bytes[..HEADER_BYTES].copy_from_slice(batch.header_bytes());
    bytes[8..12].copy_from_slice(&size.to_be_bytes());
    if horizon_ms.is_some() {
        bytes[22] |= DELETE_HORIZON as u8;
    }
    bytes[27..35].copy_from_slice(&base_timestamp.to_be_bytes());
    bytes[35..43].copy_from_slice(&time_max.to_be_bytes());
    bytes[57..61].copy_from_slice(&(records.len() as i32).to_be_bytes());
    let crc = crc32c::crc32c(&bytes[CRC_FROM..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    Ok(Rewritten::Batch(bytes))
}

fn put_record(out: &mut Vec<u8>, record: &RecordView<'_>, offset_delta: i64, base_timestamp: i64) {
    let mut body = vec![0];
    varint::put(&mut body, record.timestamp_ms.wrapping_sub(base_timestamp));
    varint::put(&mut body, offset_delta);
    put_nullable(&mut body, record.key);
    put_nullable(&mut body, record.value);
    varint::put(&mut body, record.headers().count() as i64);
    for header in record.headers() {
        put_nullable(&mut body, Some(header.key.as_bytes()));
        put_nullable(&mut body, header.value);
    }
    varint::put(out, body.len() as i64);
    out.extend_from_slice(&body);
}

fn put_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint::put(out, bytes.map_or(-1, |bytes| bytes.len() as i64));
    out.extend_from_slice(bytes.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchBuilder, Compression, patch_offset};

    fn sample(compression: Compression) -> Vec<u8> {
        let mut builder = BatchBuilder::new(compression);
        for at in 0..5 {
            let key = format!("k{at}");
            let value = (at != 3).then_some(&b"value"[..]);
            builder.append(100 + at, Some(key.as_bytes()), value, &[("h", b"1"), ("h", b"2")]);
        }
        let mut batch = builder.finish().unwrap().to_vec();
        patch_offset(&mut batch, 40, 3);
        batch
    }

    fn seen(batch: &[u8]) -> Vec<(i64, i64, String)> {
        let (view, mut scratch) = (BatchView::parse(batch).unwrap(), Vec::new());
        let records = view.records(&mut scratch, 1 << 20).unwrap().map(Result::unwrap);
        let text = |record: &RecordView<'_>| {
            let headers = record.headers().map(|header| format!("{}={:?}", header.key, header.value));
            format!("{:?} {:?} {:?}", record.key, record.value, headers.collect::<Vec<_>>())
        };
        records.map(|record| (record.offset, record.timestamp_ms, text(&record))).collect()
    }

    #[test]
    fn what_stays_keeps_its_offset_and_time() {
        for compression in [Compression::None, Compression::Lz4, Compression::Zstd] {
            let (batch, mut scratch) = (sample(compression), Vec::new());
            let view = BatchView::parse(&batch).unwrap();
            let mut rewrite = |keep: &[i64]| {
                rewrite_batch(&view, |record| keep.contains(&record.offset), 9000, &mut scratch, 1 << 20)
                    .unwrap()
            };
            assert_eq!(rewrite(&[]), Rewritten::Nothing);
            for (first, second, horizon) in [(1, 2, None), (1, 3, Some(9000))] {
                let Rewritten::Batch(left) = rewrite(&[40 + first, 40 + second]) else { panic!("two stay") };
                let before = seen(&batch);
                let kept = [before[first as usize].clone(), before[second as usize].clone()];
                assert_eq!(seen(&left), kept, "{compression:?}");
                let left = BatchView::parse(&left).unwrap();
                assert_eq!((left.base_offset(), left.last_offset(), left.leader_epoch), (40, 44, 3));
                assert_eq!((left.max_timestamp(), left.delete_horizon_ms()), (100 + second, horizon));
            }
        }
    }

    #[test]
    fn a_horizon_is_noted_once() {
        let (batch, mut scratch) = (sample(Compression::None), Vec::new());
        let view = BatchView::parse(&batch).unwrap();
        let noted = rewrite_batch(&view, |_| true, 7, &mut scratch, 1 << 20).unwrap();
        let Rewritten::Batch(noted) = noted else { panic!("the horizon is new") };
        let view = BatchView::parse(&noted).unwrap();
        assert_eq!(rewrite_batch(&view, |_| true, 9, &mut scratch, 1 << 20).unwrap(), Rewritten::Same);
        assert_eq!(seen(&noted), seen(&batch));
    }
}
