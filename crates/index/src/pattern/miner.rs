//! Which pattern does a shape belong to?
//!
//! A pattern takes a shape if it has as many places as the shape has chunks and each place takes its chunk. Of several
//! the one with the fewest wild places has it. A shape that nobody takes makes a pattern that is like it more
//! general, or a new one.
//!
//! **When two sentences are one.** They have the same number of chunks, the same first two words, and at
//! most one word in four differs or is wild. Shorter sentences and the beginning of a sentence say too little to be judged
//! by one other sentence: there a word becomes wild after [`WITNESSES`] sentences that differ in nothing else.
//!
//! **Why a shape keeps its pattern.** Of two patterns that would take the same shape, one always has fewer wild places, and
//! it had the fewer already before they met: a change that breaks this is not made. So what the shape was
//! given first stays what it is given, and the texts of the patterns alone say so.

use std::collections::HashMap;

use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128};

use super::chunk::{Chunk, Place};
use super::sentence::chunks;
use super::{Assigned, PATTERNS_MAX, PatternId};

/// Words at the beginning that must be the same: what the author of a message wrote comes before what he fills in.
const BEGINNING: usize = 2;

/// Sentences that differ only in one word, until that word counts as a value whatever the sentence.
const WITNESSES: u32 = 8;

/// Words at the beginning for which witnesses are counted; for later ones, enough words are equal.
const WITNESSED: usize = 4;

/// What an equal word weighs; an equal chunk without a word weighs 1.
const WORD_WEIGHT: usize = 3;

/// Shapes whose pattern is remembered; they are forgotten together when there are more.
const REMEMBERED_MAX: usize = 65_536;

/// The patterns of one dataset.
#[derive(Debug, Default)]
pub struct Miner {
    patterns: Vec<Pattern>,
    by_id: HashMap<PatternId, usize>,
    /// The patterns with so many places.
    by_length: HashMap<usize, Vec<usize>>,
    /// The same, by their first word too.
    by_beginning: HashMap<Beginning, Vec<usize>>,
    /// Sentences without one of their first words: how many gave a pattern, and the first of these patterns.
    witnesses: HashMap<u64, (u32, usize)>,
    remembered: HashMap<u128, usize>,
}

/// How many places a pattern has, and the hash of its first word; none if that is wild.
type Beginning = (usize, Option<u64>);

#[derive(Debug)]
struct Pattern {
    id: PatternId,
    text: String,
    places: Vec<Place>,
    wild_count: usize,
    beginning: Beginning,
}

impl Miner {
    /// A miner that knows no pattern.
    pub fn new() -> Self {
        Miner::default()
    }

    /// Takes up a pattern known from before, so that ids stay the same after a restart. Any order will do, and of texts from
    /// different times the most general one holds. One pattern too many is passed over.
    ///
    /// All patterns are to be restored before the first shape is assigned.
    pub fn restore(&mut self, id: PatternId, text: &str) {
        let places: Vec<Place> = text.split_whitespace().map(Place::parse).collect();
        if let Some(at) = self.by_id.get(&id).copied() {
            let known = &self.patterns[at].places;
            if known.len() == places.len() {
                let joined = known.iter().zip(&places).map(|(mine, theirs)| mine.join(theirs)).collect();
                self.set(at, joined, &[]);
            }
        } else if id != PatternId::OTHER && self.patterns.len() < PATTERNS_MAX {
            self.add(id, places);
        }
    }

    /// The pattern of a shape; may make a new one, or a known one more general.
    pub fn assign(&mut self, shape: &str) -> Assigned {
        let hash = xxh3_128(shape.as_bytes());
        if let Some(at) = self.remembered.get(&hash) {
            return Assigned { id: self.patterns[*at].id, is_new: false, text_changed: false };
        }
        let sentence = chunks(shape);
        let known = self.find(&sentence);
        let generalised = || self.generalised_for(&sentence);
        let Some((at, places)) = known.map(|at| (at, self.patterns[at].places.clone())).or_else(generalised)
        else {
            return self.make(sentence, hash);
        };
        self.remember(hash, at);
        let text_changed = self.set(at, places, &sentence);
        Assigned { id: self.patterns[at].id, is_new: false, text_changed }
    }

    /// The text of a pattern as users see it: chunks with one space between.
    pub fn text(&self, id: PatternId) -> Option<&str> {
        if id == PatternId::OTHER {
            return Some("<*>");
        }
        self.by_id.get(&id).map(|at| self.patterns[*at].text.as_str())
    }

