//! Bytes to and from one broker, in the clear or by TLS.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use girok_log::TlsAccess;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long a broker may take to take a connection, and for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why TLS cannot be spoken with a cluster.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("cannot read `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// What is in a file cannot be used.
    #[error("cannot use `{path}` for tls: {source}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
    /// There is no certificate in a file that is to hold some.
    #[error("cannot use `{path}` for tls: there is no certificate in it")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// How TLS is spoken with all brokers.
#[derive(Debug, Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Reads the files.
    pub(super) fn new(access: &TlsAccess) -> Result<Self, TlsError> {
        let failed = |source| TlsError::Certificate { path: access.ca.clone(), source };
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_root_certificates(roots(&access.ca)?);
        let config = match &access.identity {
            None => builder.with_no_client_auth(),
            Some((path, key_path)) => {
                let failed = |source| TlsError::File { path: key_path.clone(), source };
                let key = PrivateKeyDer::from_pem_file(key_path).map_err(failed)?;
                let failed = |source| TlsError::Certificate { path: path.clone(), source };
                builder.with_client_auth_cert(certificates(path)?, key).map_err(failed)?
            }
        };
        Ok(Tls(Arc::new(config)))
    }
}

/// The roots in a file. A system's has some that are of no use here: at least one must be.
fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates(path)?);
    if added == 0 { Err(TlsError::Empty { path: path.to_owned() }) } else { Ok(roots) }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let found: Vec<_> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(failed)?;
    if found.is_empty() { Err(TlsError::Empty { path: path.to_owned() }) } else { Ok(found) }
}

/// An open way to a broker.
#[derive(Debug)]
pub(super) enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Connects to `address`, and checks that it is who it should be.
    pub(super) fn open(address: &str, tls: Option<&Tls>) -> io::Result<Self> {
        let mut socket = connect(address)?;
        let Some(Tls(config)) = tls else { return Ok(Stream::Clear(socket)) };
        let name = server_name(address).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok(Stream::Tls(Box::new(StreamOwned::new(session, socket))))
    }
}

/// The host of `host:port`.
fn server_name(address: &str) -> Result<ServerName<'static>, InvalidDnsNameError> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(host.to_owned())
}

/// Tries every address that the name has.
fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Clear(stream) => stream.read(into),
            Stream::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Clear(stream) => stream.write(bytes),
            Stream::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Clear(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_checked_by_its_name_or_address() {
        for (address, expected) in
            [("kafka1:9092", "kafka1"), ("10.0.0.1:9092", "10.0.0.1"), ("[::1]:9092", "::1")]
        {
            assert_eq!(server_name(address).unwrap().to_str(), expected);
        }
        assert!(server_name("no name:9092").is_err());
    }
}
