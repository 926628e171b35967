//! Who was drawn from whom.

use std::collections::BTreeMap;

use crate::measure::numeric::{count, real};
use crate::measure::undefined::{DesignFault, Undefined};
use crate::measure::weights::kish;

/// What to do with a stratum of which one unit was sampled (and more exist).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lonely {
    /// Refuse.
    #[default]
    Fail,
    /// Count it as known without error.
    Certainty,
    /// Take its distance from the overall mean.
    Adjust,
    /// Give it the mean variance of the other strata.
    Average,
}

/// A design as it comes: one entry a row in each list.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanInput<'a> {
    /// Rows.
    pub rows: usize,
    /// The stratum of each row; none means one stratum.
    pub strata: Option<&'a [usize]>,
    /// The first-stage unit of each row, numbered within strata or overall; none means each row is one.
    pub clusters: Option<&'a [usize]>,
    /// The second-stage unit of each row, within its first-stage unit.
    pub second: Option<&'a [usize]>,
    /// Weights; none means the inverse of the sampled shares.
    pub weights: Option<&'a [f64]>,
    /// Units in the population of the row's stratum; none means drawn with replacement.
    pub population: Option<&'a [f64]>,
    /// Second-stage units in the population of the row's first-stage unit.
    pub second_population: Option<&'a [f64]>,
}

/// A checked design.
#[derive(Debug, Clone)]
pub struct Plan {
    weights: Vec<f64>,
    strata: Vec<Stratum>,
    stratum_of: Vec<usize>,
    unit_of: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
struct Stratum {
    /// The share of the population's units that was drawn.
    sampled: f64,
    units: Vec<Unit>,
}

#[derive(Debug, Clone, Default)]
struct Unit {
    rows: Vec<usize>,
    /// Rows by second-stage unit, and the share of those drawn; only with two stages.
    second: Option<(Vec<Vec<usize>>, f64)>,
}

impl Plan {
    /// Checks a design and works out its weights and sampled shares.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], [`Undefined::UnequalLengths`], [`Undefined::BadWeights`], [`Undefined::BadDesign`].
    pub fn new(input: PlanInput<'_>) -> Result<Self, Undefined> {
        check_lengths(&input)?;
        let mut strata: BTreeMap<usize, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
        for row in 0..input.rows {
            let stratum = at(input.strata, row).unwrap_or(0);
            let unit = at(input.clusters, row).unwrap_or(row);
            strata
                .entry(stratum)
                .or_default()
                .entry(unit)
                .or_default()
                .push(row);
        }
        let mut plan = Self {
            weights: Vec::new(),
            strata: Vec::with_capacity(strata.len()),
            stratum_of: vec![0; input.rows],
            unit_of: vec![0; input.rows],
        };
        let mut inverse = vec![1.0; input.rows];
        let mut unit_number = 0;
        for units in strata.into_values() {
            let stratum = stratum_of(units, &input, &mut inverse)?;
            for unit in &stratum.units {
                for row in &unit.rows {
                    set(&mut plan.stratum_of, *row, plan.strata.len());
                    set(&mut plan.unit_of, *row, unit_number);
                }
                unit_number += 1;
            }
            plan.strata.push(stratum);
        }
        plan.weights = input.weights.map_or(inverse, <[f64]>::to_vec);
        kish::check(&plan.weights)?;
        Ok(plan)
    }

    /// The weight of each row.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.weights.len()
    }

    /// The same design with other weights.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`], [`Undefined::BadWeights`].
    pub fn with_weights(&self, weights: &[f64]) -> Result<Self, Undefined> {
        if weights.len() != self.rows() {
            return Err(Undefined::UnequalLengths {
                left: count(self.rows()),
                right: count(weights.len()),
            });
        }
        kish::check(weights)?;
        Ok(Self {
            weights: weights.to_vec(),
            ..self.clone()
        })
    }

    /// First-stage units minus strata among the rows kept.
    #[must_use]
    pub fn degrees_of_freedom(&self, keep: &[bool]) -> f64 {
        let distinct = |of: &[usize]| {
            let mut kept: Vec<usize> = of
                .iter()
                .zip(keep)
                .filter(|(_, keep)| **keep)
                .map(|(id, _)| *id)
                .collect();
            kept.sort_unstable();
            kept.dedup();
            real(kept.len())
        };
        distinct(&self.unit_of) - distinct(&self.stratum_of)
    }

    /// The variance of the total of influence values, zero outside the domain:
    /// `sum_h (1-f_h) n_h/(n_h-1) sum_i (u_hi - ubar_h)^2`, and within each first-stage unit the same of its
    /// second-stage units times f_h.
    ///
    /// # Errors
    /// [`Undefined::BadDesign`] for a lonely unit under [`Lonely::Fail`]; [`Undefined::OneRespondent`] when every
    /// stratum is lonely under [`Lonely::Average`].
    pub fn variance(&self, influence: &[f64], lonely: Lonely) -> Result<f64, Undefined> {
        let mut sum = 0.0;
        let mut counted = 0_usize;
        for stratum in &self.strata {
            if let Some(first) = first_stage(stratum, influence, lonely)? {
                sum += first;
                counted += 1;
            }
            for unit in &stratum.units {
                sum += stratum.sampled * second_stage(unit, influence);
            }
        }
        if counted == 0 {
            return Err(Undefined::OneRespondent);
        }
        Ok(sum * real(self.strata.len()) / real(counted))
    }
}

