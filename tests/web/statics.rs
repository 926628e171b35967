//! Styles: small, kept by browsers, never stale.

use reqwest::Method;

use crate::support::{Answer, TestApp};

fn style_of(page: &str) -> &str {
    page.split("href=\"/static/base.css")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a style sheet")
}

#[tokio::test]
async fn a_file_asked_for_with_its_hash_is_kept_for_a_year() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    let page = nobody.page("/").await;
    let path = format!("/static/base.css{}", style_of(&page.text));
    let file = nobody.page(&path).await;
    assert_eq!(
        (file.status, file.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    assert_eq!(
        file.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    for stale in ["/static/base.css", "/static/base.css?v=0000000000000000"] {
        assert_eq!(
            nobody.page(stale).await.header("cache-control"),
            "public, no-cache",
            "{stale}"
        );
    }
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    let etag = nobody.page("/static/base.css").await.header("etag").to_owned();
    for (given, status) in [
        (etag.as_str(), 304),
        ("\"other\"", 200),
        (&format!("\"a\", W/{etag}"), 304),
    ] {
        let request = nobody
            .request(Method::GET, "/static/base.css")
            .header("If-None-Match", given);
        let answer = Answer::of(request).await;
        assert_eq!(
            (answer.status, answer.text.is_empty()),
            (status, status == 304),
            "{given}"
        );
    }
}

#[tokio::test]
async fn the_style_of_answer_pages_stays_small() {
    let app = TestApp::sqlite().await;
    let base = app.anonymous().page("/static/base.css").await.text;
    assert!(base.len() < 9 * 1024, "base.css has {} bytes", base.len());
    assert!(
        !base.contains("url(") && !base.contains("@import"),
        "a style must not fetch anything else"
    );
}
