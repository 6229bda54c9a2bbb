//! Which number has this shape in its part?

use std::hash::{BuildHasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Shapes that one part numbers; rows of further shapes count as rows without one.
pub const SHAPES_MAX: usize = 1 << 14;

/// Places in the hash table: never more than half full.
const SLOTS: usize = SHAPES_MAX * 2;

/// Marks a free place.
const FREE: u16 = u16::MAX;

/// The distinct shapes of a part, numbered from 0 in the order of their first appearance.
///
/// Shapes that collide are told apart by their text. The hash has a seed of its own in each table, so that nobody
/// can write messages that collide on purpose; the numbers do not depend on it.
#[derive(Debug, Clone)]
pub struct ShapeTable {
    seed: u64,
    slots: Box<[u16]>,
    shapes: Vec<Shape>,
    /// All shapes end to end.
    text: String,
    /// The number given last.
    last: u16,
}

#[derive(Debug, Clone)]
struct Shape {
    hash: u64,
    /// Where its text ends; it begins where the one before ends.
    end: u32,
    /// The shape that came after this one when it was seen last.
    follower: u16,
}

impl Default for ShapeTable {
    fn default() -> Self {
        ShapeTable::new()
    }
}

impl ShapeTable {
    /// A table without shapes.
    pub fn new() -> Self {
        ShapeTable {
            seed: RandomState::new().hash_one(0),
            slots: vec![FREE; SLOTS].into(),
            shapes: Vec::new(),
            text: String::new(),
            last: FREE,
        }
    }

    /// The number of `shape`, a new one if it was not seen before; nothing if the table is full.
    #[inline]
    pub fn insert(&mut self, shape: &str) -> Option<u16> {
        let expected = self.shapes.get(usize::from(self.last)).map_or(FREE, |last| last.follower);
        if self.get(expected) == Some(shape) {
            self.last = expected;
            return Some(expected);
        }
        let number = self.find_or_add(shape)?;
        if let Some(last) = self.shapes.get_mut(usize::from(self.last)) {
            last.follower = number;
        }
        self.last = number;
        Some(number)
    }

    /// The shape with this number.
    #[inline]
    pub fn get(&self, number: u16) -> Option<&str> {
        let at = usize::from(number);
        let end = self.shapes.get(at)?.end as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.shapes[before].end as usize);
        Some(&self.text[start..end])
    }

    /// All shapes, in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.shapes.len())
            .map(|at| self.get(at as u16).expect("every number below the length has a shape"))
    }

    /// How many shapes there are.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    fn find_or_add(&mut self, shape: &str) -> Option<u16> {
        let hash = xxh3_64_with_seed(shape.as_bytes(), self.seed);
        let mut slot = hash as usize % SLOTS;
        loop {
            let number = self.slots[slot];
            if number == FREE {
                return self.add(shape, hash, slot);
            }
            if self.shapes[usize::from(number)].hash == hash && self.get(number) == Some(shape) {
                return Some(number);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    fn add(&mut self, shape: &str, hash: u64, slot: usize) -> Option<u16> {
        let number = self.shapes.len();
        if number == SHAPES_MAX {
            return None;
        }
        self.text.push_str(shape);
        let end = u32::try_from(self.text.len()).ok()?;
        self.shapes.push(Shape { hash, end, follower: number as u16 });
        self.slots[slot] = number as u16;
        Some(number as u16)
    }
}
