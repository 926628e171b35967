//! The mean of a unit: post-stratified by a segment where the roster has its headcounts, else plain.
//!
//! Non-response is taken as random within agency and segment: those of a segment who answered stand for all of it,
//! `w = N_h/n_h`. Cells with fewer than five respondents, or a weight above three times the average, are estimated
//! together with their neighbour in the order of the form; the method's parameters list them. Those who did not say
//! where they belong keep the average weight: they stand for as many people as their share among the respondents, and the
//! headcounts of the options are scaled to the rest, in whole people.
//!
//! Weights need headcounts of everybody in the unit that do not contradict what people said.

use crate::measure::estimate::{MeanEstimate, Stratum, group_mean, poststratified_mean};
use crate::measure::numeric::{convert::position, real_u64};
use crate::measure::state::{AgencyMean, employee_weighted_mean};
use crate::measure::tally::Tally;
use crate::measure::weights::CellRule;
use crate::measure::{Confidence, Interval};

/// The confidence of every interval.
pub(super) const CONFIDENCE: Confidence = Confidence::NINETY_FIVE;

/// Who answered in a unit, and who could have.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Everybody who answered.
    pub all: Tally,
    /// The same by option of the weighting segment, those who did not say last; may be empty.
    pub parts: Vec<Tally>,
    /// For each option whether it may be a stratum of its own: its own figure is shown. The others, and those who did not
    /// say, are one stratum together, whatever their number.
    pub alone: Vec<bool>,
    /// N; `None` where it is not known, and no finite population is corrected for.
    pub people: Option<u32>,
    /// N by option, where the roster tells and nobody contradicts it.
    pub people_of_parts: Option<Vec<u32>>,
}

/// A mean, and how those who answered were weighted in it.
#[derive(Debug, Clone)]
pub(super) struct Estimated {
    pub estimate: MeanEstimate,
    /// The strata that were estimated, after joining: people, and the positions of the parts in each. Empty for a plain
    /// mean.
    pub strata: Vec<(u64, Vec<usize>)>,
}

impl Estimated {
    /// Whether respondents weigh differently.
    pub(super) fn is_weighted(&self) -> bool {
        self.strata.len() > 1
    }

    /// The standard deviation that a simple sample of as many would need for the same error of its mean: with it weighted
    /// means can be compared by tests for plain ones.
    pub(super) fn process_sd(&self) -> Option<f64> {
        if self.is_weighted() {
            Some(self.estimate.process_se? * real_u64(self.estimate.respondents).sqrt())
        } else {
            self.estimate.sd
        }
    }

    /// The unit as a part of the state.
    pub(super) fn agency_mean(&self, people: u32) -> AgencyMean {
        AgencyMean {
            people: u64::from(people),
            respondents: self.estimate.respondents,
            mean: self.estimate.mean,
            sd: self.process_sd(),
        }
    }

    /// The weighted share (per cent) of those counted, given how many each part and all of them have; with Korn and
    /// Graubard's interval. `None` for a plain mean.
    pub(super) fn share(&self, parts: &[(u64, u64)]) -> Option<(f64, Option<Interval>)> {
        if !self.is_weighted() {
            return None;
        }
        let stratum = |(people, members): &(u64, Vec<usize>)| {
            let of = members.iter().filter_map(|member| parts.get(*member));
            let (counted, all) = of.fold((0, 0), |(counted, all), part| (counted + part.0, all + part.1));
            AgencyMean::of_share(*people, all, counted)
        };
        let strata: Vec<AgencyMean> = self.strata.iter().filter_map(stratum).collect();
        let share = employee_weighted_mean(&strata, CONFIDENCE).ok()?;
        let interval = share.korn_graubard(CONFIDENCE);
        Some((share.mean, interval))
    }
}

/// The mean of a group; `None` where nobody answered, or more did than there are people.
pub(super) fn estimated(group: &Group) -> Option<Estimated> {
    weighted(group).or_else(|| plain(group))
}

