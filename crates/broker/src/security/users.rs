//! Who may log in, and with which password? Users of the configuration and those that clients made.
//!
//! Passwords of the configuration are turned into SCRAM credentials at once, so that none stays in memory.
//! For a user that nobody knows there is a credential that nothing fits, always the same for the same name,
//! so that names cannot be found out by asking.

use std::collections::BTreeMap;
use std::fmt;

use girok_commitlog::{CommitLog, ScramCredential, ScramMechanism};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::scram;

/// How often a password of the configuration is hashed; Kafka's least.
const ITERATIONS: u32 = 4096;
const SALT_BYTES: usize = 16;
const BOTH: [ScramMechanism; 2] = [ScramMechanism::Sha256, ScramMechanism::Sha512];

/// Names and passwords as they were configured. Shows how many there are and nothing else.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passwords(BTreeMap<String, String>);

impl Passwords {
    /// Reads `name:password` pairs, one a line or separated by commas; `None` if one is not such a pair.
    /// Blank lines and those that begin with `#` are passed over. A password in a list separated by commas
    /// cannot hold one.
    pub fn parse(text: &str, separator: char) -> Option<Self> {
        let lines =
            text.split(separator).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pair = |line: &str| {
            let (name, password) = line.split_once(':')?;
            (!name.is_empty() && !password.is_empty()).then(|| (name.to_owned(), password.to_owned()))
        };
        lines.map(pair).collect::<Option<_>>().map(Passwords)
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes these users in; their passwords count.
    pub fn extend(&mut self, other: Passwords) {
        self.0.extend(other.0);
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passwords of {} users", self.len())
    }
}

/// Users of the configuration, beside those that the log knows.
pub(crate) struct Users {
    configured: BTreeMap<(String, ScramMechanism), ScramCredential>,
    /// Makes the salts of users that are not there.
    secret: hmac::Key,
}

/// The system has no randomness.
#[derive(Debug, thiserror::Error)]
#[error("cannot get random bytes from the system")]
pub struct NoRandomness;

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map(|()| bytes).map_err(|_| NoRandomness)
}

impl Users {
    pub(crate) fn new(passwords: &Passwords) -> Result<Self, NoRandomness> {
        let mut configured = BTreeMap::new();
        for (name, password) in &passwords.0 {
            for mechanism in BOTH {
                let salt = random::<SALT_BYTES>()?;
                let made = scram::from_password(name, mechanism, ITERATIONS, &salt, password);
                configured.insert((name.clone(), mechanism), made);
            }
        }
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()?);
        Ok(Users { configured, secret })
    }

    /// The credential of `user`; one that nothing fits if there is none.
    pub(crate) fn credential(
        &self,
        log: &CommitLog,
        user: &str,
        mechanism: ScramMechanism,
    ) -> ScramCredential {
        let configured = self.configured.get(&(user.to_owned(), mechanism)).cloned();
        configured
            .or_else(|| log.scram_credential(user, mechanism))
            .unwrap_or_else(|| self.nobody(user, mechanism))
    }

    fn nobody(&self, user: &str, mechanism: ScramMechanism) -> ScramCredential {
        let salt = hmac::sign(&self.secret, user.as_bytes()).as_ref()[..SALT_BYTES].to_vec();
        let key = vec![0; scram::hash_bytes(mechanism)];
        ScramCredential {
            user: user.to_owned(),
            mechanism,
            iterations: ITERATIONS,
            salt,
            stored_key: key.clone(),
            server_key: key,
        }
    }

    /// Whether this is the password of `user`; takes milliseconds.
    pub(crate) fn is_password(&self, log: &CommitLog, user: &str, password: &str) -> bool {
        let has = |mechanism| {
            let key = (user.to_owned(), mechanism);
            self.configured.contains_key(&key) || log.scram_credential(user, mechanism).is_some()
        };
        let mechanism = BOTH.into_iter().find(|mechanism| has(*mechanism)).unwrap_or(ScramMechanism::Sha256);
        scram::is_password(&self.credential(log, user, mechanism), password)
    }

    /// Whether the configuration names `user`, so that clients cannot change it.
    pub(crate) fn is_configured(&self, user: &str) -> bool {
        self.configured.contains_key(&(user.to_owned(), ScramMechanism::Sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_read_and_never_shown() {
        let read = Passwords::parse("# people\nann:p:w\n\n bob:x \n", '\n').unwrap();
        assert_eq!((read.len(), read.0["ann"].as_str(), read.0["bob"].as_str()), (2, "p:w", "x"));
        assert_eq!(format!("{read:?}"), "Passwords of 2 users");
        assert_eq!(Passwords::parse("ann:a,bob:b", ',').unwrap().len(), 2);
        for bad in ["ann", ":x", "ann:"] {
            assert_eq!(Passwords::parse(bad, '\n'), None, "{bad}");
        }
    }

    #[test]
    fn nobody_looks_like_somebody() {
        let users = Users::new(&Passwords::default()).unwrap();
        let nobody = |name| users.nobody(name, ScramMechanism::Sha512);
        assert_eq!(nobody("ann"), nobody("ann"));
        assert_ne!(nobody("ann").salt, nobody("bob").salt);
        assert!(!scram::is_password(&nobody("ann"), ""));
    }
}
