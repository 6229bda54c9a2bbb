//! Where the index section of a part is, as the footer and the catalog say it.

use girok_index::IndexError;
use serde::{Deserialize, Serialize};

/// A range of a part's file and the checksum of what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexLocation {
    /// First byte in the file.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// XXH3 of the bytes.
    #[serde(with = "hex")]
    pub checksum: u64,
}

/// The value of the footer key [`crate::INDEX_KEY`].
#[derive(Debug, Serialize, Deserialize)]
struct Footer {
    version: u16,
    #[serde(flatten)]
    location: IndexLocation,
}

impl IndexLocation {
    /// The value of the footer key: `{"version":1,"offset":…,"length":…,"checksum":"…"}`.
    pub(super) fn to_footer(self) -> String {
        let footer = Footer { version: girok_index::VERSION, location: self };
        serde_json::to_string(&footer).expect("numbers and text")
    }

    /// Checks the bytes of the whole index.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(), IndexError> {
        let (expected, got) = (self.checksum, girok_index::checksum(bytes));
        if got == expected { Ok(()) } else { Err(IndexError::Checksum { expected, got }) }
    }

    /// Reads the value of the footer key; nothing if it is not what a writer makes.
    pub fn from_footer(value: &str) -> Option<Self> {
        serde_json::from_str::<Footer>(value).ok().map(|footer| footer.location)
    }
}

/// 64 bits as 16 hexadecimal digits: JSON numbers do not hold them everywhere.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{value:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footer_value_round_trips() {
        let location = IndexLocation { offset: 7, length: 9, checksum: u64::MAX - 1 };
        let value = location.to_footer();
        assert_eq!(value, r#"{"version":1,"offset":7,"length":9,"checksum":"fffffffffffffffe"}"#);
        assert_eq!(IndexLocation::from_footer(&value), Some(location));
        assert_eq!(IndexLocation::from_footer("{}"), None);
    }
}
