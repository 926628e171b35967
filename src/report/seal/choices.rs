//! Choice items: the share of respondents who chose each option. And number items: their mean and median.

use super::cells::{At, Cells, Content};
use super::score::Chosen;
use super::shares::{per_cent, weighted};
use super::weights::CONFIDENCE;
use crate::collect::packed::Slot;
use crate::measure::Interval;
use crate::measure::descriptives::Moments;
use crate::measure::quantile::Sorted;
use crate::measure::scoring::Standings;
use crate::protect::{Bar, Distribution, Thresholds, protect_answers, protect_standings};
use crate::report::model::{NumberSummary, OptionShare};

/// Answers to a choice item in one unit.
struct Tally<'a> {
    respondents: u64,
    people: u64,
    /// How many chose each option.
    chosen: &'a [u64],
}

/// The shares of one unit; `None` where they cannot be told without giving one away.
pub(super) fn unit_options(item: &Chosen, cells: &Cells, at: At, rule: &Thresholds) -> Option<Vec<OptionShare>> {
    let tally = tally(cells, at)?;
    let share = |option: usize| per_cent(tally.chosen.get(option).copied().unwrap_or(0), tally.respondents);
    options(item, &tally, rule, share)
}

/// The shares of the state, weighted by people: of units with so many people each.
pub(super) fn state_options(
    item: &Chosen,
    cells: &Cells,
    parts: &[(At, u32)],
    rule: &Thresholds,
) -> Option<Vec<OptionShare>> {
    let tallies: Vec<(Tally<'_>, u32)> = parts
        .iter()
        .filter_map(|(at, people)| Some((tally(cells, *at)?, *people)))
        .filter(|(tally, _)| tally.respondents > 0)
        .collect();
    let mut chosen = vec![0; item.options.len()];
    for (tally, _) in &tallies {
        for (sum, count) in chosen.iter_mut().zip(tally.chosen) {
            *sum += count;
        }
    }
    let all = Tally {
        respondents: tallies.iter().map(|(tally, _)| tally.respondents).sum(),
        people: tallies.iter().map(|(_, people)| u64::from(*people)).sum(),
        chosen: &chosen,
    };
    let people: f64 = tallies.iter().map(|(_, people)| f64::from(*people)).sum();
    let share = |option: usize| {
        let of = |(tally, people): &(Tally<'_>, u32)| {
            f64::from(*people) * per_cent(tally.chosen.get(option).copied().unwrap_or(0), tally.respondents)
        };
        if people > 0.0 { tallies.iter().map(of).sum::<f64>() / people } else { 0.0 }
    };
    options(item, &all, rule, share)
}

fn tally(cells: &Cells, at: At) -> Option<Tally<'_>> {
    let cell = cells.cell(at)?;
    match &cell.content {
        Content::Choices(chosen) => Some(Tally {
            respondents: cell.respondents,
            people: cells.people(at.unit, at.cut).map_or(cell.respondents, u64::from),
            chosen,
        }),
        _ => None,
    }
}

fn options(
    item: &Chosen,
    tally: &Tally<'_>,
    rule: &Thresholds,
    share: impl Fn(usize) -> f64,
) -> Option<Vec<OptionShare>> {
    let bars = bars(item, tally, rule)?;
    let options = item.options.iter().zip(bars).enumerate();
    let shown = options.map(|(place, ((id, label), bar))| OptionShare {
        id: id.clone(),
        label: label.clone(),
        bar: weighted(bar, share(place)),
    });
    Some(shown.collect())
}

/// One of several: the options share out the respondents and are coded together. Any of several: each option is a
/// yes or no of its own.
fn bars(item: &Chosen, tally: &Tally<'_>, rule: &Thresholds) -> Option<Vec<Bar>> {
    if let Slot::Single { .. } = item.slot {
        let protected = protect_answers(tally.chosen, tally.people, rule);
        return match protected.shown()? {
            Distribution::Points(bars) => Some(bars.clone()),
            _ => None,
        };
    }
    let yes_or_no = |chosen: &u64| yes_or_no(*chosen, tally.respondents, tally.people, rule);
    tally.chosen.iter().map(yes_or_no).collect()
}

/// The share of those of whom something holds, coded as its size asks for.
pub(super) fn yes_or_no(yes: u64, respondents: u64, people: u64, rule: &Thresholds) -> Option<Bar> {
    let standings = Standings {
        favourable: yes,
        neutral: 0,
        unfavourable: respondents.saturating_sub(yes),
    };
    protect_standings(&standings, people, rule)
        .shown()
        .and_then(Distribution::favourable)
}

/// The numbers of a group of so many people, or of unknown size.
pub(super) fn numbers(values: &[f64], people: Option<u32>) -> Option<NumberSummary> {
    let moments = Moments::of(values).ok()?;
    let sd = moments.sd().ok();
    let n = moments.n_real();
    let unsampled = people.map_or(1.0, |people| (1.0 - n / f64::from(people)).max(0.0));
    let error = sd.map(|sd| sd / n.sqrt() * unsampled.sqrt());
    Some(NumberSummary {
        mean: moments.mean,
        sd,
        standard_error: error,
        interval: error.map(|error| Interval::around(moments.mean, CONFIDENCE.t(n - 1.0) * error)),
        median: Sorted::of(values).ok()?.median(),
    })
}
