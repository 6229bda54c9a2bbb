//! The tokens of a part as far as they were asked for: the head of their table and some pages of it.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use futures::future;
use girok_index::{BlockSet, TokenHead};
use girok_store::{IndexReader, StoreError};
use parking_lot::Mutex;

/// Bytes of a page, unless all of the table was read at once.
const PAGE_BYTES: usize = 64 << 10;

/// A table of tokens of which only some pages may be in memory.
#[derive(Debug)]
pub(crate) struct PartTokens {
    head: TokenHead,
    page_bytes: usize,
    pages: Mutex<HashMap<usize, Bytes>>,
}

impl PartTokens {
    /// Reads the head; nothing if the part has no tokens.
    pub(crate) async fn open(reader: &IndexReader) -> Result<Option<Self>, StoreError> {
        let Some((head, rest)) = reader.tokens().await? else { return Ok(None) };
        let length = head.length();
        let (mut page_bytes, mut pages) = (PAGE_BYTES, HashMap::new());
        if rest.len() == length {
            page_bytes = length.max(1);
            // A copy, so that it does not keep in memory what was read around it.
            pages.insert(0, Bytes::copy_from_slice(&rest));
        }
        Ok(Some(PartTokens { head, page_bytes, pages: Mutex::new(pages) }))
    }

    /// The blocks that may hold the tokens with all of these hashes; else the pages that have to be read first.
    pub(crate) fn blocks(&self, hashes: &[u64]) -> Result<BlockSet, BTreeSet<usize>> {
        let pages = self.pages.lock();
        let mut found = BlockSet::all(self.head.block_count());
        let mut missing = BTreeSet::new();
        for hash in hashes {
            let place = self.head.bucket_of(*hash);
            let touched = place.start / self.page_bytes..place.end.div_ceil(self.page_bytes);
            let mut bucket = Vec::with_capacity(place.len());
            for page in touched {
                let first = page * self.page_bytes;
                match pages.get(&page) {
                    Some(bytes) => {
                        let from = place.start.saturating_sub(first);
                        bucket.extend_from_slice(&bytes[from..bytes.len().min(place.end - first)]);
                    }
                    None => {
                        missing.insert(page);
                    }
                }
            }
            if missing.is_empty() {
                found.intersect(&self.head.blocks(*hash, &bucket));
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(missing) }
    }

    /// Reads pages that are missing.
    pub(crate) async fn read(&self, reader: &IndexReader, pages: &BTreeSet<usize>) -> Result<(), StoreError> {
        let reads = pages.iter().map(async |page| {
            let start = page * self.page_bytes;
            let end = self.head.length().min(start + self.page_bytes);
            let bytes = reader.token_bytes(&self.head, start..end).await?;
            Ok::<_, StoreError>((*page, Bytes::copy_from_slice(&bytes)))
        });
        let read = future::try_join_all(reads).await?;
        self.pages.lock().extend(read);
        Ok(())
    }

    /// Bytes in memory.
    pub(crate) fn size_bytes(&self) -> usize {
        self.head.size_bytes() + self.pages.lock().values().map(Bytes::len).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use girok_index::{IndexContents, PartIndex, TokenIndexBuilder};

    use super::*;

    #[test]
    fn pages_say_what_the_whole_table_says() {
        let hash = |token: usize| girok_index::checksum(&token.to_le_bytes());
        let mut builder = TokenIndexBuilder::default();
        for token in 0..5000 {
            for block in (0..=token % 40).step_by(7) {
                builder.set_block(block);
                builder.insert(hash(token));
            }
        }
        let table = builder.finish(40).unwrap();
        let index = PartIndex { tokens: Some(table.clone()), ..PartIndex::default() }.encode();
        let section = IndexContents::decode(&index, index.len() as u64).unwrap().tokens().unwrap();
        let section = &index[section];
        let head = TokenHead::decode(section, section.len()).unwrap();
        let packed = &section[head.size_bytes()..];
        // Smaller than most buckets, so that they lie in several.
        let (page_bytes, length) = (50, packed.len());
        let pages = PartTokens { head, page_bytes, pages: Mutex::default() };
        assert!(pages.blocks(&[hash(0)]).is_err(), "nothing was read yet");
        for token in (0..6000).step_by(3) {
            let hashes = [hash(token), hash(token / 2)];
            if let Err(missing) = pages.blocks(&hashes) {
                let page =
                    |page: &usize| packed[page * page_bytes..length.min((page + 1) * page_bytes)].to_vec();
                pages.pages.lock().extend(missing.iter().map(|at| (*at, Bytes::from(page(at)))));
            }
            assert_eq!(pages.blocks(&hashes).unwrap(), table.blocks_of_all(&hashes), "{token}");
        }
    }
}
