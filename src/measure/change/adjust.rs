//! p values of a family of tests, adjusted for their number.

use serde::{Deserialize, Serialize};

use crate::measure::numeric::real;
use crate::measure::undefined::Undefined;

/// How a family of p values is adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adjustment {
    /// The false discovery rate (1995): ours, for all agencies x indices of a pair of rounds.
    BenjaminiHochberg,
    /// The false discovery rate under any dependence (2001).
    BenjaminiYekutieli,
    /// The family-wise error, stepping down.
    Holm,
    /// The family-wise error, stepping up; needs independence.
    Hochberg,
    /// The family-wise error, p times m.
    Bonferroni,
}

/// Adjusted p values in the order given. `None` stays `None` and does not count in the family: a
/// suppressed agency is never in it.
///
/// Reference implementation: R `p.adjust`.
///
/// # Errors
/// [`Undefined::BadProbability`] when a p lies outside 0..1 or is NaN.
pub fn adjust(p: &[Option<f64>], by: Adjustment) -> Result<Vec<Option<f64>>, Undefined> {
    if p.iter().flatten().any(|p| !(0.0..=1.0).contains(p)) {
        return Err(Undefined::BadProbability);
    }
    let mut order: Vec<(usize, f64)> = p
        .iter()
        .enumerate()
        .filter_map(|(at, p)| p.map(|p| (at, p)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let m = real(order.len());
    let harmonic: f64 = (1..=order.len()).map(|rank| 1.0 / real(rank)).sum();
    let scaled = order.iter().enumerate().map(|(place, (at, p))| {
        let rank = real(place + 1);
        let factor = match by {
            Adjustment::BenjaminiHochberg => m / rank,
            Adjustment::BenjaminiYekutieli => harmonic * m / rank,
            Adjustment::Holm | Adjustment::Hochberg => m - rank + 1.0,
            Adjustment::Bonferroni => m,
        };
        (*at, factor * p)
    });
    let scaled: Vec<(usize, f64)> = scaled.collect();
    let monotone = match by {
        Adjustment::Bonferroni => scaled,
        Adjustment::Holm => running(scaled.into_iter(), f64::max),
        _ => running(scaled.into_iter().rev(), f64::min),
    };
    let mut adjusted = vec![None; p.len()];
    for (at, value) in monotone {
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = Some(value.min(1.0));
        }
    }
    Ok(adjusted)
}

/// The running extreme: an adjusted p never overtakes that of a neighbour in rank.
fn running(scaled: impl Iterator<Item = (usize, f64)>, pick: fn(f64, f64) -> f64) -> Vec<(usize, f64)> {
    let mut extreme: Option<f64> = None;
    scaled
        .map(|(at, value)| {
            let value = extreme.map_or(value, |so_far| pick(so_far, value));
            extreme = Some(value);
            (at, value)
        })
        .collect()
}
