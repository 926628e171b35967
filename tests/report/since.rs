//! Single questions since last time, what was delivered and what was promised: on the page of an agency, on its briefing,
//! beside another round, and for nobody else.

use rapport::follow::commitment::{self, Draft};
use rapport::follow::service_level;
use rapport::identity::Actor;
use rapport::round::Mode;
use rapport::store::{Store, StoreError};
use serde_json::{Value, json};

use super::fixture::{Group, Plan, agencies, noon, published, staff, times, version};
use crate::support::{Person, TestApp};

/// The second version words q2 anew.
fn second() -> Value {
    let mut version = version(2);
    for place in [0, 1, 2, 4] {
        version["pages"][0]["items"][place]["previous"] = json!("same");
    }
    version["pages"][0]["items"][1]["wording"] = json!("2");
    version["pages"][0]["items"][1]["previous"] = json!("new");
    version
}

/// In BIG, q1 falls from 87.5 to 12.5 with 12 answers each time and a standard deviation of 13.06; nothing moves in MID.
/// TINY has 4 answers.
fn year(after: bool) -> Group {
    let big = if after {
        [times(6, [2, 4, 2]), times(6, [1, 3, 3])]
    } else {
        [times(6, [5, 4, 2]), times(6, [4, 3, 3])]
    };
    Group::from([
        ("BIG", (20, big.concat())),
        ("MID", (40, [times(6, [4, 4, 2]), times(6, [3, 3, 3])].concat())),
        ("TINY", (17, times(4, [1, 4, 4]))),
    ])
}

async fn two_years(store: &Store) {
    agencies(store, "BIG,Big Agency,\nMID,Middle Agency,\nTINY,Tiny Agency,\n").await;
    published(store, &staff("r1", 1, "2025-05-01", "2025-05-31", year(false))).await;
    let plan = Plan {
        version: second(),
        ..staff("r2", 2, "2026-05-01", "2026-05-31", year(true))
    };
    published(store, &plan).await;
}

