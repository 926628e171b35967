//! Files of a result are sent a unit at a time: the same bytes as the whole, and no more memory for more agencies.

use rapport::identity::Scope;
use rapport::measure::Method;
use rapport::report::export::{self, Form, Row};
use rapport::report::portions::Download;
use rapport::report::read::{self, Results, Wanted};
use rapport::round::RoundId;
use rapport::store::Store;
use serde::Serialize;

use super::fixture::{Group, agencies, published, staff, times};
use crate::support::TestApp;

const CODES: [&str; 24] = [
    "A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A14", "A15",
    "A16", "A17", "A18", "A19", "A20", "A21", "A22", "A23", "A24",
];

/// A published round of so many agencies that all have the same answers.
async fn round_of(store: &Store, id: &'static str, count: usize) -> RoundId {
    let rows = CODES.iter().map(|code| format!("{code},=Agency {code},\n"));
    agencies(store, &rows.collect::<String>()).await;
    let answers = || [times(6, [5, 4, 2]), times(6, [2, 3, 3])].concat();
    let group: Group = CODES
        .iter()
        .take(count)
        .map(|code| (*code, (20, answers())))
        .collect();
    published(store, &staff(id, 1, "2026-05-01", "2026-05-31", group)).await
}

async fn parts(store: &Store, id: &RoundId, scope: &Scope, form: Form) -> Vec<Vec<u8>> {
    let mut file = Download::of(store, id, scope, form).await.unwrap().unwrap();
    let mut parts = Vec::new();
    while let Some(part) = file.next().await.unwrap() {
        parts.push(part);
    }
    parts
}

async fn whole(store: &Store, id: &RoundId, scope: &Scope) -> Results {
    let (id, scope) = (id.clone(), scope.clone());
    let found = store
        .read(move |conn| read::results_of(conn, &id, &scope, &Wanted::default()))
        .await;
    found.unwrap().unwrap()
}

/// The file as one value, as it was written before it came in parts.
#[derive(Serialize)]
struct File<'a> {
    round: &'a RoundId,
    title: &'a str,
    revision: u32,
    digest: &'a str,
    method: &'a Method,
    rows: Vec<Row>,
}

fn rows(results: &Results) -> Vec<Row> {
    let mut rows = Vec::new();
    export::each_row(results, &mut |row| {
        rows.push(row);
        Ok(())
    })
    .unwrap();
    rows
}

async fn the_parts_of_a_file_are_its_bytes(app: TestApp) {
    let id = round_of(&app.store, "r1", 6).await;
    let one = Scope::Agencies(["A02".parse().unwrap()].into());
    let none = Scope::Agencies([].into());
    for scope in [Scope::All, one, none] {
        let results = whole(&app.store, &id, &scope).await;
        let csv = parts(&app.store, &id, &scope, Form::Csv).await.concat();
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in rows(&results) {
            let unit_title = rapport::table::harmless(&row.unit_title);
            writer.serialize(Row { unit_title, ..row }).unwrap();
        }
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            String::from_utf8(writer.into_inner().unwrap()).unwrap()
        );
        let json = parts(&app.store, &id, &scope, Form::Json).await.concat();
        let file = File {
            round: &results.document.round,
            title: &results.document.title,
            revision: results.document.revision,
            digest: &results.digest,
            method: &results.document.method,
            rows: rows(&results),
        };
        assert_eq!(
            String::from_utf8(json).unwrap(),
            serde_json::to_string_pretty(&file).unwrap()
        );
    }
    let nothing = Results {
        figures: Default::default(),
        ..whole(&app.store, &id, &Scope::All).await
    };
    assert!(export::json(&nothing).unwrap().ends_with("\"rows\": []\n}"));
}
on_both_engines!(the_parts_of_a_file_are_its_bytes);

async fn more_agencies_make_more_parts_and_no_larger_ones(app: TestApp) {
    let few = round_of(&app.store, "few", 10).await;
    let many = round_of(&app.store, "many", 24).await;
    for form in [Form::Csv, Form::Json] {
        let small = parts(&app.store, &few, &Scope::All, form).await;
        let large = parts(&app.store, &many, &Scope::All, form).await;
        let largest = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).max().unwrap();
        let bytes = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).sum::<usize>();
        assert_eq!(large.len(), small.len() + 14, "a part for each unit, and the end");
        assert!(bytes(&large) > 2 * bytes(&small));
        assert!(
            10 * largest(&large) < 11 * largest(&small),
            "{} of {} grew to {}",
            largest(&small),
            form.ending(),
            largest(&large)
        );
    }
}
on_both_engines!(more_agencies_make_more_parts_and_no_larger_ones);

async fn a_file_is_sent_in_chunks_within_the_scope(app: TestApp) {
    let id = round_of(&app.store, "r1", 6).await;
    let viewer = app.viewer("A02").await;
    let one = Scope::Agencies(["A02".parse().unwrap()].into());
    let results = whole(&app.store, &id, &one).await;
    for (address, expected) in [
        ("/api/v1/rounds/r1/export.csv", export::csv(&results).unwrap()),
        ("/api/v1/rounds/r1/export.json", export::json(&results).unwrap()),
        ("/results/r1/files/results.csv", export::csv(&results).unwrap()),
        ("/results/r1/files/results.json", export::json(&results).unwrap()),
    ] {
        let answer = if address.starts_with("/api") {
            viewer.get(address).await
        } else {
            viewer.page(address).await
        };
        assert_eq!(answer.status, 200, "{address}: {answer}");
        assert_eq!(answer.header("transfer-encoding"), "chunked", "{address}");
        assert!(
            answer.header("content-disposition").contains("attachment"),
            "{address}"
        );
        assert_eq!(answer.text, expected, "{address}");
        assert!(!answer.text.contains("A03"), "{address} tells of another agency");
    }
    let unknown = viewer.page("/results/r-nine/files/results.csv").await;
    assert_eq!(unknown.status, 404);
}
on_both_engines!(a_file_is_sent_in_chunks_within_the_scope);
