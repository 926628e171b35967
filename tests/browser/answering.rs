//! Somebody with an invitation and a browser without scripts.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use fantoccini::Locator;
use rapport::demo::Guide;
use rapport::store::StoreError;

use super::demo;
use super::driver::{Browser, Wish};
use crate::support::TestApp;

const SCRIPTLESS: Wish = Wish {
    scripts: false,
    dark: false,
};

#[tokio::test]
async fn somebody_without_scripts_reads_the_promise_answers_reviews_and_is_thanked_once() {
    let (app, guide) = demo().await;
    let browser = Browser::open(SCRIPTLESS).await;
    let page = browser.page();
    let link = app.url(&format!("/i/{}", guide.invitation));
    let before = responses(&app, &guide).await;

    page.goto(&link).await.unwrap();
    let promise = text(&browser).await;
    assert!(promise.contains("Your answers are anonymous"), "{promise}");
    assert!(promise.contains("at least 10 people"), "{promise}");
    press(&browser, "start").await;

    for number in 1..=5 {
        browser.arrives_at(&format!("Page {number} of 5")).await;
        // The second point of every question of the first page: low, so that a question about it appears later.
        for choice in page
            .find_all(Locator::Css("fieldset input[type=radio][value='2']"))
            .await
            .unwrap()
        {
            choice.click().await.unwrap();
        }
        for words in page.find_all(Locator::Css("textarea")).await.unwrap() {
            words.send_keys("Please tell us before a change.").await.unwrap();
        }
        press(&browser, "next").await;
    }

    browser.arrives_at("Check your answers").await;
    let review = text(&browser).await;
    assert!(
        review.contains("Please tell us before a change."),
        "the question about low scores was not shown: {review}"
    );
    press(&browser, "send").await;
    browser.arrives_at("Thank you").await;

    page.goto(&link).await.unwrap();
    let again = text(&browser).await;
    assert!(again.contains("This invitation was used"), "{again}");
    browser.close().await;
    assert_eq!(responses(&app, &guide).await, before + 1);
}

/// What a respondent's browser fetches before the first question: the page, its style, and the script of the stronger way.
#[tokio::test]
async fn the_form_is_small_and_asks_for_no_more_than_its_style_and_our_own_script() {
    let (app, guide) = demo().await;
    let somebody = app.anonymous();
    let page = somebody.page(&format!("/i/{}", guide.invitation)).await.text;
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("src=").count(), 1);
    assert_eq!(page.matches("rel=\"stylesheet\"").count(), 1);
    let mut scripts = 0;
    for file in ["claim.js", "keep.js", "credential.js"] {
        scripts += somebody.page(&format!("/static/{file}")).await.text.len();
    }
    let css = somebody.page("/static/base.css").await.text.len();
    let whole = somebody
        .page(&format!("/s/{}", guide.open_round))
        .await
        .text
        .len();
    let rest: usize = ["answer.js", "logic.js"]
        .map(|file| std::fs::read_to_string(format!("static/{file}")).unwrap().len())
        .iter()
        .sum();
    println!(
        "promise {} + style {css} + scripts {scripts}; form {whole} + scripts {rest}",
        page.len()
    );
    assert!(page.len() + css < 30_000, "{} + {css}", page.len());
    assert!(scripts < 16_000 && rest < 18_000, "{scripts}, {rest}");
    assert!(whole < 120_000, "{whole}");

    // An attributed invitation has no other way, and no script.
    let named = somebody
        .page(&format!("/i/{}", guide.attributed_invitation))
        .await
        .text;
    assert_eq!(
        named.matches("<script").count() + named.matches("src=").count(),
        0
    );
}

async fn press(browser: &Browser, what: &str) {
    let button = format!("button[name=go][value={what}]");
    browser
        .page()
        .find(Locator::Css(&button))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
}

async fn text(browser: &Browser) -> String {
    browser
        .page()
        .find(Locator::Css("main"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}

/// How many responses the open round has, mixed or waiting to be.
async fn responses(app: &TestApp, guide: &Guide) -> i64 {
    let round = guide.open_round.to_string();
    app.read(move |conn| {
        let counted = diesel::sql_query(
            "SELECT (SELECT count(*) FROM intake WHERE round = $1) + (SELECT count(*) FROM responses WHERE round = $1) AS n",
        );
        Ok(counted.bind::<Text, _>(round).get_result::<Count>(conn).map_err(StoreError::from)?.n)
    })
    .await
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
