//! A row of a file, and the rows that a figure makes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ExportError;
use crate::report::model::{
    Bar, Change, Distribution, DocumentUnit, Drivers, Figure, Interval, Measured, Protected, Score, Subject,
    TestedChange, Unit,
};
use crate::report::read::{FigureKey, Results};
use crate::report::words;
use crate::round::AudienceName;
use crate::survey::definition::VersionNumber;

/// One row of an export. Scores from 0 to 100, shares in per cent, rates from 0 to 1, all unrounded.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Row {
    /// The round.
    pub round: String,
    /// The survey ...
    pub survey: String,
    /// ... and its version.
    pub version: VersionNumber,
    /// The audience.
    pub audience: String,
    /// `state-mean`, `state-median`, `cluster` or `agency`.
    pub unit_kind: String,
    /// The code of the agency or cluster, or `state`.
    pub unit: String,
    /// Its name.
    pub unit_title: String,
    /// `responses`, `index`, `dimension`, `theme`, `item`, `importance`, `satisfaction`, `agreement`, `rank`, `stabilised`,
    /// `index-drivers` or `item-drivers`.
    pub subject_kind: String,
    /// The subject; an option of a choice item is `item:option`.
    pub subject: String,
    /// `shown` or `withheld`.
    pub status: &'static str,
    /// n.
    pub respondents: Option<u32>,
    /// N.
    pub people: Option<u32>,
    /// Responses per invited person.
    pub response_rate: Option<f64>,
    /// The mean, median or (for an option) share.
    pub value: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Standard error with finite population correction.
    pub standard_error: Option<f64>,
    /// 95 % interval.
    pub interval_low: Option<f64>,
    /// See `interval_low`.
    pub interval_high: Option<f64>,
    /// Per cent, or `at most 5 %`.
    pub favourable: Option<String>,
    /// See `favourable`.
    pub neutral: Option<String>,
    /// See `favourable`.
    pub unfavourable: Option<String>,
    /// The round before.
    pub change_since: Option<String>,
    /// Points.
    pub change: Option<f64>,
    /// 95 % interval of the change.
    pub change_low: Option<f64>,
    /// See `change_low`.
    pub change_high: Option<f64>,
    /// Adjusted for all comparisons of the pair of rounds.
    pub change_adjusted_p: Option<f64>,
    /// `up`, `down` or `no detectable change`.
    pub verdict: Option<&'static str>,
    /// The estimator.
    pub method: Option<String>,
    /// The version of the measurement method.
    pub method_version: u32,
    /// The digest of the seal.
    pub digest: String,
    /// The segment by which it is cut; empty for everybody.
    pub cut_segment: String,
    /// The answer to it; empty for everybody.
    pub cut_option: String,
    /// What kind of interval it is, or why there is none.
    pub interval_kind: Option<String>,
    /// The smallest change that two rounds like this would mostly show, in points.
    pub minimum_detectable: Option<f64>,
    /// Share of respondents who answered every item, 0 to 1.
    pub complete_share: Option<f64>,
    /// The index among them.
    pub complete_mean: Option<f64>,
    /// Cronbach's alpha.
    pub alpha: Option<f64>,
    /// Feldt's 95 % interval.
    pub alpha_low: Option<f64>,
    /// See `alpha_low`.
    pub alpha_high: Option<f64>,
    /// McDonald's omega total.
    pub omega: Option<f64>,
    /// Kish's design effect of the weights.
    pub design_effect: Option<f64>,
    /// `welch` or `paired`.
    pub change_test: Option<&'static str>,
    /// The p of that test, not adjusted.
    pub change_p: Option<f64>,
    /// Hedges' g, or for pairs the change in standard deviations.
    pub change_effect: Option<f64>,
    /// The change of the favourable share, in percentage points.
    pub favourable_change: Option<f64>,
    /// Newcombe's 95 % interval.
    pub favourable_change_low: Option<f64>,
    /// See `favourable_change_low`.
    pub favourable_change_high: Option<f64>,
    /// How many items the change rests on.
    pub common_items: Option<u32>,
    /// Codes of what a reader must know, apart by spaces.
    pub warnings: String,
    /// The parameters of the estimator, as JSON.
    pub method_parameters: Option<String>,
}

