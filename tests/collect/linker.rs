//! Somebody with everything tries to find out who answered what: the database with every column, row number and
//! transaction number, its files with every offset, and the log of the server.
//!
//! 200 people answer one by one, each in one visit: they claim, then they answer, in an order that is not that of the
//! roster, with a number that is drawn for them. So the truth is known to the test, and time is the only thing that
//! the two sides have in common. The attacker orders people, tokens and responses by everything there is, and compares
//! every two orders. What they find is judged by a permutation test: how often would as much be found if the numbers had
//! been dealt out anew within each unit (which a response names, and everybody may know)? Chance passes p > .05 nineteen times of twenty, so three rounds are allowed; what leaks, leaks in
//! every one.
//!
//! The same attacker against a copy that keeps the order, and against a server that never mixes, finds everything.

use std::collections::BTreeMap;
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rapport::clock;
use rapport::collect::{Answer, Form};
use rapport::round::manifest::hex;
use rapport::store::{Conn, DatabaseUrl, Engine, Store, StoreError};
use serde_json::json;

use super::served::{self, Claiming, Served};
use super::world::{definition, seal};
use crate::support::TestDatabase;

const AGENCIES: &[(&str, usize)] = &[("DOT", 120), ("REV", 80)];
const PEOPLE: usize = 200;
const DEALS: usize = 400;

/// Who is who, known to the test alone: a label of each side to the number that the person gave.
#[derive(Default)]
struct Truth {
    people: BTreeMap<String, usize>,
    tokens: BTreeMap<String, usize>,
    /// The unit of who gave a number. Everybody may know it: responses name it.
    unit_of: Vec<usize>,
}

/// The numbers of one side in the order of something.
struct Order {
    by: String,
    numbers: Vec<usize>,
}

/// One side of what is to be linked: a table with a column that the truth knows.
#[derive(Clone, Copy)]
struct Side {
    table: &'static str,
    label: &'static str,
    only: &'static str,
    extra: &'static [&'static str],
}

const PEOPLE_SIDE: Side = Side {
    table: "invitations",
    label: "code_hash",
    only: " WHERE used",
    extra: &["code_hash", "person", "agency, person", "submission_key"],
};
const CLAIMS: Side = Side {
    table: "claims",
    label: "code_hash",
    only: "",
    extra: &["code_hash", "signature", "blinded"],
};
const TOKENS: Side = Side {
    table: "spent_tokens",
    label: "token",
    only: "",
    extra: &["token", "mark"],
};
const RESPONSES: Side = Side {
    table: "responses",
    label: "answers",
    only: "",
    extra: &["key", "agency, key"],
};
const INTAKE: Side = Side {
    table: "intake",
    label: "answers",
    only: "",
    extra: &["key"],
};

#[tokio::test]
async fn the_linker_finds_no_more_than_chance_in_sqlite() {
    no_more_than_chance(TestDatabase::sqlite).await;
}

#[tokio::test]
async fn the_linker_finds_no_more_than_chance_in_postgres() {
    no_more_than_chance(TestDatabase::postgres).await;
}

async fn no_more_than_chance(database: fn() -> TestDatabase) {
    let mut found = Vec::new();
    for _ in 0..3 {
        let database = database();
        let round = Round::answered(&database, 5, |_| ()).await;
        // While it is open, everything of these two agencies is mixed: k divides both.
        let while_open = round
            .judge(
                &[
                    (CLAIMS, TOKENS),
                    (CLAIMS, RESPONSES),
                    (PEOPLE_SIDE, RESPONSES),
                    (TOKENS, RESPONSES),
                ],
                false,
            )
            .await;
        let log = round.close().await;
        round.grep(&log, false);
        let closed = round
            .judge(
                &[
                    (PEOPLE_SIDE, RESPONSES),
                    (PEOPLE_SIDE, TOKENS),
                    (TOKENS, RESPONSES),
                ],
                true,
            )
            .await;
        round.seal().await;
        round.grep(&log, true);
        let everybody = Side {
            only: "",
            ..PEOPLE_SIDE
        };
        let sealed = round
            .judge(
                &[(everybody, RESPONSES), (everybody, TOKENS), (TOKENS, RESPONSES)],
                true,
            )
            .await;
        println!(
            "{:?}: open {while_open:?}, closed {closed:?}, sealed {sealed:?}",
            round.store.engine()
        );
        for found in [while_open, closed, sealed] {
            // The most of some hundred comparisons that each expect one right pair.
            assert!(found.hits < 14, "{found:?}");
        }
        if while_open.p > 0.05 && closed.p > 0.05 && sealed.p > 0.05 {
            return;
        }
        found.push((while_open, closed, sealed));
    }
    panic!("three rounds, and each told more than chance: {found:?}");
}

