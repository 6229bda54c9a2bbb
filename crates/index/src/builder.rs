//! Builds a part's index while its columns are walked.

use std::collections::HashMap;

use girok_event::Timestamp;

use crate::column::{ByteSet, ColumnIndex, ValueCounter};
use crate::shape::{HEX, NUMBER, ShapeScanner, ShapeTable, UUID, WORD, first_line};
use crate::shapes::{Shape, Shapes};
use crate::tokens::TokenIndexBuilder;
use crate::words::{Place, TOKEN_BYTES_MIN, indexed_tokens, quad_hash, token_hash};
use crate::{IndexHead, PartIndex, SummaryBuilder};

/// Groups of hexadecimal digits in a UUID.
const UUID_GROUPS: u16 = 5;

/// Collects what [`PartIndex`] will say. The caller walks columns and rows in any order.
#[derive(Debug, Default)]
pub struct IndexBuilder {
    summary: SummaryBuilder,
    /// Of each block the first and the last time.
    times: Vec<(Timestamp, Timestamp)>,
    columns: Vec<ColumnIndex>,
    tokens: TokenIndexBuilder,
    messages: Messages,
}

/// The shapes of the messages so far.
#[derive(Debug, Default)]
struct Messages {
    scanner: ShapeScanner,
    table: ShapeTable,
    /// Of each shape the rows that have it, and which of its variable tokens begin a quad.
    known: Vec<(u64, Vec<u16>)>,
    shapeless: u64,
    /// The variable tokens of the message at hand: hash, and whether it is indexed by itself.
    variables: Vec<(u64, bool)>,
}

impl IndexBuilder {
    /// Counts a row of `block` under its time and its level as spelled; blocks come in order.
    #[inline]
    pub fn row(&mut self, block: usize, time: Timestamp, level: Option<&str>) {
        self.summary.row(time, level);
        match self.times.get_mut(block) {
            Some((min, max)) => {
                *min = time.min(*min);
                *max = time.max(*max);
            }
            None => self.times.push((time, time)),
        }
    }

    /// Adds the message of a row in `block` and gives the number of its shape, if it has one.
    #[inline]
    pub fn message(&mut self, block: usize, message: &str) -> Option<u16> {
        let (tokens, messages) = (&mut self.tokens, &mut self.messages);
        tokens.set_block(block);
        let shape = messages.take(message, |hash| tokens.insert(Place::Text.salt(hash)));
        if shape.is_none() {
            messages.shapeless += 1;
            indexed_tokens(message, |hash| tokens.insert(Place::Text.salt(hash)));
        }
        shape
    }

    /// Adds the message of a row in `block` that is to have no shape.
    pub fn shapeless(&mut self, block: usize, message: &str) {
        self.messages.shapeless += 1;
        self.text(block, message);
    }

    /// Adds text that is searched like messages but has no shape: heads of lines, raw lines.
    pub fn text(&mut self, block: usize, text: &str) {
        self.tokens.set_block(block);
        indexed_tokens(text, |hash| self.tokens.insert(Place::Text.salt(hash)));
    }

    /// Adds a column of text: each value with the block it stands in. Values are listed where they are
    /// few, else their tokens are indexed.
    pub fn texts<'t>(
        &mut self,
        name: &str,
        present: u64,
        values: impl Iterator<Item = (usize, &'t str)> + Clone,
    ) {
        let mut counter = ValueCounter::default();
        let is_listed = values.clone().all(|(_, value)| counter.add(value));
        let mut bytes = ByteSet::default();
        let listed = counter.finish();
        if is_listed {
            listed.iter().flatten().for_each(|(value, _)| bytes.add(value));
        } else {
            for (block, value) in values {
                self.tokens.set_block(block);
                indexed_tokens(value, |hash| self.tokens.insert(Place::Field.salt(hash)));
                bytes.add(value);
            }
        }
        self.columns.push(ColumnIndex { name: name.to_owned(), present, bytes: Some(bytes), values: listed });
    }

