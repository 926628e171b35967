//! Letters to print, for people without a mail address or for offices that write on paper.
//!
//! Letters carry links, so new codes are drawn and the links of before stop working. Of an attributed audience they
//! are drawn for whoever has not answered. Of an anonymous one that list would tell who answered, so letters are made
//! before the round opens, for everybody.

use jiff::Timestamp;

use super::letter::Letter;
use super::words::{self, Asked};
use super::{PostError, mailing};
use crate::identity::{Actor, audit};
use crate::round::{self, AudienceName, Code, Mode, RoundError, RoundId, Step, life};
use crate::store::invitations::{self, InvitationRow};
use crate::store::{Conn, agencies};
use crate::texts::{Lang, Texts};

/// Which letters.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In which round.
    pub round: RoundId,
    /// To whom.
    pub audience: AudienceName,
    /// Only to people without a mail address.
    pub without_address: bool,
}

/// A letter to print, with whom it is for.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The agency's code, by which letters are sorted into piles.
    pub agency: String,
    /// The name, else the id of the roster.
    pub name: String,
    /// What it says.
    pub letter: Letter,
}

/// Draws new links and makes the letters, recorded with their number.
///
/// # Errors
/// [`PostError::Round`] when the round or audience is not there or in a state in which no letter is of use.
pub fn letters(
    conn: &mut Conn,
    texts: &Texts,
    who: &Actor,
    wanted: &Wanted,
    base: &str,
    now: Timestamp,
) -> Result<Vec<Paper>, PostError> {
    let round = round::find(conn, &wanted.round)?;
    let audience = mailing::audience(&round, &wanted.audience)?.clone();
    let is_planned = life::after(&round, Step::Edit).is_ok();
    match audience.mode {
        Mode::Anonymous if !is_planned => {
            return Err(RoundError::Anonymous {
                audience: audience.name,
            }
            .into());
        }
        Mode::Attributed if !is_planned => drop(life::after(&round, Step::Close)?),
        Mode::Anonymous | Mode::Attributed => {}
    }
    let links = drawn(conn, wanted)?;
    let detail = format!("{}: {} letters", audience.name, links.len());
    audit::record(conn, who, "roster.letters", round.id.as_str(), &detail, now)?;
    let mut papers = Vec::with_capacity(links.len());
    for (person, code) in links {
        let agency = person.agency.parse().ok();
        let agency = match agency {
            Some(agency) => agencies::find(conn, &agency)?,
            None => None,
        };
        let asked = Asked {
            title: round.title.clone(),
            mode: audience.mode,
            name: person.name.clone(),
            agency: agency.map_or_else(|| person.agency.clone(), |agency| agency.name),
            until: round.closes_at,
            extended_from: round.extended_from(),
            promise: round
                .promise
                .as_ref()
                .map(|frozen| frozen.digest.clone())
                .unwrap_or_default(),
            step: 0,
            link: format!("{base}/i/{}", code.as_str()),
            stop: None,
        };
        let lang = Lang::of_tag(&person.language).unwrap_or_default();
        papers.push(Paper {
            agency: person.agency,
            name: if person.name.is_empty() {
                person.person
            } else {
                person.name
            },
            letter: words::asked(texts, lang, &asked)?,
        });
    }
    papers.sort_by(|one, other| (&one.agency, &one.name).cmp(&(&other.agency, &other.name)));
    Ok(papers)
}

/// New codes for those of the audience who have not answered, with the people they belong to.
fn drawn(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<(InvitationRow, Code)>, PostError> {
    let mut people = invitations::roster(conn, &wanted.round, &wanted.audience)?;
    people.retain(|person| !person.used && (!wanted.without_address || person.email.is_empty()));
    let codes = Code::draw(people.len())?;
    let mut drawn = Vec::with_capacity(people.len());
    for (person, code) in people.into_iter().zip(codes) {
        // Somebody who answers at this very moment needs no letter.
        if invitations::rekey(conn, &person.code_hash, &code.hash())? {
            drawn.push((person, code));
        }
    }
    Ok(drawn)
}