#[tokio::test]
async fn the_same_linker_finds_everything_in_a_copy_that_keeps_the_order() {
    // A table with a sequence beside each side, as most systems have.
    let leaky = |conn: &mut Conn| {
        conn.batch_execute(
            "CREATE TABLE leaky_claims (id INTEGER PRIMARY KEY, code_hash BLOB);
             CREATE TABLE leaky_intake (id INTEGER PRIMARY KEY, answers BLOB);
             CREATE TRIGGER leak_a AFTER INSERT ON claims BEGIN INSERT INTO leaky_claims (code_hash) VALUES (new.code_hash); END;
             CREATE TRIGGER leak_b AFTER INSERT ON intake BEGIN INSERT INTO leaky_intake (answers) VALUES (new.answers); END;",
        )
        .unwrap();
    };
    let database = TestDatabase::sqlite();
    let round = Round::answered(&database, 5, leaky).await;
    let log = round.close().await;
    drop(log);
    let claims = Side {
        table: "leaky_claims",
        extra: &["id"],
        ..CLAIMS
    };
    let responses = Side {
        table: "leaky_intake",
        extra: &["id"],
        ..RESPONSES
    };
    let found = round.judge(&[(claims, responses)], true).await;
    println!("a sequence kept: {found:?}");
    assert!(
        found.p < 0.01 && found.hits == PEOPLE && found.likeness > 0.999,
        "{found:?}"
    );
}

#[tokio::test]
async fn the_same_linker_finds_everything_where_nothing_is_mixed() {
    // k = 1000: nothing is mixed before the close, and the transaction numbers of PostgreSQL tell.
    let database = TestDatabase::postgres();
    let round = Round::answered(&database, 1000, |_| ()).await;
    for pair in [(CLAIMS, INTAKE), (PEOPLE_SIDE, INTAKE), (TOKENS, INTAKE)] {
        let found = round.judge(&[pair], false).await;
        println!("unmixed, {} and {}: {found:?}", pair.0.table, pair.1.table);
        assert!(
            found.p < 0.01 && found.hits == PEOPLE && found.likeness > 0.999,
            "{found:?}"
        );
    }
    // The close mends it.
    let log = round.close().await;
    drop(log);
    let found = round
        .judge(&[(PEOPLE_SIDE, RESPONSES), (TOKENS, RESPONSES)], true)
        .await;
    println!("the same after the close: {found:?}");
    assert!(found.hits < 14, "{found:?}");
}

impl Truth {
    /// The numbers dealt out anew among the people of each unit: what somebody would see who knows the units alone.
    fn dealt_anew(&self, random: &mut StdRng) -> Vec<usize> {
        let mut deal: Vec<usize> = (0..PEOPLE).collect();
        for unit in 0..AGENCIES.len() {
            let mine: Vec<usize> = (0..PEOPLE)
                .filter(|number| self.unit_of[*number] == unit)
                .collect();
            let mut dealt = mine.clone();
            dealt.shuffle(random);
            for (number, other) in mine.into_iter().zip(dealt) {
                deal[number] = other;
            }
        }
        deal
    }
}

/// What the attacker found.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// The most right pairs of two orders, place by place.
    hits: usize,
    /// The closest likeness of two orders within a unit: the rank correlation of true pairs, without its sign.
    likeness: f64,
    /// How often as much would be found by chance.
    p: f64,
}

/// A round that 200 people have answered.
struct Round {
    store: Store,
    truth: Truth,
    codes: Vec<String>,
    folder: tempfile::TempDir,
    url: DatabaseUrl,
    server: std::cell::RefCell<Option<Served>>,
    private: Vec<Vec<u8>>,
}

