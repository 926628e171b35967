//! Styles: small, kept by browsers, never stale.

use std::collections::BTreeMap;

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

/// Relative luminance and contrast as WCAG 2.2 defines them.
fn luminance(colour: &str) -> f64 {
    let part = |from: usize| {
        let value = u8::from_str_radix(&colour[from..from + 2], 16).expect("a colour");
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(one: &str, two: &str) -> f64 {
    let (one, two) = (luminance(one), luminance(two));
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

/// The colours of the `number`th `:root` block of a style, short forms made long, over those of `before`.
fn colours(style: &str, number: usize, before: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let block = style
        .split(":root {")
        .nth(number + 1)
        .and_then(|rest| rest.split('}').next())
        .expect("a block");
    let mut found = before.clone();
    for (name, value) in block
        .split(';')
        .filter_map(|one| one.trim().strip_prefix("--")?.split_once(": #"))
    {
        let long = match value.len() {
            3 => value.chars().flat_map(|c| [c, c]).collect(),
            _ => value.to_owned(),
        };
        found.insert(name.to_owned(), format!("#{long}"));
    }
    found
}

/// WCAG 2.2 AA: 4.5 for text, 3 for borders of inputs, the focus ring and the lines of charts.
#[tokio::test]
async fn every_colour_can_be_read_by_day_and_by_night() {
    let app = TestApp::sqlite().await;
    let base = app.anonymous().page("/static/base.css").await.text;
    let staff = app.anonymous().page("/static/app.css").await.text;
    let nothing = BTreeMap::new();
    let day = colours(&staff, 0, &colours(&base, 0, &nothing));
    let night = colours(&staff, 1, &colours(&base, 1, &day));
    let text = [
        (
            "ink",
            &["paper", "raised", "sunk", "accent-soft", "bad-soft", "good-soft"][..],
        ),
        ("soft", &["paper", "raised", "sunk", "accent-soft"]),
        ("accent", &["paper", "raised", "sunk", "accent-soft"]),
        ("accent-ink", &["accent"]),
        ("bad", &["paper", "raised", "sunk", "bad-soft"]),
        ("good", &["paper", "raised", "sunk", "good-soft"]),
    ];
    let lines = [
        ("edge", &["paper", "raised", "sunk"][..]),
        ("focus", &["paper", "raised", "accent-soft"]),
        ("series-1", &["paper", "raised"]),
        ("series-2", &["paper", "raised"]),
        ("series-3", &["paper", "raised"]),
        ("series-4", &["paper", "raised"]),
    ];
    for (light, theme) in [("day", &day), ("night", &night)] {
        for (least, pairs) in [(4.5, text), (3.0, lines)] {
            for (front, backs) in pairs {
                for back in backs {
                    let found = contrast(&theme[front], &theme[*back]);
                    assert!(
                        found >= least,
                        "{front} on {back} by {light}: {found:.2} < {least}"
                    );
                }
            }
        }
    }
}
