//! The life of a session, with time as a parameter.

use jiff::{SignedDuration, Timestamp};
use rapport::identity::sessions::{self, GRACE, LIFETIME, Refreshed, Tokens};
use rapport::identity::{IdentityError, tokens};
use rapport::store::Conn;

use crate::support::TestApp;

fn start() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

async fn session_of(app: &TestApp) -> Tokens {
    let user = app.add_user("ann@test.gov", &["leadership"]).await;
    let keys = app.app.keys.clone();
    app.write(move |conn| sessions::sign_in(conn, &keys, &user, start()))
        .await
}

async fn refresh(app: &TestApp, token: &str, at: Timestamp) -> Refreshed {
    let (keys, token) = (app.app.keys.clone(), token.to_owned());
    app.write(move |conn| sessions::refresh(conn, &keys, &token, at))
        .await
}

async fn speaks(app: &TestApp, session: &str, at: Timestamp) -> bool {
    let session = session.to_owned();
    app.read(move |conn: &mut Conn| Ok::<_, IdentityError>(sessions::speaker(conn, &session, at)?.is_some()))
        .await
}

fn tokens(refreshed: Refreshed) -> Tokens {
    match refreshed {
        Refreshed::Tokens(tokens) => tokens,
        Refreshed::Ended => panic!("the session ended"),
    }
}

async fn a_session_ends_twelve_hours_after_sign_in_however_often_it_is_refreshed(app: TestApp) {
    let mut now = session_of(&app).await;
    let last = LIFETIME.as_secs() - 1;
    for at in [900, 3600, last] {
        now = tokens(refresh(&app, &now.refresh, after(at)).await);
        assert_eq!(now.expires_at, after(LIFETIME.as_secs()));
    }
    assert!(speaks(&app, &now.session, after(last)).await);
    assert!(!speaks(&app, &now.session, after(last + 1)).await);
    assert_eq!(
        refresh(&app, &now.refresh, after(last + 1)).await,
        Refreshed::Ended
    );
}
on_both_engines!(a_session_ends_twelve_hours_after_sign_in_however_often_it_is_refreshed);

async fn the_token_before_is_answered_for_a_minute_and_then_ends_the_session(app: TestApp) {
    let first = session_of(&app).await;
    let second = tokens(refresh(&app, &first.refresh, after(1000)).await);
    let within = after(1000 + GRACE.as_secs() - 1);
    assert_eq!(
        tokens(refresh(&app, &first.refresh, within).await).refresh,
        second.refresh
    );
    assert!(speaks(&app, &first.session, within).await);
    assert_eq!(
        refresh(&app, &first.refresh, after(1000 + GRACE.as_secs())).await,
        Refreshed::Ended
    );
    assert!(
        !speaks(&app, &first.session, within).await,
        "a copied token ends the session for everybody"
    );
    assert_eq!(refresh(&app, &second.refresh, within).await, Refreshed::Ended);
}
on_both_engines!(the_token_before_is_answered_for_a_minute_and_then_ends_the_session);

async fn a_made_up_token_for_a_living_session_ends_it(app: TestApp) {
    let tokens = session_of(&app).await;
    for nonsense in ["", ".", "x", "x.y"] {
        assert_eq!(
            refresh(&app, nonsense, start()).await,
            Refreshed::Ended,
            "{nonsense}"
        );
    }
    assert!(speaks(&app, &tokens.session, start()).await);
    assert_eq!(
        refresh(&app, &format!("{}.guess", tokens.session), start()).await,
        Refreshed::Ended
    );
    assert!(!speaks(&app, &tokens.session, start()).await);
}
on_both_engines!(a_made_up_token_for_a_living_session_ends_it);

async fn two_refreshes_at_once_lead_to_one_successor(app: TestApp) {
    let first = session_of(&app).await;
    let (one, two) = futures_util::future::join(
        refresh(&app, &first.refresh, after(900)),
        refresh(&app, &first.refresh, after(900)),
    )
    .await;
    assert_eq!(tokens(one).refresh, tokens(two).refresh);
}
on_both_engines!(two_refreshes_at_once_lead_to_one_successor);

#[tokio::test]
async fn the_database_holds_no_token_that_could_be_used() {
    let app = TestApp::sqlite().await;
    let first = session_of(&app).await;
    let second = tokens(refresh(&app, &first.refresh, after(900)).await);
    let folder = app.folder().expect("SQLite has a folder");
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [&first.refresh, &second.refresh, &first.access] {
            let part = secret.rsplit('.').next().unwrap().as_bytes();
            assert!(
                !bytes.windows(part.len()).any(|window| window == part),
                "a token is on the disk"
            );
        }
    }
}

#[tokio::test]
async fn ended_sessions_are_forgotten_at_the_next_sign_in() {
    use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::BigInt};
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let app = TestApp::sqlite().await;
    let first = session_of(&app).await;
    let keys = app.app.keys.clone();
    let user = app.app.keys.read(&first.access, start()).unwrap().sub;
    let later = after(LIFETIME.as_secs() + 1);
    app.write(move |conn| sessions::sign_in(conn, &keys, &user, later))
        .await;
    let file = app.folder().unwrap().join("test.sqlite");
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    let count: Count = sql_query("SELECT COUNT(*) AS n FROM sessions")
        .get_result(&mut conn)
        .unwrap();
    assert_eq!(count.n, 1);
    assert_eq!(tokens::LIFETIME.as_secs(), 900);
}
