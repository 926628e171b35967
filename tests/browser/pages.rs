//! Every page, at every width, in light and dark, by axe-core; nothing to scroll sideways; and a way by keyboard.

use fantoccini::Locator;
use fantoccini::key::Key;
use rapport::demo::Guide;

use super::demo;
use super::driver::{Browser, WIDTHS, Wish};
use crate::support::{PASSWORD, TestApp};

/// Whose pages, and which. Patterns with a parameter are filled in with what the demo has.
fn pages(guide: &Guide) -> Vec<(Option<&'static str>, Vec<String>)> {
    let answering = format!("/i/{}", guide.invitation);
    let by_name = format!("/i/{}", guide.attributed_invitation);
    let open = format!("/rounds/{}", guide.open_round);
    let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    vec![
        (
            None,
            [
                owned(&[
                    "/",
                    "/sign-in",
                    "/method",
                    "/api/docs",
                    "/i/nobodys-code",
                    "/u/nobodys-code",
                    "/nowhere",
                ]),
                vec![answering, by_name],
                [
                    format!("/s/{}", guide.open_round),
                    format!("{open}/manifest?lang=es"),
                    format!("{open}/receipts"),
                ]
                .to_vec(),
            ]
            .concat(),
        ),
        (
            Some("leader@demo.example.gov"),
            owned(&["/results", "/agencies/REV", "/agencies/ETH"]),
        ),
        (
            Some("viewer@demo.example.gov"),
            owned(&["/results", "/agencies/LAB", "/commitments", "/service-levels"]),
        ),
        (
            Some("manager@demo.example.gov"),
            owned(&["/follow-ups", "/commitments", "/meetings"]),
        ),
        (Some("admin@demo.example.gov"), owned(&["/webhooks"])),
        (
            Some("designer@demo.example.gov"),
            [
                owned(&[
                    "/surveys",
                    "/surveys/agency-partnership",
                    "/surveys/agency-partnership/diff?from=1&to=2",
                    "/surveys/agency-partnership/review",
                    "/surveys/agency-partnership/edit",
                    "/surveys/agency-partnership/edit/about",
                    "/surveys/agency-partnership/edit/item?of=trust-delivers",
                    "/surveys/agency-partnership/edit/page",
                    "/surveys/agency-partnership/edit/scale?of=agreement",
                    "/surveys/agency-partnership/edit/index?of=trust",
                    "/directory",
                    "/directory/LAB",
                    "/rounds",
                    "/rounds/new",
                    "/rounds/calendar",
                    "/follow-ups",
                    "/commitments",
                    "/commitments/new",
                    "/meetings",
                    "/meetings/new",
                    "/service-levels",
                ]),
                vec![
                    format!("{open}/field"),
                    format!("{open}/mail"),
                    format!("{open}/follow-up"),
                    open,
                ],
            ]
            .concat(),
        ),
    ]
}

#[tokio::test]
async fn every_page_passes_axe_and_fits_at_every_width_in_light_and_dark() {
    let (app, guide) = demo().await;
    let (mut problems, mut looked_at) = (Vec::new(), 0);
    for dark in [false, true] {
        for (email, paths) in pages(&guide) {
            let browser = Browser::open(Wish { scripts: true, dark }).await;
            assert_eq!(browser.is_dark().await, dark);
            if let Some(email) = email {
                sign_in(&browser, &app, email).await;
            }
            for path in paths {
                browser.page().goto(&app.url(&path)).await.unwrap();
                for width in WIDTHS {
                    browser.width(width).await;
                    looked_at += 1;
                    let place = format!("{path} at {width} px, {}", if dark { "dark" } else { "light" });
                    problems.extend(
                        browser
                            .accessibility_problems()
                            .await
                            .into_iter()
                            .map(|found| format!("{place}: {found}")),
                    );
                    let overflow = browser.overflow().await;
                    if overflow > 0 {
                        problems.push(format!("{place}: {overflow} px wider than the window"));
                    }
                }
            }
            browser.close().await;
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(looked_at > 100, "only {looked_at} looks");
}

#[tokio::test]
async fn the_first_tab_stop_skips_to_the_content_and_focus_can_be_seen() {
    let (app, _guide) = demo().await;
    let browser = Browser::open(Wish {
        scripts: true,
        dark: false,
    })
    .await;
    sign_in(&browser, &app, "leader@demo.example.gov").await;
    browser.page().goto(&app.url("/results")).await.unwrap();

    let body = browser.page().find(Locator::Css("body")).await.unwrap();
    body.send_keys(&char::from(Key::Tab).to_string()).await.unwrap();
    let focused = browser.focused().await;
    assert_eq!(focused["href"], "#content", "{focused}");
    assert_ne!(focused["outline"], "none", "{focused}");
    browser
        .page()
        .active_element()
        .await
        .unwrap()
        .send_keys(&char::from(Key::Enter).to_string())
        .await
        .unwrap();
    assert!(
        browser
            .page()
            .current_url()
            .await
            .unwrap()
            .as_str()
            .ends_with("#content")
    );
    browser.close().await;
}

async fn sign_in(browser: &Browser, app: &TestApp, email: &str) {
    let page = browser.page();
    page.goto(&app.url("/sign-in")).await.unwrap();
    page.find(Locator::Css("input[name=email]"))
        .await
        .unwrap()
        .send_keys(email)
        .await
        .unwrap();
    page.find(Locator::Css("input[name=password]"))
        .await
        .unwrap()
        .send_keys(PASSWORD)
        .await
        .unwrap();
    page.find(Locator::Css("main button[type=submit]"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    // A click does not wait for the answer, and a password takes its time to check on a busy machine.
    for _ in 0..300 {
        if !page.current_url().await.unwrap().path().contains("sign-in") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{email} was not let in");
}