/// What a page says, without its markup, from this heading to that one.
fn between(page: &str, from: &str, to: &str) -> String {
    let start = page.find(from).unwrap_or_else(|| panic!("no {from} in {page}"));
    let rest = &page[start..];
    let end = rest.find(to).unwrap_or(rest.len());
    let pieces = rest[..end].split('<');
    let said = pieces.map(|piece| piece.split_once('>').map_or(piece, |(_, said)| said));
    let words = said.collect::<Vec<_>>().join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn a_question_that_fell_is_told_with_its_interval_and_a_reworded_one_is_not_compared(app: TestApp) {
    two_years(&app.store).await;
    let leader = app.leadership().await;
    let page = leader.page("/agencies/BIG").await.text;
    // s2 is 1875 / 11 in both rounds: SE 5.330, t(22) 2.0739, so 75 -+ 11.05
    let since = between(&page, "id=\"since\"", "</section>");
    assert!(
        since.contains("Item q1 −75 ( −86 to −64 )") || since.contains("Item q1 −75 (−86 to −64)"),
        "{since}"
    );
    assert!(since.contains("Since Round r1"), "{since}");
    assert!(!since.contains("Item q2"), "it was worded differently: {since}");
    let items = between(&page, "id=\"items\"", "</section>");
    assert!(
        items.contains("Item q2") && items.contains("Worded differently then."),
        "{items}"
    );
    let still = leader.page("/agencies/MID").await.text;
    assert!(
        between(&still, "id=\"since\"", "</section>")
            .contains("No question changed detectably since Round r1"),
        "{still}"
    );
    let first = leader.page("/agencies/BIG?round=r1").await.text;
    assert!(!first.contains("id=\"since\""), "there was no round before");
    let spanish = leader.page("/agencies/BIG?lang=es").await.text;
    assert!(
        spanish.contains("Entonces se preguntó con otras palabras."),
        "{spanish}"
    );
}
on_both_engines!(a_question_that_fell_is_told_with_its_interval_and_a_reworded_one_is_not_compared);

async fn two_rounds_side_by_side_tell_the_same_change_from_either_side(app: TestApp) {
    two_years(&app.store).await;
    let leader = app.leadership().await;
    for address in [
        "/results/r2/compare?a=agency/BIG&with=r1",
        "/results/r1/compare?a=agency/BIG&with=r2",
    ] {
        let page = leader.page(address).await.text;
        let table = between(&page, "<tbody>", "</tbody>");
        assert!(
            table.contains("−75 (−86 to −64) down"),
            "{address}: later minus earlier: {table}"
        );
        assert!(page.contains("The change is since Round r1"), "{address}");
    }
    let other = leader
        .page("/results/r2/compare?a=agency/BIG&b=agency/MID")
        .await
        .text;
    assert!(!other.contains("since Round"), "two agencies are not tested");
}
on_both_engines!(two_rounds_side_by_side_tell_the_same_change_from_either_side);

async fn what_is_withheld_then_or_now_has_no_change(app: TestApp) {
    two_years(&app.store).await;
    let leader = app.leadership().await;
    for address in [
        "/agencies/TINY",
        "/agencies/TINY/briefing",
        "/results/r2/compare?a=agency/TINY&with=r1",
    ] {
        let text = leader.page(address).await.text;
        assert!(
            !text.contains("verdict-"),
            "{address} says how a withheld figure moved"
        );
    }
}
on_both_engines!(what_is_withheld_then_or_now_has_no_change);

/// One commitment to BIG and one to all, and service levels of BIG and TINY.
async fn promised_and_delivered(store: &Store) {
    let draft = |agency: &str, promised: &str| Draft {
        agency: agency.to_owned(),
        round: "r1".to_owned(),
        said: "You are late.".to_owned(),
        promised: promised.to_owned(),
        constructs: vec!["delivers.on-time".to_owned()],
        due_on: "2026-01-31".to_owned(),
        state: "kept".to_owned(),
        ..Draft::default()
    };
    let made = [
        draft("BIG", "A date for every ticket."),
        draft("", "Bills in words."),
    ];
    let levels = "agency,period,service,measure,target,actual,unit,better\n\
        BIG,2026-Q1,Desk,Hours,6,4,h,less\nBIG,2025-Q4,Desk,Hours,6,8,h,less\n\
        BIG,2026-Q1,E-mail,Uptime,99.9,99.95,%,more\nTINY,2026-Q1,Desk,Hours,6,4,h,less\n";
    store
        .write(move |conn| {
            for draft in &made {
                commitment::make(conn, &Actor::operator(), draft, noon("2025-07-01")).unwrap();
            }
            service_level::import(conn, &Actor::operator(), levels.as_bytes(), noon("2026-06-01")).unwrap();
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

async fn what_was_delivered_stands_beside_how_it_is_perceived(app: TestApp) {
    two_years(&app.store).await;
    promised_and_delivered(&app.store).await;
    let leader = app.leadership().await;
    let page = leader.page("/agencies/BIG").await.text;
    let services = between(&page, "id=\"services\"", "</section>");
    // Satisfaction with the desk follows q2: six 3 and six 4, a mean of 62.5.
    for expected in [
        "The service desk",
        "63",
        "target met 1 of 2 times",
        "Hours: 4 h (agreed at most 6 h), 2026-Q1",
        "target met 2 of 3 times",
        "Uptime: 99.95 %",
        "not asked",
    ] {
        let found = services.replace('\u{a0}', " ").contains(expected);
        assert!(found, "no {expected:?} in {services}");
    }
    let tiny = leader.page("/agencies/TINY").await.text;
    let services = between(&tiny, "id=\"services\"", "</section>");
    assert!(
        services.contains("withheld") && services.contains("target met 1 of 1"),
        "{services}"
    );
    let earlier = leader.page("/agencies/BIG?round=r1").await.text;
    assert!(
        !earlier.contains("id=\"services\""),
        "nothing was measured in the year before that round"
    );
}
on_both_engines!(what_was_delivered_stands_beside_how_it_is_perceived);

async fn a_commitment_is_judged_on_the_page_of_its_agency_and_nobody_else_sees_it(app: TestApp) {
    two_years(&app.store).await;
    promised_and_delivered(&app.store).await;
    let told = |page: &str| between(page, "id=\"committed\"", "</section>");
    let own = app.viewer("BIG").await;
    let page = told(&own.page("/agencies/BIG").await.text);
    assert!(
        page.contains("A date for every ticket.") && page.contains("Bills in words."),
        "{page}"
    );
    assert!(
        page.contains("From Round r1 to Round r2") && page.contains("−75 (−86 to −64) down"),
        "{page}"
    );
    let briefing = own.page("/agencies/BIG/briefing").await.text;
    assert!(
        briefing.contains("A date for every ticket.") && briefing.contains("−86 to −64"),
        "{briefing}"
    );
    let file = own.bytes("/agencies/BIG/briefing.pdf").await;
    assert!(
        String::from_utf8_lossy(&file).contains("/Count 2"),
        "a briefing has two pages"
    );
    let other: Person = app.viewer("MID").await;
    assert_eq!(other.page("/agencies/BIG").await.status, 404);
    let page = told(&other.page("/agencies/MID").await.text);
    assert!(
        page.contains("Bills in words.") && page.contains("no detectable change"),
        "what was promised to all is judged by MID's own answers: {page}"
    );
    assert!(!page.contains("A date for every ticket."), "{page}");
    let tiny = told(&app.leadership().await.page("/agencies/TINY").await.text);
    assert!(
        tiny.contains("Not in both results.") && !tiny.contains("37"),
        "{tiny}"
    );
}
on_both_engines!(a_commitment_is_judged_on_the_page_of_its_agency_and_nobody_else_sees_it);

async fn the_state_has_a_line_of_its_own_beside_the_agency(app: TestApp) {
    two_years(&app.store).await;
    let leader = app.leadership().await;
    for (lang, label) in [("en", "The whole state"), ("es", "Todo el estado")] {
        let page = leader.page(&format!("/agencies/BIG?lang={lang}")).await.text;
        assert!(
            page.contains("class=\"line s2 dashed\""),
            "not told by colour alone: {page}"
        );
        let heading = format!("<th scope=\"col\" class=\"n\">{label}</th>");
        assert!(page.contains(&heading), "the table has the line, too: {page}");
        assert!(
            page.contains(&format!(">{label}</text>")),
            "the chart names it: {page}"
        );
    }
    let file = leader
        .page("/results/r2/charts/trend.svg?audience=staff&unit=agency/BIG&subject=index/trust&lang=en")
        .await
        .text;
    assert!(file.contains("The whole state"), "{file}");
}
on_both_engines!(the_state_has_a_line_of_its_own_beside_the_agency);

/// Leaders answer by name and have no earlier round: what staff said is not theirs.
async fn audiences_are_compared_with_themselves_only(app: TestApp) {
    agencies(
        &app.store,
        "BIG,Big Agency,\nMID,Middle Agency,\nTINY,Tiny Agency,\n",
    )
    .await;
    published(
        &app.store,
        &staff("r1", 1, "2025-05-01", "2025-05-31", year(false)),
    )
    .await;
    let mut plan = staff("r2", 1, "2026-05-01", "2026-05-31", year(true));
    plan.audiences.push((
        "leaders",
        Mode::Attributed,
        Group::from([("BIG", (12, [times(6, [5, 4, 2]), times(6, [4, 3, 3])].concat()))]),
    ));
    published(&app.store, &plan).await;
    let page = app
        .leadership()
        .await
        .page("/agencies/BIG?audience=leaders")
        .await
        .text;
    assert!(
        page.contains("All leaders") && !page.contains("id=\"since\""),
        "{page}"
    );
}
on_both_engines!(audiences_are_compared_with_themselves_only);

/// Three rounds, the second a quarter before the third: BIG fell between the first and the second and stayed there.
async fn three_rounds(store: &Store) {
    agencies(store, "BIG,Big Agency,\nMID,Middle Agency,\nTINY,Tiny Agency,\n").await;
    for (id, opened, closed, after) in [
        ("r1", "2025-05-01", "2025-05-31", false),
        ("r2", "2026-02-01", "2026-02-28", true),
        ("r3", "2026-05-01", "2026-05-31", true),
    ] {
        published(store, &staff(id, 1, opened, closed, year(after))).await;
    }
}

async fn the_overview_answers_since_a_year_ago_when_the_round_before_was_nearer(app: TestApp) {
    three_rounds(&app.store).await;
    let news = |page: &str| between(page, "id=\"news\"", "</section>");
    let page = app.leadership().await.page("/results").await.text;
    let told = news(&page);
    let (year, before) = told.split_once("Since the round before: Round r2").unwrap();
    // Trust in BIG falls with q1, which is half of one of two parts: 75 / 4.
    assert!(
        year.contains("Since a year ago: Round r1 1 down, 0 up, 1 no detectable change down Big Agency −19"),
        "{told}"
    );
    assert!(
        before.contains("0 down, 0 up, 2 no detectable change No agency changed detectably."),
        "{told}"
    );
    let own = news(&app.viewer("BIG").await.page("/results").await.text);
    assert!(own.contains("down Big Agency −19"), "{own}");
    let other = news(&app.viewer("MID").await.page("/results").await.text);
    assert!(
        other.contains("Since a year ago") && !other.contains("Big Agency") && !other.contains("1 down"),
        "{other}"
    );
    let second = news(&app.leadership().await.page("/results/r2").await.text);
    assert!(
        !second.contains("Since a year ago"),
        "nine months are no year: {second}"
    );
}
on_both_engines!(the_overview_answers_since_a_year_ago_when_the_round_before_was_nearer);

async fn the_number_of_a_question_opens_to_its_change(app: TestApp) {
    two_years(&app.store).await;
    let address = "/results/r2/number?audience=staff&unit=agency/BIG&subject=item/q1";
    let page = app.viewer("BIG").await.page(address).await.text;
    let facts = between(&page, "<h2>Everything behind", "<h2>How it is computed");
    for expected in [
        "Since Round r1 down",
        "Then and now 87.500 → 12.500",
        "Difference (95 % interval) −75.000 (−86.05",
        "Welch",
        "questions could be compared",
    ] {
        assert!(facts.contains(expected), "no {expected:?} in {facts}");
    }
    let reworded = app
        .leadership()
        .await
        .page("/results/r2/number?audience=staff&unit=agency/BIG&subject=item/q2")
        .await
        .text;
    assert!(reworded.contains("Worded differently then."), "{reworded}");
}
on_both_engines!(the_number_of_a_question_opens_to_its_change);
