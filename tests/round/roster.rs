//! Rosters as offices have them, and codes that exist once.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use rapport::round::{self, Code, RoundError};
use rapport::store::invitations;

use super::{LEADERS, STAFF, import, invited, opened, planned};
use crate::support::TestApp;

fn problems(error: &RoundError) -> Vec<String> {
    match error {
        RoundError::Roster(problems) => problems.listed.iter().map(ToString::to_string).collect(),
        other => panic!("{other}"),
    }
}

async fn a_roster_reads_the_same_however_it_was_saved(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    let plain =
        "agency,person,name,email,language,role\nDOT,p1,\"Núñez, Ana\",ana@x.gov,es,lead\nBB,p2,Bo,,,\n";
    let semicolons = "Agency Code;Employee-ID;Full Name;E-Mail;Preferred Language;Role\n\
                      DOT;p1;Núñez, Ana;ana@x.gov;ES;I lead a team, a division or the agency\nBB;p2;Bo;;;\n";
    let variants = [
        plain.to_owned(),
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        semicolons.to_owned(),
        format!("\u{feff}{}", semicolons.replace('\n', "\r\n")),
    ];
    for text in variants {
        let done = import(&store, "staff", &text)
            .await
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!((done.people, done.agencies), (2, 2), "{text:?}");
        let first = &done.links[0];
        let read = (
            first.person.as_str(),
            first.name.as_str(),
            first.email.as_str(),
            first.language.as_str(),
        );
        assert_eq!(read, ("p1", "Núñez, Ana", "ana@x.gov", "es"), "{text:?}");
        assert_eq!(
            done.links[1].language.as_str(),
            "en",
            "the survey's first language where none is given"
        );
        let staff = "staff".parse().unwrap();
        let rows = store
            .read(move |conn| invitations::roster(conn, &"r".parse().unwrap(), &staff))
            .await
            .unwrap();
        let segments: BTreeSet<&str> = rows.iter().map(|row| row.segments.as_str()).collect();
        assert_eq!(segments, BTreeSet::from(["{}", r#"{"role":"lead"}"#]), "{text:?}");
    }
}

async fn every_problem_of_a_roster_is_named_with_its_row_and_nothing_is_imported(app: TestApp) {
    let store = app.store.clone();
    invited(&store).await;
    let long = "x".repeat(255);
    let rows = [
        ("NOPE,a1,,,,", "row 2, agency: there is no agency `NOPE`"),
        (
            "dot,a2,,,,",
            "row 3, agency: there is no agency `dot`, but there is `DOT`",
        ),
        (",a3,,,,", "row 4, agency: is empty"),
        ("DOT,,,,,", "row 5, person: is empty"),
        ("DOT,a5,,,,", ""),
        ("DOT,A5,,,,", "row 7, person: `A5` stands in row 6 already"),
        ("DOT,a7,,a@x.gov,,", ""),
        (
            "DOT,a8,,A@X.gov,,",
            "row 9, email: `A@X.gov` stands in row 8 already",
        ),
        ("DOT,a9,,nobody,,", "row 10, email: `nobody` is no mail address"),
        (
            "DOT,a10,,a b@x.gov,,",
            "row 11, email: `a b@x.gov` is no mail address",
        ),
        (
            "DOT,a11,,,fr,",
            "row 12, language: the survey has no language `fr`: write en or es",
        ),
        (
            "DOT,a12,,,,boss",
            "row 13, role: the survey knows no `boss`: write one of staff, it, lead",
        ),
        (
            &format!("DOT,{long},,,,"),
            "row 14, person: is longer than 254 characters",
        ),
        (
            "DOT,=cmd(),,,,",
            "row 15, person: begins with a character that spreadsheets take for a formula",
        ),
        ("DOT,\"a\nb\",,,,", "row 16, person: has more than one line"),
        (
            "DOT,a16,,,,,stray",
            "row 17, column 7: `stray` stands under no heading",
        ),
    ];
    let mut csv = "agency,person,name,email,language,role\n".to_owned();
    for (row, _) in &rows[..15] {
        writeln!(csv, "{row}").unwrap();
    }
    let told = problems(&import(&store, "staff", &csv).await.unwrap_err());
    let expected: Vec<&str> = rows[..15]
        .iter()
        .map(|(_, told)| *told)
        .filter(|told| !told.is_empty())
        .collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (line, expected) in told.iter().zip(expected) {
        assert!(
            line.starts_with(expected),
            "{line}\n  should start with\n{expected}"
        );
    }
    // What can be told without knowing the columns is told first, and alone.
    writeln!(csv, "{}", rows[15].0).unwrap();
    assert!(problems(&import(&store, "staff", &csv).await.unwrap_err())[0].starts_with(rows[15].1));

    let progress = store
        .read(|conn| round::progress(conn, &"r".parse().unwrap()))
        .await
        .unwrap();
    assert_eq!(
        progress.audiences[1].invited, 3,
        "the roster of before is still there"
    );
}

async fn headings_are_held_against_what_the_audience_needs(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    for (audience, csv, expected) in [
        (
            "staff",
            "agency,who\nDOT,p\n",
            "row 1: there is no column `person` (or: person id",
        ),
        (
            "leaders",
            "agency,person\nDOT,p\n",
            "row 1: there is no column `name` (or: full name",
        ),
        (
            "leaders",
            "agency,person,name\nDOT,p,\n",
            "row 2, name: is empty: responses of this audience bear the name",
        ),
        (
            "staff",
            "agency,person,mail,e-mail\nDOT,p,,\n",
            "row 1: `mail` and `e-mail` both say `email`",
        ),
        (
            "staff",
            "agency,person,home phone!\nDOT,p,1\n",
            "row 1: `home-phone!` is not a valid name",
        ),
        (
            "staff",
            "agency,person,a,b,c,d,e,f,g\nDOT,p\n",
            "row 1: 7 columns would be segments, 6 are accepted",
        ),
        (
            "staff",
            "agency,person\n",
            "the roster has headings but invites nobody",
        ),
        ("staff", "", "the file is empty"),
    ] {
        let told = problems(&import(&store, audience, csv).await.unwrap_err());
        assert!(told[0].starts_with(expected), "{told:?}");
    }
}

async fn an_attribute_with_many_values_is_refused_as_a_segment(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    let mut csv = "agency,person,birthday\n".to_owned();
    for person in 0..30 {
        writeln!(csv, "DOT,p{person},1980-01-{person:02}").unwrap();
    }
    let told = problems(&import(&store, "staff", &csv).await.unwrap_err());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("row 26, birthday: is the 25th different value"),
        "{told:?}"
    );
}

async fn a_new_roster_takes_the_place_of_the_old_one_and_kills_its_links(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    let old = import(&store, "staff", STAFF).await.unwrap();
    let new = import(&store, "staff", STAFF).await.unwrap();
    let staff = "staff".parse().unwrap();
    let rows = store
        .read(move |conn| invitations::roster(conn, &"r".parse().unwrap(), &staff))
        .await
        .unwrap();
    let hashes: HashSet<Vec<u8>> = rows.into_iter().map(|row| row.code_hash).collect();
    assert_eq!(hashes.len(), 3);
    assert!(
        new.links
            .iter()
            .all(|link| hashes.contains(link.code.hash().as_slice()))
    );
    assert!(
        old.links
            .iter()
            .all(|link| !hashes.contains(link.code.hash().as_slice()))
    );
}

async fn twenty_thousand_people_are_imported_with_codes_that_are_all_different(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    let mut csv = "agency;person;email\r\n".to_owned();
    for person in 0..20_000 {
        let agency = ["DOT", "DOC", "BB"][person % 3];
        write!(csv, "{agency};p{person};p{person}@x.gov\r\n").unwrap();
    }
    let done = import(&store, "staff", &csv).await.unwrap();
    let codes: HashSet<&str> = done.links.iter().map(|link| link.code.as_str()).collect();
    assert_eq!((done.people, codes.len()), (20_000, 20_000));
    assert!(
        codes
            .iter()
            .all(|code| code.len() == 32 && code.bytes().all(|b| b.is_ascii_hexdigit()))
    );
    let progress = store
        .read(|conn| round::progress(conn, &"r".parse().unwrap()))
        .await
        .unwrap();
    assert_eq!(progress.audiences[1].invited, 20_000);
}

#[test]
fn a_code_that_was_typed_by_hand_finds_the_same_invitation() {
    let code = Code::draw(1).unwrap().remove(0);
    let typed = format!(" {} \n", code.as_str().to_uppercase());
    assert_eq!(Code::given(&typed).hash(), code.hash());
    assert!(
        !format!("{code:?}").contains(code.as_str()),
        "a code must not get into a log"
    );
}

async fn links_are_renewed_for_attributed_audiences_only_and_while_somebody_can_answer(app: TestApp) {
    let store = app.store.clone();
    let id = opened(&store).await.id;
    let renew = |audience: &'static str| {
        let (store, id) = (store.clone(), id.clone());
        async move {
            store
                .write(move |conn| round::roster::renew_links(conn, &id, &audience.parse().unwrap()))
                .await
        }
    };
    let (one, other) = (renew("leaders").await.unwrap(), renew("leaders").await.unwrap());
    assert_eq!((one.len(), other.len()), (1, 1));
    assert_ne!(one[0].code.hash(), other[0].code.hash());
    assert!(matches!(
        renew("staff").await.unwrap_err(),
        RoundError::Anonymous { .. }
    ));
    let closing = id.clone();
    store
        .write(move |conn| round::close(conn, &closing, super::morning()))
        .await
        .unwrap();
    assert!(matches!(
        renew("leaders").await.unwrap_err(),
        RoundError::WrongState { .. }
    ));
}

async fn the_list_of_links_is_a_table_for_a_mailing_tool(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    let done = import(&store, "leaders", LEADERS).await.unwrap();
    let table = round::invitation::links_csv(&done.links, "https://rapport.example.gov/");
    let link = format!("https://rapport.example.gov/i/{}", done.links[0].code.as_str());
    assert_eq!(
        table,
        format!("person,name,email,agency,language,link\nd1,Ana Núñez,ana@x.gov,DOT,en,{link}\n")
    );
}

on_both_engines!(
    a_roster_reads_the_same_however_it_was_saved,
    every_problem_of_a_roster_is_named_with_its_row_and_nothing_is_imported,
    headings_are_held_against_what_the_audience_needs,
    an_attribute_with_many_values_is_refused_as_a_segment,
    a_new_roster_takes_the_place_of_the_old_one_and_kills_its_links,
    twenty_thousand_people_are_imported_with_codes_that_are_all_different,
    links_are_renewed_for_attributed_audiences_only_and_while_somebody_can_answer,
    the_list_of_links_is_a_table_for_a_mailing_tool,
);
