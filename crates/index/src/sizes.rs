//! Which sections does an index have, and how large are they?

use crate::{IndexError, container};

/// One section of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSize {
    /// What it is, by number; `docs/format/part.md` names them.
    pub kind: u16,
    /// The version of its layout.
    pub version: u16,
    /// Its bytes.
    pub size_bytes: u64,
}

/// The sections of an index, those that this reader does not know included.
pub fn section_sizes(bytes: &[u8]) -> Result<Vec<SectionSize>, IndexError> {
    let sections = container::decode(bytes)?.into_iter();
    let size = |section: container::Section<&[u8]>| SectionSize {
        kind: section.kind,
        version: section.version,
        size_bytes: section.bytes.len() as u64,
    };
    Ok(sections.map(size).collect())
}
