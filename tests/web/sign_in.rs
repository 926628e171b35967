//! From a password to a session and back, over the API and on the pages.

use jiff::SignedDuration;
use rapport::clock;
use reqwest::{Method, Url};

use crate::support::{Answer, PASSWORD, Person, TestApp};

async fn somebody_signs_in_and_is_known_by_api_and_pages(app: TestApp) {
    let admin = app.admin().await;
    let users = admin.get("/api/v1/users").await;
    assert_eq!(users.status, 200, "{users}");
    assert_eq!(users.json()["users"][0]["email"], "admin@test.gov");
    assert!(admin.page("/").await.text.contains("Sign out"));
    assert_eq!(app.anonymous().get("/api/v1/users").await.status, 401);
    assert_eq!(app.leadership().await.get("/api/v1/users").await.status, 403);
}
on_both_engines!(somebody_signs_in_and_is_known_by_api_and_pages);

async fn sign_in_page(person: &Person, email: &str, password: &str, next: &str) -> Answer {
    person
        .submit(
            "/sign-in",
            &[("email", email), ("password", password), ("next", next)],
        )
        .await
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_told_alike_and_kindly() {
    let app = TestApp::sqlite().await;
    app.add_user("ann@test.gov", &["leadership"]).await;
    let nobody = app.anonymous();
    let wrong = sign_in_page(&nobody, "ann@test.gov", "not the password", "/results").await;
    let unknown = sign_in_page(&nobody, "who@test.gov", "not the password", "/results").await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert!(
        wrong.text.contains("value=\"ann@test.gov\""),
        "the address is kept: {wrong}"
    );
    assert!(
        wrong.text.contains("value=\"/results\""),
        "the place to go to is kept: {wrong}"
    );
    assert!(wrong.text.contains("role=\"alert\"") && wrong.text.contains("<title>Error: Sign in"));
    assert!(
        !wrong.text.contains("not the password"),
        "the password is not sent back"
    );
    assert_eq!(wrong.text.replace("ann@", "who@"), unknown.text);
    assert_eq!(wrong.header("set-cookie"), "");
}

#[tokio::test]
async fn what_somebody_types_into_the_form_is_escaped_when_it_comes_back() {
    let app = TestApp::sqlite().await;
    let answer = sign_in_page(&app.anonymous(), "\"><script>alert(1)</script>", "x", "/").await;
    assert_eq!(answer.status, 422);
    assert!(!answer.text.contains("<script"), "{answer}");
}

#[tokio::test]
async fn after_signing_in_only_places_of_this_server_are_gone_to() {
    let app = TestApp::sqlite().await;
    app.add_user("ann@test.gov", &["leadership"]).await;
    for (next, place) in [
        ("/results?page=2", "/results?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ] {
        let answer = sign_in_page(&app.anonymous(), "ann@test.gov", PASSWORD, next).await;
        assert_eq!((answer.status, answer.header("location")), (303, place), "{next}");
    }
}

#[tokio::test]
async fn a_page_that_needs_a_session_leads_there_and_back() {
    let app = TestApp::sqlite().await;
    let answer = Answer::of(app.anonymous().browse(Method::POST, "/sign-out")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/sign-in?next=/")
    );
    let form = app
        .anonymous()
        .page("/sign-in?next=/results%3Fa%3D1%26b%3D2")
        .await;
    assert!(
        form.text.contains("value=\"/results?a&#x3D;1&amp;b&#x3D;2\""),
        "{form}"
    );
    let evil = app.anonymous().page("/sign-in?next=//evil.example").await;
    assert!(!evil.text.contains("evil"), "{evil}");
    let known = app.admin().await.page("/sign-in?next=/readyz").await;
    assert_eq!((known.status, known.header("location")), (303, "/readyz"));
}

#[tokio::test]
async fn the_sixth_guess_is_refused_until_later_even_when_it_is_right() {
    let app = TestApp::sqlite().await;
    app.add_user("ann@test.gov", &["leadership"]).await;
    let mut guesser = app.anonymous();
    for _ in 0..5 {
        assert_eq!(
            guesser.sign_in("Ann@test.gov", "guess guess guess").await.status,
            401
        );
    }
    let sixth = guesser.sign_in("ann@test.gov", PASSWORD).await;
    assert_eq!(
        (sixth.status, sixth.code().as_str()),
        (429, "too-many-requests"),
        "{sixth}"
    );
    let wait: u32 = sixth.header("retry-after").parse().unwrap();
    assert!((880..=901).contains(&wait), "{wait}");
    let page = sign_in_page(&app.anonymous(), "ann@test.gov", PASSWORD, "/").await;
    assert_eq!(
        (page.status, page.header("retry-after").is_empty()),
        (429, false),
        "{page}"
    );
    app.add_user("bob@test.gov", &["leadership"]).await;
    assert_eq!(
        guesser.sign_in("bob@test.gov", PASSWORD).await.status,
        201,
        "others are not locked out"
    );
}

fn cookies_of(answer: &Answer) -> Vec<String> {
    answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    for (app, secure) in [
        (TestApp::sqlite().await, false),
        (TestApp::behind("https://r.example").await, true),
    ] {
        app.add_user("ann@test.gov", &["leadership"]).await;
        let form = [("email", "ann@test.gov"), ("password", PASSWORD)];
        let request = app.anonymous().request(Method::POST, "/sign-in").form(&form);
        let answer = Answer::of(request.header("Sec-Fetch-Site", "same-origin")).await;
        let cookies = cookies_of(&answer);
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        for cookie in cookies {
            assert!(
                cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"),
                "{cookie}"
            );
            assert!(cookie.contains("; Path=/"), "{cookie}");
            assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        }
    }
}

#[tokio::test]
async fn pages_go_on_when_the_access_cookie_is_expired() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let home: Url = app.url("/").parse().unwrap();
    admin
        .jar
        .add_cookie_str("rapport_access=; Max-Age=0; Path=/", &home);
    let page = admin.page("/").await;
    assert!(page.text.contains("Sign out"), "{page}");
    let names: Vec<String> = cookies_of(&page)
        .iter()
        .map(|cookie| cookie.split('=').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["rapport_access", "rapport_refresh"]);
    assert_eq!(
        cookies_of(&admin.page("/").await).len(),
        0,
        "the fresh cookie is used from then on"
    );
}

#[tokio::test]
async fn parallel_requests_with_an_expired_cookie_all_go_on() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let home: Url = app.url("/").parse().unwrap();
    admin
        .jar
        .add_cookie_str("rapport_access=; Max-Age=0; Path=/", &home);
    let pages = futures_util::future::join_all((0..8).map(|_| admin.page("/"))).await;
    for page in pages {
        assert!(page.text.contains("Sign out"), "{page}");
    }
    admin
        .jar
        .add_cookie_str("rapport_access=; Max-Age=0; Path=/", &home);
    assert!(
        admin.page("/").await.text.contains("Sign out"),
        "whichever cookie the browser kept must be good"
    );
}

