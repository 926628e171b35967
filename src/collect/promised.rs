//! What rounds fixed when they opened, as far as answering needs it: read once, then shared by every request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::form::Forms;
use crate::agency::AgencyCode;
use crate::round::manifest::{self, ManifestUnit};
use crate::round::{AudienceName, FrozenPromise, RoundId};
use crate::store::{Conn, StoreError, rounds};

/// What a round promised. From its opening on none of it changes.
#[derive(Debug)]
pub struct Promised {
    /// The promise as it is shown.
    pub promise: FrozenPromise,
    units: HashMap<(AudienceName, AgencyCode), Arc<ManifestUnit>>,
}

impl Promised {
    /// The unit whose key signs for the people of an agency; `None` where there is none.
    #[must_use]
    pub fn unit(&self, audience: &AudienceName, agency: &AgencyCode) -> Option<&ManifestUnit> {
        let unit = self.units.get(&(audience.clone(), agency.clone()));
        unit.map(Arc::as_ref)
    }

    /// Whether the round signs credentials for anybody.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.units.is_empty()
    }

    /// Under which agency a response with an invitation is filed: where the credentials of its unit are filed, too, that is
    /// under the unit's first one. Otherwise a response that came without a credential would name the smaller body.
    #[must_use]
    pub fn filed_under(&self, audience: &AudienceName, agency: &AgencyCode) -> AgencyCode {
        let first = self.unit(audience, agency).and_then(|unit| unit.agencies.first());
        first.unwrap_or(agency).clone()
    }

    fn read(conn: &mut Conn, id: &RoundId, promise: FrozenPromise) -> Result<Self, StoreError> {
        let audiences = manifest::find(conn, id)?.map(|published| published.manifest.audiences);
        let mut units = HashMap::new();
        for (audience, signed) in audiences.into_iter().flatten() {
            for unit in signed.units.into_iter().map(Arc::new) {
                let agencies = unit.agencies.iter().cloned();
                units.extend(agencies.map(|agency| ((audience.clone(), agency), Arc::clone(&unit))));
            }
        }
        Ok(Self { promise, units })
    }
}

/// What was read so far. A round that opened keeps what it promised, so nothing here ever grows stale.
#[derive(Debug, Default)]
pub struct Promises {
    known: RwLock<HashMap<RoundId, Arc<Promised>>>,
}

impl Promises {
    /// What a round promised, from memory or from the store; `None` before it opened.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub fn of(&self, conn: &mut Conn, id: &RoundId) -> Result<Option<Arc<Promised>>, StoreError> {
        if let Some(known) = self.known(id) {
            return Ok(Some(known));
        }
        let Some(promise) = rounds::find(conn, id)?.and_then(|round| round.promise) else {
            return Ok(None);
        };
        let promised = Arc::new(Promised::read(conn, id, promise)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(known.entry(id.clone()).or_insert(promised))))
    }

    fn known(&self, id: &RoundId) -> Option<Arc<Promised>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(id).cloned()
    }
}

/// What answering reads once: forms of versions, promises of rounds.
#[derive(Debug, Default)]
pub struct Known {
    /// Published versions, prepared.
    pub forms: Arc<Forms>,
    /// What open rounds promised.
    pub promises: Promises,
}
