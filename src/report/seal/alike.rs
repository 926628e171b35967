//! Units, and segments of units, of which a round says nearly the same as an earlier one: see
//! [`leaves_few`], [`whole_leaves_few`] and [`cuts_leave_few`].
//!
//! Compared are whole responses on the questions that every round of the survey asks alike, as marks: 64 bits of a hash of the
//! bytes, sorted. The marks of earlier rounds are kept while answers are read, eight bytes a response and one for each segment, and every
//! round is compared with all before it, so that what was withheld then is withheld again when a later round looks back. Only
//! anonymous audiences: under names the people themselves are compared ([`pairs`](super::pairs)).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::ops::Range;

use super::material::{Alike, Answers, Fielded, Fielding, Material, Members};
use super::menu::{Menu, menus};
use super::rules::thresholds;
use crate::agency::AgencyCode;
use crate::protect::Thresholds;
use crate::protect::rounds::{Apart, cuts_leave_few, leaves_few, whole_leaves_few};
use crate::report::model::Unit;
use crate::round::{AudienceName, Mode};
use crate::survey::definition::{AnswerKind, Item, ItemId, OptionId, SegmentId, SurveyId};

/// The marks of an audience's responses.
#[derive(Debug)]
struct Marks {
    menus: Vec<Menu>,
    agencies: BTreeMap<AgencyCode, OfAgency>,
}

/// The responses of an agency in the order of their marks.
#[derive(Debug)]
struct OfAgency {
    marks: Vec<u64>,
    /// Menu by menu, what each answered: 0 for those who did not say, else the position of the option from 1.
    said: Vec<Vec<u8>>,
}

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
        let mut rounds_of: BTreeMap<&SurveyId, usize> = BTreeMap::new();
        for round in material.past.iter().chain([&material.present]) {
            let items = round.definition.items();
            let asked: BTreeSet<ItemId> = items
                .filter(|item| is_stored(round, item))
                .map(|item| item.id.clone())
                .collect();
            *rounds_of.entry(&round.definition.id).or_default() += 1;
            alike
                .entry(round.definition.id.clone())
                .and_modify(|known| {
                    known.retain(|item| asked.contains(item) && is_alike(material, round, item))
                })
                .or_insert(asked);
        }
        // A survey's only round is compared with nothing: its answers need no marks.
        alike.retain(|survey, _| rounds_of.get(survey).is_some_and(|rounds| *rounds > 1));
        Self {
            alike,
            rounds: BTreeMap::new(),
        }
    }

    /// Of what this round leaves few people beside an earlier one. From now on it is one of the earlier.
    pub(super) fn compare(
        &mut self,
        round: &Fielding,
        name: &AudienceName,
        fielded: &Fielded,
        answers: &Answers,
    ) -> Alike {
        let survey = &round.definition.id;
        let Some(items) = self.alike.get(survey).filter(|items| !items.is_empty()) else {
            return Alike::default();
        };
        if fielded.mode != Mode::Anonymous {
            return Alike::default();
        }
        let marks = Marks::of(round, answers, items);
        let earlier = self.rounds.entry((survey.clone(), name.clone())).or_default();
        let rule = thresholds(round);
        let mut alike = Alike::default();
        for (unit, members) in fielded.units() {
            for (before, then) in earlier.iter() {
                let both = Both {
                    before,
                    now: &marks,
                    members: &members,
                };
                both.compare(&unit, (then, &rule), &mut alike);
            }
        }
        earlier.push((marks, rule));
        alike
    }
}

/// A unit in an earlier round and in this one.
struct Both<'a> {
    before: &'a Marks,
    now: &'a Marks,
    members: &'a Members,
}

