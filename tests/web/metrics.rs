//! What operators see, and who may.

use rapport::web::metrics::{Access, Metrics};

use crate::cli::rapport;
use crate::support::{Answer, TestApp};

#[tokio::test]
async fn figures_are_told_by_route_pattern_in_a_form_that_prometheus_reads() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    for path in [
        "/healthz",
        "/api/v1/users",
        "/rounds/secret-round?x=secret",
        "/nowhere/secret",
    ] {
        nobody.get(path).await;
    }
    let figures = nobody.get("/metrics").await;
    assert_eq!(figures.status, 200, "{figures}");
    assert!(
        figures
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    for told in [
        "rapport_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1",
        "rapport_requests_total{method=\"GET\",route=\"/api/v1/users\",status=\"401\"} 1",
        "rapport_queue_depth 0",
        "rapport_commit_seconds_bucket{le=\"+Inf\"}",
        "process_resident_memory_bytes ",
    ] {
        assert!(figures.text.contains(told), "{told} is not in: {figures}");
    }
    assert!(!figures.text.contains("secret"), "{figures}");
    let mut families = std::collections::BTreeSet::new();
    for line in figures.text.lines() {
        if let Some(about) = line.strip_prefix("# TYPE ") {
            assert!(
                families.insert(about.split(' ').next().unwrap().to_owned()),
                "twice: {line}"
            );
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(
                families.iter().any(|family| series.starts_with(family.as_str())),
                "no family: {line}"
            );
        }
    }
}

fn metrics_of(metrics: &Metrics, header: Option<&str>, peer: &str) -> bool {
    let request = actix_web::test::TestRequest::get().peer_addr(peer.parse().unwrap());
    let request = match header {
        Some(token) => request.insert_header(("Authorization", token)),
        None => request,
    };
    metrics.may_see(&request.to_http_request())
}

#[test]
fn without_a_token_only_this_machine_sees_them_and_with_one_only_who_has_it() {
    let here = Metrics::default();
    assert!(metrics_of(&here, None, "127.0.0.1:5") && metrics_of(&here, None, "[::1]:5"));
    assert!(!metrics_of(&here, None, "192.0.2.1:5"));
    let token = Metrics::new(Access::Token("sixteen bytes or more".to_owned()));
    assert!(metrics_of(
        &token,
        Some("Bearer sixteen bytes or more"),
        "192.0.2.1:5"
    ));
    for wrong in [
        None,
        Some("Bearer sixteen bytes"),
        Some("sixteen bytes or more"),
        Some("Bearer "),
    ] {
        assert!(!metrics_of(&token, wrong, "127.0.0.1:5"), "{wrong:?}");
    }
    assert!(!metrics_of(&Metrics::new(Access::Nobody), None, "127.0.0.1:5"));
}

/// Behind a proxy every visitor comes from this machine.
#[tokio::test]
async fn with_a_public_url_they_are_closed_until_there_is_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let seen = async |args: &[&str], token: Option<&str>| {
        let mut command = rapport(
            folder.path(),
            &[&["serve", "--listen", "127.0.0.1:0"], args].concat(),
        );
        command.envs(token.map(|token| ("RAPPORT_METRICS_TOKEN", token)));
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
        let base = line.trim().strip_prefix("Rapport listens on ").unwrap();
        let request = crate::faults::people::client().get(format!("{base}/metrics"));
        let bare = Answer::of(request.try_clone().unwrap()).await.status;
        let with_token = Answer::of(request.bearer_auth("a token of some length"))
            .await
            .status;
        child.kill().unwrap();
        child.wait().unwrap();
        (bare, with_token)
    };
    assert_eq!(seen(&[], None).await, (200, 200));
    assert_eq!(
        seen(&["--public-url", "https://r.example"], None).await,
        (404, 404)
    );
    assert_eq!(seen(&["--behind-proxy", "true"], None).await, (404, 404));
    assert_eq!(seen(&[], Some("a token of some length")).await, (404, 200));
}
