//! Every way out: pages, API, files. What is withheld stays withheld, and nobody sees beyond their scope.

use rapport::report::read;
use rapport::round::{self, Mode, RoundId};
use rapport::store::Store;
use serde_json::{Value, json};

use super::fixture::{Group, agencies, closed, noon, opened, published, sealed, staff, times, write};
use crate::support::{Person, TestApp};

/// BIG and MID can be shown. TINY has 4 answers and SOLO (in a cluster with DUO) is never alone. The names of agencies
/// are what a spreadsheet would run and what HTML would take for markup.
async fn published_round(store: &Store) -> RoundId {
    agencies(
        store,
        "BIG,=Big & <Agency>,\nMID,Middle Agency,\nTINY,Tiny Agency,\nSOLO,Board of Solo,small-boards\nDUO,Board of Duo,small-boards\n",
    )
    .await;
    let group = |high: usize| {
        Group::from([
            (
                "BIG",
                (20, [times(high, [5, 5, 1]), times(12 - high, [3, 3, 3])].concat()),
            ),
            ("MID", (40, [times(7, [5, 5, 1]), times(5, [1, 1, 5])].concat())),
            // 1, 4, 4: a score of 37.5 that nobody else has.
            ("TINY", (17, times(4, [1, 4, 4]))),
            ("SOLO", (9, times(6, [4, 4, 2]))),
            ("DUO", (8, times(5, [2, 2, 4]))),
        ])
    };
    let mut plan = staff("r1", 1, "2025-05-01", "2025-05-31", group(2));
    plan.audiences.push((
        "leaders",
        Mode::Attributed,
        Group::from([("BIG", (3, times(3, [4, 4, 2])))]),
    ));
    published(store, &plan).await;
    published(store, &staff("r2", 1, "2026-05-01", "2026-05-31", group(6))).await
}

const ADDRESSES: [&str; 5] = [
    "/api/v1/rounds/r2/results",
    "/api/v1/rounds/r2/export.csv",
    "/api/v1/rounds/r2/export.json",
    "/api/v1/rounds/r2/results?subject=index/trust",
    "/api/v1/agencies/TINY/trends?index=trust",
];

async fn all_ways_out(person: &Person) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for address in ADDRESSES {
        let answer = person.get(address).await;
        assert_eq!(answer.status, 200, "{address}: {answer}");
        found.push((address.to_owned(), answer.text));
    }
    for page in [
        "/results",
        "/results/r2",
        "/results/r1",
        "/agencies/TINY",
        "/agencies/BIG",
        "/agencies/SOLO",
        "/method",
    ] {
        let answer = person.page(page).await;
        assert_eq!(answer.status, 200, "{page}: {answer}");
        found.push((page.to_owned(), answer.text));
    }
    found
}

async fn what_is_withheld_is_on_no_way_out(app: TestApp) {
    published_round(&app.store).await;
    let leader = app.leadership().await;
    for (address, text) in all_ways_out(&leader).await {
        // TINY: item scores 0, 75 and (reversed) 25, dimension 37.5, index 31.25.
        for secret in ["37.5", "31.25", "TINY-"] {
            assert!(!text.contains(secret), "{address} tells {secret}");
        }
    }
    let results = leader
        .get("/api/v1/rounds/r2/results?unit=agency/TINY")
        .await
        .json();
    let figures = results["figures"].as_array().unwrap();
    assert!(figures.len() > 8);
    for figure in figures {
        assert_eq!(figure["status"], "withheld", "{figure}");
        assert_eq!(
            figure.as_object().unwrap().len(),
            5,
            "only key and status: {figure}"
        );
    }
    let csv = leader.get("/api/v1/rounds/r2/export.csv").await.text;
    for line in csv.lines().filter(|line| line.contains(",TINY,")) {
        let after = line.split("withheld").nth(1).unwrap();
        let cells: Vec<&str> = after.split(',').filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells.len(), 2, "method version and digest only: {line}");
    }
    let page = leader.page("/agencies/TINY").await.text;
    assert!(page.contains("Withheld. Figures are shown from 10 answers on"));
    assert!(!page.contains("4 of 17"), "the count itself is withheld");
}
on_both_engines!(what_is_withheld_is_on_no_way_out);

