//! One connection to one broker: a question, then its answer.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Buf, Bytes};
use girok_log::{Login, SaslMechanism};
use girok_wire::protocol::{
    Api, ApiVersionsRequest, ApiVersionsResponse, Decoder, Field, ProtocolError, RequestHeader,
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse, code,
    decode,
};
use ring::rand::{SecureRandom, SystemRandom};

use super::fault::{Fault, check};
use super::scram::{Exchange, Hash};
use super::stream::{Stream, Tls};

/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// How brokers are reached.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) tls: Option<Tls>,
    pub(super) login: Option<Login>,
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    address: String,
    versions: HashMap<i16, RangeInclusive<i16>>,
    correlation_id: i32,
}

impl Connection {
    /// Connects to `address`, says who we are, and asks what the broker serves.
    pub(super) fn open(address: &str, access: &Access) -> Result<Self, Fault> {
        let failed = |source| Fault::Io { address: address.to_owned(), source };
        let stream = Stream::open(address, access.tls.as_ref()).map_err(failed)?;
        let mut connection =
            Connection { stream, address: address.to_owned(), versions: HashMap::new(), correlation_id: 0 };
        let hello = ApiVersionsRequest::default();
        // Version 0 is understood by every broker.
        let served: ApiVersionsResponse = connection.ask_version(Api::API_VERSIONS, 0, &hello)?;
        connection.versions =
            served.api_keys.iter().map(|api| (api.api_key, api.min_version..=api.max_version)).collect();
        if let Some(login) = &access.login {
            connection.log_in(login)?;
        }
        Ok(connection)
    }

    /// Asks in the newest of `versions` that the broker serves.
    pub(super) fn ask<T: Field>(
        &mut self,
        api: Api,
        versions: RangeInclusive<i16>,
        request: &impl Field,
    ) -> Result<T, Fault> {
        let version = self.version(api, versions).ok_or(Fault::Version { api: api.name })?;
        self.ask_version(api, version, request)
    }

    /// The newest of `versions` that the broker serves.
    fn version(&self, api: Api, versions: RangeInclusive<i16>) -> Option<i16> {
        let served = self.versions.get(&api.key)?;
        let newest = *versions.end().min(served.end());
        (newest >= *versions.start() && newest >= *served.start()).then_some(newest)
    }

    fn ask_version<T: Field>(&mut self, api: Api, version: i16, request: &impl Field) -> Result<T, Fault> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let header = RequestHeader {
            api,
            api_version: version,
            correlation_id: self.correlation_id,
            client_id: Some("girok-admin".to_owned()),
        };
        let frame = header.encode(request).concat();
        let answer = self.exchange(&frame).map_err(|source| self.broken(source))?;
        answer_of(&header, answer).map_err(|source| Fault::Protocol { address: self.address.clone(), source })
    }

    /// Says who we are. The broker closes the connection if it does not know us.
    fn log_in(&mut self, login: &Login) -> Result<(), Fault> {
        let handshake = SaslHandshakeRequest { mechanism: login.mechanism.name().to_owned() };
        let told: SaslHandshakeResponse = self.ask(Api::SASL_HANDSHAKE, 1..=1, &handshake)?;
        check(told.error_code, Some(format!("it offers {}", told.mechanisms.join(", "))))?;
        let hash = match login.mechanism {
            SaslMechanism::Plain => {
                let Login { username, password, .. } = login;
                return self.authenticate(format!("\0{username}\0{password}")).map(drop);
            }
            SaslMechanism::ScramSha256 => Hash::Sha256,
            SaslMechanism::ScramSha512 => Hash::Sha512,
        };
        let (exchange, first) = Exchange::begin(hash, &login.username, nonce()?);
        let answer = self.authenticate(first)?;
        let proof = exchange.prove(&login.password, &answer).ok_or(Fault::Impostor)?;
        let answer = self.authenticate(proof.message)?;
        if answer == proof.answer.as_bytes() { Ok(()) } else { Err(Fault::Impostor) }
    }

    /// Sends a message of the mechanism; the broker's.
    fn authenticate(&mut self, message: String) -> Result<Bytes, Fault> {
        let request = SaslAuthenticateRequest { auth_bytes: message.into() };
        let told: SaslAuthenticateResponse = self.ask(Api::SASL_AUTHENTICATE, 0..=2, &request)?;
        if told.error_code == code::NONE { Ok(told.auth_bytes) } else { Err(Fault::Credentials) }
    }

    fn broken(&self, source: io::Error) -> Fault {
        Fault::Io { address: self.address.clone(), source }
    }

    /// Sends a frame, and reads the one that answers it.
    fn exchange(&mut self, frame: &[u8]) -> io::Result<Bytes> {
        let length = i32::try_from(frame.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.stream.write_all(&[&length.to_be_bytes(), frame].concat())?;
        self.stream.flush()?;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > ANSWER_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its answer is too large"));
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        Ok(answer.into())
    }
}

/// Something that was never said before.
fn nonce() -> Result<String, Fault> {
    let mut bytes = [0; 18];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Fault::NoRandomness)?;
    Ok(BASE64.encode(bytes))
}

/// The body of an answer. The header of `ApiVersions` is never flexible.
fn answer_of<T: Field>(header: &RequestHeader, mut frame: Bytes) -> Result<T, ProtocolError> {
    if frame.len() < 4 || frame.get_i32() != header.correlation_id {
        return Err(ProtocolError::Truncated);
    }
    let flexible = header.api.is_flexible(header.api_version) && header.api != Api::API_VERSIONS;
    let mut tags = Decoder::new(frame, 0, flexible);
    tags.tags()?;
    decode(header.api, header.api_version, tags.into_rest())
}
