//! The level of every shown unit on one subject, and of the state.

use std::collections::BTreeMap;

use super::cells::{At, Cells, EVERYBODY};
use super::disclosure::{Plan, may_show};
use super::headcounts::{Headcounts, headcounts};
use super::material::{Fielded, Members, as_count, as_people};
use super::weights::{CONFIDENCE, Estimated, Group, estimated};
use crate::measure::Interval;
use crate::measure::estimate::MeanEstimate;
use crate::measure::numeric::convert::position;
use crate::measure::numeric::real_u64;
use crate::measure::scoring::IndexForm;
use crate::measure::state::{AgencyMean, StateMean, employee_weighted_mean, median_agency};
use crate::measure::tally::Tally;
use crate::protect::Thresholds;
use crate::report::model::Unit;

/// All units on one subject.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    /// Units that may be shown.
    pub shown: BTreeMap<Unit, UnitLevel>,
    /// The employee-weighted mean.
    pub mean: Option<StateLevel>,
    /// The agency in the middle.
    pub median: Option<MedianLevel>,
}

/// One unit.
#[derive(Debug, Clone)]
pub(super) struct UnitLevel {
    pub group: Group,
    pub estimated: Estimated,
}

/// The employee-weighted mean.
#[derive(Debug, Clone)]
pub(super) struct StateLevel {
    pub estimate: StateMean,
    /// The people it speaks for; `None` where the roster does not tell of all of them.
    pub people: Option<u32>,
    /// What it is made of, group by group: positions of units, people (estimated where the roster does not tell), and what
    /// they scored. Several units in a group count as one.
    pub parts: Vec<(Vec<usize>, u32, Tally)>,
    /// Whether every unit of the audience is in it.
    pub is_whole: bool,
}

/// The median agency.
#[derive(Debug, Clone)]
pub(super) struct MedianLevel {
    pub value: f64,
    pub interval: Option<Interval>,
    pub agencies: u32,
    pub respondents: u32,
    pub people: Option<u32>,
    pub is_whole: bool,
}

impl UnitLevel {
    pub(super) fn estimate(&self) -> &MeanEstimate {
        &self.estimated.estimate
    }

    /// Who answered.
    pub(super) fn respondents(&self) -> u64 {
        self.group.all.n()
    }
}

impl StateLevel {
    /// The employee-weighted share in per cent, with Korn and Graubard's interval, given how many of each group are counted.
    pub(super) fn share(&self, counted: impl Fn(&[usize], &Tally) -> u64) -> (f64, Option<Interval>) {
        let of = |(units, people, tally): &(Vec<usize>, u32, Tally)| {
            AgencyMean::of_share(u64::from(*people), tally.n(), counted(units, tally))
        };
        let means: Vec<AgencyMean> = self.parts.iter().filter_map(of).collect();
        employee_weighted_mean(&means, CONFIDENCE)
            .map_or((0.0, None), |share| (share.mean, share.korn_graubard(CONFIDENCE)))
    }
}

/// The levels of a subject of the present round in one cut, as far as the plan shows them.
pub(super) fn levels(fielded: &Fielded, cells: &Cells, plan: &Plan, cut: usize, subject: usize) -> Levels {
    let level = |unit: usize| level_of(fielded, cells, plan, At { unit, cut, subject });
    let shown: BTreeMap<Unit, UnitLevel> = plan
        .units(cells, cut, subject)
        .into_iter()
        .filter_map(|unit| Some((cells.units.get(unit)?.unit.clone(), level(unit)?)))
        .collect();
    let mean = plan.entering(cut, subject).and_then(|entering| {
        let parts = entering.groups.iter().filter_map(|units| {
            let people = units.iter().map(|unit| cells.people(*unit, cut));
            let weights = people.clone().zip(units);
            let weight =
                weights.map(|(people, unit)| people.unwrap_or_else(|| likely_people(cells, *unit, cut)));
            let people: Option<u32> = people.clone().sum();
            let level = match units.as_slice() {
                [unit] => level(*unit)?,
                units => {
                    let tallies = units.iter().filter_map(|unit| {
                        cells.scores(At {
                            unit: *unit,
                            cut,
                            subject,
                        })
                    });
                    pooled(tallies.map(|scores| &scores.tally), people)?
                }
            };
            Some((units.clone(), people, weight.sum(), level))
        });
        state_mean(parts.collect(), entering.is_whole)
    });
    Levels {
        median: median(&shown, cells.units.len()),
        mean,
        shown,
    }
}

/// People of several units as one group, each of whom counts alike.
fn pooled<'a>(tallies: impl Iterator<Item = &'a Tally>, people: Option<u32>) -> Option<UnitLevel> {
    unit_level(Group {
        all: Tally::together(tallies).ok().flatten()?,
        parts: Vec::new(),
        alone: Vec::new(),
        people,
        people_of_parts: None,
    })
}

fn level_of(fielded: &Fielded, cells: &Cells, plan: &Plan, at: At) -> Option<UnitLevel> {
    let unit = cells.units.get(at.unit)?;
    let all = cells.scores(at)?.tally;
    let is_whole = at.cut == EVERYBODY;
    let menu = cells.menus.first().filter(|_| is_whole);
    let group = Group {
        all,
        parts: if is_whole {
            cells.groups(at.unit, at.subject)
        } else {
            Vec::new()
        },
        alone: menu.map_or_else(Vec::new, |menu| plan.alone(at, menu)),
        people: cells.people(at.unit, at.cut),
        people_of_parts: menu.and_then(|menu| {
            let said = menu
                .positions()
                .map(|cut| cells.responses(at.unit, cut))
                .collect::<Vec<_>>();
            known(headcounts(fielded, menu, &unit.members, &said))
        }),
    };
    unit_level(group)
}