fn plain(group: &Group) -> Option<Estimated> {
    // Without a headcount the respondents are few of very many: nothing is corrected for.
    let people = group.people.map_or(u64::MAX, u64::from);
    let mut estimate = group_mean(&group.all, people, CONFIDENCE).ok()?;
    if group.people.is_none() {
        estimate.method = estimate.method.with("finite_population_correction", false);
    }
    Some(Estimated {
        estimate,
        strata: Vec::new(),
    })
}

fn weighted(group: &Group) -> Option<Estimated> {
    let allowed = allowed(group, &apportioned(group)?)?;
    let strata: Vec<Stratum<'_, Tally>> = allowed
        .iter()
        .map(|(people, _, scores)| Stratum {
            people: *people,
            scores,
        })
        .collect();
    let mut estimate = poststratified_mean(&strata, CellRule::default(), CONFIDENCE).ok()?;
    let people: Vec<u64> = allowed.iter().map(|(people, _, _)| *people).collect();
    let positions = |stratum: &usize| {
        allowed
            .get(*stratum)
            .map_or_else(Vec::new, |(_, positions, _)| positions.clone())
    };
    let strata: Vec<(u64, Vec<usize>)> = estimate
        .strata(&people)
        .into_iter()
        .map(|(people, strata)| (people, strata.iter().flat_map(positions).collect()))
        .collect();
    if strata.len() < 2 {
        return None;
    }
    let listed: Vec<serde_json::Value> = strata
        .iter()
        .map(|(_, members)| serde_json::json!(members))
        .collect();
    estimate.method = estimate.method.with("strata", listed);
    Some(Estimated { estimate, strata })
}

/// The strata that the plan allows: people, positions of the parts, scores.
fn allowed(group: &Group, people: &[u64]) -> Option<Vec<(u64, Vec<usize>, Tally)>> {
    let mut strata = Vec::with_capacity(people.len());
    let (mut rest_people, mut rest, mut rest_scores) = (0, Vec::new(), Vec::new());
    for (place, (people, scores)) in people.iter().zip(&group.parts).enumerate() {
        if group.alone.get(place) == Some(&true) {
            strata.push((*people, vec![place], *scores));
        } else {
            rest_people += people;
            rest.push(place);
            rest_scores.push(*scores);
        }
    }
    let together = Tally::together(&rest_scores).ok()?;
    strata.extend(together.map(|scores| (rest_people, rest, scores)));
    Some(strata)
}

/// The people that each part stands for, in whole people that add up to N; `None` where there is nothing to weight by.
fn apportioned(group: &Group) -> Option<Vec<u64>> {
    let (all, known) = (u64::from(group.people?), group.people_of_parts.as_ref()?);
    let (unsaid, said) = group.parts.split_last()?;
    let respondents: u64 = group.parts.iter().map(Tally::n).sum();
    if respondents == 0 || respondents > all || said.len() != known.len() || unsaid.n() == respondents {
        return None;
    }
    let for_unsaid = rounded(real_u64(all) * real_u64(unsaid.n()) / real_u64(respondents));
    let left = all.checked_sub(for_unsaid)?;
    let told: u64 = known.iter().map(|people| u64::from(*people)).sum();
    if told == 0 {
        return None;
    }
    let mut people: Vec<u64> = Vec::with_capacity(group.parts.len());
    let (mut so_far, mut given) = (0, 0);
    for known in known {
        // Cumulative rounding: the parts add up exactly, whatever each is rounded to.
        so_far += u64::from(*known);
        let until = rounded(real_u64(left) * real_u64(so_far) / real_u64(told));
        people.push(until.saturating_sub(given));
        given = until;
    }
    people.push(for_unsaid);
    let fits = people
        .iter()
        .zip(&group.parts)
        .all(|(people, part)| part.n() <= *people);
    fits.then_some(people)
}

fn rounded(value: f64) -> u64 {
    u64::try_from(position(value.round())).unwrap_or(u64::MAX)
}
