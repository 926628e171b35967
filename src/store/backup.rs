//! The whole database in one portable file: written from either engine while it is in use, read back into either.
//!
//! The file is text, a JSON value a line:
//!
//! ```text
//! {"rapport_backup":1,"migrations":["0001_foundation", ...],"made_at":"...","waiting":12}
//! {"table":"surveys","columns":["id"]}
//! ["agency-partnership"]
//! {"table":"survey_versions","columns":[ ... ]}
//! [ ... ]
//! {"rows":4711,"sha256":"..."}
//! ```
//!
//! Whole numbers and texts stand as they are, flags as 0 and 1, bytes in hexadecimal digits, doubles as the shortest or a
//! long enough text that reads back to the same bits. The last line holds the digest of all before it.
//!
//! **What is not in it**, and why, is listed in [`KEPT_BACK`]. The one that matters: responses that wait to be mixed.
//! Of two backups, the rows that are only in the second would be the answers of those whose invitations are used only in
//! the second. So a response is in a backup from its mix on; `waiting` says how many were left out.
//!
//! One transaction sees one state of the database however long the writing takes, and holds nobody up.

use std::io::{BufRead, Write};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::catalog::{self, Column, Kind, Table};
use super::{Conn, StoreError, migrate};

/// The form of the file. A reader refuses any other.
const FORM: u32 = 1;

/// How many bytes of rows are read back by one statement, about.
const CHUNK: usize = 4 << 20;

/// Tables, and columns of tables, that no backup holds.
pub const KEPT_BACK: [(&str, Option<&str>, &str); 7] = [
    (
        "intake",
        None,
        "responses that wait to be mixed: two backups would tell whose they are",
    ),
    (
        "roster_uploads",
        None,
        "files that somebody only looked at, kept for a day",
    ),
    ("sessions", None, "whoever reads the file must not be signed in"),
    ("leases", None, "they belong to running processes"),
    (
        "credential_keys",
        Some("private_key"),
        "destroyed at close, which a copy would undo",
    ),
    (
        "mails",
        None,
        "a copy that is read back would send again what was sent since",
    ),
    (
        "mailed_links",
        Some("seed"),
        "erased at close, which a copy would undo",
    ),
];

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many rows.
    pub rows: u64,
    /// How many responses were left out because they wait to be mixed.
    pub waiting: i64,
    /// When it was made, RFC 3339.
    pub made_at: String,
}

/// Why a backup could not be written or read.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error("the file cannot be read or written: {0}")]
    File(#[from] std::io::Error),
    /// The file is no backup, or not a whole one.
    #[error("line {line}: {problem}; take another copy of the backup")]
    Damaged {
        /// Which, from 1.
        line: u64,
        /// What.
        problem: String,
    },
    /// The file was made by another version.
    #[error(
        "the backup was made with the migrations {theirs}, this binary knows {ours}; restore with the version that made it, \
         then upgrade"
    )]
    OtherVersion {
        /// Of the file.
        theirs: String,
        /// Of this binary.
        ours: String,
    },
    /// The database holds something already.
    #[error("the database is not empty: `{0}` has rows; restore into a new one")]
    NotEmpty(String),
}

impl From<diesel::result::Error> for BackupError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

#[derive(Serialize, Deserialize)]
struct Head {
    rapport_backup: u32,
    migrations: Vec<String>,
    made_at: String,
    waiting: i64,
}

