//! Units of which a round says nearly the same as an earlier one: see [`leaves_few`].
//!
//! Compared are whole responses on the questions that every round of the survey asks alike, as marks: 64 bits of a hash of the
//! bytes, sorted. The marks of earlier rounds are kept while answers are read, eight bytes a response, and every round is
//! compared with all before it, so that what was withheld then is withheld again when a later round looks back. Only anonymous
//! audiences: under names the people themselves are compared ([`pairs`](super::pairs)).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::ops::Range;

use super::material::{Answers, Fielded, Fielding, Material};
use super::rules::thresholds;
use crate::agency::AgencyCode;
use crate::protect::Thresholds;
use crate::protect::rounds::leaves_few;
use crate::report::model::Unit;
use crate::round::{AudienceName, Mode};
use crate::survey::definition::{Item, ItemId, SurveyId};

/// The marks of an audience's responses by agency, sorted.
type Marks = BTreeMap<AgencyCode, Vec<u64>>;

/// What was read of earlier rounds.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The questions that all rounds of a survey ask alike.
    alike: BTreeMap<SurveyId, BTreeSet<ItemId>>,
    /// With what was promised to those who answered.
    rounds: BTreeMap<(SurveyId, AudienceName), Vec<(Marks, Thresholds)>>,
}

impl Earlier {
    /// Nothing read yet.
    pub(super) fn of(material: &Material) -> Self {
        let mut alike: BTreeMap<SurveyId, BTreeSet<ItemId>> = BTreeMap::new();
        for round in material.past.iter().chain([&material.present]) {
            let items = round.definition.items();
            let asked: BTreeSet<ItemId> = items
                .filter(|item| is_stored(round, item))
                .map(|item| item.id.clone())
                .collect();
            alike
                .entry(round.definition.id.clone())
                .and_modify(|known| {
                    known.retain(|item| asked.contains(item) && is_alike(material, round, item))
                })
                .or_insert(asked);
        }
        Self {
            alike,
            rounds: BTreeMap::new(),
        }
    }

    /// The units of which this round leaves few people beside an earlier one. From now on it is one of the earlier.
    pub(super) fn compare(
        &mut self,
        round: &Fielding,
        name: &AudienceName,
        fielded: &Fielded,
        answers: &Answers,
    ) -> BTreeSet<Unit> {
        let survey = &round.definition.id;
        let Some(items) = self.alike.get(survey).filter(|items| !items.is_empty()) else {
            return BTreeSet::new();
        };
        if fielded.mode != Mode::Anonymous {
            return BTreeSet::new();
        }
        let marks = marks(round, answers, items);
        let earlier = self.rounds.entry((survey.clone(), name.clone())).or_default();
        let rule = thresholds(round);
        let found = fielded.units().into_iter().filter(|(_, members)| {
            let now = together(&marks, members);
            earlier
                .iter()
                .any(|(before, then)| leaves_few(&together(before, members), then, &now, &rule))
        });
        let found = found.map(|(unit, _)| unit).collect();
        earlier.push((marks, rule));
        found
    }
}

fn is_stored(round: &Fielding, item: &Item) -> bool {
    round.layout.column(&item.id).is_some()
}

/// Whether a round asks an item as the other rounds of its survey do.
fn is_alike(material: &Material, round: &Fielding, item: &ItemId) -> bool {
    let asked = |round: &Fielding| {
        let item = round.definition.item(item)?;
        let slot = round.layout.column(&item.id)?.slot;
        Some((slot, item.wording.clone()))
    };
    let own = asked(round);
    let others = material.past.iter().chain([&material.present]);
    own.is_some()
        && others
            .filter(|other| other.definition.id == round.definition.id)
            .all(|other| asked(other) == own)
}

fn marks(round: &Fielding, answers: &Answers, items: &BTreeSet<ItemId>) -> Marks {
    let places: Vec<Range<usize>> = items
        .iter()
        .filter_map(|item| round.layout.column(item))
        .map(|column| column.offset..column.offset + column.slot.width())
        .collect();
    let columns: Vec<&[u8]> = places
        .into_iter()
        .flatten()
        .map(|place| answers.columns.column(place))
        .collect();
    let mark = |row: usize| {
        let mut hash = DefaultHasher::new();
        for column in &columns {
            hash.write_u8(column.get(row).copied().unwrap_or_default());
        }
        hash.finish()
    };
    let of_agency = |(agency, rows): &(AgencyCode, Range<usize>)| {
        let mut marks: Vec<u64> = rows.clone().map(mark).collect();
        marks.sort_unstable();
        (agency.clone(), marks)
    };
    answers.agencies.iter().map(of_agency).collect()
}

fn together(marks: &Marks, members: &BTreeSet<AgencyCode>) -> Vec<u64> {
    let mut all: Vec<u64> = members
        .iter()
        .filter_map(|agency| marks.get(agency))
        .flatten()
        .copied()
        .collect();
    all.sort_unstable();
    all
}
