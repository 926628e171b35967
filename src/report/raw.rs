//! Single responses as a CSV file, one row each, written while they are read: memory does not grow with their number.
//!
//! **Attributed** responses bear the person and are there once the round is closed.
//!
//! **Anonymous** ones are never handed out by the server: respondents are promised that nobody is shown a single set of answers. Whoever operates
//! the machine holds the database anyway and may write them into a file for research, once the round is sealed, in the order of
//! random keys that were drawn when it was mixed, which says nothing. Three rules on top of the promise:
//!
//! - Only rows of units whose participation the sealed result shows, under the name of the unit. All others are left out: with them, subtraction
//!   from what is published would give what is withheld.
//! - What respondents said of themselves (segment items) is left out: with the agency it could point at one person.
//! - What they wrote in own words is left out: it was promised to be kept apart from the ratings.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use thiserror::Error;

use super::read;
use crate::collect::packed::{Column, Layout};
use crate::collect::{Answer, Rating};
use crate::identity::{Actor, audit};
use crate::round::{self, AudienceName, Mode, RoundError, RoundId, RoundState};
use crate::store::{Conn, StoreError, pool};
use crate::survey::definition::{AnswerKind, Definition, Item, ItemId};
use crate::survey::publish;
use crate::table::harmless;

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
    /// Not over the server.
    #[error(
        "single responses of `{audience}` are not given out: its respondents were promised that nobody is shown a single set of answers; take the figures instead"
    )]
    Promised {
        /// Which audience.
        audience: AudienceName,
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

/// The responses of an audience, looked at and found fit to be given out.
#[derive(Debug)]
pub struct Taken {
    round: RoundId,
    audience: AudienceName,
    mode: Mode,
    definition: Definition,
    /// The name under which the rows of an agency stand, of anonymous audiences; those of others are left out.
    shown: BTreeMap<String, String>,
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
    let shown = match mode {
        Mode::Attributed => BTreeMap::new(),
        Mode::Anonymous if !who.is_operator() => {
            return Err(RawError::Promised {
                audience: audience.clone(),
            });
        }
        Mode::Anonymous => shown(conn, id, audience)?,
    };
    let counts = pool::by_agency(conn, id.as_str(), audience.as_str())?.into_iter();
    let given = counts.filter(|(agency, _)| mode == Mode::Attributed || shown.contains_key(agency));
    let responses: i64 = given.map(|(_, n)| n).sum();
    let detail = format!("{audience}: {responses} responses");
    audit::record(conn, who, "responses.export", id.as_str(), &detail, now)
        .map_err(|error| RawError::Round(RoundError::Unrecorded(error)))?;
    Ok(Taken {
        round: id.clone(),
        audience: audience.clone(),
        mode,
        definition: version.definition,
        shown,
    })
}

impl Taken {
    /// Writes them. They are those of a closed round, so there are no others than when they were looked at.
    ///
    /// # Errors
    /// [`RawError`].
    pub fn write(&self, conn: &mut Conn, out: &mut dyn Write) -> Result<(), RawError> {
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
        let mut row = csv::ByteRecord::new();
        let (round, audience) = (self.round.as_str(), self.audience.as_str());
        pool::each(conn, round, audience, |(agency, person, record)| {
            let unit = match self.mode {
                Mode::Attributed => Some(&agency),
                Mode::Anonymous => self.shown.get(&agency),
            };
            let Some(unit) = unit else {
                return Ok(());
            };
            row.clear();
            row.push_field(unit.as_bytes());
            if self.mode == Mode::Attributed {
                row.push_field(harmless(person.as_deref().unwrap_or_default()).as_bytes());
            }
            for cell in &cells {
                cell.write(&record, &mut row)?;
            }
            csv.write_byte_record(&row).map_err(of_csv)
        })?;
        Ok(csv.flush()?)
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

/// The agencies whose rows are given out, with the unit that they are reported in: see the rules above.
fn shown(
    conn: &mut Conn,
    id: &RoundId,
    audience: &AudienceName,
) -> Result<BTreeMap<String, String>, RawError> {
    let told = read::participation(conn, id)?;
    let told = told.ok_or_else(|| RawError::Corrupt("a sealed round has no result".to_owned()))?;
    let units = told.document.audiences.iter().filter(|of| of.name == *audience);
    let shown = units.flat_map(|of| &of.units).filter(|unit| {
        let key = (audience.clone(), unit.unit.clone());
        told.respondents.contains_key(&key)
    });
    let named = shown.flat_map(|unit| {
        let agencies = unit.agencies.iter();
        agencies.map(|agency| (agency.to_string(), unit.unit.id().to_owned()))
    });
    Ok(named.collect())
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
