//! How sections lie in the bytes: magic, version, a table, the sections, a checksum.
//! Byte by byte in `docs/format/part.md`.

use std::ops::Range;

use crate::bytes::Reader;
use crate::{IndexError, checksum};

/// The first bytes of an index section.
pub const MAGIC: [u8; 4] = *b"GIDX";
/// The version of the container that is written, and the only one that is read.
pub const VERSION: u16 = 1;

const HEADER_BYTES: usize = 16;
const ENTRY_BYTES: usize = 24;
const CHECKSUM_BYTES: usize = 8;

const OUTSIDE: IndexError = IndexError::Corrupt { what: "a section lies outside of it" };

/// One section with its number and the version of its own layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section<B> {
    pub(crate) kind: u16,
    pub(crate) version: u16,
    pub(crate) bytes: B,
}

/// Puts sections into one container.
pub(crate) fn encode(sections: &[Section<Vec<u8>>]) -> Vec<u8> {
    let content: usize = sections.iter().map(|section| section.bytes.len()).sum();
    let mut at = HEADER_BYTES + sections.len() * ENTRY_BYTES;
    let length = at + content + CHECKSUM_BYTES;
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(sections.len() as u16).to_le_bytes());
    out.extend_from_slice(&(length as u64).to_le_bytes());
    for section in sections {
        out.extend_from_slice(&section.kind.to_le_bytes());
        out.extend_from_slice(&section.version.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(at as u64).to_le_bytes());
        out.extend_from_slice(&(section.bytes.len() as u64).to_le_bytes());
        at += section.bytes.len();
    }
    sections.iter().for_each(|section| out.extend_from_slice(&section.bytes));
    out.extend_from_slice(&checksum(&out).to_le_bytes());
    out
}

/// Takes a container apart after checking magic, version, length and checksum.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Section<&[u8]>>, IndexError> {
    let sections = contents(bytes, bytes.len() as u64)?;
    check_sum(bytes)?;
    let of_bytes = |Section { kind, version, bytes: at }: Section<Range<usize>>| {
        let bytes = bytes.get(at).ok_or(OUTSIDE)?;
        Ok(Section { kind, version, bytes })
    };
    sections.into_iter().map(of_bytes).collect()
}

/// Where the sections of a container of `length` bytes lie in it; `bytes` are its first ones.
pub(crate) fn contents(bytes: &[u8], length: u64) -> Result<Vec<Section<Range<usize>>>, IndexError> {
    let magic = &bytes[..bytes.len().min(MAGIC.len())];
    if magic != MAGIC {
        return Err(IndexError::BadMagic { got: magic.to_vec() });
    }
    let mut reader = Reader::new(&bytes[MAGIC.len()..]);
    let version = reader.u16()?;
    if version != VERSION {
        return Err(IndexError::UnknownVersion { got: version, known: VERSION });
    }
    let count = reader.u16()?;
    if reader.u64()? != length {
        return Err(IndexError::Corrupt { what: "its length differs from the one in its header" });
    }
    (0..count).map(|_| take_section(&mut reader, length)).collect()
}

fn check_sum(bytes: &[u8]) -> Result<(), IndexError> {
    let (covered, stored) =
        bytes.split_last_chunk().ok_or(IndexError::Corrupt { what: "it ends before its checksum" })?;
    let (expected, got) = (u64::from_le_bytes(*stored), checksum(covered));
    if got == expected { Ok(()) } else { Err(IndexError::Checksum { expected, got }) }
}

fn take_section(table: &mut Reader<'_>, length: u64) -> Result<Section<Range<usize>>, IndexError> {
    let (kind, version, _reserved) = (table.u16()?, table.u16()?, table.u32()?);
    let (offset, size) = (table.u64()?, table.u64()?);
    let end = offset.checked_add(size).filter(|end| *end <= length).ok_or(OUTSIDE)?;
    let place = |at| usize::try_from(at).map_err(|_| OUTSIDE);
    Ok(Section { kind, version, bytes: place(offset)?..place(end)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        encode(&[
            Section { kind: 1, version: 1, bytes: b"one".to_vec() },
            Section { kind: 9, version: 2, bytes: Vec::new() },
        ])
    }

    #[test]
    fn sections_come_back() {
        let bytes = sample();
        let sections = decode(&bytes).unwrap();
        assert_eq!(sections[0], Section { kind: 1, version: 1, bytes: &b"one"[..] });
        assert_eq!(sections[1], Section { kind: 9, version: 2, bytes: &b""[..] });
        assert_eq!(decode(&encode(&[])).unwrap(), []);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let bytes = sample();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x40;
            assert!(decode(&changed).is_err(), "byte {at}");
        }
        assert!(decode(&bytes[..bytes.len() - 1]).is_err());
        assert_eq!(decode(b"PA"), Err(IndexError::BadMagic { got: b"PA".to_vec() }));
    }

    #[test]
    fn a_newer_version_says_so() {
        let mut bytes = sample();
        bytes[4] = 2;
        assert_eq!(decode(&bytes), Err(IndexError::UnknownVersion { got: 2, known: 1 }));
    }
}
