//! What a sealed result was made of: enough to make it again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cut::Cut;
use super::unit::Unit;
use crate::agency::{AgencyCode, LineageEvent};
use crate::measure::method::Method;
use crate::protect::plan::Summary;
use crate::round::{AudienceName, Mode, RoundId, RoundThresholds};
use crate::survey::compare::Comparability;
use crate::survey::definition::{Index, IndexId, SurveyId, VersionNumber};

/// The head of a seal. The seal's digest is the SHA-256 of its canonical JSON, and it holds the digest of
/// the figures: nothing can be changed in either without the digest telling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Which round.
    pub round: RoundId,
    /// As people call it.
    pub title: String,
    /// 1, and one more for each correction.
    pub revision: u32,
    /// Corrections only: what it replaces, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
    /// What was asked ...
    pub survey: SurveyId,
    /// ... in which version ...
    pub version: VersionNumber,
    /// ... with which content.
    pub definition_digest: String,
    /// What was promised to those who answered.
    pub promise_digest: String,
    /// The day the round closed, `2025-05-31`.
    pub closed_on: String,
    /// How it was computed, with every parameter.
    pub method: Method,
    /// The frozen thresholds.
    pub thresholds: RoundThresholds,
    /// The indices as defined.
    pub indices: Vec<Index>,
    /// Who was asked.
    pub audiences: Vec<DocumentAudience>,
    /// What became of agencies, as far as it was known when this was sealed.
    pub lineage: Vec<LineageEvent>,
    /// The names of all agencies at that time.
    pub names: BTreeMap<AgencyCode, String>,
    /// The earlier rounds that changes and trends look back on.
    pub past: Vec<PastRound>,
    /// SHA-256 over what was computed from: see `report::seal::load`.
    pub inputs_digest: String,
    /// SHA-256 over the figures in the order of their keys.
    pub figures_digest: String,
}

/// A result that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its revision.
    pub revision: u32,
    /// Its digest.
    pub digest: String,
    /// Why it was replaced.
    pub reason: String,
}

/// An audience in a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentAudience {
    /// As in URLs.
    pub name: AudienceName,
    /// As people call it.
    pub title: String,
    /// Whether responses bear names.
    pub mode: Mode,
    /// All units that have figures, each with its name.
    pub units: Vec<DocumentUnit>,
    /// The menu of cuts: every option of every segment by which there are figures.
    #[serde(default)]
    pub cuts: Vec<Cut>,
    /// For each index, what the change was computed against.
    pub families: Vec<Family>,
    /// What the disclosure plan withheld, and what its audit looked at. All zero in results that were sealed before there was
    /// a plan.
    #[serde(default)]
    pub disclosure: Summary,
    /// How many agencies were asked.
    pub agencies_asked: u32,
    /// How many agencies and clusters may not be shown at all. Those without any response are among them.
    pub units_withheld: u32,
}

/// A unit by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentUnit {
    /// Its key.
    pub unit: Unit,
    /// Its name at the time.
    pub title: String,
    /// The agencies in it: itself, or those of a cluster. Empty for the state.
    pub agencies: BTreeSet<AgencyCode>,
}

/// The pair of rounds between which an index was compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Family {
    /// Which index.
    pub index: IndexId,
    /// The round before, if any could be compared.
    pub before: Option<RoundId>,
    /// Whether it is comparable, and on which items.
    pub comparability: Option<Comparability>,
}

/// An earlier round that was looked back on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRound {
    /// Its id.
    pub round: RoundId,
    /// SHA-256 over what was read of it.
    pub inputs_digest: String,
}
