//! Every page, at every width, in light and dark, by axe-core; nothing to scroll sideways; and a way by keyboard.

use fantoccini::Locator;
use fantoccini::key::Key;
use fantoccini::wd::{PrintConfiguration, PrintSize};
use rapport::demo::Guide;

use super::demo;
use super::driver::{Browser, WIDTHS, Wish};
use super::hand::sign_in;
use crate::support::TestApp;

/// Whose pages, and which. Patterns with a parameter are filled in with what the demo has.
fn pages(guide: &Guide, latest: &str) -> Vec<(Option<&'static str>, Vec<String>)> {
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
        (Some("leader@demo.example.gov"), leadership(latest)),
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
                    format!("/rounds/{latest}/comments"),
                    format!("/rounds/{latest}/comments?state=released"),
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

/// The pages of results about the newest published round: in English and Spanish, with what is shown and what is withheld.
fn leadership(latest: &str) -> Vec<String> {
    let round = format!("/results/{latest}");
    let ends = [
        "",
        "?sort=change.trust&show=down",
        "?audience=leaders",
        "/heat",
        "/heat?cut=role/lead",
        "/drivers",
        "/compare?a=agency/DOT&b=agency/REV",
        "/files",
        "/number?audience=staff&unit=agency/REV&subject=index/trust",
        "/number?audience=staff&unit=state-mean/state&subject=responses/all",
    ];
    let mut pages: Vec<String> = ends.iter().map(|end| format!("{round}{end}")).collect();
    pages.extend(
        [
            "/results",
            "/agencies/REV",
            "/agencies/ETH",
            "/agencies/REV/briefing",
            "/agencies/REV/comments",
            "/agencies/ETH/comments",
        ]
        .map(str::to_owned),
    );
    // The choice of a language is kept by the browser: from here on everything is Spanish.
    pages.push("/agencies/REV?lang=es".to_owned());
    let ends = [
        "",
        "/heat",
        "/drivers",
        "/compare?a=agency/DOT&b=agency/REV",
        "/files",
        "/number?audience=staff&unit=agency/REV&subject=index/trust",
    ];
    pages.extend(ends.iter().map(|end| format!("{round}{end}")));
    pages.extend(
        [
            "/agencies/ETH",
            "/agencies/REV/comments",
            "/agencies/REV/briefing",
            "/method",
        ]
        .map(str::to_owned),
    );
    // Back to English for whoever comes next.
    pages.push("/method?lang=en".to_owned());
    pages
}

/// The last published yearly round: the one with all kinds of figures.
async fn latest(app: &TestApp) -> String {
    let rounds = app
        .store
        .read(rapport::report::read::published_rounds)
        .await
        .unwrap();
    let yearly = rounds
        .iter()
        .find(|round| round.survey == "agency-partnership")
        .unwrap();
    yearly.round.to_string()
}

#[tokio::test]
async fn every_page_passes_axe_and_fits_at_every_width_in_light_and_dark() {
    let (app, guide) = demo().await;
    let latest = latest(&app).await;
    let (mut problems, mut looked_at) = (Vec::new(), 0);
    for dark in [false, true] {
        for (email, paths) in pages(&guide, &latest) {
            let browser = Browser::open(Wish { scripts: true, dark }).await;
            assert_eq!(browser.is_dark().await, dark);
            if let Some(email) = email {
                sign_in(&browser, &app, email).await;
            }
            for path in paths {
                browser.page().goto(&app.url(&path)).await.unwrap();
                let title = browser.page().title().await.unwrap();
                if title.starts_with("Something failed") {
                    problems.push(format!("{path}: {title}"));
                }
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

/// Every cell of the heat map and every score of the table can be reached and opened by keyboard, and one sees where one is.
#[tokio::test]
async fn the_heat_map_is_walked_by_keyboard() {
    let (app, _guide) = demo().await;
    let latest = latest(&app).await;
    let browser = Browser::open(Wish {
        scripts: true,
        dark: false,
    })
    .await;
    sign_in(&browser, &app, "leader@demo.example.gov").await;
    let address = app.url(&format!("/results/{}/heat", latest));
    browser.page().goto(&address).await.unwrap();
    let cells = browser
        .page()
        .find_all(Locator::Css(".heat-table td a"))
        .await
        .unwrap()
        .len();
    assert!(cells > 50, "{cells} cells");
    let mut reached = 0;
    for _ in 0..cells + 80 {
        let tab = char::from(Key::Tab).to_string();
        browser
            .page()
            .active_element()
            .await
            .unwrap()
            .send_keys(&tab)
            .await
            .unwrap();
        let focused = browser.focused().await;
        if focused["href"]
            .as_str()
            .is_some_and(|href| href.contains("/number?"))
        {
            assert_ne!(focused["outline"], "none", "{focused}");
            reached += 1;
        }
    }
    assert!(reached >= cells, "{reached} of {cells} cells were reached");
    let cell = browser
        .page()
        .find(Locator::Css(".heat-table td a"))
        .await
        .unwrap();
    cell.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
    browser
        .page()
        .wait()
        .for_element(Locator::Css("dl.facts"))
        .await
        .unwrap();
    browser.close().await;
}

/// With scripts off results are read and arranged all the same.
#[tokio::test]
async fn results_need_no_script() {
    let (app, _guide) = demo().await;
    let latest = latest(&app).await;
    let browser = Browser::open(Wish {
        scripts: false,
        dark: false,
    })
    .await;
    sign_in(&browser, &app, "leader@demo.example.gov").await;
    let page = browser.page();
    page.goto(&app.url(&format!("/results/{}", latest)))
        .await
        .unwrap();
    let by_rate = page.find(Locator::LinkText("by response rate")).await.unwrap();
    by_rate.click().await.unwrap();
    page.wait()
        .for_element(Locator::Css(".arrange a[aria-current][href*='sort=rate']"))
        .await
        .unwrap();
    page.goto(&app.url(&format!("/results/{}/compare", latest)))
        .await
        .unwrap();
    page.find(Locator::Css("form.inline button"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    page.wait().for_element(Locator::Css("svg.dots")).await.unwrap();
    browser.close().await;
}

/// The briefing is two printed pages, and every other page of results can be printed as well.
#[tokio::test]
async fn results_print_and_the_briefing_is_two_pages() {
    let (app, _guide) = demo().await;
    let latest = latest(&app).await;
    let browser = Browser::open(Wish {
        scripts: true,
        dark: false,
    })
    .await;
    sign_in(&browser, &app, "leader@demo.example.gov").await;
    let address = app.url(&format!("/agencies/REV/briefing?round={latest}"));
    browser.page().goto(&address).await.unwrap();
    assert_eq!(printed_pages(&browser).await, 2);
    for end in ["", "/heat", "/drivers"] {
        let address = app.url(&format!("/results/{latest}{end}"));
        browser.page().goto(&address).await.unwrap();
        assert!(printed_pages(&browser).await >= 1, "{address}");
    }
    browser.close().await;
}

/// How many sheets of letter paper the browser prints the page on.
async fn printed_pages(browser: &Browser) -> usize {
    let wish = PrintConfiguration::builder()
        .size(PrintSize::US_LETTER)
        .build()
        .unwrap();
    let file = browser.page().print(wish).await.unwrap();
    let text = String::from_utf8_lossy(&file);
    assert!(text.starts_with("%PDF-"), "no PDF");
    text.matches("/Type /Page\n").count()
}
