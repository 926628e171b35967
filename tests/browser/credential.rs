//! The way that nobody can link, in a real Chromium: claim, answer, send, receipt; what happens when a reply is lost; on
//! another device; and what the browser does when the server lies about its keys.

use diesel::RunQueryDsl;
use fantoccini::{Client, Locator};
use rapport::clock;
use rapport::round::{self, InvitationLink, RoundError};
use rapport::store::StoreError;
use serde_json::{Value, json};

use super::driver::{Browser, Wish};
use super::hand::{choose, click, text, wait, waits_for};
use crate::collect::claims;
use crate::collect::world::{self, count};
use crate::support::TestApp;

const SCRIPTS: Wish = Wish {
    scripts: true,
    dark: false,
};

async fn open() -> (TestApp, Vec<InvitationLink>) {
    let app = TestApp::sqlite().await;
    let links = world::open_with_keys(&app, "r1", &[("DOT", 24)], 5).await;
    (app, links)
}

#[tokio::test]
async fn somebody_claims_answers_and_checks_their_receipt_and_the_server_never_sees_both() {
    let (app, links) = open().await;
    let browser = Browser::open(SCRIPTS).await;
    let page = browser.page();
    page.goto(&app.url(&links[0].path())).await.unwrap();
    wait(page, "#claim").await;
    let promise = text(page, "main").await;
    assert!(
        promise.contains("Nobody, including the people who run this system"),
        "{promise}"
    );
    assert!(
        !promise.contains("You trust it to do so"),
        "the weaker promise is not the one that holds: {promise}"
    );
    assert!(promise.contains("DOT, 24 invited people"), "{promise}");
    assert!(browser.accessibility_problems().await.is_empty());
    click(page, "#claim").await;

    // The form has an address without the code, and the way back does not lead to it.
    wait(page, "#next").await;
    let address = page.current_url().await.unwrap();
    assert_eq!((address.path(), address.query()), ("/s/r1", Some("lang=en")));
    assert_eq!(count(&app, "claims").await, 1);
    let kept = kept(page).await;
    assert!(!kept.contains(links[0].code.as_str()), "{kept}");
    assert!(!kept.contains("inverse"), "the blinding is thrown away: {kept}");

    // A required question, a question that depends on an answer, and the draft.
    click(page, "#next").await;
    wait(page, "#wrong").await;
    assert!(text(page, "#wrong").await.contains("Please answer this question"));
    assert_eq!(
        page.active_element()
            .await
            .unwrap()
            .attr("id")
            .await
            .unwrap()
            .as_deref(),
        Some("wrong")
    );
    assert!(browser.accessibility_problems().await.is_empty());
    choose(page, "a.delivers", "2").await;
    click(page, "#next").await;
    browser.arrives_at("Page 2 of 4").await;
    page.find(Locator::Css("textarea[name='a.why']"))
        .await
        .unwrap()
        .send_keys("Because.")
        .await
        .unwrap();
    page.refresh().await.unwrap();
    browser.arrives_at("Page 2 of 4").await;
    let why = page.find(Locator::Css("textarea[name='a.why']")).await.unwrap();
    assert_eq!(why.prop("value").await.unwrap().as_deref(), Some("Because."));
    assert_eq!(
        count(&app, "intake").await + count(&app, "responses").await,
        0,
        "no draft on the server"
    );
    for number in [3, 4] {
        click(page, "#next").await;
        browser.arrives_at(&format!("Page {number} of 4")).await;
        assert!(browser.accessibility_problems().await.is_empty(), "page {number}");
    }
    click(page, "#next").await;
    browser.arrives_at("Check your answers").await;
    assert!(browser.accessibility_problems().await.is_empty());
    assert!(page.execute("return document.cookie;", vec![]).await.unwrap() == json!(""));
    click(page, "#send").await;
    wait(page, "#token").await;
    let token = text(page, "#token").await;
    assert_eq!(token.len(), 64);
    assert!(browser.accessibility_problems().await.is_empty());
    assert_eq!(count(&app, "intake").await, 1);
    assert_eq!(count(&app, "spent_tokens").await, 1);
    let stored = kept_json(page).await;
    assert_eq!(
        stored,
        json!({ "receipt": token }),
        "nothing is kept but the token"
    );

    // Enough others, then the close: the receipt is found by itself.
    for link in &links[1..6] {
        let person = app.anonymous();
        let credential = claims::told(&claims::claim(&person, link.code.as_str()).await);
        let sent = claims::spend(&person, "r1", "k", &credential, world::good()).await;
        assert_eq!(sent.status, 201, "{sent}");
    }
    world::close(&app).await;
    page.goto(&app.url("/rounds/r1/receipts")).await.unwrap();
    waits_for(page, "#found", "Yes: your response is in.").await;
    assert!(browser.accessibility_problems().await.is_empty());
    browser.close().await;
}

