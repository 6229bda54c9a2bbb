//! The index of one part, read.

use crate::container::{self, Section};
use crate::words::{phrase_hashes, substring_hashes};
use crate::{IndexError, Summary, TokenFilter};

const SUMMARY: u16 = 1;
const TOKENS: u16 = 2;
const SECTION_VERSION: u16 = 1;

/// What a part's index section says. A section that is missing or newer than this reader is `None`, and
/// then prunes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartIndex {
    /// Counts by minute and level.
    pub summary: Option<Summary>,
    /// The words the part may hold.
    pub tokens: Option<TokenFilter>,
}

impl PartIndex {
    /// Writes the container with its sections.
    pub fn encode(&self) -> Vec<u8> {
        let mut sections = Vec::new();
        if let Some(summary) = &self.summary {
            let mut bytes = Vec::new();
            summary.encode(&mut bytes);
            sections.push(Section { kind: SUMMARY, version: SECTION_VERSION, bytes });
        }
        if let Some(tokens) = &self.tokens {
            let mut bytes = Vec::new();
            tokens.encode(&mut bytes);
            sections.push(Section { kind: TOKENS, version: SECTION_VERSION, bytes });
        }
        container::encode(&sections)
    }

    /// Reads what [`PartIndex::encode`] wrote; any bytes may be given.
    pub fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut index = PartIndex::default();
        for Section { kind, version, bytes } in container::decode(bytes)? {
            match (kind, version) {
                (SUMMARY, SECTION_VERSION) => index.summary = Some(Summary::decode(bytes)?),
                (TOKENS, SECTION_VERSION) => index.tokens = Some(TokenFilter::decode(bytes)?),
                _ => {}
            }
        }
        Ok(index)
    }

    /// Whether a row may hold all tokens of `hashes` (see [`phrase_hashes`]); only "no" is certain.
    pub fn may_contain_all(&self, hashes: &[u64]) -> bool {
        self.tokens.as_ref().is_none_or(|filter| hashes.iter().all(|hash| filter.may_contain(*hash)))
    }

    /// Whether a row may hold `phrase` on word boundaries, in its text, its values or its field names.
    pub fn may_contain_phrase(&self, phrase: &str) -> bool {
        self.may_contain_all(&phrase_hashes(phrase))
    }

    /// Whether a row may hold `part` anywhere, also inside a word.
    pub fn may_contain_substring(&self, part: &str) -> bool {
        self.may_contain_all(&substring_hashes(part))
    }
}
