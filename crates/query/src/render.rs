//! Prints an error under the query it belongs to, with a caret below the right column.

use std::fmt::Write;

use crate::QueryError;

/// How many columns of a long line are shown around the mistake.
const COLUMNS_MAX: usize = 100;
/// How many of them stand before it.
const COLUMNS_BEFORE: usize = 60;

impl QueryError {
    /// The error as text for a terminal: what is wrong, the line, a caret under the place, what to do.
    ///
    /// `text` is the query that was parsed. Wide characters count two columns.
    pub fn render(&self, text: &str) -> String {
        let start = self.span.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = &text[line_start..line_end];
        let end = self.span.end.clamp(start, line_end);
        let before = columns(&text[line_start..start]);
        let width = columns(&text[start..end]).max(1);
        let (shown, cut) = window(line, before);

        let mut out = format!("error: {}\n  {shown}\n  {}^", self.message, " ".repeat(before - cut));
        let room = columns(&shown).saturating_sub(before - cut).max(1);
        out.push_str(&"~".repeat(width.min(room) - 1));
        out.push('\n');
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "hint: {hint}");
        }
        out
    }
}

/// The part of a line that is shown if the mistake is in column `at`, and how many columns were cut off
/// at its left (less the mark that stands for them).
fn window(line: &str, at: usize) -> (String, usize) {
    let first = if columns(line) <= COLUMNS_MAX { 0 } else { at.saturating_sub(COLUMNS_BEFORE) };
    let mut shown = String::new();
    let mut column = 0;
    let mut cut = 0;
    for c in line.chars() {
        if column < first {
            cut = column + width(c);
        } else if column - cut >= COLUMNS_MAX {
            shown.push('…');
            break;
        } else {
            shown.push(if c.is_control() { ' ' } else { c });
        }
        column += width(c);
    }
    match cut {
        0 => (shown, 0),
        _ => (format!("…{shown}"), cut - 1),
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// The columns a character takes in a terminal.
fn width(c: char) -> usize {
    match u32::from(c) {
        // Marks that join what stands before them.
        0x0300..=0x036F | 0x1AB0..=0x1AFF | 0x20D0..=0x20FF | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        // Hangul jamo, CJK with its punctuation and kana, Hangul syllables, compatibility and full-width forms.
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xA960..=0xA97C
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F9FF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::{ErrorCode, QueryError, Span};

    #[track_caller]
    fn check(text: &str, span: Span, shown: &str) {
        let error = QueryError::new(ErrorCode::Unexpected, span, "no").hint("do");
        assert_eq!(error.render(text), shown);
    }

    #[test]
    fn the_caret_counts_columns() {
        check("a bcd e", Span::new(2, 5), "error: no\n  a bcd e\n    ^~~\nhint: do\n");
        check("한글 x", Span::new(7, 8), "error: no\n  한글 x\n       ^\nhint: do\n");
        check("가 나다", Span::new(4, 10), "error: no\n  가 나다\n     ^~~~\nhint: do\n");
        check("ab", Span::at(2), "error: no\n  ab\n    ^\nhint: do\n");
    }

    #[test]
    fn only_the_line_is_shown() {
        check("first\n\tsec ond\nthird", Span::new(11, 14), "error: no\n   sec ond\n       ^~~\nhint: do\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mistake() {
        let text = "x".repeat(500);
        let error = QueryError::new(ErrorCode::Unexpected, Span::new(300, 301), "no");
        let shown = error.render(&text);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[1].chars().count(), 2 + 1 + 100 + 1);
        assert_eq!(lines[2].chars().count(), 2 + 1 + 60 + 1);
    }
}
