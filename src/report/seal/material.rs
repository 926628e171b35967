//! What a result is computed from: rounds with their audiences and, as columns of bytes, their answers.
//!
//! Everything here is independent of the order in which responses are stored: records are sorted by content within
//! their agency, agencies by code. That is what makes a sealed result reproducible to the last bit, together with
//! tallies that are whole numbers and may be added up in any order.
//!
//! Of the present round all answers are held. Of a round before only what its comparisons need: the tallies of the
//! forms that it shares with the present, and for attributed audiences the records by person.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::menu::Menu;
use crate::agency::{AgencyCode, ClusterId, LineageEvent};
use crate::collect::packed::Layout;
use crate::measure::scoring::IndexForm;
use crate::measure::tally::{Columns, Tally};
use crate::report::model::Unit;
use crate::round::{AudienceName, Mode, RoundId, RoundThresholds};
use crate::survey::definition::{Definition, IndexId, SegmentId};

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

/// One audience of a round.
#[derive(Debug, Clone)]
pub struct Fielded {
    /// As people call it.
    pub title: String,
    /// Whether responses bear names.
    pub mode: Mode,
    /// Invited people by agency.
    pub headcounts: BTreeMap<AgencyCode, u32>,
    /// Invited people by agency, segment and value, as far as the roster tells.
    pub segments: BTreeMap<AgencyCode, BTreeMap<SegmentId, BTreeMap<String, u32>>>,
    /// The cluster of each agency that is in one.
    pub clusters: BTreeMap<AgencyCode, ClusterId>,
    /// What they said: all of it in the present round, nothing in those before.
    pub answers: Answers,
    /// The segment by which means are post-stratified where the roster has its headcounts: the first of the form.
    pub weighting: Option<Menu>,
    /// Responses of each agency by option of that segment, those who did not say last; one number without a segment.
    pub said: BTreeMap<AgencyCode, Vec<u64>>,
    /// What each form that rounds share gives, agency by agency.
    pub tallied: Vec<Tallied>,
    /// Attributed audiences only: the record of each person.
    pub persons: BTreeMap<Person, Vec<u8>>,
    /// Of what an earlier round says nearly the same.
    pub alike: Alike,
}

/// Of what an earlier round says nearly the same: subtraction would leave few people, so it is not shown.
#[derive(Debug, Clone, Default)]
pub struct Alike {
    /// Units of which nothing is shown.
    pub units: BTreeSet<Unit>,
    /// Units of which nothing is shown by that segment.
    pub cuts: BTreeSet<(Unit, SegmentId)>,
}

/// Who answered under their own name: the agency, and the person's id in its roster.
pub type Person = (AgencyCode, String);

/// A form and what it gives.
#[derive(Debug, Clone)]
pub struct Tallied {
    /// How persons are scored.
    pub form: IndexForm,
    /// Their scores by agency and within it by group as in [`Fielded::said`]; an agency without a response is not there.
    pub tallies: BTreeMap<AgencyCode, Vec<Tally>>,
}

/// The answers of an audience: agency after agency, within an agency in the order of their content.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// A column for each byte of the record.
    pub columns: Columns,
    /// The rows of each agency that has a response, by code.
    pub agencies: Vec<(AgencyCode, Range<usize>)>,
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
    /// How many responses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.agencies.last().map_or(0, |(_, rows)| rows.end)
    }
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

    /// The scores of these agencies on a form that rounds share, by group as in [`Fielded::said`]; empty where nobody
    /// of them answered.
    #[must_use]
    pub fn groups(&self, form: &IndexForm, members: &Members) -> Vec<Tally> {
        let Some(of_form) = self.tallied.iter().find(|tallied| &tallied.form == form) else {
            return Vec::new();
        };
        let of_agencies = members.iter().filter_map(|agency| of_form.tallies.get(agency));
        of_agencies.fold(Vec::new(), |mut sum: Vec<Tally>, groups| {
            if sum.is_empty() {
                return groups.clone();
            }
            for (sum, tally) in sum.iter_mut().zip(groups) {
                // Tallies of one form are counted in the same steps, so they can always be added up.
                if let Ok(Some(both)) = Tally::together([&*sum, tally]) {
                    *sum = both;
                }
            }
            sum
        })
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

/// A count of respondents or people as it is published.
pub(super) fn as_people(people: u64) -> u32 {
    u32::try_from(people).unwrap_or(u32::MAX)
}
