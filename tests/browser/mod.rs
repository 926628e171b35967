//! What people see, in a real Chromium: every page by axe-core at three widths, light and dark; answering with
//! scripts switched off; the ways of leadership; and the whole story of a round, from a new version to the reply.

mod answering;
mod credential;
mod driver;
mod hand;
mod pages;
mod staff;
mod story;

use std::path::{Path, PathBuf};

use rapport::clock;
use rapport::demo::{self, Guide, Size};
use rapport::round::Keyring;
use tokio::sync::OnceCell;

use crate::support::{PASSWORD, SECRET, TestApp, TestDatabase};

/// A server with a small state and its history.
async fn demo() -> (TestApp, Guide) {
    // Made once: an unoptimised binary takes half a minute for it. Each test has a copy.
    static MADE: OnceCell<(PathBuf, Guide)> = OnceCell::const_new();
    let made = MADE.get_or_init(|| async {
        let app = TestApp::sqlite().await;
        let guide = seeded(&app).await;
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo");
        std::fs::remove_dir_all(&kept).ok();
        std::fs::create_dir_all(&kept).unwrap();
        for file in std::fs::read_dir(app.folder().unwrap()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), kept.join(file.file_name())).unwrap();
        }
        (kept, guide)
    });
    let (kept, guide) = made.await;
    (TestApp::on(TestDatabase::copy_of(kept)).await, guide.clone())
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
