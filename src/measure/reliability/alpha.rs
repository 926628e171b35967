//! Cronbach's alpha, with everything a page says beside it.

use nalgebra::{DMatrix, DVector};

use crate::measure::descriptives::Moments;
use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::{count, f_quantile, real};
use crate::measure::quantile::Sorted;
use crate::measure::undefined::Undefined;

use super::covariance::{self, Columns, Missing};

/// Cronbach's alpha of an index.
///
/// A negative alpha is a sign of an item that is keyed the wrong way: say "check keying".
#[derive(Debug, Clone, PartialEq)]
pub struct Alpha {
    /// k.
    pub items: u64,
    /// Persons given.
    pub rows: u64,
    /// Persons who answered every item.
    pub complete: u64,
    /// The n of the standard error and the interval: complete persons when listwise, all when pairwise.
    pub used: u64,
    /// `k/(k-1) (1 - sum s_j^2 / s_T^2)`.
    pub alpha: f64,
    /// The same from correlations; `None` when an item does not vary.
    pub standardised: Option<f64>,
    /// Mean of the correlations between items.
    pub mean_r: Option<f64>,
    /// Median of the correlations between items.
    pub median_r: Option<f64>,
    /// Duhachek and Iacobucci's standard error.
    pub se: f64,
    /// Feldt's interval.
    pub interval: Interval,
    /// Mean over persons of the mean of their answered items.
    pub scale_mean: f64,
    /// Its standard deviation.
    pub scale_sd: f64,
    /// Item by item.
    pub per_item: Vec<ItemReliability>,
}

/// What one item does to alpha.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemReliability {
    /// Who answered it.
    pub n: u64,
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation; `None` with one answer.
    pub sd: Option<f64>,
    /// Alpha without it; `None` when only two items are there.
    pub alpha_if_dropped: Option<f64>,
    /// Standardised alpha without it.
    pub standardised_if_dropped: Option<f64>,
    /// Correlation with the sum of the others; `None` when one of them does not vary.
    pub item_rest_r: Option<f64>,
    /// Correlation with the mean of a person's answered items, this one included.
    pub item_total_r: Option<f64>,
}

/// Alpha of at least two items.
///
/// Reference implementation: R `psych::alpha(check.keys = FALSE)`; Feldt, Woodruff & Salih 1987;
/// Duhachek & Iacobucci 2004.
///
/// # Errors
/// [`Undefined::TooFew`] for one item or too few common persons, [`Undefined::EmptyGroup`],
/// [`Undefined::UnequalLengths`], [`Undefined::NotFinite`], [`Undefined::NoVariation`] when the sum does not vary.
pub fn cronbach_alpha(
    columns: &Columns,
    missing: Missing,
    confidence: Confidence,
) -> Result<Alpha, Undefined> {
    let rows = covariance::check(columns)?;
    let complete = covariance::complete_rows(columns);
    let kept = match missing {
        Missing::Listwise => covariance::keep_rows(columns, &complete),
        Missing::Pairwise => columns.to_vec(),
    };
    let used = kept.first().map_or(0, Vec::len);
    let covariances = covariance::covariance(&kept)?;
    let alpha = alpha_of_covariance(&covariances)?;
    let correlations = covariance::scaled(&covariances).ok();
    let totals = person_means(&kept);
    let scale = Moments::of(&totals.iter().flatten().copied().collect::<Vec<_>>())?;
    let between = correlations.as_ref().map(below_diagonal);
    let median = between
        .as_ref()
        .and_then(|r| Sorted::of(r).ok())
        .map(|sorted| sorted.median());
    let se = alpha_standard_error(&covariances, used);
    if !se.is_finite() {
        return Err(Undefined::NotFinite);
    }
    Ok(Alpha {
        items: count(columns.len()),
        rows: count(rows),
        complete: count(complete.iter().filter(|complete| **complete).count()),
        used: count(used),
        alpha,
        standardised: correlations.as_ref().and_then(|r| alpha_of_covariance(r).ok()),
        mean_r: between.map(|r| r.iter().sum::<f64>() / real(r.len())),
        median_r: median,
        se,
        interval: feldt_interval(alpha, used, columns.len(), confidence),
        scale_mean: scale.mean,
        scale_sd: scale.sd()?,
        per_item: per_item(&kept, &covariances, correlations.as_ref(), &totals)?,
    })
}

/// `k/(k-1) (1 - trace/sum)` of a covariance matrix.
///
/// # Errors
/// [`Undefined::TooFew`] for k < 2, [`Undefined::NoVariation`] when the sum of the items does not vary.
pub fn alpha_of_covariance(covariance: &DMatrix<f64>) -> Result<f64, Undefined> {
    let k = real(covariance.nrows());
    if covariance.nrows() < 2 {
        return Err(Undefined::TooFew {
            given: count(covariance.nrows()),
            needed: 2,
        });
    }
    let total = covariance.sum();
    if total <= covariance.trace().abs() * 1e-14 {
        return Err(Undefined::NoVariation);
    }
    let alpha = k / (k - 1.0) * (1.0 - covariance.trace() / total);
    if alpha.is_finite() {
        Ok(alpha)
    } else {
        Err(Undefined::NotFinite)
    }
}