async fn leadership_reads_both_figures_changes_and_agencies(app: TestApp) {
    published_round(&app.store).await;
    let page = app.leadership().await.page("/results/r2").await.text;
    for expected in [
        "Round r2",
        "all employees",
        "the median agency",
        "95 % interval",
        "In alphabetical order, not ranked",
        "Small boards",
        "Board of Duo, Board of Solo",
        "=Big &amp; &lt;Agency&gt;",
        "<svg",
        "role=\"img\"",
        "The values of this chart as a table",
        "How this number came about",
    ] {
        assert!(page.contains(expected), "no {expected:?} in {page}");
    }
    assert!(
        page.contains("agencies up") || page.contains("agency up"),
        "{page}"
    );
    assert!(!page.contains("<Agency>"), "names are escaped");
    assert!(
        !page.contains("style="),
        "the content security policy would drop it"
    );
}
on_both_engines!(leadership_reads_both_figures_changes_and_agencies);

async fn an_agency_page_explains_its_cluster(app: TestApp) {
    published_round(&app.store).await;
    let page = app.leadership().await.page("/agencies/SOLO").await.text;
    assert!(page.contains("too small to be reported alone"));
    assert!(
        page.contains("<strong>Small boards</strong>: Board of Duo, Board of Solo"),
        "{page}"
    );
    // 6 x 75 and 5 x 25 of eleven
    assert!(page.contains("<b>52</b>"), "{page}");
}
on_both_engines!(an_agency_page_explains_its_cluster);

async fn a_viewer_sees_their_agency_and_the_state_and_nothing_else(app: TestApp) {
    published_round(&app.store).await;
    let viewer = app.viewer("MID").await;
    for address in [
        "/api/v1/rounds/r2/results",
        "/api/v1/rounds/r2/export.csv",
        "/api/v1/rounds/r2/export.json",
    ] {
        let text = viewer.get(address).await.text;
        assert!(text.contains("Middle Agency"), "{address}: {text}");
        for other in [
            "BIG",
            "TINY",
            "SOLO",
            "DUO",
            "small-boards",
            "Tiny Agency",
            "Board of",
        ] {
            assert!(
                !text.contains(other),
                "{address} tells a viewer of MID about {other}: {text}"
            );
        }
    }
    let page = viewer.page("/results/r2").await.text;
    assert!(page.contains("Your agencies") && page.contains("/agencies/MID"));
    for other in [
        "Big &amp;",
        "Tiny Agency",
        "Board of",
        "Small boards",
        "agencies up",
        "agency up",
    ] {
        assert!(
            !page.contains(other),
            "the page tells a viewer of MID about {other}"
        );
    }
}
on_both_engines!(a_viewer_sees_their_agency_and_the_state_and_nothing_else);

async fn another_agency_and_an_unknown_one_are_the_same_404(app: TestApp) {
    published_round(&app.store).await;
    let viewer = app.viewer("MID").await;
    let mut answers = Vec::new();
    for code in ["BIG", "TINY", "NOPE"] {
        for address in [
            format!("/agencies/{code}"),
            format!("/agencies/{code}?round=r2"),
            format!("/agencies/{code}?round=r1"),
        ] {
            let page = viewer.page(&address).await;
            assert_eq!(page.status, 404, "{address}");
            answers.push(page.text.replace(code, "CODE"));
        }
        let trends = viewer
            .get(&format!("/api/v1/agencies/{code}/trends?index=trust"))
            .await;
        assert_eq!(trends.status, 404, "{code}");
        assert_eq!(trends.json()["code"], "not-found");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "whether an agency exists is not told");
    // Parameters do not widen a scope either.
    for unit in ["agency/BIG", "agency/TINY", "cluster/small-boards", "agency/NOPE"] {
        let results = viewer
            .get(&format!("/api/v1/rounds/r2/results?unit={unit}"))
            .await;
        assert_eq!(results.json()["figures"], json!([]), "{unit}");
    }
    let own = viewer
        .get("/api/v1/rounds/r2/results?unit=agency/MID&subject=index/trust")
        .await
        .json();
    assert_eq!(own["figures"].as_array().unwrap().len(), 1);
    let cluster = app
        .viewer("SOLO")
        .await
        .get("/api/v1/rounds/r2/results?unit=cluster/small-boards")
        .await
        .json();
    assert!(
        !cluster["figures"].as_array().unwrap().is_empty(),
        "its cluster is how an agency is reported"
    );
}
on_both_engines!(another_agency_and_an_unknown_one_are_the_same_404);

