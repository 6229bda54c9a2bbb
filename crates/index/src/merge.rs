//! One index for parts that become one part, without looking at their rows again.
//!
//! Each piece brings its blocks in order, and the first of them follows the last of the piece before. What a
//! merged index says is what one built from the rows would say, or less sharp, never more: where values of a
//! column are too many to be listed together, those that a piece listed are held to be in all of its blocks.

use std::collections::{BTreeMap, HashMap};

use crate::shapes::{Shape, Shapes};
use crate::tokens::{TokenIndex, TokenIndexBuilder};
use crate::words::{Place, indexed_tokens};
use crate::{ColumnIndex, IndexHead, MinuteCount, PartIndex, Summary};

/// Cells of a summary beyond which counts are left out.
const CELLS_MAX: usize = 1 << 16;

/// Shapes of a merged part: as many as a number of 16 bits tells apart.
const MERGED_SHAPES_MAX: usize = u16::MAX as usize;

/// Collects the indexes of pieces.
#[derive(Debug, Default)]
pub struct IndexMerge {
    pieces: Vec<(PartIndex, usize)>,
    shapes: Shapes,
    numbers: HashMap<String, u16>,
    blocks: usize,
}

impl IndexMerge {
    /// Whether an index says enough to be taken over.
    pub fn can_take(index: &PartIndex) -> bool {
        let head = &index.head;
        head.summary.is_some()
            && head.times.is_some()
            && head.columns.is_some()
            && index.shapes.is_some()
            && index.tokens.is_some()
    }

    /// Whether there are numbers for the shapes of `index`.
    pub fn has_room_for(&self, index: &PartIndex) -> bool {
        let own = index.shapes.iter().flat_map(|shapes| &shapes.all);
        let new = own.filter(|shape| !self.numbers.contains_key(&shape.text)).count();
        self.shapes.all.len() + new <= MERGED_SHAPES_MAX
    }

    /// Adds a piece of `blocks` blocks, for whose shapes there is room; gives for each of them the number that it
    /// has from now on.
    pub fn add(&mut self, index: PartIndex, blocks: usize) -> Vec<i32> {
        let own = index.shapes.clone().unwrap_or_default();
        let numbers = own.all.iter().map(|shape| i32::from(self.number(shape))).collect();
        self.shapes.shapeless += own.shapeless;
        for (id, text) in own.patterns {
            match self.shapes.patterns.iter_mut().find(|(known, _)| *known == id) {
                Some((_, known)) => *known = text,
                None => self.shapes.patterns.push((id, text)),
            }
        }
        self.pieces.push((index, blocks));
        self.blocks += blocks;
        numbers
    }

    fn number(&mut self, shape: &Shape) -> u16 {
        if let Some(number) = self.numbers.get(&shape.text) {
            self.shapes.all[usize::from(*number)].rows += shape.rows;
            return *number;
        }
        let number = self.shapes.all.len() as u16;
        self.numbers.insert(shape.text.clone(), number);
        self.shapes.all.push(shape.clone());
        number
    }

    /// The index of all pieces. `level_columns` are the columns of the whole that can hold a level, in order.
    pub fn finish(self, level_columns: Vec<String>) -> PartIndex {
        let columns = self.columns();
        let times = self.pieces.iter().map(|(piece, _)| piece.head.times.as_deref());
        let times = times.collect::<Option<Vec<_>>>().map(|all| all.concat());
        let (summary, tokens) = (self.summary(level_columns), self.tokens(&columns));
        let head = IndexHead { summary, times, columns: Some(columns) };
        PartIndex { head, tokens, shapes: Some(self.shapes) }
    }

    fn columns(&self) -> Vec<ColumnIndex> {
        let mut names: Vec<&str> = Vec::new();
        let mut by_name: HashMap<&str, Vec<&ColumnIndex>> = HashMap::new();
        for column in self.pieces.iter().flat_map(|(piece, _)| piece.head.columns.iter().flatten()) {
            let known = by_name.entry(column.name.as_str()).or_default();
            if known.is_empty() {
                names.push(&column.name);
            }
            known.push(column);
        }
        names.into_iter().filter_map(|name| ColumnIndex::merge(&by_name[name])).collect()
    }

    /// The tokens of all pieces, and those of values that only a piece could list.
    fn tokens(&self, columns: &[ColumnIndex]) -> Option<TokenIndex> {
        let unlisted: Vec<&str> = columns
            .iter()
            .filter(|column| column.values.is_none() && column.bytes.is_some())
            .map(|column| column.name.as_str())
            .collect();
        let mut added = TokenIndexBuilder::default();
        let mut tables = Vec::with_capacity(self.pieces.len() + 1);
        let mut first = 0;
        for (piece, blocks) in &self.pieces {
            tables.push((piece.tokens.as_ref()?, first));
            let own =
                piece.head.columns.iter().flatten().filter(|column| unlisted.contains(&column.name.as_str()));
            for (value, _) in own.flat_map(|column| column.values.iter().flatten()) {
                for block in first..first + blocks {
                    added.set_block(block);
                    indexed_tokens(value, |hash| added.insert(Place::Field.salt(hash)));
                }
            }
            first += blocks;
        }
        let added = added.finish(self.blocks)?;
        tables.push((&added, 0));
        TokenIndex::merge(&tables, self.blocks)
    }

    fn summary(&self, level_columns: Vec<String>) -> Option<Summary> {
        let parts: Vec<&Summary> =
            self.pieces.iter().map(|(piece, _)| piece.head.summary.as_ref()).collect::<Option<_>>()?;
        let mut summary = Summary {
            rows: parts.iter().map(|part| part.rows).sum(),
            time_min: parts.iter().map(|part| part.time_min).min()?,
            time_max: parts.iter().map(|part| part.time_max).max()?,
            level_columns,
            levels: Vec::new(),
            counts: None,
        };
        let mut cells: BTreeMap<(i64, u16), u32> = BTreeMap::new();
        for part in &parts {
            let Some(counts) = &part.counts else { return Some(summary) };
            let numbers: Vec<u16> =
                part.levels.iter().map(|level| number_of(&mut summary.levels, level)).collect();
            for MinuteCount { minute, level, rows } in counts {
                *cells.entry((*minute, numbers[usize::from(*level)])).or_default() += rows;
            }
        }
        if cells.len() <= CELLS_MAX && summary.levels.len() <= usize::from(u8::MAX) + 1 {
            let counts = cells.into_iter().map(|((minute, level), rows)| MinuteCount { minute, level, rows });
            summary.counts = Some(counts.collect());
        }
        Some(summary)
    }
}

fn number_of(levels: &mut Vec<String>, level: &str) -> u16 {
    let known = levels.iter().position(|known| known == level);
    known.unwrap_or_else(|| {
        levels.push(level.to_owned());
        levels.len() - 1
    }) as u16
}
