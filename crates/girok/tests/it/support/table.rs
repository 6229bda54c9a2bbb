//! Figures a test shows: a table on standard output (`--nocapture` shows it always).

/// Rows of text under a heading.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Self {
        Table { rows: vec![heading.iter().map(ToString::to_string).collect()] }
    }

    pub(crate) fn row(&mut self, cells: &[&dyn std::fmt::Display]) {
        self.rows.push(cells.iter().map(ToString::to_string).collect());
    }

    /// Prints the table; the caller asserts afterwards, so that a failure comes with its figures.
    pub(crate) fn print(&self, title: &str) {
        let columns = self.rows[0].len();
        let width =
            |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut text = format!("\n{title}\n");
        for row in &self.rows {
            for (cell, width) in row.iter().zip(&widths) {
                text += &format!("  {cell:<width$}");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        println!("{text}");
    }
}