/// A stratum's own part, or `None` when it takes the average of the others.
fn first_stage(stratum: &Stratum, influence: &[f64], lonely: Lonely) -> Result<Option<f64>, Undefined> {
    let totals: Vec<f64> = stratum
        .units
        .iter()
        .map(|unit| total(&unit.rows, influence))
        .collect();
    let unsampled = 1.0 - stratum.sampled;
    if totals.len() > 1 {
        return Ok(Some(unsampled * spread(&totals)));
    }
    if unsampled <= 1e-7 {
        return Ok(Some(0.0));
    }
    match lonely {
        Lonely::Fail => Err(Undefined::BadDesign(DesignFault::LonelyUnit)),
        Lonely::Certainty => Ok(Some(0.0)),
        Lonely::Adjust => Ok(Some(unsampled * totals.iter().map(|t| t * t).sum::<f64>())),
        Lonely::Average => Ok(None),
    }
}

fn second_stage(unit: &Unit, influence: &[f64]) -> f64 {
    let Some((groups, sampled)) = &unit.second else {
        return 0.0;
    };
    if groups.len() < 2 {
        return 0.0;
    }
    let totals: Vec<f64> = groups.iter().map(|rows| total(rows, influence)).collect();
    (1.0 - sampled) * spread(&totals)
}

fn total(rows: &[usize], influence: &[f64]) -> f64 {
    rows.iter().filter_map(|row| influence.get(*row)).sum()
}

/// `n/(n-1) sum (x - xbar)^2`.
fn spread(totals: &[f64]) -> f64 {
    let n = real(totals.len());
    let mean = totals.iter().sum::<f64>() / n;
    n / (n - 1.0) * totals.iter().map(|total| (total - mean).powi(2)).sum::<f64>()
}

fn stratum_of(
    units: BTreeMap<usize, Vec<usize>>,
    input: &PlanInput<'_>,
    inverse: &mut [f64],
) -> Result<Stratum, Undefined> {
    let drawn = real(units.len());
    let any_row = units.values().flatten().next().copied().unwrap_or(0);
    let sampled = share(drawn, at(input.population, any_row))?;
    let mut stratum = Stratum {
        sampled,
        units: Vec::with_capacity(units.len()),
    };
    for rows in units.into_values() {
        let second = match (input.second, input.population) {
            (Some(second), Some(_)) => Some(second_stage_of(&rows, second, input)?),
            _ => None,
        };
        let factor = if sampled > 0.0 { 1.0 / sampled } else { 1.0 };
        let second_factor = second.as_ref().map_or(1.0, |(_, sampled)| 1.0 / sampled);
        for row in &rows {
            if let Some(weight) = inverse.get_mut(*row) {
                *weight = factor * second_factor;
            }
        }
        stratum.units.push(Unit { rows, second });
    }
    Ok(stratum)
}

fn second_stage_of(
    rows: &[usize],
    second: &[usize],
    input: &PlanInput<'_>,
) -> Result<(Vec<Vec<usize>>, f64), Undefined> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for row in rows {
        let group = second.get(*row).copied().unwrap_or(*row);
        groups.entry(group).or_default().push(*row);
    }
    let first = rows.first().copied().unwrap_or(0);
    let population =
        at(input.second_population, first).ok_or(Undefined::BadDesign(DesignFault::MissingSecondStage))?;
    let sampled = share(real(groups.len()), Some(population))?;
    Ok((groups.into_values().collect(), sampled))
}

/// The sampled share of a population, 0 where none is given.
fn share(drawn: f64, population: Option<f64>) -> Result<f64, Undefined> {
    match population {
        None => Ok(0.0),
        Some(people) if !people.is_finite() => Err(Undefined::NotFinite),
        Some(people) if people < drawn * (1.0 - 1e-9) => {
            Err(Undefined::BadDesign(DesignFault::SampleExceedsPopulation))
        }
        Some(people) => Ok((drawn / people).min(1.0)),
    }
}

fn check_lengths(input: &PlanInput<'_>) -> Result<(), Undefined> {
    if input.rows == 0 {
        return Err(Undefined::EmptyGroup);
    }
    let lengths = [
        input.strata.map(<[usize]>::len),
        input.clusters.map(<[usize]>::len),
        input.second.map(<[usize]>::len),
        input.weights.map(<[f64]>::len),
        input.population.map(<[f64]>::len),
        input.second_population.map(<[f64]>::len),
    ];
    match lengths.into_iter().flatten().find(|length| *length != input.rows) {
        Some(other) => Err(Undefined::UnequalLengths {
            left: count(input.rows),
            right: count(other),
        }),
        None => Ok(()),
    }
}

fn at<T: Copy>(list: Option<&[T]>, row: usize) -> Option<T> {
    list.and_then(|list| list.get(row)).copied()
}

fn set(list: &mut [usize], at: usize, value: usize) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}