#[tokio::test]
async fn replies_that_are_lost_at_either_step_cost_and_double_nothing() {
    let (app, links) = open().await;
    let browser = Browser::open(SCRIPTS).await;
    let page = browser.page();
    page.goto(&app.url(&links[0].path())).await.unwrap();
    wait(page, "#claim").await;
    lose_the_next_reply(page, "/claim").await;
    click(page, "#claim").await;
    waits_for(page, "#trouble", "The server did not reply").await;
    assert_eq!(count(&app, "claims").await, 1, "the server has signed");
    // Even after the page was closed: the claim is kept, and the same one gets the same signature.
    page.goto(&app.url(&links[0].path())).await.unwrap();
    wait(page, "#claim").await;
    click(page, "#claim").await;
    wait(page, "#next").await;
    assert_eq!(count(&app, "claims").await, 1);

    choose(page, "a.delivers", "4").await;
    for _ in 0..3 {
        click(page, "#next").await;
    }
    browser.arrives_at("Check your answers").await;
    lose_the_next_reply(page, "/responses").await;
    click(page, "#send").await;
    waits_for(page, "#trouble", "The server did not reply").await;
    assert_eq!(count(&app, "intake").await, 1, "the server has stored it");
    page.refresh().await.unwrap();
    browser.arrives_at("Check your answers").await;
    click(page, "#send").await;
    wait(page, "#token").await;
    assert_eq!(count(&app, "intake").await, 1, "and it counts once");
    browser.close().await;
}

#[tokio::test]
async fn a_key_outside_the_manifest_is_refused_by_the_browser_and_nothing_is_sent() {
    let (app, links) = open().await;
    let browser = Browser::open(SCRIPTS).await;
    let page = browser.page();
    // The server shows one person another list of keys than it promised.
    let lie = |conn: &mut rapport::store::Conn| -> Result<(), StoreError> {
        diesel::sql_query(
            "UPDATE manifests SET document = replace(document, '\"invited\":24', '\"invited\":25')",
        )
        .execute(conn)?;
        Ok(())
    };
    page.goto(&app.url(&links[0].path())).await.unwrap();
    wait(page, "#claim").await;
    app.store.write(lie).await.unwrap();
    click(page, "#claim").await;
    waits_for(page, "#trouble", "the manifest is not the one that was promised").await;
    assert_eq!(count(&app, "claims").await, 0);

    // The page names a key that is in no manifest: made for one person.
    let undo = |conn: &mut rapport::store::Conn| -> Result<(), StoreError> {
        diesel::sql_query(
            "UPDATE manifests SET document = replace(document, '\"invited\":25', '\"invited\":24')",
        )
        .execute(conn)?;
        Ok(())
    };
    app.store.write(undo).await.unwrap();
    page.goto(&app.url(&links[0].path())).await.unwrap();
    wait(page, "#claim").await;
    // The module has read the page by now, so the lie is told where it looks next.
    let forged = "const real = window.fetch; window.fetch = async (path, ...rest) => { const answer = await real(path, ...rest); \
        if (!String(path).endsWith('manifest.json')) return answer; const text = (await answer.text()).replace(/\"key_id\":\"../, '\"key_id\":\"00'); \
        const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))].map(b => b.toString(16).padStart(2, '0')).join(''); \
        window.lied = digest; return new Response(text); };";
    page.execute(forged, vec![]).await.unwrap();
    click(page, "#claim").await;
    waits_for(page, "#trouble", "Stopped, and nothing was sent").await;
    assert_eq!(count(&app, "claims").await, 0);
    assert_eq!(count(&app, "invitations WHERE used").await, 0);
    browser.close().await;
}

