//! Security headers, on every route and on every refusal.

use rapport::web::routes;
use reqwest::Method;

use crate::support::{Answer, TestApp, method_of};

fn check(answer: &Answer, what: &str) {
    check_with(answer, what, ("frame-ancestors 'none'", "DENY"));
}

fn check_with(answer: &Answer, what: &str, (ancestors, frames): (&str, &str)) {
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';"), "{what}: {policy}");
    for part in [
        ancestors,
        "base-uri 'none'",
        "form-action 'self'",
        "script-src 'self'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", frames),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{what}");
    }
    assert!(
        answer.header("permissions-policy").contains("camera=()"),
        "{what}"
    );
    assert!(
        matches!(answer.header("referrer-policy"), "no-referrer" | "same-origin"),
        "{what}"
    );
    assert!(!answer.header("cache-control").is_empty(), "{what}");
}

#[tokio::test]
async fn every_route_sends_them_whatever_it_answers() {
    let app = TestApp::sqlite().await;
    let (nobody, admin) = (app.anonymous(), app.admin().await);
    for endpoint in routes::table() {
        let path = endpoint.pattern.replace(['{', '}'], "");
        for person in [&nobody, &admin] {
            for request in [
                person.api(method_of(&endpoint), &path),
                person.browse(method_of(&endpoint), &path),
                person.request(Method::PATCH, &path),
            ] {
                let answer = Answer::of(request).await;
                let what = format!("{endpoint:?} answered {}", answer.status);
                if path.starts_with("/try/") {
                    // The one page that may stand in a page of ours: the preview beside the editor.
                    check_with(&answer, &what, ("frame-ancestors 'self'", "SAMEORIGIN"));
                } else {
                    check(&answer, &what);
                }
            }
        }
    }
    check(&nobody.page("/no/such/place").await, "an unknown page");
    check(&nobody.get("/api/v1/no/such/place").await, "an unknown address");
}

#[tokio::test]
async fn only_static_files_and_documents_are_kept_by_browsers() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    for path in ["/", "/sign-in", "/api/docs", "/readyz", "/nothing", "/i/x"] {
        assert_eq!(
            nobody.page(path).await.header("cache-control"),
            "no-store",
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_of_respondents_send_no_referrer_at_all() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    for path in ["/i/x", "/s/x", "/invitation?code=x", "/api/v1/openapi.json"] {
        assert_eq!(
            nobody.page(path).await.header("referrer-policy"),
            "no-referrer",
            "{path}"
        );
    }
    for path in ["/", "/sign-in", "/api/docs"] {
        assert_eq!(
            nobody.page(path).await.header("referrer-policy"),
            "same-origin",
            "{path}"
        );
    }
}

#[tokio::test]
async fn respondents_never_get_a_cookie() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    for path in ["/", "/i/x", "/s/x", "/invitation?code=x"] {
        assert_eq!(nobody.page(path).await.header("set-cookie"), "", "{path}");
    }
}

#[tokio::test]
async fn https_is_insisted_on_where_it_is_declared() {
    let app = TestApp::behind("https://rapport.example.gov").await;
    assert_eq!(
        app.anonymous()
            .page("/")
            .await
            .header("strict-transport-security"),
        "max-age=31536000"
    );
    let plain = TestApp::sqlite().await;
    assert_eq!(
        plain
            .anonymous()
            .page("/")
            .await
            .header("strict-transport-security"),
        ""
    );
}

#[tokio::test]
async fn pages_have_nothing_inline() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    for path in ["/", "/sign-in", "/api/docs", "/nothing", "/invitation"] {
        let page = admin.page(path).await.text;
        for inline in [
            "<script",
            "<style",
            " style=",
            " onclick=",
            "javascript:",
            "http://",
            "https://",
        ] {
            assert!(!page.contains(inline), "{path} contains {inline}");
        }
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_ask() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    let plain = nobody.page("/api/docs").await;
    let request = nobody
        .request(Method::GET, "/api/docs")
        .header("Accept-Encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.bytes().await.unwrap();
    assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() * 3 < plain.text.len());
}