#[derive(Serialize, Deserialize)]
struct TableHead {
    table: String,
    columns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Foot {
    rows: u64,
    sha256: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Writes everything. Run it on a reading connection.
///
/// # Errors
/// [`BackupError`].
pub fn write(conn: &mut Conn, made_at: Timestamp, out: &mut dyn Write) -> Result<Summary, BackupError> {
    conn.transaction(|conn| {
        if let Conn::Pg(pg) = conn {
            diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(pg)?;
        }
        let waiting: Count = diesel::sql_query("SELECT count(*) AS count FROM intake").get_result(conn)?;
        let head = Head {
            rapport_backup: FORM,
            migrations: migrate::known(),
            made_at: made_at.to_string(),
            waiting: waiting.count,
        };
        let mut out = Sealing {
            out,
            digest: Sha256::new(),
            rows: 0,
        };
        out.value(&head)?;
        for table in wanted(conn)? {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            out.value(&TableHead {
                table: table.name.clone(),
                columns,
            })?;
            write_rows(conn, &table, &mut out)?;
        }
        let summary = Summary {
            rows: out.rows,
            waiting: head.waiting,
            made_at: head.made_at,
        };
        out.end()?;
        Ok(summary)
    })
}

/// The tables and columns that a backup holds.
fn wanted(conn: &mut Conn) -> Result<Vec<Table>, StoreError> {
    let mut tables = catalog::tables(conn)?;
    let kept_back = |table: &str, column: Option<&str>| {
        KEPT_BACK
            .iter()
            .any(|(name, part, _)| *name == table && *part == column)
    };
    tables.retain(|table| !kept_back(&table.name, None));
    for table in &mut tables {
        let name = table.name.clone();
        table
            .columns
            .retain(|column| !kept_back(&name, Some(&column.name)));
    }
    Ok(tables)
}

fn write_rows(conn: &mut Conn, table: &Table, out: &mut Sealing<'_>) -> Result<(), BackupError> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    let told: Vec<String> = table.columns.iter().map(|column| column.told(sqlite)).collect();
    let (function, end) = if sqlite {
        ("json_array", "")
    } else {
        ("json_build_array", "::text")
    };
    // By the first column: in the tables of responses a random key, so that the order says nothing.
    let first = table.columns.first().map_or("1", |column| column.name.as_str());
    let query = format!(
        "SELECT {function}({}){end} AS line FROM {} ORDER BY {first}",
        told.join(", "),
        table.name
    );
    match conn {
        Conn::Sqlite(sqlite) => {
            for row in diesel::sql_query(query).load_iter::<Line, _>(sqlite)? {
                out.row(&row?.line)?;
            }
        }
        Conn::Pg(pg) => {
            let rows = diesel::sql_query(query).load_iter::<Line, diesel::pg::PgRowByRowLoadingMode>(pg)?;
            for row in rows {
                out.row(&row?.line)?;
            }
        }
    }
    Ok(())
}

impl Column {
    /// The expression that tells the column as JSON.
    fn told(&self, sqlite: bool) -> String {
        let name = &self.name;
        match (self.kind, sqlite) {
            (Kind::Text | Kind::Whole, _) | (Kind::Flag, true) => name.clone(),
            (Kind::Flag, false) => format!("{name}::int"),
            (Kind::Double, true) => format!("CASE WHEN {name} IS NOT NULL THEN printf('%!.17g', {name}) END"),
            (Kind::Double, false) => format!("{name}::text"),
            (Kind::Bytes, true) => format!("CASE WHEN {name} IS NOT NULL THEN lower(hex({name})) END"),
            (Kind::Bytes, false) => format!("encode({name}, 'hex')"),
        }
    }

    /// The expression that reads the column back from place `place` of the row `r`.
    fn read(&self, place: usize, sqlite: bool) -> String {
        let value = if sqlite {
            format!("json_extract(r.value, '$[{place}]')")
        } else {
            format!("(r.value->>{place})")
        };
        match (self.kind, sqlite) {
            (Kind::Text, _) | (Kind::Whole | Kind::Flag, true) => value,
            (Kind::Whole, false) => format!("{value}::bigint"),
            (Kind::Flag, false) => format!("{value}::int::boolean"),
            (Kind::Double, true) => format!("CAST({value} AS REAL)"),
            (Kind::Double, false) => format!("{value}::double precision"),
            (Kind::Bytes, true) => format!("unhex({value})"),
            (Kind::Bytes, false) => format!("decode({value}, 'hex')"),
        }
    }
}

/// Writes lines and keeps their digest.
struct Sealing<'a> {
    out: &'a mut dyn Write,
    digest: Sha256,
    rows: u64,
}

impl Sealing<'_> {
    fn value(&mut self, value: &impl Serialize) -> Result<(), std::io::Error> {
        self.line(&serde_json::to_string(value)?)
    }

    fn row(&mut self, line: &str) -> Result<(), std::io::Error> {
        self.rows += 1;
        self.line(line)
    }

    fn line(&mut self, line: &str) -> Result<(), std::io::Error> {
        for part in [line.as_bytes(), b"\n"] {
            self.digest.update(part);
            self.out.write_all(part)?;
        }
        Ok(())
    }

