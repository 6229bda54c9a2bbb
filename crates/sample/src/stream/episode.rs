//! What goes wrong in the demo, and when? In every hour an attack and an outage.

use fastrand::Rng;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MINUTE: i64 = 60 * NANOS_PER_SECOND;
const NANOS_PER_HOUR: i64 = 60 * NANOS_PER_MINUTE;

/// How long before an attack's end the guessed password is used.
const NANOS_AFTER_BREAK_IN: i64 = NANOS_PER_SECOND;

/// Something that the lines of a demo tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episode {
    /// What happens.
    pub kind: EpisodeKind,
    /// Its first nanosecond since the epoch.
    pub start: i64,
    /// The first nanosecond after it.
    pub end: i64,
}

/// What happens in an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpisodeKind {
    /// One address tries passwords of several users at sshd, and at last one is right.
    BruteForce,
    /// The database does not answer in time: requests become slow and end in 5xx.
    Outage,
}

/// All episodes that touch the time from `from` until before `to`, in order.
pub fn episodes(seed: u64, from: i64, to: i64) -> Vec<Episode> {
    let hours = from.div_euclid(NANOS_PER_HOUR)..=to.div_euclid(NANOS_PER_HOUR);
    let all = hours.flat_map(|hour| {
        let plan = Plan::of_hour(seed, hour);
        [plan.attack, plan.outage]
    });
    all.filter(|episode| episode.start < to && episode.end > from).collect()
}

/// The two episodes of an hour.
struct Plan {
    attack: Episode,
    outage: Episode,
    /// Last byte of the attacker's address.
    attacker: u8,
}

impl Plan {
    fn of_hour(seed: u64, hour: i64) -> Self {
        let mut random = Rng::with_seed(seed ^ (hour as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut episode = |kind, minutes: std::ops::Range<i64>, length_minutes| {
            let start = hour * NANOS_PER_HOUR + random.i64(minutes) * NANOS_PER_MINUTE;
            Episode { kind, start, end: start + length_minutes * NANOS_PER_MINUTE }
        };
        let attack = episode(EpisodeKind::BruteForce, 4..16, 4);
        let outage = episode(EpisodeKind::Outage, 28..46, 6);
        Plan { attack, outage, attacker: random.u8(10..250) }
    }
}

/// What goes on at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outlook {
    /// The attacker's last byte while the attack lasts.
    pub(super) attacker: Option<u8>,
    /// The guessed password is used now.
    pub(super) is_break_in: bool,
    /// From 0 (all is well) to 1 (the middle of the outage).
    pub(super) outage: f64,
}

impl Outlook {
    /// What goes on at `time`, for a system whose previous line was written at `since`.
    pub(super) fn at(seed: u64, since: i64, time: i64) -> Self {
        let plan = Plan::of_hour(seed, time.div_euclid(NANOS_PER_HOUR));
        let during = |episode: &Episode| (episode.start..episode.end).contains(&time);
        let Episode { start, end, .. } = plan.outage;
        let progress = (time - start) as f64 / (end - start) as f64;
        let break_in = plan.attack.end - NANOS_AFTER_BREAK_IN;
        let is_break_in = since < break_in && break_in <= time;
        Outlook {
            attacker: (is_break_in || during(&plan.attack)).then_some(plan.attacker),
            is_break_in,
            outage: if during(&plan.outage) { 1.0 - (2.0 * progress - 1.0).abs() } else { 0.0 },
        }
    }

    /// How many times as many lines as usual a dataset gets.
    pub(super) fn busyness(&self, dataset: &str) -> f64 {
        match dataset {
            "auth" if self.attacker.is_some() => 10.0,
            "db" if self.outage > 0.0 => 2.0,
            _ => 1.0,
        }
    }
}
