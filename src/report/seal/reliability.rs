//! How well the items of an index go together, unit by unit and in the state, and how far people agree.

use std::collections::BTreeMap;

use super::cells::Cells;
use super::groups::Groups;
use super::material::{Answers, Members, as_people};
use super::weights::CONFIDENCE;
use crate::agency::AgencyCode;
use crate::measure::parallel::Workers;
use crate::measure::reliability::agreement::within_group_agreement;
use crate::measure::reliability::omega::{LEAST_PERSONS, maximum_likelihood};
use crate::measure::reliability::{ItemSums, item_sums};
use crate::measure::scoring::{IndexForm, ItemKey};
use crate::protect::{Bar, Thresholds, may_show_part};
use crate::report::model::Reliability;

use super::choices::yes_or_no;

/// Below so many items the same answer to all of them is nothing to remark on.
const LEAST_ITEMS: usize = 4;

/// What the complete answers to an index add up to, agency by agency.
#[derive(Debug, Default)]
pub(super) struct Together {
    agencies: BTreeMap<AgencyCode, OfAgency>,
    items: usize,
    /// The points of the items' scale, where they share one.
    points: Option<u8>,
}

#[derive(Debug)]
struct OfAgency {
    sums: ItemSums,
    /// Who gave the same answer to every item.
    straight: u64,
}

impl Together {
    /// Of an index. Nothing where it has a single item.
    pub(super) fn of(answers: &Answers, form: &IndexForm, workers: Workers) -> Self {
        let items: Vec<ItemKey> = form.items().copied().collect();
        let groups = Groups::of(answers, None);
        let Ok(sums) = item_sums(&items, &answers.columns, groups.grouping(), workers) else {
            return Self::default();
        };
        let first = items.first().map(|item| item.points);
        let agencies = answers.agencies.iter().zip(sums);
        Self {
            agencies: agencies
                .map(|((agency, rows), sums)| {
                    let straight = straight_lined(answers, &items, rows.clone());
                    (agency.clone(), OfAgency { sums, straight })
                })
                .collect(),
            points: first.filter(|points| items.iter().all(|item| item.points == *points)),
            items: items.len(),
        }
    }

    fn sums(&self, members: &Members) -> Option<ItemSums> {
        let of_agencies = members.iter().filter_map(|agency| self.agencies.get(agency));
        let mut all: Option<ItemSums> = None;
        for agency in of_agencies {
            match &mut all {
                // Sums of one list of items always fit each other.
                Some(all) => all.merge(&agency.sums).ok()?,
                None => all = Some(agency.sums.clone()),
            }
        }
        all
    }

    /// The reliability among those of some agencies who answered every item, where neither they nor the others of
    /// `respondents` are few.
    pub(super) fn reliability(
        &self,
        members: &Members,
        respondents: u64,
        rule: &Thresholds,
    ) -> Option<Reliability> {
        let sums = self.sums(members)?;
        if !may_show_part(sums.complete(), respondents, rule) {
            return None;
        }
        let found = sums.reliability(CONFIDENCE).ok()?;
        let omega = || {
            maximum_likelihood(&sums.covariance().ok()?)
                .ok()
                .map(|model| model.omega)
        };
        Some(Reliability {
            complete: as_people(sums.complete()),
            alpha: found.alpha,
            alpha_interval: found.interval,
            omega: if sums.complete() >= LEAST_PERSONS {
                omega()
            } else {
                None
            },
        })
    }

    /// r_wg(J) of some agencies: how far their people agree. None where items have scales of different length.
    pub(super) fn agreement(&self, members: &Members) -> Option<f64> {
        let variances = self.sums(members)?.raw_variances().ok()?;
        within_group_agreement(&variances, self.points?).ok()
    }

    /// The share of those with complete answers who gave the same one to every item, coded as its size asks for.
    pub(super) fn straight_lined(
        &self,
        members: &Members,
        respondents: u64,
        rule: &Thresholds,
    ) -> Option<Bar> {
        if self.items < LEAST_ITEMS {
            return None;
        }
        let of_agencies = || members.iter().filter_map(|agency| self.agencies.get(agency));
        let complete: u64 = of_agencies().map(|agency| agency.sums.complete()).sum();
        if !may_show_part(complete, respondents, rule) {
            return None;
        }
        let straight = of_agencies().map(|agency| agency.straight).sum();
        yes_or_no(straight, complete)
    }
}

/// How many of some rows have one answer throughout.
fn straight_lined(answers: &Answers, items: &[ItemKey], rows: std::ops::Range<usize>) -> u64 {
    let columns: Vec<(&[u8], u8)> = items
        .iter()
        .map(|item| {
            (
                answers
                    .columns
                    .column(item.column)
                    .get(rows.clone())
                    .unwrap_or(&[]),
                item.points,
            )
        })
        .collect();
    let Some(((first, _), others)) = columns.split_first() else {
        return 0;
    };
    let least = items.iter().map(|item| item.points).min().unwrap_or(0);
    let is_straight = |(row, answer): (usize, &u8)| {
        (1..=least).contains(answer) && others.iter().all(|(column, _)| column.get(row) == Some(answer))
    };
    let straight = first.iter().enumerate().filter(|row| is_straight(*row)).count();
    super::cells::respondents(straight)
}

/// All agencies of some units.
pub(super) fn members_of(cells: &Cells, units: &[usize]) -> Members {
    let members = units.iter().filter_map(|unit| cells.units.get(*unit));
    members.flat_map(|unit| unit.members.clone()).collect()
}
