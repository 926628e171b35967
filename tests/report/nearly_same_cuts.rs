//! Consecutive rounds in which a segment of an agency hardly changed: subtracting its figures must not give the newcomer's answers.

use rapport::report::model::{Cut, Measured, Subject, Unit};
use rapport::round;

use super::fixture::{Figures, agency_unit, item, noon, sealed, trust, write};
use super::offices::{IT, LEAD, Office, STAFF, closed, role, survey};
use crate::support::TestApp;

on_both_engines!(
    the_answers_of_one_who_joined_a_segment_cannot_be_computed_from_two_rounds,
    a_group_that_was_withheld_with_an_unchanged_one_cannot_be_computed_later,
    a_unit_without_cuts_gives_none_away_by_those_of_the_state,
);

/// So many of a role, whose answers differ, and differ from those of another `start`.
fn some(count: u8, start: u8, role: u8) -> Vec<Vec<u8>> {
    (start..start + count)
        .map(|n| vec![1 + n % 5, 1 + (n / 5) % 5, 1 + (n / 25) % 5, role])
        .collect()
}

fn office(code: &'static str, answers: Vec<Vec<u8>>) -> Office {
    Office {
        code,
        people: vec![("", 90)],
        answers,
    }
}

async fn round(app: &TestApp, id: &'static str, day: &'static str, offices: &[Office]) -> Figures {
    let id = closed(
        &app.store,
        id,
        day,
        &survey(5, &["q1", "q2", "q3"], 2, &[]),
        offices,
    )
    .await;
    sealed(&app.store, &id).await.unwrap();
    let published = id.clone();
    write(&app.store, move |conn| {
        round::publish(conn, &published, noon("2026-06-02")).unwrap()
    })
    .await;
    Figures::of(&app.store, &id).await
}

/// n and the sum of the scores, as anybody can compute them from a shown figure.
type Told = (f64, f64);

fn told(figures: &Figures, unit: &Unit, cut: &Cut, subject: &Subject) -> Option<Told> {
    let figure = figures.of_cut("staff", unit, cut, subject)?;
    let Measured::Score(score) = &figure.measured else {
        panic!("no score of {subject}")
    };
    let n = f64::from(figure.respondents);
    Some((n, score.mean * n))
}

fn minus(one: Option<Told>, other: Option<Told>) -> Option<Told> {
    let (one, other) = (one?, other?);
    Some((one.0 - other.0, one.1 - other.1))
}

const ROLES: [&str; 3] = ["staff", "lead", "it"];

/// Every group of the roles of a unit that a round tells of, with n and sum: those shown, those that are left when they are
/// taken from the unit, and those of the state without the other unit. Sums of shown ones included.
fn groups(figures: &Figures, unit: &Unit, subject: &Subject) -> Vec<(u8, Told)> {
    let all = told(figures, unit, &Cut::Everybody, subject);
    let single: Vec<Option<Told>> = ROLES
        .iter()
        .map(|name| {
            let rest = minus(
                told(figures, &Unit::StateMean, &role(name), subject),
                told(figures, &agency_unit("FAR"), &role(name), subject),
            );
            told(figures, unit, &role(name), subject).or(rest)
        })
        .collect();
    let mut found = Vec::new();
    for set in 1..8_u8 {
        let sum = |set: u8| {
            let members = (0..3).filter(|place| set & (1 << place) != 0);
            members
                .map(|place| single[place])
                .try_fold((0.0, 0.0), |sum, one| {
                    one.map(|one| (sum.0 + one.0, sum.1 + one.1))
                })
        };
        let by_rest = if set == 7 { all } else { minus(all, sum(7 - set)) };
        found.extend(sum(set).or(by_rest).map(|told| (set, told)));
    }
    found
}

/// Whether what two rounds tell of a unit gives these people by one subtraction, with what they said.
fn gives(before: &Figures, after: &Figures, subject: &Subject, (n, sum): Told) -> bool {
    let near = agency_unit("NEAR");
    let (before, after) = (groups(before, &near, subject), groups(after, &near, subject));
    let mut pairs = before
        .iter()
        .flat_map(|one| after.iter().map(move |two| (one, two)));
    pairs.any(|((_, one), (_, two))| {
        let found = (two.0 - one.0, two.1 - one.1);
        let is = |sign: f64| (found.0 - sign * n).abs() < 0.5 && (found.1 - sign * sum).abs() < 1e-6;
        is(1.0) || is(-1.0)
    })
}

