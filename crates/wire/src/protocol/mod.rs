//! Kafka's request and answer frames: bytes in, messages out, and back.
//!
//! A frame's bytes may be anything: a decoder answers with a [`ProtocolError`], allocates nothing for a count
//! that the bytes do not hold, and no frame has more than [`ITEMS_MAX`] items. Record batches in a frame are
//! slices of it and are not looked into here.
//!
//! ```
//! use bytes::Bytes;
//! use girok_wire::protocol::{Api, RequestHeader, decode, MetadataRequest};
//!
//! // Metadata, version 1, correlation 7, client `me`, no topics named: all of them.
//! let frame = Bytes::from_static(b"\0\x03\0\x01\0\0\0\x07\0\x02me\xff\xff\xff\xff");
//! let (header, body) = RequestHeader::decode(frame)?;
//! assert_eq!((header.correlation_id, header.client_id.as_deref()), (7, Some("me")));
//! let request: MetadataRequest = decode(Api::METADATA, header.api_version, body)?;
//! assert_eq!(request.topics, None);
//! # Ok::<(), girok_wire::protocol::ProtocolError>(())
//! ```

use bytes::Bytes;

mod api;
pub mod code;
mod decode;
mod encode;
mod message;
mod messages;
mod requests;

#[cfg(test)]
mod tests;

pub use api::Api;
pub use decode::{Decoder, ITEMS_MAX};
pub use encode::Encoder;
pub use message::{Field, Records};
pub use messages::*;
pub use requests::{check_request, default_request};

/// What is wrong with a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// It ends before its last field, or claims more than it holds.
    #[error("cannot decode a frame: it ends inside a field")]
    Truncated,
    /// A length is negative or too large.
    #[error("cannot decode a frame: a length makes no sense")]
    Length,
    /// Its arrays have too many items.
    #[error("cannot decode a frame: it has more than {ITEMS_MAX} items")]
    TooManyItems,
    /// A text is not UTF-8.
    #[error("cannot decode a frame: a text is not UTF-8")]
    Text,
    /// A field is null that must not be.
    #[error("cannot decode a frame: a field is null that must not be")]
    Null,
    /// No API has this number.
    #[error("cannot decode a frame: no API has the number {api_key}")]
    UnknownApi {
        /// The number.
        api_key: i16,
    },
}

/// The fields before a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeader {
    /// Which API is asked, …
    pub api: Api,
    /// … in which version.
    pub api_version: i16,
    /// To be repeated in the answer.
    pub correlation_id: i32,
    /// What the client calls itself.
    pub client_id: Option<String>,
}

impl RequestHeader {
    /// Reads a header; the body is left.
    ///
    /// # Errors
    /// If the frame holds no header, or its API is unknown.
    pub fn decode(frame: Bytes) -> Result<(Self, Bytes), ProtocolError> {
        // The client id has an old-style length in every version, so that it can be read at all.
        let mut input = Decoder::new(frame, 0, false);
        let (api_key, api_version) = (i16::decode(&mut input)?, i16::decode(&mut input)?);
        let (correlation_id, client_id) = (i32::decode(&mut input)?, input.text()?);
        let api = Api::find(api_key).ok_or(ProtocolError::UnknownApi { api_key })?;
        let mut tags = Decoder::new(input.into_rest(), 0, api.is_flexible(api_version));
        tags.tags()?;
        Ok((RequestHeader { api, api_version, correlation_id, client_id }, tags.into_rest()))
    }

    /// Writes a request frame without its length, as a client does.
    pub fn encode(&self, body: &impl Field) -> Vec<Bytes> {
        let mut out = Encoder::new(self.api_version, false);
        out.put(&self.api.key.to_be_bytes());
        out.put(&self.api_version.to_be_bytes());
        out.put(&self.correlation_id.to_be_bytes());
        out.text(self.client_id.as_deref());
        let mut flexible = Encoder::new(self.api_version, self.api.is_flexible(self.api_version));
        flexible.tags();
        body.encode(&mut flexible);
        [out.finish(), flexible.finish()].concat()
    }

    /// Writes the answer's frame without its length. The header of `ApiVersions` is never flexible: the
    /// client does not know yet what the broker speaks.
    pub fn answer(&self, body: &impl Field) -> Vec<Bytes> {
        let flexible = self.api.is_flexible(self.api_version);
        let mut out = Encoder::new(self.api_version, flexible);
        out.put(&self.correlation_id.to_be_bytes());
        if self.api != Api::API_VERSIONS {
            out.tags();
        }
        body.encode(&mut out);
        out.finish()
    }
}

/// Reads the body of a request. Bytes behind its last field are passed over, as Kafka does: librdkafka
/// sends some behind `AlterUserScramCredentials`.
///
/// # Errors
/// If the bytes do not begin with such a body.
pub fn decode<T: Field>(api: Api, version: i16, body: Bytes) -> Result<T, ProtocolError> {
    let mut input = Decoder::new(body, version, api.is_flexible(version));
    T::decode(&mut input)
}
