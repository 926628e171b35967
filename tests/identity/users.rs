//! Adding, changing and disabling people.

use std::collections::BTreeSet;

use rapport::clock;
use rapport::identity::{Actor, Email, IdentityError, Role, password, users};
use rapport::store::Conn;

use crate::support::TestApp;

/// Runs a use case that may refuse.
async fn attempt<T: Send + 'static>(
    app: &TestApp,
    work: impl FnOnce(&mut Conn) -> Result<T, IdentityError> + Send + 'static,
) -> Result<T, IdentityError> {
    app.store.write(work).await
}

fn new(email: &str, roles: &[&str]) -> users::NewUser {
    users::NewUser {
        email: email.parse().unwrap(),
        name: "  Ann Lee ".to_owned(),
        password: password::hash("long enough by far").unwrap(),
        roles: roles.iter().map(|role| role.parse().unwrap()).collect(),
    }
}

async fn a_user_is_listed_as_added_and_an_address_is_taken_once(app: TestApp) {
    let ann = new("Ann@Test.gov", &["admin", "designer"]);
    let again = new("ann@test.gov", &["leadership"]);
    app.write(move |conn| users::add(conn, &Actor::operator(), &ann, clock::now()))
        .await;
    let refused = attempt(&app, move |conn| {
        users::add(conn, &Actor::operator(), &again, clock::now())
    })
    .await
    .unwrap_err();
    assert!(matches!(refused, IdentityError::EmailTaken(_)), "{refused}");
    let all = app.read(users::list).await;
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].email.as_str(), all[0].name.as_str()),
        ("ann@test.gov", "Ann Lee")
    );
    assert_eq!(all[0].roles, BTreeSet::from([Role::Admin, Role::Designer]));
}
on_both_engines!(a_user_is_listed_as_added_and_an_address_is_taken_once);

async fn a_viewer_of_an_unknown_agency_is_refused_and_nothing_is_kept(app: TestApp) {
    let ann = new("ann@test.gov", &["viewer:NONE"]);
    let refused = attempt(&app, move |conn| {
        users::add(conn, &Actor::operator(), &ann, clock::now())
    })
    .await
    .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "roles: there is no agency NONE; import agencies first, or correct the code"
    );
    assert!(app.read(users::list).await.is_empty());
}
on_both_engines!(a_viewer_of_an_unknown_agency_is_refused_and_nothing_is_kept);

async fn the_last_administrator_stays_one(app: TestApp) {
    let id = app.add_user("ann@test.gov", &["admin"]).await;
    let designer = BTreeSet::from([Role::Designer]);
    let (one, two) = (id.clone(), id.clone());
    let wanted = designer.clone();
    let demoted = attempt(&app, move |conn| {
        users::set_roles(conn, &Actor::operator(), &one, &wanted, clock::now())
    })
    .await;
    assert!(matches!(demoted, Err(IdentityError::LastAdmin(_))), "{demoted:?}");
    let disabled = attempt(&app, move |conn| {
        users::disable(conn, &Actor::operator(), &two, true, clock::now())
    })
    .await;
    assert!(
        matches!(disabled, Err(IdentityError::LastAdmin(_))),
        "{disabled:?}"
    );
    let other = app.add_user("bob@test.gov", &["admin"]).await;
    app.write(move |conn| users::set_roles(conn, &Actor::operator(), &id, &designer, clock::now()))
        .await;
    let last = attempt(&app, move |conn| {
        users::disable(conn, &Actor::operator(), &other, true, clock::now())
    })
    .await;
    assert!(matches!(last, Err(IdentityError::LastAdmin(_))), "{last:?}");
}
on_both_engines!(the_last_administrator_stays_one);

async fn one_more_role_is_added_to_those_there_are(app: TestApp) {
    app.add_user("ann@test.gov", &["leadership"]).await;
    let email: Email = "ann@test.gov".parse().unwrap();
    let user = app
        .write(move |conn| users::set_role(conn, &Actor::operator(), &email, Role::Designer, clock::now()))
        .await;
    assert_eq!(user.roles, BTreeSet::from([Role::Designer, Role::Leadership]));
}
on_both_engines!(one_more_role_is_added_to_those_there_are);

async fn a_new_password_ends_the_sessions_and_replaces_the_old_one(app: TestApp) {
    let ann = app.leadership().await;
    let id = app.add_user("leadership@test.gov", &["leadership"]).await;
    assert_eq!(ann.get("/api/v1/users").await.status, 403);
    let hash = password::hash("another long password").unwrap();
    app.write(move |conn| users::set_password(conn, &Actor::operator(), &id, &hash, clock::now()))
        .await;
    assert_eq!(ann.get("/api/v1/users").await.status, 401);
    let mut again = app.anonymous();
    assert_eq!(
        again
            .sign_in("leadership@test.gov", crate::support::PASSWORD)
            .await
            .status,
        401
    );
    assert_eq!(
        again
            .sign_in("leadership@test.gov", "another long password")
            .await
            .status,
        201
    );
}
on_both_engines!(a_new_password_ends_the_sessions_and_replaces_the_old_one);