impl Round {
    async fn answered(database: &TestDatabase, k: u32, prepare: impl Fn(&mut Conn)) -> Self {
        let (store, links) = served::round(database, AGENCIES, k).await;
        prepare(&mut database.connection());
        let folder = tempfile::tempdir().unwrap();
        let server = Served::start(&database.url, folder.path());
        let mut random = dealer();
        let mut numbers: Vec<usize> = (0..PEOPLE).collect();
        numbers.shuffle(&mut random);
        let mut arriving: Vec<usize> = (0..PEOPLE).collect();
        arriving.shuffle(&mut random);
        let keys = [
            server.key_of(links[0].code.as_str()).await,
            server.key_of(links[PEOPLE - 1].code.as_str()).await,
        ];
        let mut truth = Truth {
            unit_of: vec![0; PEOPLE],
            ..Truth::default()
        };
        for place in arriving {
            let (link, number) = (&links[place], numbers[place]);
            let unit = usize::from(place >= AGENCIES[0].1);
            truth.unit_of[number] = unit;
            let claiming = Claiming::new(&keys[unit]);
            let (status, answer) = server.claim(link.code.as_str(), &claiming).await;
            assert_eq!(status, 200, "{answer}");
            let credential = claiming.finish(&answer);
            let answers = json!({ "delivers": 3, "days": number, "open": format!("words of {number}.") });
            assert_eq!(server.spend("k", &credential, &answers).await, 201);
            truth.people.insert(hex(&link.code.hash()), number);
            truth.tokens.insert(hex(&credential.token), number);
        }
        let private = store.read(|conn| -> Result<_, StoreError> {
            let keys = rapport::store::credentials::keys(conn, "r1")?;
            Ok(keys
                .into_iter()
                .filter_map(|key| key.private_key)
                .collect::<Vec<_>>())
        });
        Self {
            private: private.await.unwrap(),
            codes: links.iter().map(|link| link.code.as_str().to_owned()).collect(),
            url: database.url.clone(),
            server: std::cell::RefCell::new(Some(server)),
            store,
            truth,
            folder,
        }
    }

    /// Stops the server, closes the round as the clock does, and returns the server's log.
    async fn close(&self) -> String {
        let server = self.server.borrow_mut().take().expect("it runs");
        let log = server.stop();
        assert!(self.folder.path().join("server.log").exists());
        super::world::write(&self.store, |conn| {
            rapport::round::close(conn, &"r1".parse().unwrap(), clock::now())
        })
        .await;
        self.store.scrub().await.unwrap();
        log
    }

    async fn seal(&self) {
        seal(&self.store).await;
        self.store.scrub().await.unwrap();
    }

    /// Nothing that must be gone is in the raw files or in the log.
    fn grep(&self, log: &str, sealed: bool) {
        let files = self.files();
        for code in &self.codes {
            assert!(
                !contains(&files, code.as_bytes()) && !log.contains(code),
                "an invitation code"
            );
        }
        for token in self.truth.tokens.keys() {
            assert!(!log.contains(token), "a token in the log");
        }
        assert!(!log.contains("words of") && !log.contains("@test.gov"), "{log}");
        assert!(!log.contains("days"), "{log}");
        if self.store.engine() == Engine::Sqlite {
            assert!(contains(&files, b"words of 7."), "the search finds what is there");
            assert!(
                !contains(&files, b"{\"open\":"),
                "the form in which responses wait"
            );
            for private in &self.private {
                assert!(!contains(&files, &private[12..60]), "a destroyed private key");
            }
        }
        assert_eq!(self.private.len(), 2);
        if sealed && self.store.engine() == Engine::Sqlite {
            assert!(contains(&files, b"DOT-7"), "the list of who was invited stays");
        }
    }

    /// The file of a SQLite database and its log. PostgreSQL's own files are the server's.
    fn files(&self) -> Vec<Vec<u8>> {
        let DatabaseUrl::Sqlite(path) = &self.url else {
            return Vec::new();
        };
        let wal = PathBuf::from(format!("{}-wal", path.display()));
        [path.clone(), wal]
            .iter()
            .map(|file| std::fs::read(file).unwrap_or_default())
            .collect()
    }

    /// Compares every two orders of each pair of sides.
    async fn judge(&self, pairs: &[(Side, Side)], closed: bool) -> Found {
        let mut compared = Vec::new();
        for (one, other) in pairs {
            let (ones, others) = (self.orders(*one, closed).await, self.orders(*other, closed).await);
            assert!(
                ones.len() >= 2 && others.len() >= 2,
                "there is something to compare"
            );
            compared.push((ones, others));
        }
        let all: Vec<usize> = (0..PEOPLE).collect();
        let seen = strongest(&compared, &all, &self.truth.unit_of);
        let mut random = dealer();
        let mut as_much = 0;
        for _ in 0..DEALS {
            let deal = self.truth.dealt_anew(&mut random);
            let dealt = strongest(&compared, &deal, &self.truth.unit_of);
            as_much += usize::from(dealt.1 >= seen.1);
        }
        Found {
            hits: seen.0,
            likeness: seen.1,
            p: number(as_much + 1) / number(DEALS + 1),
        }
    }

    /// The numbers of a side in every order that the engine and its files offer.
    async fn orders(&self, side: Side, closed: bool) -> Vec<Order> {
        let postgres = self.store.engine() == Engine::Postgres;
        let mut by: Vec<String> = side.extra.iter().map(|column| (*column).to_owned()).collect();
        by.push(String::new());
        if postgres {
            by.extend(["ctid", "xmin::text::bigint", "xmin::text::bigint, ctid"].map(str::to_owned));
        }
        let mut orders = Vec::new();
        for by in by {
            let labels = self.labels(side, &by).await;
            let numbers = labels.iter().map(|label| self.number(side, label)).collect();
            orders.push(Order { by, numbers });
        }
        if !postgres && closed {
            orders.extend(self.by_offset(side).await);
        }
        for order in &orders {
            assert_eq!(order.numbers.len(), PEOPLE, "{} by {}", side.table, order.by);
        }
        orders
    }

