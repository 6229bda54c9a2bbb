//! A part as a question meets it: its end and the head of its index first, then the sections that are asked.

use std::ops::Range;

use bytes::Bytes;
use girok_index::{IndexContents, IndexError, IndexHead, Shapes, TokenHead};

use super::sums;
use crate::{PartMeta, PartStore, StoreError};

/// Bytes of an index that are read at first: mostly all of its head.
const HEAD_GUESS_BYTES: u64 = 32 << 10;

/// Tokens of so many bytes are read at once.
const SMALL_BYTES_MAX: usize = 1 << 20;
/// Of larger ones at first one part in so many: mostly all of their head.
const HEAD_SHARE: usize = 16;

/// What is read of a part before it is asked anything.
#[derive(Debug)]
pub struct Opened {
    /// All that lies behind the index: Parquet's page indexes and footer.
    pub tail: Bytes,
    /// The sections of the index that take few bytes.
    pub head: IndexHead,
    /// Where the others are to be had.
    pub index: IndexReader,
}

/// Reads the large sections of one part's index, each when it is asked for.
#[derive(Debug)]
pub struct IndexReader {
    parts: PartStore,
    path: String,
    offset: u64,
    contents: IndexContents,
    /// The whole index of a part whose blocks have no checksums: only all of it can be checked.
    whole: Option<Bytes>,
}

impl IndexReader {
    /// Whether the part has shapes that can be read.
    pub fn has_shapes(&self) -> bool {
        self.contents.shapes().is_some()
    }

    /// The shapes of the messages.
    pub async fn shapes(&self) -> Result<Option<Shapes>, StoreError> {
        let Some(place) = self.contents.shapes() else { return Ok(None) };
        let bytes = self.read(place).await?;
        Shapes::decode(&bytes).map(Some).map_err(|source| self.unusable(source))
    }

    /// Whether the part has tokens that can be read.
    pub fn has_tokens(&self) -> bool {
        self.contents.tokens().is_some()
    }

    /// The head of the tokens, and of what follows as much as was read with it.
    pub async fn tokens(&self) -> Result<Option<(TokenHead, Bytes)>, StoreError> {
        let Some(place) = self.contents.tokens() else { return Ok(None) };
        let guess = if place.len() <= SMALL_BYTES_MAX { place.len() } else { place.len() / HEAD_SHARE };
        let mut first = self.read(place.start..place.start + guess).await?;
        let needed = TokenHead::bytes_needed(&first).map_err(|source| self.unusable(source))?;
        if needed > first.len() && needed <= place.len() {
            first = self.read(place.start..place.start + needed).await?;
        }
        let head = TokenHead::decode(&first, place.len()).map_err(|source| self.unusable(source))?;
        let rest = first.slice(head.size_bytes()..);
        Ok(Some((head, rest)))
    }

    /// Bytes of the tokens that lie there behind their head.
    pub async fn token_bytes(&self, head: &TokenHead, behind: Range<usize>) -> Result<Bytes, StoreError> {
        let Some(place) = self.contents.tokens() else { return Ok(Bytes::new()) };
        let start = place.start + head.size_bytes();
        self.read(start + behind.start..start + behind.end).await
    }

    async fn read(&self, place: Range<usize>) -> Result<Bytes, StoreError> {
        match &self.whole {
            Some(whole) => Ok(whole.slice(place)),
            None => {
                let range = self.offset + place.start as u64..self.offset + place.end as u64;
                self.parts.read_range(&self.path, range).await
            }
        }
    }

    fn unusable(&self, source: IndexError) -> StoreError {
        StoreError::Index { path: self.path.clone(), source }
    }
}

impl PartStore {
    /// Opens a part to be asked: reads its end, and of its index what is always needed.
    pub async fn open(&self, part: &PartMeta) -> Result<Opened, StoreError> {
        let (offset, length) = (part.index.offset, part.index.length);
        let end = offset.saturating_add(length).min(part.size_bytes);
        let is_checked_by_block = self.has_sums(&part.path).await?;
        let guess = if is_checked_by_block { length.min(HEAD_GUESS_BYTES) } else { length };
        let ranges = [offset..offset.saturating_add(guess), end..part.size_bytes];
        let mut read = self.read_ranges(&part.path, &ranges).await?.into_iter();
        let (mut first, tail) = (read.next().unwrap_or_default(), read.next().unwrap_or_default());
        if sums::index_location(&tail) != Some(part.index) {
            return Err(StoreError::damaged(&part.path, "it is another part than the catalog knows"));
        }
        let unusable = |source| StoreError::Index { path: part.path.clone(), source };
        if !is_checked_by_block {
            part.index.check(&first).map_err(unusable)?;
        }
        let contents = IndexContents::decode(&first, length).map_err(unusable)?;
        if contents.head_bytes() > first.len() {
            first = self.read_range(&part.path, offset..offset + contents.head_bytes() as u64).await?;
        }
        let head = contents.head(&first).map_err(unusable)?;
        let whole = (!is_checked_by_block).then_some(first);
        let index = IndexReader { parts: self.clone(), path: part.path.clone(), offset, contents, whole };
        Ok(Opened { tail, head, index })
    }
}
