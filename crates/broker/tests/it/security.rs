//! Who gets in: passwords, SCRAM, certificates, and what may be asked before.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use girok_broker::{Mechanism, Passwords, SecurityConfig, TlsFiles};
use girok_wire::protocol::{
    AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, Api, ApiVersionsRequest,
    ApiVersionsResponse, DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse,
    MetadataRequest, MetadataResponse, SaslAuthenticateRequest, SaslAuthenticateResponse,
    SaslHandshakeRequest, SaslHandshakeResponse, ScramDeletion, ScramUpsertion, code,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use ring::{digest, hmac, pbkdf2};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::support::{Client, Fixture};

fn with_users() -> SecurityConfig {
    let passwords = Passwords::parse("ann:secret", '\n').unwrap();
    SecurityConfig { mechanisms: Mechanism::ALL.to_vec(), passwords, ..SecurityConfig::default() }
}

async fn choose<S: AsyncRead + AsyncWrite + Unpin>(client: &mut Client<S>, mechanism: &str) -> i16 {
    let request = SaslHandshakeRequest { mechanism: mechanism.into() };
    let response: SaslHandshakeResponse = client.ask(Api::SASL_HANDSHAKE, 1, &request).await;
    response.error_code
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    text: &str,
) -> SaslAuthenticateResponse {
    let request = SaslAuthenticateRequest { auth_bytes: Bytes::copy_from_slice(text.as_bytes()) };
    client.ask(Api::SASL_AUTHENTICATE, 2, &request).await
}

async fn is_served<S: AsyncRead + AsyncWrite + Unpin>(client: &mut Client<S>) -> bool {
    let frame = Bytes::from_static(b"\0\x03\0\x01\0\0\0\x07\xff\xff\xff\xff\xff\xff");
    let sent = async {
        client.stream.write_i32(frame.len() as i32).await?;
        client.stream.write_all(&frame).await?;
        client.stream.flush().await
    };
    sent.await.is_ok() && client.frame().await.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_opens_the_port_and_a_wrong_one_closes_it() {
    let fixture = Fixture::secured(with_users()).await;
    let mut client = fixture.client().await;
    let _: ApiVersionsResponse = client.ask(Api::API_VERSIONS, 3, &ApiVersionsRequest::default()).await;
    assert_eq!(choose(&mut client, "GSSAPI").await, code::UNSUPPORTED_SASL_MECHANISM);
    assert_eq!(choose(&mut client, "PLAIN").await, code::NONE);
    assert_eq!(say(&mut client, "\0ann\0secret").await.error_code, code::NONE);
    let _: MetadataResponse = client.ask(Api::METADATA, 9, &MetadataRequest::default()).await;
    assert_eq!(say(&mut client, "\0ann\0secret").await.error_code, code::ILLEGAL_SASL_STATE);

    for wrong in ["\0ann\0Secret", "\0bob\0secret", "bob\0ann\0secret", "\0\0", "ann"] {
        let mut client = fixture.client().await;
        assert_eq!(choose(&mut client, "PLAIN").await, code::NONE);
        assert_eq!(say(&mut client, wrong).await.error_code, code::SASL_AUTHENTICATION_FAILED);
        assert!(client.frame().await.is_none(), "closed after {wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_login_little_is_served() {
    let fixture = Fixture::secured(with_users()).await;
    let mut client = fixture.client().await;
    assert!(!is_served(&mut client).await, "metadata needs a login");
    let mut client = fixture.client().await;
    client.stream.set_nodelay(true).unwrap();
    client.send_frame(&vec![0; 70 << 10]).await;
    assert!(client.frame().await.is_none(), "a frame above 64 KiB needs a login");
    let open = Fixture::new().await;
    let mut client = open.client().await;
    assert_eq!(choose(&mut client, "PLAIN").await, code::ILLEGAL_SASL_STATE, "nobody has to log in here");
    assert!(is_served(&mut client).await);
}

/// Logs in as a client does (RFC 5802); the last error code, and whether the broker proved itself too.
async fn scram(client: &mut Client, user: &str, password: &str) -> (i16, bool) {
    assert_eq!(choose(client, "SCRAM-SHA-256").await, code::NONE);
    let first = format!("n={user},r=abc");
    let answer = say(client, &format!("n,,{first}")).await;
    assert_eq!(answer.error_code, code::NONE, "known or not, there is a salt");
    let answer = String::from_utf8(answer.auth_bytes.to_vec()).unwrap();
    let [nonce, salt, iterations] = answer.split(',').map(|field| &field[2..]).collect::<Vec<_>>()[..] else {
        panic!("{answer}")
    };
    let mut salted = [0; 32];
    let salt = BASE64.decode(salt).unwrap();
    let iterations = iterations.parse().unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, password.as_bytes(), &mut salted);
    let mac = |key: &[u8], text: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let client_key = mac(&salted, "Client Key");
    let claim = format!("c=biws,r={nonce}");
    let said = format!("{first},{answer},{claim}");
    let signature = mac(digest::digest(&digest::SHA256, &client_key).as_ref(), &said);
    let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, sign)| key ^ sign).collect();
    let last = say(client, &format!("{claim},p={}", BASE64.encode(proof))).await;
    let wanted = format!("v={}", BASE64.encode(mac(&mac(&salted, "Server Key"), &said)));
    (last.error_code, last.auth_bytes == wanted.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scram_users_are_made_told_used_and_removed() {
    let fixture = Fixture::secured(with_users()).await;
    let mut admin = fixture.client().await;
    assert_eq!(scram(&mut admin, "ann", "secret").await, (code::NONE, true));
    let mut salted_password = vec![0; 32];
    let iterations = std::num::NonZeroU32::new(5000).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, b"salt", b"pass", &mut salted_password);
    let put = |name: &str, iterations| ScramUpsertion {
        name: name.into(),
        mechanism: 1,
        iterations,
        salt: Bytes::from_static(b"salt"),
        salted_password: salted_password.clone().into(),
    };
    let upsertions =
        vec![put("bob", 5000), put("cid", 1), put("ann", 5000), put("dan", 5000), put("dan", 5000)];
    let request = AlterUserScramCredentialsRequest { upsertions, ..Default::default() };
    let altered: AlterUserScramCredentialsResponse =
        admin.ask(Api::ALTER_USER_SCRAM_CREDENTIALS, 0, &request).await;
    let codes: Vec<_> = altered.results.iter().map(|user| (user.user.as_str(), user.error_code)).collect();
    let refused = code::UNACCEPTABLE_CREDENTIAL;
    let twice = code::DUPLICATE_RESOURCE;
    assert_eq!(codes, [("ann", refused), ("bob", 0), ("cid", refused), ("dan", twice)]);
    let described: DescribeUserScramCredentialsResponse = admin
        .ask(Api::DESCRIBE_USER_SCRAM_CREDENTIALS, 0, &DescribeUserScramCredentialsRequest::default())
        .await;
    let user = &described.results[0];
    assert_eq!((described.results.len(), user.user.as_str()), (1, "bob"));
    assert_eq!((user.credential_infos[0].mechanism, user.credential_infos[0].iterations), (1, 5000));

    assert_eq!(scram(&mut fixture.client().await, "bob", "pass").await, (code::NONE, true));
    assert_eq!(scram(&mut fixture.client().await, "bob", "word").await.0, code::SASL_AUTHENTICATION_FAILED);
    assert_eq!(scram(&mut fixture.client().await, "eve", "pass").await.0, code::SASL_AUTHENTICATION_FAILED);
    let mut client = fixture.client().await;
    assert_eq!(choose(&mut client, "PLAIN").await, code::NONE);
    assert_eq!(say(&mut client, "\0bob\0pass").await.error_code, code::NONE, "the same password");

    let deletions = vec![ScramDeletion { name: "bob".into(), mechanism: 1 }];
    let request = AlterUserScramCredentialsRequest { deletions, ..Default::default() };
    for wanted in [code::NONE, code::RESOURCE_NOT_FOUND] {
        let altered: AlterUserScramCredentialsResponse =
            admin.ask(Api::ALTER_USER_SCRAM_CREDENTIALS, 0, &request).await;
        assert_eq!(altered.results[0].error_code, wanted);
    }
    assert_eq!(scram(&mut fixture.client().await, "bob", "pass").await.0, code::SASL_AUTHENTICATION_FAILED);
}

/// A root, and a certificate it signed, as PEM files.
struct Certificates {
    dir: TempDir,
}

impl Certificates {
    fn new() -> Self {
        let mut root = CertificateParams::new(Vec::new()).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &root).unwrap();
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("root.pem"), root.pem()).unwrap();
        std::fs::write(dir.path().join("leaf.pem"), leaf.pem()).unwrap();
        std::fs::write(dir.path().join("key.pem"), key.serialize_pem()).unwrap();
        Certificates { dir }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn files(&self, client_ca: bool) -> TlsFiles {
        let client_ca = client_ca.then(|| self.path("root.pem"));
        TlsFiles { certificate: self.path("leaf.pem"), key: self.path("key.pem"), client_ca }
    }

    async fn connect(
        &self,
        fixture: &Fixture,
        with_certificate: bool,
    ) -> std::io::Result<Client<TlsStream<TcpStream>>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("root.pem")).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = if with_certificate {
            let leaf = CertificateDer::from_pem_file(self.path("leaf.pem")).unwrap();
            builder.with_client_auth_cert(
                vec![leaf],
                PrivateKeyDer::from_pem_file(self.path("key.pem")).unwrap(),
            )
        } else {
            Ok(builder.with_no_client_auth())
        };
        let connector = TlsConnector::from(Arc::new(config.unwrap()));
        let stream = TcpStream::connect(fixture.broker.address()).await?;
        connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.map(Client::over)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_with_a_password() {
    let certificates = Certificates::new();
    let security = SecurityConfig { tls: Some(certificates.files(false)), ..with_users() };
    let fixture = Fixture::secured(security).await;
    let mut client = certificates.connect(&fixture, false).await.unwrap();
    assert_eq!(choose(&mut client, "PLAIN").await, code::NONE);
    assert_eq!(say(&mut client, "\0ann\0secret").await.error_code, code::NONE);
    assert!(is_served(&mut client).await);
    let mut plain = fixture.client().await;
    let refused = tokio::time::timeout(Duration::from_secs(5), is_served(&mut plain)).await;
    assert_eq!(refused, Ok(false), "no plain text on this port");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_is_asked_for() {
    let certificates = Certificates::new();
    let security = SecurityConfig { tls: Some(certificates.files(true)), ..SecurityConfig::default() };
    let fixture = Fixture::secured(security).await;
    assert!(is_served(&mut certificates.connect(&fixture, true).await.unwrap()).await);
    let stranger = certificates.connect(&fixture, false).await;
    let gets_in = match stranger {
        // In TLS 1.3 the client learns of the refusal with its first read.
        Ok(mut client) => tokio::time::timeout(Duration::from_secs(5), is_served(&mut client)).await.unwrap(),
        Err(_) => false,
    };
    assert!(!gets_in);
}

#[tokio::test]
async fn missing_files_are_named() {
    let certificates = Certificates::new();
    let files = TlsFiles { key: certificates.path("nowhere.pem"), ..certificates.files(false) };
    let security = SecurityConfig { tls: Some(files), ..SecurityConfig::default() };
    let error = girok_broker::start(
        girok_broker::BrokerConfig {
            security,
            ..girok_broker::BrokerConfig::new("127.0.0.1:0".parse().unwrap())
        },
        Fixture::new().await.log.clone(),
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("nowhere.pem"), "{error}");
}
