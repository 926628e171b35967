//! From raw answers to steps, by tables.
//!
//! The answers of a dimension are folded into one small number, its **code**: how many were given and what they add
//! up to. A table says what each code is worth. The tables are made once a form; scoring a person is then a handful
//! of additions and one look-up a dimension.

use crate::measure::method::Method;
use crate::measure::numeric::count;
use crate::measure::scoring::{IndexForm, ItemKey};

use super::block::Slots;
use super::grain::{self, Grain};

/// One person's score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scored {
    /// How many steps of the form's [`Grain`].
    pub steps: u32,
    /// Whether every item was answered.
    pub complete: bool,
}

/// A form made ready to score many people.
///
/// Answers are raw bytes: 1 to m is a point of an m-point scale, everything else (0, 255, a point beyond the scale)
/// is missing.
#[derive(Debug, Clone)]
pub struct Scorer {
    form: IndexForm,
    grain: Grain,
    dimensions: Vec<DimensionTable>,
    finish: Finish,
    slots: Slots,
}

/// How the answers of one dimension become a code, and what the codes are worth.
#[derive(Debug, Clone)]
pub(super) struct DimensionTable {
    pub items: Vec<ItemCode>,
    /// By code: a [`Worth`].
    pub worth: Vec<u64>,
}

/// What an answer to an item adds to the code: `one` for being there, and `step` for each point above the worst.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemCode {
    pub key: ItemKey,
    pub one: u16,
    pub step: u16,
}

/// What a dimension, or several added up, is worth: steps in the low half, then 16 bits for the dimensions that are
/// scored, then 16 bits for the items that are answered.
struct Worth;

impl Worth {
    fn of(steps: u64, scored: u64, answered: u64) -> u64 {
        steps | scored << 32 | answered << 48
    }
}

/// The last step: is it enough, and the mean over the dimensions that are scored.
#[derive(Debug, Clone)]
pub(super) struct Finish {
    items: u64,
    min_items: u64,
    min_dimensions: u64,
    /// By number of scored dimensions: what the sum of their steps is multiplied by.
    factors: Vec<u64>,
}

impl Finish {
    pub fn of(&self, worth: u64) -> Option<Scored> {
        let (steps, scored, answered) = (worth & 0xffff_ffff, (worth >> 32) & 0xffff, worth >> 48);
        if answered < self.min_items || scored < self.min_dimensions {
            return None;
        }
        let factor = self.factors.get(usize::try_from(scored).ok()?)?;
        Some(Scored {
            steps: u32::try_from(steps * factor).ok()?,
            complete: answered == self.items,
        })
    }
}

impl ItemCode {
    /// What a raw answer adds to the code of its dimension.
    pub fn of(self, raw: u8) -> u16 {
        let (points, worst) = (self.key.points, raw.wrapping_sub(1));
        if worst >= points {
            return 0;
        }
        let steps = if self.key.reverse {
            points - 1 - worst
        } else {
            worst
        };
        self.one + self.step * u16::from(steps)
    }
}

impl Scorer {
    /// Compiles a form. A form with an absurdly small step is scored by rounding (see the module).
    #[must_use]
    pub fn new(form: &IndexForm) -> Self {
        let grain = Grain::of(form);
        let tables = grain.is_exact().then(|| tables(form)).flatten();
        // Codes too wide for a table (several scales without a common step) are rounded as well.
        let (grain, dimensions) = match tables {
            Some(dimensions) => (grain, dimensions),
            None => (Grain::rounded(), Vec::new()),
        };
        let finish = finish(form);
        let slots = Slots::of(grain, &dimensions, &finish);
        Self {
            form: form.clone(),
            grain,
            dimensions,
            finish,
            slots,
        }
    }

    /// The steps in which its scores move.
    #[must_use]
    pub fn grain(&self) -> Grain {
        self.grain
    }

    /// The form it scores.
    #[must_use]
    pub fn form(&self) -> &IndexForm {
        &self.form
    }

