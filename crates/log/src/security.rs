//! How is a cluster reached: in the clear or by TLS, with a login or without?
//!
//! [`Security`] is what people set, under the names of librdkafka, and [`Access`] what is meant by it: checked, with
//! nothing left open. Both clients of a cluster, the one of workers and doors and the one of operators, go by the latter.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where systems keep the roots that they trust.
const SYSTEM_ROOTS: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// `security.protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityProtocol {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// Whether somebody logs in.
    pub sasl: bool,
}

impl SecurityProtocol {
    const NAMES: [(&str, SecurityProtocol); 4] = [
        ("PLAINTEXT", SecurityProtocol { tls: false, sasl: false }),
        ("SSL", SecurityProtocol { tls: true, sasl: false }),
        ("SASL_PLAINTEXT", SecurityProtocol { tls: false, sasl: true }),
        ("SASL_SSL", SecurityProtocol { tls: true, sasl: true }),
    ];

    /// The one with this name, in letters of either case.
    pub fn find(name: &str) -> Option<Self> {
        SecurityProtocol::NAMES.iter().find(|known| known.0.eq_ignore_ascii_case(name)).map(|known| known.1)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        SecurityProtocol::NAMES.iter().find(|known| known.1 == self).map_or("", |known| known.0)
    }
}

/// `sasl.mechanism`: how somebody proves who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SaslMechanism {
    /// The password itself is sent.
    #[default]
    Plain,
    /// A proof of it is sent.
    ScramSha256,
    /// The same with longer hashes.
    ScramSha512,
}

impl SaslMechanism {
    /// All there are.
    pub const ALL: [SaslMechanism; 3] =
        [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512];

    /// The one with this name.
    pub fn find(name: &str) -> Option<Self> {
        SaslMechanism::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// What is set; what is not follows from the rest.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Security {
    /// `security.protocol`.
    pub protocol: Option<SecurityProtocol>,
    /// `sasl.mechanism`.
    pub mechanism: Option<SaslMechanism>,
    /// `sasl.username`.
    pub username: String,
    /// `sasl.password`.
    pub password: String,
    /// `ssl.ca.location`: PEM, the roots that the brokers' certificates are checked against.
    pub ca: Option<PathBuf>,
    /// `ssl.certificate.location`: PEM, the certificate that is shown to brokers.
    pub certificate: Option<PathBuf>,
    /// `ssl.key.location`: PEM, its private key, not encrypted.
    pub key: Option<PathBuf>,
}

/// What is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// How TLS is spoken; in the clear if it is not.
    pub tls: Option<TlsAccess>,
    /// Who logs in, if anybody does.
    pub login: Option<Login>,
}

/// How TLS is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsAccess {
    /// The roots that brokers' certificates are checked against.
    pub ca: PathBuf,
    /// The certificate that is shown to brokers, and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Who logs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// How.
    pub mechanism: SaslMechanism,
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({} by {})", self.username, self.mechanism.name())
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Security { protocol, mechanism, username, ca, certificate, .. } = self;
        let told = (protocol, mechanism, username, ca, certificate);
        f.debug_tuple("Security").field(&told).finish()
    }
}

/// Settings that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecurityError {
    /// Somebody is to log in, and it is not said who, or with which password.
    #[error(
        "cannot log in to the Kafka cluster: `{given}` is set, and `{missing}` is not\n\
         hint: set both `kafka.sasl.username` and `kafka.sasl.password`"
    )]
    NoUser {
        /// What asks for a login.
        given: &'static str,
        /// What a login needs.
        missing: &'static str,
    },
    /// A user is named, and nobody is to log in.
    #[error(
        "cannot log in to the Kafka cluster: `kafka.sasl.username` is set, and `kafka.security.protocol` is {protocol}\n\
         hint: take `SASL_SSL`, or `SASL_PLAINTEXT` where the cluster does not speak TLS"
    )]
    NoLogin {
        /// The protocol set.
        protocol: &'static str,
    },
    /// A certificate is named, and TLS is not spoken.
    #[error(
        "cannot use `{given}` for the Kafka cluster: `kafka.security.protocol` is {protocol}\n\
         hint: take `SSL`, or `SASL_SSL` with a login"
    )]
    NoTls {
        /// The setting that only TLS uses.
        given: &'static str,
        /// The protocol set.
        protocol: &'static str,
    },
    /// Only one of certificate and key is set.
    #[error(
        "cannot show a certificate to the Kafka cluster: it and its key belong together\n\
         hint: set both `kafka.ssl.certificate.location` and `kafka.ssl.key.location`"
    )]
    HalfIdentity,
    /// Nothing says whom to trust.
    #[error(
        "cannot check the certificates of the Kafka cluster: no roots are named, and this system has none\n\
         hint: set `kafka.ssl.ca.location`, or install the package `ca-certificates`"
    )]
    NoRoots,
}

impl Security {
    /// What is meant.
    ///
    /// # Errors
    /// If settings do not go together.
    pub fn access(&self) -> Result<Access, SecurityError> {
        let protocol = self.protocol();
        let login = if protocol.sasl { Some(self.login()?) } else { None };
        if login.is_none() && !self.username.is_empty() {
            return Err(SecurityError::NoLogin { protocol: protocol.name() });
        }
        let tls = if protocol.tls { Some(self.tls()?) } else { None };
        match self.given_for_tls() {
            Some(given) if tls.is_none() => Err(SecurityError::NoTls { given, protocol: protocol.name() }),
            _ => Ok(Access { tls, login }),
        }
    }

