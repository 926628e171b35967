//! Queries about surveys, their published versions and their drafts.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{survey_drafts, survey_versions, surveys};
use super::{Conn, StoreError};

/// A published version, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = survey_versions)]
pub struct VersionRow {
    /// The survey's id.
    pub survey: String,
    /// 1, 2, 3 ...
    pub number: i32,
    /// SHA-256 of `definition`, in hex.
    pub digest: String,
    /// Canonical JSON.
    pub definition: String,
    /// Milliseconds since 1970.
    pub published_at: i64,
    /// Who published it.
    pub published_by: String,
}

/// A version without its definition, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = survey_versions)]
pub struct VersionHead {
    /// The survey's id.
    pub survey: String,
    /// 1, 2, 3 ...
    pub number: i32,
    /// SHA-256 of the definition, in hex.
    pub digest: String,
    /// Milliseconds since 1970.
    pub published_at: i64,
    /// Who published it.
    pub published_by: String,
}

/// A draft, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = survey_drafts)]
pub struct DraftRow {
    /// The survey's id.
    pub survey: String,
    /// What was typed last, valid or not.
    pub definition: String,
    /// Milliseconds since 1970.
    pub updated_at: i64,
    /// Who saved it.
    pub updated_by: String,
}

/// The survey's row, made if it is not there.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn ensure_survey(conn: &mut Conn, survey: &str) -> Result<(), StoreError> {
    let values = surveys::id.eq(survey);
    each!(conn, c => diesel::insert_into(surveys::table).values(values).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Adds a published version.
///
/// # Errors
/// [`StoreError::Duplicate`] when the number or the content is there already.
pub fn insert_version(conn: &mut Conn, row: &VersionRow) -> Result<(), StoreError> {
    diesel::insert_into(survey_versions::table)
        .values((
            survey_versions::survey.eq(&row.survey),
            survey_versions::number.eq(row.number),
            survey_versions::digest.eq(&row.digest),
            survey_versions::definition.eq(&row.definition),
            survey_versions::published_at.eq(row.published_at),
            survey_versions::published_by.eq(&row.published_by),
        ))
        .execute(conn)?;
    Ok(())
}

/// One version of a survey.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn version(conn: &mut Conn, survey: &str, number: i32) -> Result<Option<VersionRow>, StoreError> {
    Ok(survey_versions::table
        .find((survey, number))
        .select(VersionRow::as_select())
        .first(conn)
        .optional()?)
}

/// The newest version of a survey.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn latest(conn: &mut Conn, survey: &str) -> Result<Option<VersionRow>, StoreError> {
    Ok(survey_versions::table
        .filter(survey_versions::survey.eq(survey))
        .order(survey_versions::number.desc())
        .select(VersionRow::as_select())
        .first(conn)
        .optional()?)
}

/// All versions of a survey with their definitions, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn versions(conn: &mut Conn, survey: &str) -> Result<Vec<VersionRow>, StoreError> {
    Ok(survey_versions::table
        .filter(survey_versions::survey.eq(survey))
        .order(survey_versions::number)
        .select(VersionRow::as_select())
        .load(conn)?)
}

/// All versions of all surveys, without their definitions, by survey and number.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn heads(conn: &mut Conn) -> Result<Vec<VersionHead>, StoreError> {
    Ok(survey_versions::table
        .order((survey_versions::survey, survey_versions::number))
        .select(VersionHead::as_select())
        .load(conn)?)
}

/// The draft of a survey.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn draft(conn: &mut Conn, survey: &str) -> Result<Option<DraftRow>, StoreError> {
    Ok(survey_drafts::table
        .find(survey)
        .select(DraftRow::as_select())
        .first(conn)
        .optional()?)
}

/// Holds the draft of a survey, if there is one, against every other writer until the transaction ends. SQLite has one writer at a time
/// and needs no lock.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn lock_draft(conn: &mut Conn, survey: &str) -> Result<(), StoreError> {
    if let Conn::Pg(pg) = conn {
        survey_drafts::table
            .find(survey)
            .select(survey_drafts::survey)
            .for_update()
            .load::<String>(pg)?;
    }
    Ok(())
}

/// All drafts, by survey.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn drafts(conn: &mut Conn) -> Result<Vec<DraftRow>, StoreError> {
    Ok(survey_drafts::table
        .order(survey_drafts::survey)
        .select(DraftRow::as_select())
        .load(conn)?)
}

/// Stores a draft, in place of the one before.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn put_draft(
    conn: &mut Conn,
    survey: &str,
    definition: &str,
    at: Timestamp,
    by: &str,
) -> Result<(), StoreError> {
    let values = (
        survey_drafts::definition.eq(definition),
        survey_drafts::updated_at.eq(at.as_millisecond()),
        survey_drafts::updated_by.eq(by),
    );
    each!(conn, c => diesel::insert_into(survey_drafts::table)
        .values((survey_drafts::survey.eq(survey), values))
        .on_conflict(survey_drafts::survey)
        .do_update()
        .set(values)
        .execute(c))?;
    Ok(())
}

/// Removes the draft of a survey, if there is one.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn delete_draft(conn: &mut Conn, survey: &str) -> Result<(), StoreError> {
    diesel::delete(survey_drafts::table.find(survey)).execute(conn)?;
    Ok(())
}
