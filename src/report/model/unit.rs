//! Whom a figure is about: the first part of its key.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::agency::{AgencyCode, ClusterId};

/// Whom a figure is about. Ordered as pages list them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub enum Unit {
    /// The mean over agencies, each weighing as much as it has people.
    StateMean,
    /// The agency in the middle.
    StateMedian,
    /// Agencies too small to be reported alone, as one.
    Cluster(ClusterId),
    /// One agency.
    Agency(AgencyCode),
}

/// A stored or requested key that names no unit, cut or subject.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{kind}/{id}` names no {what}")]
pub struct BadKey {
    what: &'static str,
    kind: String,
    id: String,
}

/// The id of the state, whose two figures differ by their kind.
const STATE: &str = "state";

impl Unit {
    /// The kind, as stored and as in the API.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::StateMean => "state-mean",
            Self::StateMedian => "state-median",
            Self::Cluster(_) => "cluster",
            Self::Agency(_) => "agency",
        }
    }

    /// The id within its kind.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::StateMean | Self::StateMedian => STATE,
            Self::Cluster(id) => id.as_str(),
            Self::Agency(code) => code.as_str(),
        }
    }

    /// The unit of that kind and id.
    ///
    /// # Errors
    /// [`BadKey`] when there is no such kind or the id is no name.
    pub fn parse(kind: &str, id: &str) -> Result<Self, BadKey> {
        let unit = match kind {
            "state-mean" if id == STATE => Some(Self::StateMean),
            "state-median" if id == STATE => Some(Self::StateMedian),
            "cluster" => id.parse().ok().map(Self::Cluster),
            "agency" => id.parse().ok().map(Self::Agency),
            _ => None,
        };
        unit.ok_or_else(|| BadKey::new("unit", kind, id))
    }

    /// Whether it is one of the two figures of the state.
    #[must_use]
    pub fn is_state(&self) -> bool {
        matches!(self, Self::StateMean | Self::StateMedian)
    }
}

impl BadKey {
    pub(super) fn new(what: &'static str, kind: &str, id: &str) -> Self {
        Self {
            what,
            kind: kind.to_owned(),
            id: id.to_owned(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.id())
    }
}

impl From<Unit> for (String, String) {
    fn from(unit: Unit) -> Self {
        (unit.kind().to_owned(), unit.id().to_owned())
    }
}

impl TryFrom<(String, String)> for Unit {
    type Error = BadKey;
    fn try_from((kind, id): (String, String)) -> Result<Self, BadKey> {
        Self::parse(&kind, &id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_back_as_itself() {
        let units = [
            Unit::StateMean,
            Unit::StateMedian,
            Unit::Cluster("small".parse().unwrap()),
            Unit::Agency("state".parse().unwrap()),
        ];
        for unit in units {
            assert_eq!(Unit::parse(unit.kind(), unit.id()), Ok(unit));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for (kind, id) in [
            ("state-mean", "DOT"),
            ("region", "north"),
            ("agency", ""),
            ("agency", "../x"),
        ] {
            assert!(Unit::parse(kind, id).is_err(), "{kind}/{id}");
        }
    }
}