    /// The protocol set, or the one that the rest asks for.
    fn protocol(&self) -> SecurityProtocol {
        let sasl = self.mechanism.is_some() || !self.username.is_empty();
        self.protocol.unwrap_or(SecurityProtocol { tls: self.given_for_tls().is_some(), sasl })
    }

    /// A setting that only TLS uses, if one is set.
    fn given_for_tls(&self) -> Option<&'static str> {
        let all = [
            (&self.ca, "kafka.ssl.ca.location"),
            (&self.certificate, "kafka.ssl.certificate.location"),
            (&self.key, "kafka.ssl.key.location"),
        ];
        all.into_iter().find(|(path, _)| path.is_some()).map(|(_, name)| name)
    }

    fn login(&self) -> Result<Login, SecurityError> {
        let given = match (&self.protocol, &self.mechanism) {
            (Some(_), _) => "kafka.security.protocol",
            (None, Some(_)) => "kafka.sasl.mechanism",
            (None, None) => "kafka.sasl.username",
        };
        if self.username.is_empty() {
            return Err(SecurityError::NoUser { given, missing: "kafka.sasl.username" });
        }
        if self.password.is_empty() {
            return Err(SecurityError::NoUser { given, missing: "kafka.sasl.password" });
        }
        Ok(Login {
            mechanism: self.mechanism.unwrap_or_default(),
            username: self.username.clone(),
            password: self.password.clone(),
        })
    }

    fn tls(&self) -> Result<TlsAccess, SecurityError> {
        let identity = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            (None, None) => None,
            _ => return Err(SecurityError::HalfIdentity),
        };
        let ca = self.ca.clone().or_else(system_roots).ok_or(SecurityError::NoRoots)?;
        Ok(TlsAccess { ca, identity })
    }
}

/// The roots that this system trusts; `SSL_CERT_FILE` names others, as everywhere.
fn system_roots() -> Option<PathBuf> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let usual = SYSTEM_ROOTS.iter().map(|path| Path::new(path).to_owned());
    named.into_iter().chain(usual).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(change: impl FnOnce(&mut Security)) -> Result<Access, SecurityError> {
        let mut security = Security::default();
        change(&mut security);
        security.access()
    }

    fn with_user(security: &mut Security) {
        (security.username, security.password) = ("ann".into(), "secret".into());
    }

    fn named(security: &mut Security, protocol: &str) {
        security.protocol = Some(SecurityProtocol::find(protocol).unwrap());
    }

    #[test]
    fn what_is_not_set_follows_from_the_rest() {
        assert_eq!(set(|_| ()), Ok(Access::default()));
        let access = set(with_user).unwrap();
        assert_eq!((access.tls, access.login.unwrap().mechanism), (None, SaslMechanism::Plain));
        let access = set(|security| {
            with_user(security);
            security.mechanism = Some(SaslMechanism::ScramSha512);
            security.ca = Some("ca.pem".into());
        });
        let Access { tls, login } = access.unwrap();
        assert_eq!(tls, Some(TlsAccess { ca: "ca.pem".into(), identity: None }));
        assert_eq!(format!("{:?}", login.unwrap()), "Login(ann by SCRAM-SHA-512)");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let no_user = |given, missing| Err(SecurityError::NoUser { given, missing });
        let (username, password) = ("kafka.sasl.username", "kafka.sasl.password");
        assert_eq!(set(|of| named(of, "SASL_SSL")), no_user("kafka.security.protocol", username));
        let plain = Some(SaslMechanism::Plain);
        assert_eq!(set(|of| of.mechanism = plain), no_user("kafka.sasl.mechanism", username));
        assert_eq!(set(|of| of.username = "ann".into()), no_user(username, password));
        let refused = set(|of| {
            with_user(of);
            named(of, "ssl");
        });
        assert_eq!(refused, Err(SecurityError::NoLogin { protocol: "SSL" }));
        let refused = set(|of| {
            named(of, "PLAINTEXT");
            of.ca = Some("ca.pem".into());
        });
        let wanted = SecurityError::NoTls { given: "kafka.ssl.ca.location", protocol: "PLAINTEXT" };
        assert_eq!(refused, Err(wanted));
        assert_eq!(set(|of| of.key = Some("key.pem".into())), Err(SecurityError::HalfIdentity));
    }

    #[test]
    fn a_password_is_not_shown() {
        let mut security = Security::default();
        with_user(&mut security);
        let shown = format!("{security:?} {:?}", security.access());
        assert!(shown.contains("ann") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn names_are_kafkas() {
        for name in ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] {
            assert_eq!(SecurityProtocol::find(name).unwrap().name(), name);
        }
        assert_eq!(SecurityProtocol::find("TLS"), None);
        assert_eq!(SaslMechanism::find("SCRAM-SHA-512"), Some(SaslMechanism::ScramSha512));
        assert_eq!(SaslMechanism::find("GSSAPI"), None);
    }
}
