//! Changes since the round before: Welch's test for every unit and index, adjusted together.
//!
//! The family of an adjustment is every shown agency and cluster times every index that is compared with the same
//! round before; what is withheld is never in it. The two state figures are not agencies: the employee-weighted
//! mean is tested in a family of its own (its indices), the median agency is described and not tested.

use std::collections::BTreeMap;

use super::bodies::reorganised;
use super::joins::{Pair, round_before};
use super::levels::{CONFIDENCE, Levels, MedianLevel, StateLevel, UnitLevel, levels};
use super::material::{Fielded, Material, as_count};
use super::rules::stricter;
use super::score::scores;
use crate::measure::change::Verdict;
use crate::measure::change::{Adjustment, Sample, VerdictRule, adjust, detectable, welch};
use crate::measure::descriptives::Moments;
use crate::measure::numeric::real_u64;
use crate::report::model::{Before, Change, Family, NoChange, TestedChange, Unit};
use crate::round::{AudienceName, RoundId};
use crate::survey::definition::{Index, IndexId};

/// The change of each index and unit.
pub(super) type Changes = BTreeMap<(IndexId, Unit), Change>;

/// All changes of an audience, and what each index was compared with.
pub(super) fn changes(
    material: &Material,
    audience: &AudienceName,
    fielded: &Fielded,
) -> (Changes, Vec<Family>) {
    let (mut all, mut families) = (Changes::new(), Vec::new());
    for index in &material.present.definition.indices {
        let pair = round_before(material, audience, &index.id);
        families.push(Family {
            index: index.id.clone(),
            before: pair.as_ref().map(|pair| pair.before.round.clone()),
            comparability: pair.as_ref().map(|pair| pair.comparability.clone()),
        });
        let of_index = index_changes(material, audience, fielded, index, pair.as_ref());
        all.extend(
            of_index
                .into_iter()
                .map(|(unit, change)| ((index.id.clone(), unit), change)),
        );
    }
    judge(&mut all, material.present.thresholds.least_change);
    (all, families)
}

fn index_changes(
    material: &Material,
    audience: &AudienceName,
    fielded: &Fielded,
    index: &Index,
    pair: Option<&Pair<'_>>,
) -> BTreeMap<Unit, Change> {
    let units = fielded
        .units()
        .into_keys()
        .chain([Unit::StateMean, Unit::StateMedian]);
    let all = |reason: NoChange| units.map(|unit| (unit, Change::None(reason.clone()))).collect();
    let Some(pair) = pair else {
        return all(NoChange::FirstRound);
    };
    let before = pair.before.audiences.get(audience);
    let (Some((form_now, form_before)), Some(before)) = (&pair.forms, before) else {
        return all(NoChange::Break {
            why: pair.comparability.to_string(),
        });
    };
    let rule = stricter(&material.present, pair.before);
    let both = Both {
        pair,
        index_items: as_count(index.items().count()),
        now: levels(fielded, &scores(fielded, form_now), &rule),
        before: levels(before, &scores(before, form_before), &rule),
    };
    let rounds = (pair.before, &material.present);
    fielded
        .units()
        .into_keys()
        .chain([Unit::StateMean, Unit::StateMedian])
        .map(|unit| {
            let change = match reorganised(material, audience, &unit, rounds) {
                Some(why) => Change::None(NoChange::Reorganised { why }),
                None => both.change(&unit),
            };
            (unit, change)
        })
        .collect()
}

/// An index on the common items in both rounds.
struct Both<'a> {
    pair: &'a Pair<'a>,
    index_items: u32,
    now: Levels,
    before: Levels,
}

