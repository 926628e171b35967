//! What an agency is, and what can happen to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::slug_type;

slug_type!(
    /// The code by which an agency is known in rosters, URLs and results, e.g. `DOT`. Kept when it is renamed.
    AgencyCode
);
slug_type!(
    /// A fixed group of agencies too small to be reported alone, e.g. `small-boards`.
    ClusterId
);

/// A body of the state that the central IT office serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Stable over renamings.
    #[schema(value_type = String)]
    pub code: AgencyCode,
    /// What people call it now.
    pub name: String,
    /// The agency it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub parent: Option<AgencyCode>,
    /// Set when it is too small to be reported alone: it is then always reported within this cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub cluster: Option<ClusterId>,
}

/// Something that happened to an agency. A renaming does not break its trend; a merger or split does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineageEvent {
    /// The day it took effect, e.g. `2025-07-01`.
    pub date: String,
    /// What happened.
    pub kind: LineageKind,
    /// The agency before. For a renaming the same as `successor`.
    #[schema(value_type = String)]
    pub predecessor: AgencyCode,
    /// The agency after.
    #[schema(value_type = String)]
    pub successor: AgencyCode,
    /// In words, e.g. the former name.
    pub note: String,
}

/// The kinds of events in an agency's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineageKind {
    /// The same body under another name.
    Renamed,
    /// The predecessor became part of the successor.
    Merged,
    /// The successor was made out of a part of the predecessor.
    Split,
}
