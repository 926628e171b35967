//! The browser's own files on node: the same text that is served, without a browser around it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The jobs of `node.mjs`, each with what it is given.
#[expect(
    clippy::disallowed_methods,
    reason = "where npm put the independent implementation is a matter of the machine"
)]
pub fn node(job: &str, given: Value) -> Value {
    let blindrsa = std::env::var("RAPPORT_TEST_BLINDRSA").expect(
        "RAPPORT_TEST_BLINDRSA is not set (the folder of @cloudflare/blindrsa-ts); run the tests by ./test",
    );
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "static/credential.js",
        "static/logic.js",
        "tests/collect/node.mjs",
    ] {
        let from = root.join(file);
        std::fs::copy(&from, folder.path().join(from.file_name().unwrap())).unwrap();
    }
    std::fs::write(folder.path().join("package.json"), r#"{"type":"module"}"#).unwrap();
    let mut running = Command::new("node")
        .arg("node.mjs")
        .current_dir(folder.path())
        .env("BLINDRSA", blindrsa)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    let input = json!({ "job": job, "given": given }).to_string();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success(), "{job} failed");
    serde_json::from_slice(&output.stdout).expect("one JSON")
}
