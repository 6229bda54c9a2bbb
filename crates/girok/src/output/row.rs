//! One row of an answer: its fields in the order in which they came.

use std::fmt;

use anyhow::{Context, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Names and values, none of them null.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Row(pub(crate) Vec<(String, Value)>);

impl Row {
    pub(crate) fn read(line: &[u8]) -> Result<Self> {
        serde_json::from_slice(line).context("cannot read a row of the answer")
    }

    /// The text of the first of `names` that the row has.
    pub(crate) fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name)).map(plain)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}

/// A value as text for people: no quotes, and nothing that would move a terminal's cursor.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        other => other.to_string(),
    }
}

/// `text` on one line, with control characters spelled out.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("  "),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if !value.is_null() {
                fields.push((name, value));
            }
        }
        Ok(Row(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order() {
        let row = Row::read(br#"{"z":1,"a":null,"b":"x"}"#).unwrap();
        assert_eq!(row.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["z", "b"]);
        assert_eq!(row.first(&["a", "b"]).as_deref(), Some("x"));
        assert!(Row::read(b"[1]").is_err());
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(plain(&Value::from("a\nb\u{1b}[31mc\td 한글")), "a\\nb\\u{1b}[31mc  d 한글");
    }
}
