//! The OpenAPI document and the table of routes say the same, and the documentation shows all of it.

use std::collections::BTreeSet;

use rapport::web::codes::Code;
use rapport::web::routes;
use serde_json::Value;

use crate::support::TestApp;

fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .expect("methods")
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[tokio::test]
async fn every_api_route_is_documented_and_every_documented_route_exists() {
    let app = TestApp::sqlite().await;
    let answer = app.anonymous().get("/api/v1/openapi.json").await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{}",
        document["openapi"]
    );
    let routed: BTreeSet<String> = routes::table()
        .iter()
        .filter(|endpoint| endpoint.pattern.starts_with("/api/v1/"))
        .map(|endpoint| format!("{} {}", endpoint.method, without_rules(endpoint.pattern)))
        .collect();
    assert_eq!(operations(&document), routed);
}

/// actix allows `{name:rule}`; OpenAPI knows `{name}` only.
fn without_rules(pattern: &str) -> String {
    let mut text = String::new();
    let (mut depth, mut in_rule) = (0, false);
    for c in pattern.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ':' if depth == 1 => in_rule = true,
            _ => {}
        }
        if depth == 0 {
            in_rule = false;
        }
        if !in_rule {
            text.push(c);
        }
    }
    text
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    let app = TestApp::sqlite().await;
    let answer = app.anonymous().get("/api/v1/openapi.json").await;
    let document = answer.json();
    let references: BTreeSet<&str> = answer
        .text
        .split("\"$ref\":\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(!references.is_empty());
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
}

/// What is refused before a handler is asked is documented like everything else, and every refusal is a problem.
#[tokio::test]
async fn every_operation_says_how_it_is_refused() {
    let app = TestApp::sqlite().await;
    let document = app.anonymous().get("/api/v1/openapi.json").await.json();
    for endpoint in routes::table() {
        if !endpoint.pattern.starts_with("/api/v1/") {
            continue;
        }
        let path = without_rules(endpoint.pattern);
        let operation = &document["paths"][&path][endpoint.method.as_str().to_lowercase()];
        let responses = operation["responses"].as_object().unwrap();
        let mut wanted = vec!["400", "503"];
        wanted.extend((endpoint.needs != routes::Needs::Nothing).then_some("401"));
        wanted.extend(path.contains('{').then_some("404"));
        wanted.extend(operation.get("requestBody").map(|_| "415"));
        for status in wanted {
            assert!(
                responses.contains_key(status),
                "{endpoint:?} says nothing of {status}"
            );
        }
        for (status, response) in responses {
            if status.starts_with(['4', '5']) {
                let kinds: Vec<&String> = response["content"].as_object().unwrap().keys().collect();
                assert_eq!(kinds, ["application/problem+json"], "{endpoint:?}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn what_needs_a_right_says_that_it_needs_a_token() {
    let app = TestApp::sqlite().await;
    let document = app.anonymous().get("/api/v1/openapi.json").await.json();
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    for endpoint in routes::table() {
        if !endpoint.pattern.starts_with("/api/v1/") {
            continue;
        }
        let operation =
            &document["paths"][without_rules(endpoint.pattern)][endpoint.method.as_str().to_lowercase()];
        let documented = operation["security"]
            .as_array()
            .is_some_and(|schemes| !schemes.is_empty());
        assert_eq!(
            documented,
            endpoint.needs != routes::Needs::Nothing,
            "{endpoint:?}"
        );
    }
}

#[tokio::test]
async fn the_documentation_page_shows_every_operation_and_every_code() {
    let app = TestApp::sqlite().await;
    let page = app.anonymous().page("/api/docs").await;
    assert_eq!(page.status, 200, "{page}");
    let document = app.anonymous().get("/api/v1/openapi.json").await.json();
    for operation in operations(&document) {
        let path = operation.split(' ').nth(1).unwrap();
        assert!(page.text.contains(&format!("<code>{path}</code>")), "{operation}");
    }
    for code in Code::ALL {
        assert!(
            page.text.contains(&format!("id=\"problem-{}\"", code.text())),
            "{code:?}"
        );
    }
    let ids: Vec<&str> = page
        .text
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "an id stands twice");
    for target in page
        .text
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(unique.contains(target), "#{target} leads nowhere");
    }
}

#[tokio::test]
async fn the_start_page_leads_everybody_to_where_they_may_go() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    let start = nobody.page("/").await.text;
    for place in [
        "href=\"/results\"",
        "href=\"/rounds\"",
        "href=\"/api/docs\"",
        "action=\"/invitation\"",
    ] {
        assert!(start.contains(place), "{place} is missing");
    }
    let leader = app.leadership().await.page("/").await.text;
    assert!(
        leader.contains("href=\"/results\"") && !leader.contains("href=\"/rounds\""),
        "{leader}"
    );
    let designer = app.designer().await.page("/").await.text;
    assert!(
        designer.contains("href=\"/results\"") && designer.contains("href=\"/rounds\""),
        "{designer}"
    );
    let code = nobody.page("/invitation?code=+https://x.gov/i/abc-DEF_1+").await;
    assert_eq!((code.status, code.header("location")), (303, "/i/abc-DEF_1"));
    let empty = nobody.page("/invitation?code=").await;
    assert!(
        empty.text.contains("role=\"alert\"") && empty.text.contains("aria-invalid=\"true\""),
        "{empty}"
    );
}
