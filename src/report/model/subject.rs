//! What a figure tells of a unit: the last part of its key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::unit::BadKey;
use crate::survey::definition::{DimensionId, IndexId, ItemId, ThemeId};

/// What is measured of a unit. Ordered as pages list them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub enum Subject {
    /// How many answered.
    Responses,
    /// An index.
    Index(IndexId),
    /// A part of an index.
    Dimension(IndexId, DimensionId),
    /// A group of items that is no index.
    Theme(ThemeId),
    /// An item.
    Item(ItemId),
    /// How important something is to people.
    Importance(ItemId),
    /// How satisfied they are with it.
    Satisfaction(ItemId),
    /// How far people of one agency agree on an index, and whether agencies may be told apart by it.
    Agreement(IndexId),
    /// The place of a unit among all by an index, or why there is none.
    Rank(IndexId),
    /// An index drawn towards the mean of all agencies, the more the less is known: a second view, never the headline.
    Stabilised(IndexId),
    /// What goes with an index.
    IndexDrivers(IndexId),
    /// What goes with an item.
    ItemDrivers(ItemId),
}

/// The id of the only subject of its kind.
const ALL: &str = "all";

impl Subject {
    /// The kind, as stored and as in the API.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Responses => "responses",
            Self::Index(_) => "index",
            Self::Dimension(..) => "dimension",
            Self::Theme(_) => "theme",
            Self::Item(_) => "item",
            Self::Importance(_) => "importance",
            Self::Satisfaction(_) => "satisfaction",
            Self::Agreement(_) => "agreement",
            Self::Rank(_) => "rank",
            Self::Stabilised(_) => "stabilised",
            Self::IndexDrivers(_) => "index-drivers",
            Self::ItemDrivers(_) => "item-drivers",
        }
    }

    /// The id within its kind; a dimension is `index/dimension`.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Responses => ALL.to_owned(),
            Self::Index(id)
            | Self::Agreement(id)
            | Self::Rank(id)
            | Self::Stabilised(id)
            | Self::IndexDrivers(id) => id.to_string(),
            Self::Dimension(index, id) => format!("{index}/{id}"),
            Self::Theme(id) => id.to_string(),
            Self::Item(id) | Self::Importance(id) | Self::Satisfaction(id) | Self::ItemDrivers(id) => {
                id.to_string()
            }
        }
    }

    /// The subject of that kind and id.
    ///
    /// # Errors
    /// [`BadKey`] when there is no such kind or the id is no name.
    pub fn parse(kind: &str, id: &str) -> Result<Self, BadKey> {
        let subject = match kind {
            "responses" if id == ALL => Some(Self::Responses),
            "dimension" => id
                .split_once('/')
                .and_then(|(index, id)| Some(Self::Dimension(index.parse().ok()?, id.parse().ok()?))),
            "theme" => id.parse().ok().map(Self::Theme),
            "item" | "importance" | "satisfaction" | "item-drivers" => {
                id.parse().ok().and_then(|id| of_item(kind, id))
            }
            _ => id.parse().ok().and_then(|id| of_index(kind, id)),
        };
        subject.ok_or_else(|| BadKey::new("subject", kind, id))
    }
}

fn of_index(kind: &str, id: IndexId) -> Option<Subject> {
    match kind {
        "index" => Some(Subject::Index(id)),
        "agreement" => Some(Subject::Agreement(id)),
        "rank" => Some(Subject::Rank(id)),
        "stabilised" => Some(Subject::Stabilised(id)),
        "index-drivers" => Some(Subject::IndexDrivers(id)),
        _ => None,
    }
}

fn of_item(kind: &str, id: ItemId) -> Option<Subject> {
    match kind {
        "item" => Some(Subject::Item(id)),
        "importance" => Some(Subject::Importance(id)),
        "satisfaction" => Some(Subject::Satisfaction(id)),
        "item-drivers" => Some(Subject::ItemDrivers(id)),
        _ => None,
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.id())
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
    fn every_subject_is_read_back_as_itself() {
        let index = || "trust".parse().unwrap();
        let item = || "all".parse().unwrap();
        let subjects = [
            Subject::Responses,
            Subject::Index(index()),
            Subject::Dimension(index(), "a.b".parse().unwrap()),
            Subject::Theme("services".parse().unwrap()),
            Subject::Item(item()),
            Subject::Importance(item()),
            Subject::Satisfaction(item()),
            Subject::Agreement(index()),
            Subject::Rank(index()),
            Subject::Stabilised(index()),
            Subject::IndexDrivers(index()),
            Subject::ItemDrivers(item()),
        ];
        for subject in subjects {
            assert_eq!(Subject::parse(subject.kind(), &subject.id()), Ok(subject));
        }
    }

    #[test]
    fn what_is_no_subject_is_refused() {
        for (kind, id) in [
            ("dimension", "trust"),
            ("responses", "x"),
            ("index", "a b"),
            ("mood", "x"),
        ] {
            assert!(Subject::parse(kind, id).is_err(), "{kind}/{id}");
        }
    }
}
