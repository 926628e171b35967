//! Agencies from tables: everything that offices write is read, and what cannot be taken is named with its row.

use rapport::agency::{self, Agency, AgencyCode, ImportError, LineageKind};

use crate::support::TestApp;

fn code(text: &str) -> AgencyCode {
    text.parse().unwrap()
}

fn problems(error: &ImportError) -> Vec<String> {
    match error {
        ImportError::Agencies(problems) | ImportError::Lineage(problems) => {
            problems.listed.iter().map(ToString::to_string).collect()
        }
        other => panic!("{other}"),
    }
}

const AGENCIES: &str = "code;name;parent;cluster\r\n\
    DOT-N;Roads, North;DOT;\r\n\
    DOT;Department of Transportation;;\r\n\
    BOARD;Board of Barbers;;small-boards\r\n";

async fn agencies_are_taken_whole_whatever_the_order_of_parents_and_children(app: TestApp) {
    let store = app.store.clone();
    let done = store
        .write(|conn| agency::import(conn, AGENCIES.as_bytes(), None))
        .await
        .unwrap();
    assert_eq!((done.agencies, done.new, done.events), (3, 3, 0));
    let stored = store
        .read(|conn| agency::find(conn, &code("DOT-N")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        stored,
        Agency {
            code: code("DOT-N"),
            name: "Roads, North".to_owned(),
            parent: Some(code("DOT")),
            cluster: None
        }
    );
    let board = store
        .read(|conn| agency::find(conn, &code("BOARD")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(board.cluster.unwrap().as_str(), "small-boards");
}

async fn importing_again_changes_what_is_named_and_keeps_what_is_not(app: TestApp) {
    let store = app.store.clone();
    store
        .write(|conn| agency::import(conn, AGENCIES.as_bytes(), None))
        .await
        .unwrap();
    let again = "code,name,parent\nDOT,Transportation,\nNEW,A new one,DOT-N\n";
    let done = store
        .write(|conn| agency::import(conn, again.as_bytes(), None))
        .await
        .unwrap();
    assert_eq!((done.agencies, done.new), (2, 1));
    let all = store.read(|conn| agency::list(conn, None, 100)).await.unwrap();
    assert_eq!(all.len(), 4);
    assert!(all.iter().any(|agency| agency.name == "Transportation"));
    assert!(all.iter().any(|agency| agency.name == "Board of Barbers"));
}

async fn pages_of_agencies_hold_every_agency_once(app: TestApp) {
    let store = app.store.clone();
    store
        .write(|conn| agency::import(conn, AGENCIES.as_bytes(), None))
        .await
        .unwrap();
    let mut seen = Vec::new();
    loop {
        let after = seen.last().cloned();
        let page = store
            .read(move |conn| agency::list(conn, after.as_deref(), 2))
            .await
            .unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|agency| agency.code.to_string()));
    }
    seen.sort();
    assert_eq!(seen, ["BOARD", "DOT", "DOT-N"]);
}

async fn every_problem_of_a_table_of_agencies_is_named_with_its_row_and_nothing_is_taken(app: TestApp) {
    let store = app.store.clone();
    let bad = "code,name,parent\n\
        DOT,,\n\
        D T,With a space,\n\
        dot,Twice,\n\
        LOST,Of nobody,NOWHERE\n";
    let error = store
        .write(|conn| agency::import(conn, bad.as_bytes(), None))
        .await
        .unwrap_err();
    let told = problems(&error);
    assert!(told[0].starts_with("row 2, name: is empty"), "{told:?}");
    assert!(
        told[1].starts_with("row 3, code: `D T` cannot be used"),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|line| line.starts_with("row 5, parent: there is no agency `NOWHERE`")),
        "{told:?}"
    );
    assert!(
        store
            .read(|conn| agency::list(conn, None, 9))
            .await
            .unwrap()
            .is_empty()
    );

    for (bad, expected) in [
        (
            "code,name\nDOT,a\ndot,b\n",
            "row 3, code: `dot` stands in row 2 already",
        ),
        (
            "code,name,parent\nA,a,B\nB,b,A\n",
            "row 2, parent: `A` belongs to itself",
        ),
        (
            "code,name,parent\nA,a,A\n",
            "row 2, parent: `A` belongs to itself",
        ),
        ("code,name,boss\nA,a,b\n", "row 1: nobody knows a column `boss`"),
        ("code\nA\n", "row 1: there is no column `name`"),
        ("code,name\n", "the table has headings but no agency"),
    ] {
        let error = store
            .write(|conn| agency::import(conn, bad.as_bytes(), None))
            .await
            .unwrap_err();
        assert!(
            problems(&error)[0].starts_with(expected),
            "{:?}",
            problems(&error)
        );
    }
}

