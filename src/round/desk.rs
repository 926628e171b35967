//! What people do to rounds: the use case and its entry in the audit log, in one transaction.
//!
//! The pages, the API and the command line all come through here, so that no door leaves no trace. What the
//! clock does ([`advance`](super::advance)) is nobody's action: it stands in the round itself.

use jiff::Timestamp;

use super::keys::NewKeys;
use super::roster_match::Matching;
use super::{
    AudienceName, InvitationLink, NewRound, Round, RoundEdit, RoundError, RoundId, Step, plan, roster, steps,
};
use crate::identity::{Actor, audit};
use crate::store::Conn;

/// [`create`](super::create), recorded.
///
/// # Errors
/// As it.
pub fn create(conn: &mut Conn, who: &Actor, new: NewRound, now: Timestamp) -> Result<Round, RoundError> {
    let round = plan::create(conn, new)?;
    let detail = format!("{} version {}", round.survey, round.version);
    record(conn, who, "round.create", &round.id, &detail, now)?;
    Ok(round)
}

/// [`edit`](super::edit), recorded.
///
/// # Errors
/// As it.
pub fn edit(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    edit: RoundEdit,
    now: Timestamp,
) -> Result<Round, RoundError> {
    let fields = edit.fields().join(", ");
    let round = plan::edit(conn, id, edit)?;
    record(conn, who, "round.edit", id, &fields, now)?;
    Ok(round)
}

/// A step of a round's life, recorded. Sealing is not among them: see `report`. Opening takes the `keys` of
/// [`opening::ready`](super::opening::ready); the other steps take none.
///
/// # Errors
/// As the step.
pub fn take(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    step: HandStep,
    keys: &NewKeys,
    now: Timestamp,
) -> Result<Round, RoundError> {
    let round = match step {
        HandStep::Schedule => steps::schedule(conn, id, now),
        HandStep::Withdraw => steps::withdraw(conn, id),
        HandStep::Open => steps::open_with(conn, id, keys, now),
        HandStep::Close => steps::close(conn, id, now),
        HandStep::Publish => steps::publish(conn, id, now),
    }?;
    let detail = match (&round.promise, step) {
        (Some(frozen), HandStep::Open) => match &frozen.promise.manifest_digest {
            Some(manifest) => format!("promise {}, manifest {manifest}", frozen.digest),
            None => format!("promise {}", frozen.digest),
        },
        _ => String::new(),
    };
    record(conn, who, step.action(), id, &detail, now)?;
    Ok(round)
}

/// The steps that people take by hand with [`take`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandStep {
    /// [`Step::Schedule`].
    Schedule,
    /// [`Step::Withdraw`].
    Withdraw,
    /// [`Step::Open`].
    Open,
    /// [`Step::Close`].
    Close,
    /// [`Step::Publish`].
    Publish,
}

impl HandStep {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Schedule,
        Self::Withdraw,
        Self::Open,
        Self::Close,
        Self::Publish,
    ];

    /// The step of a round's life that it is.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::Schedule => Step::Schedule,
            Self::Withdraw => Step::Withdraw,
            Self::Open => Step::Open,
            Self::Close => Step::Close,
            Self::Publish => Step::Publish,
        }
    }

    /// As it stands in addresses: `open`.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Withdraw => "withdraw",
            Self::Open => "open",
            Self::Close => "close",
            Self::Publish => "publish",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Schedule => "round.schedule",
            Self::Withdraw => "round.withdraw",
            Self::Open => "round.open",
            Self::Close => "round.close",
            Self::Publish => "round.publish",
        }
    }
}

/// [`extend`](super::extend()), recorded with both ends.
///
/// # Errors
/// As it.
pub fn extend(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    closes_at: Timestamp,
    now: Timestamp,
) -> Result<Round, RoundError> {
    let before = super::find(conn, id)?.closes_at;
    let round = super::extend(conn, id, closes_at, now)?;
    let from = before.map(|at| at.to_string()).unwrap_or_default();
    record(
        conn,
        who,
        "round.extend",
        id,
        &format!("from {from} to {closes_at}"),
        now,
    )?;
    Ok(round)
}

/// [`roster::import_matched`], recorded with its counts and without anybody in it.
///
/// # Errors
/// As it.
pub fn import_roster(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    audience: &AudienceName,
    csv: &[u8],
    matching: &Matching,
    now: Timestamp,
) -> Result<roster::Imported, RoundError> {
    let imported = roster::import_matched(conn, id, audience, csv, matching)?;
    let detail = format!(
        "{audience}: {} people of {} agencies",
        imported.people, imported.agencies
    );
    record(conn, who, "roster.import", id, &detail, now)?;
    Ok(imported)
}

/// [`roster::renew_links`], recorded with the count.
///
/// # Errors
/// As it.
pub fn renew_links(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    audience: &AudienceName,
    now: Timestamp,
) -> Result<Vec<InvitationLink>, RoundError> {
    let links = roster::renew_links(conn, id, audience)?;
    let detail = format!("{audience}: {} links", links.len());
    record(conn, who, "roster.renew-links", id, &detail, now)?;
    Ok(links)
}

fn record(
    conn: &mut Conn,
    who: &Actor,
    action: &str,
    id: &RoundId,
    detail: &str,
    now: Timestamp,
) -> Result<(), RoundError> {
    Ok(audit::record(conn, who, action, id.as_str(), detail, now)?)
}
