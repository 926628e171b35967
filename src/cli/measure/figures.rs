//! Every estimate of every agency and of the state.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::{Answers, Group};
use super::figure::Figure;
use super::people::Population;
use super::subjects::{Scored, Subjects};
use crate::measure::estimate::{MeanEstimate, Stratum, group_mean, poststratified_mean};
use crate::measure::parallel::Workers;
use crate::measure::reliability::{ItemSums, item_sums};
use crate::measure::state::{combined, median_agency};
use crate::measure::tally::{Grouping, Scorer, Tally, tally_groups};
use crate::measure::weights::CellRule;
use crate::measure::{Confidence, Method, Undefined};

/// Stands in where the population is not known: so many that no correction is left.
const NOBODY_KNOWS: u64 = 1 << 52;

/// All figures, agency by agency, then the state.
pub(super) struct Measured {
    pub responses: u64,
    pub figures: Vec<Figure>,
}

/// What one subject is measured from.
pub(super) struct Sums<'a> {
    pub scored: &'a Scored,
    pub scorer: Scorer,
    /// By group of the answers.
    tallies: Vec<Tally>,
    /// By agency; none for a single item.
    items: Option<Vec<ItemSums>>,
}

/// The agencies in order, with the groups of the answers that belong to each.
struct Agencies<'a> {
    codes: Vec<&'a str>,
    groups: BTreeMap<&'a Group, usize>,
    of_row: Vec<u32>,
    population: Option<&'a Population>,
}

/// Measures everything. The order of the rows changes no bit.
pub(super) fn measure(
    subjects: &Subjects,
    answers: &Answers,
    population: Option<&Population>,
    confidence: Confidence,
    workers: Workers,
) -> Result<Measured, Undefined> {
    let agencies = Agencies::of(answers, population);
    let scorers: Vec<Scorer> = subjects
        .scored
        .iter()
        .map(|scored| Scorer::new(&scored.form))
        .collect();
    let grouping = Grouping {
        of_row: &answers.group_of_row,
        groups: answers.groups.len(),
    };
    let by_agency = Grouping {
        of_row: &agencies.of_row,
        groups: agencies.codes.len(),
    };
    let tallies = tally_groups(&scorers, &answers.columns, grouping, workers)?;
    let mut sums = Vec::with_capacity(subjects.scored.len());
    for ((scored, scorer), tallies) in subjects.scored.iter().zip(scorers).zip(tallies) {
        let keys: Vec<_> = scored.form.items().copied().collect();
        let items = (keys.len() > 1)
            .then(|| item_sums(&keys, &answers.columns, by_agency, workers))
            .transpose()?;
        sums.push(Sums {
            scored,
            scorer,
            tallies,
            items,
        });
    }
    let mut figures = Vec::new();
    let mut estimates: Vec<Vec<MeanEstimate>> = vec![Vec::new(); sums.len()];
    for (at, code) in agencies.codes.iter().enumerate() {
        for (sums, estimates) in sums.iter().zip(&mut estimates) {
            let (figure, estimate) = agencies.figure(code, at, sums, confidence)?;
            figures.push(figure);
            estimates.extend(estimate);
        }
    }
    for (sums, estimates) in sums.iter().zip(&estimates) {
        figures.extend(state(sums, estimates, agencies.asked(), confidence)?);
    }
    Ok(Measured {
        responses: answers.counts.iter().sum(),
        figures,
    })
}

impl<'a> Agencies<'a> {
    fn of(answers: &'a Answers, population: Option<&'a Population>) -> Self {
        let answered = answers.groups.iter().map(|group| group.agency.as_str());
        let asked = population
            .iter()
            .flat_map(|population| population.agencies.keys().map(String::as_str));
        let codes: Vec<&str> = answered
            .chain(asked)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let number = |group: &Group| {
            codes
                .binary_search(&group.agency.as_str())
                .ok()
                .and_then(|at| u32::try_from(at).ok())
        };
        let numbers: Vec<Option<u32>> = answers.groups.iter().map(number).collect();
        let agency = |group: &u32| {
            let at = usize::try_from(*group)
                .ok()
                .and_then(|group| numbers.get(group).copied().flatten());
            at.unwrap_or(u32::MAX)
        };
        Self {
            of_row: answers.group_of_row.iter().map(agency).collect(),
            groups: answers
                .groups
                .iter()
                .enumerate()
                .map(|(at, group)| (group, at))
                .collect(),
            codes,
            population,
        }
    }

    /// Everybody who was asked, where that is known.
    fn asked(&self) -> Option<Asked> {
        self.population.map(|population| Asked {
            agencies: population.agencies.len(),
            people: population.agencies.keys().map(|code| population.of(code)).sum(),
        })
    }

