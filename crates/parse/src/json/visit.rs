//! Walking through a JSON document without building it.

use std::fmt;

use bumpalo::Bump;
use bumpalo::collections::String;
use girok_event::{Value, limits};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::roles::Roles;
use crate::fields::{Fields, Key};
use crate::text::{printed, quote_end};

/// Whole numbers from here on do not fit 64 bits; serde_json hands them over as rounded floats.
const ROUNDED_FROM: f64 = 9_223_372_036_854_775_808.0;

/// Reads one object and nothing after it into `fields`.
pub(super) fn object<'a>(
    json: &'a str,
    arena: &'a Bump,
    fields: &mut Fields<'a>,
    roles: &mut Roles,
) -> serde_json::Result<()> {
    let mut document = Document { arena, fields, roles, exact: false, needs_exact: false };
    document.read(json)?;
    if document.needs_exact {
        document.start_again();
        document.read(json)?;
    }
    Ok(())
}

/// Where the leaves of a document go.
struct Document<'a, 's> {
    arena: &'a Bump,
    fields: &'s mut Fields<'a>,
    roles: &'s mut Roles,
    /// Look at each number's text first: slower, but digits beyond 64 bits survive.
    exact: bool,
    needs_exact: bool,
}

impl<'a> Document<'a, '_> {
    fn read(&mut self, json: &'a str) -> serde_json::Result<()> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        Member { document: self, name: "", depth: 0 }.deserialize(&mut deserializer)?;
        deserializer.end()
    }

    fn start_again(&mut self) {
        self.fields.clear();
        *self.roles = Roles::default();
        self.exact = true;
    }

    #[inline]
    fn set_text(&mut self, name: &'a str, text: &'a str) {
        let position = self.fields.set(name, Value::Str(text));
        self.roles.see_text(name, position);
    }

    #[inline]
    fn set_scalar(&mut self, name: &'a str, value: Value<'a>) {
        let position = self.fields.set(name, value);
        self.roles.see_scalar(name, position);
    }
}

/// One value of a document and the dotted name that leads to it.
struct Member<'a, 'd, 's> {
    document: &'d mut Document<'a, 's>,
    name: &'a str,
    depth: usize,
}

impl<'a> DeserializeSeed<'a> for Member<'a, '_, '_> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        if !self.document.exact || self.depth == 0 {
            return deserializer.deserialize_any(self);
        }
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if is_large_integer(raw) {
            self.document.set_scalar(self.name, Value::Str(raw));
            return Ok(());
        }
        serde_json::Deserializer::from_str(raw).deserialize_any(self).map_err(D::Error::custom)
    }
}

impl<'a> Visitor<'a> for Member<'a, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, value: &'a str) -> Result<(), E> {
        self.document.set_text(self.name, value);
        Ok(())
    }

    #[inline]
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        let value = self.document.arena.alloc_str(value);
        self.document.set_text(self.name, value);
        Ok(())
    }

    #[inline]
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.document.set_scalar(self.name, Value::Bool(value));
        Ok(())
    }

    #[inline]
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.document.set_scalar(self.name, Value::Int(value));
        Ok(())
    }

    #[inline]
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        let value = match i64::try_from(value) {
            Ok(value) => Value::Int(value),
            Err(_) => Value::Str(printed(format_args!("{value}"), self.document.arena)),
        };
        self.document.set_scalar(self.name, value);
        Ok(())
    }

    /// Beyond 15 digits serde_json's quick reading of floats may be off in the last place.
    #[inline]
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.document.needs_exact |= value.abs() >= ROUNDED_FROM;
        self.document.set_scalar(self.name, Value::Float(value));
        Ok(())
    }

    #[inline]
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut items: S) -> Result<(), S::Error> {
        let mut text = String::new_in(self.document.arena);
        text.push('[');
        while let Some(item) = items.next_element::<&RawValue>()? {
            if text.len() > 1 {
                text.push(',');
            }
            compact(item.get(), &mut text);
        }
        text.push(']');
        self.document.set_scalar(self.name, Value::Str(text.into_bump_str()));
        Ok(())
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        if self.depth >= limits::FLATTEN_DEPTH_MAX {
            return self.keep_as_text(members);
        }
        let mut is_empty = true;
        while let Some(name) = members.next_key_seed(Name { document: self.document, prefix: self.name })? {
            is_empty = false;
            members.next_value_seed(Member { document: self.document, name, depth: self.depth + 1 })?;
        }
        if is_empty && self.depth > 0 {
            self.document.set_scalar(self.name, Value::Str("{}"));
        }
        Ok(())
    }
}

impl<'a> Member<'a, '_, '_> {
    /// Sets an object that lies too deep as JSON text.
    fn keep_as_text<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        let mut text = String::new_in(self.document.arena);
        text.push('{');
        while let Some((key, value)) = members.next_entry::<&RawValue, &RawValue>()? {
            if text.len() > 1 {
                text.push(',');
            }
            compact(key.get(), &mut text);
            text.push(':');
            compact(value.get(), &mut text);
        }
        text.push('}');
        self.document.set_scalar(self.name, Value::Str(text.into_bump_str()));
        Ok(())
    }
}

/// The key of a member, to be read behind the name of its object.
struct Name<'a, 'd, 's> {
    document: &'d mut Document<'a, 's>,
    prefix: &'a str,
}

impl<'a> DeserializeSeed<'a> for Name<'a, '_, '_> {
    type Value = &'a str;

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Name<'a, '_, '_> {
    type Value = &'a str;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<&'a str, E> {
        Ok(self.document.fields.name(self.prefix, Key::Borrowed(key), self.document.arena))
    }

    #[inline]
    fn visit_str<E>(self, key: &str) -> Result<&'a str, E> {
        Ok(self.document.fields.name(self.prefix, Key::Transient(key), self.document.arena))
    }
}

fn is_large_integer(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && raw.parse::<i64>().is_err()
}

/// Appends valid JSON without the spaces between its tokens.
fn compact(json: &str, text: &mut String<'_>) {
    let bytes = json.as_bytes();
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += quote_end(&bytes[at + 1..]).map_or(1, |inside| inside + 2),
            b' ' | b'\t' | b'\n' | b'\r' => {
                text.push_str(&json[kept..at]);
                at += 1;
                kept = at;
            }
            _ => at += 1,
        }
    }
    text.push_str(&json[kept..]);
}
