//! A broker in this process, and a client that sends frames.

use bytes::{Buf, Bytes};
use girok_broker::{Broker, BrokerConfig, SecurityConfig};
use girok_commitlog::{CommitLog, LogConfig};
use girok_wire::protocol::{Api, Decoder, Field, RequestHeader, decode};
use girok_wire::{BatchBuilder, Compression};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// A broker on a free port; its log is gone afterwards.
pub(crate) struct Fixture {
    pub(crate) log: CommitLog,
    pub(crate) broker: Broker,
    _dir: TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Fixture::secured(SecurityConfig::default()).await
    }

    pub(crate) async fn secured(security: SecurityConfig) -> Self {
        let dir = TempDir::new().unwrap();
        let config =
            LogConfig { partitions: 1, disk_reserve_bytes: 0, ..LogConfig::new(dir.path().join("log")) };
        let log = CommitLog::open(config).unwrap();
        let listen = BrokerConfig { security, ..BrokerConfig::new("127.0.0.1:0".parse().unwrap()) };
        let broker = girok_broker::start(listen, log.clone()).await.unwrap();
        Fixture { log, broker, _dir: dir }
    }

    pub(crate) async fn client(&self) -> Client {
        Client::over(TcpStream::connect(self.broker.address()).await.unwrap())
    }
}

/// One connection.
pub(crate) struct Client<S = TcpStream> {
    pub(crate) stream: S,
    correlation_id: i32,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Client { stream, correlation_id: 0 }
    }

    /// Sends a request; its header.
    pub(crate) async fn send(&mut self, api: Api, api_version: i16, body: &impl Field) -> RequestHeader {
        self.correlation_id += 1;
        let (correlation_id, client_id) = (self.correlation_id, Some("test".to_owned()));
        let header = RequestHeader { api, api_version, correlation_id, client_id };
        self.send_frame(&header.encode(body).concat()).await;
        header
    }

    pub(crate) async fn send_frame(&mut self, frame: &[u8]) {
        self.stream.write_i32(frame.len() as i32).await.unwrap();
        self.stream.write_all(frame).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next frame; nothing if the broker closed the connection.
    pub(crate) async fn frame(&mut self) -> Option<Bytes> {
        let length = self.stream.read_i32().await.ok()?;
        let mut frame = vec![0; length as usize];
        self.stream.read_exact(&mut frame).await.ok()?;
        Some(frame.into())
    }

    /// The answer to the request with `header`, which must be the next.
    pub(crate) async fn receive<T: Field>(&mut self, header: &RequestHeader) -> T {
        let mut frame = self.frame().await.expect("the connection is open");
        assert_eq!(frame.get_i32(), header.correlation_id, "answers come in order");
        let flexible = header.api.is_flexible(header.api_version) && header.api != Api::API_VERSIONS;
        let mut tags = Decoder::new(frame, 0, flexible);
        tags.tags().unwrap();
        decode(header.api, header.api_version, tags.into_rest()).unwrap()
    }

    pub(crate) async fn ask<T: Field>(&mut self, api: Api, version: i16, body: &impl Field) -> T {
        let header = self.send(api, version, body).await;
        self.receive(&header).await
    }
}

/// A batch of one record a value.
pub(crate) fn batch(values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::Lz4);
    values.iter().for_each(|value| builder.append(1000, None, Some(value.as_bytes()), &[]));
    builder.finish().unwrap()
}