impl Both<'_> {
    fn compare(&self, unit: &Unit, (then, rule): (&Thresholds, &Thresholds), alike: &mut Alike) {
        let whole = Apart::of(&self.before.all(self.members), &self.now.all(self.members));
        if leaves_few(whole, then, rule) {
            alike.units.insert(unit.clone());
        }
        // Options have no more in common than the unit.
        if whole.same < then.least_respondents().min(rule.least_respondents()) {
            return;
        }
        for menu in &self.now.menus {
            let options = self.options(&menu.segment);
            if !cuts_leave_few(&options, then, rule) {
                continue;
            }
            alike.cuts.insert((unit.clone(), menu.segment.clone()));
            if whole_leaves_few(&options, then, rule) {
                alike.units.insert(unit.clone());
            }
        }
    }

    /// Each option of a segment in both rounds, and those who did not say. Nothing where the earlier round did not ask.
    fn options(&self, segment: &SegmentId) -> Vec<Apart> {
        let (Some(before), Some(now)) = (self.before.menu(segment), self.now.menu(segment)) else {
            return Vec::new();
        };
        let named = before.1.options.iter().chain(&now.1.options);
        let options: BTreeSet<Option<&OptionId>> = named.map(Some).chain([None]).collect();
        options
            .into_iter()
            .map(|option| {
                let then = self.before.who_said(self.members, before, option);
                Apart::of(&then, &self.now.who_said(self.members, now, option))
            })
            .collect()
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
        Some((slot, item.wording.clone(), options(item)))
    };
    let own = asked(round);
    let others = material.past.iter().chain([&material.present]);
    own.is_some()
        && others
            .filter(|other| other.definition.id == round.definition.id)
            .all(|other| asked(other) == own)
}

/// The options of a choice: records hold their positions.
fn options(item: &Item) -> Vec<OptionId> {
    match &item.answer {
        AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. } => {
            options.iter().map(|option| option.id.clone()).collect()
        }
        _ => Vec::new(),
    }
}

impl Marks {
    fn of(round: &Fielding, answers: &Answers, items: &BTreeSet<ItemId>) -> Self {
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
        let menus = menus(&round.definition, &round.layout);
        let said: Vec<&[u8]> = menus
            .iter()
            .map(|menu| answers.columns.column(menu.column))
            .collect();
        let mark = |row: usize| {
            let mut hash = DefaultHasher::new();
            for column in &columns {
                hash.write_u8(column.get(row).copied().unwrap_or_default());
            }
            hash.finish()
        };
        let of_agency = |(agency, rows): &(AgencyCode, Range<usize>)| {
            let mut marked: Vec<(u64, usize)> = rows.clone().map(|row| (mark(row), row)).collect();
            marked.sort_unstable();
            let column = |said: &&[u8]| {
                let answer = |(_, row): &(u64, usize)| said.get(*row).copied().unwrap_or_default();
                marked.iter().map(answer).collect()
            };
            let of_agency = OfAgency {
                said: said.iter().map(column).collect(),
                marks: marked.iter().map(|(mark, _)| *mark).collect(),
            };
            (agency.clone(), of_agency)
        };
        Self {
            agencies: answers.agencies.iter().map(of_agency).collect(),
            menus,
        }
    }

    fn menu(&self, segment: &SegmentId) -> Option<(usize, &Menu)> {
        let mut menus = self.menus.iter().enumerate();
        menus.find(|(_, menu)| &menu.segment == segment)
    }

    /// The marks of these agencies, sorted.
    fn all(&self, members: &Members) -> Vec<u64> {
        self.sorted(members, |of_agency| of_agency.marks.clone())
    }

    /// The marks of those of these agencies who chose an option, or who did not say, sorted.
    fn who_said(&self, members: &Members, menu: (usize, &Menu), option: Option<&OptionId>) -> Vec<u64> {
        let (place, menu) = menu;
        let options = &menu.options;
        let is_it = |answer: u8| {
            let chosen = usize::from(answer)
                .checked_sub(1)
                .and_then(|place| options.get(place));
            chosen == option
        };
        self.sorted(members, |of_agency| {
            let said = of_agency.said.get(place).map_or(&[][..], Vec::as_slice);
            let found = of_agency.marks.iter().zip(said);
            found
                .filter(|(_, answer)| is_it(**answer))
                .map(|(mark, _)| *mark)
                .collect()
        })
    }

    fn sorted(&self, members: &Members, of: impl Fn(&OfAgency) -> Vec<u64>) -> Vec<u64> {
        let own = members.iter().filter_map(|agency| self.agencies.get(agency));
        let mut all: Vec<u64> = own.flat_map(of).collect();
        all.sort_unstable();
        all
    }
}