impl Both<'_> {
    fn change(&self, unit: &Unit) -> Change {
        let change = match unit {
            Unit::StateMean => self
                .now
                .mean
                .as_ref()
                .zip(self.before.mean.as_ref())
                .map(|(now, before)| self.tested(state_sample(now), state_sample(before), None)),
            Unit::StateMedian => {
                let both = self.now.median.as_ref().zip(self.before.median.as_ref());
                both.map(|(now, before)| self.described(now, before))
            }
            unit => self
                .now
                .shown
                .get(unit)
                .zip(self.before.shown.get(unit))
                .map(|(now, before)| {
                    let samples = (Sample::of(&now.scores), Sample::of(&before.scores));
                    self.tested(samples.0.ok(), samples.1.ok(), Some((now, before)))
                }),
        };
        change.unwrap_or(Change::None(NoChange::NoFigure))
    }

    fn tested(
        &self,
        now: Option<Sample>,
        before: Option<Sample>,
        levels: Option<(&UnitLevel, &UnitLevel)>,
    ) -> Change {
        let Some((now, before)) = now.zip(before) else {
            return Change::None(NoChange::NoFigure);
        };
        let difference = match welch(now, before, CONFIDENCE) {
            Ok(difference) => difference,
            Err(why) => return Change::None(NoChange::Undefined { why: why.to_string() }),
        };
        let items = self.pair.comparability.items();
        Change::Tested(TestedChange {
            before: self.then(before.mean, before.n),
            now: now.mean,
            respondents: as_respondents(now.n),
            difference: difference.difference,
            interval: difference.interval,
            p: difference.p,
            adjusted_p: difference.p,
            // The state's spread is that of its estimate, not of persons: no effect size in their deviations.
            hedges_g: levels.map(|_| difference.hedges_g),
            minimum_detectable: detectable::between(now.sd, now.n, before.sd, before.n).ok(),
            verdict: Verdict::NoDetectableChange,
            common_items: as_count(items.len()),
            index_items: self.index_items,
            flagged: self.pair.comparability.is_flagged(),
        })
    }

    fn described(&self, now: &MedianLevel, before: &MedianLevel) -> Change {
        Change::Described {
            before: self.then(before.value, u64::from(before.respondents)),
            now: now.value,
            difference: now.value - before.value,
        }
    }

    fn then(&self, value: f64, respondents: u64) -> Before {
        Before {
            round: self.pair.before.round.clone(),
            title: self.pair.before.title.clone(),
            value,
            respondents: as_respondents(respondents),
        }
    }
}

/// The state's mean as a sample whose standard error is that of the estimate without finite population
/// correction, so that Welch's test asks about the process here too.
fn state_sample(level: &StateLevel) -> Option<Sample> {
    let n: usize = level.parts.iter().map(|(_, scores)| scores.len()).sum();
    let scores: Vec<f64> = level
        .parts
        .iter()
        .flat_map(|(_, scores)| scores)
        .copied()
        .collect();
    let n = Moments::of(&scores).ok()?.n.max(u64::from(as_count(n)));
    Some(Sample {
        n,
        mean: level.estimate.mean,
        sd: level.estimate.process_se? * real_u64(n).sqrt(),
    })
}

/// Adjusts the p values of each family and gives the verdicts.
fn judge(all: &mut Changes, least_change: f64) {
    let rule = VerdictRule {
        least_change,
        ..VerdictRule::default()
    };
    let mut families: BTreeMap<(RoundId, bool), Vec<&mut TestedChange>> = BTreeMap::new();
    for ((_, unit), change) in all {
        if let Change::Tested(change) = change {
            let family = (change.before.round.clone(), unit.is_state());
            families.entry(family).or_default().push(change);
        }
    }
    for family in families.into_values() {
        let p: Vec<Option<f64>> = family.iter().map(|change| Some(change.p)).collect();
        let adjusted = adjust(&p, Adjustment::BenjaminiHochberg).unwrap_or_default();
        // A p that cannot be adjusted speaks for no change: 1.
        let adjusted = adjusted.into_iter().flatten().chain(std::iter::repeat(1.0));
        for (change, adjusted_p) in family.into_iter().zip(adjusted) {
            change.adjusted_p = adjusted_p;
            change.verdict = rule.judge(change.difference, adjusted_p);
        }
    }
}

fn as_respondents(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
