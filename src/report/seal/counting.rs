//! One pass over the columns for each segment, and all counts of an audience are there, agency by agency.
//!
//! Rows are grouped by agency and answer to the segment item. Those who did not say are a group of their own, so that the
//! groups of one segment add up to everybody. Without any segment there is one pass with agencies as groups.

use super::cells::{Cell, Content, Counted, ScoreCounts, respondents};
use super::groups::Groups;
use super::material::{Answers, Members};
use super::menu::Menu;
use super::score::{Chosen, Numbered};
use crate::collect::packed::{NO_NUMBER, Slot};
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::scoring::ItemKey;
use crate::measure::tally::{Scorer, Tally, tally_groups};

/// All counts of an audience.
pub(super) struct Counts {
    agencies: Vec<crate::agency::AgencyCode>,
    passes: Vec<Pass>,
    subjects: Vec<Raw>,
}

/// One grouping of all rows.
struct Pass {
    /// Groups of each agency: the options, then those who did not say.
    groups_each: usize,
    /// The position of the first option among all cuts.
    first_cut: usize,
    /// Responses by group.
    responses: Vec<u64>,
}

/// What was counted of one subject, pass by pass and group by group.
enum Raw {
    Responses,
    Scores {
        tallies: Vec<Vec<Tally>>,
        points: Option<Points>,
        empty: Tally,
    },
    Choices {
        counts: Vec<Vec<Vec<u64>>>,
    },
    Numbers {
        values: Vec<Vec<Vec<f64>>>,
    },
}

/// How many of each group gave each answer point to a single item.
struct Points {
    item: ItemKey,
    /// By pass and group: by point, from 1.
    counts: Vec<Vec<Vec<u64>>>,
}

/// Counts every subject in every group.
pub(super) fn count_all(answers: &Answers, subjects: &[Counted], menus: &[Menu], workers: Workers) -> Counts {
    let plain = [None];
    let by_menu: Vec<Option<&Menu>> = menus.iter().map(Some).collect();
    let wanted: &[Option<&Menu>] = if menus.is_empty() { &plain } else { &by_menu };
    let grouped: Vec<Groups> = wanted.iter().map(|menu| Groups::of(answers, *menu)).collect();
    let passes = wanted.iter().zip(&grouped).map(|(menu, groups)| Pass {
        groups_each: groups.each,
        first_cut: menu.map_or(1, |menu| menu.first_cut),
        responses: groups.sizes(),
    });
    let scorers: Vec<Scorer> = subjects
        .iter()
        .filter_map(|counted| match counted {
            Counted::Scores(scored) => Some(Scorer::new(&scored.form)),
            _ => None,
        })
        .collect();
    let tallied: Vec<Vec<Vec<Tally>>> = grouped
        .iter()
        .map(|groups| {
            // As many group numbers as rows: they were made from the rows.
            tally_groups(&scorers, &answers.columns, groups.grouping(), workers).unwrap_or_default()
        })
        .collect();
    let mut raw: Vec<Raw> = in_parts(subjects.len(), 1, workers, |part| {
        let some = subjects.get(part).unwrap_or(&[]).iter();
        some.map(|counted| raw(answers, counted, &grouped))
            .collect::<Vec<Raw>>()
    })
    .into_iter()
    .flatten()
    .collect();
    put_tallies(&mut raw, tallied);
    Counts {
        agencies: answers
            .agencies
            .iter()
            .map(|(agency, _)| agency.clone())
            .collect(),
        passes: passes.collect(),
        subjects: raw,
    }
}

/// Tallies come scorer by scorer for all subjects at once; each goes to its subject.
fn put_tallies(raw: &mut [Raw], tallied: Vec<Vec<Vec<Tally>>>) {
    for of_pass in tallied {
        let scored = raw.iter_mut().filter_map(|raw| match raw {
            Raw::Scores { tallies, .. } => Some(tallies),
            _ => None,
        });
        for (tallies, of_pass) in scored.zip(of_pass) {
            tallies.push(of_pass);
        }
    }
}

fn raw(answers: &Answers, counted: &Counted, grouped: &[Groups]) -> Raw {
    match counted {
        Counted::Responses => Raw::Responses,
        Counted::Scores(scored) => Raw::Scores {
            tallies: Vec::new(),
            empty: Tally::new(Scorer::new(&scored.form).grain()),
            points: scored.single().map(|item| Points {
                item: *item,
                counts: grouped
                    .iter()
                    .map(|groups| histogram(answers.columns.column(item.column), item.points, groups))
                    .collect(),
            }),
        },
        Counted::Choices(chosen) => Raw::Choices {
            counts: grouped
                .iter()
                .map(|groups| choices(answers, chosen, groups))
                .collect(),
        },
        Counted::Numbers(numbered) => Raw::Numbers {
            values: grouped
                .iter()
                .map(|groups| numbers(answers, numbered, groups))
                .collect(),
        },
    }
}