/// Gives every row of a result to `take`, in the order of audience, unit, cut and subject. One row at a time: memory
/// does not grow with the file.
///
/// # Errors
/// Those of `take`.
pub fn each_row(
    results: &Results,
    take: &mut dyn FnMut(Row) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    each_row_of(results, &results.figures, take)
}

/// [`each_row`] of a portion of the figures; of `head` only what stands above them is read.
///
/// # Errors
/// Those of `take`.
pub fn each_row_of(
    head: &Results,
    figures: &BTreeMap<FigureKey, Protected<Figure>>,
    take: &mut dyn FnMut(Row) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    for ((audience, unit, cut, subject), figure) in figures {
        let base = Row {
            cut_segment: cut.segment().to_owned(),
            cut_option: cut.option().to_owned(),
            ..base(head, audience, unit, subject)
        };
        match figure.shown() {
            None => take(Row {
                status: "withheld",
                ..base
            })?,
            Some(figure) => {
                for row in shown(base, figure) {
                    take(row)?;
                }
            }
        }
    }
    Ok(())
}

/// The names of the columns.
///
/// # Errors
/// [`ExportError`], which writing to memory never gives.
pub fn columns() -> Result<Vec<String>, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .serialize(Row::default())
        .map_err(|error| ExportError::of(&error))?;
    records(writer, 0)
}

/// The cells of a row as the CSV writes them, without the guard: for files whose cells are typed.
///
/// # Errors
/// [`ExportError`], which writing to memory never gives.
pub fn cells(row: &Row) -> Result<Vec<String>, ExportError> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    writer.serialize(row).map_err(|error| ExportError::of(&error))?;
    records(writer, 0)
}

fn records(writer: csv::Writer<Vec<u8>>, place: usize) -> Result<Vec<String>, ExportError> {
    let bytes = writer.into_inner().map_err(|error| ExportError::of(&error))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes.as_slice());
    let record = reader
        .records()
        .nth(place)
        .transpose()
        .map_err(|error| ExportError::of(&error))?;
    Ok(record
        .iter()
        .flat_map(csv::StringRecord::iter)
        .map(str::to_owned)
        .collect())
}

fn base(results: &Results, audience: &AudienceName, unit: &Unit, subject: &Subject) -> Row {
    let document = &results.document;
    let units = document
        .audiences
        .iter()
        .filter(|of| &of.name == audience)
        .flat_map(|of| &of.units);
    let named: Option<&DocumentUnit> = units.into_iter().find(|named| &named.unit == unit);
    Row {
        round: document.round.to_string(),
        survey: document.survey.to_string(),
        version: document.version,
        audience: audience.to_string(),
        unit_kind: unit.kind().to_owned(),
        unit: unit.id().to_owned(),
        unit_title: named.map_or_else(String::new, |named| named.title.clone()),
        subject_kind: subject.kind().to_owned(),
        subject: subject.id(),
        method_version: document.method.version,
        digest: results.digest.clone(),
        ..Row::default()
    }
}

fn shown(base: Row, figure: &Figure) -> Vec<Row> {
    let base = Row {
        status: "shown",
        respondents: Some(figure.respondents),
        people: figure.people,
        response_rate: figure.response_rate,
        method: Some(figure.method.name.clone()),
        method_parameters: serde_json::to_string(&figure.method.parameters).ok(),
        warnings: words::warning_codes(&figure.warnings),
        ..with_change(base, figure.change.as_ref())
    };
    match &figure.measured {
        Measured::Participation => vec![base],
        Measured::Median { value, interval, .. } => vec![Row {
            value: Some(*value),
            ..with_interval(base, *interval)
        }],
        Measured::Score(score) => vec![of_score(base, score)],
        Measured::Number(number) => vec![Row {
            value: Some(number.mean),
            sd: number.sd,
            standard_error: number.standard_error,
            ..with_interval(base, number.interval)
        }],
        Measured::Agreement(agreement) => vec![Row {
            value: Some(agreement.icc2),
            ..base
        }],
        Measured::Ranking(ranking) => vec![Row {
            value: ranking.median_width,
            ..base
        }],
        Measured::Rank(rank) => {
            let [low, high] = [rank.best, rank.worst].map(crate::measure::numeric::real_u64);
            vec![with_interval(base, Some(Interval { low, high }))]
        }
        Measured::Stabilisation(model) => vec![Row {
            value: Some(model.centre),
            ..base
        }],
        Measured::Stabilised(view) => vec![Row {
            value: Some(view.value),
            standard_error: Some(view.error),
            ..with_interval(base, Some(view.interval))
        }],
        Measured::Drivers(drivers) => of_drivers(&base, drivers),
        Measured::Choices { options } => options
            .iter()
            .map(|option| Row {
                subject: format!("{}:{}", base.subject, option.id),
                value: match option.bar {
                    Bar::Exactly(share) => Some(share),
                    Bar::AtMost(_) | Bar::AtLeast(_) => None,
                },
                favourable: Some(words::bar(option.bar)),
                ..base.clone()
            })
            .collect(),
    }
}

