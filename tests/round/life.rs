//! The life of a round, in one direction.

use jiff::{Timestamp, ToSpan};
use rapport::round::{self, Advance, NewKeys, RoundEdit, RoundError, RoundState, Step, life};
use rapport::store::rounds::{self, Milestone};
use rapport::store::{Conn, StoreError};

use super::{import, invited, morning, opened, plan, planned};
use crate::support::TestApp;

async fn a_plan_names_everything_that_is_wrong_with_it(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    let mut bad = plan("bad");
    bad.title = " ".to_owned();
    bad.version = 9;
    bad.thresholds.least_respondents = 4;
    bad.thresholds.least_change = f64::NAN;
    bad.audiences[1].name = "STAFF".parse().unwrap();
    bad.opens_at = Some(morning());
    bad.closes_at = Some(morning());
    let error = store.write(|conn| round::create(conn, bad)).await.unwrap_err();
    let RoundError::Invalid(problems) = error else {
        panic!("{error}")
    };
    let pointers: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/title",
            "/thresholds/least_respondents",
            "/thresholds/least_change",
            "/audiences/1/name",
            "/closes_at",
            "/version"
        ]
    );
    let mut nobody = plan("bad");
    nobody.audiences.clear();
    let error = store.write(|conn| round::create(conn, nobody)).await.unwrap_err();
    assert!(
        error.to_string().contains("/audiences: a round has 1 to"),
        "{error}"
    );
}

async fn an_id_is_taken_once(app: TestApp) {
    let store = app.store.clone();
    planned(&store).await;
    let error = store
        .write(|conn| round::create(conn, plan("r")))
        .await
        .unwrap_err();
    assert!(matches!(error, RoundError::Taken(_)), "{error}");
}

async fn a_draft_changes_in_every_part_and_loses_the_rosters_of_changed_audiences(app: TestApp) {
    let store = app.store.clone();
    let id = invited(&store).await;
    let mut audiences = plan("r").audiences;
    audiences[0].title = "Everybody".to_owned();
    audiences[1].name = "directors".parse().unwrap();
    let edit = RoundEdit {
        title: Some("Another".to_owned()),
        audiences: Some(audiences.clone()),
        closes_at: Some(Some(morning() + 24.hours())),
        ..RoundEdit::default()
    };
    let round = store
        .write(move |conn| round::edit(conn, &id, edit))
        .await
        .unwrap();
    assert_eq!(
        (round.title.as_str(), round.closes_at),
        ("Another", Some(morning() + 24.hours()))
    );
    audiences.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(round.audiences, audiences);
    let progress = store
        .read(|conn| round::progress(conn, &"r".parse().unwrap()))
        .await
        .unwrap();
    let invited: Vec<(&str, u32)> = progress
        .audiences
        .iter()
        .map(|audience| (audience.audience.as_str(), audience.invited))
        .collect();
    assert_eq!(
        invited,
        [("directors", 0), ("staff", 3)],
        "the staff roster was kept, the leaders' one went"
    );
}

#[test]
fn every_step_that_is_not_possible_names_the_state_and_the_remedy() {
    let steps = [
        Step::Edit,
        Step::Schedule,
        Step::Withdraw,
        Step::Open,
        Step::Close,
        Step::Seal,
        Step::Publish,
    ];
    let possible: Vec<(Step, RoundState)> = steps
        .into_iter()
        .flat_map(|step| RoundState::ALL.into_iter().map(move |state| (step, state)))
        .filter(|(step, state)| match step.from(*state) {
            Ok(_) => true,
            Err(remedy) => {
                assert!(remedy.len() > 10, "{step:?} {state}: {remedy}");
                false
            }
        })
        .collect();
    use RoundState::{Closed, Draft, Open, Published, Scheduled, Sealed};
    assert_eq!(
        possible,
        [
            (Step::Edit, Draft),
            (Step::Edit, Scheduled),
            (Step::Schedule, Draft),
            (Step::Schedule, Scheduled),
            (Step::Withdraw, Scheduled),
            (Step::Open, Draft),
            (Step::Open, Scheduled),
            (Step::Close, Open),
            (Step::Seal, Closed),
            (Step::Seal, Sealed),
            (Step::Seal, Published),
            (Step::Publish, Sealed),
        ]
    );
}

async fn a_refused_step_tells_what_to_do_and_changes_nothing(app: TestApp) {
    let store = app.store.clone();
    let before = opened(&store).await;
    let id = before.id.clone();
    let error = store
        .write(move |conn| round::publish(conn, &id, morning()))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the round `r` is open and cannot be published; close and seal it first"
    );
    let id = before.id.clone();
    assert_eq!(
        store.read(move |conn| round::find(conn, &id)).await.unwrap(),
        before
    );
}

