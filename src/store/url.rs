//! Where the database is, parsed strictly: a mistyped URL must never quietly become a new SQLite file.

use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use super::Engine;

/// A database this binary can open.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file; its folder must exist.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as `libpq` understands it.
    Postgres(String),
}

/// Why a text is no database URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a database URL: use `sqlite://PATH` or `postgres://USER@HOST:PORT/DATABASE`")]
pub struct BadDatabaseUrl;

impl DatabaseUrl {
    /// The engine behind it.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = BadDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(BadDatabaseUrl),
        }
    }
}

/// Prints without the password, since it ends up in logs.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => match (url.split_once("://"), url.rsplit_once('@')) {
                (Some((scheme, _)), Some((_, place))) => write!(f, "{scheme}://***@{place}"),
                _ => f.write_str(url),
            },
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stray_word_is_refused_rather_than_becoming_a_file() {
        for text in ["rapport.db", "", "sqlite://", "mysql://localhost/x", "postgres"] {
            assert_eq!(text.parse::<DatabaseUrl>(), Err(BadDatabaseUrl), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let url: DatabaseUrl = "postgres://me:s3cr@t@db.example/rapport".parse().unwrap();
        assert_eq!(format!("{url} {url:?}").matches("s3cr").count(), 0);
        assert_eq!(url.to_string(), "postgres://***@db.example/rapport");
    }
}