async fn nothing_of_a_round_is_reachable_before_it_is_published(app: TestApp) {
    agencies(&app.store, "BIG,Big,\nMID,Middle,\n").await;
    let group = || {
        Group::from([(
            "BIG",
            (
                20,
                times(6, [5, 5, 1])
                    .into_iter()
                    .chain(times(6, [3, 3, 3]))
                    .collect(),
            ),
        )])
    };
    let leader = app.leadership().await;
    let open_plan = staff("open", 1, "2025-04-01", "2025-04-30", group());
    write(&app.store, move |conn| opened(conn, &open_plan)).await;
    closed(
        &app.store,
        &staff("closed", 1, "2025-05-01", "2025-05-31", group()),
    )
    .await;
    let id = closed(
        &app.store,
        &staff("sealed", 1, "2025-06-01", "2025-06-30", group()),
    )
    .await;
    sealed(&app.store, &id).await.unwrap();
    let mut texts = Vec::new();
    for round in ["open", "closed", "sealed", "nowhere"] {
        for address in [
            format!("/api/v1/rounds/{round}/results"),
            format!("/api/v1/rounds/{round}/export.csv"),
            format!("/api/v1/rounds/{round}/export.json"),
        ] {
            let answer = leader.get(&address).await;
            assert_eq!(answer.status, 404, "{address}");
            texts.push(answer.text.replace(round, "ROUND"));
        }
        assert_eq!(leader.page(&format!("/results/{round}")).await.status, 404);
        assert_eq!(
            leader.page(&format!("/agencies/BIG?round={round}")).await.status,
            404
        );
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "which of them it is is not told: {texts:?}");
    assert!(!leader.page("/results").await.text.contains("Round sealed"));
    // A later round that is published does not tell of the sealed one before it.
    published(
        &app.store,
        &staff("later", 1, "2026-05-01", "2026-05-31", group()),
    )
    .await;
    let trends = leader.get("/api/v1/agencies/BIG/trends?index=trust").await.json();
    let points = trends["trends"][0]["trend"]["segments"].to_string();
    assert!(
        points.contains("\"later\"") && !points.contains("\"sealed\""),
        "{points}"
    );
    assert!(!leader.page("/results/later").await.text.contains("Round sealed"));
    write(&app.store, move |conn| {
        round::publish(conn, &id, noon("2026-06-05")).unwrap()
    })
    .await;
    let trends = leader.get("/api/v1/agencies/BIG/trends?index=trust").await.json();
    assert!(
        trends.to_string().contains("\"sealed\""),
        "once published, the point is there"
    );
}
on_both_engines!(nothing_of_a_round_is_reachable_before_it_is_published);

