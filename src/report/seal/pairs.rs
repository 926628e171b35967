//! Who answered in both rounds under their own name: their own change is tested, not that of two crowds.

use std::collections::BTreeMap;

use super::material::{Fielded, Person};
use super::weights::CONFIDENCE;
use crate::measure::change::paired::{PairedChange, paired_change};
use crate::measure::scoring::IndexForm;
use crate::measure::tally::Scorer;
use crate::report::model::Unit;

/// Scores before and after, by unit of the present round. Empty for anonymous audiences.
#[derive(Debug, Default)]
pub(super) struct Pairs(BTreeMap<Unit, Vec<(f64, f64)>>);

/// The pairs of an audience with the round before, on the form of each.
pub(super) fn pairs(now: (&Fielded, &IndexForm), before: (&Fielded, &IndexForm)) -> Pairs {
    if now.0.persons.is_empty() || before.0.persons.is_empty() {
        return Pairs::default();
    }
    let then = scores(before);
    let units = now.0.units();
    let mut pairs: BTreeMap<Unit, Vec<(f64, f64)>> = BTreeMap::new();
    for (person, score) in scores(now) {
        let unit = units.iter().find(|(_, members)| members.contains(&person.0));
        if let (Some((unit, _)), Some(past)) = (unit, then.get(person)) {
            pairs.entry(unit.clone()).or_default().push((*past, score));
        }
    }
    Pairs(pairs)
}

fn scores<'a>((fielded, form): (&'a Fielded, &IndexForm)) -> BTreeMap<&'a Person, f64> {
    let scorer = Scorer::new(form);
    let score = |record: &Vec<u8>| {
        scorer
            .read(record)
            .map(|scored| scorer.grain().score(scored.steps))
    };
    let persons = fielded.persons.iter();
    persons
        .filter_map(|(person, record)| Some((person, score(record)?)))
        .collect()
}

impl Pairs {
    /// The change of the pairs of some units together, each person counting once. `None` without a pair or where all
    /// changes are the same.
    pub(super) fn change(&self, units: &[&Unit]) -> Option<PairedChange> {
        let of_units = units.iter().filter_map(|unit| self.0.get(unit)).flatten();
        let (before, after): (Vec<_>, Vec<_>) = of_units
            .map(|(before, after)| (Some(*before), Some(*after)))
            .unzip();
        paired_change(&before, &after, CONFIDENCE).ok()
    }
}