fn unit_level(group: Group) -> Option<UnitLevel> {
    let estimated = estimated(&group)?;
    Some(UnitLevel { group, estimated })
}

fn known(headcounts: Headcounts) -> Option<Vec<u32>> {
    match headcounts {
        Headcounts::Known(people) => Some(people),
        Headcounts::Unknown | Headcounts::Contradicted => None,
    }
}

/// Where the roster does not tell how many people of a unit are of a segment: as many as its share of the responses says.
fn likely_people(cells: &Cells, unit: usize, cut: usize) -> u32 {
    let all = real_u64(cells.responses(unit, EVERYBODY)).max(1.0);
    let own = cells.responses(unit, cut);
    let people = cells.people(unit, EVERYBODY).map_or(0.0, f64::from);
    let likely = position((people * real_u64(own) / all).round());
    as_count(likely).max(as_people(own))
}

/// The levels of one form in a round, for changes and trends: who may be shown is asked of this form alone. Everybody of a unit
/// counts alike: which strata may be weighted is a question to the plan of that round over all its cells, and an earlier
/// round's is not at hand. A weight that the plan did not allow would give withheld options away.
pub(super) fn levels_of_form(fielded: &Fielded, form: &IndexForm, rule: &Thresholds) -> Levels {
    let units: Vec<(Unit, Members)> = fielded.units().into_iter().collect();
    let groups: Vec<Option<Group>> = units
        .iter()
        .map(|(_, members)| group_of_form(fielded, form, members))
        .collect();
    let mut shown = BTreeMap::new();
    let (mut parts, mut hidden) = (Vec::new(), Vec::new());
    for (place, ((unit, members), group)) in units.iter().zip(groups).enumerate() {
        if fielded.alike.units.contains(unit) {
            continue;
        }
        let people = fielded.people(members);
        let Some(level) = group.and_then(unit_level) else {
            continue;
        };
        let varies = level
            .group
            .all
            .moments()
            .is_ok_and(|moments| moments.squares > 0.0);
        let part = (vec![place], Some(people), people, level.clone());
        if may_show(level.respondents(), Some(people), varies, rule) {
            parts.push(part);
            shown.insert(unit.clone(), level);
        } else {
            hidden.push(part);
        }
    }
    let is_whole = parts.len() == units.len() || parts.is_empty();
    if parts.is_empty() {
        // Nobody is shown: all together, as one group.
        let people = hidden.iter().map(|(_, _, people, _)| people).sum();
        let tallies = hidden.iter().map(|(_, _, _, level)| &level.group.all);
        let together = pooled(tallies, Some(people));
        let places = hidden
            .iter()
            .flat_map(|(places, _, _, _)| places)
            .copied()
            .collect();
        parts.extend(together.map(|level| (places, Some(people), people, level)));
    }
    let mean = state_mean(parts, is_whole);
    let enough = |mean: &StateLevel| may_show(mean.estimate.respondents, mean.people, true, rule);
    Levels {
        mean: mean.filter(enough),
        median: median(&shown, units.len()),
        shown,
    }
}

fn group_of_form(fielded: &Fielded, form: &IndexForm, members: &Members) -> Option<Group> {
    let all = Tally::together(&fielded.groups(form, members)).ok().flatten()?;
    Some(Group {
        all,
        parts: Vec::new(),
        alone: Vec::new(),
        people: Some(fielded.people(members)),
        people_of_parts: None,
    })
}

fn state_mean(parts: Vec<(Vec<usize>, Option<u32>, u32, UnitLevel)>, is_whole: bool) -> Option<StateLevel> {
    let means: Vec<AgencyMean> = parts
        .iter()
        .map(|(_, _, weight, level)| level.estimated.agency_mean(*weight))
        .collect();
    let mut estimate = employee_weighted_mean(&means, CONFIDENCE).ok()?;
    let people: Option<u32> = parts.iter().map(|(_, people, _, _)| *people).sum();
    if people.is_none() {
        estimate.method = estimate
            .method
            .with("people", "estimated from the shares of responses");
    }
    Some(StateLevel {
        estimate,
        people,
        is_whole,
        parts: parts
            .into_iter()
            .map(|(units, _, weight, level)| (units, weight, level.group.all))
            .collect(),
    })
}

/// The unit in the middle of those shown. Its interval reaches from the middle of the lower limits to the middle
/// of the upper ones: if every unit's true mean lies within its interval, the true median lies within this one.
fn median(shown: &BTreeMap<Unit, UnitLevel>, units: usize) -> Option<MedianLevel> {
    let middle = |pick: fn(&MeanEstimate) -> Option<f64>| {
        let values: Option<Vec<f64>> = shown.values().map(|level| pick(level.estimate())).collect();
        values.and_then(|values| median_agency(&values).ok())
    };
    let low = middle(|estimate| estimate.interval.map(|interval| interval.low));
    let high = middle(|estimate| estimate.interval.map(|interval| interval.high));
    Some(MedianLevel {
        value: middle(|estimate| Some(estimate.mean))?,
        interval: low.zip(high).map(|(low, high)| Interval { low, high }),
        agencies: as_count(shown.len()),
        respondents: shown.values().map(|level| as_people(level.respondents())).sum(),
        people: shown.values().map(|level| level.group.people).sum(),
        is_whole: shown.len() == units,
    })
}
