//! Rosters: who is invited to an audience, and the one moment at which their links exist.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::invitation::Code;
use super::roster_match::{self, Matching};
use super::roster_table::{self, Frame, Person};
use super::{AudienceName, InvitationLink, Mode, RoundError, RoundId, Step, audience, life, locked};
use crate::agency::AgencyCode;
use crate::store::invitations::{self, InvitationRow};
use crate::store::{Conn, StoreError, agencies};
use crate::survey::canonical::canonical;
use crate::survey::definition::{Language, SegmentId};
use crate::survey::publish;

/// What an import did, with the links of everybody in it. They are nowhere else: what is not written down now
/// can only be replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Imported {
    /// How many people are invited.
    pub people: usize,
    /// Of how many agencies.
    pub agencies: usize,
    /// The columns that were taken as segments.
    #[schema(value_type = Vec<String>)]
    pub segments: Vec<SegmentId>,
    /// In the order of the table.
    pub links: Vec<InvitationLink>,
}

/// An invitation to an attributed audience, without its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invited {
    /// As in the roster.
    pub person: String,
    /// As in the roster.
    pub name: String,
    /// As in the roster; may be empty.
    pub email: String,
    /// As in the roster.
    #[schema(value_type = String)]
    pub agency: AgencyCode,
    /// The language in which to write to them.
    #[schema(value_type = String)]
    pub language: Language,
    /// Whether they answered.
    pub answered: bool,
}

/// Puts a roster in the place of the audience's one. Every link of the roster before is dead from then on.
///
/// # Errors
/// [`RoundError::Roster`] with every problem of the table (nothing is imported then), and
/// [`RoundError::WrongState`] once the round has opened.
pub fn import(
    conn: &mut Conn,
    id: &RoundId,
    name: &AudienceName,
    csv: &[u8],
) -> Result<Imported, RoundError> {
    import_matched(conn, id, name, csv, &Matching::default())
}

/// The same, where somebody said of columns what they are.
///
/// # Errors
/// As [`import`].
pub fn import_matched(
    conn: &mut Conn,
    id: &RoundId,
    name: &AudienceName,
    csv: &[u8],
    matching: &Matching,
) -> Result<Imported, RoundError> {
    let round = locked(conn, id)?;
    let audience = audience(&round, name)?;
    life::after(&round, Step::Edit)?;
    let version = publish::version(conn, &round.survey, round.version).map_err(unpublished)?;
    let known = known_agencies(conn)?;
    let frame = Frame {
        agencies: &known,
        survey: &version.definition,
        mode: audience.mode,
        matching,
    };
    let roster = roster_table::read(csv, frame).map_err(RoundError::Roster)?;
    let codes = Code::draw(roster.people.len())?;
    let mut rows = Vec::with_capacity(roster.people.len());
    let mut links = Vec::with_capacity(roster.people.len());
    for (person, code) in roster.people.into_iter().zip(codes) {
        rows.push(invitation(id, name, &person, &code)?);
        links.push(link(person, code));
    }
    let agencies: BTreeSet<&AgencyCode> = links.iter().map(|link| &link.agency).collect();
    let agencies = agencies.len();
    invitations::replace_roster(conn, id, name, rows)?;
    Ok(Imported {
        people: links.len(),
        agencies,
        segments: roster.segments,
        links,
    })
}

/// An audience's roster as a table that [`import`] reads back: without links, and without who answered. By person.
///
/// # Errors
/// [`RoundError::Unknown`] and [`RoundError::UnknownAudience`].
pub fn as_csv(conn: &mut Conn, id: &RoundId, name: &AudienceName) -> Result<String, RoundError> {
    let round = super::find(conn, id)?;
    audience(&round, name)?;
    let rows = invitations::roster(conn, id, name)?;
    roster_match::as_csv(rows)
}

/// The codes of all agencies there are.
pub(super) fn known_agencies(conn: &mut Conn) -> Result<BTreeSet<AgencyCode>, StoreError> {
    Ok(agencies::all(conn)?
        .into_iter()
        .map(|agency| agency.code)
        .collect())
}

/// The people invited to an attributed audience: at most `limit`, behind the person `after`. Of an anonymous
/// audience nobody is told: a list that could be read again and again would tell who answered when.
///
/// # Errors
/// [`RoundError::Anonymous`].
pub fn invited(
    conn: &mut Conn,
    id: &RoundId,
    name: &AudienceName,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Invited>, RoundError> {
    attributed(conn, id, name)?;
    let rows = invitations::page(conn, id, name, after, limit)?;
    let invited = rows.into_iter().map(|row| {
        Ok(Invited {
            person: row.person,
            name: row.name,
            email: row.email,
            agency: read(row.agency)?,
            language: read(row.language)?,
            answered: row.used,
        })
    });
    invited.collect()
}

/// Draws new codes for everybody of an attributed audience who has not answered, and returns their links, once.
/// The links that they had before are dead from then on.
///
/// # Errors
/// [`RoundError::Anonymous`], and [`RoundError::WrongState`] once the round is closed.
pub fn renew_links(
    conn: &mut Conn,
    id: &RoundId,
    name: &AudienceName,
) -> Result<Vec<InvitationLink>, RoundError> {
    let round = attributed(conn, id, name)?;
    // Whoever may still answer may still need a link: the steps that lead to "open", and "open" itself.
    if life::after(&round, Step::Edit).is_err() {
        life::after(&round, Step::Close)?;
    }
    let mut rows = invitations::roster(conn, id, name)?;
    rows.retain(|row| !row.used);
    rows.sort_by(|one, other| one.person.cmp(&other.person));
    let codes = Code::draw(rows.len())?;
    let mut links = Vec::with_capacity(rows.len());
    for (row, code) in rows.into_iter().zip(codes) {
        // Somebody who answers at this very moment needs no link.
        if invitations::rekey(conn, &row.code_hash, &code.hash())? {
            links.push(InvitationLink {
                person: row.person,
                name: row.name,
                email: row.email,
                agency: read(row.agency)?,
                language: read(row.language)?,
                code,
            });
        }
    }
    Ok(links)
}

fn attributed(conn: &mut Conn, id: &RoundId, name: &AudienceName) -> Result<super::Round, RoundError> {
    let round = super::find(conn, id)?;
    match audience(&round, name)?.mode {
        Mode::Attributed => Ok(round),
        Mode::Anonymous => Err(RoundError::Anonymous {
            audience: name.clone(),
        }),
    }
}

fn invitation(
    round: &RoundId,
    audience: &AudienceName,
    person: &Person,
    code: &Code,
) -> Result<InvitationRow, RoundError> {
    Ok(InvitationRow {
        code_hash: code.hash().to_vec(),
        round: round.to_string(),
        audience: audience.to_string(),
        agency: person.agency.to_string(),
        person: person.person.clone(),
        name: person.name.clone(),
        email: person.email.clone(),
        language: person.language.to_string(),
        segments: canonical(&person.segments)?,
        used: false,
        submission_key: None,
    })
}

fn link(person: Person, code: Code) -> InvitationLink {
    InvitationLink {
        person: person.person,
        name: person.name,
        email: person.email,
        agency: person.agency,
        language: person.language,
        code,
    }
}

/// The foreign key of the round makes this impossible; it is said all the same.
pub(super) fn unpublished(error: publish::PublishError) -> RoundError {
    match error {
        publish::PublishError::Store(error) => error.into(),
        other => StoreError::Reference(other.to_string()).into(),
    }
}

fn read<T: TryFrom<String, Error = crate::slug::BadSlug>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|problem| StoreError::Corrupt {
        what: "invitation",
        problem: problem.to_string(),
    })
}
