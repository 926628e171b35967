//! What a person does with a page: reads, clicks, types, waits.

use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};

use super::driver::Browser;
use crate::support::{PASSWORD, TestApp};

/// How long somebody waits for a page: keys are made and results computed meanwhile, on a machine that others use as well.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Signs somebody in by the form. Whoever was signed in before is not any more.
pub async fn sign_in(browser: &Browser, app: &TestApp, email: &str) {
    let page = browser.page();
    // Cookies of a place are known only there.
    page.goto(&app.url("/sign-in")).await.unwrap();
    page.delete_all_cookies().await.unwrap();
    page.goto(&app.url("/sign-in")).await.unwrap();
    type_into(page, "input[name=email]", email).await;
    type_into(page, "input[name=password]", PASSWORD).await;
    click(page, "main button[type=submit]").await;
    // A click does not wait for the answer, and a password takes its time to check on a busy machine.
    for _ in 0..300 {
        if !page.current_url().await.unwrap().path().contains("sign-in") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{email} was not let in");
}

/// Chooses a radio button.
pub async fn choose(page: &Client, name: &str, value: &str) {
    click(page, &format!("input[name='{name}'][value='{value}']")).await;
}

/// Clicks on what is there, or comes in time.
pub async fn click(page: &Client, selector: &str) {
    wait(page, selector).await;
    find(page, selector).await.click().await.unwrap();
}

/// Replaces what stands in a field.
pub async fn type_into(page: &Client, selector: &str, text: &str) {
    let field = find(page, selector).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

/// Chooses from a list.
pub async fn select(page: &Client, name: &str, value: &str) {
    let list = find(page, &format!("select[name='{name}']")).await;
    list.select_by_value(value).await.unwrap();
}

/// Waits until something is there and can be seen.
pub async fn wait(page: &Client, selector: &str) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Ok(found) = page.find(Locator::Css(selector)).await
            && found.is_displayed().await.unwrap_or(false)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited for {selector}: {}", page.source().await.unwrap());
}

/// Waits until something can be read there.
pub async fn waits_for(page: &Client, selector: &str, told: &str) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if text(page, selector).await.contains(told) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let shown = text(page, "body").await;
    panic!("waited for `{told}` in {selector}: {shown}");
}

/// What can be read there; nothing where there is no such place.
pub async fn text(page: &Client, selector: &str) -> String {
    match page.find(Locator::Css(selector)).await {
        Ok(found) => found.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

async fn find(page: &Client, selector: &str) -> Element {
    match page.find(Locator::Css(selector)).await {
        Ok(found) => found,
        Err(error) => panic!("{selector}: {error}; {}", page.source().await.unwrap()),
    }
}
