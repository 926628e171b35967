//! The workspace of the office, every page of it: by axe-core on a phone and on a desk, by keyboard from the first stop to the
//! last, as it is when everything is fine and when something typed is not. A seeded state is walked once.

use rapport::demo::Guide;
use reqwest::Method;

use super::driver::{Browser, Wish};
use super::hand::{click, sign_in};
use super::seeded;
use crate::post::server::MailServer;
use crate::post::world::relay;
use crate::support::{Answer, Person, TestApp};

const SURVEY: &str = "/surveys/agency-partnership";
const DESIGNER: &str = "designer@demo.example.gov";

/// Who looks at which pages.
type Walk = Vec<(&'static str, Vec<String>)>;

async fn upload(who: &Person, audience: &str, csv: &str) {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"roster\"; filename=\"r.csv\"\r\nContent-Type: text/csv\r\n\r\n{csv}\r\n--b--\r\n"
    );
    let path = format!("/rounds/walk/audiences/{audience}/roster/look");
    let request = who.browse(Method::POST, &path);
    let sent = Answer::of(
        request
            .header("Content-Type", "multipart/form-data; boundary=b")
            .body(body),
    )
    .await;
    assert_eq!(sent.status, 303, "{sent}");
}

async fn accepted(who: &Person, path: &str, fields: &[(&str, &str)]) {
    let sent = who.submit(path, fields).await;
    assert_eq!(sent.status, 303, "{path}: {sent}");
}

/// A draft with a broken rule, a planned round with a good roster, a bad one and planned mail, a webhook.
async fn furnish(app: &TestApp) -> Person {
    app.add_user("approver@demo.example.gov", &["approver"]).await;
    let who = Person::signed_in(app, DESIGNER).await;
    accepted(
        &who,
        &format!("{SURVEY}/edit"),
        &[("do", "item-down trust-delivers")],
    )
    .await;
    let round = [
        ("id", "walk"),
        ("title", "A walk"),
        ("what", "agency-partnership@2"),
        ("audience_1", "staff"),
        ("audience_1_title", "Everybody"),
        ("audience_1_mode", "anonymous"),
        ("audience_2", "leaders"),
        ("audience_2_title", "Directors"),
        ("audience_2_mode", "attributed"),
    ];
    accepted(&who, "/rounds/new", &round).await;
    upload(
        &who,
        "leaders",
        "agency,person,name,email\nLAB,l1,Ana,ana@x.gov\n",
    )
    .await;
    accepted(
        &who,
        "/rounds/walk/audiences/leaders/roster/import",
        &[("links", "none")],
    )
    .await;
    accepted(
        &who,
        "/rounds/walk/mail",
        &[("audience", "leaders"), ("kind", "invitation"), ("send_at", "")],
    )
    .await;
    upload(&who, "staff", "agency;person;role\nLAB;1;staff\nNOPE;2;lead\n").await;
    upload(&who, "leaders", "agency,person,name\nLAB,l1,Ana\nDOT,l2,Bo\n").await;
    let admin = Person::signed_in(app, "admin@demo.example.gov").await;
    let hook = [
        ("url", "https://hooks.example.gov/rapport"),
        ("events", "round.opened"),
    ];
    accepted(&admin, "/webhooks", &hook).await;
    who
}

/// The first of the things below `base` that a list links to.
async fn first(who: &Person, list: &str, base: &str) -> String {
    let page = who.page(list).await;
    let links = page.text.split("href=\"").skip(1);
    let mut links = links.filter_map(|rest| rest.split('"').next());
    let of_one = |link: &&str| {
        link.strip_prefix(base)
            .is_some_and(|id| !id.is_empty() && id != "new")
    };
    let found = links.find(of_one);
    found
        .unwrap_or_else(|| panic!("nothing in {list}: {page}"))
        .to_owned()
}

