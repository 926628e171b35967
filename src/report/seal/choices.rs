//! Choice items: the share of respondents who chose each option.

use std::collections::BTreeMap;

use super::material::{Answers, Fielded, Members, as_count};
use super::participation::entering_the_state;
use super::score::Chosen;
use super::shares::weighted;
use crate::collect::packed::Slot;
use crate::measure::numeric::real_u64;
use crate::measure::scoring::Standings;
use crate::protect::{Bar, Distribution, Thresholds, protect_answers, protect_standings};
use crate::report::model::{OptionShare, Unit};

/// What is told of a choice item: who answered, of how many, and the shares.
pub(super) struct ChoiceLevel {
    pub respondents: u32,
    pub people: u32,
    pub options: Vec<OptionShare>,
    pub is_whole: bool,
}

/// Answers to a choice item in one unit.
#[derive(Debug, Clone, Default)]
struct Tally {
    respondents: u64,
    people: u32,
    /// How many chose each option.
    chosen: Vec<u64>,
}

/// The levels of a choice item, for each unit that may be shown and for the state.
pub(super) fn choice_levels(
    fielded: &Fielded,
    item: &Chosen,
    rule: &Thresholds,
) -> BTreeMap<Unit, ChoiceLevel> {
    let tallies: BTreeMap<Unit, Tally> = fielded
        .units()
        .into_iter()
        .map(|(unit, members)| (unit, tally(fielded, item, &members)))
        .collect();
    let mut levels: BTreeMap<Unit, ChoiceLevel> = BTreeMap::new();
    for (unit, tally) in &tallies {
        let level = level(item, tally, rule, true, |option| share(tally, option));
        levels.extend(level.map(|level| (unit.clone(), level)));
    }
    let counts = tallies
        .iter()
        .map(|(unit, tally)| (unit, as_respondents(tally.respondents)));
    let entering = entering_the_state(counts, |unit| levels.contains_key(unit), rule);
    let parts: Vec<&Tally> = entering.iter().filter_map(|unit| tallies.get(unit)).collect();
    let state = parts.iter().fold(Tally::default(), |sum, part| sum.plus(part));
    let is_whole = entering.len() == tallies.len();
    let state = level(item, &state, rule, is_whole, |option| {
        weighted_share(&parts, option)
    });
    levels.extend(state.map(|level| (Unit::StateMean, level)));
    levels
}

fn tally(fielded: &Fielded, item: &Chosen, members: &Members) -> Tally {
    let mut tally = Tally {
        people: fielded.people(members),
        chosen: vec![0; item.options.len()],
        respondents: 0,
    };
    for answers in members.iter().filter_map(|agency| fielded.answers.get(agency)) {
        tally.add(item, answers);
    }
    tally
}

impl Tally {
    fn add(&mut self, item: &Chosen, answers: &Answers) {
        let width = item.slot.width();
        for bytes in answers
            .records
            .iter()
            .filter_map(|record| record.get(item.offset..item.offset + width))
        {
            let mut answered = false;
            for (option, count) in self.chosen.iter_mut().enumerate() {
                if is_chosen(item.slot, bytes, option) {
                    *count += 1;
                    answered = true;
                }
            }
            self.respondents += u64::from(answered);
        }
    }

    fn plus(mut self, other: &Self) -> Self {
        self.chosen.resize(self.chosen.len().max(other.chosen.len()), 0);
        for (sum, count) in self.chosen.iter_mut().zip(&other.chosen) {
            *sum += count;
        }
        self.respondents += other.respondents;
        self.people += other.people;
        self
    }
}

/// Whether the bytes of a slot choose the option at that position, from 0.
fn is_chosen(slot: Slot, bytes: &[u8], option: usize) -> bool {
    match (slot, bytes) {
        (Slot::Single { .. }, [position]) => usize::from(*position) == option + 1,
        (Slot::Multiple { .. }, mask) => mask
            .get(option / 8)
            .is_some_and(|byte| byte & (1 << (option % 8)) != 0),
        _ => false,
    }
}

fn level(
    item: &Chosen,
    tally: &Tally,
    rule: &Thresholds,
    is_whole: bool,
    per_cent: impl Fn(usize) -> f64,
) -> Option<ChoiceLevel> {
    let bars = bars(item, tally, rule)?;
    let options = item.options.iter().zip(bars).enumerate();
    Some(ChoiceLevel {
        respondents: as_respondents(tally.respondents),
        people: tally.people,
        options: options
            .map(|(place, ((id, label), bar))| OptionShare {
                id: id.clone(),
                label: label.clone(),
                bar: weighted(bar, per_cent(place)),
            })
            .collect(),
        is_whole,
    })
}

/// One of several: the options share out the respondents and are coded together. Any of several: each option is a
/// yes or no of its own.
fn bars(item: &Chosen, tally: &Tally, rule: &Thresholds) -> Option<Vec<Bar>> {
    let people = u64::from(tally.people);
    if let Slot::Single { .. } = item.slot {
        let protected = protect_answers(&tally.chosen, people, rule);
        return match protected.shown()? {
            Distribution::Points(bars) => Some(bars.clone()),
            _ => None,
        };
    }
    let yes_or_no = |chosen: &u64| {
        let standings = Standings {
            favourable: *chosen,
            neutral: 0,
            unfavourable: tally.respondents.saturating_sub(*chosen),
        };
        protect_standings(&standings, people, rule)
            .shown()
            .and_then(Distribution::favourable)
    };
    tally.chosen.iter().map(yes_or_no).collect()
}

fn share(tally: &Tally, option: usize) -> f64 {
    let chosen = tally.chosen.get(option).copied().unwrap_or(0);
    if tally.respondents == 0 {
        0.0
    } else {
        100.0 * real_u64(chosen) / real_u64(tally.respondents)
    }
}

fn weighted_share(parts: &[&Tally], option: usize) -> f64 {
    let answered = parts.iter().filter(|part| part.respondents > 0);
    let (sum, people) = answered.fold((0.0, 0.0), |(sum, people), part| {
        let weight = f64::from(part.people);
        (sum + weight * share(part, option), people + weight)
    });
    if people > 0.0 { sum / people } else { 0.0 }
}

fn as_respondents(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(as_count(usize::MAX))
}
