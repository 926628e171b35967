//! What a result is computed from, read once: rounds with their audiences and, as columns, their answers.
//!
//! Everything here is independent of the order in which responses are stored: records are sorted by content,
//! scores by value. That is what makes a sealed result reproducible to the last bit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::agency::{AgencyCode, ClusterId, LineageEvent};
use crate::collect::packed::{Layout, NOT_ANSWERED, OPT_OUT};
use crate::report::model::Unit;
use crate::round::{AudienceName, Mode, RoundId, RoundThresholds};
use crate::survey::definition::{Definition, IndexId};

/// A closed round with its answers.
#[derive(Debug, Clone)]
pub struct Fielding {
    /// Its id.
    pub round: RoundId,
    /// Its title.
    pub title: String,
    /// The day it opened, and with it the day of its roster: `2025-05-01`.
    pub opened_on: String,
    /// The day it closed.
    pub closed_on: String,
    /// When it closed, in years since 1970, for slopes.
    pub closed_in_years: f64,
    /// What was asked.
    pub definition: Arc<Definition>,
    /// SHA-256 of the definition's canonical JSON.
    pub definition_digest: String,
    /// SHA-256 of the frozen promise.
    pub promise_digest: String,
    /// The frozen thresholds.
    pub thresholds: RoundThresholds,
    /// Where answers stand in a record.
    pub layout: Layout,
    /// Who was asked, and what they said.
    pub audiences: BTreeMap<AudienceName, Fielded>,
    /// SHA-256 over all that was read of this round.
    pub inputs_digest: String,
}

/// One audience of a round with its answers.
#[derive(Debug, Clone)]
pub struct Fielded {
    /// As people call it.
    pub title: String,
    /// Whether responses bear names.
    pub mode: Mode,
    /// Invited people by agency.
    pub headcounts: BTreeMap<AgencyCode, u32>,
    /// The cluster of each agency that is in one.
    pub clusters: BTreeMap<AgencyCode, ClusterId>,
    /// The records of each agency, sorted by content.
    pub answers: BTreeMap<AgencyCode, Answers>,
}

/// The records of one agency.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// As stored.
    pub records: Vec<Vec<u8>>,
    /// The same bytes as answer points: what was skipped or opted out of is `None`. Only the columns of
    /// ratings mean anything.
    pub rows: Vec<Vec<Option<u8>>>,
}

/// Everything a seal looks at.
#[derive(Debug, Clone)]
pub struct Material {
    /// The round to be sealed.
    pub present: Fielding,
    /// The sealed rounds before it, oldest first.
    pub past: Vec<Fielding>,
    /// All published versions of every survey concerned, in order of number.
    pub versions: Vec<Arc<Definition>>,
    /// What became of agencies.
    pub lineage: Vec<LineageEvent>,
    /// The names of agencies, as known now.
    pub names: BTreeMap<AgencyCode, String>,
}

/// The agencies that make up a unit of one audience.
pub type Members = BTreeSet<AgencyCode>;

impl Answers {
    /// From records in any order.
    #[must_use]
    pub fn sorted(mut records: Vec<Vec<u8>>) -> Self {
        records.sort_unstable();
        let rows = records
            .iter()
            .map(|record| record.iter().copied().map(point).collect())
            .collect();
        Self { records, rows }
    }
}

fn point(byte: u8) -> Option<u8> {
    (byte != NOT_ANSWERED && byte != OPT_OUT).then_some(byte)
}

impl Fielded {
    /// Every agency that stands alone and every cluster, with the agencies in it. An agency that belongs to
    /// a cluster is never a unit of its own.
    #[must_use]
    pub fn units(&self) -> BTreeMap<Unit, Members> {
        let mut units: BTreeMap<Unit, Members> = BTreeMap::new();
        for agency in self.headcounts.keys() {
            let unit = match self.clusters.get(agency) {
                Some(cluster) => Unit::Cluster(cluster.clone()),
                None => Unit::Agency(agency.clone()),
            };
            units.entry(unit).or_default().insert(agency.clone());
        }
        units
    }

    /// How many people these agencies have.
    #[must_use]
    pub fn people(&self, members: &Members) -> u32 {
        members
            .iter()
            .filter_map(|agency| self.headcounts.get(agency))
            .sum()
    }

    /// How many responses came from them.
    #[must_use]
    pub fn responses(&self, members: &Members) -> u32 {
        let counts = members.iter().filter_map(|agency| self.answers.get(agency));
        counts.map(|answers| as_count(answers.records.len())).sum()
    }
}

impl Material {
    /// Same surveys' versions, as comparability wants them.
    pub(super) fn chain(&self) -> Vec<&Definition> {
        self.versions.iter().map(AsRef::as_ref).collect()
    }

    /// The name of an agency; its code where nothing better is known.
    pub(super) fn name<'a>(&'a self, agency: &'a AgencyCode) -> &'a str {
        self.names.get(agency).map_or(agency.as_str(), String::as_str)
    }
}

impl Fielding {
    /// Whether this round has that index at all.
    pub(super) fn has_index(&self, index: &IndexId) -> bool {
        self.definition.index(index).is_some()
    }
}

/// A length as a count. No roster is longer than a `u32` can say.
pub(super) fn as_count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_in_which_responses_are_stored_does_not_matter(
            records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 3), 0..20),
            turns in 0..20usize,
        ) {
            let mut turned = records.clone();
            turned.rotate_left(turns.min(records.len()));
            turned.reverse();
            let (one, other) = (Answers::sorted(records), Answers::sorted(turned));
            prop_assert_eq!(one.records, other.records);
            prop_assert_eq!(one.rows, other.rows);
        }
    }
}
