//! The level of every unit on one subject, and of the state: who may be shown, and the estimate of those.
//!
//! What may not be shown goes no further than this file. The rule is primary suppression (R1 of the method: k
//! respondents of at least k people) and, for the state, the remainder rule in its strictest form: when everything
//! shown is taken away from the state, nothing is left. Whoever is withheld does not enter a state figure beside units
//! that are shown, so that an agency without any response and one with too few look alike.

use std::collections::BTreeMap;

use super::material::{Fielded, as_count};
use super::score::{Scores, together};
use crate::measure::estimate::{MeanEstimate, group_mean};
use crate::measure::state::{AgencyMean, StateMean, employee_weighted_mean, median_agency};
use crate::measure::{Confidence, Interval};
use crate::protect::figure::refusal;
use crate::protect::mean::protect_mean;
use crate::protect::{Reason, Thresholds, withhold};
use crate::report::model::Unit;

/// The confidence of every interval.
pub(super) const CONFIDENCE: Confidence = Confidence::NINETY_FIVE;

/// All units on one subject.
#[derive(Debug, Clone)]
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
    pub scores: Vec<f64>,
    pub estimate: MeanEstimate,
}

/// The employee-weighted mean.
#[derive(Debug, Clone)]
pub(super) struct StateLevel {
    pub estimate: StateMean,
    /// The people it speaks for.
    pub people: u32,
    /// The scores it is made of: of each unit, with its people.
    pub parts: Vec<(u32, Vec<f64>)>,
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
    pub people: u32,
    pub is_whole: bool,
}

/// Whether a figure of so many respondents of so many people may be shown.
pub(super) fn may_show(respondents: u32, people: u32, rule: &Thresholds) -> bool {
    refusal(u64::from(respondents), u64::from(people), rule).is_none()
}

/// The levels of one subject.
pub(super) fn levels(fielded: &Fielded, scores: &Scores, rule: &Thresholds) -> Levels {
    let mut shown = BTreeMap::new();
    let mut rest = Vec::new();
    for (unit, members) in fielded.units() {
        let (people, scores) = (fielded.people(&members), together(scores, &members));
        let estimate = group_mean(&scores, u64::from(people), CONFIDENCE);
        let estimate = estimate.map_or_else(
            |_| withhold(Reason::TooFewRespondents),
            |mean| protect_mean(mean, rule),
        );
        match estimate.shown() {
            Some(estimate) => {
                let estimate = estimate.clone();
                shown.insert(unit, UnitLevel { scores, estimate });
            }
            None => rest.push((people, scores)),
        }
    }
    Levels {
        mean: state_mean(&shown, rest, rule),
        median: median(&shown, fielded),
        shown,
    }
}

/// Who is withheld does not enter a state figure beside units that are shown: the difference would be the rest, and
/// exact means of a few answers on known headcounts take a rest of two small units apart. Only where no unit at all
/// is shown do all of them enter: then there is nothing to subtract.
fn state_mean(
    shown: &BTreeMap<Unit, UnitLevel>,
    rest: Vec<(u32, Vec<f64>)>,
    rule: &Thresholds,
) -> Option<StateLevel> {
    let hidden: usize = rest.iter().map(|(_, scores)| scores.len()).sum();
    let enough = u64::try_from(hidden).is_ok_and(|hidden| hidden >= rule.least_respondents());
    let takes_rest = shown.is_empty() && enough;
    let is_whole = takes_rest || rest.is_empty();
    let mut parts: Vec<(u32, Vec<f64>)> = shown
        .values()
        .map(|level| (as_people(level.estimate.people), level.scores.clone()))
        .collect();
    if takes_rest {
        parts.extend(rest);
    }
    let estimate = employee_weighted_mean(&agency_means(&parts, |score| score), CONFIDENCE).ok()?;
    let people = parts.iter().map(|(people, _)| people).sum();
    let respondents: usize = parts.iter().map(|(_, scores)| scores.len()).sum();
    may_show(as_count(respondents), people, rule).then_some(StateLevel {
        estimate,
        people,
        parts,
        is_whole,
    })
}

/// What the weighted mean takes of each unit, after `value` of each score.
fn agency_means(parts: &[(u32, Vec<f64>)], value: impl Fn(f64) -> f64) -> Vec<AgencyMean> {
    let of = |(people, scores): &(u32, Vec<f64>)| {
        let values: Vec<f64> = scores.iter().map(|score| value(*score)).collect();
        let moments = crate::measure::descriptives::Moments::of(&values).ok()?;
        Some(AgencyMean {
            people: u64::from(*people),
            respondents: moments.n,
            mean: moments.mean,
            sd: moments.sd().ok(),
        })
    };
    parts.iter().filter_map(of).collect()
}

impl StateLevel {
    /// The employee-weighted share of scores that satisfy `holds`, in per cent, with its interval.
    pub fn share(&self, holds: impl Fn(f64) -> bool) -> (f64, Option<Interval>) {
        let means = agency_means(&self.parts, |score| if holds(score) { 100.0 } else { 0.0 });
        employee_weighted_mean(&means, CONFIDENCE).map_or((0.0, None), |share| (share.mean, share.interval))
    }
}

/// The unit in the middle of those shown. Its interval reaches from the middle of the lower limits to the middle
/// of the upper ones: if every unit's true mean lies within its interval, the true median lies within this one.
fn median(shown: &BTreeMap<Unit, UnitLevel>, fielded: &Fielded) -> Option<MedianLevel> {
    let middle = |pick: fn(&MeanEstimate) -> Option<f64>| {
        let values: Option<Vec<f64>> = shown.values().map(|level| pick(&level.estimate)).collect();
        values.and_then(|values| median_agency(&values).ok())
    };
    let low = middle(|estimate| estimate.interval.map(|interval| interval.low));
    let high = middle(|estimate| estimate.interval.map(|interval| interval.high));
    Some(MedianLevel {
        value: middle(|estimate| Some(estimate.mean))?,
        interval: low.zip(high).map(|(low, high)| Interval { low, high }),
        agencies: as_count(shown.len()),
        respondents: shown.values().map(|level| as_count(level.scores.len())).sum(),
        people: shown.values().map(|level| as_people(level.estimate.people)).sum(),
        is_whole: shown.len() == fielded.units().len(),
    })
}

fn as_people(people: u64) -> u32 {
    u32::try_from(people).unwrap_or(u32::MAX)
}
