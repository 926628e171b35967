//! One group, or strata that count by their headcounts.

use crate::measure::descriptives::Moments;
use crate::measure::interval::Confidence;
use crate::measure::method::Method;
use crate::measure::numeric::real_u64;
use crate::measure::undefined::Undefined;
use crate::measure::weights::{Cell, CellRule, collapse_cells};

use super::MeanEstimate;
use super::finish::{Summary, finish};
use super::respondents::Respondents;

/// People of one stratum, and those who answered: a list of their scores (0..100), or a
/// [`Tally`](crate::measure::tally::Tally).
#[derive(Debug)]
pub struct Stratum<'a, R: ?Sized = [f64]> {
    /// Headcount, respondents included.
    pub people: u64,
    /// The respondents' scores.
    pub scores: &'a R,
}

impl<R: ?Sized> Clone for Stratum<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: ?Sized> Copy for Stratum<'_, R> {}

/// The mean of one group without strata: `scores` of those who answered among `people`.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::MoreRespondentsThanPeople`], [`Undefined::NotFinite`],
/// [`Undefined::OffScale`].
pub fn group_mean<R: Respondents + ?Sized>(
    scores: &R,
    people: u64,
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
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
pub fn stratified_mean<R: Respondents + ?Sized>(
    strata: &[Stratum<'_, R>],
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    check_all(strata)?;
    let method = Method::named("mean.stratified-fpc").with("weights", "N_h / n_h");
    mean_of_cells(strata, &joined_where_lonely(strata), method, confidence)
}

/// The post-stratified mean with the published rule for thin cells: one with fewer than `rule.least_respondents`
/// respondents, or a weight beyond `rule.most_relative_weight` times the average, is estimated together with its
/// neighbour in the order given; [`MeanEstimate::collapsed`] says so.
///
/// # Errors
/// As [`stratified_mean`].
pub fn poststratified_mean<R: Respondents + ?Sized>(
    strata: &[Stratum<'_, R>],
    rule: CellRule,
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    check_all(strata)?;
    // A cell of one has no spread to estimate an error from.
    let rule = CellRule {
        least_respondents: rule.least_respondents.max(2),
        ..rule
    };
    let (positions, cells): (Vec<usize>, Vec<Cell>) = strata
        .iter()
        .enumerate()
        .filter(|(_, stratum)| stratum.people > 0)
        .map(|(position, stratum)| {
            (
                position,
                Cell {
                    people: stratum.people,
                    respondents: stratum.scores.n(),
                },
            )
        })
        .unzip();
    let members = collapse_cells(&cells, rule)?.members;
    let original = |cell: &Vec<usize>| cell.iter().filter_map(|at| positions.get(*at)).copied().collect();
    let members: Vec<Vec<usize>> = members.iter().map(original).collect();
    let method = Method::named("mean.post-stratified-fpc")
        .with("weights", "N_h / n_h")
        .with("least_respondents", rule.least_respondents)
        .with("most_relative_weight", rule.most_relative_weight);
    mean_of_cells(strata, &members, method, confidence)
}

fn check_all<R: Respondents + ?Sized>(strata: &[Stratum<'_, R>]) -> Result<(), Undefined> {
    for stratum in strata {
        super::check(stratum.people, stratum.scores)?;
    }
    Ok(())
}

/// Positions of the strata that are estimated together: each stratum that cannot stand alone with its neighbour in
/// the order given; the next one, or for the last one the one before. Strata without people are left out.
fn joined_where_lonely<R: Respondents + ?Sized>(strata: &[Stratum<'_, R>]) -> Vec<Vec<usize>> {
    let lonely = |(_, cell): &(Vec<usize>, Cell)| cell.respondents < 2 && cell.respondents < cell.people;
    let mut cells: Vec<(Vec<usize>, Cell)> = Vec::with_capacity(strata.len());
    for (position, stratum) in strata
        .iter()
        .enumerate()
        .filter(|(_, stratum)| stratum.people > 0)
    {
        let own = Cell {
            people: stratum.people,
            respondents: stratum.scores.n(),
        };
        match cells.last_mut() {
            Some(last) if lonely(last) => join(last, (vec![position], own)),
            _ => cells.push((vec![position], own)),
        }
    }
    if cells.len() > 1
        && cells.last().is_some_and(lonely)
        && let Some(orphan) = cells.pop()
        && let Some(last) = cells.last_mut()
    {
        join(last, orphan);
    }
    cells.into_iter().map(|(members, _)| members).collect()
}

fn join((members, cell): &mut (Vec<usize>, Cell), (others, other): (Vec<usize>, Cell)) {
    members.extend(others);
    cell.people += other.people;
    cell.respondents += other.respondents;
}

fn mean_of_cells<R: Respondents + ?Sized>(
    strata: &[Stratum<'_, R>],
    cells: &[Vec<usize>],
    method: Method,
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    let all_people: u64 = strata.iter().map(|stratum| stratum.people).sum();
    let mut parts = Vec::with_capacity(cells.len());
    for cell in cells {
        let members: Vec<&Stratum<'_, R>> = cell.iter().filter_map(|at| strata.get(*at)).collect();
        let respondents: u64 = members.iter().map(|member| member.scores.n()).sum();
        if respondents == 0 {
            continue;
        }
        let people = members.iter().map(|member| member.people).sum();
        let scores: Vec<&R> = members.iter().map(|member| member.scores).collect();
        parts.push(Part::of(&R::together(&scores)?, people, all_people));
    }
    let everybody: Vec<&R> = strata.iter().map(|stratum| stratum.scores).collect();
    let all = R::together(&everybody)?;
    let weights: f64 = parts.iter().map(|part| part.n * (part.share / part.n)).sum();
    let squares: f64 = parts.iter().map(|part| part.share * part.share / part.n).sum();
    let summary = Summary {
        people: all_people,
        strata: parts.len(),
        mean: parts.iter().map(|part| part.share * part.mean).sum(),
        variance: parts.iter().map(|part| part.variance).sum(),
        process_variance: parts.iter().map(|part| part.process_variance).sum(),
        weight_deff: all.n_real() * squares / (weights * weights),
        method,
    };
    let mut estimate = finish(&all, summary, confidence);
    estimate.collapsed = cells.iter().filter(|cell| cell.len() > 1).cloned().collect();
    Ok(estimate)
}

/// A cell's contribution to the post-stratified mean.
struct Part {
    n: f64,
    share: f64,
    mean: f64,
    variance: f64,
    process_variance: Option<f64>,
}

impl Part {
    fn of(moments: &Moments, people: u64, all_people: u64) -> Self {
        let share = real_u64(people) / real_u64(all_people);
        let n = moments.n_real();
        let sampled = n / real_u64(people);
        let process_variance = moments.variance().ok().map(|s2| share * share * s2 / n);
        Self {
            n,
            share,
            mean: moments.mean,
            variance: process_variance.map_or(0.0, |process| (1.0 - sampled) * process),
            process_variance,
        }
    }
}
