//! An empty database per test, on either engine.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use rapport::store::{Conn, DatabaseUrl};
use tempfile::TempDir;

/// A database that is gone when this is dropped.
pub struct TestDatabase {
    /// Where it is.
    pub url: DatabaseUrl,
    /// The folder of a SQLite database, with its write-ahead log.
    pub folder: Option<TempDir>,
    server: Option<(String, String)>,
}

impl TestDatabase {
    /// A copy of the files of a folder in which another SQLite database was left and is not written to.
    pub fn copy_of(kept: &Path) -> Self {
        let copy = Self::sqlite();
        let folder = copy.folder.as_ref().expect("a folder").path();
        for file in std::fs::read_dir(kept).expect("the folder is there") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), folder.join(file.file_name())).expect("copied");
        }
        copy
    }

    /// An empty file in a folder of its own.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            url: DatabaseUrl::Sqlite(folder.path().join("test.sqlite")),
            folder: Some(folder),
            server: None,
        }
    }

    /// An empty database on the server that `RAPPORT_TEST_POSTGRES` names.
    #[expect(
        clippy::disallowed_methods,
        reason = "which server to test against is a matter of the machine"
    )]
    pub fn postgres() -> Self {
        let server = std::env::var("RAPPORT_TEST_POSTGRES").expect(
            "RAPPORT_TEST_POSTGRES is not set: run `./test`, which starts a PostgreSQL of its own, or set it to a \
             server where databases may be created, e.g. postgres://me@127.0.0.1:5432/postgres",
        );
        let name = format!("rapport_test_{}", random_name());
        Self::named(server, name)
    }

    /// An empty database on a server that goes away by itself: it is not removed.
    pub fn on_server(server: &str) -> Self {
        let mut database = Self::named(server.to_owned(), format!("rapport_test_{}", random_name()));
        database.server = None;
        database
    }

    fn named(server: String, name: String) -> Self {
        execute(&server, &format!("CREATE DATABASE {name}"));
        let (place, _) = server.rsplit_once('/').expect("a URL that ends in /DATABASE");
        Self {
            url: DatabaseUrl::Postgres(format!("{place}/{name}")),
            folder: None,
            server: Some((server, name)),
        }
    }
}

impl TestDatabase {
    /// A connection of one's own, past the store and its queue of writes.
    pub fn connection(&self) -> Conn {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_str().expect("a path in UTF-8");
                Conn::Sqlite(SqliteConnection::establish(path).expect("the file opens"))
            }
            DatabaseUrl::Postgres(url) => Conn::Pg(PgConnection::establish(url).expect("the server answers")),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            execute(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn execute(server: &str, sql: &str) {
    let mut conn = PgConnection::establish(server).expect("RAPPORT_TEST_POSTGRES names a running server");
    conn.batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn random_name() -> String {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).expect("randomness");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes an agency of that code, unless there is one.
pub fn ensure_agency(conn: &mut Conn, code: &str) {
    diesel::sql_query("INSERT INTO agencies (code, name) VALUES ($1, $2) ON CONFLICT (code) DO NOTHING")
        .bind::<diesel::sql_types::Text, _>(code)
        .bind::<diesel::sql_types::Text, _>(format!("Agency {code}"))
        .execute(conn)
        .expect("an agency is made");
}
