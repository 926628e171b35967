//! People who answer while things break, and the count afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::collect::world::{count, open_round};
use crate::support::TestApp;

/// How many people type at the same time.
const AT_ONCE: usize = 12;

/// How long an answer may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everybody who is invited, and what they were told so far.
pub struct People {
    codes: Arc<Vec<String>>,
    next: Arc<AtomicUsize>,
    acknowledged: Arc<Mutex<BTreeSet<usize>>>,
    statuses: Arc<Mutex<BTreeMap<u16, usize>>>,
}

/// People who are answering now.
pub struct Answering {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl People {
    /// So many people, invited to a round that is open. Seven of an agency are mixed together.
    pub async fn invited(app: &TestApp, people: usize) -> Self {
        let links = open_round(app, people, 1, 7).await;
        let codes = links["staff"].iter().map(|link| link.code.as_str().to_owned());
        Self {
            codes: Arc::new(codes.collect()),
            next: Arc::default(),
            acknowledged: Arc::default(),
            statuses: Arc::default(),
        }
    }

    /// Lets them answer, one after the other through any of these instances, until [`Answering::stop`].
    pub fn answer(&self, bases: &[&str]) -> Answering {
        let stop = Arc::new(AtomicBool::new(false));
        let bases: Vec<String> = bases.iter().map(|&base| base.to_owned()).collect();
        let tasks = (0..AT_ONCE).map(|place| {
            let (stop, codes, next) = (Arc::clone(&stop), Arc::clone(&self.codes), Arc::clone(&self.next));
            let (acknowledged, statuses) = (Arc::clone(&self.acknowledged), Arc::clone(&self.statuses));
            let base = bases[place % bases.len()].clone();
            tokio::spawn(async move {
                let client = client();
                while !stop.load(Ordering::Relaxed) {
                    let person = next.fetch_add(1, Ordering::Relaxed);
                    let Some(code) = codes.get(person) else { return };
                    let status = send(&client, &base, code, person).await;
                    *statuses.lock().unwrap().entry(status).or_default() += 1;
                    match status {
                        201 => drop(acknowledged.lock().unwrap().insert(person)),
                        0 => tokio::time::sleep(Duration::from_millis(20)).await,
                        _ => {}
                    }
                }
            })
        });
        Answering {
            tasks: tasks.collect(),
            stop,
        }
    }

    /// Waits until so many more were acknowledged.
    pub async fn more_are_acknowledged(&self, more: usize) {
        let (goal, started) = (self.acknowledged() + more, Instant::now());
        while self.acknowledged() < goal {
            assert!(
                started.elapsed() < PATIENCE,
                "nobody is acknowledged any more; statuses so far: {:?}",
                self.statuses()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// How many got which status; 0 stands for none at all.
    pub fn statuses(&self) -> BTreeMap<u16, usize> {
        self.statuses.lock().unwrap().clone()
    }

    /// Everybody who was acknowledged is stored exactly once; nobody is stored twice; as many invitations are used
    /// as responses are there.
    pub async fn all_acknowledged_are_there_once(&self, app: &TestApp) {
        let stored = stored(app).await;
        let twice: Vec<_> = stored.iter().filter(|(_, times)| **times != 1).collect();
        assert!(twice.is_empty(), "stored more than once: {twice:?}");
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        let lost: Vec<_> = acknowledged
            .iter()
            .filter(|person| !stored.contains_key(person))
            .collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let responses = count(app, "intake").await + count(app, "responses").await;
        let used = count(app, "invitations WHERE used").await;
        assert_eq!(
            (i64::try_from(stored.len()).unwrap(), responses),
            (used, used),
            "comments, responses and used invitations go together"
        );
    }

    /// Everybody who began and was not acknowledged sends the same again, and then counts once.
    pub async fn everybody_else_sends_again(&self, app: &TestApp, base: &str) {
        let client = client();
        let begun = self.next.load(Ordering::Relaxed).min(self.codes.len());
        for person in (0..begun).filter(|person| !self.acknowledged.lock().unwrap().contains(person)) {
            assert_eq!(
                send(&client, base, &self.codes[person], person).await,
                201,
                "person {person} again"
            );
        }
        self.all_acknowledged_are_there_once(app).await;
        assert_eq!(stored(app).await.len(), begun);
    }
}

impl Answering {
    /// Lets everybody finish what they are at.
    pub async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("nobody panics");
        }
    }
}

/// A client that keeps its connections, as a browser does.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .expect("a client")
}

/// Sends somebody's one response, marked with their number; 0 when there was no answer.
async fn send(client: &reqwest::Client, base: &str, code: &str, person: usize) -> u16 {
    let answers = json!({ "delivers": 4, "days": 3, "open": format!("mark {person}") });
    let request = client
        .post(format!("{base}/api/v1/rounds/r1/responses"))
        .header("Idempotency-Key", format!("key-{person}"))
        .json(&json!({ "invitation": code, "answers": answers }));
    request
        .send()
        .await
        .map_or(0, |response| response.status().as_u16())
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Text)]
    text: String,
}

/// How often each person's mark is stored, wherever it is.
async fn stored(app: &TestApp) -> BTreeMap<usize, usize> {
    let mut conn = app.connection();
    let rows: Vec<Written> = diesel::sql_query(
        "SELECT written AS text FROM intake UNION ALL SELECT text FROM comments WHERE item = 'open'",
    )
    .load(&mut conn)
    .expect("the marks are read");
    let mut marks = BTreeMap::new();
    for row in rows {
        let number = row.text.split("mark ").nth(1).expect("a mark");
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        *marks.entry(digits.parse().expect("a number")).or_default() += 1;
    }
    marks
}
