//! What the columns of somebody's table are, where their headings do not say it; and rosters as tables again (pure).

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::RoundError;
use crate::store::StoreError;
use crate::store::invitations::InvitationRow;
use crate::survey::definition::SegmentId;

/// What a column of a roster is taken as.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// The code of the person's agency.
    Agency,
    /// What tells the person from all others.
    Person,
    /// The person's name.
    Name,
    /// The person's address.
    Email,
    /// The language in which to write to them.
    Language,
    /// A coarse attribute.
    Segment,
    /// Nothing of it is taken over.
    LeaveOut,
}

impl Use {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 7] = [
        Self::Agency,
        Self::Person,
        Self::Name,
        Self::Email,
        Self::Language,
        Self::Segment,
        Self::LeaveOut,
    ];

    /// The word for it, in forms and in headings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Person => "person",
            Self::Name => "name",
            Self::Email => "email",
            Self::Language => "language",
            Self::Segment => "segment",
            Self::LeaveOut => "leave-out",
        }
    }

    /// The use of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// What somebody said of columns, by heading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Matching(BTreeMap<String, Use>);

impl Matching {
    /// Says what a column is.
    pub fn say(&mut self, heading: impl Into<String>, role: Use) {
        self.0.insert(heading.into(), role);
    }

    /// Everything that was said.
    pub fn said(&self) -> impl Iterator<Item = (&str, Use)> {
        self.0.iter().map(|(heading, role)| (heading.as_str(), *role))
    }
}

/// A roster as a table that can be imported again, by person.
///
/// # Errors
/// [`StoreError::Corrupt`] when what is stored cannot be read.
pub fn as_csv(mut rows: Vec<InvitationRow>) -> Result<String, RoundError> {
    rows.sort_by(|one, other| one.person.cmp(&other.person));
    let mut people = Vec::with_capacity(rows.len());
    let mut columns: BTreeSet<SegmentId> = BTreeSet::new();
    for row in rows {
        let segments: BTreeMap<SegmentId, String> =
            serde_json::from_str(&row.segments).map_err(|error| corrupt(&error))?;
        columns.extend(segments.keys().cloned());
        people.push((row, segments));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let named = ["agency", "person", "name", "email", "language"].into_iter();
    let mut written = writer.write_record(named.chain(columns.iter().map(SegmentId::as_str)));
    for (row, segments) in &people {
        let own = [&row.agency, &row.person, &row.name, &row.email, &row.language];
        let own = own.into_iter().map(String::as_str);
        let of_segment = |column: &SegmentId| segments.get(column).map_or("", String::as_str);
        written = written.and_then(|()| writer.write_record(own.chain(columns.iter().map(of_segment))));
    }
    written.map_err(|error| corrupt(&error))?;
    let bytes = writer.into_inner().map_err(|error| corrupt(&error))?;
    Ok(String::from_utf8(bytes).map_err(|error| corrupt(&error))?)
}

fn corrupt(problem: &impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "roster",
        problem: problem.to_string(),
    }
}
