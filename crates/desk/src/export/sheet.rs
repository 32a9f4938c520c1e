//! A sheet: comma-separated values as RFC 4180 § 2 has them, lines ended by CR LF.
//!
//! What an attacker wrote must not become a formula in a spreadsheet, so a cell that would begin
//! like one begins with an apostrophe. Times carry their zone.

use crate::Error;
use crate::search::column::{Column, Opened};
use chrono_tz::Tz;
use csv::{Terminator, Writer, WriterBuilder};

/// The byte order mark, by which Excel knows UTF-8.
pub const MARK: &[u8] = "\u{feff}".as_bytes();

/// Lines of a sheet, gathered until they are taken.
pub struct Sheet {
    lines: Writer<Vec<u8>>,
}

fn failed(source: csv::Error) -> Error {
    Error::File {
        attempt: "writing a line of",
        path: "a sheet".to_owned(),
        source: source.into(),
    }
}

impl Default for Sheet {
    fn default() -> Self {
        Self::new()
    }
}

impl Sheet {
    /// No lines yet.
    #[must_use]
    pub fn new() -> Self {
        let lines = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(Vec::new());
        Self { lines }
    }

    /// Adds a line of these cells.
    ///
    /// # Errors
    /// Where the lines are of different lengths.
    pub fn line(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), Error> {
        for cell in cells {
            self.lines
                .write_field(harmless(cell.as_ref()).as_bytes())
                .map_err(failed)?;
        }
        self.lines.write_record(None::<&[u8]>).map_err(failed)
    }

    /// Adds the names of the columns.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn head(&mut self, columns: &[Column]) -> Result<(), Error> {
        self.line(columns.iter().map(Column::name))
    }

    /// Adds an event.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn event(&mut self, columns: &[Column], event: &Opened, zone: Tz) -> Result<(), Error> {
        self.line(
            columns
                .iter()
                .map(|column| event.text(column, zone).unwrap_or_default()),
        )
    }

    /// The lines, as bytes.
    ///
    /// # Errors
    /// Where they cannot be gathered.
    pub fn take(self) -> Result<Vec<u8>, Error> {
        self.lines
            .into_inner()
            .map_err(|error| failed(csv::Error::from(error.into_error())))
    }
}

/// The cell, or the cell behind an apostrophe where a spreadsheet would take it for a formula.
/// Spreadsheets pass over blanks and line ends before the sign, and some take its wide forms.
fn harmless(cell: &str) -> std::borrow::Cow<'_, str> {
    let first = cell
        .trim_start_matches([' ', '\u{a0}', '\u{feff}'])
        .chars()
        .next();
    let formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
    );
    if formula {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sheet(lines: &[&[&str]]) -> String {
        let mut sheet = Sheet::new();
        for line in lines {
            sheet.line(*line).unwrap();
        }
        String::from_utf8(sheet.take().unwrap()).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_rfc_4180_says_so() {
        assert_eq!(
            sheet(&[&["plain", "a,b"], &["say \"so\"", "two\nlines"], &["", "João"]]),
            "plain,\"a,b\"\r\n\"say \"\"so\"\"\",\"two\nlines\"\r\n,João\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in [
            "=1+1",
            "+55 11 99999-0000",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =cmd|' /C calc'!A0",
            "＝1",
        ] {
            let written = sheet(&[&[cell]]);
            let text = written.trim_start_matches('"');
            assert!(text.starts_with('\''), "{cell:?}: {written:?}");
        }
        assert_eq!(
            sheet(&[&["2026-02-17T10:00:00-03:00"]]),
            "2026-02-17T10:00:00-03:00\r\n"
        );
    }

    proptest! {
        /// Whatever stands in the cells, a reader gets it back, but for the apostrophe.
        #[test]
        fn what_is_written_is_read_again(rows in prop::collection::vec(prop::array::uniform3(".{0,20}"), 1..8)) {
            let mut sheet = Sheet::new();
            sheet.line(["a", "b", "c"]).unwrap();
            for row in &rows {
                sheet.line(row).unwrap();
            }
            let bytes = sheet.take().unwrap();
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let wanted: Vec<Vec<String>> =
                rows.iter().map(|row| row.iter().map(|cell| harmless(cell).into_owned()).collect()).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
