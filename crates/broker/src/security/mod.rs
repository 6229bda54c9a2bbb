//! Who may come in? What the port asks of a client before it serves it.
//!
//! Without settings: nothing. With TLS the connection is encrypted, and with `client_ca` the client must have a
//! certificate; with mechanisms it must log in (SASL). Until then a connection may ask little, in small
//! frames, for a short time, and not many connections may be at this at once.

mod gate;
mod mechanism;
mod scram;
mod tls;
mod users;

use std::time::Duration;

use tokio_rustls::TlsAcceptor;

pub(crate) use gate::{Gate, Step};
pub use mechanism::Mechanism;
pub(crate) use scram::from_salted;
pub use tls::{TlsError, TlsFiles};
pub(crate) use users::Users;
pub use users::{NoRandomness, Passwords};

/// Largest request of a client that has not logged in.
pub(crate) const FRAME_BYTES_MAX: usize = 64 << 10;
/// How long a client may take to log in.
pub(crate) const LOGIN_MAX: Duration = Duration::from_secs(15);
/// Clients that have not logged in yet, at a time; further ones wait to be accepted.
pub(crate) const LOGINS_MAX: usize = 256;
/// How long a refused login is made to wait for its answer.
pub(crate) const REFUSAL_DELAY: Duration = Duration::from_millis(100);

/// What the port asks of clients.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityConfig {
    /// Speaks TLS.
    pub tls: Option<TlsFiles>,
    /// Ways to log in; with none, nobody has to.
    pub mechanisms: Vec<Mechanism>,
    /// Users and their passwords, beside those that clients make.
    pub passwords: Passwords,
}

/// Why the port cannot be made safe.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    /// TLS cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// What connections are checked with.
pub(crate) struct Security {
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) mechanisms: Vec<Mechanism>,
    pub(crate) users: Users,
}

impl Security {
    pub(crate) fn new(config: &SecurityConfig) -> Result<Self, SecurityError> {
        Ok(Security {
            tls: config.tls.as_ref().map(tls::acceptor).transpose()?,
            mechanisms: config.mechanisms.clone(),
            users: Users::new(&config.passwords)?,
        })
    }

    /// Whether a connection is anything less than served at once.
    pub(crate) fn is_on(&self) -> bool {
        self.tls.is_some() || !self.mechanisms.is_empty()
    }
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Security(tls: {}, {:?})", self.tls.is_some(), self.mechanisms)
    }
}
