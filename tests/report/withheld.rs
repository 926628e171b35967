//! Every way out, searched for every withheld value: two states that differ in withheld answers only must look the same,
//! on every page, address and file, to everybody.
//!
//! To search pages for a withheld "62" finds every 62. So nothing is searched for: two servers get the same rounds, but for the
//! answers behind withheld cells, and the comments behind what is withheld of them. Whatever depends on a withheld value, in whatever
//! precision, form or order, is a difference. Three things may differ, and each is listed: the digests that the two seals have, the addresses
//! in [`OF_THE_MOMENT`], and the order of released comments, which are listed by keys that are drawn for each server.
//! The walk takes every GET of the table of routes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::time::Duration;

use flate2::read::ZlibDecoder;
use rapport::identity::Actor;
use rapport::report::scorecard::{self, Scorecard};
use rapport::round::{self, RoundId};
use rapport::store::comments::DecisionRow;
use rapport::store::responses::{self, CommentRow};
use rapport::store::{Conn, StoreError, results, rounds};
use rapport::web::routes;
use reqwest::Method;
use serde_json::{Value, json};

use super::fixture::{Figures, agency_unit, item, noon, sealed, trust, write};
use super::offices::{IT, LEAD, Office, STAFF, closed, role, survey};
use crate::support::{Person, TestApp};

/// q1 and q2 of five points, and the role.
fn said(count: usize, q1: u8, q2: u8, role: u8) -> Vec<Vec<u8>> {
    vec![vec![q1, q2, role]; count]
}

/// BIG and MID are shown; TINY has four answers; in BIG the three leads and the four of IT are withheld, each for its own
/// sake. `other` tells the same of everything that is shown.
fn offices(other: bool) -> Vec<Office> {
    let tiny = if other {
        said(4, 5, 1, STAFF)
    } else {
        said(4, 1, 4, STAFF)
    };
    // Leads and IT exchange what they said: the sums of BIG stay what they are.
    let (lead, it) = if other { ((5, 2), (1, 4)) } else { ((1, 4), (5, 2)) };
    let big = [
        said(9, 4, 4, STAFF),
        said(8, 2, 3, STAFF),
        said(6, 5, 5, STAFF),
        said(4, lead.0, lead.1, LEAD),
        said(4, it.0, it.1, IT),
    ];
    let mid = [
        said(14, 3, 4, STAFF),
        said(9, 4, 2, STAFF),
        said(11, 2, 2, LEAD),
        said(6, 5, 4, LEAD),
    ];
    vec![
        Office {
            code: "BIG",
            people: vec![("staff", 40), ("lead", 12), ("it", 12)],
            answers: big.concat(),
        },
        Office {
            code: "MID",
            people: vec![("staff", 40), ("lead", 30)],
            answers: mid.concat(),
        },
        Office {
            code: "TINY",
            people: vec![("staff", 15)],
            answers: tiny,
        },
    ]
}

const ROUND: &str = "r1";

/// What differs between two servers whose results tell the same: the time, how busy a server was, and the ids of accounts, which are random.
/// Nothing of it is made of results.
const OF_THE_MOMENT: [&str; 2] = ["/metrics", "/api/v1/users"];

/// Comments that are released, on both servers: their order is that of random keys, so each is compared as if it said the same.
const RELEASED: [&str; 3] = [
    "The tool is slow.",
    "The people are kind.",
    "More of the same please.",
];

/// Agency, words, whether the writer agreed, and whether a person released them (or somebody did so behind our back).
type Written = (&'static str, &'static str, bool, Option<bool>);

/// The same three are released. What was not agreed to, was withheld by a person, or was written where too few answered differs in
/// words and in number.
fn comments(other: bool) -> Vec<Written> {
    let released = ["BIG", "BIG", "MID"]
        .into_iter()
        .zip(RELEASED)
        .map(|(agency, words)| (agency, words, true, Some(true)));
    let withheld: &[Written] = if other {
        &[
            ("BIG", "Unagreed words of another kind.", false, None),
            ("BIG", "And these words as well.", false, None),
            ("MID", "Taken back by a person, otherwise.", true, Some(false)),
            ("TINY", "Four of us would know who wrote it.", true, None),
            ("TINY", "And a second one.", true, Some(true)),
            ("TINY", "And a third one.", true, Some(true)),
        ]
    } else {
        &[
            ("BIG", "Unagreed words.", false, None),
            ("MID", "Taken back by a person.", true, Some(false)),
            ("TINY", "Somebody was unkind on Monday.", true, Some(true)),
        ]
    };
    released.chain(withheld.iter().copied()).collect()
}