    /// The ids of all patterns, in the order in which they were made or restored.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = PatternId> {
        self.patterns.iter().map(|pattern| pattern.id)
    }

    /// How many patterns there are, [`PatternId::OTHER`] not counted.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The pattern that has `sentence`: of those that take it, the one with the fewest wild places.
    fn find(&self, sentence: &[Chunk]) -> Option<usize> {
        self.neighbours(sentence)
            .filter(|at| self.patterns[*at].takes(sentence))
            .min_by_key(|at| self.patterns[*at].wild_count)
    }

    /// The patterns with as many places and the same first word, or a wild one.
    fn neighbours(&self, sentence: &[Chunk]) -> impl Iterator<Item = usize> {
        let first_word = first_word(sentence.iter());
        let beginnings = [(sentence.len(), Some(first_word)), (sentence.len(), None)];
        beginnings.into_iter().filter_map(|beginning| self.by_beginning.get(&beginning)).flatten().copied()
    }

    /// The pattern that is most like `sentence`, if one is like it, and its places general enough to take it.
    fn generalised_for(&self, sentence: &[Chunk]) -> Option<(usize, Vec<Place>)> {
        let mut best: Option<(usize, usize, Vec<Place>)> = None;
        for at in self.neighbours(sentence) {
            let Some(likeness) = likeness(&self.patterns[at].places, sentence) else { continue };
            if best.as_ref().is_some_and(|(most, ..)| *most >= likeness) {
                continue;
            }
            if let Some(places) = self.generalised(at, sentence) {
                best = Some((likeness, at, places));
            }
        }
        best.map(|(_, at, places)| (at, places)).or_else(|| self.witnessed(sentence))
    }

    /// The places of a pattern, general enough for `sentence`; nothing if another pattern would lose a shape by it, or
    /// would take one away.
    fn generalised(&self, at: usize, sentence: &[Chunk]) -> Option<Vec<Place>> {
        let pattern = &self.patterns[at];
        let places: Vec<Place> =
            pattern.places.iter().zip(sentence).map(|(place, chunk)| place.with(chunk)).collect();
        let wild_count = count_wild(&places);
        let fits = self.by_length[&places.len()].iter().filter(|other| **other != at).all(|other| {
            let other = &self.patterns[*other];
            !overlap(&places, &other.places)
                || other.wild_count < wild_count
                    && (other.wild_count < pattern.wild_count || !overlap(&pattern.places, &other.places))
        });
        fits.then_some(places)
    }

    /// The oldest of the sentences that differ from `sentence` in one of the first words only, and its places general
    /// enough to take it, if there are enough of these sentences.
    fn witnessed(&self, sentence: &[Chunk]) -> Option<(usize, Vec<Place>)> {
        first_words(sentence).take(WITNESSED).find_map(|place| {
            let (count, at) = *self.witnesses.get(&hash_without(sentence, place)?)?;
            let places = &self.patterns[at].places;
            let differ_there_only = places.len() == sentence.len()
                && places
                    .iter()
                    .zip(sentence)
                    .enumerate()
                    .all(|(other, (mine, chunk))| (other == place) != mine.takes(chunk));
            let is_enough = count >= WITNESSES && differ_there_only;
            is_enough.then(|| self.generalised(at, sentence)).flatten().map(|places| (at, places))
        })
    }

    fn make(&mut self, sentence: Vec<Chunk>, hash: u128) -> Assigned {
        if self.patterns.len() >= PATTERNS_MAX {
            return Assigned { id: PatternId::OTHER, is_new: false, text_changed: false };
        }
        let places: Vec<Place> = sentence.into_iter().map(Place::Fixed).collect();
        let mut id = PatternId::of(&print(&places));
        while self.by_id.contains_key(&id) {
            id = PatternId(id.0.wrapping_add(1).max(1));
        }
        let at = self.add(id, places);
        self.remember(hash, at);
        Assigned { id, is_new: true, text_changed: false }
    }

    fn add(&mut self, id: PatternId, places: Vec<Place>) -> usize {
        let at = self.patterns.len();
        self.by_id.insert(id, at);
        let sentence: Option<Vec<_>> = places.iter().map(|place| place.fixed().cloned()).collect();
        if let Some(sentence) = sentence {
            for hash in
                first_words(&sentence).take(WITNESSED).filter_map(|place| hash_without(&sentence, place))
            {
                self.witnesses.entry(hash).or_insert((0, at)).0 += 1;
            }
        }
        let pattern = Pattern::new(id, places);
        self.by_length.entry(pattern.places.len()).or_default().push(at);
        self.by_beginning.entry(pattern.beginning).or_default().push(at);
        self.patterns.push(pattern);
        at
    }

    /// Gives a pattern these places, which take `sentence`; says whether its text changed.
    fn set(&mut self, at: usize, places: Vec<Place>, sentence: &[Chunk]) -> bool {
        let pattern = &mut self.patterns[at];
        let before = pattern.beginning;
        let changed = pattern.set(places, sentence);
        let after = pattern.beginning;
        if before != after {
            self.by_beginning.entry(before).or_default().retain(|other| *other != at);
            self.by_beginning.entry(after).or_default().push(at);
        }
        changed
    }

    /// Forgets which shapes were seen, but no pattern: as when there were too many of them.
    #[cfg(test)]
    pub(super) fn forget(&mut self) {
        self.remembered.clear();
    }

    fn remember(&mut self, hash: u128, at: usize) {
        if self.remembered.len() >= REMEMBERED_MAX {
            self.remembered.clear();
        }
        self.remembered.insert(hash, at);
    }
}

