//! Once a round is open, what was promised stays as it was, whichever door is tried.

use std::collections::BTreeMap;

use jiff::ToSpan;
use rapport::agency;
use rapport::round::{self, RoundEdit, RoundError, RoundState, RoundThresholds};
use rapport::survey::canonical;

use super::{LEADERS, STAFF, import, invited, morning, opened};
use crate::support::TestApp;

async fn opening_freezes_everybody_and_everything_under_one_digest(app: TestApp) {
    let store = app.store.clone();
    let round = opened(&store).await;
    let frozen = round.promise.unwrap();
    assert_eq!(frozen.digest, canonical::digest(&frozen.promise).unwrap());
    assert_eq!(
        (round.state, round.opened_at),
        (RoundState::Open, Some(morning()))
    );
    let staff = &frozen.promise.audiences["staff"];
    let counts = |pairs: &[(&str, u32)]| -> BTreeMap<_, u32> {
        pairs
            .iter()
            .map(|(agency, people)| (agency.parse().unwrap(), *people))
            .collect()
    };
    assert_eq!(staff.headcounts, counts(&[("BB", 1), ("DOT", 2)]));
    assert_eq!(staff.clusters.len(), 1, "only agencies of the roster");
    assert_eq!(staff.segments["DOT"]["role"]["lead"], 1);
    assert!(!staff.segments.contains_key("BB"));
    assert_eq!(frozen.promise.thresholds, RoundThresholds::default());
    assert_eq!(frozen.promise.definition_digest.len(), 64);
    let stored = store.read(|conn| rapport::store::rounds::frozen_headcounts(conn, &"r".parse().unwrap()));
    assert_eq!(stored.await.unwrap()["staff"], staff.headcounts);
}

async fn no_door_changes_an_open_round(app: TestApp) {
    let store = app.store.clone();
    let before = opened(&store).await;
    let edits = [
        RoundEdit {
            title: Some("x".to_owned()),
            ..RoundEdit::default()
        },
        RoundEdit {
            survey: Some("agency-partnership".parse().unwrap()),
            ..RoundEdit::default()
        },
        RoundEdit {
            version: Some(2),
            ..RoundEdit::default()
        },
        RoundEdit {
            audiences: Some(before.audiences[..1].to_vec()),
            ..RoundEdit::default()
        },
        RoundEdit {
            thresholds: Some(RoundThresholds {
                least_respondents: 5,
                least_change: 1.0,
            }),
            ..RoundEdit::default()
        },
        RoundEdit {
            closes_at: Some(Some(morning() + 1.hour())),
            ..RoundEdit::default()
        },
        RoundEdit::default(),
    ];
    for edit in edits {
        let told = format!("{edit:?}");
        let error = store
            .write(|conn| round::edit(conn, &"r".parse().unwrap(), edit))
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                RoundError::WrongState {
                    state: RoundState::Open,
                    ..
                }
            ),
            "{told}: {error}"
        );
    }
    for (audience, csv) in [("staff", STAFF), ("leaders", LEADERS)] {
        let error = import(&store, audience, csv).await.unwrap_err();
        assert!(matches!(error, RoundError::WrongState { .. }), "{error}");
    }
    let later = morning() + 1.hour();
    for error in [
        store
            .write(move |conn| round::open(conn, &"r".parse().unwrap(), later))
            .await
            .unwrap_err(),
        store
            .write(move |conn| round::schedule(conn, &"r".parse().unwrap(), later))
            .await
            .unwrap_err(),
        store
            .write(|conn| round::withdraw(conn, &"r".parse().unwrap()))
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, RoundError::WrongState { .. }), "{error}");
    }
    // Agencies live on: renaming one or putting it into another cluster is no change of the promise.
    store
        .write(|conn| {
            agency::import(
                conn,
                b"code,name,cluster\nDOT,Roads,small\nBB,Barbers,other\n",
                None,
            )
        })
        .await
        .unwrap();
    assert_eq!(
        store
            .read(|conn| round::find(conn, &"r".parse().unwrap()))
            .await
            .unwrap(),
        before
    );
}

async fn of_many_who_open_at_once_one_does(app: TestApp) {
    let store = app.store.clone();
    invited(&store).await;
    let open = |minutes: i64| {
        let store = store.clone();
        async move {
            let now = morning() + minutes.minutes();
            store
                .write(move |conn| round::open(conn, &"r".parse().unwrap(), now))
                .await
        }
    };
    let tries = futures_util::future::join_all((0..8).map(open)).await;
    let opened: Vec<_> = tries.iter().filter_map(|tried| tried.as_ref().ok()).collect();
    assert_eq!(opened.len(), 1);
    for error in tries.iter().filter_map(|tried| tried.as_ref().err()) {
        assert!(matches!(error, RoundError::WrongState { .. }), "{error}");
    }
    let stored = store
        .read(|conn| round::find(conn, &"r".parse().unwrap()))
        .await
        .unwrap();
    assert_eq!(&stored, opened[0]);
}

async fn the_digest_of_a_roster_tells_any_change_in_it_and_no_change_of_order(app: TestApp) {
    let store = app.store.clone();
    let id = invited(&store).await;
    let digest = |csv: &'static str| {
        let (store, id) = (store.clone(), id.clone());
        async move {
            import(&store, "staff", csv).await.unwrap();
            let promise = store
                .read(move |conn| {
                    let round = round::find(conn, &id)?;
                    round::promise::draw_up(conn, &round, morning())
                })
                .await
                .unwrap();
            promise.audiences["staff"].roster_digest.clone()
        }
    };
    let first = digest("agency,person,role\nDOT,p1,staff\nBB,p2,lead\n").await;
    assert_eq!(
        digest("agency,person,role\nBB,p2,lead\nDOT,p1,staff\n").await,
        first
    );
    for other in [
        "agency,person,role\nDOT,p1,staff\nDOT,p2,lead\n",
        "agency,person,role\nDOT,p1,staff\nBB,p3,lead\n",
        "agency,person,role\nDOT,p1,lead\nBB,p2,lead\n",
        "agency,person,role\nDOT,p1,staff\n",
    ] {
        assert_ne!(digest(other).await, first, "{other}");
    }
}

on_both_engines!(
    opening_freezes_everybody_and_everything_under_one_digest,
    no_door_changes_an_open_round,
    of_many_who_open_at_once_one_does,
    the_digest_of_a_roster_tells_any_change_in_it_and_no_change_of_order,
);