/// Alpha of complete columns over some rows (a resample: rows may repeat), from variances alone.
///
/// # Errors
/// [`Undefined::TooFew`] for k < 2, [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`], [`Undefined::NotFinite`],
/// [`Undefined::NoVariation`] when the sum of the items does not vary. Rows beyond the columns are left out.
pub fn resampled_alpha(columns: &[Vec<f64>], rows: &[usize]) -> Result<f64, Undefined> {
    if columns.len() < 2 {
        return Err(Undefined::TooFew {
            given: count(columns.len()),
            needed: 2,
        });
    }
    let mut sums = vec![0.0; rows.len()];
    let mut parts = 0.0;
    for column in columns {
        let values: Vec<f64> = rows.iter().filter_map(|row| column.get(*row)).copied().collect();
        parts += Moments::of(&values)?.variance()?;
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
    let total = Moments::of(&sums)?.variance()?;
    if total <= parts * 1e-14 {
        return Err(Undefined::NoVariation);
    }
    let k = real(columns.len());
    Ok(k / (k - 1.0) * (1.0 - parts / total))
}

/// Duhachek and Iacobucci's standard error of alpha over n persons.
#[must_use]
pub fn alpha_standard_error(covariance: &DMatrix<f64>, n: usize) -> f64 {
    let k = real(covariance.nrows());
    let (total, trace) = (covariance.sum(), covariance.trace());
    let square = covariance * covariance;
    let q = 2.0 * k * k / ((k - 1.0).powi(2) * total.powi(3))
        * (total * (square.trace() + trace * trace) - 2.0 * trace * square.sum());
    (q.max(0.0) / real(n.max(1))).sqrt()
}

/// Feldt's interval, `1 - (1 - alpha) F(n-1, (n-1)(k-1))` at both tails; n, k >= 2.
#[must_use]
pub fn feldt_interval(alpha: f64, n: usize, k: usize, confidence: Confidence) -> Interval {
    let d1 = real(n.max(2)) - 1.0;
    let d2 = d1 * (real(k.max(2)) - 1.0);
    let limit = |p: f64| 1.0 - (1.0 - alpha) * f_quantile(p, d1, d2);
    Interval {
        low: limit(1.0 - confidence.tail()),
        high: limit(confidence.tail()),
    }
}

/// The mean of each person's answered items.
fn person_means(columns: &Columns) -> Vec<Option<f64>> {
    let rows = columns.first().map_or(0, Vec::len);
    let mut sums = vec![(0.0, 0_u32); rows];
    for column in columns {
        for (sum, answer) in sums.iter_mut().zip(column) {
            if let Some(value) = answer {
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
    }
    sums.into_iter()
        .map(|(sum, n)| (n > 0).then(|| sum / f64::from(n)))
        .collect()
}

fn below_diagonal(matrix: &DMatrix<f64>) -> Vec<f64> {
    let mut entries = Vec::new();
    for (at, row) in matrix.row_iter().enumerate() {
        entries.extend(row.iter().take(at).copied());
    }
    entries
}

fn per_item(
    columns: &Columns,
    covariances: &DMatrix<f64>,
    correlations: Option<&DMatrix<f64>>,
    totals: &[Option<f64>],
) -> Result<Vec<ItemReliability>, Undefined> {
    let dropped = |matrix: &DMatrix<f64>, at: usize| {
        let rest = matrix.clone().remove_row(at).remove_column(at);
        alpha_of_covariance(&rest).ok()
    };
    let mut report = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let moments = Moments::of(&column.iter().flatten().copied().collect::<Vec<_>>())?;
        report.push(ItemReliability {
            n: moments.n,
            mean: moments.mean,
            sd: moments.sd().ok(),
            alpha_if_dropped: dropped(covariances, at),
            standardised_if_dropped: correlations.and_then(|r| dropped(r, at)),
            item_rest_r: item_rest(covariances, at),
            item_total_r: item_total(column, totals),
        });
    }
    Ok(report)
}

/// Correlation of an item with the sum of the others, from the covariance matrix.
pub(super) fn item_rest(covariances: &DMatrix<f64>, at: usize) -> Option<f64> {
    let row: DVector<f64> = covariances.column(at).into_owned();
    let own = *row.get(at)?;
    let rest = covariances.clone().remove_row(at).remove_column(at).sum();
    let scale = (own * rest).sqrt();
    (scale > 0.0)
        .then(|| (row.sum() - own) / scale)
        .filter(|r| r.is_finite())
}

fn item_total(column: &[Option<f64>], totals: &[Option<f64>]) -> Option<f64> {
    let pair = [column.to_vec(), totals.to_vec()];
    let matrix = covariance::correlation(&pair).ok()?;
    matrix.get((0, 1)).copied()
}
