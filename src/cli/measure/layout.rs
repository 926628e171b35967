//! Figures as a table for people, CSV for spreadsheets and R, JSON for machines.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;

use super::figure::Figure;
use super::figures::Measured;
use crate::cli::{Failure, Outcome, output};
use crate::measure::METHOD_VERSION;
use crate::survey::definition::Definition;

/// How to print figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// For people, rounded.
    #[default]
    Table,
    /// A row a figure, every digit.
    Csv,
    /// The same with the method of each figure.
    Json,
}

/// Prints all figures.
///
/// # Errors
/// [`Failure::System`] when they cannot be written.
pub(super) fn print(format: Format, definition: &Definition, measured: &Measured) -> Outcome {
    let text = match format {
        Format::Table => table(definition, measured),
        Format::Csv => csv(&measured.figures)?,
        Format::Json => json(definition, measured)?,
    };
    output::write(&text)
}

fn table(definition: &Definition, measured: &Measured) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header([
        "AGENCY",
        "SUBJECT",
        "N OF PEOPLE",
        "MEAN",
        "SD",
        "SE",
        "INTERVAL",
        "FAVOURABLE %",
        "COMPLETE",
        "ALPHA",
        "DEFF",
        "NOTES",
    ]);
    for figure in &measured.figures {
        table.add_row(row(figure));
    }
    format!(
        "{} version {}, {} responses, method version {METHOD_VERSION}. Raw figures without disclosure control: not for publication.\n\n{}\n",
        definition.id,
        definition.version,
        measured.responses,
        table.trim_fmt()
    )
}

fn row(figure: &Figure) -> Vec<String> {
    let number = |value: Option<f64>, decimals: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
    };
    let range = |low: Option<f64>, high: Option<f64>, decimals: usize| match (low, high) {
        (Some(low), Some(high)) => format!(" [{low:.decimals$}, {high:.decimals$}]"),
        _ => String::new(),
    };
    let people = figure
        .people
        .map_or_else(String::new, |people| format!(" of {people}"));
    let rate = figure
        .rate
        .map_or_else(String::new, |rate| format!(" ({:.0} %)", 100.0 * rate));
    let usual = figure.low.is_some() && figure.interval.starts_with("interval");
    let kind = (!usual).then(|| figure.interval.clone());
    let notes: Vec<String> = kind.into_iter().chain(figure.warnings.iter().cloned()).collect();
    vec![
        figure.agency.clone().unwrap_or_else(|| figure.unit.to_owned()),
        figure.subject.clone(),
        format!("{}{people}{rate}", figure.n),
        number(figure.mean, 2),
        number(figure.sd, 2),
        number(figure.se, 2),
        range(figure.low, figure.high, 2).trim_start().to_owned(),
        format!(
            "{}{}",
            number(figure.favourable, 1),
            range(figure.favourable_low, figure.favourable_high, 1)
        ),
        format!("{} at {}", figure.complete, number(figure.complete_mean, 2)),
        format!(
            "{}{}",
            number(figure.alpha, 3),
            range(figure.alpha_low, figure.alpha_high, 3)
        ),
        number(figure.deff, 2),
        notes.join("; "),
    ]
}

const HEADINGS: [&str; 21] = [
    "unit",
    "agency",
    "subject",
    "n",
    "people",
    "rate",
    "mean",
    "sd",
    "se",
    "low",
    "high",
    "interval",
    "favourable",
    "favourable_low",
    "favourable_high",
    "complete",
    "complete_mean",
    "alpha",
    "alpha_low",
    "alpha_high",
    "deff",
];

fn csv(figures: &[Figure]) -> Result<String, Failure> {
    let failed = |error: csv::Error| Failure::System(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(HEADINGS.iter().chain(&["warnings"]))
        .map_err(failed)?;
    for figure in figures {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let people = figure
            .people
            .map_or_else(String::new, |people| people.to_string());
        writer
            .write_record([
                figure.unit.to_owned(),
                figure.agency.clone().unwrap_or_default(),
                figure.subject.clone(),
                figure.n.to_string(),
                people,
                number(figure.rate),
                number(figure.mean),
                number(figure.sd),
                number(figure.se),
                number(figure.low),
                number(figure.high),
                figure.interval.clone(),
                number(figure.favourable),
                number(figure.favourable_low),
                number(figure.favourable_high),
                figure.complete.to_string(),
                number(figure.complete_mean),
                number(figure.alpha),
                number(figure.alpha_low),
                number(figure.alpha_high),
                number(figure.deff),
                figure.warnings.join("; "),
            ])
            .map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Failure::System(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Failure::System(error.to_string()))
}

#[derive(Serialize)]
struct Document<'a> {
    survey: String,
    version: String,
    method_version: u32,
    responses: u64,
    disclosure_control: bool,
    figures: &'a [Figure],
}

fn json(definition: &Definition, measured: &Measured) -> Result<String, Failure> {
    let document = Document {
        survey: definition.id.to_string(),
        version: definition.version.to_string(),
        method_version: METHOD_VERSION,
        responses: measured.responses,
        disclosure_control: false,
        figures: &measured.figures,
    };
    let text = serde_json::to_string_pretty(&document).map_err(|error| Failure::System(error.to_string()))?;
    Ok(format!("{text}\n"))
}
