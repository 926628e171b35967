//! The real binary on a database of a test: started, killed, stopped, with everything that it wrote to its log.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rapport::clock;
use rapport::collect::Credential;
use rapport::collect::credential::PublicKey;
use rapport::collect::credential::client::{self, Blinded, Randomness};
use rapport::round::manifest::hex;
use rapport::round::{InvitationLink, Keyring, opening};
use rapport::store::{DatabaseUrl, Store};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use super::claims::{told, unhex};
use super::world;
use crate::support::TestDatabase;

const SECRET: &str = "a secret that only this test knows";
const KEY_SECRET: &str = "another secret, for signing keys only";

/// A running server of its own process.
pub struct Served {
    child: Child,
    address: String,
    log: PathBuf,
    pub client: Client,
}

impl Served {
    pub fn start(url: &DatabaseUrl, folder: &Path) -> Self {
        let address = match url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let log = folder.join("server.log");
        let errors = File::options().create(true).append(true).open(&log).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rapport"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "debug",
                "--database-url",
                &address,
            ])
            .current_dir(folder)
            .env_clear()
            .env("RAPPORT_SECRET", SECRET)
            .env("RAPPORT_KEY_SECRET", KEY_SECRET)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("Rapport listens on ")
            .expect("it listens")
            .to_owned();
        let client = Client::builder().no_proxy().build().unwrap();
        Self {
            child,
            address,
            log,
            client,
        }
    }

    /// As the power failing.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a service manager does; returns everything that was logged.
    pub fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
        std::fs::read_to_string(&self.log).unwrap()
    }

    async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Response {
        let mut request = self.client.post(format!("{}{path}", self.address)).json(body);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        request.send().await.unwrap()
    }

    pub async fn claim(&self, code: &str, blinded: &Claiming) -> (u16, Value) {
        let body =
            json!({ "key_id": hex(&blinded.key.id()), "blinded_message": hex(&blinded.blinded.message) });
        let answer = self
            .post(&format!("/api/v1/invitations/{code}/claim"), None, &body)
            .await;
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn key_of(&self, code: &str) -> PublicKey {
        let path = format!("{}/api/v1/invitations/{code}", self.address);
        let seen: Value = self.client.get(path).send().await.unwrap().json().await.unwrap();
        PublicKey::from_spki(&unhex(seen["unit"]["spki"].as_str().unwrap())).unwrap()
    }

    pub async fn spend(&self, key: &str, credential: &Credential, answers: &Value) -> u16 {
        let body = json!({ "credential": told(credential), "answers": answers });
        self.post("/api/v1/rounds/r1/responses", Some(key), &body)
            .await
            .status()
            .as_u16()
    }

    pub async fn send(&self, key: &str, code: &str, answers: &Value) -> u16 {
        let body = json!({ "invitation": code, "answers": answers });
        self.post("/api/v1/rounds/r1/responses", Some(key), &body)
            .await
            .status()
            .as_u16()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A claim on its way.
pub struct Claiming {
    pub key: PublicKey,
    pub blinded: Blinded,
}

impl Claiming {
    pub fn new(key: &PublicKey) -> Self {
        let random = Randomness::draw(key).unwrap();
        Self {
            key: key.clone(),
            blinded: client::blind(key, &random).unwrap(),
        }
    }

    pub fn finish(&self, answer: &Value) -> Credential {
        let signature = unhex(answer["blind_signature"].as_str().unwrap());
        self.blinded
            .finish(&self.key, &signature)
            .expect("a signature of this key")
    }
}

/// A migrated database with an open round `r1` that signs credentials.
pub async fn round(
    database: &TestDatabase,
    agencies: &'static [(&'static str, usize)],
    k: u32,
) -> (Store, Vec<InvitationLink>) {
    let store = Store::open(&database.url).unwrap();
    store.migrate().await.unwrap();
    let links = world::plan_in(&store, "r1", agencies, k).await;
    let (id, now) = ("r1".parse().unwrap(), clock::now());
    let keyring = Keyring::new(KEY_SECRET.as_bytes());
    let keys = opening::keys_for(&store, Some(&keyring), &id, now, |_, _| ())
        .await
        .unwrap();
    world::write(&store, move |conn| {
        rapport::round::open_with(conn, &id, &keys, now)
    })
    .await;
    (store, links)
}
