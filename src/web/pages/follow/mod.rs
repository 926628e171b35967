//! Answering back: `/follow-ups`, `/commitments`, `/meetings` and `/service-levels`.
//!
//! | file | pages |
//! | --- | --- |
//! | [`follow_ups`] | the list, one follow-up with the named answer, and the rule of a round |
//! | [`commitments`] | "you said, we do", and what the next round says about it |
//! | [`meetings`] | talks with agencies |
//! | [`service_levels`] | what was delivered, beside how it is seen |

mod commitments;
mod follow_ups;
mod meetings;
mod service_levels;

use crate::agency;
use crate::follow::{Fault, FollowError};
use crate::identity::{Actor, Right, Scope};
use crate::store::{Conn, StoreError};
use crate::web::mark;
use crate::web::problem::Problem;
use crate::web::routes::Endpoint;

/// The routes of the pages of answering back.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    [
        follow_ups::endpoints(),
        commitments::endpoints(),
        meetings::endpoints(),
        service_levels::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The faults of a form; anything else is a page of its own.
fn faults(error: FollowError) -> Result<Vec<Fault>, Problem> {
    match error {
        FollowError::Invalid(faults) => Ok(faults),
        other => Err(other.into()),
    }
}

/// The field that says what the form was filled with.
const SEEN: &str = "seen";

/// What stands there, as a mark.
fn mark_of(stands: &impl std::fmt::Debug) -> String {
    mark::of_text(&format!("{stands:?}"))
}

/// Refuses what was typed over something that somebody has changed since. A request without the field is taken as it is.
fn as_seen(seen: Option<&str>, stands: &impl std::fmt::Debug) -> Result<(), FollowError> {
    match seen {
        Some(seen) if seen != mark_of(stands) => Err(FollowError::Invalid(vec![Fault {
            field: SEEN,
            problem: mark::overtaken("this", ""),
        }])),
        _ => Ok(()),
    }
}

/// More agencies than this no form offers.
const MOST_AGENCIES: u32 = 5000;

/// The agencies that somebody may follow up on, by code, with their names.
fn agencies_of(conn: &mut Conn, who: &Actor) -> Result<Vec<(String, String)>, StoreError> {
    let scope = who.scope_of(Right::FollowUp);
    named(conn, &scope)
}

fn named(conn: &mut Conn, scope: &Scope) -> Result<Vec<(String, String)>, StoreError> {
    let all = agency::list(conn, None, MOST_AGENCIES)?;
    let within = all.into_iter().filter(|agency| scope.covers(&agency.code));
    Ok(within
        .map(|agency| {
            (
                agency.code.to_string(),
                format!("{} ({})", agency.name, agency.code),
            )
        })
        .collect())
}
