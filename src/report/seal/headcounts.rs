//! What the roster tells of a segment within a unit.

use std::collections::BTreeMap;

use super::material::{Fielded, Members};
use super::menu::Menu;
use crate::agency::AgencyCode;

/// How many people of a unit the roster has in each option of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Headcounts {
    /// In the order of the options. The roster says of everybody in the unit where they belong.
    Known(Vec<u32>),
    /// It does not say so of everybody.
    Unknown,
    /// More people said to be of an option than the roster has there.
    Contradicted,
}

/// The headcounts of a segment in a unit; `said` is how many responses chose each option.
pub(super) fn headcounts(fielded: &Fielded, menu: &Menu, members: &Members, said: &[u64]) -> Headcounts {
    let of_agency = |agency: &AgencyCode| fielded.segments.get(agency)?.get(&menu.segment);
    let told: Vec<&BTreeMap<String, u32>> = members.iter().filter_map(of_agency).collect();
    let all: u32 = told.iter().flat_map(|values| values.values()).sum();
    if all != fielded.people(members) {
        return Headcounts::Unknown;
    }
    let people = |option: &crate::survey::definition::OptionId| {
        told.iter().filter_map(|values| values.get(option.as_str())).sum()
    };
    let known: Vec<u32> = menu.options.iter().map(people).collect();
    if known
        .iter()
        .zip(said)
        .any(|(people, said)| *said > u64::from(*people))
    {
        return Headcounts::Contradicted;
    }
    Headcounts::Known(known)
}
