//! Single responses as a CSV file, one row each, written while they are read: memory does not grow with their number.
//!
//! **Attributed** responses bear the person and are there once the round is closed.
//!
//! **Anonymous** ones are there once the round is sealed, in the order of random keys that were drawn when the round
//! was mixed, which says nothing. Three rules on top of the promise:
//!
//! - An agency of which fewer than k answered is not named. Its rows stand under [`TOGETHER`] with those of all such
//!   agencies; where these are fewer than k together, the next smallest agencies join them until they are not.
//! - What respondents said of themselves (segment items) is left out: with the agency it could point at one person.
//! - What they wrote in own words is left out: it was promised to be kept apart from the ratings.

use std::collections::BTreeSet;
use std::io::Write;

use jiff::Timestamp;
use thiserror::Error;

use super::export::harmless;
use crate::collect::packed::{Column, Layout};
use crate::collect::{Answer, Rating};
use crate::identity::{Actor, audit};
use crate::round::{self, AudienceName, Mode, RoundError, RoundId, RoundState};
use crate::store::{Conn, StoreError, pool};
use crate::survey::definition::{AnswerKind, Definition, Item, ItemId};
use crate::survey::publish;

/// In the place of the agencies that are too small to be named.
pub const TOGETHER: &str = "(small agencies)";

/// Why responses are not given out.
#[derive(Debug, Error)]
pub enum RawError {
    /// The round or the database.
    #[error(transparent)]
    Round(#[from] RoundError),
    /// The round is not far enough.
    #[error("the {mode} responses of `{round}` are given out once it is {needed}; it is {state} now")]
    TooEarly {
        /// Which round.
        round: RoundId,
        /// `anonymous` or `attributed`.
        mode: &'static str,
        /// `sealed` or `closed`.
        needed: &'static str,
        /// Where it is.
        state: RoundState,
    },
    /// Fewer than k answered in all.
    #[error("fewer than {k} people of `{audience}` answered; single responses of so few are not given out")]
    TooFew {
        /// Which audience.
        audience: AudienceName,
        /// k.
        k: u32,
    },
    /// A stored record is none.
    #[error("a stored response cannot be read: {0}")]
    Corrupt(String),
    /// The file.
    #[error("the file cannot be written: {0}")]
    File(#[from] std::io::Error),
}

impl From<StoreError> for RawError {
    fn from(error: StoreError) -> Self {
        Self::Round(error.into())
    }
}

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// How many responses.
    pub rows: u64,
    /// Whether they bear names.
    pub mode: Mode,
}

/// The responses of an audience, looked at and found fit to be given out.
#[derive(Debug)]
pub struct Taken {
    round: RoundId,
    audience: AudienceName,
    mode: Mode,
    definition: Definition,
    /// Agencies that are not named.
    together: BTreeSet<String>,
}

/// Looks whether the responses of an audience may be given out, and records in the audit log that somebody takes them.
///
/// # Errors
/// [`RawError`].
pub fn take_out(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    audience: &AudienceName,
    now: Timestamp,
) -> Result<Taken, RawError> {
    let round = round::find(conn, id)?;
    let found = round.audiences.iter().find(|one| one.name == *audience);
    let mode = found
        .map(|one| one.mode)
        .ok_or_else(|| RoundError::UnknownAudience {
            round: id.clone(),
            audience: audience.clone(),
        })?;
    far_enough(id, mode, round.state)?;
    let version = publish::find(conn, &round.survey, round.version)?;
    let version = version.ok_or_else(|| {
        let missing = format!("version {} of {} is missing", round.version, round.survey);
        RawError::Corrupt(missing)
    })?;
    let mut counts: Vec<(i64, String)> = pool::by_agency(conn, id.as_str(), audience.as_str())?
        .into_iter()
        .map(|(agency, n)| (n, agency))
        .collect();
    let responses: i64 = counts.iter().map(|(n, _)| n).sum();
    let together = match mode {
        Mode::Attributed => BTreeSet::new(),
        Mode::Anonymous => small(&mut counts, audience, round.thresholds.least_respondents)?,
    };
    let detail = format!("{audience}: {responses} responses");
    audit::record(conn, who, "responses.export", id.as_str(), &detail, now)
        .map_err(|error| RawError::Round(RoundError::Unrecorded(error)))?;
    Ok(Taken {
        round: id.clone(),
        audience: audience.clone(),
        mode,
        definition: version.definition,
        together,
    })
}

impl Taken {
    /// Writes them. They are those of a closed round, so there are no others than when they were looked at.
    ///
    /// # Errors
    /// [`RawError`].
    pub fn write(&self, conn: &mut Conn, out: &mut dyn Write) -> Result<Written, RawError> {
        let layout = Layout::of(&self.definition);
        let cells: Vec<Cell> = layout
            .columns()
            .iter()
            .filter_map(|column| Cell::of(&self.definition, column, self.mode))
            .collect();
        let mut csv = csv::Writer::from_writer(out);
        let head = ["agency"]
            .into_iter()
            .chain((self.mode == Mode::Attributed).then_some("person"));
        let items = cells.iter().flat_map(Cell::names).collect::<Vec<_>>();
        csv.write_record(head.chain(items.iter().map(String::as_str)))
            .map_err(of_csv)?;
        let (mut rows, mut row) = (0, csv::ByteRecord::new());
        let (round, audience) = (self.round.as_str(), self.audience.as_str());
        pool::each(conn, round, audience, |(agency, person, record)| {
            row.clear();
            let is_named = !self.together.contains(&agency);
            row.push_field(if is_named {
                agency.as_bytes()
            } else {
                TOGETHER.as_bytes()
            });
            if self.mode == Mode::Attributed {
                row.push_field(harmless(person.as_deref().unwrap_or_default()).as_bytes());
            }
            for cell in &cells {
                cell.write(&record, &mut row)?;
            }
            rows += 1;
            csv.write_byte_record(&row).map_err(of_csv)
        })?;
        csv.flush()?;
        Ok(Written {
            rows,
            mode: self.mode,
        })
    }
}

fn far_enough(id: &RoundId, mode: Mode, state: RoundState) -> Result<(), RawError> {
    use RoundState::{Closed, Published, Sealed};
    let (name, needed, enough) = match mode {
        Mode::Anonymous => ("anonymous", "sealed", matches!(state, Sealed | Published)),
        Mode::Attributed => (
            "attributed",
            "closed",
            matches!(state, Closed | Sealed | Published),
        ),
    };
    if enough {
        return Ok(());
    }
    Err(RawError::TooEarly {
        round: id.clone(),
        mode: name,
        needed,
        state,
    })
}

/// The agencies that are not named: see the rules above.
fn small(
    counts: &mut [(i64, String)],
    audience: &AudienceName,
    k: u32,
) -> Result<BTreeSet<String>, RawError> {
    counts.sort();
    let all: i64 = counts.iter().map(|(n, _)| n).sum();
    if all < i64::from(k) {
        return Err(RawError::TooFew {
            audience: audience.clone(),
            k,
        });
    }
    Ok(too_small(counts, i64::from(k)))
}

/// `counts` ascend.
fn too_small(counts: &[(i64, String)], k: i64) -> BTreeSet<String> {
    let (mut together, mut people) = (BTreeSet::new(), 0);
    for (n, agency) in counts {
        if *n >= k && (people == 0 || people >= k) {
            break;
        }
        people += n;
        together.insert(agency.clone());
    }
    together
}

/// How an item stands in a row.
struct Cell<'a> {
    item: ItemId,
    column: &'a Column,
    is_pair: bool,
    /// The ids of the options, where there are any.
    options: Vec<String>,
}

