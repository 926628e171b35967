//! What a round is: one fielding of one version, its audiences, its life and its frozen promise.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agency::{AgencyCode, ClusterId};
use crate::slug_type;
use crate::survey::definition::{SegmentId, SurveyId, VersionNumber};

slug_type!(
    /// A round, as it stands in URLs, e.g. `partnership-2026`.
    RoundId
);
slug_type!(
    /// An audience within a round, e.g. `staff`.
    AudienceName
);

/// One fielding of one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// As in URLs.
    pub id: RoundId,
    /// As people call it.
    pub title: String,
    /// What is asked ...
    pub survey: SurveyId,
    /// ... in exactly this version.
    pub version: VersionNumber,
    /// Where it is in its life.
    pub state: RoundState,
    /// What will be frozen as the rule of disclosure and of change.
    pub thresholds: RoundThresholds,
    /// Who is asked.
    pub audiences: Vec<Audience>,
    /// When it is planned to open.
    pub opens_at: Option<Timestamp>,
    /// When it is planned to close; answers after it are refused.
    pub closes_at: Option<Timestamp>,
    /// When it did open.
    pub opened_at: Option<Timestamp>,
    /// When it did close.
    pub closed_at: Option<Timestamp>,
    /// When its result was first sealed.
    pub sealed_at: Option<Timestamp>,
    /// When its result became visible.
    pub published_at: Option<Timestamp>,
    /// Frozen at opening, with its digest.
    pub promise: Option<FrozenPromise>,
}

impl Round {
    /// The end that was promised, where it has moved to a later time since.
    #[must_use]
    pub fn extended_from(&self) -> Option<Timestamp> {
        self.promise.as_ref()?.extended_from(self.closes_at)
    }
}

impl FrozenPromise {
    /// The end that was promised, where the round closes at another time now.
    #[must_use]
    pub fn extended_from(&self, closes_at: Option<Timestamp>) -> Option<Timestamp> {
        let promised: Timestamp = self.promise.closes_at.as_ref()?.parse().ok()?;
        closes_at.is_some_and(|end| end > promised).then_some(promised)
    }
}

/// The life of a round, in one direction.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RoundState {
    /// Everything may change.
    Draft,
    /// Will open by itself at `opens_at`.
    Scheduled,
    /// Collects responses; everything is frozen.
    Open,
    /// Collects no more.
    Closed,
    /// Its result is computed and immutable, seen by those who run rounds only as a fact.
    Sealed,
    /// Its result is visible to those who may see it.
    Published,
}

impl RoundState {
    /// All states, in the order of a round's life.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Scheduled,
        Self::Open,
        Self::Closed,
        Self::Sealed,
        Self::Published,
    ];

    /// The word for it, in the store, in the API and on pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Sealed => "sealed",
            Self::Published => "published",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl std::fmt::Display for RoundState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The thresholds of a round: can be raised before opening, never changed after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundThresholds {
    /// k: nothing is shown of fewer respondents. 10 unless raised; never below 5.
    pub least_respondents: u32,
    /// A change is called up or down only from so many points. 5 unless set.
    pub least_change: f64,
}

impl RoundThresholds {
    /// k is never below this.
    pub const FEWEST_RESPONDENTS: u32 = 5;
}

impl Default for RoundThresholds {
    fn default() -> Self {
        Self {
            least_respondents: 10,
            least_change: 5.0,
        }
    }
}

/// A roster with a mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// As in URLs.
    #[schema(value_type = String)]
    pub name: AudienceName,
    /// As people call it.
    pub title: String,
    /// Whether responses bear names.
    pub mode: Mode,
}

/// Whether a response can be linked to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nobody can, the operator included.
    Anonymous,
    /// The response bears the name.
    Attributed,
}

/// What is frozen when a round opens. Its canonical JSON is what the digest is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Which round promises.
    #[schema(value_type = String)]
    pub round: RoundId,
    /// What is asked ...
    #[schema(value_type = String)]
    pub survey: SurveyId,
    /// ... in this version ...
    pub version: VersionNumber,
    /// ... with this content (SHA-256 of the canonical definition).
    pub definition_digest: String,
    /// The rules of disclosure and change.
    pub thresholds: RoundThresholds,
    /// The window in which answers are accepted, RFC 3339.
    pub opens_at: String,
    /// See `opens_at`; `None` when it is closed by hand.
    pub closes_at: Option<String>,
    /// Who is asked, how, and how many there are.
    #[schema(value_type = BTreeMap<String, PromisedAudience>)]
    pub audiences: BTreeMap<AudienceName, PromisedAudience>,
    /// SHA-256 of the [`Manifest`](super::manifest::Manifest) of its signing keys; absent when it opened without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_digest: Option<String>,
}

/// The promise to one audience.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromisedAudience {
    /// Whether responses bear names.
    pub mode: Mode,
    /// Invited people per agency: the N of every result.
    #[schema(value_type = BTreeMap<String, u32>)]
    pub headcounts: BTreeMap<AgencyCode, u32>,
    /// The cluster in which each small agency is reported.
    #[schema(value_type = BTreeMap<String, String>)]
    pub clusters: BTreeMap<AgencyCode, ClusterId>,
    /// Invited people per agency, segment and segment value, as far as the roster says.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, BTreeMap<String, u32>>>)]
    pub segments: BTreeMap<AgencyCode, BTreeMap<SegmentId, BTreeMap<String, u32>>>,
    /// SHA-256 over the sorted roster, so that an auditor can tell it was not changed.
    pub roster_digest: String,
}

/// A promise with the digest that is shown to respondents.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenPromise {
    /// What was promised.
    pub promise: Promise,
    /// SHA-256 of its canonical JSON.
    pub digest: String,
}
