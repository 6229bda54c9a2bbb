//! How far has a connection come with its login? One state a connection; every step may close it for good.

use girok_commitlog::CommitLog;
use girok_wire::protocol::Api;
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

use super::scram::{Exchange, First};
use super::users::random;
use super::{Mechanism, Security};

/// A connection's login.
pub(crate) struct Gate {
    state: Mutex<State>,
    /// Its place among those that have not logged in yet.
    waiting: Mutex<Option<OwnedSemaphorePermit>>,
}

enum State {
    /// A mechanism must be chosen.
    Closed,
    /// The first message must come.
    Chosen(Mechanism),
    /// The proof must come.
    Begun(String, Box<Exchange>),
    /// Everything may be asked.
    Open,
    /// Nothing may be asked any more.
    Refused,
}

/// What a message of the client brought.
pub(crate) enum Step {
    /// This is to be said; more is to come or the client is in.
    Say(Vec<u8>),
    /// The client does not get in.
    Refuse,
    /// There is nothing to log in to at this point.
    Illegal,
}

impl Gate {
    /// A closed gate, or an open one if nobody has to log in.
    pub(crate) fn new(security: &Security, waiting: Option<OwnedSemaphorePermit>) -> Self {
        let is_open = security.mechanisms.is_empty();
        let state = if is_open { State::Open } else { State::Closed };
        Gate { state: Mutex::new(state), waiting: Mutex::new(waiting) }
    }

    /// Whether everything may be asked.
    pub(crate) fn is_open(&self) -> bool {
        matches!(*self.state.lock(), State::Open)
    }

    /// Whether `api` may be asked now.
    pub(crate) fn lets(&self, api: Api) -> bool {
        match *self.state.lock() {
            State::Open => true,
            State::Refused => false,
            _ => [Api::API_VERSIONS, Api::SASL_HANDSHAKE, Api::SASL_AUTHENTICATE].contains(&api),
        }
    }

    /// Gives up the place among those that wait, if the gate is open.
    pub(crate) fn settle(&self) {
        if self.is_open() {
            self.waiting.lock().take();
        }
    }

    /// Chooses a mechanism; whether that can be done now.
    pub(crate) fn choose(&self, mechanism: Mechanism) -> bool {
        let mut state = self.state.lock();
        let may = matches!(*state, State::Closed);
        if may {
            *state = State::Chosen(mechanism);
        }
        may
    }

    /// Takes the client's next message.
    pub(crate) fn step(&self, security: &Security, log: &CommitLog, message: &[u8]) -> Step {
        let mut state = self.state.lock();
        let (next, step) = match std::mem::replace(&mut *state, State::Refused) {
            State::Chosen(Mechanism::Plain) => plain(security, log, message),
            State::Chosen(Mechanism::Scram(mechanism)) => {
                begin(message, |user| security.users.credential(log, user, mechanism))
            }
            State::Begun(user, exchange) => match exchange.finish(message) {
                Ok(proof) => welcome(&user, proof.into_bytes()),
                Err(_) => refuse(&user),
            },
            other => (other, Step::Illegal),
        };
        *state = next;
        drop(state);
        self.settle();
        step
    }
}

fn welcome(user: &str, say: Vec<u8>) -> (State, Step) {
    tracing::debug!(user, "kafka client logged in");
    (State::Open, Step::Say(say))
}

fn refuse(user: &str) -> (State, Step) {
    tracing::warn!(user, "kafka client refused: wrong user or password");
    (State::Refused, Step::Refuse)
}

/// `[acted for] NUL user NUL password` (RFC 4616).
fn plain(security: &Security, log: &CommitLog, message: &[u8]) -> (State, Step) {
    let text = std::str::from_utf8(message).unwrap_or_default();
    let parts: Vec<_> = text.split('\0').collect();
    let [acted_for, user, password] = parts[..] else { return refuse("") };
    let is_itself = acted_for.is_empty() || acted_for == user;
    let is_right = is_itself && !user.is_empty() && security.users.is_password(log, user, password);
    if is_right { welcome(user, Vec::new()) } else { refuse(user) }
}

fn begin(message: &[u8], find: impl FnOnce(&str) -> girok_commitlog::ScramCredential) -> (State, Step) {
    let (Ok(first), Ok(nonce)) = (First::parse(message), random::<18>()) else { return refuse("") };
    let (user, credential) = (first.user.clone(), find(&first.user));
    let nonce = nonce.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (exchange, answer) = Exchange::begin(first, credential, &nonce);
    (State::Begun(user, Box::new(exchange)), Step::Say(answer.into_bytes()))
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate(open: {})", self.is_open())
    }
}
