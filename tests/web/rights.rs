//! The table of routes and rights, walked with every role over real HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rapport::identity::Actor;
use rapport::web::routes::{self, Endpoint, Needs};

use crate::support::{Answer, Person, TestApp, method_of};

/// A value for every variable part of a path: a name that is well formed and belongs to nothing.
fn path_of(pattern: &str) -> String {
    let mut path = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, behind) = after.split_once('}').expect("a closed brace");
        path.push_str(before);
        path.push_str("nobody-has-this");
        rest = behind;
    }
    path + rest
}

async fn ask(person: &Person, endpoint: &Endpoint) -> Answer {
    let (method, path) = (method_of(endpoint), path_of(endpoint.pattern));
    let request = if endpoint.pattern.starts_with("/api/v1/") {
        person.api(method, &path)
    } else {
        person.browse(method, &path)
    };
    Answer::of(request).await
}

/// How the server took it: let through to the handler, or one of the two refusals.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    Passed,
    SignInFirst,
    Forbidden,
}

fn taken(pattern: &str, answer: &Answer) -> Taken {
    match answer.status {
        401 if pattern.starts_with("/api/v1/") && answer.code() == "sign-in-required" => Taken::SignInFirst,
        303 if answer.header("location").starts_with("/sign-in?next=") => Taken::SignInFirst,
        403 => Taken::Forbidden,
        _ => Taken::Passed,
    }
}

fn expected(needs: Needs, roles: Option<&[&str]>) -> Taken {
    let actor = roles.map(|roles| Actor {
        roles: roles
            .iter()
            .map(|role| role.parse().expect("a role"))
            .collect::<BTreeSet<_>>(),
        ..Actor::operator()
    });
    match (needs, actor) {
        (Needs::Nothing, _) | (Needs::SignIn, Some(_)) => Taken::Passed,
        (_, None) => Taken::SignInFirst,
        (Needs::Right(right), Some(actor)) if actor.may(right) => Taken::Passed,
        (Needs::Right(_), Some(_)) => Taken::Forbidden,
    }
}

const ROLES: [(&str, &[&str]); 8] = [
    ("anonymous", &[]),
    ("admin", &["admin"]),
    ("designer", &["designer"]),
    ("approver", &["approver"]),
    ("leadership", &["leadership"]),
    ("manager-of-a", &["manager:A"]),
    ("viewer-of-a", &["viewer:A"]),
    ("viewer-of-b", &["viewer:B"]),
];

async fn walker(app: &TestApp, name: &str, roles: &[&str]) -> Person {
    if roles.is_empty() {
        return app.anonymous();
    }
    app.somebody(&format!("{name}@test.gov"), roles).await
}

#[tokio::test]
async fn every_role_passes_exactly_where_the_table_says() {
    let app = TestApp::sqlite().await;
    for (name, roles) in ROLES {
        let person = walker(&app, name, roles).await;
        for endpoint in routes::table() {
            // What asks for nothing but a session may end it: that is done with another one.
            let ends_session = endpoint.needs == Needs::SignIn;
            let asking = if ends_session {
                walker(&app, name, roles).await
            } else {
                person.clone()
            };
            let answer = ask(&asking, &endpoint).await;
            assert_eq!(
                taken(endpoint.pattern, &answer),
                expected(endpoint.needs, (!roles.is_empty()).then_some(roles)),
                "{name}: {endpoint:?} answered {answer}"
            );
            assert_ne!(
                answer.status, 405,
                "{endpoint:?} is in the table but does not take its method"
            );
        }
    }
}

#[test]
fn the_table_is_not_empty() {
    assert!(routes::table().len() >= 16);
}

/// The table is asked first, so the walk above cannot tell whether the handlers ask, too. Their signatures are in the
/// sources: the handlers of each noun take exactly the rights that their rows in the table name.
#[test]
fn the_handlers_signatures_take_the_rights_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut by_noun: BTreeMap<PathBuf, String> = BTreeMap::new();
    for path in sources(&root.join("api"))
        .into_iter()
        .chain(sources(&root.join("pages")))
    {
        // `rounds.rs` and the files of `rounds/` are handlers of one noun.
        let place = path
            .strip_prefix(&root)
            .expect("a path below the root")
            .with_extension("");
        let noun = place.components().take(2).collect();
        *by_noun.entry(noun).or_default() += &std::fs::read_to_string(&path).expect("a source");
    }
    let mut rights = 0;
    for (noun, source) in by_noun {
        let declared = names_between(&source, "Needs::Right(Right::", ')');
        let taken = names_between(&source, "Allowed<", '>');
        assert_eq!(declared, taken, "{}", noun.display());
        rights += declared.len();
    }
    assert!(rights > 0, "no handler takes any right");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of handlers") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn names_between(source: &str, before: &str, after: char) -> BTreeSet<String> {
    source
        .split(before)
        .skip(1)
        .filter_map(|rest| rest.split(after).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_route_stands_twice_in_the_table() {
    let mut seen = BTreeSet::new();
    for endpoint in routes::table() {
        let row = (endpoint.method.to_string(), endpoint.pattern);
        assert!(seen.insert(row), "{endpoint:?} stands twice");
    }
}

#[test]
fn only_what_everybody_may_see_needs_nothing() {
    let open: Vec<String> = routes::table()
        .iter()
        .filter(|endpoint| endpoint.needs == Needs::Nothing)
        .map(|endpoint| format!("{} {}", endpoint.method, endpoint.pattern))
        .collect();
    let meant = include_str!("open_routes.txt");
    let meant: BTreeSet<&str> = meant.lines().filter(|line| !line.starts_with('#')).collect();
    let open: BTreeSet<&str> = open.iter().map(String::as_str).collect();
    assert_eq!(
        open, meant,
        "a route that needs nothing must be named in tests/web/open_routes.txt, with a reason"
    );
}

async fn taking_a_role_away_works_from_the_next_request_on(app: TestApp) {
    let (admin, other) = (
        app.admin().await,
        app.somebody("other@test.gov", &["admin"]).await,
    );
    let users = admin.get("/api/v1/users").await.json();
    let id = users["users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["email"] == "other@test.gov")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(other.get("/api/v1/users").await.status, 200);
    let set = admin
        .put(
            &format!("/api/v1/users/{id}/roles"),
            serde_json::json!({ "roles": ["leadership"] }),
        )
        .await;
    assert_eq!(set.status, 200, "{set}");
    assert_eq!(other.get("/api/v1/users").await.status, 403);
}
on_both_engines!(taking_a_role_away_works_from_the_next_request_on);
