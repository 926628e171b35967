//! Changes since the round before, for every unit and index, adjusted together: Welch's test, and where the same persons
//! answered both times under their names, Student's test of their own changes.
//!
//! The family of an adjustment is every shown agency and cluster times every index that is compared with the same
//! round before; what is withheld is never in it. The two state figures are not agencies: the employee-weighted
//! mean is tested in a family of its own (its indices), the median agency is described and not tested.

use std::collections::BTreeMap;

use super::bodies::reorganised;
use super::joins::{Pair, round_before};
use super::levels::{Levels, MedianLevel, StateLevel, UnitLevel, levels_of_form};
use super::material::{Fielded, Material, as_count, as_people};
use super::pairs::{Pairs, pairs};
use super::rules::stricter;
use super::shares::{is_told, unit_standing};
use super::weights::CONFIDENCE;
use crate::measure::change::Verdict;
use crate::measure::change::paired::PairedChange;
use crate::measure::change::{Adjustment, Sample, VerdictRule, adjust, detectable, newcombe, welch};
use crate::measure::numeric::real_u64;
use crate::measure::proportion::Share;
use crate::protect::{Thresholds, may_show_part};
use crate::report::model::{
    Before, Change, ChangeTest, Family, FavourableChange, NoChange, TestedChange, Unit,
};
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
        now: levels_of_form(fielded, form_now, &rule),
        before: levels_of_form(before, form_before, &rule),
        pairs: pairs((fielded, form_now), (before, form_before)),
        units: (
            fielded.units().into_keys().collect(),
            before.units().into_keys().collect(),
        ),
        rule,
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
    /// Attributed audiences: who answered both times.
    pairs: Pairs,
    /// The units of the audience now and then, in the order in which levels count them.
    units: (Vec<Unit>, Vec<Unit>),
    rule: Thresholds,
}

impl Both<'_> {
    fn change(&self, unit: &Unit) -> Change {
        let change = match unit {
            Unit::StateMean => {
                let both = self.now.mean.as_ref().zip(self.before.mean.as_ref());
                both.map(|(now, before)| {
                    self.paired(
                        &self.in_both(now, before),
                        now.estimate.respondents,
                        before.estimate.respondents,
                    )
                    .unwrap_or_else(|| self.welch(state_sample(now), state_sample(before), None))
                })
            }
            Unit::StateMedian => {
                let both = self.now.median.as_ref().zip(self.before.median.as_ref());
                both.map(|(now, before)| self.described(now, before))
            }
            unit => {
                let both = self.now.shown.get(unit).zip(self.before.shown.get(unit));
                both.map(|(now, before)| {
                    self.paired(&[unit], now.respondents(), before.respondents())
                        .unwrap_or_else(|| self.welch(sample(now), sample(before), Some((now, before))))
                })
            }
        };
        change.unwrap_or(Change::None(NoChange::NoFigure))
    }

    /// The units that the state's figure is made of in both rounds.
    fn in_both(&self, now: &StateLevel, before: &StateLevel) -> Vec<&Unit> {
        let (units_now, units_before) = &self.units;
        let then: Vec<&Unit> = before
            .parts
            .iter()
            .flat_map(|(units, _, _)| units)
            .filter_map(|unit| units_before.get(*unit))
            .collect();
        let present = now
            .parts
            .iter()
            .flat_map(|(units, _, _)| units)
            .filter_map(|unit| units_now.get(*unit));
        present.filter(|unit| then.contains(unit)).collect()
    }

    /// The change of those who answered both times, where neither they nor the others in either round are few.
    fn paired(&self, units: &[&Unit], now: u64, before: u64) -> Option<Change> {
        let change: PairedChange = self.pairs.change(units)?;
        let tells = |whole: u64| may_show_part(change.pairs, whole, &self.rule);
        if !tells(now) || !tells(before) {
            return None;
        }
        let spread = detectable::minimum_detectable_change(change.sd_change / 2.0_f64.sqrt(), change.pairs);
        Some(Change::Tested(TestedChange {
            before: self.then(change.mean_before, change.pairs),
            now: change.mean_after,
            respondents: as_people(change.pairs),
            difference: change.change,
            interval: change.interval,
            test: ChangeTest::Paired,
            p: change.p,
            hedges_g: Some(change.cohens_dav),
            minimum_detectable: spread.ok(),
            ..self.untested()
        }))
    }

    fn welch(
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
        Change::Tested(TestedChange {
            before: self.then(before.mean, before.n),
            now: now.mean,
            respondents: as_people(now.n),
            difference: difference.difference,
            interval: difference.interval,
            p: difference.p,
            // The state's spread is that of its estimate, not of persons: no effect size in their deviations.
            hedges_g: levels.map(|_| difference.hedges_g),
            minimum_detectable: detectable::between(now.sd, now.n, before.sd, before.n).ok(),
            favourable: levels.and_then(|(now, before)| self.favourable(now, before)),
            ..self.untested()
        })
    }

    /// What every test has in common, before it is made.
    fn untested(&self) -> TestedChange {
        TestedChange {
            before: self.then(0.0, 0),
            now: 0.0,
            respondents: 0,
            difference: 0.0,
            interval: crate::measure::Interval { low: 0.0, high: 0.0 },
            test: ChangeTest::Welch,
            p: 1.0,
            adjusted_p: 1.0,
            hedges_g: None,
            minimum_detectable: None,
            verdict: Verdict::NoDetectableChange,
            common_items: as_count(self.pair.comparability.items().len()),
            index_items: self.index_items,
            flagged: self.pair.comparability.is_flagged(),
            favourable: None,
        }
    }

    /// The change of the favourable share, where both shares are told and not only that they are small or large.
    fn favourable(&self, now: &UnitLevel, before: &UnitLevel) -> Option<FavourableChange> {
        let told = |level: &UnitLevel| is_told(&unit_standing(level).0);
        if !told(now) || !told(before) {
            return None;
        }
        let share = |level: &UnitLevel| {
            let standings = level.group.all.standings();
            Share::new(standings.favourable, standings.total()).ok()
        };
        let (now, before) = (share(now)?, share(before)?);
        Some(FavourableChange {
            before: 100.0 * before.value(),
            now: 100.0 * now.value(),
            difference: 100.0 * (now.value() - before.value()),
            interval: newcombe(now, before, CONFIDENCE).scaled(100.0),
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
            respondents: as_people(respondents),
        }
    }
}

/// A unit as Welch's test takes it: weighted means with the spread that gives their error.
pub(super) fn sample(level: &UnitLevel) -> Option<Sample> {
    Some(Sample {
        n: level.respondents(),
        mean: level.estimate().mean,
        sd: level.estimated.process_sd()?,
    })
}

/// The state's mean as a sample whose standard error is that of the estimate without finite population
/// correction, so that Welch's test asks about the process here too.
fn state_sample(level: &StateLevel) -> Option<Sample> {
    let n = level.estimate.respondents;
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
