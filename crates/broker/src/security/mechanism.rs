//! Which ways to log in are there?

use girok_commitlog::ScramMechanism;

/// A SASL mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// The password itself is sent; only over TLS, or where nobody listens.
    Plain,
    /// A proof of the password is sent.
    Scram(ScramMechanism),
}

impl Mechanism {
    /// All there are.
    pub const ALL: [Mechanism; 3] = [
        Mechanism::Plain,
        Mechanism::Scram(ScramMechanism::Sha256),
        Mechanism::Scram(ScramMechanism::Sha512),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::Scram(ScramMechanism::Sha256) => "SCRAM-SHA-256",
            Mechanism::Scram(ScramMechanism::Sha512) => "SCRAM-SHA-512",
        }
    }

    /// The one with this name.
    pub fn find(name: &str) -> Option<Mechanism> {
        Mechanism::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }
}