impl<'a> Cell<'a> {
    fn of(definition: &Definition, column: &'a Column, mode: Mode) -> Option<Self> {
        let item: &Item = definition.items().find(|item| item.id == column.item)?;
        if mode == Mode::Anonymous && item.segment.is_some() {
            return None;
        }
        let options = match &item.answer {
            AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. } => {
                options.iter().map(|option| option.id.to_string()).collect()
            }
            _ => Vec::new(),
        };
        Some(Self {
            item: item.id.clone(),
            column,
            is_pair: matches!(item.answer, AnswerKind::ImportanceSatisfaction { .. }),
            options,
        })
    }

    fn names(&self) -> Vec<String> {
        if self.is_pair {
            vec![
                format!("{}.importance", self.item),
                format!("{}.satisfaction", self.item),
            ]
        } else {
            vec![self.item.to_string()]
        }
    }

    /// Ratings, which are most of all, are written from the byte as it stands.
    fn write(&self, record: &[u8], row: &mut csv::ByteRecord) -> Result<(), RawError> {
        let corrupt = || RawError::Corrupt(format!("the answer to `{}` has no meaning", self.item));
        let answer = self.column.read(record).ok_or_else(corrupt)?;
        let option = |place: u8| self.options.get(usize::from(place)).map_or("", String::as_str);
        match answer {
            Some(Answer::Pair {
                importance,
                satisfaction,
            }) => {
                row.push_field(rating(importance).as_bytes());
                row.push_field(rating(satisfaction).as_bytes());
            }
            None if self.is_pair => {
                row.push_field(b"");
                row.push_field(b"");
            }
            None | Some(Answer::Text(_)) => row.push_field(b""),
            Some(Answer::Rating(given)) => row.push_field(rating(Some(given)).as_bytes()),
            Some(Answer::Choice(place)) => row.push_field(option(place).as_bytes()),
            Some(Answer::Choices(places)) => {
                let chosen: Vec<&str> = places.into_iter().map(option).collect();
                row.push_field(chosen.join(";").as_bytes());
            }
            Some(Answer::Number(number)) => row.push_field(number.to_string().as_bytes()),
        }
        Ok(())
    }
}

const POINTS: [&str; 12] = ["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];

/// A point as its number, "don't know" as `-`, no answer as nothing.
fn rating(given: Option<Rating>) -> &'static str {
    match given {
        None => "",
        Some(Rating::OptOut) => "-",
        Some(Rating::Point(point)) => POINTS.get(usize::from(point)).copied().unwrap_or_default(),
    }
}

fn of_csv(error: csv::Error) -> RawError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => RawError::File(error),
        other => RawError::Corrupt(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(counts: &[i64], k: i64) -> usize {
        let named: Vec<(i64, String)> = counts
            .iter()
            .enumerate()
            .map(|(n, count)| (*count, format!("A{n}")))
            .collect();
        too_small(&named, k).len()
    }

    #[test]
    fn small_agencies_stand_together_and_never_as_fewer_than_k() {
        assert_eq!(together(&[10, 20, 30], 10), 0);
        assert_eq!(together(&[4, 6, 20, 30], 10), 2);
        assert_eq!(
            together(&[4, 20, 30], 10),
            2,
            "four alone would be seen by subtraction"
        );
        assert_eq!(together(&[3, 3, 3, 12], 10), 4);
        assert_eq!(together(&[9, 9, 9], 10), 3);
    }
}
