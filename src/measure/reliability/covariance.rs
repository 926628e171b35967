//! Covariances of items with gaps, listwise or pairwise.

use nalgebra::DMatrix;

use crate::measure::descriptives::Moments;
use crate::measure::numeric::{count, real};
use crate::measure::undefined::Undefined;

/// Items as columns, persons as rows; `None` is not answered.
pub type Columns = [Vec<Option<f64>>];

/// What happens to persons with gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// Only persons who answered every item.
    Listwise,
    /// For each pair of items, the persons who answered both.
    Pairwise,
}

/// Checks that there are at least two items of equal, non-zero length and finite values.
///
/// # Errors
/// [`Undefined::TooFew`], [`Undefined::UnequalLengths`], [`Undefined::EmptyGroup`], [`Undefined::NotFinite`].
pub fn check(columns: &Columns) -> Result<usize, Undefined> {
    let (Some(first), true) = (columns.first(), columns.len() > 1) else {
        return Err(Undefined::TooFew {
            given: count(columns.len()),
            needed: 2,
        });
    };
    if let Some(other) = columns.iter().find(|column| column.len() != first.len()) {
        return Err(Undefined::UnequalLengths {
            left: count(first.len()),
            right: count(other.len()),
        });
    }
    if first.is_empty() {
        return Err(Undefined::EmptyGroup);
    }
    if columns.iter().flatten().flatten().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    Ok(first.len())
}

/// Whether each row is complete.
#[must_use]
pub fn complete_rows(columns: &Columns) -> Vec<bool> {
    let rows = columns.first().map_or(0, Vec::len);
    columns.iter().fold(vec![true; rows], |complete, column| {
        complete
            .iter()
            .zip(column)
            .map(|(so_far, answer)| *so_far && answer.is_some())
            .collect()
    })
}

/// The columns with only the rows that are kept.
#[must_use]
pub fn keep_rows(columns: &Columns, keep: &[bool]) -> Vec<Vec<Option<f64>>> {
    columns
        .iter()
        .map(|column| {
            column
                .iter()
                .zip(keep)
                .filter(|(_, keep)| **keep)
                .map(|(answer, _)| *answer)
                .collect()
        })
        .collect()
}

/// The covariance matrix, each entry from the persons who answered both items (n - 1).
///
/// # Errors
/// [`Undefined::TooFew`] when a pair of items shares fewer than two persons, [`Undefined::NotFinite`].
pub fn covariance(columns: &Columns) -> Result<DMatrix<f64>, Undefined> {
    let matrix = pairwise(columns, |pair| pair.products / (pair.n - 1.0))?;
    if matrix.iter().all(|value| value.is_finite()) {
        Ok(matrix)
    } else {
        Err(Undefined::NotFinite)
    }
}

/// The correlation matrix, each entry from the persons who answered both items, with *their*
/// standard deviations (R's `cor(use = "pairwise")`, which is not the scaled covariance matrix).
///
/// # Errors
/// [`Undefined::TooFew`], [`Undefined::NoVariation`] when an item does not vary among them.
pub fn correlation(columns: &Columns) -> Result<DMatrix<f64>, Undefined> {
    let matrix = pairwise(columns, |pair| {
        pair.products / (pair.x_squares * pair.y_squares).sqrt()
    })?;
    if matrix.iter().any(|r| !r.is_finite()) {
        return Err(Undefined::NoVariation);
    }
    Ok(matrix)
}

/// A covariance matrix scaled to a unit diagonal (R's `cov2cor`).
///
/// # Errors
/// [`Undefined::NoVariation`] when an item does not vary.
pub fn scaled(covariance: &DMatrix<f64>) -> Result<DMatrix<f64>, Undefined> {
    let sd = covariance.diagonal().map(f64::sqrt);
    let outer = &sd * sd.transpose();
    let scaled = covariance.component_div(&outer);
    if sd.iter().any(|sd| *sd <= 0.0) || scaled.iter().any(|r| !r.is_finite()) {
        return Err(Undefined::NoVariation);
    }
    Ok(scaled)
}

struct Pair {
    n: f64,
    products: f64,
    x_squares: f64,
    y_squares: f64,
}

fn pairwise(columns: &Columns, entry: impl Fn(&Pair) -> f64) -> Result<DMatrix<f64>, Undefined> {
    let mut entries = Vec::with_capacity(columns.len() * columns.len());
    for x in columns {
        for y in columns {
            entries.push(entry(&pair_of(x, y)?));
        }
    }
    Ok(DMatrix::from_row_slice(columns.len(), columns.len(), &entries))
}

fn pair_of(x: &[Option<f64>], y: &[Option<f64>]) -> Result<Pair, Undefined> {
    let both: Vec<(f64, f64)> = x.iter().zip(y).filter_map(|(x, y)| x.zip(*y)).collect();
    if both.len() < 2 {
        return Err(Undefined::TooFew {
            given: count(both.len()),
            needed: 2,
        });
    }
    let mx = Moments::of(&both.iter().map(|pair| pair.0).collect::<Vec<_>>())?;
    let my = Moments::of(&both.iter().map(|pair| pair.1).collect::<Vec<_>>())?;
    Ok(Pair {
        n: real(both.len()),
        products: both.iter().map(|(a, b)| (a - mx.mean) * (b - my.mean)).sum(),
        x_squares: mx.squares,
        y_squares: my.squares,
    })
}