    /// How the index is computed, for a stored result: the form's method, and its steps.
    #[must_use]
    pub fn method(&self) -> Method {
        let method = self.form.method().with("steps", self.grain.steps());
        if self.grain.is_exact() {
            method
        } else {
            method.with("scores", "rounded to a step")
        }
    }

    /// A person's score from the bytes of a record, where [`ItemKey::column`] is the offset of an answer; `None` when
    /// too little was answered, as [`IndexForm::index_score`] decides.
    #[must_use]
    pub fn read(&self, record: &[u8]) -> Option<Scored> {
        if !self.grain.is_exact() {
            return self.rounded(|item| record.get(item.column).copied());
        }
        let mut worth = 0;
        for dimension in &self.dimensions {
            let code = dimension.items.iter().fold(0, |code, item| {
                code + record.get(item.key.column).map_or(0, |raw| item.of(*raw))
            });
            worth += dimension.worth.get(usize::from(code)).copied().unwrap_or(0);
        }
        self.finish.of(worth)
    }

    /// The score in floating point, rounded to a step.
    pub(super) fn rounded(&self, raw: impl Fn(&ItemKey) -> Option<u8>) -> Option<Scored> {
        let score = self.form.index_score_of(|item| item.score_of(raw(item)?))?;
        Some(Scored {
            steps: self.grain.nearest(score),
            complete: self
                .form
                .items()
                .all(|item| raw(item).and_then(|raw| item.score_of(raw)).is_some()),
        })
    }

    pub(super) fn dimensions(&self) -> &[DimensionTable] {
        &self.dimensions
    }

    pub(super) fn slots(&self) -> &Slots {
        &self.slots
    }

    pub(super) fn finish(&self) -> &Finish {
        &self.finish
    }
}

fn finish(form: &IndexForm) -> Finish {
    let whole = grain::scored_steps(form).unwrap_or(0);
    let dimensions = count(form.dimensions.len());
    Finish {
        items: count(form.items().count()),
        min_items: count(form.min_items),
        min_dimensions: count(form.min_dimensions).max(1),
        factors: (0..=dimensions)
            .map(|scored| whole.checked_div(scored).unwrap_or(0))
            .collect(),
    }
}

/// The tables of every dimension; `None` where a code would not fit in 16 bits.
fn tables(form: &IndexForm) -> Option<Vec<DimensionTable>> {
    let of = |items: &Vec<ItemKey>| grain::dimension_steps(items.iter().map(|item| item.points), items.len());
    let whole = form
        .dimensions
        .iter()
        .try_fold(1, |all, items| grain::lcm(all, of(items)?))?;
    form.dimensions.iter().map(|items| table(items, whole)).collect()
}

fn table(items: &[ItemKey], whole: u64) -> Option<DimensionTable> {
    let (all, needed) = (count(items.len()), count(items.len().div_ceil(2)));
    let steps = grain::item_steps(items.iter().map(|item| item.points))?;
    let one = u16::try_from(all * steps + 1).ok()?;
    let codes = u64::from(one) * (all + 1);
    u16::try_from(codes - 1).ok()?;
    let worth = |code: u64| {
        let (answered, sum) = (code / u64::from(one), code % u64::from(one));
        if answered < needed {
            return Worth::of(0, 0, answered);
        }
        Worth::of(sum * (whole / (answered * steps)), 1, answered)
    };
    let coded = |key: &ItemKey| {
        let step = steps / u64::from(key.points).saturating_sub(1).max(1);
        Some(ItemCode {
            // A scale of one point has no score: its answers never count.
            key: ItemKey {
                points: if key.points < 2 { 0 } else { key.points },
                ..*key
            },
            one,
            step: u16::try_from(step).ok()?,
        })
    };
    Some(DimensionTable {
        items: items.iter().map(coded).collect::<Option<_>>()?,
        worth: (0..codes).map(worth).collect(),
    })
}
