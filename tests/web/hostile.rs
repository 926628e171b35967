//! What people send who do not want to answer: slow, huge, deep, broken, wrong, and a great deal of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::collect::world::{count, good, open_round, send};
use crate::support::{Answer, TestApp};

/// Sends bytes and returns the status, or 0 when the connection was closed without one.
async fn raw(address: SocketAddr, bytes: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may close before it has read everything: that is an answer, too.
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    while answer.len() < 12 {
        match tokio::time::timeout(Duration::from_secs(10), stream.read(&mut part)).await {
            Ok(Ok(n)) if n > 0 => answer.extend_from_slice(&part[..n]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&answer);
    text.get(9..12)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}

/// Whatever bytes come, nothing fails on our side, and whoever is well behaved gets an answer afterwards.
#[tokio::test]
async fn broken_requests_are_refused_and_never_a_failure_of_ours() {
    let app = TestApp::sqlite().await;
    let many_headers: String = (0..2000).map(|n| format!("X-Header-{n}: {n}\r\n")).collect();
    let long = "a".repeat(300_000);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("no HTTP", b"hello\r\n\r\n".to_vec()),
        ("NUL in the path", b"GET /i/\0 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("encoded NUL", b"GET /i/%00 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("invalid UTF-8 in the path", b"GET /i/%FF%FE HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("half an escape", b"GET /i/%4 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("raw bytes in the path", b"GET /i/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("invalid UTF-8 in a header", b"GET /api/v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n".to_vec()),
        ("two lengths", b"POST /i/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec()),
        ("a negative length", b"POST /i/x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec()),
        ("length and chunks", b"POST /i/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec()),
        ("a chunk of no size", b"POST /i/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
        ("an unknown transfer encoding", b"POST /i/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: rot13\r\n\r\n".to_vec()),
        ("a flood of headers", format!("GET / HTTP/1.1\r\nHost: x\r\n{many_headers}\r\n").into_bytes()),
        ("a long header", format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n").into_bytes()),
        ("a long path", format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()),
        ("an invented method", b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
    ];
    for (what, bytes) in cases {
        let status = raw(app.address, &bytes).await;
        assert!(status < 500, "{what}: {status}");
        assert_ne!(status, 200, "{what}");
    }
    for encoding in ["gzip", "br", "identity, rot13", "x-unknown", "deflate"] {
        let body = "not what it says";
        let head = format!(
            "POST /api/v1/rounds/r1/responses HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n\
             Content-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let status = raw(app.address, head.as_bytes()).await;
        assert!((400..500).contains(&status), "{encoding}: {status}");
    }
    assert_eq!(app.anonymous().get("/readyz").await.status, 200);
}

#[tokio::test]
async fn static_files_lead_nowhere_else() {
    let app = TestApp::sqlite().await;
    for path in [
        "/static/../Cargo.toml",
        "/static/..%2fCargo.toml",
        "/static/%2e%2e/Cargo.toml",
        "/static/%2e%2e%2fCargo.toml",
        "/static/....//Cargo.toml",
        "/static//etc/passwd",
        "/static/..%5c..%5cCargo.toml",
        "/static/%252e%252e%252fCargo.toml",
        "/static/base.css%00.txt",
        "/static/",
        "/static",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        let status = raw(app.address, request.as_bytes()).await;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
}

#[tokio::test]
async fn ten_megabytes_are_refused_before_they_have_arrived() {
    let app = TestApp::sqlite().await;
    for (path, kind) in [
        ("/api/v1/rounds/r1/responses", "application/json"),
        (
            "/i/0123456789abcdef0123456789abcdef",
            "application/x-www-form-urlencoded",
        ),
        ("/api/v1/sessions", "application/json"),
    ] {
        let request = app.anonymous().request(reqwest::Method::POST, path);
        let body = "x".repeat(10 << 20);
        let sent = request
            .header("Content-Type", kind)
            .header("Idempotency-Key", "k")
            .body(body)
            .send()
            .await;
        // The connection may be closed while the rest is still on its way.
        if let Ok(answer) = sent {
            assert_eq!(answer.status().as_u16(), 413, "{path}");
        }
    }
    assert_eq!(app.anonymous().get("/readyz").await.status, 200);
}

/// Hundreds of connections that send a byte now and then: everybody else is answered at once, and they are cut off.
#[tokio::test]
async fn slow_clients_hold_nobody_up_and_are_cut_off() {
    let app = TestApp::sqlite().await;
    let started = Instant::now();
    let slow = (0..300).map(|n| async move {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        for byte in format!("X-Slow-{n}: aaaaaaaaaaaaaaaa").bytes() {
            tokio::time::sleep(Duration::from_millis(500)).await;
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        let mut rest = Vec::new();
        drop(tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut rest)).await);
        String::from_utf8_lossy(&rest).into_owned()
    });
    let quick = async {
        for _ in 0..20 {
            let asked = Instant::now();
            assert_eq!(app.anonymous().get("/healthz").await.status, 200);
            assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let (answers, ()) = tokio::join!(join_all(slow), quick);
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "they held on for {:?}",
        started.elapsed()
    );
    for answer in answers {
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
    }
}

/// A client that is wrong all the time is told so and costs little; a right code from the same address always passes.
#[tokio::test]
async fn wrong_codes_are_limited_and_right_ones_are_not() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 3, 1, 5).await;
    let person = app.anonymous();
    let wrong = (0..600).map(|n| {
        let person = person.clone();
        async move {
            let path = match n % 3 {
                0 => format!("/i/{n:032x}"),
                1 => format!("/api/v1/invitations/{n:032x}"),
                _ => return send(&person, &format!("{n:032x}"), "k", good()).await.status,
            };
            person.get(&path).await.status
        }
    });
    let statuses = join_all(wrong).await;
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(
        statuses.iter().all(|status| [404, 429].contains(status)),
        "{statuses:?}"
    );
    assert!(refused > 400, "only {refused} of 600 were refused");
    let told = person.get("/api/v1/invitations/nobody").await;
    assert_eq!(
        (told.status, told.code().as_str()),
        (429, "too-many-requests"),
        "{told}"
    );
    assert!(told.header("retry-after").parse::<u32>().unwrap() >= 1);
    let page = person.page("/i/nobody").await;
    assert!(page.status == 429 && page.text.contains("<html"), "{page}");

    for link in &links["staff"] {
        let code = link.code.as_str();
        assert_eq!(person.page(&format!("/i/{code}")).await.status, 200);
        assert_eq!(
            send(&person, code, &format!("key-{code}"), good()).await.status,
            201
        );
    }
    assert_eq!(count(&app, "invitations WHERE used").await, 3);
}

#[tokio::test]
async fn failed_sign_ins_of_one_client_are_limited_across_accounts() {
    let app = TestApp::sqlite().await;
    let mut refused = 0;
    for n in 0..130 {
        let given = json!({ "email": format!("not an address {n}"), "password": "wrong" });
        let answer = app.anonymous().post("/api/v1/sessions", given).await;
        match answer.status {
            401 => {}
            429 => refused += 1,
            other => panic!("{other}: {answer}"),
        }
    }
    assert!((20..=31).contains(&refused), "{refused} of 130 were refused");
}

/// Any JSON whatever in the place of the answers: told apart, never a failure, and never half stored.
#[tokio::test]
async fn any_answers_at_all_are_stored_whole_or_refused_with_their_pointers() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 400, 1, 5).await;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["opt-out", "manager", "a", "b", "importance"]).prop_map(Value::from),
        (0..7_i64).prop_map(Value::from),
    ];
    let item = prop::sample::select(vec![
        "delivers", "reliable", "why", "cost", "role", "needs", "days", "short", "open", "nobody", "",
    ]);
    let any_value = leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,12}|importance|satisfaction", inner, 0..6)
                .prop_map(|map| Value::from(map.into_iter().collect::<serde_json::Map<_, _>>())),
        ]
    });
    let answers = prop::collection::btree_map(item, any_value, 0..9);
    let mut runner = TestRunner::deterministic();
    for (n, link) in links["staff"].iter().enumerate() {
        let body = serde_json::to_value(drawn(&answers, &mut runner)).expect("JSON");
        let answer = send(
            &app.anonymous(),
            link.code.as_str(),
            &format!("any-{n}"),
            body.clone(),
        )
        .await;
        assert!([201, 422].contains(&answer.status), "{body}: {answer}");
        if answer.status == 422 {
            let errors = answer.json()["errors"].clone();
            assert!(
                errors.as_array().is_some_and(|errors| !errors.is_empty()),
                "{body}: {answer}"
            );
        }
    }
    let stored = count(&app, "intake").await + count(&app, "responses").await;
    assert_eq!(stored, count(&app, "invitations WHERE used").await);
}

/// Any bytes whatever as a form.
#[tokio::test]
async fn any_form_at_all_gets_a_page() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 5).await;
    let path = format!("/i/{}", links["staff"][0].code.as_str());
    let field =
        "(page|go|key|lang|reviewing|a\\.[a-z.]{1,12})=([a-z0-9:.-]{0,12}|(%[0-9A-Fa-f]{2}){0,8}|\\PC{0,10})";
    let form = prop_oneof![
        prop::collection::vec(field, 0..12).prop_map(|fields| fields.join("&").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..400),
    ];
    let mut runner = TestRunner::deterministic();
    for _ in 0..300 {
        let body = drawn(&form, &mut runner);
        let request = app.anonymous().request(reqwest::Method::POST, &path);
        let request = request
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.clone());
        let answer = Answer::of(request).await;
        assert!(answer.status < 500, "{body:?}: {answer}");
        assert!(answer.text.contains("</html>"), "{body:?}: {answer}");
    }
}

/// One more value. Not shrunk: the same values come in each run, and the failing one is printed.
fn drawn<T>(strategy: &impl Strategy<Value = T>, runner: &mut TestRunner) -> T {
    strategy.new_tree(runner).expect("a value").current()
}
