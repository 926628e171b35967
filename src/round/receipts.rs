//! Receipts: what came of a round's credentials, for everybody to check once it is closed.
//!
//! A count is shown only where at least k people stand behind it, and behind what is left when the shown ones are taken
//! from the length of the list. The other way of answering counts as well: credentials and responses of a unit must
//! not differ by a few, since results say how many responses a unit has.

use serde::Serialize;

use super::manifest::{self, hex};
use super::progress::thresholds;
use super::{RoundError, RoundId, RoundState};
use crate::protect::{OpenCount, Part, Thresholds, open_count, withhold_remainders};
use crate::store::Conn;
use crate::store::credentials::{self, KeyRow};

/// What can be checked of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipts {
    /// k.
    pub threshold: u32,
    /// By audience and unit.
    pub units: Vec<UnitReceipt>,
    /// How many people answered in which way.
    pub ways: Ways,
    /// Every spent token in hex, sorted. Empty when they are fewer than k.
    pub tokens: Vec<String>,
}

/// What came of a unit's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitReceipt {
    /// The agency's code, or the cluster's id.
    pub unit: String,
    /// Invited people.
    pub invited: u32,
    /// Credentials claimed and responses received with one; `None` where they are withheld.
    pub counts: Option<Counts>,
}

/// Two counts that are shown together or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Credentials claimed.
    pub claimed: u32,
    /// Responses received with one.
    pub received: u32,
}

/// Responses of the round's anonymous audiences, down to a multiple of five; `None` when fewer than k.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ways {
    /// With a credential.
    pub with_credential: Option<u32>,
    /// With the invitation.
    pub with_invitation: Option<u32>,
}

/// The receipts of a closed round; `None` while it is open, and for one that opened without keys.
///
/// # Errors
/// [`RoundError::Unknown`] when there is no such round.
pub fn receipts(conn: &mut Conn, id: &RoundId) -> Result<Option<Receipts>, RoundError> {
    let round = super::find(conn, id)?;
    let is_over = matches!(
        round.state,
        RoundState::Closed | RoundState::Sealed | RoundState::Published
    );
    let published = manifest::find(conn, id)?.filter(|_| is_over);
    let Some(published) = published else {
        return Ok(None);
    };
    let keys = credentials::keys(conn, id.as_str())?;
    let rule = thresholds(&round)?;
    let shown = shown(&keys, &rule);
    let invited = |key: &KeyRow| {
        let units = published
            .manifest
            .audiences
            .values()
            .flat_map(|audience| &audience.units);
        let id = hex(&key.key_id);
        units
            .into_iter()
            .find(|unit| unit.key_id == id)
            .map_or(0, |unit| unit.invited)
    };
    let units = keys.iter().zip(shown).map(|(key, shown)| UnitReceipt {
        unit: key.unit.clone(),
        invited: invited(key),
        counts: shown.then(|| Counts {
            claimed: count(key.claimed),
            received: count(key.received),
        }),
    });
    let tokens = credentials::tokens(conn, id.as_str())?;
    let enough = u64::try_from(tokens.len()).is_ok_and(|tokens| tokens >= rule.least_respondents());
    Ok(Some(Receipts {
        threshold: round.thresholds.least_respondents,
        units: units.collect(),
        ways: ways(&keys, &rule),
        tokens: tokens.iter().filter(|_| enough).map(|token| hex(token)).collect(),
    }))
}

/// Which units' counts may be shown.
fn shown(keys: &[KeyRow], rule: &Thresholds) -> Vec<bool> {
    let k = rule.least_respondents();
    let parts: Vec<Part> = keys
        .iter()
        .map(|key| {
            let (claimed, received, all) = (count(key.claimed), count(key.received), count(key.responses));
            let others = u64::from(all.saturating_sub(received));
            let enough = u64::from(claimed) >= k && u64::from(received) >= k;
            Part {
                respondents: u64::from(received),
                shown: enough && (others == 0 || others >= k),
            }
        })
        .collect();
    let total = parts.iter().map(|part| part.respondents).sum();
    withhold_remainders(total, &parts, rule)
}

fn ways(keys: &[KeyRow], rule: &Thresholds) -> Ways {
    let sum = |of: fn(&KeyRow) -> Option<i32>| keys.iter().map(|key| u64::from(count(of(key)))).sum::<u64>();
    let (received, all) = (sum(|key| key.received), sum(|key| key.responses));
    let floored = |responses| match open_count(responses, rule) {
        OpenCount::AtLeast(count) => u32::try_from(count).ok(),
        OpenCount::BelowThreshold => None,
    };
    Ways {
        with_credential: floored(received),
        with_invitation: floored(all.saturating_sub(received)),
    }
}

fn count(stored: Option<i32>) -> u32 {
    stored.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(claimed: i32, received: i32, responses: i32) -> KeyRow {
        KeyRow {
            key_id: vec![],
            round: String::new(),
            audience: String::new(),
            unit: String::new(),
            agency: String::new(),
            public_key: vec![],
            private_key: None,
            claimed: Some(claimed),
            received: Some(received),
            responses: Some(responses),
        }
    }

    #[test]
    fn no_count_below_k_is_shown_nor_had_by_subtraction() {
        let rule = Thresholds::new(10, 10, 20).unwrap();
        let told = |keys: &[KeyRow]| shown(keys, &rule);
        assert_eq!(told(&[key(30, 25, 25), key(40, 40, 40)]), [true, true]);
        // One unit of 4: it is withheld, and with it the next smallest, or the length of the list would give it away.
        assert_eq!(
            told(&[key(30, 25, 25), key(5, 4, 4), key(40, 40, 40)]),
            [false, false, true]
        );
        // Three people answered with their invitation: the number of responses minus the tokens would count them.
        assert_eq!(told(&[key(30, 25, 28), key(40, 40, 40)]), [false, true]);
        // Twelve did: they hide each other.
        assert_eq!(told(&[key(30, 25, 37), key(40, 40, 40)]), [true, true]);
    }
}
