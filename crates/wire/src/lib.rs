//! Kafka record batches, version 2 (magic 2): bytes in, records out, and back.
//!
//! A batch travels through girok as the bytes its producer sent; only its base offset and leader epoch
//! are patched ([`patch_offset`]). [`BatchBuilder`] makes a batch, [`BatchView`] checks one and walks over
//! its records without copying them. Nothing here reads a file, a socket or a clock, and any bytes may be
//! fed to the readers: they answer with an [`Error`], and what a batch unpacks to is bounded by the caller.
//!
//! ```
//! use girok_wire::{BatchBuilder, BatchView, Compression};
//!
//! let mut builder = BatchBuilder::new(Compression::Lz4);
//! builder.append(1_700_000_000_000, None, Some(b"hello"), &[("girok.input", b"http")]);
//! let batch = builder.finish()?;
//!
//! let mut scratch = Vec::new();
//! for record in BatchView::parse(&batch)?.records(&mut scratch, 1 << 20)? {
//!     assert_eq!(record?.value, Some(&b"hello"[..]));
//! }
//! # Ok::<(), girok_wire::Error>(())
//! ```

mod assignment;
mod batch;
mod builder;
mod codec;
mod error;
mod header;
mod marker;
pub mod protocol;
mod record;
mod rewrite;
mod split;
mod varint;

#[cfg(test)]
mod tests;

pub use assignment::{Assignment, decode_assignment, encode_assignment};
pub use batch::BatchView;
pub use builder::BatchBuilder;
pub use codec::Compression;
pub use error::{Error, ErrorKind, Result};
pub use header::{BatchHeader, HEADER_BYTES, LENGTH_PREFIX_BYTES, patch_append_time, patch_offset};
pub use marker::{Marker, ProducerStamp};
pub use record::{Header, Headers, RecordIter, RecordView};
pub use rewrite::{Rewritten, rewrite_batch};
pub use split::{SplitBatches, split_batches};
