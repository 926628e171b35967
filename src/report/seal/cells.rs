//! Which cells there are: every unit, cut and subject of an audience, with what was counted in it.
//!
//! A cell holds counts and whole-number sums, no estimate, and nothing here decides what may be shown: that is asked
//! once, over all cells together, in `disclosure`.

use super::counting::{Counts, count_all};
use super::headcounts::{Headcounts, headcounts};
use super::material::{Fielded, Fielding, Members, as_count};
use super::menu::{Menu, menus};
use super::score::{Chosen, Numbered, Scored, choice_subjects, number_subjects, scored_subjects};
use crate::measure::numeric::count;
use crate::measure::parallel::Workers;
use crate::measure::tally::Tally;
use crate::report::model::{Cut, Subject, Unit};

/// What a cell counts.
#[derive(Debug, Clone)]
pub(super) enum Counted {
    /// Responses.
    Responses,
    /// Scores.
    Scores(Scored),
    /// Chosen options.
    Choices(Chosen),
    /// Numbers.
    Numbers(Numbered),
}

/// Where a cell is: positions in [`Cells::units`], [`Cells::cuts`] and [`Cells::subjects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct At {
    pub unit: usize,
    pub cut: usize,
    pub subject: usize,
}

/// The cut that is always there and first.
pub(super) const EVERYBODY: usize = 0;

/// The subject that is always there and first: responses.
pub(super) const RESPONSES: usize = 0;

/// What was counted of one subject in one cut of one unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Content {
    /// So many responses.
    #[default]
    Responses,
    /// Scores.
    Scores(ScoreCounts),
    /// Who answered, and how many chose each option.
    Choices(Vec<u64>),
    /// The numbers given, in ascending order.
    Numbers(Vec<f64>),
}

/// Scores of one cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScoreCounts {
    pub tally: Tally,
    /// Single items: how many stand at each point, lowest score first.
    pub points: Vec<u64>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Cell {
    /// Who answered this.
    pub respondents: u64,
    pub content: Content,
}

/// A unit of the audience.
#[derive(Debug, Clone)]
pub(super) struct UnitOf {
    pub unit: Unit,
    pub members: Members,
}

/// All cells of an audience.
pub(super) struct Cells {
    pub units: Vec<UnitOf>,
    /// Everybody, then each option of each segment.
    pub cuts: Vec<Cut>,
    /// The segments by which results are cut.
    pub menus: Vec<Menu>,
    pub subjects: Vec<Counted>,
    /// By unit and cut: invited people, where the roster tells.
    people: Vec<Vec<Option<u32>>>,
    /// By unit and cut: responses.
    responses: Vec<Vec<u64>>,
    /// By unit, whether headcounts by segment contradict what people said.
    contradicts: Vec<bool>,
    /// By subject, unit and cut.
    cells: Vec<Vec<Vec<Cell>>>,
    counts: Counts,
}

impl Cells {
    /// Counts everything in the answers of an audience.
    pub(super) fn of(round: &Fielding, fielded: &Fielded, workers: Workers) -> Self {
        let (definition, layout) = (&round.definition, &round.layout);
        let units: Vec<UnitOf> = fielded
            .units()
            .into_iter()
            .map(|(unit, members)| UnitOf { unit, members })
            .collect();
        let menus = menus(definition, layout);
        let options = menus.iter().flat_map(Menu::cuts);
        let cuts: Vec<Cut> = std::iter::once(Cut::Everybody).chain(options).collect();
        let scored = scored_subjects(definition, layout)
            .into_iter()
            .map(Counted::Scores);
        let chosen = choice_subjects(definition, layout)
            .into_iter()
            .map(Counted::Choices);
        let numbers = number_subjects(definition, layout)
            .into_iter()
            .map(Counted::Numbers);
        let subjects: Vec<Counted> = std::iter::once(Counted::Responses)
            .chain(scored)
            .chain(chosen)
            .chain(numbers)
            .collect();
        let counts = count_all(&fielded.answers, &subjects, &menus, workers);
        let by_unit = |row: &dyn Fn(&UnitOf) -> Vec<u64>| units.iter().map(row).collect();
        let responses: Vec<Vec<u64>> = by_unit(&|unit| counts.responses(&unit.members));
        let mut people = Vec::with_capacity(units.len());
        let mut contradicts = Vec::with_capacity(units.len());
        for (unit, responses) in units.iter().zip(&responses) {
            let (known, bad) = people_of(fielded, &menus, unit, responses);
            people.push(known);
            contradicts.push(bad);
        }
        let cells = cells(&units, &subjects, &counts, cuts.len());
        Self {
            units,
            cuts,
            menus,
            subjects,
            people,
            responses,
            contradicts,
            cells,
            counts,
        }
    }

