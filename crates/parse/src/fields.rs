//! Under which name does a field of an event stand? Names are unique, short and not the system's.

use std::collections::HashMap;

use bumpalo::Bump;
use girok_event::{Event, Field, Value, columns, limits};

use crate::note::note;
use crate::text::joined;

/// Up to here names are compared one by one; more of them are worth a hash map.
const SCANNED_MAX: usize = 24;

/// The fields of one event while they are being collected.
pub(crate) struct Fields<'a> {
    list: Vec<Field<'a>>,
    positions: Option<HashMap<&'a str, usize>>,
    duplicates: Remark<'a>,
    cut: Remark<'a>,
}

/// Something that happened to some names: how often, and to which first.
#[derive(Default)]
struct Remark<'a> {
    count: usize,
    first: &'a str,
}

impl<'a> Remark<'a> {
    fn add(&mut self, name: &'a str) {
        if self.count == 0 {
            self.first = name;
        }
        self.count += 1;
    }
}

impl<'a> Fields<'a> {
    /// Takes the event's list of fields; [`Fields::finish`] gives it back.
    pub(crate) fn take(event: &mut Event<'a>) -> Self {
        Fields { list: std::mem::take(&mut event.fields), ..Fields::empty() }
    }

    /// Gives the list back empty.
    pub(crate) fn abandon(mut self, event: &mut Event<'a>) {
        self.clear();
        event.fields = self.list;
    }

    /// Forgets every field and remark.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        *self = Fields { list: std::mem::take(&mut self.list), ..Fields::empty() };
    }

    fn empty() -> Self {
        Fields { list: Vec::new(), positions: None, duplicates: Remark::default(), cut: Remark::default() }
    }

    /// Sets the field called `name` and returns its position. Of two with one name the last stays.
    #[inline]
    pub(crate) fn set(&mut self, name: &'a str, value: Value<'a>) -> usize {
        match self.position(name) {
            Some(position) => {
                self.duplicates.add(name);
                self.list[position].1 = value;
                position
            }
            None => self.push(name, value),
        }
    }

    /// Sets the field called `name` unless there is one.
    pub(crate) fn set_if_free(&mut self, name: &'a str, value: impl FnOnce() -> Value<'a>) {
        if self.position(name).is_none() {
            self.push(name, value());
        }
    }

    #[inline]
    fn push(&mut self, name: &'a str, value: Value<'a>) -> usize {
        let position = self.list.len();
        self.list.push((name, value));
        if let Some(positions) = &mut self.positions {
            positions.insert(name, position);
        }
        position
    }

    /// The name for what the sender called `prefix` + `key`: cut where too long, `field.` before it where
    /// it would be a system column's.
    #[inline]
    pub(crate) fn name(&mut self, prefix: &str, key: Key<'a, '_>, arena: &'a Bump) -> &'a str {
        let name = match (prefix, key) {
            ("", Key::Borrowed(key)) => key,
            ("", Key::Transient(key)) => arena.alloc_str(key),
            (prefix, Key::Borrowed(key) | Key::Transient(key)) => joined(&[prefix, ".", key], arena),
        };
        if name.len() > limits::FIELD_NAME_BYTES_MAX {
            let name = &name[..name.floor_char_boundary(limits::FIELD_NAME_BYTES_MAX)];
            self.cut.add(name);
            return name;
        }
        free_of_system(name, arena)
    }

    /// Gives the fields back to the event and notes what happened to their names. Says whether the fields
    /// still hold everything that was set.
    pub(crate) fn finish(self, event: &mut Event<'a>, arena: &'a Bump) -> bool {
        event.fields = self.list;
        let Fields { duplicates, cut, .. } = self;
        if duplicates.count > 0 {
            let Remark { count, first } = duplicates;
            note(
                event,
                arena,
                format_args!("values replaced by a later one of the same name: {count}, first `{first}`"),
            );
        }
        if cut.count > 0 {
            let Remark { count, first } = cut;
            let limit = limits::FIELD_NAME_BYTES_MAX;
            note(event, arena, format_args!("names cut to {limit} bytes: {count}, first `{first}`"));
        }
        duplicates.count + cut.count == 0
    }

    #[inline]
    fn position(&mut self, name: &str) -> Option<usize> {
        if self.list.len() <= SCANNED_MAX {
            return self.list.iter().position(|(field, _)| *field == name);
        }
        let list = &self.list;
        let positions = self.positions.get_or_insert_with(|| {
            list.iter().enumerate().map(|(position, (field, _))| (*field, position)).collect()
        });
        positions.get(name).copied()
    }
}

/// A name as it was read: part of the record, or valid only for the moment.
#[derive(Clone, Copy)]
pub(crate) enum Key<'a, 'k> {
    /// Part of the record or the arena.
    Borrowed(&'a str),
    /// To be copied.
    Transient(&'k str),
}

/// `name`, or `field.` + `name` where a system column has it or where it is empty.
#[inline]
pub(crate) fn free_of_system<'a>(name: &'a str, arena: &'a Bump) -> &'a str {
    let taken = match name.as_bytes().first() {
        Some(b'_') => columns::is_system(name),
        Some(_) => false,
        None => true,
    };
    if taken { joined(&["field.", name], arena) } else { name }
}
