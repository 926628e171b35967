//! Post-stratification: in each cell of known size, those who answered stand for all.

use serde::{Deserialize, Serialize};

use crate::measure::numeric::{count, real_u64};
use crate::measure::undefined::Undefined;

use super::kish::check;

/// The size of one cell, in the population and among the respondents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// N_h.
    pub people: u64,
    /// n_h.
    pub respondents: u64,
}

/// When a cell is too thin to stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CellRule {
    /// Fewer respondents than this. Default 5.
    pub least_respondents: u64,
    /// A weight more than so many times the average one. Default 3.
    pub most_relative_weight: f64,
}

impl Default for CellRule {
    fn default() -> Self {
        Self {
            least_respondents: 5,
            most_relative_weight: 3.0,
        }
    }
}

/// Cells that were joined, and what each joined cell weighs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collapsed {
    /// Positions of the given cells, joined cell by joined cell: the log.
    pub members: Vec<Vec<usize>>,
    /// The joined cells.
    pub cells: Vec<Cell>,
}

impl Collapsed {
    /// `N_h/n_h` of the joined cell that a given cell went into.
    #[must_use]
    pub fn weight_of(&self, cell: usize) -> Option<f64> {
        let at = self.members.iter().position(|members| members.contains(&cell))?;
        let joined = self.cells.get(at)?;
        (joined.respondents > 0).then(|| real_u64(joined.people) / real_u64(joined.respondents))
    }
}

/// Joins each cell with n_h < 5 or N_h/n_h > 3 N/n with its predefined neighbour: the next one in the order
/// given, or for the last the one before, until no cell is too thin or one is left.
///
/// # Errors
/// [`Undefined::EmptyGroup`] when nobody answered, [`Undefined::MoreRespondentsThanPeople`].
pub fn collapse_cells(cells: &[Cell], rule: CellRule) -> Result<Collapsed, Undefined> {
    if let Some(bad) = cells.iter().find(|cell| cell.respondents > cell.people) {
        return Err(Undefined::MoreRespondentsThanPeople {
            respondents: bad.respondents,
            people: bad.people,
        });
    }
    let people: u64 = cells.iter().map(|cell| cell.people).sum();
    let respondents: u64 = cells.iter().map(|cell| cell.respondents).sum();
    if respondents == 0 {
        return Err(Undefined::EmptyGroup);
    }
    let average = real_u64(people) / real_u64(respondents);
    let thin = |cell: &Cell| {
        cell.respondents < rule.least_respondents
            || real_u64(cell.people) > rule.most_relative_weight * average * real_u64(cell.respondents)
    };
    let mut joined: Vec<(Vec<usize>, Cell)> = Vec::with_capacity(cells.len());
    for (at, cell) in cells.iter().enumerate() {
        match joined.last_mut() {
            Some((members, last)) if thin(last) => {
                members.push(at);
                *last = sum(*last, *cell);
            }
            _ => joined.push((vec![at], *cell)),
        }
    }
    while joined.len() > 1 && joined.last().is_some_and(|(_, cell)| thin(cell)) {
        let Some((members, orphan)) = joined.pop() else {
            break;
        };
        if let Some((kept, last)) = joined.last_mut() {
            kept.extend(members);
            *last = sum(*last, orphan);
        }
    }
    let (members, cells) = joined.into_iter().unzip();
    Ok(Collapsed { members, cells })
}

fn sum(a: Cell, b: Cell) -> Cell {
    Cell {
        people: a.people + b.people,
        respondents: a.respondents + b.respondents,
    }
}

/// The factor of each cell, `N_h / sum of base weights in h`, and the base weights times it.
///
/// `cell` gives each respondent's cell, a position in `population`.
///
/// Reference implementation: R `survey::postStratify`.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::BadWeights`], [`Undefined::CellWithoutRespondents`] for a cell with
/// people and no weight to carry them (collapse it first), [`Undefined::TooFew`] for a cell number that is not in `population`.
pub fn poststratify(
    base: &[f64],
    cell: &[usize],
    population: &[f64],
) -> Result<(Vec<f64>, Vec<f64>), Undefined> {
    if base.len() != cell.len() {
        return Err(Undefined::UnequalLengths {
            left: count(base.len()),
            right: count(cell.len()),
        });
    }
    check(base)?;
    let factors = factors(base, cell, population)?;
    let weights = base
        .iter()
        .zip(cell)
        .map(|(weight, cell)| weight * factors.get(*cell).copied().unwrap_or(1.0))
        .collect();
    Ok((factors, weights))
}

/// `N_h / sum of weights in h` for each cell of a margin.
pub(super) fn factors(weights: &[f64], cell: &[usize], population: &[f64]) -> Result<Vec<f64>, Undefined> {
    let mut sums = vec![0.0; population.len()];
    for (weight, cell) in weights.iter().zip(cell) {
        let sum = sums.get_mut(*cell).ok_or(Undefined::TooFew {
            given: count(population.len()),
            needed: count(*cell) + 1,
        })?;
        *sum += weight;
    }
    population
        .iter()
        .zip(sums)
        .map(|(people, sum)| match (*people, sum) {
            (people, _) if !people.is_finite() || people < 0.0 => Err(Undefined::NotFinite),
            (people, sum) if sum > 0.0 && (people / sum).is_finite() => Ok(people / sum),
            (_, sum) if sum > 0.0 => Err(Undefined::BadWeights),
            (people, _) if people > 0.0 => Err(Undefined::CellWithoutRespondents {
                people: count(crate::measure::numeric::convert::position(people)),
            }),
            _ => Ok(1.0),
        })
        .collect()
}