async fn pages(app: &TestApp, guide: &Guide) -> Walk {
    let who = furnish(app).await;
    let past = app
        .store
        .read(rapport::report::read::published_rounds)
        .await
        .unwrap();
    let past = format!("/rounds/{}", past.first().unwrap().round);
    let open = format!("/rounds/{}", guide.open_round);
    let ends = |base: &str, ends: &[&str]| -> Vec<String> {
        ends.iter().map(|end| format!("{base}{end}")).collect()
    };
    let designer = [
        ends(
            SURVEY,
            &[
                "",
                "/edit",
                "/edit/about",
                "/edit/item?of=trust-delivers",
                "/edit/item?page=trust",
                "/edit/page?of=trust",
                "/edit/scale?of=agreement",
                "/edit/index?of=trust",
                "/draft",
                "/diff?from=2&to=draft",
                "/review",
            ],
        ),
        ends(
            "/rounds",
            &[
                "",
                "/new",
                "/calendar",
                "/walk",
                "/walk/mail",
                "/walk/field",
                "/walk/follow-up",
            ],
        ),
        ends(
            "/rounds/walk/plan",
            &["/basics", "/rosters", "/window", "/promise"],
        ),
        ends(
            "/rounds/walk/audiences",
            &["/staff/roster/look", "/leaders/roster/look"],
        ),
        ends(&open, &["", "/field", "/mail", "/follow-up"]),
        ends(&past, &["", "/field", "/mail", "/again"]),
        ends(
            "/surveys",
            &["", "/quarterly-pulse/edit", "/leader-interview/review"],
        ),
        ends("/directory", &["", "/LAB"]),
        ends("/service-levels", &[""]),
        vec![
            first(&who, "/follow-ups?all=yes", "/follow-ups/").await,
            first(&who, "/commitments", "/commitments/").await,
        ],
    ]
    .concat();
    let manager = [
        "/follow-ups?all=yes",
        "/commitments",
        "/commitments/new",
        "/meetings",
        "/meetings/new",
    ];
    let manager = ends("", &manager);
    vec![
        (DESIGNER, designer),
        ("approver@demo.example.gov", ends(SURVEY, &["/review"])),
        ("manager@demo.example.gov", manager),
        ("admin@demo.example.gov", ends("/webhooks", &[""])),
    ]
}

/// Forms that are sent as they are, which is not enough: the page with what is wrong is looked at as well.
const WRONG: [(&str, &str); 7] = [
    (DESIGNER, "/surveys/agency-partnership/edit/item?page=trust"),
    (DESIGNER, "/surveys/agency-partnership/edit/page"),
    (DESIGNER, "/surveys/agency-partnership/edit/scale"),
    (DESIGNER, "/surveys/agency-partnership/edit/index"),
    ("manager@demo.example.gov", "/commitments/new"),
    ("manager@demo.example.gov", "/meetings/new"),
    ("admin@demo.example.gov", "/webhooks"),
];

struct Looked {
    problems: Vec<String>,
    pages: usize,
}

impl Looked {
    async fn at(&mut self, browser: &Browser, place: &str) {
        self.pages += 1;
        let title = browser.page().title().await.unwrap();
        if title.starts_with("Something failed") || title.starts_with("There is nothing") {
            self.problems.push(format!("{place}: {title}"));
        }
        browser.width(320).await;
        let overflow = browser.overflow().await;
        if overflow > 0 {
            self.problems
                .push(format!("{place}: {overflow} px wider than a phone"));
        }
        let on_phone = browser.accessibility_problems().await;
        browser.width(1280).await;
        let on_desk = browser.accessibility_problems().await;
        let by_keyboard = browser.keyboard_problems().await;
        let found = [on_phone, on_desk, by_keyboard].concat();
        self.problems
            .extend(found.into_iter().map(|found| format!("{place}: {found}")));
    }
}

#[tokio::test]
async fn every_page_of_the_office_passes_axe_and_is_walked_by_keyboard() {
    let mail = MailServer::start();
    let app = TestApp::that_mails(relay(&mail, 1, 10)).await;
    let guide = seeded(&app).await;
    let mut looked = Looked {
        problems: Vec::new(),
        pages: 0,
    };
    let wish = Wish {
        scripts: true,
        dark: false,
    };
    let walk = pages(&app, &guide).await;
    let browser = Browser::open(wish).await;
    for (email, paths) in walk {
        sign_in(&browser, &app, email).await;
        for path in paths {
            browser.page().goto(&app.url(&path)).await.unwrap();
            looked.at(&browser, &path).await;
        }
        for (_, path) in WRONG.iter().filter(|(who, _)| *who == email) {
            browser.page().goto(&app.url(path)).await.unwrap();
            click(browser.page(), "main form:last-of-type .actions button").await;
            browser.arrives_at("Error").await;
            looked.at(&browser, &format!("{path}, sent empty")).await;
        }
    }
    browser.close().await;
    assert!(looked.problems.is_empty(), "{}", looked.problems.join("\n"));
    assert!(looked.pages > 50, "only {} pages", looked.pages);
}

/// No page of the office needs a script, so none has one.
#[tokio::test]
async fn no_page_of_the_office_has_a_script() {
    let app = TestApp::that_mails(relay(&MailServer::start(), 1, 10)).await;
    let guide = seeded(&app).await;
    for (email, paths) in pages(&app, &guide).await {
        let who = Person::signed_in(&app, email).await;
        for path in paths {
            let page = who.page(&path).await;
            assert!(matches!(page.status, 200 | 422), "{path}: {page}");
            assert!(!page.text.contains("<script"), "{path}");
            assert!(!page.text.contains("[object]"), "{path}: {page}");
        }
    }
}
