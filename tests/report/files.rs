//! Files of a result: the workbook, the codebook, charts, the briefing, and the public scorecard.

use std::io::Read as _;

use rapport::identity::Actor;
use rapport::report::briefing::{Block, Briefing, LargeFigure, pdf};
use rapport::report::chart::{Line, Point, TrendChart};
use rapport::report::export;
use rapport::report::scorecard::{self, Scorecard};
use rapport::store::{Store, StoreError};

use super::fixture::{Group, agencies, noon, published, staff, times};
use crate::support::TestApp;

/// BIG and MID can be shown, TINY has 4 answers; the name of BIG is what a spreadsheet would run.
async fn two_rounds(store: &Store) {
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
            ("TINY", (17, times(4, [1, 4, 4]))),
            ("SOLO", (9, times(6, [4, 4, 2]))),
            ("DUO", (8, times(5, [2, 2, 4]))),
        ])
    };
    published(store, &staff("r1", 1, "2025-05-01", "2025-05-31", group(2))).await;
    published(store, &staff("r2", 1, "2026-05-01", "2026-05-31", group(6))).await;
}

/// The parts of a workbook as text.
fn parts(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names: Vec<String> = (0..archive.len())
        .map(|at| archive.by_index(at).unwrap().name().unwrap().to_string())
        .collect();
    names
        .into_iter()
        .map(|name| {
            let mut text = String::new();
            archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}

async fn a_workbook_has_a_sheet_for_each_index_and_no_formula(app: TestApp) {
    two_rounds(&app.store).await;
    for (person, sees_tiny) in [(app.leadership().await, true), (app.viewer("MID").await, false)] {
        let answer = person.bytes("/results/r2/files/results.xlsx").await;
        let parts = parts(&answer);
        let book = &parts
            .iter()
            .find(|(name, _)| name == "xl/workbook.xml")
            .unwrap()
            .1;
        for sheet in ["About", "Participation", "Trust", "All rows"] {
            assert!(book.contains(&format!("name=\"{sheet}\"")), "{sheet} in {book}");
        }
        let all: String = parts.iter().map(|(_, text)| text.as_str()).collect();
        assert!(!all.contains("<f>"), "no cell is a formula");
        assert!(all.contains("withheld") || !sees_tiny);
        assert_eq!(
            all.contains("Tiny Agency"),
            sees_tiny,
            "a viewer of MID has nothing of TINY"
        );
        assert_eq!(
            all.contains("=Big &amp; &lt;Agency&gt;"),
            sees_tiny,
            "names are texts as they are"
        );
        for secret in ["37.5", "31.25"] {
            assert!(!all.contains(secret), "the workbook tells {secret} of TINY");
        }
    }
}
on_both_engines!(a_workbook_has_a_sheet_for_each_index_and_no_formula);

async fn a_codebook_says_what_every_row_of_the_file_is(app: TestApp) {
    two_rounds(&app.store).await;
    let leader = app.leadership().await;
    let book = leader.page("/results/r2/files/codebook.csv").await.text;
    let mut reader = csv::Reader::from_reader(book.as_bytes());
    let known: Vec<(String, String)> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect();
    let csv = leader.page("/results/r2/files/results.csv").await.text;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let heading = rows.headers().unwrap().clone();
    let column = |name: &str| heading.iter().position(|known| known == name).unwrap();
    let (kind, subject) = (column("subject_kind"), column("subject"));
    let mut explained = 0;
    for row in rows.records().map(|row| row.unwrap()) {
        if [
            "index",
            "dimension",
            "theme",
            "item",
            "importance",
            "satisfaction",
        ]
        .contains(&&row[kind])
        {
            let id = row[subject].split(':').next().unwrap().to_owned();
            assert!(
                known.contains(&(row[kind].to_owned(), id.clone())),
                "{id} is not in the codebook"
            );
            explained += 1;
        }
    }
    assert!(explained > 50);
    assert!(
        book.contains("100 = Never") && book.contains("0 = Always"),
        "reversed scores are spelt out: {book}"
    );
    let read = leader.page("/results/r2/files/codebook.md").await.text;
    assert!(
        read.starts_with("# By hand") && read.contains("- part of: `trust/honest`"),
        "{read}"
    );
}
on_both_engines!(a_codebook_says_what_every_row_of_the_file_is);

#[test]
fn the_columns_of_a_row_are_those_of_the_csv() {
    let columns = export::columns().unwrap();
    assert_eq!(
        columns.len(),
        export::cells(&export::Row::default()).unwrap().len()
    );
    assert_eq!(columns.first().map(String::as_str), Some("round"));
}

async fn charts_come_as_svg_and_png_within_the_scope_only(app: TestApp) {
    two_rounds(&app.store).await;
    let viewer = app.viewer("MID").await;
    let own = "audience=staff&unit=agency/MID&subject=index/trust";
    let svg = viewer.page(&format!("/results/r2/charts/trend.svg?{own}")).await;
    assert_eq!(
        (svg.status, svg.header("content-type")),
        (200, "image/svg+xml"),
        "{svg}"
    );
    assert!(svg.text.contains("<style>") && svg.text.contains("Middle Agency"));
    let png = viewer.bytes(&format!("/results/r2/charts/trend.png?{own}")).await;
    assert!(png.starts_with(&[0x89, b'P', b'N', b'G']));
    for other in ["agency/BIG", "agency/TINY", "agency/NOPE", "cluster/small-boards"] {
        let address = format!("/results/r2/charts/trend.svg?audience=staff&unit={other}&subject=index/trust");
        assert_eq!(viewer.page(&address).await.status, 404, "{other}");
        let number = format!("/results/r2/number?audience=staff&unit={other}&subject=index/trust");
        assert_eq!(viewer.page(&number).await.status, 404, "{other}");
    }
    for nothing in ["trend.gif", "mood.svg", "trend", "../x.svg"] {
        assert_eq!(
            viewer
                .page(&format!("/results/r2/charts/{nothing}?{own}"))
                .await
                .status,
            404,
            "{nothing}"
        );
    }
}
on_both_engines!(charts_come_as_svg_and_png_within_the_scope_only);

async fn a_briefing_is_had_as_html_and_as_a_tagged_pdf(app: TestApp) {
    two_rounds(&app.store).await;
    let leader = app.leadership().await;
    let page = leader.page("/agencies/BIG/briefing?round=r2").await;
    assert_eq!(page.status, 200, "{page}");
    assert!(page.text.contains("briefing.pdf"));
    let file = leader.bytes("/agencies/BIG/briefing.pdf?round=r2").await;
    assert!(file.starts_with(b"%PDF-1.7"), "{:?}", &file[..8]);
    assert_eq!(
        leader.bytes("/agencies/BIG/briefing.pdf?round=r2").await,
        file,
        "the same bytes each time"
    );
    assert!(
        leader
            .bytes("/agencies/TINY/briefing.pdf?round=r2")
            .await
            .starts_with(b"%PDF"),
        "a withheld agency has one"
    );
    let viewer = app.viewer("MID").await;
    assert_eq!(viewer.page("/agencies/BIG/briefing.pdf").await.status, 404);
}
on_both_engines!(a_briefing_is_had_as_html_and_as_a_tagged_pdf);

#[test]
fn a_pdf_is_tagged_titled_and_has_its_pages() {
    let chart = TrendChart {
        id: "t".to_owned(),
        title: "Trust".to_owned(),
        description: "From 50 to 60.".to_owned(),
        lines: vec![Line {
            label: "Agency".to_owned(),
            segments: vec![vec![point(0.0, 50.0), point(1.0, 60.0)]],
        }],
        ..TrendChart::default()
    };
    let briefing = Briefing {
        title: "Department of Nowhere".to_owned(),
        subtitle: "Round".to_owned(),
        language: "es".to_owned(),
        blocks: vec![
            Block::Figures(vec![LargeFigure {
                label: "Trust".to_owned(),
                value: "60".to_owned(),
                detail: "of 100".to_owned(),
            }]),
            Block::Chart(Box::new(chart.picture())),
            Block::PageBreak,
            Block::Heading("Parts".to_owned()),
            Block::Table {
                head: vec!["Part".to_owned(), "Score".to_owned()],
                rows: vec![vec!["a".to_owned(), String::new()]],
                widths: vec![3.0, 1.0],
            },
            Block::List(vec!["one".to_owned(), "two".to_owned()]),
        ],
        footer: "Sealed".to_owned(),
    };
    let bytes = pdf(&briefing).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for expected in [
        "/StructTreeRoot",
        "/Lang",
        "/MarkInfo",
        "/Outlines",
        "pdfuaid",
        "/Figure",
        "/TH",
        "/H1",
        "/LI",
    ] {
        assert!(text.contains(expected), "no {expected}");
    }
    assert!(text.contains("/Count 2"), "two pages");
    assert_eq!(pdf(&briefing).unwrap(), bytes);
}

fn point(at: f64, value: f64) -> Point {
    Point {
        at,
        when: "May".to_owned(),
        value,
        interval: Some((value - 3.0, value + 3.0)),
        told: String::new(),
    }
}

async fn the_scorecard_is_off_until_a_published_round_is_put_on_it(app: TestApp) {
    two_rounds(&app.store).await;
    let stranger = app.anonymous();
    for address in ["/scorecard", "/scorecard.csv", "/scorecard.json"] {
        assert_eq!(stranger.page(address).await.status, 404, "{address}");
    }
    let card = |agreed: &[(&str, &str)], licence: &str| Scorecard {
        round: "r2".parse().unwrap(),
        licence: licence.to_owned(),
        agencies: agreed
            .iter()
            .map(|(code, by)| (code.parse().unwrap(), (*by).to_owned()))
            .collect(),
    };
    for (wrong, told) in [
        (card(&[("MID", "")], "CC-BY-4.0"), "who agreed"),
        (
            card(&[("SOLO", "A Director")], "CC-BY-4.0"),
            "not reported on its own",
        ),
        (card(&[], " "), "licence"),
        (
            Scorecard {
                round: "nowhere".parse().unwrap(),
                ..card(&[], "CC0-1.0")
            },
            "no published result",
        ),
    ] {
        let refused = app
            .store
            .write(move |conn| {
                Ok::<_, StoreError>(scorecard::show(
                    conn,
                    &Actor::operator(),
                    &wrong,
                    noon("2026-06-10"),
                ))
            })
            .await
            .unwrap();
        assert!(
            refused
                .as_ref()
                .is_err_and(|error| error.to_string().contains(told)),
            "{refused:?}"
        );
    }
    assert_eq!(
        stranger.page("/scorecard").await.status,
        404,
        "a refused one shows nothing"
    );
    let shown = card(&[("MID", "M. Director")], "CC-BY-4.0");
    app.store
        .write(move |conn| scorecard::show(conn, &Actor::operator(), &shown, noon("2026-06-10")))
        .await
        .unwrap();
    for address in ["/scorecard", "/scorecard.csv", "/scorecard.json"] {
        let answer = stranger.page(address).await;
        assert_eq!(answer.status, 200, "{address}: {answer}");
        assert!(answer.text.contains("Middle Agency"), "{address}");
        for other in [
            "Big &",
            "BIG",
            "Tiny",
            "TINY",
            "Board of",
            "SOLO",
            "small-boards",
            "M. Director",
            "/number?",
        ] {
            assert!(!answer.text.contains(other), "{address} tells {other}");
        }
    }
    assert!(
        stranger
            .page("/scorecard.csv")
            .await
            .header("link")
            .contains("CC-BY-4.0")
    );
    app.store
        .write(move |conn| {
            scorecard::hide(
                conn,
                &Actor::operator(),
                &"r2".parse().unwrap(),
                noon("2026-06-11"),
            )
        })
        .await
        .unwrap();
    assert_eq!(stranger.page("/scorecard").await.status, 404);
    let log = app
        .store
        .read(|conn| rapport::identity::audit::list(conn, None, 10))
        .await
        .unwrap();
    let told: Vec<&str> = log
        .iter()
        .map(|entry| entry.action.as_str())
        .filter(|action| action.starts_with("scorecard"))
        .collect();
    assert_eq!(told, ["scorecard.hide", "scorecard.show"]);
}
on_both_engines!(the_scorecard_is_off_until_a_published_round_is_put_on_it);

async fn pages_are_read_in_the_language_that_was_chosen(app: TestApp) {
    two_rounds(&app.store).await;
    let leader = app.leadership().await;
    let english = leader.page("/results/r2").await.text;
    assert!(english.contains("<html lang=\"en\">") && english.contains("What changed"));
    let spanish = leader.page("/results/r2?lang=es").await;
    assert!(
        spanish.text.contains("<html lang=\"es\">") && spanish.text.contains("Qué cambió"),
        "{spanish}"
    );
    assert!(
        spanish.header("set-cookie").contains("rapport_language=es"),
        "{spanish}"
    );
    for text in ["What changed", "detectable change", "Median agency", ">withheld<"] {
        assert!(
            !spanish.text.contains(text),
            "`{text}` is English: {}",
            spanish.text
        );
    }
}
on_both_engines!(pages_are_read_in_the_language_that_was_chosen);
