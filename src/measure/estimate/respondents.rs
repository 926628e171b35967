//! What an estimate needs to know of those who answered, however their scores are held.

use crate::measure::descriptives::Moments;
use crate::measure::numeric::count;
use crate::measure::tally::Tally;
use crate::measure::undefined::Undefined;

use super::NO_SPREAD;

/// Respondents of one group: a list of scores, or a tally of them. Any order gives a tally the same figures to the
/// last bit; a list is added up in the order it has.
pub trait Respondents {
    /// How many.
    fn n(&self) -> u64;

    /// Count, mean and spread.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`].
    fn moments(&self) -> Result<Moments, Undefined>;

    /// Whether every score is a number from 0 to 100.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`], [`Undefined::OffScale`].
    fn check(&self) -> Result<(), Undefined>;

    /// The moments of several groups as one.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], and [`Undefined::DifferentSteps`] for tallies of different forms.
    fn together(groups: &[&Self]) -> Result<Moments, Undefined>;
}

impl<L: AsRef<[f64]> + ?Sized> Respondents for L {
    fn n(&self) -> u64 {
        count(self.as_ref().len())
    }

    fn moments(&self) -> Result<Moments, Undefined> {
        Moments::of(self.as_ref())
    }

    fn check(&self) -> Result<(), Undefined> {
        let scores = self.as_ref();
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

    fn together(groups: &[&Self]) -> Result<Moments, Undefined> {
        let lists: Vec<&[f64]> = groups.iter().map(|group| group.as_ref()).collect();
        Moments::of(&lists.concat())
    }
}

impl Respondents for Tally {
    fn n(&self) -> u64 {
        Tally::n(self)
    }

    fn moments(&self) -> Result<Moments, Undefined> {
        Tally::moments(self)
    }

    fn check(&self) -> Result<(), Undefined> {
        Ok(())
    }

    fn together(groups: &[&Self]) -> Result<Moments, Undefined> {
        Tally::together(groups.iter().copied())?
            .ok_or(Undefined::EmptyGroup)?
            .moments()
    }
}