    fn end(self) -> Result<(), std::io::Error> {
        let foot = Foot {
            rows: self.rows,
            sha256: hex(&self.digest.finalize()),
        };
        writeln!(self.out, "{}", serde_json::to_string(&foot)?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a whole file and checks its form and digest, without any database.
///
/// # Errors
/// [`BackupError::Damaged`] names the line; [`BackupError::OtherVersion`].
pub fn check(file: &mut dyn BufRead) -> Result<Summary, BackupError> {
    let (mut digest, mut rows, mut number) = (Sha256::new(), 0_u64, 0_u64);
    let mut head: Option<Head> = None;
    let mut line = String::new();
    loop {
        line.clear();
        number += 1;
        let damaged = |problem: &str| BackupError::Damaged {
            line: number,
            problem: problem.to_owned(),
        };
        if file.read_line(&mut line)? == 0 {
            return Err(damaged("the file ends in the middle"));
        }
        let Some(head) = &head else {
            let found: Head = serde_json::from_str(&line)
                .map_err(|error| damaged(&format!("this is no backup of Rapport ({error})")))?;
            head = Some(of_this_version(found)?);
            digest.update(&line);
            continue;
        };
        if let Ok(foot) = serde_json::from_str::<Foot>(&line) {
            let whole = foot.rows == rows && foot.sha256 == hex(&digest.finalize());
            let summary = Summary {
                rows,
                waiting: head.waiting,
                made_at: head.made_at.clone(),
            };
            return if whole {
                Ok(summary)
            } else {
                Err(damaged("the digest does not fit what stands before"))
            };
        }
        digest.update(&line);
        rows += u64::from(line.starts_with('['));
    }
}

fn of_this_version(head: Head) -> Result<Head, BackupError> {
    let ours = migrate::known();
    if head.rapport_backup == FORM && head.migrations == ours {
        return Ok(head);
    }
    Err(BackupError::OtherVersion {
        theirs: head.migrations.join(", "),
        ours: ours.join(", "),
    })
}

/// Fills an empty, migrated database from a file that was checked. Run it as one write.
///
/// # Errors
/// [`BackupError::NotEmpty`], or another [`BackupError`]; nothing is kept then.
pub fn read(conn: &mut Conn, file: &mut dyn BufRead) -> Result<(), BackupError> {
    let known = wanted(conn)?;
    for table in &known {
        let query = format!("SELECT EXISTS (SELECT 1 FROM {}) AS found", table.name);
        let rows: Exists = diesel::sql_query(query).get_result(conn)?;
        if rows.found {
            return Err(BackupError::NotEmpty(table.name.clone()));
        }
    }
    let mut filling: Option<(&Table, Vec<String>)> = None;
    let mut rows = String::new();
    for (number, line) in (1..).zip(file.lines().skip(1)) {
        let line = line?;
        if line.starts_with('[') {
            rows.push(if rows.is_empty() { '[' } else { ',' });
            rows.push_str(&line);
        }
        let ends = !line.starts_with('[');
        if (ends || rows.len() > CHUNK) && !rows.is_empty() {
            rows.push(']');
            if let Some((table, columns)) = &filling {
                insert(conn, table, columns, &rows)?;
            }
            rows.clear();
        }
        if let Ok(head) = serde_json::from_str::<TableHead>(&line) {
            let table = known.iter().find(|table| table.name == head.table);
            let table = table.ok_or_else(|| BackupError::Damaged {
                line: number,
                problem: format!("there is no table `{}`", head.table),
            })?;
            filling = Some((table, head.columns));
        }
    }
    Ok(())
}

fn insert(conn: &mut Conn, table: &Table, columns: &[String], rows: &str) -> Result<(), BackupError> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    // Only names that this schema has go into the statement.
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (place, name) in columns.iter().enumerate() {
        if let Some(column) = table.columns.iter().find(|column| column.name == *name) {
            names.push(column.name.as_str());
            values.push(column.read(place, sqlite));
        }
    }
    let from = if sqlite {
        "json_each($1)"
    } else {
        "json_array_elements($1::json)"
    };
    let alias = if sqlite { "AS r" } else { "AS r (value)" };
    let statement = format!(
        "INSERT INTO {} ({}) SELECT {} FROM {from} {alias}",
        table.name,
        names.join(", "),
        values.join(", ")
    );
    diesel::sql_query(statement).bind::<Text, _>(rows).execute(conn)?;
    Ok(())
}

/// Every table and whether a backup holds it, for the test that asks somebody to decide about a new one.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn tables(conn: &mut Conn) -> Result<Vec<(String, bool)>, StoreError> {
    let held = wanted(conn)?;
    let all = catalog::tables(conn)?.into_iter();
    Ok(all
        .map(|table| (table.name.clone(), held.iter().any(|one| one.name == table.name)))
        .collect())
}
