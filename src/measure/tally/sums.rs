//! Counts and sums of steps.

use crate::measure::change::Sample;
use crate::measure::descriptives::Moments;
use crate::measure::numeric::convert::real_u128;
use crate::measure::numeric::real_u64;
use crate::measure::scoring::Standings;
use crate::measure::undefined::Undefined;

use super::grain::Grain;
use super::scorer::Scored;

/// What a group of people scored on one form, in whole numbers.
///
/// Room for eight thousand million people: with at most 2^30 steps a score and 2^33 people, sums stay below 2^63 and
/// sums of squares times people below 2^127.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    grain: Grain,
    all: Sums,
    complete: Sums,
    favourable: u64,
    unfavourable: u64,
}

/// How many, their steps, and the squares of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sums {
    pub n: u64,
    pub sum: u64,
    pub squares: u128,
}

impl Sums {
    fn add(&mut self, steps: u32, times: u64) {
        let steps = u64::from(steps);
        self.n += times;
        self.sum += times * steps;
        self.squares += u128::from(times) * u128::from(steps * steps);
    }

    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Mean and squared deviations in points, each rounded once.
    fn moments(self, grain: Grain) -> Result<Moments, Undefined> {
        if self.n == 0 {
            return Err(Undefined::EmptyGroup);
        }
        let (n, sum, steps) = (
            u128::from(self.n),
            u128::from(self.sum),
            u128::from(grain.steps()),
        );
        // n * sum of squares is never less than the square of the sum (Cauchy and Schwarz), and both are exact.
        let deviations = n * self.squares - sum * sum;
        Ok(Moments {
            n: self.n,
            mean: real_u128(100 * sum) / real_u128(n * steps),
            squares: real_u128(deviations) / real_u64(self.n) * grain.step() * grain.step(),
        })
    }
}

impl Tally {
    /// Nobody yet.
    #[must_use]
    pub fn new(grain: Grain) -> Self {
        Self {
            grain,
            all: Sums::default(),
            complete: Sums::default(),
            favourable: 0,
            unfavourable: 0,
        }
    }

    /// One person more.
    pub fn add(&mut self, person: Scored) {
        self.add_many(person, 1);
    }

    /// So many more, who all scored the same.
    pub fn add_many(&mut self, people: Scored, times: u64) {
        self.all.add(people.steps, times);
        if people.complete {
            self.complete.add(people.steps, times);
        }
        if people.steps >= self.grain.favourable_from() {
            self.favourable += times;
        }
        if people.steps <= self.grain.unfavourable_to() {
            self.unfavourable += times;
        }
    }

    /// The people of another tally too.
    ///
    /// # Errors
    /// [`Undefined::DifferentSteps`] when the other was counted in steps of another size.
    pub fn merge(&mut self, other: &Self) -> Result<(), Undefined> {
        if self.grain != other.grain {
            return Err(Undefined::DifferentSteps {
                one: self.grain.steps(),
                other: other.grain.steps(),
            });
        }
        self.all.merge(other.all);
        self.complete.merge(other.complete);
        self.favourable += other.favourable;
        self.unfavourable += other.unfavourable;
        Ok(())
    }

    /// All of some tallies together; `None` of none.
    ///
    /// # Errors
    /// As [`Tally::merge`].
    pub fn together<'a>(tallies: impl IntoIterator<Item = &'a Self>) -> Result<Option<Self>, Undefined> {
        let mut all: Option<Self> = None;
        for tally in tallies {
            match &mut all {
                Some(all) => all.merge(tally)?,
                None => all = Some(*tally),
            }
        }
        Ok(all)
    }

    /// The steps it is counted in.
    #[must_use]
    pub fn grain(&self) -> Grain {
        self.grain
    }

    /// People with a score.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.all.n
    }

    /// People who answered every item.
    #[must_use]
    pub fn complete(&self) -> u64 {
        self.complete.n
    }

    /// n, mean (0..100) and sum of squared deviations: correctly rounded from exact sums, so exactly 0 when all
    /// scores are equal.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`].
    pub fn moments(&self) -> Result<Moments, Undefined> {
        self.all.moments(self.grain)
    }

    /// The same of those who answered every item.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`].
    pub fn complete_moments(&self) -> Result<Moments, Undefined> {
        self.complete.moments(self.grain)
    }

    /// How many scores stand where.
    #[must_use]
    pub fn standings(&self) -> Standings {
        Standings {
            favourable: self.favourable,
            neutral: self.all.n - self.favourable - self.unfavourable,
            unfavourable: self.unfavourable,
        }
    }

    /// What a comparison of means needs.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`].
    pub fn sample(&self) -> Result<Sample, Undefined> {
        let moments = self.moments()?;
        Ok(Sample {
            n: moments.n,
            mean: moments.mean,
            sd: moments.sd()?,
        })
    }
}
