//! Rows as text, a portion at a time: the same bytes however the figures are cut into portions.

use std::collections::BTreeMap;

use serde::Serialize;

use super::row::each_row_of;
use super::{ExportError, Row};
use crate::measure::method::Method;
use crate::report::model::{Figure, Protected};
use crate::report::read::{FigureKey, Results};
use crate::round::RoundId;
use crate::table::harmless;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A heading and one line a row, guarded against formulas.
    Csv,
    /// What the result was made of, and the rows.
    Json,
}

impl Form {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// How the names of such files end.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// A file that is being written. It holds no row.
#[derive(Debug, Clone)]
pub struct FileText {
    form: Form,
    /// Whether anything was written yet.
    begun: bool,
    /// Whether any row was.
    any: bool,
}

/// The head of a JSON file. Its rows are written behind it, one by one.
#[derive(Debug, Serialize)]
struct Head<'a> {
    round: &'a RoundId,
    title: &'a str,
    revision: u32,
    digest: &'a str,
    method: &'a Method,
    rows: [Row; 0],
}

/// How an empty head ends; rows go before it.
const HEAD_ENDS: &str = "]\n}";

/// By how much a row of a JSON file stands in.
const INDENT: &str = "    ";

impl FileText {
    /// Nothing is written yet.
    #[must_use]
    pub fn new(form: Form) -> Self {
        Self {
            form,
            begun: false,
            any: false,
        }
    }

    /// The next part of the file: these figures, and before the first ones what stands above. Portions come in the order
    /// of their keys; of `head` only the document is read.
    ///
    /// # Errors
    /// [`ExportError`], which writing to memory never gives.
    pub fn rows(
        &mut self,
        head: &Results,
        figures: &BTreeMap<FigureKey, Protected<Figure>>,
    ) -> Result<Vec<u8>, ExportError> {
        match self.form {
            Form::Csv => self.lines(head, figures),
            Form::Json => self.objects(head, figures),
        }
    }

    /// What stands below the last row.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn end(&mut self, head: &Results) -> Result<Vec<u8>, ExportError> {
        if self.form == Form::Csv {
            return Ok(Vec::new());
        }
        let mut text = self.head(head)?;
        text.extend_from_slice(if self.any { b"\n  " } else { b"" });
        text.extend_from_slice(HEAD_ENDS.as_bytes());
        Ok(text)
    }

    fn lines(
        &mut self,
        head: &Results,
        figures: &BTreeMap<FigureKey, Protected<Figure>>,
    ) -> Result<Vec<u8>, ExportError> {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(!self.any)
            .from_writer(Vec::new());
        each_row_of(head, figures, &mut |row| {
            self.any = true;
            writer
                .serialize(guarded(row))
                .map_err(|error| ExportError::of(&error))
        })?;
        writer.into_inner().map_err(|error| ExportError::of(&error))
    }

    fn objects(
        &mut self,
        head: &Results,
        figures: &BTreeMap<FigureKey, Protected<Figure>>,
    ) -> Result<Vec<u8>, ExportError> {
        let mut text = self.head(head)?;
        each_row_of(head, figures, &mut |row| {
            let row = serde_json::to_string_pretty(&row).map_err(|error| ExportError::of(&error))?;
            text.extend_from_slice(if self.any { b"," } else { b"" });
            // No text in JSON holds a line break as it is, so lines are those of the layout.
            for line in row.lines() {
                text.push(b'\n');
                text.extend_from_slice(INDENT.as_bytes());
                text.extend_from_slice(line.as_bytes());
            }
            self.any = true;
            Ok(())
        })?;
        Ok(text)
    }

    /// The head of a JSON file, once.
    fn head(&mut self, head: &Results) -> Result<Vec<u8>, ExportError> {
        if self.begun {
            return Ok(Vec::new());
        }
        self.begun = true;
        let document = &head.document;
        let above = Head {
            round: &document.round,
            title: &document.title,
            revision: document.revision,
            digest: &head.digest,
            method: &document.method,
            rows: [],
        };
        let text = serde_json::to_string_pretty(&above).map_err(|error| ExportError::of(&error))?;
        let open = text
            .strip_suffix(HEAD_ENDS)
            .ok_or_else(|| ExportError::of(&"a head that does not end with its rows"))?;
        Ok(open.as_bytes().to_vec())
    }
}

/// A result as CSV with a heading, all at once: for results that are small by nature.
///
/// # Errors
/// [`ExportError`], which writing to memory never gives.
pub fn csv(results: &Results) -> Result<String, ExportError> {
    whole(results, Form::Csv)
}

/// A result as JSON, all at once, under the head of the result.
///
/// # Errors
/// [`ExportError`], which writing to memory never gives.
pub fn json(results: &Results) -> Result<String, ExportError> {
    whole(results, Form::Json)
}

fn whole(results: &Results, form: Form) -> Result<String, ExportError> {
    let mut file = FileText::new(form);
    let mut text = file.rows(results, &results.figures)?;
    text.extend(file.end(results)?);
    String::from_utf8(text).map_err(|error| ExportError::of(&error))
}

/// Texts that come from outside, made harmless for spreadsheets.
fn guarded(row: Row) -> Row {
    Row {
        unit_title: harmless(&row.unit_title),
        ..row
    }
}