    /// Adds names and texts of a map, which are searched like fields.
    pub fn entries<'t>(&mut self, entries: impl Iterator<Item = (usize, &'t str)>) {
        for (block, text) in entries {
            self.tokens.set_block(block);
            indexed_tokens(text, |hash| self.tokens.insert(Place::Field.salt(hash)));
        }
    }

    /// Adds a column of other values: its distinct ones as text with their rows, where they are few.
    pub fn values(&mut self, name: &str, present: u64, values: Option<&[(String, u32)]>) {
        let mut counter = ValueCounter::default();
        match values {
            Some(values) => values.iter().for_each(|(value, rows)| counter.add_rows(value, *rows)),
            None => counter.give_up(),
        }
        let column = ColumnIndex { name: name.to_owned(), present, bytes: None, values: counter.finish() };
        self.columns.push(column);
    }

    /// The index of a part of `blocks` blocks. `level_columns` are the columns the levels came from, in
    /// order; `pattern` gives the pattern of a shape: its id and its text.
    pub fn finish(
        self,
        blocks: usize,
        level_columns: Vec<String>,
        pattern: impl FnMut(&str) -> (u64, String),
    ) -> PartIndex {
        let summary = Some(self.summary.finish(level_columns));
        PartIndex {
            head: IndexHead { summary, times: Some(self.times), columns: Some(self.columns) },
            shapes: Some(self.messages.finish(pattern)),
            tokens: self.tokens.finish(blocks),
        }
    }
}

impl Messages {
    /// The shape of `message`; each of its variable tokens is given to `token`.
    #[inline]
    fn take(&mut self, message: &str, mut token: impl FnMut(u64)) -> Option<u16> {
        self.variables.clear();
        let variables = &mut self.variables;
        let shape = self.scanner.scan(message, |text| match text.is_ascii() {
            true => variables.push((token_hash(text), text.len() >= TOKEN_BYTES_MIN)),
            // Folding may make several tokens of it.
            false => {
                indexed_tokens(text, &mut token);
                variables.push((0, false));
            }
        })?;
        let number = self.table.insert(shape)?;
        let (_, rest) = first_line(message);
        indexed_tokens(rest, &mut token);
        let at = usize::from(number);
        if at == self.known.len() {
            self.known.push((0, quads(shape)));
        }
        let (rows, quads) = &mut self.known[at];
        *rows += 1;
        self.variables.iter().filter(|(_, is_indexed)| *is_indexed).for_each(|(hash, _)| token(*hash));
        for first in quads.iter() {
            if let Some([a, b, c, d, ..]) = self.variables.get(usize::from(*first)..) {
                token(quad_hash([a.0, b.0, c.0, d.0]));
            }
        }
        Some(number)
    }

    fn finish(self, mut pattern: impl FnMut(&str) -> (u64, String)) -> Shapes {
        let mut shapes = Shapes { shapeless: self.shapeless, ..Shapes::default() };
        let mut places: HashMap<u64, usize> = HashMap::new();
        for (text, (rows, _)) in self.table.iter().zip(self.known) {
            let (id, pattern_text) = pattern(text);
            shapes.all.push(Shape { text: text.to_owned(), rows, pattern: id });
            let place = *places.entry(id).or_insert(shapes.patterns.len());
            match shapes.patterns.get_mut(place) {
                Some((_, text)) => *text = pattern_text,
                None => shapes.patterns.push((id, pattern_text)),
            }
        }
        shapes
    }
}

/// Which variable tokens of a shape are the first of four numbers with single dots between them.
fn quads(shape: &str) -> Vec<u16> {
    let mut token = 0u16;
    let mut found = Vec::new();
    for (at, c) in shape.char_indices() {
        let is_quad = || {
            let mut rest = shape[at..].chars();
            (0..4).all(|n| (n == 0 || rest.next() == Some('.')) && rest.next() == Some(NUMBER))
        };
        match c {
            NUMBER => {
                if is_quad() {
                    found.push(token);
                }
                token = token.saturating_add(1);
            }
            HEX | WORD => token = token.saturating_add(1),
            UUID => token = token.saturating_add(UUID_GROUPS),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quads_are_found_by_the_number_of_their_first_token() {
        assert_eq!(quads("from \u{1}.\u{1}.\u{1}.\u{1} port \u{1}"), [0]);
        assert_eq!(quads("\u{3} \u{4} \u{1}.\u{1}.\u{1}.\u{1}.\u{1}"), [6, 7]);
        assert_eq!(quads("\u{1}.\u{1}.\u{1} \u{1}"), [0u16; 0]);
    }
}
