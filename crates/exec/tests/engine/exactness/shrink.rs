//! A failure with the fewest events that still show it.

use fastrand::Rng;
use tokio::runtime::Runtime;

use crate::exactness::differs;
use crate::exactness::plain::{History, Sent};
use crate::exactness::queries::Question;
use crate::exactness::world::{Way, World};

/// Attempts with fewer events, at most.
const ATTEMPTS_MAX: usize = 200;

/// Panics with the difference, the events that make it, and how to see it again.
pub(crate) fn report(
    seed: u64,
    history: &History,
    way: Way,
    question: &Question,
    found: &str,
    runtime: &Runtime,
) -> ! {
    let events = fewest(history, way, question, runtime);
    let lines: Vec<String> = events
        .iter()
        .map(|event| format!("  {}:{} {}", event.partition, event.offset, shown(&event.line)))
        .collect();
    let found = still_differs(&events, way, question, runtime)
        .unwrap_or_else(|| format!("(not seen again with fewer events) {found}"));
    panic!(
        "\nthe query `{}`\n  {:?}, limit {:?}, held as {way:?}\nover {} events\n{}\n{found}\nrepeat with GIROK_TEST_SEED={seed} GIROK_TEST_ROUNDS=1",
        question.text,
        question.range,
        question.limit,
        lines.len(),
        lines.join("\n"),
    );
}

/// Leaves out events, half of them at first, as long as the answers differ.
fn fewest(history: &History, way: Way, question: &Question, runtime: &Runtime) -> Vec<Sent> {
    let mut events = history.events.clone();
    let mut size = events.len().div_ceil(2);
    let (mut at, mut attempts) = (0, 0);
    while size > 0 && attempts < ATTEMPTS_MAX {
        if at >= events.len() {
            (at, size) = (0, if size == 1 { 0 } else { size.div_ceil(2) });
            continue;
        }
        let end = (at + size).min(events.len());
        let fewer: Vec<Sent> = [&events[..at], &events[end..]].concat();
        attempts += 1;
        match still_differs(&fewer, way, question, runtime) {
            Some(_) => events = fewer,
            None => at = end,
        }
    }
    events
}

/// Where the cuts lie is chance, so a few are tried.
fn still_differs(events: &[Sent], way: Way, question: &Question, runtime: &Runtime) -> Option<String> {
    let history = History::new(events.to_vec());
    let mut seeds = if events.is_empty() { 0..0 } else { 1..4 };
    seeds.find_map(|seed| {
        let world = World::new(&history, way, &mut Rng::with_seed(seed));
        differs(&history, &world, question, runtime)
    })
}

fn shown(line: &str) -> String {
    const SHOWN_MAX: usize = 600;
    line.chars().take(SHOWN_MAX).collect()
}
