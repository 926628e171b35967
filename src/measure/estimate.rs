//! The mean of a group: a census of a known number of people of whom some answered.
//!
//! Non-response is taken as random within strata (say so on every page). The finite population
//! correction belongs here, to *levels*; changes, trends and ranks ask about the process and use
//! [`MeanEstimate::process_se`].
//!
//! Formulas: with `w_i` the weights, `u_i = w_i (x_i - m)/sum w` the linearised scores,
//! `V = sum_h (1 - f_h) n_h/(n_h - 1) sum_i (u_i - ubar_h)^2`, `f_h = n_h/N_h`, `df = n - H`; post-stratified
//! weights `w = N_h/n_h` take `m_h` in place of `m`. The interval is formed on the logit scale,
//! `h = t(df) SE / (100 p (1 - p))`, `100 expit(logit p -+ h)` with `p = m/100`, so that it stays inside the
//! scale and keeps its coverage near the ends.
//!
//! Reference implementation: R `survey::svymean` on `svydesign(strata, fpc)`, `svyciprop("xlogit")`.

use serde::{Deserialize, Serialize};

use super::descriptives::Moments;
use super::interval::{Confidence, Interval};
use super::method::Method;
use super::numeric::{count, real_u64};
use super::undefined::Undefined;
use super::weights::Kish;

/// Spreads below this are rounding noise of equal scores.
const NO_SPREAD: f64 = 1e-9;

/// People of one stratum, and the scores of those who answered.
#[derive(Debug, Clone, Copy)]
pub struct Stratum<'a> {
    /// Headcount, respondents included.
    pub people: u64,
    /// The respondents' scores, 0..100, in any order.
    pub scores: &'a [f64],
}

/// A stratum whose respondents carry weights of their own (raked, for instance).
#[derive(Debug, Clone, Copy)]
pub struct WeightedStratum<'a> {
    /// Headcount, respondents included.
    pub people: u64,
    /// The respondents' scores, 0..100.
    pub scores: &'a [f64],
    /// Their weights, in the same order.
    pub weights: &'a [f64],
}

/// What kind of interval stands beside a mean, or why none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// Student's t on the logit scale.
    LogitT,
    /// Everybody answered: there is no sampling error.
    CompleteCount,
    /// Every score is the same: no spread can be estimated. No interval.
    NoVariation,
    /// One respondent: no spread can be estimated. No interval.
    OneRespondent,
}

impl IntervalKind {
    /// English words for the page.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::LogitT => "interval from those who answered to all people of the group",
            Self::CompleteCount => "complete count, no sampling error",
            Self::NoVariation => "no variation observed",
            Self::OneRespondent => "one respondent, no interval",
        }
    }
}

/// The mean of a group with everything that is published beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanEstimate {
    /// n: respondents with a valid score.
    pub respondents: u64,
    /// N: people of the group.
    pub people: u64,
    /// n / N.
    pub rate: f64,
    /// The (weighted) mean, 0..100.
    pub mean: f64,
    /// Standard deviation of the respondents' scores, unweighted, with n - 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// Standard error of the level, with finite population correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<f64>,
    /// Standard error without the correction: for changes, trends and ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_se: Option<f64>,
    /// Degrees of freedom, n - H.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
    /// The interval, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// What kind of interval, or why none.
    pub interval_kind: IntervalKind,
    /// Strata that were estimated together, because one had fewer than two respondents: each
    /// entry lists positions in the order given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collapsed: Vec<Vec<usize>>,
    /// Kish's design effect of the weights; 1 when all are equal. Above 1.5 a page should warn.
    pub weight_deff: f64,
    /// How it was computed.
    pub method: Method,
}

/// The mean of one group without strata: `scores` of those who answered among `people`.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::MoreRespondentsThanPeople`], [`Undefined::NotFinite`],
/// [`Undefined::OffScale`].
pub fn group_mean(scores: &[f64], people: u64, confidence: Confidence) -> Result<MeanEstimate, Undefined> {
    stratified_mean(&[Stratum { people, scores }], confidence)
}

