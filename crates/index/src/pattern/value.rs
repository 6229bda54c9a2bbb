//! Which forms of values do patterns tell apart?

use crate::shape::{HEX, NUMBER, REST, UUID, composite};

/// The form of a value, shown in the text of a pattern. For deciding which sentence is which, all forms are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Number,
    Hex,
    Ip,
    Uuid,
    Time,
    Date,
    Path,
    Url,
    /// Further lines.
    Lines,
    /// Any value: it holds a digit, but is of no special form or of several.
    Value,
}

use Form::{Date, Hex, Ip, Lines, Number, Path, Time, Url, Uuid, Value};

const NAMES: [(Form, &str); 10] = [
    (Number, "<num>"),
    (Hex, "<hex>"),
    (Ip, "<ip>"),
    (Uuid, "<uuid>"),
    (Time, "<time>"),
    (Date, "<date>"),
    (Path, "<path>"),
    (Url, "<url>"),
    (Lines, "<lines>"),
    (Value, "<value>"),
];

impl Form {
    /// How it stands in a pattern's text.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(form, _)| *form == self).map_or("<value>", |(_, name)| name)
    }

    /// The form whose name `text` begins with, and what comes after the name.
    pub(super) fn strip_from(text: &str) -> Option<(Form, &str)> {
        NAMES.iter().find_map(|(form, name)| Some((*form, text.strip_prefix(name)?)))
    }

    /// The form of both.
    pub(super) fn join(self, other: Form) -> Form {
        match (self, other) {
            (one, other) if one == other => one,
            (Number | Hex, Number | Hex) => Hex,
            (Time | Date, Time | Date) => Time,
            _ => Value,
        }
    }

    /// The form of a part of a shape that is nothing but one value.
    pub(super) fn of_whole(text: &str) -> Option<Form> {
        let mut chars = text.chars();
        let first = chars.next()?;
        if chars.next().is_none() {
            return match first {
                NUMBER => Some(Number),
                HEX => Some(Hex),
                UUID => Some(Uuid),
                REST => Some(Lines),
                _ => None,
            };
        }
        Form::strip_from(composite(text)?).map(|(form, _)| form)
    }
}
