//! Which SCRAM credentials do users have? They prove that a client knows a password, and do not hold it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::CommitLog;
use crate::checkpoint::{self, List};
use crate::error::Result;
use crate::names::SCRAM_CREDENTIALS;

/// The hash a credential is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScramMechanism {
    /// SCRAM-SHA-256.
    #[serde(rename = "SCRAM-SHA-256")]
    Sha256,
    /// SCRAM-SHA-512.
    #[serde(rename = "SCRAM-SHA-512")]
    Sha512,
}

/// What a user's password is checked with (RFC 5802).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScramCredential {
    /// Whose it is.
    pub user: String,
    /// With which hash it was made.
    pub mechanism: ScramMechanism,
    /// How often the password was hashed.
    pub iterations: u32,
    /// What was hashed with it.
    pub salt: Vec<u8>,
    /// Checks the client's proof.
    pub stored_key: Vec<u8>,
    /// Makes the broker's own.
    pub server_key: Vec<u8>,
}

/// Shows nothing that helps to guess the password.
impl fmt::Debug for ScramCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScramCredential({} {:?})", self.user, self.mechanism)
    }
}

/// One change to the credentials.
#[derive(Debug, Clone)]
pub enum ScramChange {
    /// It is there from now on, instead of the one before.
    Put(ScramCredential),
    /// It is gone.
    Remove(String, ScramMechanism),
}

/// The credentials by user and hash.
pub(crate) type Credentials = BTreeMap<(String, ScramMechanism), ScramCredential>;

impl CommitLog {
    /// All SCRAM credentials, by user.
    pub fn scram_credentials(&self) -> Vec<ScramCredential> {
        self.inner.credentials.lock().values().cloned().collect()
    }

    /// A user's credential for `mechanism`.
    pub fn scram_credential(&self, user: &str, mechanism: ScramMechanism) -> Option<ScramCredential> {
        self.inner.credentials.lock().get(&(user.to_owned(), mechanism)).cloned()
    }

    /// Makes all of these changes, durably, or none.
    pub fn alter_scram_credentials(&self, changes: impl IntoIterator<Item = ScramChange>) -> Result<()> {
        self.inner.check_open()?;
        let mut known = self.inner.credentials.lock();
        let mut altered = known.clone();
        for change in changes {
            match change {
                ScramChange::Put(one) => drop(altered.insert((one.user.clone(), one.mechanism), one)),
                ScramChange::Remove(user, mechanism) => drop(altered.remove(&(user, mechanism))),
            }
        }
        let all: Vec<_> = altered.values().cloned().collect();
        checkpoint::write_credentials(&*self.inner.shared.disk, &self.inner.shared.config.dir, &all)?;
        *known = altered;
        Ok(())
    }

    pub(crate) fn load_credentials(&self) -> Result<()> {
        let (disk, dir) = (&*self.inner.shared.disk, &self.inner.shared.config.dir);
        let listed = match checkpoint::read_credentials(disk, dir)? {
            List::Absent => Vec::new(),
            List::Listed(credentials) => credentials,
            List::Damaged => {
                let path = dir.join(SCRAM_CREDENTIALS);
                tracing::error!(path = %path.display(), "damaged credentials set aside; their users cannot log in");
                checkpoint::set_aside(disk, &path)?;
                Vec::new()
            }
        };
        let keyed = listed.into_iter().map(|one| ((one.user.clone(), one.mechanism), one));
        *self.inner.credentials.lock() = keyed.collect();
        Ok(())
    }
}
