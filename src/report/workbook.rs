//! A result as a workbook that a director can read: a first page that explains, one sheet for each index and theme, one
//! for participation, and one with every row of the CSV.
//!
//! Rows are written one after the other to files in the folder for temporary files, so memory does not grow with the
//! result. Texts are written as texts: a spreadsheet never takes one for a formula.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use thiserror::Error;

use super::export::{self, ExportError, Row};
use super::model::{Change, Cut, DocumentAudience, DocumentUnit, Measured, Subject, Unit};
use super::read::Results;
use crate::measure::rounding::rounded;
use crate::survey::definition::{Definition, ItemId, Language};

/// What a workbook is on the web.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook could not be written.
#[derive(Debug, Error)]
pub enum WorkbookError {
    /// The folder for temporary files is full or cannot be written.
    #[error("the workbook could not be written: {0}")]
    Written(#[from] XlsxError),
    /// See [`ExportError`].
    #[error(transparent)]
    Rows(#[from] ExportError),
}

/// The words on the sheets, in the reader's language.
#[derive(Debug, Clone, Default)]
pub struct Words(BTreeMap<&'static str, String>);

/// The keys of the words on the sheets.
pub const KEYS: [&str; 22] = [
    "r-sheet-about",
    "r-sheet-participation",
    "r-sheet-rows",
    "r-sheet-round",
    "r-sheet-survey",
    "r-sheet-closed",
    "r-sheet-method",
    "r-sheet-digest",
    "r-sheet-reading",
    "r-withheld",
    "r-withheld-why",
    "r-col-audience",
    "r-col-unit",
    "r-col-group",
    "r-col-score",
    "r-col-low",
    "r-col-high",
    "r-col-n",
    "r-col-people",
    "r-col-rate",
    "r-everybody",
    "r-col-change",
];

impl Words {
    /// Of a language: `text` gives the text of each of [`KEYS`].
    pub fn of(text: impl Fn(&'static str) -> String) -> Self {
        Self(KEYS.into_iter().map(|key| (key, text(key))).collect())
    }

    fn get(&self, key: &'static str) -> &str {
        self.0.get(key).map_or(key, String::as_str)
    }
}

struct Formats {
    title: Format,
    head: Format,
    text: Format,
    score: Format,
    rate: Format,
    faint: Format,
    wrapped: Format,
}

struct Book<'a> {
    results: &'a Results,
    definition: &'a Definition,
    language: &'a Language,
    words: &'a Words,
    formats: Formats,
    names: BTreeSet<String>,
}

/// The workbook's bytes.
///
/// # Errors
/// [`WorkbookError`] when the folder for temporary files cannot be written.
pub fn write(
    results: &Results,
    definition: &Definition,
    language: &Language,
    words: &Words,
) -> Result<Vec<u8>, WorkbookError> {
    let mut workbook = Workbook::new();
    let mut book = Book {
        results,
        definition,
        language,
        words,
        formats: formats(),
        names: BTreeSet::new(),
    };
    book.about(&mut workbook)?;
    book.participation(&mut workbook)?;
    for index in &definition.indices {
        let mut columns = vec![Subject::Index(index.id.clone())];
        for dimension in &index.dimensions {
            columns.push(Subject::Dimension(index.id.clone(), dimension.id.clone()));
            columns.extend(dimension.items.iter().cloned().map(Subject::Item));
        }
        book.scores(&mut workbook, index.title.get(language), &columns)?;
    }
    for theme in &definition.themes {
        let mut columns = vec![Subject::Theme(theme.id.clone())];
        columns.extend(theme.items.iter().flat_map(|item| book.subjects(item)));
        book.scores(&mut workbook, theme.title.get(language), &columns)?;
    }
    book.rows(&mut workbook)?;
    Ok(workbook.save_to_buffer()?)
}

fn formats() -> Formats {
    let edge = Color::RGB(0x00D3_D8D6);
    Formats {
        title: Format::new().set_bold().set_font_size(16),
        head: Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Bottom)
            .set_background_color(Color::RGB(0x00E0_F0F1))
            .set_border_bottom(FormatBorder::Thin),
        text: Format::new()
            .set_border_bottom(FormatBorder::Hair)
            .set_border_color(edge),
        score: Format::new()
            .set_num_format("0")
            .set_border_bottom(FormatBorder::Hair)
            .set_border_color(edge),
        rate: Format::new()
            .set_num_format("0 %")
            .set_border_bottom(FormatBorder::Hair)
            .set_border_color(edge),
        faint: Format::new()
            .set_italic()
            .set_font_color(Color::RGB(0x0053_6066))
            .set_border_bottom(FormatBorder::Hair)
            .set_border_color(edge),
        wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
    }
}

/// Where a cell is written next: rows in order, columns in order, as constant memory asks for.
struct Cursor<'s> {
    sheet: &'s mut Worksheet,
    row: u32,
    column: u16,
}

impl Cursor<'_> {
    fn text(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.sheet
            .write_string_with_format(self.row, self.column, text, format)?;
        self.column += 1;
        Ok(())
    }

