//! One connection: frames in, answers out, in the same order.
//!
//! Requests are begun one after the other; an answer that takes time does not hold up the next request, but
//! its answer waits for it. A fetch begins only when its turn to answer has come, so that a connection never
//! holds the batches of two.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::io::{self, IoSlice};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::{BufMut, Bytes, BytesMut};
use girok_wire::protocol::{ProtocolError, RequestHeader};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::security::{self, LOGIN_MAX};
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
    #[error("cannot take a request of {bytes} bytes: expected 8 to {bytes_max}")]
    FrameSize { bytes: i32, bytes_max: usize },
    #[error("cannot wait any longer for the client to log in")]
    LoginTimeout,
    #[error("cannot answer {api} to a client that has not logged in")]
    Unknown { api: &'static str },
    #[error("cannot answer {api} in version {version}")]
    Version { api: &'static str, version: i16 },
}

/// Serves a client, over TLS if the port speaks it, until it goes, errs, or the broker stops.
pub(crate) async fn run(stream: TcpStream, session: Arc<Session>) {
    connect(stream, session.clone()).await;
    session.members.lose(&session.log);
}

async fn connect(stream: TcpStream, session: Arc<Session>) {
    let login_until = Instant::now() + LOGIN_MAX;
    let Some(tls) = session.security.tls.clone() else {
        let (reader, writer) = stream.into_split();
        return serve(reader, writer, session, login_until).await;
    };
    match timeout_at(login_until, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            session.gate.settle();
            let (reader, writer) = tokio::io::split(stream);
            serve(reader, writer, session, login_until).await;
        }
        Ok(Err(error)) => tracing::debug!(peer = %session.peer, %error, "kafka client failed at tls"),
        Err(_) => tracing::debug!(peer = %session.peer, "kafka client did not begin tls"),
    }
}

async fn serve(
    reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Unpin,
    session: Arc<Session>,
    login_until: Instant,
) {
    let peer = session.peer;
    let mut stop = session.stop.clone();
    let answers = Answers::new();
    let mut reading = pin!(read_requests(BufReader::new(reader), session, &answers, login_until));
    let mut writing = pin!(write_answers(writer, &answers));
    let ended = tokio::select! {
        biased;
        ended = &mut reading => Some(ended),
        () = &mut writing => return,
        _ = stop.wait_for(|stop| *stop) => None,
    };
    match ended {
        None => {
            answers.end();
            writing.await;
        }
        // The client is gone or at fault: nobody waits for what is left.
        Some(Ok(()) | Err(Fault::Io(_))) => {}
        Some(Err(error)) => tracing::warn!(%peer, %error, "kafka connection closed"),
    }
}

/// Answers on their way from reading to writing. One task does both, reading first: so it is not woken for an answer that
/// is put here, and no other thread is either.
struct Answers {
    state: Mutex<AnswersState>,
    room: Semaphore,
}

#[derive(Default)]
struct AnswersState {
    queue: VecDeque<Answer>,
    is_ended: bool,
}

impl Answers {
    fn new() -> Self {
        Answers { state: Mutex::default(), room: Semaphore::new(ANSWERS_MAX) }
    }

    /// Waits until there is room.
    async fn put(&self, answer: Answer) {
        let permit = self.room.acquire().await.expect("it is never closed");
        permit.forget();
        self.state.lock().queue.push_back(answer);
    }

    /// No more will be put here.
    fn end(&self) {
        self.state.lock().is_ended = true;
    }

    /// The next one; nothing at their end.
    async fn next(&self) -> Option<Answer> {
        let next = poll_fn(|_| {
            let mut state = self.state.lock();
            match state.queue.pop_front() {
                None if !state.is_ended => Poll::Pending,
                next => Poll::Ready(next),
            }
        });
        let next = next.await;
        self.room.add_permits(usize::from(next.is_some()));
        next
    }
}

async fn read_requests(
    mut reader: impl AsyncRead + Unpin,
    session: Arc<Session>,
    answers: &Answers,
    login_until: Instant,
) -> Result<(), Fault> {
    while let Some(frame) = next_frame(&mut reader, &session, login_until).await? {
        let (header, body) = RequestHeader::decode(frame)?;
        if !session.gate.lets(header.api) {
            return Err(Fault::Unknown { api: header.api.name });
        }
        let answer = begin(Request { header, body, session: session.clone() })?;
        let is_last = matches!(answer, Answer::Last(_));
        if !matches!(answer, Answer::None) {
            answers.put(answer).await;
        }
        if is_last {
            return pending().await;
        }
    }
    Ok(())
}

/// The next frame; a small one, and soon, from a client that has not logged in.
async fn next_frame(
    reader: &mut (impl AsyncRead + Unpin),
    session: &Session,
    login_until: Instant,
) -> Result<Option<Bytes>, Fault> {
    if session.gate.is_open() {
        return read_frame(reader, FRAME_BYTES_MAX).await;
    }
    let read = timeout_at(login_until, read_frame(reader, security::FRAME_BYTES_MAX)).await;
    read.map_err(|_| Fault::LoginTimeout)?
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
async fn read_frame(reader: &mut (impl AsyncRead + Unpin), bytes_max: usize) -> Result<Option<Bytes>, Fault> {
    let bytes = match reader.read_i32().await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let length = usize::try_from(bytes).ok().filter(|length| (8..=bytes_max).contains(length));
    let length = length.ok_or(Fault::FrameSize { bytes, bytes_max })?;
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

async fn write_answers(mut writer: impl AsyncWrite + Unpin, answers: &Answers) {
    while let Some(answer) = answers.next().await {
        let is_last = matches!(answer, Answer::Last(_));
        let pieces = match answer {
            Answer::None => continue,
            Answer::Now(pieces) => pieces,
            Answer::Later(pieces) | Answer::Last(pieces) => pieces.await,
        };
        if write_frame(&mut writer, &pieces).await.is_err() {
            return;
        }
        if is_last {
            break;
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
    writer.flush().await
}