    /// The scores of a subject in a unit by option of the first segment, those who did not say last.
    pub(super) fn groups(&self, unit: usize, subject: usize) -> Vec<Tally> {
        let unit = self.units.get(unit);
        unit.map_or_else(Vec::new, |unit| self.counts.groups(subject, &unit.members))
    }

    /// The cell there.
    pub(super) fn cell(&self, at: At) -> Option<&Cell> {
        self.cells.get(at.subject)?.get(at.unit)?.get(at.cut)
    }

    /// The scores there, for subjects that have scores.
    pub(super) fn scores(&self, at: At) -> Option<&ScoreCounts> {
        match &self.cell(at)?.content {
            Content::Scores(scores) => Some(scores),
            _ => None,
        }
    }

    /// Invited people of a cut of a unit, where the roster tells.
    pub(super) fn people(&self, unit: usize, cut: usize) -> Option<u32> {
        *self.people.get(unit)?.get(cut)?
    }

    /// Responses of a cut of a unit.
    pub(super) fn responses(&self, unit: usize, cut: usize) -> u64 {
        let row = self.responses.get(unit);
        row.and_then(|row| row.get(cut)).copied().unwrap_or(0)
    }

    /// Whether the roster's headcounts by segment are fewer than the people who said to be of that segment.
    pub(super) fn contradicts(&self, unit: usize) -> bool {
        self.contradicts.get(unit).copied().unwrap_or(false)
    }

    /// The key of the figure of a cell.
    pub(super) fn subject(&self, subject: usize) -> Option<Subject> {
        self.subjects.get(subject).map(Counted::subject)
    }

    /// Positions of all units.
    pub(super) fn unit_positions(&self) -> std::ops::Range<usize> {
        0..self.units.len()
    }

    /// Where an index stands among the subjects.
    pub(super) fn index_position(&self, index: &crate::survey::definition::IndexId) -> Option<usize> {
        let wanted = Subject::Index(index.clone());
        self.subjects
            .iter()
            .position(|counted| counted.subject() == wanted)
    }
}

impl Counted {
    /// What it is of.
    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::Responses => Subject::Responses,
            Self::Scores(scored) => scored.subject.clone(),
            Self::Choices(chosen) => chosen.subject.clone(),
            Self::Numbers(numbered) => numbered.subject.clone(),
        }
    }
}

fn cells(units: &[UnitOf], subjects: &[Counted], counts: &Counts, cuts: usize) -> Vec<Vec<Vec<Cell>>> {
    let of_unit = |subject: usize, unit: &UnitOf| {
        (0..cuts)
            .map(|cut| counts.cell(subject, cut, &unit.members))
            .collect::<Vec<Cell>>()
    };
    (0..subjects.len())
        .map(|subject| units.iter().map(|unit| of_unit(subject, unit)).collect())
        .collect()
}

/// Invited people by cut, and whether the roster's segments contradict what people said of themselves.
fn people_of(
    fielded: &Fielded,
    menus: &[Menu],
    unit: &UnitOf,
    responses: &[u64],
) -> (Vec<Option<u32>>, bool) {
    let mut people = vec![Some(fielded.people(&unit.members))];
    let mut contradicts = false;
    for menu in menus {
        let said: Vec<u64> = responses.get(menu.positions()).unwrap_or(&[]).to_vec();
        match headcounts(fielded, menu, &unit.members, &said) {
            Headcounts::Known(known) => people.extend(known.into_iter().map(Some)),
            other => {
                contradicts |= other == Headcounts::Contradicted;
                people.extend(std::iter::repeat_n(None, menu.options.len()));
            }
        }
    }
    (people, contradicts)
}

/// A number of respondents as a count of a slice.
pub(super) fn as_respondents(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(as_count(usize::MAX))
}

/// A length as respondents.
pub(super) fn respondents(length: usize) -> u64 {
    count(length)
}