    fn number(&mut self, number: Option<f64>, format: &Format) -> Result<(), XlsxError> {
        if let Some(number) = number {
            self.sheet
                .write_number_with_format(self.row, self.column, number, format)?;
        }
        self.column += 1;
        Ok(())
    }

    fn next(&mut self) {
        self.row += 1;
        self.column = 0;
    }
}

impl Book<'_> {
    fn sheet<'w>(&mut self, workbook: &'w mut Workbook, name: &str) -> Result<Cursor<'w>, XlsxError> {
        let name = self.name(name);
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet
            .set_name(name)?
            .set_landscape()
            .set_paper_size(9)
            .set_print_fit_to_pages(1, 0);
        Ok(Cursor {
            sheet,
            row: 0,
            column: 0,
        })
    }

    /// At most 31 letters, none of those that spreadsheets forbid, none twice.
    fn name(&mut self, wished: &str) -> String {
        let kept: String = wished
            .chars()
            .filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\''))
            .take(27)
            .collect();
        let kept = if kept.trim().is_empty() {
            "Sheet".to_owned()
        } else {
            kept.trim().to_owned()
        };
        let mut name = kept.clone();
        let mut number = 2;
        while !self.names.insert(name.to_lowercase()) {
            name = format!("{kept} {number}");
            number += 1;
        }
        name
    }

    fn about(&mut self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        let name = self.words.get("r-sheet-about").to_owned();
        let mut at = self.sheet(workbook, &name)?;
        let document = &self.results.document;
        at.sheet.set_column_width(0, 28)?;
        at.sheet.set_column_width(1, 90)?;
        at.text(&document.title, &self.formats.title)?;
        at.next();
        let survey = format!(
            "{} ({} v{})",
            self.definition.title.get(self.language),
            document.survey,
            document.version
        );
        let method = document.method.version.to_string();
        let facts = [
            ("r-sheet-round", document.round.as_str()),
            ("r-sheet-survey", survey.as_str()),
            ("r-sheet-closed", document.closed_on.as_str()),
            ("r-sheet-method", method.as_str()),
            ("r-sheet-digest", self.results.digest.as_str()),
        ];
        for (key, value) in facts {
            at.next();
            at.text(self.words.get(key), &self.formats.head)?;
            at.text(value, &self.formats.wrapped)?;
        }
        at.next();
        at.next();
        at.sheet.set_row_height(at.row, 120)?;
        at.text("", &self.formats.wrapped)?;
        at.text(self.words.get("r-sheet-reading"), &self.formats.wrapped)?;
        at.next();
        at.sheet.set_row_height(at.row, 50)?;
        at.text(self.words.get("r-withheld"), &self.formats.head)?;
        at.text(self.words.get("r-withheld-why"), &self.formats.wrapped)
    }

    fn heads(&self, at: &mut Cursor<'_>, keys: &[&'static str]) -> Result<(), XlsxError> {
        for key in keys {
            at.text(self.words.get(key), &self.formats.head)?;
        }
        Ok(())
    }

    fn participation(&mut self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        let name = self.words.get("r-sheet-participation").to_owned();
        let mut at = self.sheet(workbook, &name)?;
        columns(at.sheet, &[24, 44, 34, 12, 12, 12])?;
        self.heads(
            &mut at,
            &[
                "r-col-audience",
                "r-col-unit",
                "r-col-group",
                "r-col-n",
                "r-col-people",
                "r-col-rate",
            ],
        )?;
        at.sheet.set_freeze_panes(1, 2)?;
        for (audience, unit) in self.units() {
            for cut in self.cuts(audience) {
                let figure = self
                    .results
                    .figure_of(&audience.name, &unit.unit, &cut, &Subject::Responses);
                at.next();
                self.row_head(&mut at, audience, unit, &cut)?;
                match figure {
                    Some(figure) => {
                        at.number(Some(f64::from(figure.respondents)), &self.formats.score)?;
                        at.number(figure.people.map(f64::from), &self.formats.score)?;
                        at.number(figure.response_rate, &self.formats.rate)?;
                    }
                    None => at.text(self.words.get("r-withheld"), &self.formats.faint)?,
                }
            }
        }
        Ok(())
    }

    fn row_head(
        &self,
        at: &mut Cursor<'_>,
        audience: &DocumentAudience,
        unit: &DocumentUnit,
        cut: &Cut,
    ) -> Result<(), XlsxError> {
        at.text(&audience.title, &self.formats.text)?;
        at.text(&unit.title, &self.formats.text)?;
        at.text(&self.group(cut), &self.formats.text)
    }

    /// The name of a cut: what people chose.
    fn group(&self, cut: &Cut) -> String {
        use crate::survey::definition::AnswerKind;
        if cut.is_everybody() {
            return self.words.get("r-everybody").to_owned();
        }
        let of_segment = |item: &&crate::survey::definition::Item| {
            item.segment
                .as_ref()
                .is_some_and(|segment| segment.as_str() == cut.segment())
        };
        let options = match self.definition.items().find(of_segment).map(|item| &item.answer) {
            Some(AnswerKind::SingleChoice { options }) => options.as_slice(),
            _ => &[],
        };
        let found = options.iter().find(|option| option.id.as_str() == cut.option());
        found.map_or_else(
            || cut.option().to_owned(),
            |option| option.label.get(self.language).to_owned(),
        )
    }

    /// One sheet: for every unit and cut the first subject with its interval, n and change, then the others' scores.
    fn scores(
        &mut self,
        workbook: &mut Workbook,
        title: &str,
        subjects: &[Subject],
    ) -> Result<(), XlsxError> {
        let Some((first, others)) = subjects.split_first() else {
            return Ok(());
        };
        let mut at = self.sheet(workbook, title)?;
        columns(at.sheet, &[24, 44, 34, 10, 10, 10, 10, 26])?;
        self.heads(
            &mut at,
            &[
                "r-col-audience",
                "r-col-unit",
                "r-col-group",
                "r-col-score",
                "r-col-low",
                "r-col-high",
                "r-col-n",
                "r-col-change",
            ],
        )?;
        for subject in others {
            at.text(&self.title(subject), &self.formats.head)?;
        }
        at.sheet.set_freeze_panes(1, 2)?;
        at.sheet.set_repeat_rows(0, 0)?;
        for (audience, unit) in self.units() {
            for cut in self.cuts(audience) {
                at.next();
                self.row_head(&mut at, audience, unit, &cut)?;
                self.first(&mut at, audience, unit, &cut, first)?;
                for subject in others {
                    let figure = self.results.figure_of(&audience.name, &unit.unit, &cut, subject);
                    let score = figure.and_then(|figure| score(&figure.measured));
                    match score {
                        Some((value, ..)) => at.number(Some(rounded(value, 1)), &self.formats.score)?,
                        None => at.text(self.words.get("r-withheld"), &self.formats.faint)?,
                    }
                }
            }
        }
        Ok(())
    }

    fn first(
        &self,
        at: &mut Cursor<'_>,
        audience: &DocumentAudience,
        unit: &DocumentUnit,
        cut: &Cut,
        subject: &Subject,
    ) -> Result<(), XlsxError> {
        let figure = self.results.figure_of(&audience.name, &unit.unit, cut, subject);
        let Some((figure, (value, low, high))) =
            figure.and_then(|figure| Some((figure, score(&figure.measured)?)))
        else {
            at.text(self.words.get("r-withheld"), &self.formats.faint)?;
            for _ in 0..4 {
                at.text("", &self.formats.text)?;
            }
            return Ok(());
        };
        for value in [Some(value), low, high] {
            at.number(value.map(|value| rounded(value, 1)), &self.formats.score)?;
        }
        at.number(Some(f64::from(figure.respondents)), &self.formats.score)?;
        let change = match &figure.change {
            Some(Change::Tested(change)) => {
                format!(
                    "{} ({})",
                    super::words::verdict(change.verdict),
                    super::words::signed(change.difference)
                )
            }
            _ => String::new(),
        };
        at.text(&change, &self.formats.text)
    }

    /// Every row of the CSV, as it is.
    fn rows(&mut self, workbook: &mut Workbook) -> Result<(), WorkbookError> {
        let name = self.words.get("r-sheet-rows").to_owned();
        let mut at = self.sheet(workbook, &name)?;
        let names = export::columns()?;
        for name in &names {
            at.text(name, &self.formats.head)?;
        }
        at.sheet.set_freeze_panes(1, 0)?;
        let text = Format::new();
        export::each_row(self.results, &mut |row: Row| {
            at.next();
            for cell in export::cells(&row)? {
                match cell.parse::<f64>() {
                    Ok(number) if number.is_finite() => at.number(Some(number), &text),
                    _ if cell.is_empty() => at.number(None, &text),
                    _ => at.text(&cell, &text),
                }
                .map_err(|error| ExportError::of(&error))?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn units(&self) -> Vec<(&DocumentAudience, &DocumentUnit)> {
        let audiences = self.results.document.audiences.iter();
        let mut units: Vec<_> = audiences
            .flat_map(|audience| audience.units.iter().map(move |unit| (audience, unit)))
            .collect();
        units.retain(|(_, unit)| unit.unit != Unit::StateMedian);
        units
    }

    fn cuts(&self, audience: &DocumentAudience) -> Vec<Cut> {
        [Cut::Everybody]
            .into_iter()
            .chain(audience.cuts.iter().cloned())
            .collect()
    }

    fn subjects(&self, item: &ItemId) -> Vec<Subject> {
        use crate::survey::definition::AnswerKind;
        match self.definition.item(item).map(|item| &item.answer) {
            Some(AnswerKind::ImportanceSatisfaction { .. }) => {
                vec![
                    Subject::Importance(item.clone()),
                    Subject::Satisfaction(item.clone()),
                ]
            }
            Some(AnswerKind::Rating { .. }) => vec![Subject::Item(item.clone())],
            _ => Vec::new(),
        }
    }

    fn title(&self, subject: &Subject) -> String {
        let item = |id: &ItemId| {
            self.definition
                .item(id)
                .map(|item| item.text.get(self.language).to_owned())
        };
        let found = match subject {
            Subject::Dimension(of, id) => self.definition.index(of).and_then(|index| {
                let dimension = index.dimensions.iter().find(|dimension| &dimension.id == id)?;
                Some(dimension.title.get(self.language).to_owned())
            }),
            Subject::Item(id) | Subject::Importance(id) | Subject::Satisfaction(id) => item(id),
            _ => None,
        };
        match subject {
            Subject::Importance(_) | Subject::Satisfaction(_) => {
                format!(
                    "{}: {}",
                    super::words::title_of(subject.kind()),
                    found.unwrap_or_default()
                )
            }
            _ => found.unwrap_or_else(|| subject.id()),
        }
    }
}

fn columns(sheet: &mut Worksheet, widths: &[u16]) -> Result<(), XlsxError> {
    for (column, width) in (0_u16..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    Ok(())
}

/// Value and interval of what is a score.
fn score(measured: &Measured) -> Option<(f64, Option<f64>, Option<f64>)> {
    match measured {
        Measured::Score(score) => Some((
            score.mean,
            score.interval.map(|interval| interval.low),
            score.interval.map(|interval| interval.high),
        )),
        Measured::Number(number) => Some((number.mean, None, None)),
        _ => None,
    }
}