async fn a_csv_has_stable_columns_and_no_formula(app: TestApp) {
    published_round(&app.store).await;
    let answer = app.leadership().await.get("/api/v1/rounds/r2/export.csv").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"r2.csv\""
    );
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let heading = reader.headers().unwrap().iter().collect::<Vec<_>>().join(",");
    assert_eq!(
        heading,
        "round,survey,version,audience,unit_kind,unit,unit_title,subject_kind,subject,status,respondents,people,response_rate,\
         value,sd,standard_error,interval_low,interval_high,favourable,neutral,unfavourable,change_since,change,change_low,\
         change_high,change_adjusted_p,verdict,method,method_version,digest,cut_segment,cut_option,interval_kind,\
         minimum_detectable,complete_share,complete_mean,alpha,alpha_low,alpha_high,omega,design_effect,change_test,change_p,\
         change_effect,favourable_change,favourable_change_low,favourable_change_high,common_items,warnings,\
         method_parameters"
    );
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        rows += 1;
        for cell in &record {
            let number = cell.parse::<f64>().is_ok();
            assert!(number || !cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(rows > 50);
    assert!(answer.text.contains("'=Big & <Agency>"));
}
on_both_engines!(a_csv_has_stable_columns_and_no_formula);

async fn a_result_is_asked_for_conditionally(app: TestApp) {
    published_round(&app.store).await;
    let leader = app.leadership().await;
    let first = leader.get("/api/v1/rounds/r2/results").await;
    let tag = first.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", first.json()["digest"].as_str().unwrap()));
    let request = leader
        .api(reqwest::Method::GET, "/api/v1/rounds/r2/results")
        .header("if-none-match", &tag);
    assert_eq!(request.send().await.unwrap().status(), 304);
    let viewer = app.viewer("MID").await;
    assert_ne!(
        viewer.get("/api/v1/rounds/r2/results").await.header("etag"),
        tag,
        "another part, another tag"
    );
}
on_both_engines!(a_result_is_asked_for_conditionally);

async fn sealing_over_the_api_is_for_those_who_run_rounds_and_is_recorded(app: TestApp) {
    agencies(&app.store, "BIG,Big,\n").await;
    let group = Group::from([("BIG", (20, [times(6, [5, 5, 1]), times(6, [3, 3, 3])].concat()))]);
    closed(&app.store, &staff("r1", 1, "2025-05-01", "2025-05-31", group)).await;
    let address = "/api/v1/rounds/r1/seal";
    assert_eq!(
        app.leadership().await.post(address, Value::Null).await.status,
        403
    );
    assert_eq!(
        app.viewer("BIG").await.post(address, Value::Null).await.status,
        403
    );
    let designer = app.designer().await;
    let made = designer.post(address, json!({})).await;
    assert_eq!(made.status, 201, "{made}");
    assert_eq!(made.json()["revision"], 1);
    let again = designer.post(address, json!({})).await;
    assert_eq!((again.status, again.code().as_str()), (409, "conflict"));
    let short = designer.post(address, json!({ "reason": "oops" })).await;
    assert_eq!(short.status, 422, "{short}");
    let corrected = designer
        .post(address, json!({ "reason": "An agency's lineage was missing." }))
        .await;
    assert_eq!(corrected.json()["revision"], 2, "{corrected}");
    assert_eq!(
        designer
            .post("/api/v1/rounds/nowhere/seal", json!({}))
            .await
            .status,
        404
    );
    let log = app
        .store
        .read(|conn| rapport::identity::audit::list(conn, None, 10))
        .await
        .unwrap();
    let seals = log
        .iter()
        .filter(|entry| entry.action == "round.seal" && entry.subject == "r1")
        .count();
    assert_eq!(seals, 2);
}
on_both_engines!(sealing_over_the_api_is_for_those_who_run_rounds_and_is_recorded);

async fn rounds_with_nothing_to_show_have_pages(app: TestApp) {
    agencies(&app.store, "BIG,Big,\nMID,Middle,\n").await;
    let nobody = Group::from([("BIG", (20, Vec::new()))]);
    let few = Group::from([("BIG", (20, times(9, [4, 3, 2])))]);
    published(
        &app.store,
        &staff("r-none", 1, "2025-05-01", "2025-05-31", nobody),
    )
    .await;
    published(&app.store, &staff("r-nine", 1, "2026-05-01", "2026-05-31", few)).await;
    let leader = app.leadership().await;
    let [empty, few] = ["r-none", "r-nine"].map(|round| (round, format!("/results/{round}")));
    let mut pages = Vec::new();
    for (round, address) in [empty, few] {
        let page = leader.page(&address).await;
        assert_eq!(page.status, 200, "{page}");
        assert!(
            page.text.contains("Fewer than 10 people answered in all"),
            "{}",
            page.text
        );
        let digest = page
            .text
            .split("<code>")
            .nth(1)
            .unwrap()
            .split("</code>")
            .next()
            .unwrap()
            .to_owned();
        // The list of the other rounds marks the one that is shown.
        let (above, list) = page.text.split_once("<summary>Other rounds").unwrap();
        let below = list.split_once("</details>").unwrap().1;
        let plain = format!("{above}{below}")
            .replace(&digest, "")
            .replace(round, "ROUND");
        pages.push(
            plain
                .replace("2025", "YEAR")
                .replace("2026", "YEAR")
                .replace("05-31", ""),
        );
        assert_eq!(
            leader.page(&format!("/agencies/BIG?round={round}")).await.status,
            200
        );
    }
    assert_eq!(pages[0], pages[1], "no answer and nine answers look the same");
    assert_eq!(
        leader.page("/agencies/MID").await.status,
        200,
        "an agency that no round asked has a page"
    );
    assert_eq!(leader.page("/agencies/MID?round=r-nine").await.status, 404);
}
on_both_engines!(rounds_with_nothing_to_show_have_pages);

async fn a_stranger_is_sent_to_sign_in_and_the_method_is_public(app: TestApp) {
    published_round(&app.store).await;
    let stranger = app.anonymous();
    for page in ["/results", "/results/r2", "/agencies/BIG"] {
        assert_eq!(stranger.page(page).await.status, 303, "{page}");
    }
    assert_eq!(stranger.get("/api/v1/rounds/r2/results").await.status, 401);
    let method = stranger.page("/method").await;
    assert_eq!(method.status, 200);
    assert!(method.text.contains("Why there is mostly no ranking"));
    let rounds = app.store.read(read::published_rounds).await.unwrap();
    assert_eq!(
        rounds
            .iter()
            .map(|round| round.round.as_str())
            .collect::<Vec<_>>(),
        ["r2", "r1"]
    );
}
on_both_engines!(a_stranger_is_sent_to_sign_in_and_the_method_is_public);