fn subjects() -> [Subject; 4] {
    [trust(), item("q1"), item("q2"), item("q3")]
}

async fn the_answers_of_one_who_joined_a_segment_cannot_be_computed_from_two_rounds(app: TestApp) {
    let (staff, leads) = (some(14, 0, STAFF), some(12, 30, LEAD));
    let far = |start: u8| {
        office(
            "FAR",
            [some(30, start, STAFF), some(20, start + 40, LEAD)].concat(),
        )
    };
    let near = office("NEAR", [staff.clone(), leads.clone()].concat());
    let before = round(&app, "r1", "2025-05-31", &[near, far(3)]).await;
    // A lead joined who says what nobody else says, and one of the staff changed an answer.
    let mut changed = staff;
    changed[0] = vec![3, 3, 3, STAFF];
    let newcomer = vec![vec![1, 1, 5, LEAD]];
    let near = office("NEAR", [changed, leads, newcomer].concat());
    let after = round(&app, "r2", "2026-05-31", &[near, far(60)]).await;

    let near = agency_unit("NEAR");
    for figures in [&before, &after] {
        assert!(
            figures.get(&near, &trust()).is_some(),
            "the unit as a whole is shown"
        );
    }
    assert!(told(&before, &near, &role("lead"), &trust()).is_some());
    // As scores from 0 to 100.
    for (subject, said) in subjects().iter().zip([0.0, 0.0, 0.0, 100.0]) {
        assert!(!gives(&before, &after, subject, (1.0, said)), "{subject}");
    }
    assert!(
        told(&after, &agency_unit("FAR"), &role("lead"), &trust()).is_some(),
        "others are shown as ever"
    );
}

async fn a_group_that_was_withheld_with_an_unchanged_one_cannot_be_computed_later(app: TestApp) {
    // Three of IT took the leads with them: both together are known by subtraction, and are fifteen.
    let (leads, it) = (some(12, 30, LEAD), some(3, 50, IT));
    let near = office("NEAR", [some(20, 0, STAFF), leads.clone(), it].concat());
    let far = |start: u8| {
        office(
            "FAR",
            [some(30, start, STAFF), some(20, start + 40, LEAD)].concat(),
        )
    };
    let before = round(&app, "r1", "2025-05-31", &[near, far(3)]).await;
    // Now everybody else is another, IT are many, and the leads said the same again.
    let near = office("NEAR", [some(20, 70, STAFF), leads, some(15, 95, IT)].concat());
    let after = round(&app, "r2", "2026-05-31", &[near, far(60)]).await;
    for (subject, said) in subjects().iter().zip([37.5, 75.0, 0.0, 150.0]) {
        assert!(!gives(&before, &after, subject, (3.0, said)), "{subject}");
    }
}

async fn a_unit_without_cuts_gives_none_away_by_those_of_the_state(app: TestApp) {
    let leads = some(12, 30, LEAD);
    let far = |start: u8| {
        office(
            "FAR",
            [some(30, start, STAFF), some(20, start + 40, LEAD)].concat(),
        )
    };
    let near = office("NEAR", [some(20, 0, STAFF), leads.clone()].concat());
    round(&app, "r1", "2025-05-31", &[near, far(3)]).await;
    let near = office("NEAR", [some(20, 70, STAFF), leads, some(1, 95, LEAD)].concat());
    let after = round(&app, "r2", "2026-05-31", &[near, far(60)]).await;
    let of_state = |name: &str| told(&after, &Unit::StateMean, &role(name), &trust()).unwrap().0;
    assert_eq!(
        (of_state("staff"), of_state("lead")),
        (30.0, 20.0),
        "those of FAR alone"
    );
    let all = told(&after, &Unit::StateMean, &Cut::Everybody, &trust())
        .unwrap()
        .0;
    assert!(
        (all - 83.0).abs() < 1e-9,
        "everybody counts where there is no cut: {all}"
    );
}
