//! Queries about sealed results: their heads and their figures. Rows are only ever added.

use diesel::prelude::*;

use super::schema::{figures, rounds, seals};
use super::{Conn, StoreError};

/// Rows of one statement: ten values each stay far below what either engine binds (32 766).
const CHUNK: usize = 1000;

/// The head of a sealed result.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = seals, treat_none_as_default_value = false)]
pub struct SealRow {
    /// Of which round.
    pub round: String,
    /// 1, and one more for each correction.
    pub revision: i32,
    /// SHA-256 of `document`.
    pub digest: String,
    /// SHA-256 over what it was computed from.
    pub inputs_digest: String,
    /// Canonical JSON.
    pub document: String,
    /// Milliseconds since 1970.
    pub sealed_at: i64,
    /// Why it replaces the revision before.
    pub reason: Option<String>,
}

/// One figure of a sealed result.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = figures, treat_none_as_default_value = false)]
pub struct FigureRow {
    /// Of which round ...
    pub round: String,
    /// ... and which revision of its result.
    pub revision: i32,
    /// Of which audience.
    pub audience: String,
    /// See `report::model::Unit`.
    pub unit_kind: String,
    /// See `unit_kind`.
    pub unit: String,
    /// See `report::model::Cut`; empty when it is of everybody.
    pub cut_segment: String,
    /// See `cut_segment`.
    pub cut_option: String,
    /// See `report::model::Subject`.
    pub subject_kind: String,
    /// See `subject_kind`.
    pub subject: String,
    /// Canonical JSON of the protected figure.
    pub figure: String,
}

/// Which figures are wanted. `None` means all.
#[derive(Debug, Clone, Default)]
pub struct FigureFilter {
    /// Of one audience.
    pub audience: Option<String>,
    /// Of these units, by kind and id.
    pub units: Option<Vec<(String, String)>>,
    /// Of this cut, by segment and option; two empty texts are those of everybody.
    pub cut: Option<(String, String)>,
    /// Of these kinds of subjects.
    pub subject_kinds: Option<Vec<String>>,
    /// Of this subject.
    pub subject: Option<String>,
}

/// Adds a seal with all its figures.
///
/// # Errors
/// [`StoreError::Duplicate`] when the revision is there already.
pub fn insert(conn: &mut Conn, seal: &SealRow, rows: &[FigureRow]) -> Result<(), StoreError> {
    each!(conn, c => diesel::insert_into(seals::table).values(seal).execute(c))?;
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(figures::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The newest seal of a round.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn latest_seal(conn: &mut Conn, round: &str) -> Result<Option<SealRow>, StoreError> {
    Ok(seals::table
        .filter(seals::round.eq(round))
        .order(seals::revision.desc())
        .select(SealRow::as_select())
        .first(conn)
        .optional()?)
}

/// Number and digest of the newest revision of a round's result.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn newest_revision(conn: &mut Conn, round: &str) -> Result<Option<(i32, String)>, StoreError> {
    Ok(seals::table
        .filter(seals::round.eq(round))
        .order(seals::revision.desc())
        .select((seals::revision, seals::digest))
        .first(conn)
        .optional()?)
}

/// All seals of a round, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn seals_of(conn: &mut Conn, round: &str) -> Result<Vec<SealRow>, StoreError> {
    Ok(seals::table
        .filter(seals::round.eq(round))
        .order(seals::revision)
        .select(SealRow::as_select())
        .load(conn)?)
}

/// The figures of one revision that pass the filter, by key.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn figures_of(
    conn: &mut Conn,
    round: &str,
    revision: i32,
    filter: &FigureFilter,
) -> Result<Vec<FigureRow>, StoreError> {
    let mut query = figures::table
        .filter(figures::round.eq(round))
        .filter(figures::revision.eq(revision))
        .into_boxed();
    if let Some(audience) = &filter.audience {
        query = query.filter(figures::audience.eq(audience));
    }
    if let Some(units) = &filter.units {
        let (kinds, ids): (Vec<&String>, Vec<&String>) = units.iter().map(|(kind, id)| (kind, id)).unzip();
        query = query
            .filter(figures::unit_kind.eq_any(kinds))
            .filter(figures::unit.eq_any(ids));
    }
    if let Some((segment, option)) = &filter.cut {
        query = query
            .filter(figures::cut_segment.eq(segment))
            .filter(figures::cut_option.eq(option));
    }
    if let Some(kinds) = &filter.subject_kinds {
        query = query.filter(figures::subject_kind.eq_any(kinds));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(figures::subject.eq(subject));
    }
    let mut rows = query.select(FigureRow::as_select()).load(conn)?;
    // Ordered here: the two engines collate texts differently, and the digest depends on the order.
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    if let Some(units) = &filter.units {
        // The two lists above also let through pairs that cross them.
        rows.retain(|row| {
            units
                .iter()
                .any(|(kind, id)| *kind == row.unit_kind && *id == row.unit)
        });
    }
    Ok(rows)
}

/// The ids of rounds whose result is visible, the last closed first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn published_rounds(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    Ok(rounds::table
        .filter(rounds::state.eq("published"))
        .order((rounds::closed_at.desc(), rounds::id.desc()))
        .select(rounds::id)
        .load(conn)?)
}

/// The ids of sealed and published rounds, the first closed first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn sealed_rounds(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    Ok(rounds::table
        .filter(rounds::state.eq_any(["sealed", "published"]))
        .order((rounds::closed_at.asc(), rounds::id.asc()))
        .select(rounds::id)
        .load(conn)?)
}

impl FigureRow {
    /// The key, in the order in which figures are digested.
    #[must_use]
    pub fn key(&self) -> [&str; 7] {
        [
            &self.audience,
            &self.unit_kind,
            &self.unit,
            &self.cut_segment,
            &self.cut_option,
            &self.subject_kind,
            &self.subject,
        ]
    }
}
