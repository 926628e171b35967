//! Sums of products of items, group by group, from whole columns: one pass for every alpha of a round.
//!
//! Only persons who answered every item enter (listwise). Sums are whole numbers, so neither the order of persons nor
//! the split over threads can change a bit of what follows from them.

use nalgebra::DMatrix;

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::convert::real_u128;
use crate::measure::numeric::{count, real_u64};
use crate::measure::parallel::Workers;
use crate::measure::scoring::ItemKey;
use crate::measure::tally::{Columns, Grouping};
use crate::measure::undefined::Undefined;

use super::alpha::{alpha_of_covariance, alpha_standard_error, feldt_interval, item_rest};
use super::products::products;

/// What the complete answers of a group to some items add up to, in points above the worst answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSums {
    /// One less than the points of each item's scale.
    highest: Vec<u8>,
    /// Rows of `1 + k`: a constant 1 and the items, each times each. The first entry is therefore n.
    products: Vec<u64>,
}

/// The reliability of an index in a group, from those who answered every item.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// Items.
    pub items: u64,
    /// Persons who answered every one.
    pub complete: u64,
    /// Cronbach's alpha of the scores 0..100. Below zero: check keying.
    pub alpha: f64,
    /// Duhachek and Iacobucci's standard error.
    pub se: f64,
    /// Feldt's interval.
    pub interval: Interval,
    /// Alpha without each item; `None` where that does not exist (two items).
    pub if_dropped: Vec<Option<f64>>,
    /// Correlation of each item with the sum of the others; `None` where one of them does not vary.
    pub item_rest: Vec<Option<f64>>,
}

/// The sums of products of `items` in each group. [`ItemKey::column`] is a column; answers beyond the scale are missing.
///
/// # Errors
/// [`Undefined::UnequalLengths`] when there are not as many group numbers as rows; [`Undefined::TooFew`] for fewer than two
/// items or more than 63.
pub fn item_sums(
    items: &[ItemKey],
    columns: &Columns,
    grouping: Grouping<'_>,
    workers: Workers,
) -> Result<Vec<ItemSums>, Undefined> {
    grouping.check(columns.rows())?;
    // One lane for the constant. The narrowest row that holds all items is the fastest.
    let sums = match items.len() {
        2..=7 => products::<8>(items, columns, grouping, workers),
        8..=15 => products::<16>(items, columns, grouping, workers),
        16..=31 => products::<32>(items, columns, grouping, workers),
        32..=63 => products::<64>(items, columns, grouping, workers),
        other => {
            return Err(Undefined::TooFew {
                given: count(other),
                needed: 2,
            });
        }
    };
    let highest: Vec<u8> = items.iter().map(|item| item.points.saturating_sub(1)).collect();
    let side = items.len() + 1;
    Ok(sums
        .chunks(side * side)
        .map(|products| ItemSums {
            highest: highest.clone(),
            products: products.to_vec(),
        })
        .collect())
}

impl ItemSums {
    /// Persons who answered every item.
    #[must_use]
    pub fn complete(&self) -> u64 {
        self.products.first().copied().unwrap_or(0)
    }

    /// The persons of another group too; both must be of the same items.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`] when they are not.
    pub fn merge(&mut self, other: &Self) -> Result<(), Undefined> {
        if self.highest != other.highest {
            return Err(Undefined::UnequalLengths {
                left: count(self.highest.len()),
                right: count(other.highest.len()),
            });
        }
        for (sum, other) in self.products.iter_mut().zip(&other.products) {
            *sum += other;
        }
        Ok(())
    }

    /// The covariances of the items' scores, 0..100, with n - 1: each from whole numbers, rounded once or twice.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`].
    pub fn covariance(&self) -> Result<DMatrix<f64>, Undefined> {
        let n = match self.complete() {
            0 => return Err(Undefined::EmptyGroup),
            1 => return Err(Undefined::OneRespondent),
            n => n,
        };
        let side = self.highest.len() + 1;
        let sums: Vec<u64> = self.products.iter().take(side).skip(1).copied().collect();
        let pairs = real_u64(n) * real_u64(n - 1);
        let mut entries = Vec::with_capacity(sums.len() * sums.len());
        for ((row, own), most) in self.products.chunks(side).skip(1).zip(&sums).zip(&self.highest) {
            for ((product, other), other_most) in row.iter().skip(1).zip(&sums).zip(&self.highest) {
                let scale = 1e4 / (f64::from((*most).max(1)) * f64::from((*other_most).max(1)));
                // n sum xy - sum x sum y can be negative, and is exact either way.
                let (all, expected) = (
                    u128::from(n) * u128::from(*product),
                    u128::from(*own) * u128::from(*other),
                );
                let difference = if all >= expected {
                    real_u128(all - expected)
                } else {
                    -real_u128(expected - all)
                };
                entries.push(difference / pairs * scale);
            }
        }
        Ok(DMatrix::from_row_slice(sums.len(), sums.len(), &entries))
    }

    /// The variances of the raw answers, in points, for [`within_group_agreement`](super::agreement::within_group_agreement).
    ///
    /// # Errors
    /// As [`ItemSums::covariance`].
    pub fn raw_variances(&self) -> Result<Vec<f64>, Undefined> {
        let covariance = self.covariance()?;
        let raw = covariance.diagonal();
        let back = raw.iter().zip(&self.highest).map(|(variance, most)| {
            let step = f64::from(*most) / 100.0;
            variance * step * step
        });
        Ok(back.collect())
    }

    /// Cronbach's alpha alone.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`], [`Undefined::NoVariation`] when the sum does not vary.
    pub fn alpha(&self) -> Result<f64, Undefined> {
        alpha_of_covariance(&self.covariance()?)
    }

    /// Alpha with all that is published beside it. The same figures as
    /// [`cronbach_alpha`](super::cronbach_alpha) listwise.
    ///
    /// # Errors
    /// As [`ItemSums::alpha`], and [`Undefined::NotFinite`].
    pub fn reliability(&self, confidence: Confidence) -> Result<Reliability, Undefined> {
        let covariance = self.covariance()?;
        let alpha = alpha_of_covariance(&covariance)?;
        let n = usize::try_from(self.complete()).unwrap_or(usize::MAX);
        let se = alpha_standard_error(&covariance, n);
        let interval = feldt_interval(alpha, n, covariance.nrows(), confidence);
        if !se.is_finite() || !interval.is_finite() {
            return Err(Undefined::NotFinite);
        }
        Ok(Reliability {
            items: count(covariance.nrows()),
            complete: self.complete(),
            alpha,
            se,
            interval,
            if_dropped: (0..covariance.nrows())
                .map(|at| {
                    let rest = covariance.clone().remove_row(at).remove_column(at);
                    alpha_of_covariance(&rest).ok()
                })
                .collect(),
            item_rest: (0..covariance.nrows())
                .map(|at| item_rest(&covariance, at))
                .collect(),
        })
    }
}
