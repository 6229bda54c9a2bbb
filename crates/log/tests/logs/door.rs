//! Clusters that want TLS and a login: girok's own port, and Apache Kafka if `GIROK_TEST_KAFKA_SECURE` names its door
//! and `GIROK_TEST_KAFKA_CA` the root of its certificates; `make kafka-test` starts one. Both know the user `ann`.
//!
//! The tests of the operators' client use this file too.

use std::path::PathBuf;

use girok_broker::{Broker, BrokerConfig, Mechanism, Passwords, SecurityConfig, TlsFiles};
use girok_commitlog::{CommitLog, LogConfig};
use girok_log::{SaslMechanism, Security};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A cluster that does not let everybody in.
pub(crate) struct Door {
    pub(crate) servers: String,
    root: PathBuf,
    /// The certificate that it wants to be shown, and its key.
    identity: Option<(PathBuf, PathBuf)>,
    _own: Option<(Runtime, Broker, TempDir)>,
}

impl Door {
    /// girok's own port, which also wants to be shown a certificate.
    pub(crate) fn own() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = certificates(&dir);
        let log =
            LogConfig { partitions: 2, disk_reserve_bytes: 0, ..LogConfig::new(dir.path().join("log")) };
        let security = SecurityConfig {
            tls: Some(files.clone()),
            mechanisms: Mechanism::ALL.to_vec(),
            passwords: Passwords::parse("ann:secret", '\n').unwrap(),
        };
        let listen = BrokerConfig { security, ..BrokerConfig::new("127.0.0.1:0".parse().unwrap()) };
        let runtime = Runtime::new().unwrap();
        let broker = runtime.block_on(girok_broker::start(listen, CommitLog::open(log).unwrap())).unwrap();
        Door {
            servers: broker.address().to_string(),
            root: dir.path().join("root.pem"),
            identity: Some((files.certificate, files.key)),
            _own: Some((runtime, broker, dir)),
        }
    }

    /// Apache Kafka, or nothing, said aloud, if there is none here.
    pub(crate) fn apache_kafka() -> Option<Self> {
        let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(servers), Some(root)) = (named("GIROK_TEST_KAFKA_SECURE"), named("GIROK_TEST_KAFKA_CA"))
        else {
            eprintln!("skipped: GIROK_TEST_KAFKA_SECURE names no Apache Kafka; `make kafka-test` starts one");
            return None;
        };
        Some(Door { servers, root: root.into(), identity: None, _own: None })
    }

    /// What lets `ann` in.
    pub(crate) fn key(&self, mechanism: SaslMechanism) -> Security {
        Security {
            protocol: None,
            mechanism: Some(mechanism),
            username: "ann".to_owned(),
            password: "secret".to_owned(),
            ca: Some(self.root.clone()),
            certificate: self.identity.as_ref().map(|identity| identity.0.clone()),
            key: self.identity.as_ref().map(|identity| identity.1.clone()),
        }
    }
}

/// A root, and a certificate that is good for the loopback address.
fn certificates(dir: &TempDir) -> TlsFiles {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate whose issuer has its own name for one that signed itself.
    root.distinguished_name.push(DnType::CommonName, "root");
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &root).unwrap();
    let write = |name: &str, text: String| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    TlsFiles {
        certificate: write("leaf.pem", leaf.pem()),
        key: write("key.pem", key.serialize_pem()),
        client_ca: Some(write("root.pem", root.pem())),
    }
}

/// The certificate of somebody whom nobody trusts.
pub(crate) fn strangers_root(dir: &TempDir) -> PathBuf {
    certificates(dir).client_ca.unwrap()
}