impl Pattern {
    fn new(id: PatternId, places: Vec<Place>) -> Self {
        let mut pattern = Pattern { id, text: String::new(), places, wild_count: 0, beginning: (0, None) };
        pattern.describe();
        pattern
    }

    /// Takes these places, which take `sentence`; says whether the text changed.
    fn set(&mut self, mut places: Vec<Place>, sentence: &[Chunk]) -> bool {
        places.iter_mut().zip(sentence).for_each(|(place, chunk)| place.join_forms(chunk));
        let changed = places != self.places;
        if changed {
            self.places = places;
            self.describe();
        }
        changed
    }

    fn describe(&mut self) {
        self.text = print(&self.places);
        self.wild_count = count_wild(&self.places);
        let before_wild: Vec<&Chunk> = self.places.iter().map_while(Place::fixed).collect();
        let is_certain =
            before_wild.len() == self.places.len() || before_wild.iter().any(|chunk| chunk.is_word());
        self.beginning = (self.places.len(), is_certain.then(|| first_word(before_wild.into_iter())));
    }

    fn takes(&self, sentence: &[Chunk]) -> bool {
        self.places.iter().zip(sentence).all(|(place, chunk)| place.takes(chunk))
    }
}

/// How much a pattern and a sentence have in common, if that is enough to be one.
fn likeness(places: &[Place], sentence: &[Chunk]) -> Option<usize> {
    let (mut equal, mut different, mut words) = (0, 0, 0);
    for (place, chunk) in places.iter().zip(sentence) {
        if place.fixed().is_some_and(|mine| mine.key == chunk.key) {
            equal += if chunk.has_word() { WORD_WEIGHT } else { 1 };
            words += usize::from(chunk.has_word());
            continue;
        }
        let was_value = chunk.has_value() || place.fixed().is_none_or(Chunk::has_value);
        if words < BEGINNING && !was_value {
            return None;
        }
        different += WORD_WEIGHT;
        words += 1;
    }
    (equal >= 3 * different).then(|| equal - different)
}

fn overlap(one: &[Place], other: &[Place]) -> bool {
    one.iter().zip(other).all(|(mine, theirs)| mine.overlaps(theirs))
}

fn count_wild(places: &[Place]) -> usize {
    places.iter().filter(|place| place.fixed().is_none()).count()
}

fn print(places: &[Place]) -> String {
    let mut text = String::new();
    for (at, place) in places.iter().enumerate() {
        text.push_str(if at > 0 { " " } else { "" });
        place.print(&mut text);
    }
    text
}

/// Hash of the first word; 0 if there is none.
fn first_word<'c>(mut sentence: impl Iterator<Item = &'c Chunk>) -> u64 {
    sentence.find(|chunk| chunk.is_word()).map_or(0, |chunk| xxh3_64(chunk.key.as_bytes()))
}

/// The places of the words in a sentence.
fn first_words(sentence: &[Chunk]) -> impl Iterator<Item = usize> {
    sentence.iter().enumerate().filter(|(_, chunk)| chunk.is_word()).map(|(place, _)| place)
}

/// Hash of a sentence without the word at `place`; nothing if no other word is left.
fn hash_without(sentence: &[Chunk], place: usize) -> Option<u64> {
    let others = sentence.iter().enumerate().filter(|(at, _)| *at != place);
    others.clone().any(|(_, chunk)| chunk.has_word()).then(|| {
        let mut hasher = Xxh3::new();
        hasher.update(&(place as u64).to_le_bytes());
        for (_, chunk) in others {
            hasher.update(chunk.key.as_bytes());
            hasher.update(b" ");
        }
        hasher.digest()
    })
}