/// How many of each group gave each of the answers 1 to `most`.
fn histogram(column: &[u8], most: u8, groups: &Groups) -> Vec<Vec<u64>> {
    let stride = usize::from(most) + 1;
    let mut counts = vec![0_u32; groups.groups * stride];
    for (answer, group) in column.iter().zip(&groups.of_row) {
        // What is no answer point is counted at 0, which nobody asks for.
        let point = if *answer <= most { usize::from(*answer) } else { 0 };
        let at = usize::try_from(*group)
            .unwrap_or(usize::MAX)
            .saturating_mul(stride)
            + point;
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    counts
        .chunks(stride)
        .map(|of_group| of_group.iter().skip(1).map(|count| u64::from(*count)).collect())
        .collect()
}

/// How many of each group chose each option, and at the end how many answered at all.
fn choices(answers: &Answers, chosen: &Chosen, groups: &Groups) -> Vec<Vec<u64>> {
    let options = chosen.options.len();
    if let Slot::Single { options: most } = chosen.slot {
        let mut counts = histogram(answers.columns.column(chosen.offset), most, groups);
        for of_group in &mut counts {
            of_group.push(of_group.iter().sum());
        }
        return counts;
    }
    let mut counts = vec![vec![0; options + 1]; groups.groups];
    let columns: Vec<&[u8]> = (0..chosen.slot.width())
        .map(|byte| answers.columns.column(chosen.offset + byte))
        .collect();
    for (row, group) in groups.of_row.iter().enumerate() {
        let Some(counts) = usize::try_from(*group)
            .ok()
            .and_then(|group| counts.get_mut(group))
        else {
            continue;
        };
        let mut answered = false;
        for (option, count) in counts.iter_mut().take(options).enumerate() {
            let byte = columns
                .get(option / 8)
                .and_then(|column| column.get(row))
                .copied()
                .unwrap_or(0);
            let is_chosen = byte & (1 << (option % 8)) != 0;
            *count += u64::from(is_chosen);
            answered |= is_chosen;
        }
        if let Some(all) = counts.last_mut() {
            *all += u64::from(answered);
        }
    }
    counts
}

/// The numbers that each group gave.
fn numbers(answers: &Answers, numbered: &Numbered, groups: &Groups) -> Vec<Vec<f64>> {
    let mut values = vec![Vec::new(); groups.groups];
    let columns: Vec<&[u8]> = (0..NO_NUMBER.len())
        .map(|byte| answers.columns.column(numbered.offset + byte))
        .collect();
    for (row, group) in groups.of_row.iter().enumerate() {
        let bytes: Vec<u8> = columns
            .iter()
            .filter_map(|column| column.get(row))
            .copied()
            .collect();
        let Ok(bytes) = <[u8; 8]>::try_from(bytes) else {
            continue;
        };
        let number = f64::from_be_bytes(bytes);
        let of_group = usize::try_from(*group)
            .ok()
            .and_then(|group| values.get_mut(group));
        if let Some(values) = of_group.filter(|_| bytes != NO_NUMBER && number.is_finite()) {
            values.push(number);
        }
    }
    values
}

impl Counts {
    /// Responses of some agencies by cut.
    pub(super) fn responses(&self, members: &Members) -> Vec<u64> {
        let cuts = self
            .passes
            .last()
            .map_or(1, |pass| pass.first_cut + pass.groups_each - 1);
        (0..cuts)
            .map(|cut| {
                self.groups_of(cut, members)
                    .map(|(pass, group)| self.size(pass, group))
                    .sum()
            })
            .collect()
    }

    /// The scores of a subject in each group of the first segment, those who did not say last; empty without segments
    /// and for subjects without scores.
    pub(super) fn groups(&self, subject: usize, members: &Members) -> Vec<Tally> {
        let (Some(Raw::Scores { tallies, empty, .. }), Some(pass)) =
            (self.subjects.get(subject), self.passes.first())
        else {
            return Vec::new();
        };
        if pass.groups_each < 2 {
            return Vec::new();
        }
        let of_pass = tallies.first();
        let rows: Vec<usize> = members
            .iter()
            .filter_map(|member| self.agencies.binary_search(member).ok())
            .collect();
        (0..pass.groups_each)
            .map(|group| {
                let at = rows.iter().map(|agency| agency * pass.groups_each + group);
                let of_group = at.filter_map(|at| of_pass?.get(at));
                Tally::together(of_group).ok().flatten().unwrap_or(*empty)
            })
            .collect()
    }

    fn size(&self, pass: usize, group: usize) -> u64 {
        let pass = self.passes.get(pass);
        pass.and_then(|pass| pass.responses.get(group))
            .copied()
            .unwrap_or(0)
    }

    /// One subject in one cut of some agencies.
    pub(super) fn cell(&self, subject: usize, cut: usize, members: &Members) -> Cell {
        let groups: Vec<(usize, usize)> = self.groups_of(cut, members).collect();
        match self.subjects.get(subject) {
            None => Cell::default(),
            Some(Raw::Responses) => Cell {
                respondents: groups.iter().map(|(pass, group)| self.size(*pass, *group)).sum(),
                content: Content::Responses,
            },
            Some(Raw::Scores {
                tallies,
                points,
                empty,
            }) => {
                let of_groups = groups
                    .iter()
                    .filter_map(|(pass, group)| tallies.get(*pass)?.get(*group));
                // One form, one grain: they can be added up.
                let tally = Tally::together(of_groups).ok().flatten().unwrap_or(*empty);
                Cell {
                    respondents: tally.n(),
                    content: Content::Scores(ScoreCounts {
                        tally,
                        points: points
                            .as_ref()
                            .map(|points| points.sum(&groups))
                            .unwrap_or_default(),
                    }),
                }
            }
            Some(Raw::Choices { counts }) => chosen_cell(counts, &groups),
            Some(Raw::Numbers { values }) => {
                let of_groups = groups
                    .iter()
                    .filter_map(|(pass, group)| values.get(*pass)?.get(*group));
                let mut all: Vec<f64> = of_groups.flatten().copied().collect();
                all.sort_by(f64::total_cmp);
                Cell {
                    respondents: respondents(all.len()),
                    content: Content::Numbers(all),
                }
            }
        }
    }

    /// Pass and number of every group that a cut of some agencies is made of.
    fn groups_of(&self, cut: usize, members: &Members) -> impl Iterator<Item = (usize, usize)> {
        let own = |(_, pass): &(usize, &Pass)| {
            cut == 0 || (pass.first_cut..pass.first_cut + pass.groups_each - 1).contains(&cut)
        };
        let found = self.passes.iter().enumerate().find(own);
        let groups = found.map(|(at, pass)| {
            let within = if cut == 0 {
                0..pass.groups_each
            } else {
                cut - pass.first_cut..cut - pass.first_cut + 1
            };
            (at, pass.groups_each, within)
        });
        let agencies: Vec<usize> = members
            .iter()
            .filter_map(|member| self.agencies.binary_search(member).ok())
            .collect();
        groups.into_iter().flat_map(move |(pass, each, within)| {
            agencies
                .clone()
                .into_iter()
                .flat_map(move |agency| within.clone().map(move |group| (pass, agency * each + group)))
        })
    }
}

fn chosen_cell(counts: &[Vec<Vec<u64>>], groups: &[(usize, usize)]) -> Cell {
    let of_groups = groups
        .iter()
        .filter_map(|(pass, group)| counts.get(*pass)?.get(*group));
    let mut all = added_up(of_groups);
    let respondents = all.pop().unwrap_or(0);
    Cell {
        respondents,
        content: Content::Choices(all),
    }
}

fn added_up<'a>(lists: impl Iterator<Item = &'a Vec<u64>>) -> Vec<u64> {
    lists.fold(Vec::new(), |mut sum, list| {
        sum.resize(sum.len().max(list.len()), 0);
        for (sum, count) in sum.iter_mut().zip(list) {
            *sum += count;
        }
        sum
    })
}

impl Points {
    /// The counts of some groups, lowest score first: a reverse-keyed item's highest answer is its lowest score.
    fn sum(&self, groups: &[(usize, usize)]) -> Vec<u64> {
        let of_groups = groups
            .iter()
            .filter_map(|(pass, group)| self.counts.get(*pass)?.get(*group));
        let mut all = added_up(of_groups);
        all.resize(usize::from(self.item.points), 0);
        if self.item.reverse {
            all.reverse();
        }
        all
    }
}
