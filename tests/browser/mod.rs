//! What people see, in a real Chromium: every page by axe-core at three widths, light and dark; answering with
//! scripts switched off; the ways of leadership; and the whole story of a round, from a new version to the reply.

mod answering;
mod credential;
mod driver;
mod hand;
mod pages;
mod staff;
mod story;

use rapport::clock;
use rapport::demo::{self, Guide, Size};

use rapport::round::Keyring;

use crate::support::{PASSWORD, SECRET, TestApp};

/// A server with a small state and its history.
async fn demo() -> (TestApp, Guide) {
    let app = TestApp::sqlite().await;
    let guide = seeded(&app).await;
    (app, guide)
}

/// Fills an empty server with the small state.
async fn seeded(app: &TestApp) -> Guide {
    demo::build(
        &app.store,
        Some(Keyring::new(SECRET)),
        Size::Small,
        PASSWORD,
        clock::now(),
        |_, _| (),
    )
    .await
    .unwrap()
}
