//! Every query path answers what a naive reading of the same events answers.
//!
//! Random events are held in several ways (live, in parts, on the move from one to the other) and random
//! queries are asked of each; `oracle` reads the same events one by one. `GIROK_TEST_ROUNDS` says how many
//! pairs of events and query are tried, `GIROK_TEST_SEED` which ones come first. A difference is reported
//! with its seed, and with the fewest events that still show it.
mod answers;
mod events;
mod oracle;
mod plain;
mod queries;
mod shrink;
mod world;

use std::num::NonZero;
use std::sync::Mutex;

use fastrand::Rng;
use girok_exec::TimeRange;
use tokio::runtime::Runtime;

use self::oracle::Search;
use self::plain::History;
use self::queries::Question;
use self::world::{Way, World};

/// Pairs of events and query unless `GIROK_TEST_ROUNDS` says otherwise.
const ROUNDS: u64 = 50;

/// Queries asked of the same events.
const QUERIES: u64 = 25;

/// Events of a long history.
const LONG_HISTORY: usize = 55_000;

const MINUTE: i64 = 60_000_000_000;

#[test]
fn every_path_answers_like_a_naive_reading() {
    let rounds = number("GIROK_TEST_ROUNDS", ROUNDS);
    let first = number("GIROK_TEST_SEED", 1);
    let seeds = Mutex::new(first..first + rounds.div_ceil(QUERIES));
    let next = || seeds.lock().unwrap().next();
    let told = Mutex::new(Told::default());
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = runtime();
                while let Some(seed) = next() {
                    let one = one_history(seed, &runtime);
                    told.lock().expect("no other history differed").add(&one);
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    eprintln!(
        "{} answers to {} queries agree; {} more texts were no query",
        told.answers, told.asked, told.refused
    );
    assert!(
        told.refused * 20 <= told.asked,
        "too many texts are no query: the generator no longer fits the language"
    );
}

/// More rows than one block of the index, one page, one look for the newest rows: what is skipped is skipped rightly.
#[test]
fn a_long_history_answers_like_a_naive_reading() {
    let rounds = number("GIROK_TEST_ROUNDS", ROUNDS);
    let seed = number("GIROK_TEST_SEED", 1);
    let runtime = runtime();
    let mut random = Rng::with_seed(seed);
    let history = events::history(&mut random, LONG_HISTORY);
    for way in [Way::Parts, Way::HalfLive] {
        let world = World::new(&history, way, &mut random);
        for _ in 0..rounds.div_ceil(QUERIES) {
            let question = queries::question(&mut random, &history);
            if let Some(difference) = differs(&history, &world, &question, &runtime) {
                panic!("seed {seed}, {way:?}, {question:?}: {difference}");
            }
        }
    }
}

/// How much was tried.
#[derive(Debug, Default)]
struct Told {
    asked: u64,
    refused: u64,
    answers: u64,
}

impl Told {
    fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.refused += other.refused;
        self.answers += other.answers;
    }
}

fn one_history(seed: u64, runtime: &Runtime) -> Told {
    let mut told = Told::default();
    let mut random = Rng::with_seed(seed);
    let count = random.usize(1..250);
    let history = events::history(&mut random, count);
    let worlds: Vec<(Way, World)> =
        Way::ALL.into_iter().map(|way| (way, World::new(&history, way, &mut random))).collect();
    for _ in 0..QUERIES {
        let question = queries::question(&mut random, &history);
        if girok_query::parse(&question.text).is_err() {
            told.refused += 1;
            continue;
        }
        told.asked += 1;
        for (way, world) in &worlds {
            if let Some(difference) = differs(&history, world, &question, runtime) {
                shrink::report(seed, &history, *way, &question, &difference, runtime);
            }
            told.answers += 1;
        }
    }
    let filter = queries::filter(&mut random, &history, 1);
    for (way, world) in &worlds {
        if let Some(difference) = summaries_differ(&history, world, &filter, runtime) {
            panic!("seed {seed}, {way:?}, `{filter}`: {difference}");
        }
        assert!(*way == Way::Moving || !world.moves());
    }
    told
}

/// How the engine's answer differs from the naive one; nothing if it does not.
fn differs(history: &History, world: &World, question: &Question, runtime: &Runtime) -> Option<String> {
    let query = girok_query::parse(&question.text).ok()?;
    let search = Search { query: &query, range: question.range, limit: question.limit };
    let rows = match runtime.block_on(answers::ask(&world.engine, question)) {
        Ok(rows) => rows,
        Err(error) => return Some(format!("the engine fails: {error}")),
    };
    let difference = answers::difference(&oracle::answer(history, &search), &rows)?;
    // Of fields beyond those that have a column it depends on the world which these are.
    match history.with_columns(&world.columns()) {
        Some(history) => answers::difference(&oracle::answer(&history, &search), &rows),
        None => Some(difference),
    }
}

/// The same for the histogram and for facets.
fn summaries_differ(history: &History, world: &World, text: &str, runtime: &Runtime) -> Option<String> {
    const VALUES: usize = 5;
    let query = girok_query::parse(text).ok()?;
    let question = Question { text: text.to_owned(), range: TimeRange::default(), limit: None };
    let expected = oracle::hits(history, &query.filter, question.range, MINUTE);
    let hits = runtime.block_on(answers::hits(&world.engine, &question, MINUTE)).unwrap();
    if hits != expected {
        return Some(format!("hits are {hits:?}, expected {expected:?}"));
    }
    for field in ["level", "status", "user", "odd", "_format", "nofield"] {
        let mut expected = oracle::facet(history, &query.filter, field);
        let distinct = expected.len() as u64;
        expected.truncate(VALUES);
        let facet = runtime.block_on(answers::facet(&world.engine, &question, field, VALUES)).unwrap();
        if facet != (distinct, expected.clone()) {
            return Some(format!("the facet of `{field}` is {facet:?}, expected {distinct}, {expected:?}"));
        }
    }
    None
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
