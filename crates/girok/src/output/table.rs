//! Rows as a table.
//!
//! The first rows are held back to learn the columns and their widths; the others are printed as they come.

use anyhow::Result;
use unicode_width::UnicodeWidthStr;

use super::Out;
use super::row::{Row, plain};

/// Rows that are held back.
const LEARN_ROWS: usize = 1000;

/// The widest a column gets; only the last one may be wider.
const WIDTH_MAX: usize = 60;

/// A table being printed.
#[derive(Debug, Default)]
pub(super) struct Table {
    columns: Vec<Column>,
    held: Vec<Row>,
    learned: bool,
}

#[derive(Debug)]
struct Column {
    name: String,
    width: usize,
    numeric: bool,
}

impl Table {
    pub(super) fn new() -> Self {
        Table::default()
    }

    pub(super) fn add(&mut self, row: Row, out: &mut Out) -> Result<()> {
        if self.learned {
            return out.write(self.line(&row).as_bytes());
        }
        self.held.push(row);
        if self.held.len() < LEARN_ROWS { Ok(()) } else { self.print_held(out) }
    }

    pub(super) fn finish(mut self, out: &mut Out) -> Result<()> {
        if self.learned { Ok(()) } else { self.print_held(out) }
    }

    fn print_held(&mut self, out: &mut Out) -> Result<()> {
        self.learned = true;
        let held = std::mem::take(&mut self.held);
        held.iter().for_each(|row| self.learn(row));
        if !held.is_empty() {
            out.write(self.header().as_bytes())?;
        }
        held.iter().try_for_each(|row| out.write(self.line(row).as_bytes()))
    }

    fn learn(&mut self, row: &Row) {
        for (name, value) in &row.0 {
            let width = plain(value).width().min(WIDTH_MAX);
            match self.columns.iter_mut().find(|column| column.name == *name) {
                Some(column) => {
                    column.width = column.width.max(width);
                    column.numeric &= value.is_number();
                }
                None => self.columns.push(Column {
                    name: name.clone(),
                    width: width.max(name.width()),
                    numeric: value.is_number(),
                }),
            }
        }
    }

    fn header(&self) -> String {
        let names = self.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let rules = self.columns.iter().map(|column| "─".repeat(column.width)).collect::<Vec<_>>();
        self.join(&names) + &self.join(&rules)
    }

    /// A row under the header; a field that has no column stands at the end with its name.
    fn line(&self, row: &Row) -> String {
        let mut cells = vec![String::new(); self.columns.len()];
        let mut late = String::new();
        for (name, value) in &row.0 {
            match self.columns.iter().position(|column| column.name == *name) {
                Some(at) => cells[at] = plain(value),
                None => late.push_str(&format!("  {name}={}", plain(value))),
            }
        }
        let line = self.join(&cells);
        format!("{}{late}\n", line.trim_end())
    }

    fn join(&self, cells: &[String]) -> String {
        let last = self.columns.len().saturating_sub(1);
        let cells = self.columns.iter().zip(cells).enumerate().map(|(at, (column, cell))| {
            if at == last && !column.numeric { cell.clone() } else { column.fit(cell) }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    }
}

impl Column {
    /// The cell, cut or filled to the column's width; Korean letters are two columns wide.
    fn fit(&self, cell: &str) -> String {
        let mut cell = cell.to_owned();
        if cell.width() > self.width {
            while cell.width() >= self.width {
                cell.pop();
            }
            cell.push('…');
        }
        let fill = " ".repeat(self.width.saturating_sub(cell.width()));
        if self.numeric { fill + &cell } else { cell + &fill }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn table(rows: &[&str]) -> Table {
        let mut table = Table::new();
        rows.iter().for_each(|row| table.learn(&Row::read(row.as_bytes()).unwrap()));
        table
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [r#"{"level":"오류","count":12}"#, r#"{"level":"warning","count":7}"#, r#"{"count":100}"#];
        let table = table(&rows);
        let lines: String = rows.iter().map(|row| table.line(&Row::read(row.as_bytes()).unwrap())).collect();
        expect![[r"
            level    count
            ───────  ─────
            오류        12
            warning      7
                       100
        "]]
        .assert_eq(&(table.header() + &lines));
    }

    #[test]
    fn long_cells_are_cut_and_late_fields_are_named() {
        let long = format!(r#"{{"a":"{}","b":"x"}}"#, "y".repeat(100));
        let table = table(&[&long]);
        let line = table.line(&Row::read(long.as_bytes()).unwrap());
        assert_eq!(line, format!("{}…  x\n", "y".repeat(59)));
        assert_eq!(table.line(&Row::read(br#"{"b":"x","c":1}"#).unwrap()).trim(), "x  c=1");
    }
}
