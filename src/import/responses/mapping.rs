//! The mapping of responses: which column is which item, which label which answer, which value which agency.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::agency::AgencyCode;
use crate::round::RoundThresholds;
use crate::survey::definition::{ItemId, SurveyId, VersionNumber};

/// What a mapping file of responses says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The past round.
    pub round: PastRound,
    /// Whose responses they are.
    pub agency: AgencyColumn,
    /// Which columns hold answers.
    pub items: Vec<ItemColumn>,
    /// Headings of columns that are left out on purpose.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// What stands in a cell where nothing was answered, beside nothing at all. For every item.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// A round that is over. It is made when it is not there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastRound {
    /// As people call it.
    pub title: String,
    /// What was asked ...
    pub survey: SurveyId,
    /// ... in which version; it must be published.
    pub version: VersionNumber,
    /// The day it opened, e.g. `2024-03-01`.
    pub opened_on: String,
    /// The day it closed. Trends place the round there.
    pub closed_on: String,
    /// The name of its one audience, as people call it.
    pub audience_title: String,
    /// k and the least change; 10 and 5 unless given.
    #[serde(default)]
    pub thresholds: RoundThresholds,
    /// People who were invited, by agency. Where it is not known it is taken to be the number of
    /// responses, which claims a complete count: give it if you can.
    #[serde(default)]
    pub headcounts: BTreeMap<AgencyCode, u32>,
}

/// How the rows name their agencies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyColumn {
    /// Headings of the column. Without one, every row is of the agency `constant`.
    #[serde(default)]
    pub headings: Vec<String>,
    /// The agency of every row.
    #[serde(default)]
    pub constant: Option<AgencyCode>,
    /// Agencies by what stands in the cell; `""` for an empty one. A cell that is no label is read as a code.
    #[serde(default)]
    pub labels: BTreeMap<String, AgencyCode>,
    /// Agencies that are made when they are not there, with their names.
    #[serde(default)]
    pub create: BTreeMap<AgencyCode, String>,
}

/// A column with the answers to an item.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemColumn {
    /// Whose answers.
    pub item: ItemId,
    /// Headings of the column.
    pub headings: Vec<String>,
    /// Answers by what stands in the cell, e.g. `{"Strongly agree": 5}`. `null` for no answer. A cell that is
    /// no label is read as a number where the item wants one, else as a text.
    #[serde(default)]
    pub labels: BTreeMap<String, Value>,
    /// Between the options of a multiple choice in one cell, e.g. `;`.
    #[serde(default)]
    pub separator: Option<String>,
}