async fn a_circle_through_an_agency_that_is_known_already_is_found(app: TestApp) {
    let store = app.store.clone();
    store
        .write(|conn| agency::import(conn, AGENCIES.as_bytes(), None))
        .await
        .unwrap();
    let circle = "code,name,parent\nDOT,Transportation,DOT-N\n";
    let error = store
        .write(|conn| agency::import(conn, circle.as_bytes(), None))
        .await
        .unwrap_err();
    assert!(problems(&error)[0].starts_with("row 2, parent: `DOT` belongs to itself"));
}

async fn lineage_comes_with_the_agencies_or_not_at_all(app: TestApp) {
    let store = app.store.clone();
    let lineage = "date,kind,from,to,note\n\
        2025-07-01,renamed,DOT,,was: Highways\n\
        2024-01-01,Merged,BOARD,DOT,by law\n";
    let import = |lineage: &'static str| {
        store.write(move |conn| agency::import(conn, AGENCIES.as_bytes(), Some(lineage.as_bytes())))
    };
    assert_eq!(import(lineage).await.unwrap().events, 2);
    assert_eq!(
        import(lineage).await.unwrap().events,
        2,
        "the same file twice is no error"
    );
    let events = store.read(agency::lineage).await.unwrap();
    assert_eq!(events.len(), 2, "and its events are there once");
    assert_eq!(
        (events[0].date.as_str(), events[0].kind),
        ("2024-01-01", LineageKind::Merged)
    );
    assert_eq!(
        (events[1].successor.as_str(), events[1].note.as_str()),
        ("DOT", "was: Highways")
    );
    let of_board = store
        .read(|conn| agency::lineage_of(conn, &code("BOARD")))
        .await
        .unwrap();
    assert_eq!(of_board, events[..1]);
}

async fn every_problem_of_a_table_of_lineage_is_named_and_the_agencies_beside_it_are_not_taken(app: TestApp) {
    let store = app.store.clone();
    let bad = "date,kind,from,to\n\
        1 July,renamed,DOT,\n\
        2025-07-01,sold,DOT,BOARD\n\
        2025-07-01,merged,GONE,DOT\n\
        2025-07-01,merged,DOT,DOT\n\
        2025-07-01,renamed,DOT,BOARD\n";
    let error = store
        .write(|conn| agency::import(conn, AGENCIES.as_bytes(), Some(bad.as_bytes())))
        .await
        .unwrap_err();
    let told = problems(&error);
    for (line, expected) in told.iter().zip([
        "row 2, date: `1 July` is no date",
        "row 3, kind: `sold` is not known",
        "row 4, from: there is no agency `GONE`",
        "row 5, to: is the same agency",
        "row 6, to: a renamed agency keeps its code",
    ]) {
        assert!(line.starts_with(expected), "{line}");
    }
    assert_eq!(told.len(), 5);
    assert!(
        store
            .read(|conn| agency::list(conn, None, 9))
            .await
            .unwrap()
            .is_empty()
    );
}

on_both_engines!(
    agencies_are_taken_whole_whatever_the_order_of_parents_and_children,
    importing_again_changes_what_is_named_and_keeps_what_is_not,
    pages_of_agencies_hold_every_agency_once,
    every_problem_of_a_table_of_agencies_is_named_with_its_row_and_nothing_is_taken,
    a_circle_through_an_agency_that_is_known_already_is_found,
    lineage_comes_with_the_agencies_or_not_at_all,
    every_problem_of_a_table_of_lineage_is_named_and_the_agencies_beside_it_are_not_taken,
);
