//! Queries about service levels.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::schema::service_levels;
use super::{Conn, StoreError};

/// How many rows go into one INSERT; see `store::invitations`.
const CHUNK: usize = 1000;

/// What a service delivered to an agency in a period, as it is stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = service_levels, treat_none_as_default_value = false)]
pub struct ServiceLevelRow {
    /// To which agency.
    pub agency: String,
    /// `2026`, `2026-Q3` or `2026-07`.
    pub period: String,
    /// Which service.
    pub service: String,
    /// What of it was measured.
    pub measure: String,
    /// In which unit.
    pub unit: String,
    /// What was agreed.
    pub target: f64,
    /// What was delivered.
    pub actual: f64,
    /// Whether less than the target is better than it.
    pub less_is_better: bool,
}

/// Adds service levels; one of the same agency, period, service and measure is replaced.
///
/// # Errors
/// [`StoreError::Reference`] when an agency does not exist.
pub fn upsert(conn: &mut Conn, rows: &[ServiceLevelRow]) -> Result<(), StoreError> {
    use service_levels::{actual, agency, less_is_better, measure, period, service, target, unit};
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(service_levels::table)
            .values(chunk)
            .on_conflict((agency, period, service, measure))
            .do_update()
            .set((
                unit.eq(excluded(unit)),
                target.eq(excluded(target)),
                actual.eq(excluded(actual)),
                less_is_better.eq(excluded(less_is_better)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// The service levels of these agencies (`None` means all), by agency, the last period first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(
    conn: &mut Conn,
    agencies: Option<&[String]>,
    limit: i64,
) -> Result<Vec<ServiceLevelRow>, StoreError> {
    let mut query = service_levels::table.into_boxed();
    if let Some(agencies) = agencies {
        query = query.filter(service_levels::agency.eq_any(agencies));
    }
    Ok(query
        .order((
            service_levels::agency,
            service_levels::period.desc(),
            service_levels::service,
            service_levels::measure,
        ))
        .limit(limit)
        .select(ServiceLevelRow::as_select())
        .load(conn)?)
}
