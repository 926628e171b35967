//! `rapport serve`: the address it prints, the secret it makes, the log it writes.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::rapport;

/// A running binary, stopped politely at the end. Its log goes to a file: a pipe that nobody reads would block it.
struct Serving {
    child: Child,
    address: String,
    log: PathBuf,
}

impl Serving {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = rapport(folder, &[&["serve", "--listen", "127.0.0.1:0"], args].concat());
        let log = folder.join("log");
        let errors = File::create(&log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("Rapport listens on ")
            .expect("the address is printed")
            .to_owned();
        Self { child, address, log }
    }

    async fn get(&self, path: &str) -> u16 {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        let request = client.unwrap().get(format!("{}{path}", self.address));
        request
            .header("User-Agent", "browser-nobody-else-has")
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    /// Stops it as a service manager would, and returns the log.
    fn stop(mut self) -> String {
        let stopped = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(stopped.success());
        assert!(
            self.child.wait().unwrap().success(),
            "a polite stop is no failure"
        );
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}

#[tokio::test]
async fn it_serves_from_an_empty_folder_and_keeps_its_secret_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &[]);
    assert_eq!(serving.get("/readyz").await, 200);
    let secret = folder.path().join("rapport-data/secret.key");
    let mode = secret.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = std::fs::read(&secret).unwrap();
    assert!(kept.len() >= 32);
    serving.stop();
    let again = Serving::start(folder.path(), &[]);
    assert_eq!(again.get("/healthz").await, 200);
    assert_eq!(
        std::fs::read(&secret).unwrap(),
        kept,
        "a second start keeps the secret"
    );
    again.stop();
}

#[tokio::test]
async fn the_log_tells_routes_and_never_who_or_what() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["--log-format", "json", "--log", "debug"]);
    for path in [
        "/sign-in?next=/secret-place",
        "/api/v1/users?token=secret-query",
        "/unknown/secret-path",
        "/i/SECRETCODE",
        "/i/SECRETCODE/2",
        "/s/SECRETROUND",
        "/invitation?code=SECRETCODE",
        "/api/v1/invitations/SECRETCODE",
        "/static/base.css",
    ] {
        serving.get(path).await;
    }
    let log = serving.stop();
    for told in [
        "\"route\":\"/sign-in\"",
        "\"route\":\"/api/v1/users\"",
        "\"status\":401",
        "\"method\":\"GET\"",
    ] {
        assert!(log.contains(told), "{told} is not in: {log}");
    }
    for secret in ["secret", "SECRET", "127.0.0.1:", "browser-nobody-else-has"] {
        assert!(!log.contains(secret), "{secret} is in: {log}");
    }
}

/// A line with a time for each visit would tell when somebody answered. These are counted by the day.
#[tokio::test]
async fn visits_of_respondents_are_counted_and_not_logged_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["--log-format", "json"]);
    for _ in 0..3 {
        serving.get("/static/base.css").await;
        serving.get("/invitation?code=x").await;
        serving.get("/i/x").await;
    }
    let log = serving.stop();
    let about: Vec<serde_json::Value> = log
        .lines()
        .filter(|line| line.contains("rapport::request"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        about.iter().all(|line| line["message"] == "requests of the day"),
        "{log}"
    );
    let counted = |route: &str| {
        about
            .iter()
            .find(|line| line["route"] == route)
            .map(|line| line["count"].clone())
    };
    assert_eq!(counted("/static/{file}"), Some(3.into()), "{log}");
    assert_eq!(counted("/invitation"), Some(3.into()), "{log}");
}

#[test]
fn an_address_that_is_taken_is_told_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, err) = super::run(rapport(folder.path(), &["serve", "--listen", &address]));
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("port 0 picks a free one"), "{err}");
}
