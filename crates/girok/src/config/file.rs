//! The configuration file: TOML, whose tables and dotted keys give a key's name.

use std::path::Path;

use anyhow::{Result, anyhow};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Key};
use super::{Origin, Setting, nearest};

/// The settings in `text`, which was read from `path`.
pub(super) fn read(path: &Path, text: &str) -> Result<Vec<Setting>> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        anyhow!("cannot read configuration ({}:{line}): {}", path.display(), error.message())
    })?;
    let mut reader = Reader { path, text, settings: Vec::new() };
    reader.table("", table.get_ref())?;
    Ok(reader.settings)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    settings: Vec<Setting>,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<()> {
        for (name, value) in table {
            let full = if prefix.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{prefix}.{}", name.get_ref())
            };
            match value.get_ref() {
                DeValue::Table(inner) => self.table(&full, inner)?,
                _ => self.value(&full, line_of(self.text, name.span().start), value)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, name: &str, line: usize, value: &Spanned<DeValue<'_>>) -> Result<()> {
        let origin = Origin::File { path: self.path.to_owned(), line };
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            return Err(unknown(name, &origin));
        };
        let value = plain(value.get_ref()).ok_or_else(|| {
            anyhow!("cannot use this value for `{name}` ({origin}): expected {}", key.expected)
        })?;
        self.settings.push(Setting { key, value, origin });
        Ok(())
    }
}

fn unknown(name: &str, origin: &Origin) -> anyhow::Error {
    let near = nearest(name, KEYS.iter().map(|key: &Key| key.name.to_owned()), name.len() / 3);
    let hint = near.map_or_else(
        || "`girok check-config` prints all keys".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    anyhow!("cannot set `{name}` ({origin}): there is no such key\nhint: {hint}")
}

/// A value as text; nothing if it is a list or a date.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count()
}