    /// The strata of an agency: its segments with their people, and who of them answered.
    fn strata(&self, code: &str, sums: &Sums<'_>) -> Vec<(String, u64, Tally)> {
        let tally = |segment: &str| {
            let group = Group {
                agency: code.to_owned(),
                segment: segment.to_owned(),
            };
            let at = self.groups.get(&group);
            let tally = at.and_then(|at| sums.tallies.get(*at)).copied();
            tally.unwrap_or_else(|| Tally::new(sums.scorer.grain()))
        };
        match self.population.map(|population| population.agencies.get(code)) {
            Some(Some(segments)) => segments
                .iter()
                .map(|(segment, people)| (segment.clone(), *people, tally(segment)))
                .collect(),
            _ => vec![(String::new(), NOBODY_KNOWS, tally(""))],
        }
    }

    fn figure(
        &self,
        code: &str,
        at: usize,
        sums: &Sums<'_>,
        confidence: Confidence,
    ) -> Result<(Figure, Option<MeanEstimate>), Undefined> {
        let strata = self.strata(code, sums);
        let given: Vec<Stratum<'_, Tally>> = strata
            .iter()
            .map(|(_, people, tally)| Stratum {
                people: *people,
                scores: tally,
            })
            .collect();
        let estimate = match given.as_slice() {
            [only] => group_mean(only.scores, only.people, confidence),
            several => poststratified_mean(several, CellRule::default(), confidence),
        };
        let all = Tally::together(strata.iter().map(|(_, _, tally)| tally))?;
        let all = all.unwrap_or_else(|| Tally::new(sums.scorer.grain()));
        let people = self.population.map(|population| population.of(code));
        let mut figure = Figure::new("agency", sums, &all, people);
        figure.agency = Some(code.to_owned());
        figure.add_alpha(sums.items.as_ref().and_then(|items| items.get(at)), confidence);
        match (&estimate, people) {
            (Ok(estimate), Some(_)) if strata.len() > 1 => {
                figure.add_weighted_share(estimate, &strata, confidence);
            }
            (_, Some(people)) => figure.add_favourable_interval(&all, people, confidence),
            (_, None) => {}
        }
        match &estimate {
            Ok(estimate) => figure.add_estimate(estimate, &strata, confidence),
            Err(reason) => figure.interval = reason.to_string(),
        }
        Ok((figure, estimate.ok()))
    }
}

/// The agencies of the population.
#[derive(Debug, Clone, Copy)]
struct Asked {
    agencies: usize,
    people: u64,
}

impl Asked {
    /// What to say of those that nothing can be estimated of.
    fn silent(&self, estimates: &[MeanEstimate]) -> Option<String> {
        let agencies = self.agencies - estimates.len().min(self.agencies);
        let counted: u64 = estimates.iter().map(|estimate| estimate.people).sum();
        let people = self.people.saturating_sub(counted);
        (agencies > 0)
            .then(|| format!("not in it, since nobody answered: {agencies} agencies with {people} people"))
    }
}

/// The two state figures; without a population, that of all respondents.
fn state(
    sums: &Sums<'_>,
    estimates: &[MeanEstimate],
    asked: Option<Asked>,
    confidence: Confidence,
) -> Result<Vec<Figure>, Undefined> {
    let all = Tally::together(&sums.tallies)?.unwrap_or_else(|| Tally::new(sums.scorer.grain()));
    let mut items: Option<ItemSums> = None;
    for own in sums.items.iter().flatten() {
        match &mut items {
            Some(items) => items.merge(own)?,
            None => items = Some(own.clone()),
        }
    }
    let people = asked.map(|asked| asked.people);
    let mut median = Figure::new("state-median", sums, &all, people);
    let means: Vec<f64> = estimates.iter().map(|estimate| estimate.mean).collect();
    median.mean = median_agency(&means).ok();
    median.interval = format!("the median of {} agencies", means.len());
    median.favourable = None;
    median.method = Some(Method::named("state.median-agency"));
    let name = if asked.is_some() {
        "state-mean"
    } else {
        "state-respondents"
    };
    let mut mean = Figure::new(name, sums, &all, people);
    mean.add_alpha(items.as_ref(), confidence);
    if let Some(asked) = &asked {
        for figure in [&mut mean, &mut median] {
            figure.warnings.extend(asked.silent(estimates));
        }
    } else {
        match group_mean(&all, NOBODY_KNOWS, confidence) {
            Ok(estimate) => mean.add_estimate(&estimate, &[], confidence),
            Err(reason) => mean.interval = reason.to_string(),
        }
        return Ok(vec![mean, median]);
    }
    // Shares of all respondents are not those of the people: a small agency may have answered more.
    mean.favourable = None;
    let parts: Vec<&MeanEstimate> = estimates.iter().collect();
    match combined(&parts, confidence) {
        Ok(state) => {
            mean.mean = Some(state.mean);
            mean.se = state.se;
            mean.add_interval(state.interval);
            mean.interval = state.interval_kind.words().to_owned();
            mean.method = Some(state.method);
        }
        Err(reason) => mean.interval = reason.to_string(),
    }
    Ok(vec![mean, median])
}
