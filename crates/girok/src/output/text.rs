//! An event as one line of text: time, level, source, message.

use girok_event::{alias, columns};

use super::row::{Row, plain};

const SOURCES: [&str; 7] =
    ["host.name", "host", "hostname", "service.name", "service", "app", columns::SOURCE];

/// Names that the line shows in their own place, or that say nothing to a reader.
const SHOWN: [&str; 3] = [columns::TIME, columns::MESSAGE, columns::HEAD];

/// Writes lines, in colour or not.
#[derive(Debug)]
pub(super) struct LineWriter {
    colour: bool,
}

impl LineWriter {
    pub(super) fn new(colour: bool) -> Self {
        LineWriter { colour }
    }

    /// The line of a row, with its end.
    pub(super) fn line(&self, row: &Row) -> String {
        let time = row.first(&[columns::TIME]).map(|time| self.paint("2", &time));
        let level = row.first(alias::level_names()).map(|level| self.level(&level));
        let source = row.first(&SOURCES).map(|source| self.paint("36", &source));
        let message = row.first(&[columns::MESSAGE]).unwrap_or_else(|| other_fields(row));
        let parts = [time, level, source, Some(message)];
        let mut line = parts.into_iter().flatten().collect::<Vec<_>>().join("  ");
        line.push('\n');
        line
    }

    fn level(&self, level: &str) -> String {
        let upper = format!("{:<5}", level.to_uppercase());
        match level.to_ascii_lowercase().as_str() {
            "error" | "err" | "fatal" | "critical" | "crit" | "alert" | "emerg" | "emergency" | "panic" => {
                self.paint("31", &upper)
            }
            "warn" | "warning" => self.paint("33", &upper),
            _ => upper,
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// What a row without a message says: its own fields as `name=value`.
fn other_fields(row: &Row) -> String {
    let own = |name: &str| !columns::is_system(name) && !SHOWN.contains(&name);
    let fields = row.0.iter().filter(|(name, _)| own(name));
    fields.map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(row: &str, colour: bool, expected: &str) {
        let line = LineWriter::new(colour).line(&Row::read(row.as_bytes()).unwrap());
        assert_eq!(line, format!("{expected}\n"));
    }

    #[test]
    fn an_event_is_one_line() {
        let row = r#"{"_time":"2026-11-23T07:46:17Z","_source":"10.0.0.1","level":"error","host":"web1","message":"a\nb"}"#;
        check(row, false, "2026-11-23T07:46:17Z  ERROR  web1  a\\nb");
        check(
            row,
            true,
            "\u{1b}[2m2026-11-23T07:46:17Z\u{1b}[0m  \u{1b}[31mERROR\u{1b}[0m  \u{1b}[36mweb1\u{1b}[0m  a\\nb",
        );
    }

    #[test]
    fn a_row_without_message_shows_its_fields() {
        check(
            r#"{"_time":"2026-11-23T07:46:17Z","_offset":3,"user":"kim","n":2}"#,
            false,
            "2026-11-23T07:46:17Z  user=kim n=2",
        );
        check(r#"{"service":"web","count()":12}"#, false, "web  service=web count()=12");
    }
}