fn of_score(base: Row, score: &Score) -> Row {
    let reliability = score.reliability.as_ref();
    let complete = score.complete_cases.as_ref();
    Row {
        value: Some(score.mean),
        sd: score.sd,
        standard_error: score.standard_error,
        interval_kind: Some(words::interval_code(score.interval_kind)),
        minimum_detectable: score.minimum_detectable,
        complete_share: complete.and_then(|complete| complete.share),
        complete_mean: complete.and_then(|complete| complete.mean),
        alpha: reliability.map(|found| found.alpha),
        alpha_low: reliability.map(|found| found.alpha_interval.low),
        alpha_high: reliability.map(|found| found.alpha_interval.high),
        omega: reliability.and_then(|found| found.omega),
        design_effect: score.design_effect,
        ..with_standing(with_interval(base, score.interval), &score.standing)
    }
}

/// A row a driver: its id behind that of the outcome.
fn of_drivers(base: &Row, drivers: &Drivers) -> Vec<Row> {
    let mut rows = vec![Row {
        value: Some(drivers.explained),
        ..base.clone()
    }];
    rows.extend(drivers.drivers.iter().map(|driver| {
        let row = Row {
            subject: format!("{}:{}", base.subject, driver.subject),
            value: Some(driver.weight),
            ..base.clone()
        };
        with_interval(row, Some(driver.interval))
    }));
    rows
}

fn with_interval(row: Row, interval: Option<Interval>) -> Row {
    Row {
        interval_low: interval.map(|interval| interval.low),
        interval_high: interval.map(|interval| interval.high),
        ..row
    }
}

fn with_standing(row: Row, standing: &Distribution) -> Row {
    match standing {
        Distribution::Bands {
            favourable,
            neutral,
            unfavourable,
        } => Row {
            favourable: Some(words::bar(*favourable)),
            neutral: Some(words::bar(*neutral)),
            unfavourable: Some(words::bar(*unfavourable)),
            ..row
        },
        Distribution::FavourableOrNot { favourable, .. } => Row {
            favourable: Some(words::bar(*favourable)),
            ..row
        },
        Distribution::Points(_) => row,
    }
}

fn with_change(row: Row, change: Option<&Change>) -> Row {
    match change {
        Some(Change::Tested(change)) => with_test(row, change),
        Some(Change::Described {
            before, difference, ..
        }) => Row {
            change_since: Some(before.round.to_string()),
            change: Some(*difference),
            ..row
        },
        Some(Change::None(_)) | None => row,
    }
}

fn with_test(row: Row, change: &TestedChange) -> Row {
    Row {
        change_since: Some(change.before.round.to_string()),
        change: Some(change.difference),
        change_low: Some(change.interval.low),
        change_high: Some(change.interval.high),
        change_adjusted_p: Some(change.adjusted_p),
        verdict: Some(words::verdict(change.verdict)),
        change_test: Some(words::change_test(change.test)),
        change_p: Some(change.p),
        change_effect: change.hedges_g,
        favourable_change: change.favourable.as_ref().map(|change| change.difference),
        favourable_change_low: change.favourable.as_ref().map(|change| change.interval.low),
        favourable_change_high: change.favourable.as_ref().map(|change| change.interval.high),
        common_items: Some(change.common_items),
        ..row
    }
}
