//! What a request's body is once decompressed.
//!
//! The first bytes decide the codec: clients are known to announce another one than they send. The header
//! counts in one case only, raw deflate, which has no magic. What comes out is never over
//! [`BODY_BYTES_MAX`].

use std::io::Read;

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use girok_event::limits::BODY_BYTES_MAX;

use crate::IngestError;

/// A codec that a body may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Plain,
    Gzip,
    Zlib,
    Zstd,
    /// Announced as deflate without zlib's header; plain if it does not inflate.
    RawDeflate,
}

/// Whether `decode` would have to decompress `body`.
pub(crate) fn is_compressed(body: &[u8], content_encoding: Option<&str>) -> bool {
    codec(body, content_encoding) != Codec::Plain
}

/// The bytes of `body`, decompressed if it is compressed.
///
/// # Errors
/// If it does not decompress, or is over [`BODY_BYTES_MAX`] bytes.
pub(crate) fn decode(body: Bytes, content_encoding: Option<&str>) -> Result<Bytes, IngestError> {
    decode_within(body, content_encoding, BODY_BYTES_MAX)
}

fn decode_within(
    body: Bytes,
    content_encoding: Option<&str>,
    limit_bytes: usize,
) -> Result<Bytes, IngestError> {
    let input = body.clone();
    match codec(&body, content_encoding) {
        Codec::Plain if body.len() > limit_bytes => Err(IngestError::BodyTooLarge { limit_bytes }),
        Codec::Plain => Ok(body),
        Codec::Gzip => read_within("gzip", MultiGzDecoder::new(&input[..]), input.len(), limit_bytes),
        Codec::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(&input[..])
                .map_err(|error| IngestError::Decompress { codec: "zstd", reason: error.to_string() })?;
            read_within("zstd", decoder, input.len(), limit_bytes)
        }
        Codec::Zlib => {
            let inflated = read_within("zlib", ZlibDecoder::new(&input[..]), input.len(), limit_bytes);
            plain_if_text(inflated, body)
        }
        Codec::RawDeflate => {
            let inflated = read_within("deflate", DeflateDecoder::new(&input[..]), input.len(), limit_bytes);
            plain_if_text(inflated, body)
        }
    }
}

fn codec(body: &[u8], content_encoding: Option<&str>) -> Codec {
    match body {
        [0x1f, 0x8b, ..] => Codec::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Codec::Zstd,
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Codec::Zlib,
        _ if content_encoding.is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("deflate")) => {
            Codec::RawDeflate
        }
        _ => Codec::Plain,
    }
}

/// `x^` begins a zlib stream, and text as well: what is text does not inflate.
fn plain_if_text(inflated: Result<Bytes, IngestError>, body: Bytes) -> Result<Bytes, IngestError> {
    match inflated {
        Err(IngestError::Decompress { .. }) if std::str::from_utf8(&body).is_ok() => Ok(body),
        other => other,
    }
}

fn read_within(
    codec: &'static str,
    decoder: impl Read,
    compressed_bytes: usize,
    limit_bytes: usize,
) -> Result<Bytes, IngestError> {
    let mut out = Vec::with_capacity(compressed_bytes.saturating_mul(4).min(limit_bytes).min(64 << 20));
    decoder
        .take(limit_bytes as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|error| IngestError::Decompress { codec, reason: error.to_string() })?;
    if out.len() > limit_bytes {
        return Err(IngestError::BodyTooLarge { limit_bytes });
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[track_caller]
    fn check(body: Vec<u8>, content_encoding: Option<&str>, expected: &[u8]) {
        assert_eq!(decode(body.into(), content_encoding).unwrap(), expected);
    }

    #[test]
    fn the_bytes_decide_the_codec() {
        let text = b"a line\nanother\n".as_slice();
        check(text.to_vec(), None, text);
        check(text.to_vec(), Some("gzip"), text);
        check(gzip(text), None, text);
        check(gzip(text), Some("gzip,deflate"), text);
        check(zlib(text, 6), Some("gzip,deflate"), text);
        check(zlib(text, 9), None, text);
        check(zstd::encode_all(text, 3).unwrap(), None, text);
        check(deflate(text), Some("deflate"), text);
        check([gzip(b"a\n"), gzip(b"b\n")].concat(), None, b"a\nb\n");
    }

    #[test]
    fn text_that_looks_like_a_codec_stays_text() {
        check(b"x^2 is a square".to_vec(), None, b"x^2 is a square");
        check(b"plain".to_vec(), Some("deflate"), b"plain");
    }

    #[test]
    fn broken_and_oversized_bodies_are_refused_by_name() {
        let mut cut = gzip(&[7; 1000]);
        cut.truncate(20);
        let error = decode(cut.into(), None).unwrap_err().to_string();
        assert!(error.starts_with("cannot decompress the body as gzip: "), "{error}");

        for bomb in [
            gzip(&[0; 5000]),
            zlib(&[0; 5000], 6),
            zstd::encode_all(&[0u8; 5000][..], 3).unwrap(),
            vec![b'a'; 5000],
        ] {
            let error = decode_within(bomb.into(), None, 4096).unwrap_err();
            assert_eq!(error, IngestError::BodyTooLarge { limit_bytes: 4096 });
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), magic in 0usize..5) {
            let magics: [&[u8]; 5] = [b"", &[0x1f, 0x8b, 8], &[0x28, 0xb5, 0x2f, 0xfd], &[0x78, 0x9c], b"x^"];
            let body = [magics[magic], &bytes[..]].concat();
            let _ = decode_within(body.clone().into(), None, 1 << 16);
            let _ = decode_within(body.into(), Some("deflate"), 1 << 16);
        }
    }
}
