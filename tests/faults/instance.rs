//! The real binary, serving a database, to be killed.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::cli::rapport;
use crate::support::SECRET;

/// One instance. Killed when dropped.
pub struct Instance {
    /// Where it listens.
    pub base: String,
    child: Child,
    folder: TempDir,
}

impl Instance {
    /// Serves this database.
    pub fn serve(database_url: &str) -> Self {
        Self::start(database_url, false)
    }

    /// Serves this database, and suffers what [`Instance::fault`] says.
    pub fn that_suffers(database_url: &str) -> Self {
        Self::start(database_url, true)
    }

    fn start(database_url: &str, suffers: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = File::create(folder.path().join("log")).expect("a log");
        let mut command = rapport(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        command
            .env("RAPPORT_DATABASE_URL", database_url)
            .env("RAPPORT_SECRET", String::from_utf8_lossy(SECRET).as_ref());
        if suffers {
            command
                .env("LD_PRELOAD", shim())
                .env("RAPPORT_FAULTS", folder.path());
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let told = child.stdout.take().expect("standard output");
        BufReader::new(told).read_line(&mut line).expect("a line");
        let base = line.trim().strip_prefix("Rapport listens on ").map(str::to_owned);
        let base = base.unwrap_or_else(|| panic!("it did not start: {line}{}", log_of(folder.path())));
        Self { base, child, folder }
    }

    /// Kills it, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Tells it to stop, as a service manager would, and waits.
    pub fn stop(mut self) -> (ExitStatus, String) {
        self.tell_to_stop();
        let status = self.child.wait().expect("it ends");
        (status, self.log())
    }

    /// Tells it to stop.
    pub fn tell_to_stop(&self) {
        let told = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(told.expect("kill is there").success());
    }

    /// What it logged.
    pub fn log(&self) -> String {
        log_of(self.folder.path())
    }

    /// Begins or changes a fault of `shim.c`.
    pub fn fault(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).expect("a file");
    }

    /// Ends a fault.
    pub fn heal(&self, name: &str) {
        fs::remove_file(self.folder.path().join(name)).expect("it was there");
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn log_of(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// The compiled shim, once a run.
fn shim() -> &'static Path {
    static SHIM: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let library = folder.path().join("shim.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .args([
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/shim.c"),
                "-ldl",
            ])
            .status();
        assert!(compiled.expect("cc is there: install a C compiler").success());
        (folder, library)
    });
    &SHIM.1
}
