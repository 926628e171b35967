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
use crate::protect::{Bar, Distribution, Thresholds, coded_answers, coded_standings};
use crate::report::model::{NumberSummary, OptionShare};

/// Cells that count as one group in a figure of the state, and how many people they weigh.
pub(super) type Part = (Vec<At>, u32);

/// Answers to a choice item in one group.
#[derive(Default)]
struct Tally {
    respondents: u64,
    /// How many chose each option.
    chosen: Vec<u64>,
}

/// The shares of one unit; `None` where they cannot be told without giving one away.
pub(super) fn unit_options(
    item: &Chosen,
    cells: &Cells,
    at: At,
    rule: &Thresholds,
) -> Option<Vec<OptionShare>> {
    let tally = tally(cells, &[at])?;
    let share = |option: usize| per_cent(tally.chosen.get(option).copied().unwrap_or(0), tally.respondents);
    options(item, &tally, rule, share)
}

/// The shares of the state, weighted by people: of units with so many people each.
pub(super) fn state_options(
    item: &Chosen,
    cells: &Cells,
    parts: &[Part],
    rule: &Thresholds,
) -> Option<Vec<OptionShare>> {
    let tallies: Vec<(Tally, u32)> = parts
        .iter()
        .filter_map(|(group, people)| Some((tally(cells, group)?, *people)))
        .filter(|(tally, _)| tally.respondents > 0)
        .collect();
    let all = tallies.iter().fold(Tally::default(), |sum, (tally, _)| {
        sum.plus(tally.respondents, &tally.chosen)
    });
    let people: f64 = tallies.iter().map(|(_, people)| f64::from(*people)).sum();
    let share = |option: usize| {
        let of = |(tally, people): &(Tally, u32)| {
            f64::from(*people) * per_cent(tally.chosen.get(option).copied().unwrap_or(0), tally.respondents)
        };
        if people > 0.0 {
            tallies.iter().map(of).sum::<f64>() / people
        } else {
            0.0
        }
    };
    options(item, &all, rule, share)
}

fn tally(cells: &Cells, group: &[At]) -> Option<Tally> {
    let mut sum = Tally::default();
    for at in group {
        let cell = cells.cell(*at)?;
        let Content::Choices(chosen) = &cell.content else {
            return None;
        };
        sum = sum.plus(cell.respondents, chosen);
    }
    Some(sum)
}

impl Tally {
    fn plus(mut self, respondents: u64, chosen: &[u64]) -> Self {
        self.respondents += respondents;
        self.chosen.resize(self.chosen.len().max(chosen.len()), 0);
        for (sum, count) in self.chosen.iter_mut().zip(chosen) {
            *sum += count;
        }
        self
    }
}

fn options(
    item: &Chosen,
    tally: &Tally,
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
fn bars(item: &Chosen, tally: &Tally, rule: &Thresholds) -> Option<Vec<Bar>> {
    if let Slot::Single { .. } = item.slot {
        return match coded_answers(&tally.chosen, rule) {
            Distribution::Points(bars) => Some(bars),
            _ => None,
        };
    }
    let yes_or_no = |chosen: &u64| yes_or_no(*chosen, tally.respondents);
    tally.chosen.iter().map(yes_or_no).collect()
}

/// The share of those of whom something holds, coded as its size asks for.
pub(super) fn yes_or_no(yes: u64, respondents: u64) -> Option<Bar> {
    let standings = Standings {
        favourable: yes,
        neutral: 0,
        unfavourable: respondents.saturating_sub(yes),
    };
    coded_standings(&standings).favourable()
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
