//! Why an index section cannot be used. The part itself stays readable without it.

/// A damaged or unknown index section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// The bytes do not begin with the magic.
    #[error("cannot read index: expected magic `GIDX`, got `{got:02x?}`")]
    BadMagic {
        /// The first bytes as found.
        got: Vec<u8>,
    },
    /// Written by a newer girok.
    #[error(
        "cannot read index: version {got} is not known\nhint: this girok reads version {known}; the rows are readable without the index"
    )]
    UnknownVersion {
        /// Version in the header.
        got: u16,
        /// Version this reader knows.
        known: u16,
    },
    /// The checksum over the sections differs.
    #[error("cannot read index: checksum is `{got:016x}`, expected `{expected:016x}`")]
    Checksum {
        /// As stored.
        expected: u64,
        /// As computed.
        got: u64,
    },
    /// A length or a value contradicts the layout.
    #[error("cannot read index: {what}")]
    Corrupt {
        /// What is wrong, and where.
        what: &'static str,
    },
}
