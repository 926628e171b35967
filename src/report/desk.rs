//! Sealing as people do it: the use case and its entry in the audit log, in one transaction.

use jiff::Timestamp;

use super::seal::{self, SealError, Sealed};
use crate::identity::{Actor, audit};
use crate::round::{RoundError, RoundId};
use crate::store::Conn;

/// [`seal`](fn@super::seal), or with a reason [`reseal`](fn@super::reseal), recorded.
///
/// # Errors
/// As they.
pub fn seal(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Sealed, SealError> {
    let sealed = match reason {
        None => seal::seal(conn, id, now, &mut |_| ())?,
        Some(reason) => seal::reseal(conn, id, reason, now, &mut |_| ())?,
    };
    let detail = match reason {
        None => format!("digest {}", sealed.digest),
        Some(reason) => format!(
            "correction {}, digest {}: {reason}",
            sealed.revision, sealed.digest
        ),
    };
    let recorded = audit::record(conn, who, "round.seal", id.as_str(), &detail, now);
    recorded.map_err(|error| SealError::Round(RoundError::from(error)))?;
    Ok(sealed)
}
