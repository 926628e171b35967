//! Statements for PostgreSQL whose text never changes, however many rows they are about: lists travel as arrays, so that
//! the server plans a statement once and keeps it.
//!
//! Diesel sends what it does not keep (`sql_query`, an INSERT of several rows) in two journeys, one to plan it and one to
//! run it. SQLite plans in the same process; there the lists are written out.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error as DieselError;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};

/// What stands in the place of a `?`.
pub(super) enum Given<'a> {
    Text(&'a str),
    Number(i64),
    Texts(Vec<&'a str>),
    MaybeTexts(Vec<Option<&'a str>>),
    Blobs(Vec<&'a [u8]>),
    MaybeBlobs(Vec<Option<&'a [u8]>>),
    Flags(Vec<bool>),
}

/// A statement that returns rows of the SQL type `R`.
pub(super) struct Fixed<'a, R> {
    text: &'static str,
    given: Vec<Given<'a>>,
    row: PhantomData<R>,
}

/// A statement with a `?` for each of `given`, in their order.
pub(super) fn fixed<'a, R>(text: &'static str, given: Vec<Given<'a>>) -> Fixed<'a, R> {
    Fixed {
        text,
        given,
        row: PhantomData,
    }
}

/// The same for a statement of which only the number of rows is of interest.
pub(super) fn fixed_run(
    conn: &mut PgConnection,
    text: &'static str,
    given: Vec<Given<'_>>,
) -> QueryResult<usize> {
    fixed::<Text>(text, given).execute(conn)
}

impl<R> QueryFragment<Pg> for Fixed<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut given = self.given.iter();
        for (place, part) in self.text.split('?').enumerate() {
            if place > 0 {
                let value = given.next().ok_or_else(|| {
                    DieselError::QueryBuilderError("a statement has more places than values".into())
                })?;
                value.bind(&mut out)?;
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

impl Given<'_> {
    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Text(value) => out.push_bind_param::<Text, _>(value),
            Self::Number(value) => out.push_bind_param::<BigInt, _>(value),
            Self::Texts(values) => out.push_bind_param::<Array<Text>, _>(values),
            Self::MaybeTexts(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values),
            Self::Blobs(values) => out.push_bind_param::<Array<Binary>, _>(values),
            Self::MaybeBlobs(values) => out.push_bind_param::<Array<Nullable<Binary>>, _>(values),
            Self::Flags(values) => out.push_bind_param::<Array<Bool>, _>(values),
        }
    }
}

/// Diesel keeps it by its text, since nothing in it is marked as unsafe to keep.
impl<R> QueryId for Fixed<'_, R> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<R> Query for Fixed<'_, R> {
    type SqlType = R;
}

impl<R> RunQueryDsl<PgConnection> for Fixed<'_, R> {}
