//! Whom a figure is about, and what of them: the two halves of its key.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::agency::{AgencyCode, ClusterId};
use crate::survey::definition::{DimensionId, IndexId, ItemId};

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

/// What is measured of a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub enum Subject {
    /// How many answered.
    Responses,
    /// An index.
    Index(IndexId),
    /// A part of an index.
    Dimension(IndexId, DimensionId),
    /// An item.
    Item(ItemId),
    /// How important something is to people.
    Importance(ItemId),
    /// How satisfied they are with it.
    Satisfaction(ItemId),
}

/// A stored or requested key that names no unit or subject.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{kind}/{id}` names no {what}")]
pub struct BadKey {
    what: &'static str,
    kind: String,
    id: String,
}

/// The id of the state, whose two figures differ by their kind.
const STATE: &str = "state";
/// The id of the only subject of its kind.
const ALL: &str = "all";

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

impl Subject {
    /// The kind, as stored and as in the API.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Responses => "responses",
            Self::Index(_) => "index",
            Self::Dimension(..) => "dimension",
            Self::Item(_) => "item",
            Self::Importance(_) => "importance",
            Self::Satisfaction(_) => "satisfaction",
        }
    }

    /// The id within its kind; a dimension is `index/dimension`.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Responses => ALL.to_owned(),
            Self::Index(id) => id.to_string(),
            Self::Dimension(index, id) => format!("{index}/{id}"),
            Self::Item(id) | Self::Importance(id) | Self::Satisfaction(id) => id.to_string(),
        }
    }

    /// The subject of that kind and id.
    ///
    /// # Errors
    /// [`BadKey`] when there is no such kind or the id is no name.
    pub fn parse(kind: &str, id: &str) -> Result<Self, BadKey> {
        let subject = match kind {
            "responses" if id == ALL => Some(Self::Responses),
            "index" => id.parse().ok().map(Self::Index),
            "dimension" => id
                .split_once('/')
                .and_then(|(index, id)| Some(Self::Dimension(index.parse().ok()?, id.parse().ok()?))),
            "item" => id.parse().ok().map(Self::Item),
            "importance" => id.parse().ok().map(Self::Importance),
            "satisfaction" => id.parse().ok().map(Self::Satisfaction),
            _ => None,
        };
        subject.ok_or_else(|| BadKey::new("subject", kind, id))
    }
}

impl BadKey {
    fn new(what: &'static str, kind: &str, id: &str) -> Self {
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

impl fmt::Display for Subject {
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

impl From<Subject> for (String, String) {
    fn from(subject: Subject) -> Self {
        (subject.kind().to_owned(), subject.id())
    }
}

impl TryFrom<(String, String)> for Subject {
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
        let subjects = [
            Subject::Responses,
            Subject::Index("trust".parse().unwrap()),
            Subject::Dimension("trust".parse().unwrap(), "a.b".parse().unwrap()),
            Subject::Item("all".parse().unwrap()),
            Subject::Importance("x".parse().unwrap()),
            Subject::Satisfaction("x".parse().unwrap()),
        ];
        for subject in subjects {
            assert_eq!(Subject::parse(subject.kind(), &subject.id()), Ok(subject));
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
        for (kind, id) in [("dimension", "trust"), ("responses", "x"), ("index", "a b")] {
            assert!(Subject::parse(kind, id).is_err(), "{kind}/{id}");
        }
    }
}
