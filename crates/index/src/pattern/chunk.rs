//! What stands at one place of a pattern, and which chunks of a message does it take?

use super::value::Form;

/// Stands for a value in a chunk's key, whatever its form.
const MARK: char = '\u{1}';

/// A place that takes any word, as it stands in the text.
const WILD: &str = "<*>";

/// A piece of a sentence between white space: fixed text and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The text with a [`MARK`] for each value: chunks with equal keys are the same chunk.
    pub(super) key: String,
    /// The form of each marked value.
    forms: Vec<Form>,
}

impl Chunk {
    /// Reads a chunk in which values stand by name.
    pub(super) fn parse(text: &str) -> Self {
        let mut chunk = Chunk { key: String::with_capacity(text.len()), forms: Vec::new() };
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let value = match c {
                '<' => Form::strip_from(rest).or_else(|| Some((Form::Value, rest.strip_prefix(WILD)?))),
                MARK => Some((Form::Value, &rest[1..])),
                _ => None,
            };
            if let Some((form, after)) = value {
                chunk.key.push(MARK);
                chunk.forms.push(form);
                rest = after;
            } else {
                chunk.key.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        chunk
    }

    /// Whether it holds a word of fixed text.
    pub(super) fn has_word(&self) -> bool {
        self.key.contains(char::is_alphabetic)
    }

    /// Whether it is fixed text with a word.
    pub(super) fn is_word(&self) -> bool {
        self.has_word() && !self.has_value()
    }

    /// Whether it holds a value.
    pub(super) fn has_value(&self) -> bool {
        !self.forms.is_empty()
    }

    /// The form, if the chunk is one value and at most a comma; and whether there is a comma.
    pub(super) fn only_value(&self) -> Option<(Form, bool)> {
        let comma = self.key.ends_with(',');
        let is_value = self.key.strip_suffix(',').unwrap_or(&self.key) == MARK.to_string();
        is_value.then(|| (self.forms[0], comma))
    }

    fn print(&self, out: &mut String) {
        let mut forms = self.forms.iter();
        for c in self.key.chars() {
            match c {
                MARK => out.push_str(forms.next().map_or(Form::Value.name(), |form| form.name())),
                c => out.push(c),
            }
        }
    }
}

/// One place of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Takes only chunks with this key.
    Fixed(Chunk),
    /// Takes every chunk that begins and ends so.
    Wild { prefix: String, suffix: String },
}

impl Place {
    /// Reads a place as [`Place::print`] wrote it.
    pub(super) fn parse(text: &str) -> Self {
        let Some((before, after)) = text.split_once(WILD) else {
            return Place::Fixed(Chunk::parse(text));
        };
        let (prefix, suffix) = (Chunk::parse(before).key, Chunk::parse(after).key);
        let prefix = prefix.split(MARK).next().unwrap_or_default().to_owned();
        let suffix = suffix.rsplit(MARK).next().unwrap_or_default().to_owned();
        Place::Wild { prefix, suffix }
    }

    /// Writes it as users see it.
    pub(super) fn print(&self, out: &mut String) {
        match self {
            Place::Fixed(chunk) => chunk.print(out),
            Place::Wild { prefix, suffix } => out.extend([prefix.as_str(), WILD, suffix]),
        }
    }

    /// The only chunk it takes, if it is not wild.
    pub(super) fn fixed(&self) -> Option<&Chunk> {
        match self {
            Place::Fixed(chunk) => Some(chunk),
            Place::Wild { .. } => None,
        }
    }

    /// Whether it takes `chunk`.
    pub(super) fn takes(&self, chunk: &Chunk) -> bool {
        match self {
            Place::Fixed(mine) => mine.key == chunk.key,
            Place::Wild { prefix, suffix } => {
                chunk.key.len() >= prefix.len() + suffix.len()
                    && chunk.key.starts_with(prefix.as_str())
                    && chunk.key.ends_with(suffix.as_str())
            }
        }
    }

    /// Whether some chunk may be taken by both.
    pub(super) fn overlaps(&self, other: &Place) -> bool {
        match (self, other) {
            (Place::Fixed(chunk), place) | (place, Place::Fixed(chunk)) => place.takes(chunk),
            (Place::Wild { prefix: p, suffix: s }, Place::Wild { prefix, suffix }) => {
                (p.starts_with(prefix.as_str()) || prefix.starts_with(p.as_str()))
                    && (s.ends_with(suffix.as_str()) || suffix.ends_with(s.as_str()))
            }
        }
    }

    /// The place that takes all this one takes, and `chunk`.
    pub(super) fn with(&self, chunk: &Chunk) -> Place {
        let (prefix, suffix) = match self {
            place if place.takes(chunk) => return place.clone(),
            Place::Fixed(mine) => (mine.key.as_str(), mine.key.as_str()),
            Place::Wild { prefix, suffix } => (prefix.as_str(), suffix.as_str()),
        };
        let prefix = common_prefix(prefix, &chunk.key);
        let mut suffix = common_suffix(suffix, &chunk.key);
        if prefix.len() + suffix.len() > chunk.key.len().min(self.length_min()) {
            suffix = "";
        }
        Place::Wild { prefix: prefix.to_owned(), suffix: suffix.to_owned() }
    }

    /// The place that takes what either takes.
    pub(super) fn join(&self, other: &Place) -> Place {
        match (self, other) {
            (place, Place::Fixed(chunk)) | (Place::Fixed(chunk), place) => {
                let mut joined = place.with(chunk);
                joined.join_forms(chunk);
                joined
            }
            (Place::Wild { prefix: p, suffix: s }, Place::Wild { prefix, suffix }) => Place::Wild {
                prefix: common_prefix(p, prefix).to_owned(),
                suffix: common_suffix(s, suffix).to_owned(),
            },
        }
    }

    /// The length of the shortest key it takes.
    fn length_min(&self) -> usize {
        match self {
            Place::Fixed(chunk) => chunk.key.len(),
            Place::Wild { prefix, suffix } => prefix.len() + suffix.len(),
        }
    }

    /// Makes the forms of its values those of both, itself and `chunk`, which it takes.
    pub(super) fn join_forms(&mut self, chunk: &Chunk) {
        if let Place::Fixed(mine) = self {
            for (form, other) in mine.forms.iter_mut().zip(&chunk.forms) {
                *form = form.join(*other);
            }
        }
    }
}

/// The punctuation that both begin with, and what stands before it in both: of `user=bob` and `user=ben` `user=`.
fn common_prefix<'t>(one: &'t str, other: &str) -> &'t str {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b && *a != MARK);
    let length = same.map(|(c, _)| c.len_utf8()).sum();
    one[..length].trim_end_matches(is_inside_names)
}

/// The same for the end: of `(bob):` and `(ben):` it is `):`.
fn common_suffix<'t>(one: &'t str, other: &str) -> &'t str {
    let same = one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b && *a != MARK);
    let length: usize = same.map(|(c, _)| c.len_utf8()).sum();
    one[one.len() - length..].trim_start_matches(is_inside_names)
}

/// Characters that names of things are made of, so that a name is never cut in two.
fn is_inside_names(c: char) -> bool {
    crate::is_word(c) || matches!(c, '.' | '-' | '*')
}
