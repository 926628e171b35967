//! The fraction of the scale in which a form's scores move.

use crate::measure::numeric::real_u64;
use crate::measure::scoring::IndexForm;

/// Beyond this many steps a form is scored by rounding: sums of squares of a hundred million respondents must fit.
const MOST_EXACT: u64 = 1 << 20;
/// Steps of a form that is scored by rounding.
const ROUNDED: u32 = 1_000_000_000;

/// How many steps make the whole scale, and whether every score is a whole number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grain {
    steps: u32,
    exact: bool,
}

impl Grain {
    /// The grain of a form: exact where at most 2^20 steps are enough for every score that it can produce.
    #[must_use]
    pub fn of(form: &IndexForm) -> Self {
        match steps_of(form) {
            Some(steps) => Self { steps, exact: true },
            None => Self::rounded(),
        }
    }

    /// The grain of scores that are rounded.
    pub(super) fn rounded() -> Self {
        Self {
            steps: ROUNDED,
            exact: false,
        }
    }

    /// How many steps lie between 0 and 100.
    #[must_use]
    pub fn steps(self) -> u32 {
        self.steps
    }

    /// Whether scores are whole numbers of steps by nature, and not by rounding.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.exact
    }

    /// So many steps as a score, 0..100.
    #[must_use]
    pub fn score(self, steps: u32) -> f64 {
        100.0 * f64::from(steps) / f64::from(self.steps)
    }

    /// A score, 0..100, as the nearest number of steps.
    pub(super) fn nearest(self, score: f64) -> u32 {
        let steps = (score / 100.0 * f64::from(self.steps)).round();
        u32::try_from(crate::measure::numeric::convert::position(steps))
            .unwrap_or(self.steps)
            .min(self.steps)
    }

    /// So many steps, or more, are a score of 75 or more.
    #[must_use]
    pub fn favourable_from(self) -> u32 {
        self.steps - self.steps / 4
    }

    /// So many steps, or fewer, are a score of 25 or less.
    #[must_use]
    pub fn unfavourable_to(self) -> u32 {
        self.steps / 4
    }

    /// One step in points.
    #[must_use]
    pub fn step(self) -> f64 {
        100.0 / real_u64(u64::from(self.steps))
    }
}

/// The steps of a dimension: a mean of n answers moves in 1/n of the items' own steps, for every n that is enough.
pub(super) fn dimension_steps(points: impl Iterator<Item = u8>, items: usize) -> Option<u64> {
    let item_steps = item_steps(points)?;
    let answered = (items.div_ceil(2)..=items).try_fold(1, |all, n| lcm(all, u64::try_from(n).ok()?))?;
    within(answered.checked_mul(item_steps)?)
}

/// The steps of items of several scales together.
pub(super) fn item_steps(mut points: impl Iterator<Item = u8>) -> Option<u64> {
    points.try_fold(1, |all, points| {
        lcm(all, u64::from(points).saturating_sub(1).max(1))
    })
}

fn steps_of(form: &IndexForm) -> Option<u32> {
    let dimensions = form.dimensions.iter().try_fold(1, |all, items| {
        lcm(
            all,
            dimension_steps(items.iter().map(|item| item.points), items.len())?,
        )
    })?;
    let steps = dimensions.checked_mul(scored_steps(form)?)?;
    u32::try_from(within(steps)?).ok()
}

/// What a mean of dimensions adds: one part for each number of them that may be scored.
pub(super) fn scored_steps(form: &IndexForm) -> Option<u64> {
    let all = form.dimensions.len();
    (form.min_dimensions.clamp(1, all.max(1))..=all)
        .try_fold(1, |so_far, n| lcm(so_far, u64::try_from(n).ok()?))
}

/// The least common multiple; `None` where it is absurd.
pub(super) fn lcm(a: u64, b: u64) -> Option<u64> {
    within((a / gcd(a, b).max(1)).checked_mul(b)?)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn within(steps: u64) -> Option<u64> {
    (steps <= MOST_EXACT).then_some(steps)
}
