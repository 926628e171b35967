//! What people do to agencies: the use case and its entry in the audit log, in one transaction.

use jiff::Timestamp;

use super::{ImportError, Imported};
use crate::identity::{Actor, audit};
use crate::store::Conn;

/// [`import`](super::import), recorded with its counts.
///
/// # Errors
/// As it.
pub fn import(
    conn: &mut Conn,
    who: &Actor,
    agencies_csv: &[u8],
    lineage_csv: Option<&[u8]>,
    now: Timestamp,
) -> Result<Imported, ImportError> {
    let done = super::import(conn, agencies_csv, lineage_csv)?;
    let detail = format!(
        "{} agencies, {} of them new; {} events",
        done.agencies, done.new, done.events
    );
    audit::record(conn, who, "agency.import", "agencies", &detail, now)?;
    Ok(done)
}

/// [`import_lineage`](super::import_lineage), recorded with its count.
///
/// # Errors
/// As it.
pub fn import_lineage(
    conn: &mut Conn,
    who: &Actor,
    lineage_csv: &[u8],
    now: Timestamp,
) -> Result<usize, ImportError> {
    let events = super::import_lineage(conn, lineage_csv)?;
    audit::record(
        conn,
        who,
        "agency.import-lineage",
        "agencies",
        &format!("{events} events"),
        now,
    )?;
    Ok(events)
}
