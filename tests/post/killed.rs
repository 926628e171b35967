//! The real binary, killed without warning while it empties the outbox; twice, and every person has their mail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rapport::config::SHORTEST_SECRET;
use rapport::post::mailing::Kind;

use super::server::{MailServer, Taken, Temper};
use super::world::{open_round, order};
use crate::cli::rapport;
use crate::support::TestApp;

const PEOPLE: usize = 400;
const CONNECTIONS: usize = 4;

/// Whatever happens to the test, the binary does not outlive it.
struct Serving(Child);

impl Serving {
    fn start(folder: &Path, database: &str, server: &MailServer) -> Self {
        let mut command = rapport(folder, &["serve", "--listen", "127.0.0.1:0"]);
        command
            .env("RAPPORT_DATABASE_URL", database)
            .env("RAPPORT_SECRET", "s".repeat(SHORTEST_SECRET))
            .env("RAPPORT_SMTP_URL", server.url())
            .env("RAPPORT_MAIL_FROM", "Survey <survey@dit.gov>")
            .env("RAPPORT_MAIL_CONNECTIONS", CONNECTIONS.to_string())
            .env("RAPPORT_MAIL_TIMEOUT", "2")
            .env("RAPPORT_PUBLIC_URL", "http://127.0.0.1:9")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(command.spawn().expect("the binary starts"))
    }

    fn kill(mut self) {
        self.0.kill().expect("SIGKILL");
        self.0.wait().expect("it is gone");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn until(server: &MailServer, mails: usize, patience: Duration) -> usize {
    let started = Instant::now();
    while server.taken().len() < mails && started.elapsed() < patience {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.taken().len()
}

async fn killed_twice_everybody_has_exactly_one_mail(app: TestApp) {
    open_round(&app, PEOPLE).await;
    order(&app, "staff", Kind::Invitation).await.unwrap();
    let server = MailServer::with(Temper {
        thinks: Duration::from_millis(4),
        ..Temper::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let database = app.database_url();
    for mails in [PEOPLE / 4, PEOPLE / 2] {
        let serving = Serving::start(folder.path(), &database, &server);
        let taken = until(&server, mails, Duration::from_secs(60)).await;
        assert!(taken >= mails && taken < PEOPLE, "killed in the middle: {taken}");
        serving.kill();
    }
    // Two at once finish it, one of them taking over what the dead left behind.
    let finishing = [(); 2].map(|()| Serving::start(folder.path(), &database, &server));
    let started = Instant::now();
    while by_person(&server.taken()).len() < PEOPLE && started.elapsed() < Duration::from_secs(300) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(8)).await;
    drop(finishing);

    let taken = server.taken();
    let people = by_person(&taken);
    assert_eq!(people.len(), PEOPLE, "nobody is left out");
    for (person, copies) in &people {
        let ids: BTreeSet<_> = copies.iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(ids.len(), 1, "{person} has two different mails");
        assert!(
            copies.windows(2).all(|pair| pair[0] == pair[1]),
            "{person}'s copies differ"
        );
    }
    // What no client of SMTP can rule out: a copy for each connection that was cut between 250 and the commit.
    let copies = taken.len() - PEOPLE;
    assert!(copies <= 2 * CONNECTIONS, "{copies} second copies");
}

fn by_person(taken: &[Taken]) -> BTreeMap<String, Vec<Taken>> {
    let mut people: BTreeMap<String, Vec<Taken>> = BTreeMap::new();
    for mail in taken {
        people.entry(mail.to.clone()).or_default().push(mail.clone());
    }
    people
}

on_both_engines!(killed_twice_everybody_has_exactly_one_mail);
