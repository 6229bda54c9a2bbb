//! What operators read: small tables out of one JSON answer.

use anyhow::Result;
use serde_json::Value;

use super::table::Table;
use super::{Out, Row};

impl Row {
    /// A row with these fields, empty ones included.
    pub(crate) fn of<const N: usize>(fields: [(&str, Value); N]) -> Self {
        Row(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// The items of a list in an answer.
pub(crate) fn rows(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Rows of the same fields under each other; a field that is empty in all of them is left out.
pub(crate) fn print_table(rows: impl Iterator<Item = Row>) -> Result<()> {
    let rows: Vec<_> = rows.collect();
    let is_used = |at: usize| rows.iter().any(|row| !row.0[at].1.is_null());
    let used: Vec<_> = (0..rows.first().map_or(0, |row| row.0.len())).filter(|at| is_used(*at)).collect();
    let mut out = Out::stdout();
    let mut table = Table::new();
    for mut row in rows {
        let cell = |at: &usize| match std::mem::take(&mut row.0[*at]) {
            (name, Value::Null) => (name, "".into()),
            field => field,
        };
        table.add(Row(used.iter().map(cell).collect()), &mut out)?;
    }
    table.finish(&mut out)?;
    out.flush()
}

/// An answer as it came, indented.
pub(crate) fn print_json(answer: &Value) -> Result<()> {
    say(&format!("{answer:#}"))
}

/// One line.
pub(crate) fn say(line: &str) -> Result<()> {
    let mut out = Out::stdout();
    out.write(line.as_bytes())?;
    out.write(b"\n")?;
    out.flush()
}

/// Bytes as people read them; nothing where there are none to tell of.
pub(crate) fn size(bytes: &Value) -> Value {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let Some(mut size) = bytes.as_f64() else { return Value::Null };
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && size < 100.0);
    format!("{size:.digits$} {}", UNITS[unit]).into()
}

/// A number with at most one digit behind the point.
pub(crate) fn rounded(number: &Value) -> Value {
    match number.as_f64().map(|number| (number * 10.0).round() / 10.0) {
        Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => (whole as i64).into(),
        Some(number) => number.into(),
        None => Value::Null,
    }
}

/// `1,2,3`.
pub(crate) fn joined(list: &Value) -> Value {
    let items = rows(list).map(|item| item.as_str().map_or_else(|| item.to_string(), String::from));
    items.collect::<Vec<_>>().join(",").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_made_for_people() {
        assert_eq!(size(&json!(512)), "512 B");
        assert_eq!(size(&json!(1536)), "1.5 KiB");
        assert_eq!(size(&json!(300 * 1024 * 1024)), "300 MiB");
        assert_eq!(size(&Value::Null), Value::Null);
        assert_eq!(rounded(&json!(12.34)), json!(12.3));
        assert_eq!(rounded(&json!(12.01)), json!(12));
        assert_eq!(joined(&json!([1, "a"])), "1,a");
    }
}