fn definition() -> Value {
    let mut definition = survey(5, &["q1", "q2"], 2, &[]);
    let open = json!({ "id": "open", "text": { "en": "What should change?" },
        "answer": { "type": "long_text", "max_length": 500 } });
    definition["pages"][0]["items"].as_array_mut().unwrap().push(open);
    definition
}

/// Writes the comments down, each with what was decided.
fn write_comments(conn: &mut Conn, other: bool) {
    for (agency, text, may_show, released) in comments(other) {
        let row = CommentRow {
            key: rapport::collect::mix::random_key().unwrap(),
            round: ROUND.to_owned(),
            audience: "staff".to_owned(),
            agency: agency.to_owned(),
            person: None,
            item: "open".to_owned(),
            text: text.to_owned(),
            may_show,
        };
        if let Some(is_released) = released {
            let decision = DecisionRow {
                comment: row.key.clone(),
                round: row.round.clone(),
                audience: row.audience.clone(),
                agency: row.agency.clone(),
                item: row.item.clone(),
                released: is_released.then(|| format!("\"{text}\"")),
            };
            rapport::store::comments::decide(conn, &decision).unwrap();
        }
        responses::insert_comments(conn, &[row]).unwrap();
    }
}

async fn published(app: &TestApp, other: bool) -> Figures {
    let id = closed(&app.store, ROUND, "2026-05-31", &definition(), &offices(other)).await;
    write(&app.store, move |conn| write_comments(conn, other)).await;
    sealed(&app.store, &id).await.unwrap();
    let shown = id.clone();
    write(&app.store, move |conn| {
        round::publish(conn, &shown, noon("2026-06-02")).unwrap();
    })
    .await;
    Figures::of(&app.store, &id).await
}

/// Everything a parameter of an address may be.
fn values(name: &str) -> &'static [&'static str] {
    match name {
        "round" | "id" => &[ROUND],
        "code" => &["BIG", "TINY"],
        "audience" => &["staff"],
        "survey" => &["offices"],
        "name" => &[
            "results.xlsx",
            "results.csv",
            "results.json",
            "codebook.csv",
            "heat.svg",
            "trend.svg",
            "trend.png",
        ],
        "n" => &["1"],
        "file" => &["base.css"],
        _ => &["none"],
    }
}

/// What may be asked of an address beside its path.
const QUERIES: [&str; 6] = [
    "",
    "?agency=BIG&audience=staff",
    "?audience=staff&unit=agency/TINY&subject=index/trust",
    "?audience=staff&unit=agency/BIG&subject=item/q1&cut=role/lead",
    "?audience=staff&a=agency/TINY&b=agency/BIG&index=trust&agency=TINY",
    "?cut=role/it&index=trust&show=withheld&sort=rate&lang=es",
];

fn addresses() -> Vec<String> {
    let mut all = Vec::new();
    for endpoint in routes::table() {
        if endpoint.method != actix_web::http::Method::GET {
            continue;
        }
        let mut patterns = vec![endpoint.pattern.to_owned()];
        while let Some(place) = patterns.iter().position(|pattern| pattern.contains('{')) {
            let pattern = patterns.remove(place);
            let (before, rest) = pattern.split_once('{').unwrap();
            let (inside, after) = rest.split_once('}').unwrap();
            let name = inside.split(':').next().unwrap();
            patterns.extend(values(name).iter().map(|value| format!("{before}{value}{after}")));
        }
        let is_about_results = [
            "results",
            "agencies",
            "export",
            "trends",
            "briefing",
            "scorecard",
            "comments",
            "field",
            "receipts",
        ]
        .iter()
        .any(|word| endpoint.pattern.contains(word));
        for pattern in patterns {
            let queries = if is_about_results {
                &QUERIES[..]
            } else {
                &QUERIES[..1]
            };
            all.extend(queries.iter().map(|query| format!("{pattern}{query}")));
        }
    }
    all
}