/// The post-stratified mean of a group: each stratum's mean counts by its headcount.
///
/// A stratum with people but fewer than two respondents (and not a complete count) is estimated
/// together with its neighbour in the order given; [`MeanEstimate::collapsed`] says so.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::MoreRespondentsThanPeople`], [`Undefined::NotFinite`],
/// [`Undefined::OffScale`].
pub fn stratified_mean(strata: &[Stratum<'_>], confidence: Confidence) -> Result<MeanEstimate, Undefined> {
    for stratum in strata {
        check(stratum.people, stratum.scores)?;
    }
    let cells = collapse(strata);
    let people: u64 = strata.iter().map(|stratum| stratum.people).sum();
    let mut parts = Vec::with_capacity(cells.len());
    for cell in cells.iter().filter(|cell| !cell.scores.is_empty()) {
        parts.push(part_of(cell, people)?);
    }
    let all: Vec<f64> = strata
        .iter()
        .flat_map(|stratum| stratum.scores)
        .copied()
        .collect();
    let weights: f64 = parts.iter().map(|part| part.n * (part.share / part.n)).sum();
    let squares: f64 = parts.iter().map(|part| part.share * part.share / part.n).sum();
    let summary = Summary {
        people,
        strata: parts.len(),
        mean: parts.iter().map(|part| part.share * part.mean).sum(),
        variance: parts.iter().map(|part| part.variance).sum(),
        process_variance: total(parts.iter().map(|part| part.process_variance)),
        weight_deff: real_u64(count(all.len())) * squares / (weights * weights),
        method: Method::named("mean.stratified-fpc").with("weights", "N_h / n_h"),
    };
    let mut estimate = finish(&all, summary, confidence)?;
    estimate.collapsed = cells
        .into_iter()
        .filter(|cell| cell.members.len() > 1)
        .map(|cell| cell.members)
        .collect();
    Ok(estimate)
}

/// The weighted mean of a group with given weights, by linearisation of the ratio.
///
/// # Errors
/// As [`stratified_mean`], and [`Undefined::UnequalLengths`], [`Undefined::BadWeights`], and
/// [`Undefined::OneRespondent`] for a stratum with one respondent of several people (collapse it first).
pub fn weighted_mean(
    strata: &[WeightedStratum<'_>],
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    for stratum in strata {
        check(stratum.people, stratum.scores)?;
        check_weights(stratum)?;
    }
    let all: Vec<f64> = strata
        .iter()
        .flat_map(|stratum| stratum.scores)
        .copied()
        .collect();
    let given: Vec<f64> = strata
        .iter()
        .flat_map(|stratum| stratum.weights)
        .copied()
        .collect();
    let kish = Kish::of(&given)?;
    let weights = kish.sum;
    let weighted: f64 = all.iter().zip(&given).map(|(score, weight)| score * weight).sum();
    let mean = weighted / weights;
    let mut variance = 0.0;
    let mut process_variance = 0.0;
    for stratum in strata.iter().filter(|stratum| !stratum.scores.is_empty()) {
        let linearised: Vec<f64> = stratum
            .scores
            .iter()
            .zip(stratum.weights)
            .map(|(score, weight)| weight * (score - mean) / weights)
            .collect();
        let (with, without) = linear_variance(&linearised, stratum.people)?;
        variance += with;
        process_variance += without;
    }
    let summary = Summary {
        people: strata.iter().map(|stratum| stratum.people).sum(),
        strata: strata.iter().filter(|stratum| !stratum.scores.is_empty()).count(),
        mean,
        variance,
        process_variance: Some(process_variance),
        weight_deff: kish.deff,
        method: Method::named("mean.linearised-fpc").with("weights", "given"),
    };
    finish(&all, summary, confidence)
}

fn check(people: u64, scores: &[f64]) -> Result<(), Undefined> {
    let respondents = count(scores.len());
    if respondents > people {
        return Err(Undefined::MoreRespondentsThanPeople { respondents, people });
    }
    if scores.iter().any(|score| !score.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    if scores
        .iter()
        .any(|score| !(-NO_SPREAD..=100.0 + NO_SPREAD).contains(score))
    {
        return Err(Undefined::OffScale);
    }
    Ok(())
}

fn check_weights(stratum: &WeightedStratum<'_>) -> Result<(), Undefined> {
    if stratum.scores.len() != stratum.weights.len() {
        return Err(Undefined::UnequalLengths {
            left: count(stratum.scores.len()),
            right: count(stratum.weights.len()),
        });
    }
    if stratum
        .weights
        .iter()
        .any(|weight| !weight.is_finite() || *weight < 0.0)
    {
        return Err(Undefined::BadWeights);
    }
    Ok(())
}

/// Strata that are estimated together.
struct Cell {
    members: Vec<usize>,
    people: u64,
    scores: Vec<f64>,
}

impl Cell {
    fn needs_neighbour(&self) -> bool {
        let respondents = count(self.scores.len());
        respondents < 2 && respondents < self.people
    }

    fn join(&mut self, other: Self) {
        self.members.extend(other.members);
        self.people += other.people;
        self.scores.extend(other.scores);
    }
}

/// Joins each stratum that cannot stand alone with its neighbour in the order given: the next
/// one, or for the last one the one before.
fn collapse(strata: &[Stratum<'_>]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::with_capacity(strata.len());
    for (position, stratum) in strata.iter().enumerate().filter(|(_, s)| s.people > 0) {
        let cell = Cell {
            members: vec![position],
            people: stratum.people,
            scores: stratum.scores.to_vec(),
        };
        match cells.last_mut() {
            Some(last) if last.needs_neighbour() => last.join(cell),
            _ => cells.push(cell),
        }
    }
    if cells.len() > 1
        && cells.last().is_some_and(Cell::needs_neighbour)
        && let Some(orphan) = cells.pop()
        && let Some(last) = cells.last_mut()
    {
        last.join(orphan);
    }
    cells
}

/// A cell's contribution to the post-stratified mean.
struct Part {
    n: f64,
    share: f64,
    mean: f64,
    variance: f64,
    process_variance: Option<f64>,
}

fn part_of(cell: &Cell, all_people: u64) -> Result<Part, Undefined> {
    let moments = Moments::of(&cell.scores)?;
    let share = real_u64(cell.people) / real_u64(all_people);
    let n = moments.n_real();
    let sampled = n / real_u64(cell.people);
    let process_variance = moments.variance().ok().map(|s2| share * share * s2 / n);
    let variance = match process_variance {
        Some(process) => (1.0 - sampled) * process,
        None => 0.0,
    };
    Ok(Part {
        n,
        share,
        mean: moments.mean,
        variance,
        process_variance,
    })
}

/// `(1 - f) n/(n-1) sum (u - ubar)^2`, with and without the correction.
fn linear_variance(linearised: &[f64], people: u64) -> Result<(f64, f64), Undefined> {
    let moments = Moments::of(linearised)?;
    let n = moments.n_real();
    let sampled = n / real_u64(people);
    if moments.n < 2 {
        return if sampled >= 1.0 {
            Ok((0.0, 0.0))
        } else {
            Err(Undefined::OneRespondent)
        };
    }
    let without = n / (n - 1.0) * moments.squares;
    Ok(((1.0 - sampled) * without, without))
}

fn total(terms: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    terms.sum()
}

struct Summary {
    people: u64,
    strata: usize,
    mean: f64,
    variance: f64,
    process_variance: Option<f64>,
    weight_deff: f64,
    method: Method,
}

/// Puts the interval, or the reason for none, beside the mean.
fn finish(all: &[f64], summary: Summary, confidence: Confidence) -> Result<MeanEstimate, Undefined> {
    let moments = Moments::of(all)?;
    let respondents = moments.n;
    let sd = moments.sd().ok();
    let df = moments.n_real() - real_u64(count(summary.strata));
    let se = summary.variance.max(0.0).sqrt();
    let mean = summary.mean.clamp(0.0, 100.0);
    let spread = se > NO_SPREAD && df > 0.0;
    let (interval_kind, se, interval) = if respondents == summary.people {
        let point = Interval {
            low: mean,
            high: mean,
        };
        (IntervalKind::CompleteCount, Some(0.0), Some(point))
    } else if respondents == 1 {
        (IntervalKind::OneRespondent, None, None)
    } else if !spread || mean <= 0.0 || mean >= 100.0 {
        (IntervalKind::NoVariation, None, None)
    } else {
        let interval = logit_interval(mean, se, df, confidence);
        (IntervalKind::LogitT, Some(se), Some(interval))
    };
    Ok(MeanEstimate {
        respondents,
        people: summary.people,
        rate: moments.n_real() / real_u64(summary.people),
        mean,
        sd,
        se,
        process_se: summary.process_variance.map(f64::sqrt),
        df: (df > 0.0).then_some(df),
        interval,
        interval_kind,
        collapsed: Vec::new(),
        weight_deff: summary.weight_deff,
        method: summary.method.with("confidence", confidence.level()),
    })
}

/// `100 expit(logit(m/100) -+ t(df) SE / (100 p (1 - p)))` for 0 < m < 100, SE > 0, df > 0.
#[must_use]
pub fn logit_interval(mean: f64, se: f64, df: f64, confidence: Confidence) -> Interval {
    let p = mean / 100.0;
    let centre = (p / (1.0 - p)).ln();
    let half = confidence.t(df) * se / (100.0 * p * (1.0 - p));
    Interval {
        low: 100.0 * expit(centre - half),
        high: 100.0 * expit(centre + half),
    }
}

/// `1/(1 + e^-x)`, from whichever side does not overflow.
fn expit(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}