async fn an_audience_without_a_roster_keeps_a_round_from_opening_and_from_being_scheduled(app: TestApp) {
    let store = app.store.clone();
    let id = planned(&store).await;
    import(&store, "staff", super::STAFF).await.unwrap();
    let error = store
        .write(move |conn| round::open(conn, &id, morning()))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("nobody is invited to the audience `leaders`"),
        "{error}"
    );
    let edit = RoundEdit {
        opens_at: Some(Some(morning())),
        ..RoundEdit::default()
    };
    store
        .write(|conn| round::edit(conn, &"r".parse().unwrap(), edit))
        .await
        .unwrap();
    let early = morning() - 1.hour();
    let error = store
        .write(move |conn| round::schedule(conn, &"r".parse().unwrap(), early))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("nobody is invited to the audience `leaders`"),
        "{error}"
    );
}

async fn the_clock_opens_and_closes_each_round_once_and_one_that_cannot_does_not_stop_the_others(
    app: TestApp,
) {
    let store = app.store.clone();
    let id = invited(&store).await;
    let window = RoundEdit {
        opens_at: Some(Some(morning())),
        closes_at: Some(Some(morning() + 24.hours())),
        ..RoundEdit::default()
    };
    let early = morning() - 1.hour();
    let planned = id.clone();
    store
        .write(move |conn| {
            round::edit(conn, &planned, window)?;
            round::schedule(conn, &planned, early)
        })
        .await
        .unwrap();
    // A scheduled round that lost its roster meanwhile, first in order.
    let mut broken = plan("broken");
    broken.opens_at = Some(morning());
    store
        .write(move |conn| {
            let broken = round::create(conn, broken)?;
            rounds::transition(
                conn,
                &broken.id,
                RoundState::Draft,
                RoundState::Scheduled,
                Milestone::None,
            )?;
            Ok::<_, RoundError>(())
        })
        .await
        .unwrap();

    assert!(
        store
            .write(move |conn| advance(conn, early))
            .await
            .unwrap()
            .is_empty()
    );
    let done = store.write(|conn| advance(conn, morning())).await.unwrap();
    assert_eq!(done.len(), 2);
    assert!(
        done[0].round.as_str() == "broken" && done[0].problem.is_some(),
        "{done:?}"
    );
    assert!(done[1].round == id && done[1].problem.is_none() && done[1].state == RoundState::Open);

    let (one, other) = tokio::join!(
        store.write(|conn| advance(conn, morning() + 24.hours())),
        store.write(|conn| advance(conn, morning() + 25.hours())),
    );
    let closed: Vec<_> = one
        .unwrap()
        .into_iter()
        .chain(other.unwrap())
        .filter(|step| step.round == id)
        .collect();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert_eq!(closed[0].state, RoundState::Closed);
}

/// What the server does at each tick, for rounds too small for signing keys.
fn advance(conn: &mut Conn, now: Timestamp) -> Result<Vec<Advance>, StoreError> {
    let due = round::due_to_open(conn, now)?;
    let keys = due.into_iter().map(|id| (id, Ok(NewKeys::default()))).collect();
    round::advance(conn, keys, now)
}

async fn a_scheduled_round_can_be_taken_back(app: TestApp) {
    let store = app.store.clone();
    let id = invited(&store).await;
    let round = store
        .write(move |conn| {
            let edit = RoundEdit {
                opens_at: Some(Some(morning())),
                ..RoundEdit::default()
            };
            round::edit(conn, &id, edit)?;
            round::schedule(conn, &id, morning() - 1.hour())?;
            round::withdraw(conn, &id)
        })
        .await
        .unwrap();
    assert_eq!(round.state, RoundState::Draft);
    assert!(
        store
            .write(|conn| advance(conn, morning()))
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_sealed_round_is_published_once(app: TestApp) {
    let store = app.store.clone();
    let id = opened(&store).await.id;
    let round = store
        .write(move |conn| {
            round::close(conn, &id, morning())?;
            rounds::transition(
                conn,
                &id,
                RoundState::Closed,
                RoundState::Sealed,
                Milestone::Sealed(morning()),
            )?;
            round::publish(conn, &id, morning())
        })
        .await
        .unwrap();
    assert_eq!(
        (round.state, round.published_at),
        (RoundState::Published, Some(morning()))
    );
    assert!(life::after(&round, Step::Publish).is_err());
}

on_both_engines!(
    a_plan_names_everything_that_is_wrong_with_it,
    an_id_is_taken_once,
    a_draft_changes_in_every_part_and_loses_the_rosters_of_changed_audiences,
    a_refused_step_tells_what_to_do_and_changes_nothing,
    an_audience_without_a_roster_keeps_a_round_from_opening_and_from_being_scheduled,
    the_clock_opens_and_closes_each_round_once_and_one_that_cannot_does_not_stop_the_others,
    a_scheduled_round_can_be_taken_back,
    a_sealed_round_is_published_once,
);
