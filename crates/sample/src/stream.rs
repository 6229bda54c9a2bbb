//! What do five systems log in one day? For a demo that looks like work.
//!
//! | dataset | source | format |
//! |---|---|---|
//! | `web` | two web servers | combined access log |
//! | `auth` | sshd on two bastions | syslog, RFC 3164 |
//! | `app` | four services | JSON |
//! | `db` | a database | text with a time and a level |
//! | `firewall` | a firewall | `key=value` |

mod app;
mod db;
mod episode;
mod firewall;
mod rhythm;
mod sshd;
mod web;

#[cfg(test)]
mod tests;

use fastrand::Rng;

pub use episode::{Episode, EpisodeKind, episodes};

use crate::stream::episode::Outlook;

const NANOS_PER_SECOND: f64 = 1e9;

/// One line that a system wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// When, in nanoseconds since the epoch, UTC; the line says the same.
    pub time: i64,
    /// Where it belongs.
    pub dataset: &'static str,
    /// The host that sent it.
    pub source: &'static str,
    /// The line, without a line feed.
    pub line: Vec<u8>,
}

/// The lines of all five systems in the order of their times, without an end.
///
/// At rate 1 a busy hour has about 16 lines a second. In every hour one episode of each kind takes place,
/// see [`episodes`].
#[derive(Debug)]
pub struct Stream {
    systems: [System; 5],
    seed: u64,
    rate: f64,
}

/// One system: what it writes, and when it writes next.
#[derive(Debug)]
struct System {
    dataset: &'static str,
    lines_per_second: f64,
    write: fn(&mut Rng, &Moment) -> (&'static str, Vec<u8>),
    random: Rng,
    previous_time: i64,
    next_time: i64,
}

/// When a line is written and what goes on then.
struct Moment {
    time: i64,
    outlook: Outlook,
}

impl Stream {
    /// Lines from `start` on (nanoseconds since the epoch, UTC), `rate` times as many as usual.
    pub fn new(seed: u64, start: i64, rate: f64) -> Self {
        let mut seeds = Rng::with_seed(seed);
        let mut system = |dataset, lines_per_second, write| System {
            dataset,
            lines_per_second,
            write,
            random: seeds.fork(),
            previous_time: start,
            next_time: start,
        };
        let systems = [
            system("web", 6.0, web::write as fn(&mut Rng, &Moment) -> _),
            system("auth", 0.4, sshd::write),
            system("app", 5.0, app::write),
            system("db", 1.5, db::write),
            system("firewall", 3.0, firewall::write),
        ];
        let mut stream = Stream { systems, seed, rate: rate.clamp(0.001, 1e6) };
        for index in 0..stream.systems.len() {
            stream.advance(index);
        }
        stream
    }

    /// The time of the next line.
    pub fn next_time(&self) -> i64 {
        self.systems[self.next_system()].next_time
    }

    /// The next line if its time has come; call it until there is none, then wait for [`Stream::next_time`].
    pub fn next_until(&mut self, now: i64) -> Option<Sample> {
        if self.next_time() > now { None } else { self.next() }
    }

    fn next_system(&self) -> usize {
        let earliest = self.systems.iter().enumerate().min_by_key(|(_, system)| system.next_time);
        earliest.map_or(0, |(index, _)| index)
    }

    /// Moves a system to its next line: 0.2 to 1.8 times the mean distance of this hour.
    fn advance(&mut self, index: usize) {
        let (seed, rate) = (self.seed, self.rate);
        let system = &mut self.systems[index];
        let outlook = Outlook::at(seed, system.previous_time, system.next_time);
        let busy = rhythm::busyness(system.next_time) * outlook.busyness(system.dataset);
        let mean = NANOS_PER_SECOND / (system.lines_per_second * rate * busy);
        system.previous_time = system.next_time;
        system.next_time += (mean * (0.2 + 1.6 * system.random.f64())) as i64;
    }
}

impl Iterator for Stream {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        let index = self.next_system();
        let system = &mut self.systems[index];
        let time = system.next_time;
        let moment = Moment { time, outlook: Outlook::at(self.seed, system.previous_time, time) };
        let (source, line) = (system.write)(&mut system.random, &moment);
        let dataset = system.dataset;
        self.advance(index);
        Some(Sample { time, dataset, source, line })
    }
}

/// The lines from `from` until before `to`, at rate 1: what a demo shows as its past.
pub fn history(seed: u64, from: i64, to: i64) -> impl Iterator<Item = Sample> {
    Stream::new(seed, from, 1.0).take_while(move |sample| sample.time < to)
}
