//! What people see, in a real Chromium: every page by axe-core at three widths, light and dark; answering with
//! scripts switched off; and the ways of leadership and of a designer.

mod answering;
mod credential;
mod driver;
mod pages;

use rapport::clock;
use rapport::demo::{self, Guide, Size};

use rapport::round::Keyring;

use crate::support::{PASSWORD, SECRET, TestApp};

/// A server with a small state and its history.
async fn demo() -> (TestApp, Guide) {
    let app = TestApp::sqlite().await;
    let guide = demo::build(
        &app.store,
        Some(Keyring::new(SECRET)),
        Size::Small,
        PASSWORD,
        clock::now(),
        |_, _| (),
    )
    .await
    .unwrap();
    (app, guide)
}
