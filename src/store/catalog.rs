//! The tables as the engine itself lists them: for the backup, which must not forget one.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Conn, StoreError};

/// What a column holds, on either engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Double,
    Flag,
    Bytes,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A table with its columns in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    holder: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

#[derive(QueryableByName)]
struct ReferenceRow {
    #[diesel(sql_type = Text)]
    holder: String,
    #[diesel(sql_type = Text)]
    target: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS holder, p.name AS name, lower(p.type) AS kind FROM sqlite_schema m \
    JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND substr(m.name, 1, 2) <> '__' \
    AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, p.cid";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text AS holder, column_name::text AS name, data_type::text AS kind \
    FROM information_schema.columns WHERE table_schema = current_schema() AND left(table_name, 2) <> '__' \
    ORDER BY table_name, ordinal_position";
const SQLITE_REFERENCES: &str = "SELECT m.name AS holder, f.\"table\" AS target FROM sqlite_schema m \
    JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
const POSTGRES_REFERENCES: &str = "SELECT conrelid::regclass::text AS holder, confrelid::regclass::text AS target \
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";

/// Every table of the schema, each behind those it refers to.
///
/// # Errors
/// [`StoreError`] of the database; [`StoreError::Corrupt`] for a column of a type that no migration makes.
pub(super) fn tables(conn: &mut Conn) -> Result<Vec<Table>, StoreError> {
    let (columns, references) = match conn {
        Conn::Sqlite(_) => (SQLITE_COLUMNS, SQLITE_REFERENCES),
        Conn::Pg(_) => (POSTGRES_COLUMNS, POSTGRES_REFERENCES),
    };
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in diesel::sql_query(columns).load::<ColumnRow>(conn)? {
        let column = Column {
            kind: kind(&row)?,
            name: row.name,
        };
        tables.entry(row.holder).or_default().push(column);
    }
    let references: Vec<ReferenceRow> = diesel::sql_query(references).load(conn)?;
    Ok(sorted(tables, &references))
}

fn kind(row: &ColumnRow) -> Result<Kind, StoreError> {
    Ok(match row.kind.as_str() {
        "text" => Kind::Text,
        "bigint" | "integer" => Kind::Whole,
        "double" | "double precision" => Kind::Double,
        "boolean" => Kind::Flag,
        "blob" | "bytea" => Kind::Bytes,
        other => {
            return Err(StoreError::Corrupt {
                what: "schema",
                problem: format!("{}.{} is of the unknown type {other}", row.holder, row.name),
            });
        }
    })
}

/// Takes, again and again, the tables that refer to nothing that is still to come. A table may refer to itself.
fn sorted(mut tables: BTreeMap<String, Vec<Column>>, references: &[ReferenceRow]) -> Vec<Table> {
    let mut done = Vec::new();
    while !tables.is_empty() {
        let waiting: BTreeSet<&str> = references
            .iter()
            .filter(|row| row.holder != row.target && tables.contains_key(&row.target))
            .map(|row| row.holder.as_str())
            .collect();
        let free: Vec<String> = tables
            .keys()
            .filter(|name| !waiting.contains(name.as_str()))
            .cloned()
            .collect();
        // A circle of references, which no migration makes: the rest in any order is better than none.
        let next = if free.is_empty() {
            tables.keys().cloned().collect()
        } else {
            free
        };
        for name in next {
            if let Some(columns) = tables.remove(&name) {
                done.push(Table { name, columns });
            }
        }
    }
    done
}
