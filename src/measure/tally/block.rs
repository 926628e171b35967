//! Scoring some thousand rows at a time, column by column.
//!
//! A block of rows is small enough that its codes and scores stay in the first cache, and every loop here runs over
//! plain slices without a branch, so that the compiler turns it into vector instructions.

use std::ops::Range;

use super::columns::Columns;
use super::grain::Grain;
use super::scorer::{DimensionTable, Finish, ItemCode, Scored, Scorer};

/// Rows of a block.
pub(super) const BLOCK: usize = 2048;
/// Room for the codes and worths of a block of rows.
pub(super) struct Block {
    narrow: Vec<u8>,
    wide: Vec<u16>,
    worths: Vec<u64>,
}

impl Default for Block {
    fn default() -> Self {
        Self {
            narrow: vec![0; BLOCK],
            wide: vec![0; BLOCK],
            worths: vec![0; BLOCK],
        }
    }
}

impl Block {
    /// The slot of each of some rows, at most [`BLOCK`] of them: a number that stands for a score, see
    /// [`Slots::scored`].
    pub fn slots(&mut self, scorer: &Scorer, columns: &Columns, rows: Range<usize>, slots: &mut [u32]) {
        match (scorer.slots(), scorer.dimensions()) {
            (Slots::Codes { of_code, .. }, [dimension]) => {
                fold(&mut self.narrow, dimension, columns, &rows, narrow);
                for (slot, code) in slots.iter_mut().zip(&self.narrow) {
                    *slot = of_code.get(usize::from(*code)).copied().unwrap_or(0);
                }
            }
            (_, []) => {
                let raw = |row, column| columns.column(column).get(row).copied();
                for (row, slot) in rows.zip(slots) {
                    *slot = slot_of(scorer.rounded(|item| raw(row, item.column)));
                }
            }
            (_, dimensions) => {
                self.worths.fill(0);
                for dimension in dimensions {
                    fold(&mut self.wide, dimension, columns, &rows, wide);
                    for (worth, code) in self.worths.iter_mut().zip(&self.wide) {
                        *worth += dimension.worth.get(usize::from(*code)).copied().unwrap_or(0);
                    }
                }
                for (slot, worth) in slots.iter_mut().zip(&self.worths) {
                    *slot = slot_of(scorer.finish().of(*worth));
                }
            }
        }
    }
}

/// What the slots of a form stand for. Slot 0 is somebody without a score.
#[derive(Debug, Clone)]
pub(super) enum Slots {
    /// The form is one dimension with few codes. Codes of the same score share a slot: the fewer there are, the more
    /// groups can be counted within the cache.
    Codes {
        of_code: Box<[u32; 256]>,
        scores: Vec<Scored>,
    },
    /// 1, twice the steps, and one more for somebody who answered everything. Of a grain of so many steps.
    Steps(u32),
}

impl Slots {
    pub fn of(grain: Grain, dimensions: &[DimensionTable], finish: &Finish) -> Self {
        match dimensions {
            [only] if only.worth.len() <= 256 => Self::by_code(only, finish),
            _ => Self::Steps(grain.steps()),
        }
    }

    fn by_code(dimension: &DimensionTable, finish: &Finish) -> Self {
        let mut of_code = Box::new([0; 256]);
        let mut scores: Vec<Scored> = Vec::new();
        for (slot, worth) in of_code.iter_mut().zip(&dimension.worth) {
            let Some(scored) = finish.of(*worth) else { continue };
            let known = scores.iter().position(|known| *known == scored);
            let at = known.unwrap_or_else(|| {
                scores.push(scored);
                scores.len() - 1
            });
            *slot = u32::try_from(at + 1).unwrap_or(0);
        }
        Self::Codes { of_code, scores }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Codes { scores, .. } => scores.len() + 1,
            Self::Steps(steps) => usize::try_from(2 * (u64::from(*steps) + 1) + 1).unwrap_or(usize::MAX),
        }
    }

    /// The score of a slot.
    pub fn scored(&self, slot: u32) -> Option<Scored> {
        let at = slot.checked_sub(1)?;
        match self {
            Self::Codes { scores, .. } => scores.get(usize::try_from(at).ok()?).copied(),
            Self::Steps(_) => Some(Scored {
                steps: at / 2,
                complete: at % 2 == 1,
            }),
        }
    }
}

fn slot_of(scored: Option<Scored>) -> u32 {
    scored.map_or(0, |scored| 1 + 2 * scored.steps + u32::from(scored.complete))
}

/// The code of each row in one dimension.
fn fold<C: Copy + Default>(
    codes: &mut [C],
    dimension: &DimensionTable,
    columns: &Columns,
    rows: &Range<usize>,
    add: impl Fn(&mut [C], &[u8], ItemCode),
) {
    codes.fill(C::default());
    for item in &dimension.items {
        let answers = columns.column(item.key.column).get(rows.clone()).unwrap_or(&[]);
        add(codes, answers, *item);
    }
}

/// Adds the answers to an item to the codes of their rows, where these are known to fit in a byte.
fn narrow(codes: &mut [u8], answers: &[u8], item: ItemCode) {
    let (one, step, points) = (low_byte(item.one), low_byte(item.step), item.key.points);
    let highest = points.wrapping_sub(1);
    // Multiplication of bytes is no vector instruction, and most steps are 1.
    match (step, item.key.reverse) {
        (1, false) => add(codes, answers, points, |worst| one.wrapping_add(worst)),
        (1, true) => {
            let top = one.wrapping_add(highest);
            add(codes, answers, points, |worst| top.wrapping_sub(worst));
        }
        (_, reverse) => add(codes, answers, points, |worst| {
            let steps = if reverse {
                highest.wrapping_sub(worst)
            } else {
                worst
            };
            one.wrapping_add(step.wrapping_mul(steps))
        }),
    }
}

/// The same where codes need two bytes.
fn wide(codes: &mut [u16], answers: &[u8], item: ItemCode) {
    let highest = item.key.points.wrapping_sub(1);
    let reverse = item.key.reverse;
    add(codes, answers, item.key.points, |worst| {
        let steps = if reverse {
            highest.wrapping_sub(worst)
        } else {
            worst
        };
        item.one.wrapping_add(item.step.wrapping_mul(u16::from(steps)))
    });
}

/// Adds `value` of each answer that is a point. Arithmetic wraps, because the value of an answer that is none is
/// worked out too (a branch would cost more), and then thrown away.
fn add<C>(codes: &mut [C], answers: &[u8], points: u8, value: impl Fn(u8) -> C)
where
    C: Copy + Default,
    std::num::Wrapping<C>: std::ops::Add<Output = std::num::Wrapping<C>>,
{
    for (code, answer) in codes.iter_mut().zip(answers) {
        let worst = answer.wrapping_sub(1);
        let value = if worst < points {
            value(worst)
        } else {
            C::default()
        };
        *code = (std::num::Wrapping(*code) + std::num::Wrapping(value)).0;
    }
}

fn low_byte(value: u16) -> u8 {
    let [low, _] = value.to_le_bytes();
    low
}
