//! What every test here stands on: a real server in a folder of its own, and ways to ask it.

use std::time::{Duration, Instant};

pub(crate) mod chance;
pub(crate) mod http;
#[cfg(feature = "kafka-cluster")]
pub(crate) mod kafka;
pub(crate) mod server;
pub(crate) mod table;
pub(crate) mod tools;

pub(crate) use http::Answer;
pub(crate) use server::Server;
pub(crate) use table::Table;

/// What is waited for at most; a debug build on a busy machine is slow, and waiting ends when it is there.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Asks until the answer is as `wanted`; panics with the last one when patience ends.
#[track_caller]
pub(crate) fn until<T: std::fmt::Debug>(
    what: &str,
    mut ask: impl FnMut() -> T,
    wanted: impl Fn(&T) -> bool,
) -> T {
    let begun = Instant::now();
    loop {
        let answer = ask();
        if wanted(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come true; last seen: {answer:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
