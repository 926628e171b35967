//! Agencies: the bodies whose people answer, and what became of them over the years.
//!
//! Offices keep them in a table: [`import`] takes that table (and one of lineage) and either takes it whole
//! or names every row that stands in the way. An agency that is missing from a later table stays as it was:
//! its past results still need it.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`model`] | what an agency is, and what can happen to it |
//! | [`tables`] | from tables to agencies and events, with the rows that are wrong (pure) |
//! | [`desk`] | the use cases for people: each leaves its entry in the audit log |
//! | this one | the use cases |

pub mod desk;
pub mod model;
pub mod tables;

use serde::Serialize;
use thiserror::Error;

pub use model::{Agency, AgencyCode, ClusterId, LineageEvent, LineageKind};

use crate::identity::IdentityError;
use crate::store::{Conn, StoreError, agencies};
use crate::table::Problems;

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// Agencies in the table.
    pub agencies: usize,
    /// How many of them were not known before.
    pub new: usize,
    /// Events in the table of lineage.
    pub events: usize,
}

/// Why nothing was imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// Every problem of the table of agencies.
    #[error("{0}")]
    Agencies(Problems),
    /// Every problem of the table of lineage.
    #[error("{0}")]
    Lineage(Problems),
    /// The action could not be recorded in the audit log, so it was not done.
    #[error(transparent)]
    Unrecorded(IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IdentityError> for ImportError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Unrecorded(other),
        }
    }
}

/// Takes over a table of agencies and, if there is one, a table of their lineage. Known agencies get the new
/// name, parent and cluster; the same event twice is one event. All or nothing.
///
/// # Errors
/// [`ImportError`] with every problem of the first table that has any.
pub fn import(
    conn: &mut Conn,
    agencies_csv: &[u8],
    lineage_csv: Option<&[u8]>,
) -> Result<Imported, ImportError> {
    let known = agencies::all(conn)?;
    let table = tables::agencies(agencies_csv, &known).map_err(ImportError::Agencies)?;
    let new = table
        .iter()
        .filter(|given| known.iter().all(|old| old.code != given.code));
    let new = new.count();
    agencies::upsert(conn, &table)?;
    let events = match lineage_csv {
        Some(csv) => import_lineage(conn, csv)?,
        None => 0,
    };
    Ok(Imported {
        agencies: table.len(),
        new,
        events,
    })
}

/// Takes over a table of lineage alone. Returns how many events it holds.
///
/// # Errors
/// [`ImportError::Lineage`] with every problem.
pub fn import_lineage(conn: &mut Conn, lineage_csv: &[u8]) -> Result<usize, ImportError> {
    let known = agencies::all(conn)?;
    let events = tables::lineage(lineage_csv, &known).map_err(ImportError::Lineage)?;
    agencies::upsert_events(conn, &events)?;
    Ok(events.len())
}

/// Agencies by code: at most `limit`, behind the code `after`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(conn: &mut Conn, after: Option<&str>, limit: u32) -> Result<Vec<Agency>, StoreError> {
    agencies::page(conn, after, limit)
}

/// One agency.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, code: &AgencyCode) -> Result<Option<Agency>, StoreError> {
    agencies::find(conn, code)
}

/// Everything that happened to any agency, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn lineage(conn: &mut Conn) -> Result<Vec<LineageEvent>, StoreError> {
    agencies::events(conn)
}

/// What happened to one agency, as the one before or as the one after, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn lineage_of(conn: &mut Conn, code: &AgencyCode) -> Result<Vec<LineageEvent>, StoreError> {
    agencies::events_of(conn, code)
}