    async fn labels(&self, side: Side, by: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            label: String,
        }
        let label = match self.store.engine() {
            Engine::Postgres => format!("encode({}, 'hex')", side.label),
            Engine::Sqlite => format!("lower(hex({}))", side.label),
        };
        let order = if by.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {by}")
        };
        let query = format!("SELECT {label} AS label FROM {}{}{order}", side.table, side.only);
        let rows = self
            .store
            .read(move |conn| -> Result<Vec<Row>, StoreError> { Ok(diesel::sql_query(query).load(conn)?) });
        rows.await.unwrap().into_iter().map(|row| row.label).collect()
    }

    /// In the order in which the rows lie in the file, and in that within its pages.
    async fn by_offset(&self, side: Side) -> Vec<Order> {
        let labels = self.labels(side, "").await;
        let file = &self.files()[0];
        let mut places: Vec<(usize, usize)> = Vec::new();
        for label in &labels {
            let bytes = super::claims::unhex(label);
            if let Some(at) = file.windows(bytes.len()).position(|window| window == bytes) {
                places.push((at, self.number(side, label)));
            }
        }
        if places.len() < labels.len() {
            return Vec::new(); // some answers are alike in their first bytes, or in no place of their own
        }
        let order = |by: &str, key: fn(usize) -> usize| {
            let mut sorted = places.clone();
            sorted.sort_by_key(|(at, _)| key(*at));
            Order {
                by: by.to_owned(),
                numbers: sorted.into_iter().map(|(_, number)| number).collect(),
            }
        };
        vec![order("offset", |at| at), order("offset in page", |at| at % 4096)]
    }

    fn number(&self, side: Side, label: &str) -> usize {
        match side.label {
            "token" => self.truth.tokens[label],
            "answers" => days(label),
            _ => self.truth.people.get(label).copied().unwrap_or(usize::MAX),
        }
    }
}

/// The most hits, and the closest likeness within a unit, over all pairs of orders, when the numbers of the other side are dealt so.
fn strongest(compared: &[(Vec<Order>, Vec<Order>)], deal: &[usize], unit_of: &[usize]) -> (usize, f64) {
    let (mut hits, mut likeness) = (0, 0.0_f64);
    for (ones, others) in compared {
        for one in ones {
            for other in others {
                let dealt: Vec<usize> = other.numbers.iter().map(|number| deal[*number]).collect();
                hits = hits.max(
                    one.numbers
                        .iter()
                        .zip(&dealt)
                        .filter(|(one, other)| one == other)
                        .count(),
                );
                // Within each unit: that both sides name it would drown everything else.
                for unit in 0..AGENCIES.len() {
                    let mine = |numbers: &[usize]| -> Vec<usize> {
                        numbers
                            .iter()
                            .copied()
                            .filter(|number| unit_of[*number] == unit)
                            .collect()
                    };
                    likeness = likeness.max(rank_correlation(&mine(&one.numbers), &mine(&dealt)).abs());
                }
            }
        }
    }
    (hits, likeness)
}

/// Spearman's correlation of the places of the same numbers in two orders.
fn rank_correlation(one: &[usize], other: &[usize]) -> f64 {
    let mut place = vec![0; PEOPLE];
    for (at, number) in one.iter().enumerate() {
        place[*number] = at;
    }
    let squares: usize = other
        .iter()
        .enumerate()
        .map(|(at, number)| at.abs_diff(place[*number]).pow(2))
        .sum();
    let n = number(one.len());
    1.0 - 6.0 * number(squares) / (n * (n * n - 1.0))
}

/// The number that somebody gave, out of their packed record.
fn days(label: &str) -> usize {
    thread_local! { static FORM: Form = Form::prepare(definition()).unwrap(); }
    FORM.with(|form| {
        match form
            .layout()
            .unpack(&super::claims::unhex(label))
            .unwrap()
            .remove("days")
        {
            Some(Answer::Number(number)) => format!("{number}").parse().unwrap(),
            other => panic!("{other:?}"),
        }
    })
}

/// Randomness of the operating system: another deal each time.
fn dealer() -> StdRng {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    StdRng::from_seed(seed)
}

fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap().into()
}

fn contains(files: &[Vec<u8>], needle: &[u8]) -> bool {
    files
        .iter()
        .any(|file| file.windows(needle.len()).any(|window| window == needle))
}
