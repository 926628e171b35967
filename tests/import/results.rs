//! From yearly files to one honest trend for each agency.

use rapport::import::mapping;
use rapport::import::results::mapping::Mapping;
use rapport::import::results::{self, Known, Plan, Source, report::Report};
use rapport::store::{StoreError, past};
use serde_json::{Value, json};

use crate::support::TestApp;

on_both_engines!(
    figures_become_trends_with_breaks_and_repeating_changes_nothing,
    a_plan_is_stored_whole_or_not_at_all
);

/// Three years: headings drift, numbers change their form, names vary, one body absorbs another.
fn files() -> Vec<Source> {
    let file = |name: &str, text: &str| Source {
        name: name.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    vec![
        file(
            "y1.csv",
            "Group,Organisation,Index,Old question,Answered\nx,Total,50%,50%,100\nx,Dept. of Roads,61%,40%,80\nx,Dept of Rail,55%,n/a,-\n",
        ),
        file(
            "y2.csv",
            "\u{feff}Group;Organisation;The Index;New question;Answered\r\nx;Dept of  ROADS;0,63;0,45;90\r\nx;Dept of Rail;0,50;0,41;\r\n",
        ),
        file(
            "y3.csv",
            "Group,Organisation,The Index,New question,Answered\rx,Department of Roads,64,46,1 234\r",
        ),
    ]
}

fn mapping_of(change: impl FnOnce(&mut Value)) -> Mapping {
    let mut mapping = json!({
        "series": "yearly", "source": "The office",
        "periods": [
            { "file": "y1.csv", "period": "2020", "date": "2020-10-01" },
            { "file": "y2.csv", "period": "2021", "date": "2021-10-01", "numbers": "fraction" },
            { "file": "y3.csv", "period": "2022", "date": "2022-10-01" },
        ],
        "organisation": { "headings": ["Organisation"], "ignore": ["Total"], "create": true,
            "names": { "ROADS": ["Dept. of Roads", "Dept of Roads", "Department of Roads"], "RAIL": ["Dept of Rail"] } },
        "subjects": [
            { "subject": "index", "kind": "mean", "headings": ["Index", { "heading": "The Index", "wording": "flagged" }] },
            { "subject": "question", "kind": "percent-favourable",
              "headings": ["Old question", { "heading": "New question", "wording": "new" }] },
        ],
        "n": ["Answered"], "ignore": ["Group"],
        "lineage": [
            { "date": "2022-01-01", "kind": "merged", "predecessor": "RAIL", "successor": "ROADS", "note": "Rail went to Roads" },
            { "date": "2022-01-01", "kind": "merged", "predecessor": "CANALS", "successor": "ROADS", "note": "nobody knows Canals" },
        ],
    });
    change(&mut mapping);
    mapping::read(mapping.to_string().as_bytes()).unwrap()
}

fn planned(change: impl FnOnce(&mut Value), files: &[Source]) -> (Plan, Report) {
    results::plan(&mapping_of(change), files, None, &Known::default())
}

async fn figures_become_trends_with_breaks_and_repeating_changes_nothing(app: TestApp) {
    let (plan, report) = planned(|_| {}, &files());
    assert!(report.is_good(false), "{report}");
    assert_eq!(
        (report.new, report.joined, report.created.len()),
        (9, 2, 2),
        "{report}"
    );
    assert_eq!(report.events_left_out.len(), 1);
    app.store
        .write(move |conn| results::store(conn, &plan))
        .await
        .unwrap();

    let trend = app.store.read(|conn| -> Result<_, StoreError> {
        Ok((
            past::trend(conn, &"ROADS".parse().unwrap(), &"index".parse().unwrap())?,
            past::trend(conn, &"ROADS".parse().unwrap(), &"question".parse().unwrap())?,
            past::trend(conn, &"RAIL".parse().unwrap(), &"question".parse().unwrap())?,
            past::subjects(conn, &"ROADS".parse().unwrap())?,
        ))
    });
    let (index, question, rail, subjects) = trend.await.unwrap();
    let values: Vec<(&str, f64, Option<u32>)> = index
        .iter()
        .map(|figure| (figure.period.as_str(), figure.value, figure.n))
        .collect();
    assert_eq!(
        values,
        [
            ("2020", 61.0, Some(80)),
            ("2021", 63.0, Some(90)),
            ("2022", 64.0, Some(1234))
        ]
    );
    let breaks: Vec<bool> = index.iter().map(|figure| figure.break_before.is_some()).collect();
    assert_eq!(
        breaks,
        [false, false, true],
        "the merger breaks, the flagged wording does not"
    );
    assert!(
        index[1]
            .source
            .contains("wording changed slightly in 2021 (before: Index)")
    );
    assert!(
        index[2]
            .break_before
            .as_ref()
            .unwrap()
            .contains("Rail went to Roads")
    );
    assert!(
        question[1]
            .break_before
            .as_ref()
            .unwrap()
            .contains("another one (before: Old question)")
    );
    assert_eq!(rail.len(), 1, "what was not published is no figure");
    assert_eq!(
        rail[0].break_before, None,
        "the first figure has nothing before it"
    );
    assert_eq!(subjects.len(), 2);

    // Again, with one figure corrected.
    let mapping = mapping_of(|_| {});
    let wanted = mapping.clone();
    let known = app
        .store
        .read(move |conn| results::known(conn, &wanted))
        .await
        .unwrap();
    let (_, again) = results::plan(&mapping, &files(), None, &known);
    assert_eq!(
        (again.new, again.changed, again.unchanged, again.created.len()),
        (0, 0, 9, 0)
    );
    let mut corrected = files();
    corrected[2].bytes =
        b"Group,Organisation,The Index,New question,Answered\nx,Department of Roads,65,46,1234\n".to_vec();
    let (plan, report) = results::plan(&mapping, &corrected, None, &known);
    assert_eq!((report.new, report.changed, report.unchanged), (0, 1, 8));
    app.store
        .write(move |conn| results::store(conn, &plan))
        .await
        .unwrap();
    let series = mapping.series.clone();
    let stored = app
        .store
        .read(move |conn| past::of_series(conn, &series))
        .await
        .unwrap();
    assert_eq!(stored.len(), 9);
    assert!(
        stored
            .iter()
            .any(|figure| figure.value.to_bits() == 65.0_f64.to_bits())
    );
}

async fn a_plan_is_stored_whole_or_not_at_all(app: TestApp) {
    let (mut plan, _) = planned(|_| {}, &files());
    // The last figure is of an agency that nobody made.
    plan.figures.last_mut().unwrap().agency = "NOBODY".parse().unwrap();
    let outcome = app.store.write(move |conn| results::store(conn, &plan)).await;
    assert!(matches!(outcome, Err(StoreError::Reference(_))), "{outcome:?}");
    let left = app
        .store
        .read(|conn| results::known(conn, &mapping_of(|_| {})))
        .await
        .unwrap();
    assert!(left.figures.is_empty() && left.agencies.is_empty(), "{left:?}");
}

#[test]
fn everything_unmatched_is_told_with_its_place() {
    let mut files = files();
    files[0].bytes.extend(b"x,Dept of Ports,1%,2%,3\n");
    files.push(Source {
        name: "y9.csv".to_owned(),
        bytes: b"a\n1\n".to_vec(),
    });
    let change = |mapping: &mut Value| {
        mapping["ignore"] = json!([]);
        mapping["subjects"][0]["headings"] = json!(["Index"]);
    };
    let (_, report) = planned(change, &files);
    assert!(
        !report.is_good(true),
        "a file of no period is a mistake, not something to skip"
    );
    assert!(
        report.problems[0].problem.contains("no period with this file"),
        "{report}"
    );
    assert_eq!(report.unmatched_columns["Group"], ["y1.csv", "y2.csv", "y3.csv"]);
    assert_eq!(report.unmatched_columns["The Index"], ["y2.csv", "y3.csv"]);
    let unmatched = &report.unmatched_organisations[0];
    assert_eq!(
        (unmatched.file.as_str(), unmatched.row, unmatched.name.as_str()),
        ("y1.csv", 5, "Dept of Ports")
    );
}

#[test]
fn wrong_cells_double_rows_double_columns_and_fractions_read_as_percent_are_problems_with_their_row() {
    let told = |text: &str, name: &str| {
        let mut files = files();
        files[0] = Source {
            name: "y1.csv".to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        let (_, report) = planned(|_| {}, &files);
        let told = report.to_string();
        assert!(
            !report.is_good(true) && told.contains(name),
            "{name} is not in\n{told}"
        );
    };
    let head = "Group,Organisation,Index,Old question,Answered";
    told(
        &format!("{head}\nx,Dept of Rail,many,1,1\n"),
        "row 2, Index: `many` is no number",
    );
    told(&format!("{head}\nx,Dept of Rail,101,1,1\n"), "outside 0 to 100");
    told(
        &format!("{head}\nx,Dept of Rail,10,1,about ten\n"),
        "row 2, Answered: `about ten` is no count",
    );
    told(
        &format!("{head}\nx,Dept of Rail,1,1,1\nx,dept of rail,1,1,1\n"),
        "is RAIL, and so is row 2",
    );
    told(
        &format!("{head},The Index\nx,Dept of Rail,1,1,1,1\n"),
        "more than one column is `index`",
    );
    told(
        "Group,Index,Old question,Answered\nx,1,1,1\n",
        "no column `Organisation`",
    );
    let names = ["a", "b", "c", "d", "Dept of Rail"];
    let rows: String = names.map(|name| format!("x,{name},0.5,1,1\n")).concat();
    told(&format!("{head}\n{rows}"), "set \"numbers\": \"fraction\"");
}

#[test]
fn a_name_that_the_table_of_organisations_gives_to_two_is_told() {
    let table = b"uid,organisation\nPORTS,Dept of Ports\nHARBOURS,Dept of Ports\nRAIL2,Dept of Rail\n";
    let (_, report) = results::plan(&mapping_of(|_| {}), &files(), Some(table), &Known::default());
    assert_eq!(report.problems.len(), 1, "{report}");
    assert!(report.problems[0].problem.contains("both PORTS and HARBOURS"));
}

#[test]
fn a_mapping_with_a_mistake_is_told_where() {
    for (text, place) in [
        (r#"{"series": "a b"}"#, "series"),
        (r#"{"series": "a", "periods": [{"file": 1}]}"#, "periods[0].file"),
        (r#"{"series": "a", "sources": "x"}"#, "sources"),
        ("{", "cannot be read"),
    ] {
        let told = mapping::read::<Mapping>(text.as_bytes()).unwrap_err();
        assert!(told.contains(place), "{told}");
    }
}
