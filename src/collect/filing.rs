//! Where anonymous responses are put: they wait in the intake, and are mixed with those of their unit when k wait.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::mix;
use crate::store::intake::{self, IntakeRow, Unit};
use crate::store::{Conn, StoreError};

/// An anonymous response on its way into the intake.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filed<'a> {
    /// Among whose responses it will be mixed.
    pub(super) unit: Unit<'a>,
    /// So many are mixed together at the least.
    pub(super) k: u32,
    /// The packed record.
    pub(super) record: &'a [u8],
    /// What was written in own words, by item.
    pub(super) texts: &'a Map<String, Value>,
}

/// Puts responses into the intake, in the order of their random keys, and mixes the units of which k wait then. Returns
/// these.
///
/// # Errors
/// [`StoreError`] of the database.
pub(super) fn file<'a>(conn: &mut Conn, responses: &[Filed<'a>]) -> Result<BTreeSet<Unit<'a>>, StoreError> {
    if responses.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut rows: Vec<IntakeRow> = responses.iter().map(row).collect::<Result<_, _>>()?;
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    intake::insert(conn, &rows)?;
    let least: BTreeMap<Unit<'a>, u32> = responses.iter().map(|one| (one.unit, one.k)).collect();
    let units: Vec<Unit<'a>> = least.keys().copied().collect();
    let waiting = intake::waiting(conn, &units)?;
    let is_due = |unit: &Unit<'a>| {
        let least = least.get(unit).copied().map(i64::from);
        waiting.get(unit).copied() >= least
    };
    let due: Vec<Unit<'a>> = units.into_iter().filter(is_due).collect();
    mix::mix_units(conn, &due)
}

fn row(response: &Filed<'_>) -> Result<IntakeRow, StoreError> {
    Ok(IntakeRow {
        key: mix::random_key()?,
        round: response.unit.round.to_owned(),
        audience: response.unit.audience.to_owned(),
        agency: response.unit.agency.to_owned(),
        answers: response.record.to_vec(),
        written: Value::Object(response.texts.clone()).to_string(),
    })
}
