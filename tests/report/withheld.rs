//! Every way out, searched for every withheld value: two states that differ in withheld answers only must look the same,
//! on every page, address and file, to everybody.
//!
//! To search pages for a withheld "62" finds every 62. So nothing is searched for: two servers get the same rounds, but for the
//! answers behind withheld cells. Whatever depends on a withheld value, in whatever precision, form or order, is a difference;
//! digests and the tokens of the moment are the only things that may differ. The walk takes every GET of the table of routes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::time::Duration;

use flate2::read::ZlibDecoder;
use rapport::identity::Actor;
use rapport::report::scorecard::{self, Scorecard};
use rapport::round::{self, RoundId};
use rapport::web::routes;
use reqwest::Method;

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

async fn published(app: &TestApp, other: bool) -> Figures {
    let definition = survey(5, &["q1", "q2"], 2, &[]);
    let id = closed(&app.store, ROUND, "2026-05-31", &definition, &offices(other)).await;
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
const QUERIES: [&str; 5] = [
    "",
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

/// What was answered as comparable text: workbooks and PDFs are opened, digests and moments are made the same.
async fn seen(person: &Person, address: &str) -> (u16, String) {
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
    (status, same_for_all(&opened(&bytes)))
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

/// Digests, in full or short, and everything else that is drawn anew for each server.
fn same_for_all(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut word = String::new();
    let is_digest = |word: &str| {
        word.len() >= 8
            && word.bytes().all(|byte| byte.is_ascii_hexdigit())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter);
            continue;
        }
        plain.push_str(if is_digest(&word) { "DIGEST" } else { &word });
        plain.push(letter);
        word.clear();
    }
    plain
}

/// Everything that a person sees, by address; what differs by the moment is asked twice and left out.
async fn walk(person: &Person) -> BTreeMap<String, (u16, String)> {
    let mut all = BTreeMap::new();
    for address in addresses() {
        all.insert(address.clone(), seen(person, &address).await);
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
    // The same as the first: tells what differs by the moment.
    let same = TestApp::sqlite().await;
    published(&same, false).await;
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
    for app in [&one, &other, &same] {
        let id: RoundId = ROUND.parse().unwrap();
        on_the_scorecard(app, id).await;
    }
    let mut looked = (0, 0);
    let mut of_the_moment = BTreeSet::new();
    let everybody = people(&one)
        .await
        .into_iter()
        .zip(people(&other).await)
        .zip(people(&same).await);
    for (((who, here), (_, there)), (_, again)) in everybody {
        let (seen_here, seen_there) = (walk(&here).await, walk(&there).await);
        for (address, (status, text)) in seen_here {
            let (other_status, other_text) = &seen_there[&address];
            assert_eq!(status, *other_status, "{address} as {who}");
            // Another port, another session: said where a page says its own address.
            let text = text.replace(&one.address.to_string(), "HOST");
            let other_text = other_text.replace(&other.address.to_string(), "HOST");
            if text != other_text {
                let difference = first_difference(&text, &other_text);
                let text_again = seen(&again, &address)
                    .await
                    .1
                    .replace(&same.address.to_string(), "HOST");
                assert!(
                    text != text_again,
                    "{address} tells {who} something withheld:\n{difference}"
                );
                of_the_moment.insert(address.split('?').next().unwrap().to_owned());
            }
            looked.0 += 1;
            looked.1 += usize::from(status == 200);
        }
    }
    assert!(
        looked.0 > 1500 && looked.1 > 400,
        "{looked:?}: the walk reached too little"
    );
    // What tells the time or how busy the server is, and no result.
    let about_results = |address: &&String| {
        address.contains("results") || address.contains("agencies") || address.contains("export")
    };
    assert_eq!(
        of_the_moment.iter().filter(about_results).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    println!("{of_the_moment:?}");
    println!("{} answers compared, {} of them with content", looked.0, looked.1);
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
fn the_comparison_sees_a_single_digit_and_no_digest() {
    let page = |value: &str, digest: &str| same_for_all(&format!("<td>{value}</td><code>{digest}</code>"));
    assert_eq!(page("62", "ab12cd34ef"), page("62", "99aa88bb77"));
    assert_ne!(page("62", "ab12cd34ef"), page("63", "ab12cd34ef"));
    assert_ne!(
        page("62.123456789012", "ab12cd34ef"),
        page("62.123456789013", "ab12cd34ef")
    );
}
