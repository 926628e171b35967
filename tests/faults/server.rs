//! A PostgreSQL of one's own, to be killed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(15);

/// A running server; gone when dropped.
pub struct Server {
    folder: TempDir,
    port: u16,
}

impl Server {
    /// Makes and starts one, with `fsync` on as in the field.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rapport-pg")
            .tempdir()
            .expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let server = Self { folder, port };
        if is_root() {
            // PostgreSQL refuses to run as root.
            succeed(Command::new("chown").arg("postgres").arg(server.folder.path()));
        }
        succeed(
            server
                .tool("initdb")
                .args(["-U", "rapport", "-A", "trust", "--no-sync", "-D"])
                .arg(server.data()),
        );
        server.up();
        server
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://rapport@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, again. For a moment after a kill the port or the memory of the one before may still be taken: somebody who
    /// tries to connect to a port that nobody listens on can be given that very port.
    pub fn up(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_connections=60",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log");
        let started = Instant::now();
        loop {
            let mut start = self.tool("pg_ctl");
            start.arg("-D").arg(self.data()).arg("-l").arg(&log);
            start.args(["-w", "-o", &options, "start"]);
            // A pipe would be inherited by the server and never end.
            let status = start.stdout(Stdio::null()).stderr(Stdio::null()).status();
            if status.expect("it starts").success() {
                return;
            }
            let told = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(started.elapsed() < PATIENCE, "{start:?}: {told}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kills it with all its processes, as a power cut would.
    pub fn kill(&self) {
        let postmaster = std::fs::read_to_string(self.data().join("postmaster.pid")).expect("it runs");
        let pid = postmaster.lines().next().expect("a process id").to_owned();
        let children = Command::new("ps")
            .args(["-o", "pid=", "--ppid", &pid])
            .output()
            .expect("ps is there");
        let children = String::from_utf8(children.stdout).expect("text");
        let all = std::iter::once(pid.as_str()).chain(children.split_whitespace());
        drop(
            Command::new("kill")
                .arg("-9")
                .args(all)
                .stderr(Stdio::null())
                .status(),
        );
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn tool(&self, name: &str) -> Command {
        let path = newest_binaries().join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.tool("pg_ctl");
        stop.arg("-D")
            .arg(self.data())
            .args(["-m", "immediate", "-w", "stop"]);
        drop(stop.stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
}

/// Where the newest installed PostgreSQL is, as `./test` finds it.
pub fn newest_binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = installed
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max();
    newest.expect("PostgreSQL is installed below /usr/lib/postgresql: apt-get install postgresql")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id is there");
    id.stdout.starts_with(b"0\n")
}

fn succeed(command: &mut Command) {
    // A pipe would be inherited by the server and never end.
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("it starts").success(), "{command:?}");
}