#[tokio::test]
async fn signing_out_takes_the_cookies_away_and_ends_the_session() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let thief = reqwest::cookie::CookieStore::cookies(&*admin.jar, &app.url("/").parse().unwrap()).unwrap();
    let out = admin.submit("/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert!(admin.page("/").await.text.contains("Sign in"));
    let stolen = app.anonymous().request(Method::GET, "/").header("Cookie", thief);
    assert!(
        !Answer::of(stolen).await.text.contains("Sign out"),
        "old cookies still work"
    );
}

#[tokio::test]
async fn an_ended_session_on_a_page_is_a_visitor_and_not_an_error() {
    let app = TestApp::sqlite().await;
    let home: Url = app.url("/").parse().unwrap();
    let person = app.anonymous();
    let old = clock::now() - SignedDuration::from_hours(1);
    let token = app.app.keys.issue("u", "s", old).unwrap();
    person
        .jar
        .add_cookie_str(&format!("rapport_access={token}; Path=/"), &home);
    person
        .jar
        .add_cookie_str("rapport_refresh=s.made-up; Path=/", &home);
    let page = person.page("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Sign in"));
    assert!(
        cookies_of(&page)
            .iter()
            .all(|cookie| cookie.contains("Max-Age=0")),
        "{page:?}"
    );
}
