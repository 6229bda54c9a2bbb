//! One connection: frames in, answers out, in the same order.
//!
//! Requests are begun one after the other; an answer that takes time does not hold up the next request, but
//! its answer waits for it. A fetch begins only when its turn to answer has come, so that a connection never
//! holds the batches of two.

use std::io::{self, IoSlice};
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use girok_wire::protocol::{ProtocolError, RequestHeader};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::served;
use crate::session::{Answer, Request, Session};

/// Largest request.
const FRAME_BYTES_MAX: usize = 64 << 20;
/// Memory taken for a request before its bytes have come.
const RESERVE_BYTES: usize = 1 << 20;
/// Answers under way; no request is read beyond that.
pub(crate) const ANSWERS_MAX: usize = 64;

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    #[error("cannot take a request of {bytes} bytes: expected 8 to {FRAME_BYTES_MAX}")]
    FrameSize { bytes: i32 },
    #[error("cannot answer {api} in version {version}")]
    Version { api: &'static str, version: i16 },
}

/// Serves a client until it goes, errs, or the broker stops.
pub(crate) async fn run(stream: TcpStream, session: Arc<Session>) {
    let peer = session.peer;
    let (reader, writer) = stream.into_split();
    let (answers, queue) = mpsc::channel(ANSWERS_MAX);
    let mut writing = tokio::spawn(write_answers(writer, queue));
    let mut stop = session.stop.clone();
    let ended = tokio::select! {
        ended = read_requests(BufReader::new(reader), session, answers) => ended.map(|()| true),
        _ = &mut writing => return,
        _ = stop.wait_for(|stop| *stop) => Ok(false),
    };
    match ended {
        // The client is gone: nobody waits for what is left.
        Ok(true) => writing.abort(),
        Ok(false) => drop(writing.await),
        Err(Fault::Io(_)) => writing.abort(),
        Err(error) => {
            tracing::warn!(%peer, %error, "kafka connection closed");
            writing.abort();
        }
    }
}

async fn read_requests(
    mut reader: impl AsyncRead + Unpin,
    session: Arc<Session>,
    answers: mpsc::Sender<Answer>,
) -> Result<(), Fault> {
    while let Some(frame) = read_frame(&mut reader).await? {
        let (header, body) = RequestHeader::decode(frame)?;
        let answer = begin(Request { header, body, session: session.clone() })?;
        if !matches!(answer, Answer::None) && answers.send(answer).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn begin(request: Request) -> Result<Answer, Fault> {
    let (api, version) = (request.header.api, request.header.api_version);
    tracing::trace!(api = api.name, version, correlation = request.header.correlation_id, "kafka request");
    if let Some(served) = served::find(api, version) {
        return Ok((served.handle)(request)?);
    }
    crate::handlers::versions::unsupported(&request).ok_or(Fault::Version { api: api.name, version })
}

/// The next frame, in memory of its own; nothing at the end of the stream. Memory grows with what has come,
/// not with what was promised.
async fn read_frame(reader: &mut (impl AsyncRead + Unpin)) -> Result<Option<Bytes>, Fault> {
    let bytes = match reader.read_i32().await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let length = usize::try_from(bytes).ok().filter(|length| (8..=FRAME_BYTES_MAX).contains(length));
    let length = length.ok_or(Fault::FrameSize { bytes })?;
    let mut frame = BytesMut::with_capacity(length.min(RESERVE_BYTES));
    while frame.len() < length {
        let missing = length - frame.len();
        frame.reserve(missing.min(frame.len().max(RESERVE_BYTES)));
        if reader.read_buf(&mut (&mut frame).limit(missing)).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(frame.freeze()))
}

async fn write_answers(mut writer: impl AsyncWrite + Unpin, mut queue: mpsc::Receiver<Answer>) {
    while let Some(answer) = queue.recv().await {
        let pieces = match answer {
            Answer::None => continue,
            Answer::Now(pieces) => pieces,
            Answer::Later(pieces) => pieces.await,
        };
        if write_frame(&mut writer, &pieces).await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

/// Writes a frame from its pieces, in as few system calls as the system allows.
async fn write_frame(writer: &mut (impl AsyncWrite + Unpin), pieces: &[Bytes]) -> io::Result<()> {
    let length = pieces.iter().map(Bytes::len).sum::<usize>();
    let length = i32::try_from(length).map_err(|_| io::ErrorKind::InvalidData)?.to_be_bytes();
    let all = std::iter::once(&length[..]).chain(pieces.iter().map(|piece| &piece[..]));
    let mut slices: Vec<_> = all.map(IoSlice::new).collect();
    let mut left = &mut slices[..];
    while !left.is_empty() {
        let written = writer.write_vectored(left).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut left, written);
    }
    Ok(())
}