#[tokio::test]
async fn the_credential_goes_to_another_device_as_a_file_and_a_shared_computer_is_cleared() {
    let (app, links) = open().await;
    let first = Browser::open(SCRIPTS).await;
    let page = first.page();
    page.goto(&app.url(&links[0].path())).await.unwrap();
    wait(page, "#claim").await;
    click(page, "#claim").await;
    wait(page, "#save").await;
    let credential = kept_json(page).await["credential"].clone();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r1.credential.json");
    std::fs::write(
        &file,
        json!({ "round": "r1", "credential": credential }).to_string(),
    )
    .unwrap();
    click(page, ".clear").await;
    page.accept_alert().await.unwrap();
    wait(page, "#by-invitation").await;
    assert_eq!(kept_json(page).await, json!({}), "nothing is left");
    // The invitation says what became of it.
    page.goto(&app.url(&links[0].path())).await.unwrap();
    waits_for(page, "main", "This invitation was taken up").await;
    assert!(first.accessibility_problems().await.is_empty());
    first.close().await;

    let second = Browser::open(SCRIPTS).await;
    let page = second.page();
    page.goto(&app.url("/s/r1?lang=es")).await.unwrap();
    wait(page, "#load").await;
    assert!(second.accessibility_problems().await.is_empty());
    let wrong = folder.path().join("wrong.json");
    std::fs::write(&wrong, r#"{"round":"r2"}"#).unwrap();
    page.find(Locator::Id("load"))
        .await
        .unwrap()
        .send_keys(wrong.to_str().unwrap())
        .await
        .unwrap();
    waits_for(page, "#trouble", "Este archivo no es una credencial").await;
    page.find(Locator::Id("load"))
        .await
        .unwrap()
        .send_keys(file.to_str().unwrap())
        .await
        .unwrap();
    second.arrives_at("Página 1 de 3").await;
    choose(page, "a.delivers", "5").await;
    for _ in 0..3 {
        click(page, "#next").await;
    }
    click(page, "#send").await;
    wait(page, "#token").await;
    assert_eq!(count(&app, "intake").await, 1);
    second.close().await;
}

#[tokio::test]
async fn the_weaker_way_stays_open_to_whoever_wants_it_and_is_said_before_the_first_question() {
    let (app, links) = open().await;
    let browser = Browser::open(SCRIPTS).await;
    let page = browser.page();
    page.goto(&app.url(&links[0].path())).await.unwrap();
    wait(page, "#weaker").await;
    click(page, "#weaker").await;
    waits_for(page, "main", "You trust it to do so").await;
    page.find(Locator::Css("button[name=go][value=start]"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    browser.arrives_at("Page 1 of").await;
    assert_eq!(count(&app, "claims").await, 0);
    browser.close().await;
    // And the close says how many answered in which way.
    let id = "r1".parse().unwrap();
    app.store
        .write(move |conn| -> Result<_, RoundError> { round::close(conn, &id, clock::now()) })
        .await
        .unwrap();
    let receipts = app.anonymous().page("/rounds/r1/receipts").await;
    assert!(receipts.text.contains("fewer than 5"), "{receipts}");
}

/// The request reaches the server, and its reply does not reach the page: once, for the next request to such a path.
async fn lose_the_next_reply(page: &Client, ending: &str) {
    let script = "const [ending] = arguments; const real = window.fetch; window.fetch = async (path, ...rest) => { \
        const answer = await real(path, ...rest); if (!String(path).endsWith(ending)) return answer; \
        window.fetch = real; throw new TypeError('lost'); };";
    page.execute(script, vec![json!(ending)]).await.unwrap();
}

async fn kept(page: &Client) -> String {
    let all = page.execute(
        "return JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage });",
        vec![],
    );
    all.await.unwrap().as_str().unwrap().to_owned()
}

async fn kept_json(page: &Client) -> Value {
    let kept = page.execute(
        "return JSON.parse(localStorage.getItem('rapport:r1') ?? '{}');",
        vec![],
    );
    kept.await.unwrap()
}
