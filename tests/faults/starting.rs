//! Several processes start at once on an empty database.

use std::process::Stdio;

use crate::cli::rapport;
use crate::support::{TestDatabase, address_of};

fn all_migrate(database: &TestDatabase) {
    let url = address_of(&database.url);
    let folder = tempfile::tempdir().unwrap();
    let running: Vec<_> = (0..6)
        .map(|_| {
            let mut command = rapport(folder.path(), &["migrate", "--database-url", &url]);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let (code, out, _) = crate::cli::run(rapport(
        folder.path(),
        &["migrate", "--dry-run", "--database-url", &url],
    ));
    assert_eq!((code, out.trim()), (0, "the schema is up to date"));
}

#[test]
fn processes_that_start_together_migrate_sqlite_once() {
    all_migrate(&TestDatabase::sqlite());
}

#[test]
fn processes_that_start_together_migrate_postgres_once() {
    all_migrate(&TestDatabase::postgres());
}
