//! Indices since a year ago, where the round before is nearer than that: a pulse of three months ago says little of the
//! question that leadership asks.
//!
//! It is read off the points of sealed trends, which are computed on common items and never cross a break, with the test
//! and the rule of every other change. All agencies and indices of an audience are judged together, so the verdict on one
//! does not depend on how much of the result a reader may see: give the whole result, and show of it what they may.

use std::collections::BTreeMap;

use super::model::{Change, DocumentAudience, Figure, Interval, Subject, TrendPoint, Unit};
use super::read::Results;
use super::words::days;
use crate::measure::Undefined;
use crate::measure::change::{Adjustment, MeanDifference, Sample, Verdict, VerdictRule, adjust, welch};
use crate::measure::interval::Confidence;
use crate::survey::definition::IndexId;

/// 95 %, as everywhere.
const LEVEL: f64 = 0.95;

/// A year, and how far from it a round may lie, in days.
const YEAR: f64 = 365.0;
const AROUND: f64 = 65.0;

/// An index of a unit a year ago and now.
#[derive(Debug, Clone, PartialEq)]
pub struct YearChange {
    /// The title of the round a year ago.
    pub title: String,
    /// The index then, on the common items.
    pub before: f64,
    /// The index now, on those items.
    pub now: f64,
    /// Now minus then.
    pub difference: f64,
    /// Its 95 % interval (without finite population correction).
    pub interval: Interval,
    /// The p of Welch's test, adjusted over all agencies and indices that have a year to look back on.
    pub adjusted_p: f64,
    /// Up, down, or no detectable change.
    pub verdict: Verdict,
}

/// Every unit and index of an audience with a comparable round about a year ago that is not the one its sealed change
/// looks back on already. The state's mean is judged in a family of its own; the median agency is not tested.
///
/// # Errors
/// [`Undefined`] when a p is none, which no test of ours gives.
pub fn changes(
    results: &Results,
    audience: &DocumentAudience,
) -> Result<BTreeMap<(IndexId, Unit), YearChange>, Undefined> {
    let (mut agencies, mut state) = (Vec::new(), Vec::new());
    for index in &results.document.indices {
        let subject = Subject::Index(index.id.clone());
        for unit in audience.units.iter().filter(|one| one.unit != Unit::StateMedian) {
            let figure = results.figure(&audience.name, &unit.unit, &subject);
            let Some((before, test)) = figure.and_then(|figure| tested(results, figure)) else {
                continue;
            };
            let family = if unit.unit.is_state() {
                &mut state
            } else {
                &mut agencies
            };
            family.push(((index.id.clone(), unit.unit.clone()), before, test));
        }
    }
    let least = results.document.thresholds.least_change;
    let mut judged = judged(agencies, least)?;
    judged.extend(self::judged(state, least)?);
    Ok(judged)
}

type Found<'a> = ((IndexId, Unit), (&'a TrendPoint, &'a TrendPoint), MeanDifference);

fn judged(
    found: Vec<Found<'_>>,
    least_change: f64,
) -> Result<BTreeMap<(IndexId, Unit), YearChange>, Undefined> {
    let p: Vec<Option<f64>> = found.iter().map(|(_, _, test)| Some(test.p)).collect();
    let adjusted = adjust(&p, Adjustment::BenjaminiHochberg)?;
    let rule = VerdictRule {
        least_change,
        ..VerdictRule::default()
    };
    let one = |((key, (before, now), test), adjusted_p): (Found<'_>, Option<f64>)| {
        let adjusted_p = adjusted_p?;
        let change = YearChange {
            title: before.title.clone(),
            before: before.value,
            now: now.value,
            difference: test.difference,
            interval: test.interval,
            adjusted_p,
            verdict: rule.judge(test.difference, adjusted_p),
        };
        Some((key, change))
    };
    Ok(found.into_iter().zip(adjusted).filter_map(one).collect())
}

/// The point of a year ago and that of now, and their difference.
fn tested<'a>(
    results: &Results,
    figure: &'a Figure,
) -> Option<((&'a TrendPoint, &'a TrendPoint), MeanDifference)> {
    let points = &figure.trend.as_ref()?.segments.last()?.points;
    let now = points
        .last()
        .filter(|point| point.round == results.document.round)?;
    let today = days(&now.date)?;
    let off = |point: &TrendPoint| days(&point.date).map(|day| (today - day - YEAR).abs());
    let near = points
        .iter()
        .filter_map(|point| Some((off(point).filter(|off| *off <= AROUND)?, point)));
    let (_, before) = near.min_by(|a, b| a.0.total_cmp(&b.0))?;
    if sealed_since(figure).is_some_and(|round| *round == before.round) {
        return None;
    }
    let level = Confidence::new(LEVEL).ok()?;
    let test = welch(sample(now)?, sample(before)?, level).ok()?;
    Some(((before, now), test))
}

fn sealed_since(figure: &Figure) -> Option<&crate::round::RoundId> {
    match figure.change.as_ref()? {
        Change::Tested(change) => Some(&change.before.round),
        Change::Described { before, .. } => Some(&before.round),
        Change::None(_) => None,
    }
}

/// The standard error without correction is `s / sqrt(n)`, which gives s back.
fn sample(point: &TrendPoint) -> Option<Sample> {
    let error = point.process_error?;
    Some(Sample {
        n: u64::from(point.respondents),
        mean: point.value,
        sd: error * f64::from(point.respondents).sqrt(),
    })
}