/// What was answered as comparable text: workbooks and PDFs are opened, and what is this server's own is made the same.
async fn seen(person: &Person, address: &str, own: &Own) -> (u16, String) {
    let (mut answer, mut status);
    loop {
        let request = match address.starts_with("/api/") {
            true => person.api(Method::GET, address),
            false => person.browse(Method::GET, address),
        };
        answer = request.send().await.expect("the server answers");
        status = answer.status().as_u16();
        // A walk asks for more codes that nobody has than a client may in a minute.
        if status != 429 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let bytes = answer.bytes().await.expect("a whole body");
    (status, own.masked(&opened(&bytes)))
}

fn opened(bytes: &[u8]) -> String {
    if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut all = String::new();
        for place in 0..archive.len() {
            let mut part = archive.by_index(place).unwrap();
            // When it was made.
            if part.name().unwrap() != "docProps/core.xml" {
                part.read_to_string(&mut all).unwrap();
            }
        }
        return all;
    }
    if bytes.starts_with(b"%PDF") {
        return texts_of_pdf(bytes);
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the pages of a PDF draw. It has no letters but the numbers of shapes, in the order of their first use: so behind the digest at
/// the foot of the first page they differ, and only places and lengths are comparable. (The same page as HTML is compared in full.)
fn texts_of_pdf(bytes: &[u8]) -> String {
    let mut all = String::new();
    let mut rest = bytes;
    while let Some(place) = rest
        .windows(7)
        .position(|window| window == b"stream\n" || window == b"stream\r")
    {
        rest = &rest[place + 7..];
        let mut text = Vec::new();
        if ZlibDecoder::new(rest).read_to_end(&mut text).is_ok()
            && text.windows(3).any(|window| window == b" Tf")
        {
            all.push_str(&String::from_utf8_lossy(&text));
        }
    }
    assert!(all.contains(AT_THE_FOOT), "a page has text and a foot");
    let (first, others) = all.split_once(AT_THE_FOOT).unwrap();
    let first = &first[..first.rfind('\n').unwrap()];
    let others: Vec<String> = others
        .lines()
        .map(|line| line.split("\\000").count().to_string())
        .collect();
    format!("{first}\n{}", others.join(" "))
}

/// Where the foot of a page stands.
const AT_THE_FOOT: &str = " 804 Tm[(";

/// What a server alone has: its address, and the digests of its round and result, which are of withheld answers as well.
struct Own {
    address: String,
    digests: BTreeSet<String>,
}

impl Own {
    async fn of(app: &TestApp) -> Self {
        let read = app.store.read(|conn| {
            let seal = results::latest_seal(conn, ROUND)?.expect("it is sealed");
            let round = rounds::find(conn, &ROUND.parse().unwrap())?.expect("it is there");
            let promise = round.promise.expect("it was opened").digest;
            let told = [seal.digest, seal.inputs_digest, promise, seal.document];
            Ok::<_, StoreError>(told.join(" "))
        });
        let told = read.await.unwrap();
        Self {
            address: app.address.to_string(),
            digests: words(&told)
                .filter(|word| is_hex(word, 64))
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Words that are one of the digests, in full or its beginning, and released comments, whatever their order.
    fn masked(&self, text: &str) -> String {
        let is_own =
            |word: &str| is_hex(word, SHORT) && self.digests.iter().any(|digest| digest.starts_with(word));
        let mut plain = String::with_capacity(text.len());
        for piece in text.split_inclusive(|sign: char| !sign.is_ascii_alphanumeric()) {
            let word = words(piece).next().unwrap_or_default();
            match is_own(word) {
                true => plain.push_str(&piece.replace(word, "DIGEST")),
                false => plain.push_str(piece),
            }
        }
        let plain = plain.replace(&self.address, "HOST");
        RELEASED
            .iter()
            .fold(plain, |plain, words| plain.replace(words, "RELEASED"))
    }
}

/// The fewest letters of a digest that a page tells.
const SHORT: usize = 12;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn is_hex(word: &str, least: usize) -> bool {
    word.len() >= least && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Everything that a person sees, by address.
async fn walk(person: &Person, own: &Own) -> BTreeMap<String, (u16, String)> {
    let mut all = BTreeMap::new();
    for address in addresses() {
        all.insert(address.clone(), seen(person, &address, own).await);
    }
    all
}

async fn people(app: &TestApp) -> Vec<(&'static str, Person)> {
    vec![
        ("nobody", app.anonymous()),
        ("a viewer of TINY", app.viewer("TINY").await),
        ("a viewer of BIG", app.viewer("BIG").await),
        ("the manager of TINY", app.manager("TINY").await),
        ("leadership", app.leadership().await),
        ("a designer", app.designer().await),
        ("an administrator", app.admin().await),
    ]
}

#[tokio::test]
async fn what_is_withheld_changes_nothing_that_anybody_can_get() {
    let (one, other) = (TestApp::sqlite().await, TestApp::sqlite().await);
    let (figures, others) = (published(&one, false).await, published(&other, true).await);
    // The premises: the cells are withheld in both, and the others are shown and the same.
    for figures in [&figures, &others] {
        assert!(figures.get(&agency_unit("TINY"), &trust()).is_none());
        for cut in ["lead", "it"] {
            assert!(
                figures
                    .of_cut("staff", &agency_unit("BIG"), &role(cut), &item("q1"))
                    .is_none(),
                "{cut}"
            );
        }
        for shown in ["BIG", "MID"] {
            assert!(figures.get(&agency_unit(shown), &trust()).is_some());
        }
    }
    for app in [&one, &other] {
        on_the_scorecard(app, ROUND.parse().unwrap()).await;
    }
    let (own, others_own) = (Own::of(&one).await, Own::of(&other).await);
    assert_ne!(
        own.digests, others_own.digests,
        "what differs is under the digests"
    );
    withheld_comments_differ(&one, &other).await;
    let mut looked = (0, 0);
    let (mut with_comments, mut tells) = (BTreeSet::new(), BTreeMap::new());
    let everybody = people(&one).await.into_iter().zip(people(&other).await);
    for ((who, here), (_, there)) in everybody {
        let (seen_here, seen_there) = (walk(&here, &own).await, walk(&there, &others_own).await);
        for (address, (status, text)) in seen_here {
            let (other_status, other_text) = &seen_there[&address];
            assert_eq!(status, *other_status, "{address} as {who}");
            let path = address.split('?').next().unwrap();
            if text != *other_text && !OF_THE_MOMENT.contains(&path) {
                let told = format!("{address} tells {who}:\n{}", first_difference(&text, other_text));
                tells.entry(path.to_owned()).or_insert(told);
            }
            if text.contains("RELEASED") {
                with_comments.insert(path.to_owned());
            }
            looked.0 += 1;
            looked.1 += usize::from(status == 200);
        }
    }
    let tells: Vec<String> = tells.into_values().collect();
    assert!(
        tells.is_empty(),
        "something withheld is told:\n{}",
        tells.join("\n\n")
    );
    assert!(
        looked.0 > 1500 && looked.1 > 400,
        "{looked:?}: the walk reached too little"
    );
    for path in [
        "/agencies/BIG",
        "/agencies/BIG/comments",
        "/agencies/BIG/comments.csv",
        "/api/v1/rounds/r1/comments",
    ] {
        assert!(
            with_comments.contains(path),
            "{path} has released comments: {with_comments:?}"
        );
    }
    let is_one_of_us = |path: &&str| routes::table().iter().any(|endpoint| endpoint.pattern == *path);
    assert!(
        OF_THE_MOMENT.iter().all(is_one_of_us),
        "an address is listed that is not there any more"
    );
    println!("{} answers compared, {} of them with content", looked.0, looked.1);
}

/// The premise: a reviewer, who may read it, sees that the withheld comment of one server is not that of the other.
async fn withheld_comments_differ(one: &TestApp, other: &TestApp) {
    let path = "/api/v1/rounds/r1/comments/review?state=withheld";
    let (here, there) = (
        one.admin().await.get(path).await,
        other.admin().await.get(path).await,
    );
    let text =
        |answer: &crate::support::Answer| answer.json()["comments"][0]["text"].as_str().unwrap().to_owned();
    assert_ne!(text(&here), text(&there));
}

async fn on_the_scorecard(app: &TestApp, id: RoundId) {
    let agreed = ["BIG", "MID", "TINY"].map(|code| (code.parse().unwrap(), "their director".to_owned()));
    let card = Scorecard {
        round: id,
        licence: "CC0".to_owned(),
        agencies: agreed.into(),
    };
    write(&app.store, move |conn| {
        scorecard::show(conn, &Actor::operator(), &card, noon("2026-06-03")).unwrap();
    })
    .await;
}

fn first_difference(one: &str, other: &str) -> String {
    let lines = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    match lines {
        Some((one, other)) => {
            let place = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
            let part = |line: &str| {
                line.chars()
                    .skip(place.saturating_sub(200))
                    .take(500)
                    .collect::<String>()
            };
            format!("{}\n--- and ---\n{}", part(one), part(other))
        }
        None => format!("{} and {} letters", one.len(), other.len()),
    }
}

#[test]
fn the_comparison_sees_a_single_digit_and_no_digest_of_its_own() {
    let digest = "ab12cd34ef567890".repeat(4);
    let own = Own {
        address: "127.0.0.1:1".to_owned(),
        digests: BTreeSet::from([digest.clone()]),
    };
    let page = |value: &str, digest: &str| own.masked(&format!("<td>{value}</td><code>{digest}</code>"));
    assert_eq!(page("62", &digest), "<td>62</td><code>DIGEST</code>");
    assert_eq!(page("62", &digest[..12]), page("62", &digest));
    assert_ne!(page("62", &digest), page("63", &digest));
    assert_ne!(page("62.123456789012", &digest), page("62.123456789013", &digest));
    for other in ["ab12cd34", "99aa88bb7766", "34ef567890ab"] {
        assert!(page("62", other).contains(other), "{other} is nobody's digest");
    }
    assert_eq!(
        own.masked(&RELEASED.concat()),
        own.masked(&[RELEASED[2], RELEASED[0], RELEASED[1]].concat())
    );
}
