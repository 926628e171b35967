//! What people wrote in their own words, after the scrub and after a person released it.
//!
//! | file | what |
//! | --- | --- |
//! | this one | released comments of a unit, for whoever may see its results |
//! | [`review`] | what waits for a decision, and the decision |
//!
//! Comments are stored apart from the ratings under random keys of their own, with the unit and nothing else (`collect::mix`),
//! and are listed by these keys: in an order that says nothing, without a date, never by segment. A comment is read only of a unit of
//! which the sealed result tells that [`LEAST_RESPONDENTS`] people or more answered; where it withholds that number,
//! it withholds the comments with it. Attributed audiences have none here: their words bear a name, and whoever follows up reads
//! them there (`follow::heard`), as their promise says.

pub mod review;

use super::model::{DocumentAudience, DocumentUnit, Subject};
use super::read::Results;
use crate::protect::Released;
use crate::protect::comment::LEAST_RESPONDENTS;
use crate::round::manifest::hex;
use crate::store::comments::{self as rows, Among, DecisionRow};
use crate::store::{Conn, StoreError};

/// A comment that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its random key, in hex: what a list goes on from.
    pub key: String,
    /// The question it answers.
    pub item: String,
    /// What was written, as far as it was released.
    pub words: Released,
}

/// Whether comments of a unit may be shown, by what a result tells of it.
#[must_use]
pub fn has_enough(results: &Results, audience: &DocumentAudience, unit: &DocumentUnit) -> bool {
    let told = results.figure(&audience.name, &unit.unit, &Subject::Responses);
    told.is_some_and(|figure| u64::from(figure.respondents) >= LEAST_RESPONDENTS)
}

/// Released comments of a unit that a reader may see, behind the key `after`, at most `limit`. `results` is what the reader may see,
/// with the figure [`Subject::Responses`] of the unit.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn of_unit(
    conn: &mut Conn,
    results: &Results,
    audience: &DocumentAudience,
    unit: &DocumentUnit,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Comment>, StoreError> {
    if !has_enough(results, audience, unit) {
        return Ok(Vec::new());
    }
    let after = after.and_then(bytes).unwrap_or_default();
    let among = among(results, audience, unit);
    rows::released(conn, &among, &after, limit)?
        .into_iter()
        .map(Comment::read)
        .collect()
}

/// How many comments of a unit are released and may be seen.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn count_of_unit(
    conn: &mut Conn,
    results: &Results,
    audience: &DocumentAudience,
    unit: &DocumentUnit,
) -> Result<u64, StoreError> {
    if !has_enough(results, audience, unit) {
        return Ok(0);
    }
    let count = rows::count_released(conn, &among(results, audience, unit))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

fn among<'a>(results: &'a Results, audience: &'a DocumentAudience, unit: &'a DocumentUnit) -> Among<'a> {
    Among {
        round: results.document.round.as_str(),
        audience: audience.name.as_str(),
        agencies: unit.agencies.iter().map(|agency| agency.as_str()).collect(),
    }
}

impl Comment {
    fn read(row: DecisionRow) -> Result<Self, StoreError> {
        let released = row.released.unwrap_or_default();
        Ok(Self {
            key: hex(&row.comment),
            item: row.item,
            words: serde_json::from_str(&released).map_err(|error| StoreError::Corrupt {
                what: "released comment",
                problem: error.to_string(),
            })?,
        })
    }
}

/// A key from its hex form; `None` for anything else.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
