//! Requests that another site makes a browser send.

use reqwest::Method;

use crate::support::{Answer, PASSWORD, Person, TestApp};

/// A form sent with the person's cookies and these headers, as some browser would.
async fn send(person: &Person, path: &str, headers: &[(&str, &str)]) -> Answer {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .cookie_provider(person.jar.clone())
        .build()
        .unwrap();
    let mut request = client.post(person.url(path)).form(&[("next", "/")]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request).await
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let app = TestApp::sqlite().await;
    let victim = app.admin().await;
    let attacks: [&[(&str, &str)]; 8] = [
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "none")],
        &[("Sec-Fetch-Site", "")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        // A forged Origin that fits does not help where the browser says cross-site.
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &app.url(""))],
        &[],
    ];
    for headers in attacks {
        let answer = send(&victim, "/sign-out", headers).await;
        assert_eq!(answer.status, 403, "{headers:?}: {answer}");
        assert!(
            answer.text.contains("The request came from another site"),
            "{answer}"
        );
    }
    assert!(
        victim.page("/").await.text.contains("Sign out"),
        "the session was ended by an attack"
    );
}

#[tokio::test]
async fn a_form_of_this_site_passes_by_either_header() {
    let app = TestApp::sqlite().await;
    for headers in [
        &[("Sec-Fetch-Site", "same-origin")][..],
        &[("Origin", app.url("").as_str())][..],
    ] {
        let person = app.admin().await;
        let answer = send(&person, "/sign-out", headers).await;
        assert_eq!(answer.status, 303, "{headers:?}: {answer}");
        assert!(person.page("/").await.text.contains("Sign in"));
    }
}

#[tokio::test]
async fn signing_somebody_in_from_another_site_is_refused_too() {
    let app = TestApp::sqlite().await;
    app.add_user("ann@test.gov", &["leadership"]).await;
    let nobody = app.anonymous();
    let form = [("email", "ann@test.gov"), ("password", PASSWORD)];
    let request = nobody.request(Method::POST, "/sign-in").form(&form);
    let answer = Answer::of(request.header("Sec-Fetch-Site", "cross-site")).await;
    assert_eq!(answer.status, 403, "{answer}");
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn behind_a_declared_address_only_that_origin_counts() {
    let app = TestApp::behind("https://rapport.example.gov").await;
    let nobody = app.anonymous();
    for (origin, status) in [("https://rapport.example.gov", 422), (app.url("").as_str(), 403)] {
        let request = nobody.request(Method::POST, "/sign-in").form(&[("email", "x")]);
        let answer = Answer::of(request.header("Origin", origin)).await;
        assert_eq!(answer.status, status, "{origin}: {answer}");
    }
}

/// Respondents have no cookie; the code in the path is their only authority, so these pages are the exception.
#[tokio::test]
async fn pages_of_respondents_are_the_only_exception() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    for (path, exempt) in [
        ("/i/x", true),
        ("/s/x", true),
        ("/i", false),
        ("/s", false),
        ("/x/i/", false),
    ] {
        let request = nobody
            .request(Method::POST, path)
            .header("Sec-Fetch-Site", "cross-site");
        let answer = Answer::of(request).await;
        assert_eq!(answer.status != 403, exempt, "{path}: {answer}");
    }
}

#[tokio::test]
async fn the_api_is_deaf_to_cookies() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    for (method, path) in [
        (Method::GET, "/api/v1/users"),
        (Method::DELETE, "/api/v1/sessions/current"),
    ] {
        let answer = Answer::of(admin.browse(method, path)).await;
        assert_eq!(answer.status, 401, "{path}: {answer}");
    }
}

#[tokio::test]
async fn pages_are_deaf_to_bearer_tokens() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let answer = Answer::of(admin.api(Method::GET, "/")).await;
    assert!(!answer.text.contains("Sign out"), "{answer}");
}
