//! Which features has the cluster switched on? They are tagged fields of `ApiVersions`.

use super::super::{Decoder, Encoder, Field, ProtocolError};
use super::versions::ApiVersion;

/// A feature, with the levels that are known and the one in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// The highest level known.
    pub level_max: i16,
    /// The level in force.
    pub level: i16,
}

/// The features of a cluster, told from version 3 of `ApiVersions` on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features(pub Vec<Feature>);

/// Says what the broker serves.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)]
pub struct ApiVersionsResponse {
    pub error_code: i16,
    pub api_keys: Vec<ApiVersion>,
    pub throttle_time_ms: i32,
    pub features: Features,
}

const SUPPORTED: u32 = 0;
const EPOCH: u32 = 1;
const FINALIZED: u32 = 2;
/// Levels never change while the broker runs.
const EPOCH_VALUE: i64 = 1;

impl Field for ApiVersionsResponse {
    /// A reader has no use for the features here.
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        let (error_code, api_keys) = (Field::decode(input)?, Field::decode(input)?);
        let throttle_time_ms = if input.version() >= 1 { Field::decode(input)? } else { 0 };
        input.tags()?;
        Ok(ApiVersionsResponse { error_code, api_keys, throttle_time_ms, features: Features::default() })
    }

    fn encode(&self, out: &mut Encoder) {
        self.error_code.encode(out);
        self.api_keys.encode(out);
        if out.version() >= 1 {
            self.throttle_time_ms.encode(out);
        }
        if out.version() >= 3 { self.features.encode(out) } else { out.tags() }
    }
}

impl Features {
    fn encode(&self, out: &mut Encoder) {
        if self.0.is_empty() {
            return out.tags();
        }
        let fields = [
            (SUPPORTED, self.list(|feature| [1, feature.level_max])),
            (EPOCH, EPOCH_VALUE.to_be_bytes().to_vec()),
            (FINALIZED, self.list(|feature| [feature.level, feature.level])),
        ];
        out.uvarint(fields.len() as u32);
        for (tag, bytes) in fields {
            out.uvarint(tag);
            out.uvarint(bytes.len() as u32);
            out.put(&bytes);
        }
    }

    /// An array of name and two levels, as both lists have it.
    fn list(&self, levels: impl Fn(&Feature) -> [i16; 2]) -> Vec<u8> {
        let mut out = Encoder::new(3, true);
        out.count(Some(self.0.len()));
        for feature in &self.0 {
            out.text(Some(feature.name));
            levels(feature).iter().for_each(|level| level.encode(&mut out));
            out.tags();
        }
        out.finish().concat()
    }
}
