//! The whole story of a round, in a real Chromium, as the people of a CIO office live it: a designer writes the next
//! version of the yearly survey and is warned of a break, somebody else approves it, thirty people of three agencies
//! are invited by mail, some answer, the others are reminded, the round closes, is sealed and published, and the
//! relationship manager replies to a leader who is not content.
//!
//! One test, since it is one story; each of its chapters is a function. The office's browser runs no scripts, since no page of
//! the office needs any; the respondents' does, since the credential that nobody can link does.

use std::collections::{BTreeMap, BTreeSet};

use fantoccini::Locator;
use fantoccini::key::Key;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rapport::post::Stop;
use serde_json::json;
use tempfile::TempDir;

use super::driver::{Browser, Wish};
use super::hand::{click, select, sign_in, text, type_into, wait, waits_for};
use super::seeded;
use crate::post::server::{MailServer, Taken};
use crate::post::world::relay;
use crate::support::{Answer, TestApp};

const DESIGNER: &str = "designer@demo.example.gov";
const APPROVER: &str = "approver@demo.example.gov";
const MANAGER: &str = "manager@demo.example.gov";
const LEADER: &str = "leader@demo.example.gov";
const EDIT: &str = "/surveys/agency-partnership/edit";
const REVIEW: &str = "/surveys/agency-partnership/review";
const ROUND: &str = "/rounds/partnership-next";

/// When the round is promised to end, and when it ends after all: in days from today.
const PROMISED: i64 = 90;
const LATER: i64 = 150;

/// So many days from today.
fn day(days: i64) -> Date {
    rapport::clock::now().to_zoned(TimeZone::UTC).date() + days.days()
}

/// The keys by which a day is typed into a field for dates.
fn keys(days: i64) -> String {
    let day = day(days);
    format!("{:02}{:02}{:04}", day.month(), day.day(), day.year())
}

/// Eight people of each of three agencies, as a spreadsheet of an office has them: not with our headings.
fn staff() -> String {
    let mut csv = "Agency;Payroll number;E-mail;Language\r\n".to_owned();
    for (agency, from) in [("LAB", 0), ("DOT", 8), ("REV", 16)] {
        for number in from..from + 8 {
            let language = if number % 4 == 3 { "es" } else { "en" };
            csv.push_str(&format!(
                "{agency};{number};staff{number}@mail.gov;{language}\r\n"
            ));
        }
    }
    csv
}

const LEADERS: &str = "agency,person,name,email,language\n\
    LAB,l1,Ana Núñez,ana@mail.gov,en\nLAB,l2,Bo Lee,bo@mail.gov,en\nDOT,l3,Cy Moe,cy@mail.gov,es\n\
    DOT,l4,Di Roe,di@mail.gov,en\nREV,l5,Ed Fox,ed@mail.gov,en\nREV,l6,Flo Day,flo@mail.gov,en\n";

struct Story {
    app: TestApp,
    mail: MailServer,
    /// The office's.
    browser: Browser,
    /// A respondent's.
    phone: Browser,
    folder: TempDir,
}

#[tokio::test]
async fn a_yearly_survey_goes_from_a_new_version_to_the_reply_to_a_leader() {
    let mail = MailServer::start();
    let app = TestApp::that_mails(relay(&mail, 4, 10)).await;
    seeded(&app).await;
    app.add_user(APPROVER, &["approver"]).await;
    let story = Story {
        app,
        mail,
        browser: Browser::open(Wish {
            scripts: false,
            dark: false,
        })
        .await,
        phone: Browser::open(Wish {
            scripts: true,
            dark: false,
        })
        .await,
        folder: tempfile::tempdir().unwrap(),
    };
    story.the_designer_is_warned_of_the_break().await;
    story.somebody_else_approves_and_it_is_published().await;
    story.the_round_is_planned().await;
    story.the_rosters_are_looked_at_and_imported().await;
    story.the_promise_is_read_before_it_is_made().await;
    story.invitations_are_ordered_and_the_round_opens().await;
    let links = story.thirty_people_have_a_mail().await;
    let answered = story.some_answer(&links).await;
    story.people_are_given_more_time().await;
    story.the_others_are_reminded(&links, &answered).await;
    story.it_closes_is_sealed_and_published().await;
    story.leadership_reads_where_the_line_broke().await;
    story.the_manager_replies_to_the_leader().await;
    story.who_did_what_is_in_the_audit_log().await;
    story.browser.close().await;
    story.phone.close().await;
}

impl Story {
    async fn go(&self, path: &str) {
        self.browser.page().goto(&self.app.url(path)).await.unwrap();
    }

    async fn click(&self, selector: &str) {
        click(self.browser.page(), selector).await;
    }

    async fn types(&self, selector: &str, words: &str) {
        type_into(self.browser.page(), selector, words).await;
    }

    async fn selects(&self, name: &str, value: &str) {
        select(self.browser.page(), name, value).await;
    }

    async fn reads(&self, selector: &str) -> String {
        wait(self.browser.page(), selector).await;
        text(self.browser.page(), selector).await
    }

    async fn waits_for(&self, selector: &str, told: &str) {
        waits_for(self.browser.page(), selector, told).await;
    }

    /// Everything that waits in the outbox is handed to the mail server, as the server does by itself every few seconds.
    async fn the_post_goes_out(&self) {
        self.app.app.post.pass(&Stop::default()).await.unwrap();
    }

    async fn the_designer_is_warned_of_the_break(&self) {
        sign_in(&self.browser, &self.app, DESIGNER).await;
        self.go(&format!("{EDIT}/item?of=trust-cost")).await;
        self.types(
            "[name='text.en']",
            "I can see what each service of the office costs us.",
        )
        .await;
        self.types(
            "[name='text.es']",
            "Puedo ver lo que nos cuesta cada servicio de la oficina.",
        )
        .await;
        self.types("[name='wording']", "3").await;
        self.selects("previous", "new").await;
        self.click("main form button[type=submit]").await;
        self.waits_for("#item-trust-cost", "what each service of the office costs us")
            .await;
        self.waits_for("#item-trust-cost", "lo que nos cuesta cada servicio")
            .await;

        // One new question of nine does not end a line ...
        self.go(REVIEW).await;
        let trust = "section[aria-label='Trust']";
        let before = self.reads(trust).await;
        assert!(
            before.contains("The line goes on, on the 8 questions"),
            "{before}"
        );

        // ... but with a whole part gone, too little of the index is left to compare.
        self.go(&format!("{EDIT}/index?of=trust")).await;
        for name in ["part_2", "part_2_title.en", "part_2_title.es"] {
            self.types(&format!("[name='{name}']"), "").await;
        }
        for item in ["trust-mission", "trust-listens", "trust-cares"] {
            self.selects(&format!("of_{item}"), "").await;
        }
        self.click("main form button[type=submit]").await;
        self.waits_for("#index-trust", "(3)").await;
        self.go(REVIEW).await;
        let after = self.reads(trust).await;
        assert!(after.contains("break"), "{after}");
        assert!(after.contains("The line ends, and a new one begins"), "{after}");
        let drawn = self.reads(&format!("{trust} figure")).await;
        assert!(drawn.contains("ends here"), "{drawn}");
        let other = self.reads("section[aria-label='Collaboration']").await;
        assert!(other.contains("The line goes on. All"), "{other}");
    }

    async fn somebody_else_approves_and_it_is_published(&self) {
        let page = self.browser.page();
        let publish = "form[action$='/publish'] button";
        let approval = self.reads("#approval").await;
        assert!(
            approval.contains("before somebody else than its author has"),
            "{approval}"
        );
        assert!(page.find(Locator::Css(publish)).await.is_err());

        sign_in(&self.browser, &self.app, APPROVER).await;
        self.go(REVIEW).await;
        self.types("#note", "We want to know what people see of costs.")
            .await;
        self.click("form[action$='/approve'] button").await;
        self.waits_for("#approval", "approved exactly this").await;

        sign_in(&self.browser, &self.app, DESIGNER).await;
        self.go(REVIEW).await;
        self.click(publish).await;
        self.waits_for("main", "Version 3").await;
    }

    async fn the_round_is_planned(&self) {
        self.go("/rounds/new").await;
        self.types("#id", "partnership-next").await;
        self.types("#title", "Partnership survey, the next").await;
        self.selects("what", "agency-partnership@3").await;
        self.types("#audience_2", "leaders").await;
        self.types("#audience_2_title", "Directors and IT managers").await;
        self.selects("audience_2_mode", "attributed").await;
        self.click("main form button[type=submit]").await;
        self.is_at("Rosters").await;
        let nobody = self.reads("section[aria-labelledby='audience-leaders']").await;
        assert!(nobody.contains("Nobody is invited yet."), "{nobody}");
    }

    /// Where in the planning this is.
    async fn is_at(&self, step: &str) {
        self.waits_for(".steps [aria-current=step]", step).await;
    }

    async fn the_rosters_are_looked_at_and_imported(&self) {
        self.sends_roster("staff", &staff()).await;
        self.waits_for("h1", "Look at the roster").await;
        let wrong = self.reads("main").await;
        assert!(
            wrong.contains("stand in the way") || wrong.contains("stands in the way"),
            "{wrong}"
        );
        // Which number the person's column has, nobody but the designer can know.
        self.click("select[aria-label='Payroll number is taken as'] option[value=person]")
            .await;
        self.click("form[action$='/columns'] button").await;
        self.waits_for("main", "24 people of 3 agencies would be invited")
            .await;
        let changes = self.reads("main dl.facts").await;
        assert!(changes.contains("Join\n24"), "{changes}");
        self.click("form[action$='/import'] button[value=none]").await;
        self.waits_for(
            "section[aria-labelledby='audience-staff']",
            "24 people are invited.",
        )
        .await;

        self.sends_roster("leaders", LEADERS).await;
        self.waits_for("main", "6 people of 3 agencies would be invited")
            .await;
        self.click("form[action$='/import'] button[value=none]").await;
        self.waits_for(
            "section[aria-labelledby='audience-leaders']",
            "6 people are invited.",
        )
        .await;
        self.is_at("Rosters").await;
    }

    async fn the_promise_is_read_before_it_is_made(&self) {
        self.click("main p > a.button").await;
        self.is_at("When").await;
        self.picks("closes_at", &keys(PROMISED), "0600PM").await;
        // Back and forth again: what was typed is there.
        self.click("button[name=go][value=back]").await;
        self.is_at("Rosters").await;
        self.click("main p > a.button").await;
        self.is_at("When").await;
        let kept = self.value("closes_at").await;
        assert_eq!(kept, format!("{}T18:00", day(PROMISED)));
        self.click("button[name=go][value=next]").await;
        self.is_at("The promise").await;
        self.types("#least_respondents", "5").await;
        self.click("button[name=go][value=here]").await;
        self.waits_for("section[aria-labelledby='promise-staff']", "at least 5 people")
            .await;
        let staff = self.reads("section[aria-labelledby='promise-staff']").await;
        assert!(
            staff.contains("Nobody, including the people who run this system"),
            "{staff}"
        );
        let leaders = self.reads("section[aria-labelledby='promise-leaders']").await;
        assert!(leaders.contains("Your answers bear your name"), "{leaders}");
        self.click("button[name=go][value=next]").await;
        self.is_at("Invitations and reminders").await;
    }

    /// Types a day and a time of day into a field of the browser's own.
    async fn picks(&self, name: &str, day: &str, time: &str) {
        let field = format!("input[name='{name}']");
        wait(self.browser.page(), &field).await;
        let field = self.browser.page().find(Locator::Css(&field)).await.unwrap();
        let keys = format!("{day}{}{time}", char::from(Key::Tab));
        field.send_keys(&keys).await.unwrap();
    }

    async fn value(&self, name: &str) -> String {
        let field = format!("input[name='{name}']");
        let found = self.browser.page().find(Locator::Css(&field)).await.unwrap();
        found.prop("value").await.unwrap().unwrap_or_default()
    }

    async fn sends_roster(&self, audience: &str, csv: &str) {
        let file = self.folder.path().join(format!("{audience}.csv"));
        std::fs::write(&file, csv).unwrap();
        let field = format!("#roster-{audience}");
        wait(self.browser.page(), &field).await;
        let found = self.browser.page().find(Locator::Css(&field)).await.unwrap();
        found.send_keys(file.to_str().unwrap()).await.unwrap();
        self.click(&format!(
            "button[formaction$='/audiences/{audience}/roster/look']"
        ))
        .await;
    }

    async fn invitations_are_ordered_and_the_round_opens(&self) {
        self.orders("invitation", "Invitation").await;
        self.the_post_goes_out().await;
        assert!(
            self.mail.taken().is_empty(),
            "nobody is written to before the round opens"
        );

        self.click(&format!(".steps a[href='{ROUND}']")).await;
        self.waits_for("ol.outline", "One mail to Directors and IT managers is planned")
            .await;
        self.takes("open", "open").await;
        let facts = self.reads("main dl.facts").await;
        assert!(facts.contains("frozen; SHA-256"), "{facts}");
    }

    /// A mailing to both audiences.
    async fn orders(&self, kind: &str, shown: &str) {
        for audience in ["staff", "leaders"] {
            self.go(&format!("{ROUND}/mail")).await;
            self.selects("audience", audience).await;
            self.selects("kind", kind).await;
            self.click("form[action$='/mail'] button").await;
            self.waits_for("main table", &format!("{shown} {audience}")).await;
        }
    }

    /// A step that cannot be undone: without the tick it is not taken.
    async fn takes(&self, verb: &str, state: &str) {
        self.go(ROUND).await;
        let form = format!("form[action='{ROUND}/{verb}']");
        self.click(&format!("{form} input[name=sure]")).await;
        self.click(&format!("{form} button")).await;
        self.waits_for("h1 .chip", state).await;
    }

    /// Everybody's link, by address.
    async fn thirty_people_have_a_mail(&self) -> BTreeMap<String, String> {
        self.the_post_goes_out().await;
        let mails = self.mail.taken();
        assert_eq!(mails.len(), 30);
        let links: BTreeMap<String, String> = mails
            .iter()
            .map(|mail| (mail.to.clone(), mail.link("/i/")))
            .collect();
        assert_eq!(links.len(), 30, "one mail for everybody");
        assert_eq!(
            links.values().collect::<BTreeSet<_>>().len(),
            30,
            "a link of one's own"
        );
        let to = |address: &str| -> Taken { self.mail.to(address).remove(0) };
        assert!(
            to("staff0@mail.gov").text().contains("anonymous"),
            "{}",
            to("staff0@mail.gov").text()
        );
        assert!(
            to("staff3@mail.gov").text().contains("anónim"),
            "{}",
            to("staff3@mail.gov").text()
        );
        assert!(
            to("ana@mail.gov").text().contains("Ana Núñez"),
            "{}",
            to("ana@mail.gov").text()
        );
        links
    }

    /// Two in the browser, each in the way of their audience; the others as programs do. Returns who did.
    async fn some_answer(&self, links: &BTreeMap<String, String>) -> BTreeSet<String> {
        self.a_person_answers_in_a_way_nobody_can_link(&links["staff0@mail.gov"])
            .await;
        self.a_leader_answers_by_name(&links["ana@mail.gov"]).await;
        let mut answered = BTreeSet::from(["staff0@mail.gov".to_owned(), "ana@mail.gov".to_owned()]);
        for number in 1..16 {
            let address = format!("staff{number}@mail.gov");
            self.answers(&links[&address], 2 + number % 4).await;
            answered.insert(address);
        }
        for address in ["bo@mail.gov", "cy@mail.gov", "di@mail.gov"] {
            self.answers(&links[address], 4).await;
            answered.insert(address.to_owned());
        }
        // The office sees how it goes, and nothing of what was said.
        sign_in(&self.browser, &self.app, DESIGNER).await;
        self.go(&format!("{ROUND}/field")).await;
        let board = self.reads("main").await;
        assert!(board.contains("answered, of 24 invited"), "{board}");
        assert!(board.contains("15"), "{board}");
        assert!(!board.contains("16"), "exact counts are told to nobody: {board}");
        answered
    }

    async fn a_person_answers_in_a_way_nobody_can_link(&self, link: &str) {
        let page = self.phone.page();
        page.goto(link).await.unwrap();
        click(page, "#claim").await;
        for number in 1..=5 {
            self.phone.arrives_at(&format!("Page {number} of 5")).await;
            self.marks_all("4").await;
            click(page, "#next").await;
        }
        self.phone.arrives_at("Check your answers").await;
        click(page, "#send").await;
        wait(page, "#token").await;
    }

    async fn a_leader_answers_by_name(&self, link: &str) {
        let page = self.phone.page();
        page.goto(link).await.unwrap();
        let promise = text(page, "main").await;
        assert!(
            promise.contains("You are asked as a leader of your agency"),
            "{promise}"
        );
        click(page, "button[name=go][value=start]").await;
        for number in 1..=5 {
            self.phone.arrives_at(&format!("Page {number} of 5")).await;
            self.marks_all("1").await;
            click(page, "button[name=go][value=next]").await;
        }
        self.phone.arrives_at("Check your answers").await;
        click(page, "button[name=go][value=send]").await;
        self.phone.arrives_at("Thank you").await;
    }

    /// The same point for every question of the page that is on a scale and can be seen.
    async fn marks_all(&self, point: &str) {
        let all = format!("input[type=radio][value='{point}']");
        let found = self.phone.page().find_all(Locator::Css(&all)).await.unwrap();
        for choice in found {
            if choice.is_displayed().await.unwrap() {
                choice.click().await.unwrap();
            }
        }
    }

    async fn answers(&self, link: &str, point: u8) {
        let code = link.rsplit('/').next().unwrap();
        let items = [
            "overall-trust",
            "trust-delivers",
            "trust-dependable",
            "trust-secure",
            "trust-promises",
            "trust-cost",
            "trust-problems",
            "collab-voice",
            "collab-roles",
            "collab-control",
            "collab-benefit",
            "collab-part",
        ];
        let answers: BTreeMap<&str, u8> = items.into_iter().map(|item| (item, point)).collect();
        let request = self
            .app
            .anonymous()
            .api(reqwest::Method::POST, "/api/v1/rounds/partnership-next/responses")
            .header("Idempotency-Key", format!("key-of-{code}"))
            .json(&json!({ "invitation": code, "answers": answers }));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 201, "{answer}");
    }

    async fn people_are_given_more_time(&self) {
        self.go(ROUND).await;
        self.picks("closes_at", &keys(PROMISED - 1), "0600PM").await;
        self.click(&format!("form[action='{ROUND}/extend'] input[name=sure]"))
            .await;
        self.click(&format!("form[action='{ROUND}/extend'] button")).await;
        self.waits_for(".error-summary", "nobody loses time that was promised")
            .await;
        assert_eq!(
            self.value("closes_at").await,
            format!("{}T18:00", day(PROMISED - 1)),
            "what was typed stays"
        );
        self.picks("closes_at", &keys(LATER), "0600PM").await;
        self.click(&format!("form[action='{ROUND}/extend'] input[name=sure]"))
            .await;
        self.click(&format!("form[action='{ROUND}/extend'] button")).await;
        self.waits_for("main dl.facts", "people were given more time")
            .await;
    }

    async fn the_others_are_reminded(&self, links: &BTreeMap<String, String>, answered: &BTreeSet<String>) {
        self.orders("reminder", "Reminder 1").await;
        let before = self.mail.taken().len();
        self.the_post_goes_out().await;
        let reminders = self.mail.taken().split_off(before);
        let reminded: BTreeSet<String> = reminders.iter().map(|mail| mail.to.clone()).collect();
        assert_eq!(reminders.len(), reminded.len(), "nobody is reminded twice");
        let missing: BTreeSet<String> = links
            .keys()
            .filter(|to| !answered.contains(*to))
            .cloned()
            .collect();
        assert_eq!(reminded, missing, "exactly those who have not answered");
        for mail in &reminders {
            assert_eq!(
                &mail.link("/i/"),
                &links[&mail.to],
                "the link of before still works"
            );
            let told = mail.text();
            assert!(
                told.contains(&day(LATER).to_string()) && told.contains(&day(PROMISED).to_string()),
                "both ends are told: {told}"
            );
        }
        self.answers(&links["staff20@mail.gov"], 5).await;
        self.answers(&links["ed@mail.gov"], 5).await;
    }

    async fn it_closes_is_sealed_and_published(&self) {
        let leader = crate::support::Person::signed_in(&self.app, LEADER).await;
        let result = "/results/partnership-next";
        assert_eq!(
            leader.page(result).await.status,
            404,
            "no result of an open round"
        );
        self.takes("close", "closed").await;
        let late = self.app.anonymous().page("/s/partnership-next").await;
        assert!(!late.text.contains("type=\"radio\""), "{late}");
        self.takes("seal", "sealed").await;
        assert_eq!(
            leader.page(result).await.status,
            404,
            "nor before it is published"
        );
        self.takes("publish", "published").await;
        assert_eq!(leader.page(result).await.status, 200);
    }

    async fn leadership_reads_where_the_line_broke(&self) {
        sign_in(&self.browser, &self.app, LEADER).await;
        self.go("/results/partnership-next").await;
        let trust = self.reads("section[aria-labelledby='state-trust']").await;
        assert!(
            trust.contains("Not compared: the survey changed too much"),
            "{trust}"
        );
        assert!(trust.contains("only 5 of 9 former"), "{trust}");
        let other = self.reads("section[aria-labelledby='state-collaboration']").await;
        assert!(!other.contains("the survey changed too much"), "{other}");
        let said = self.reads("main").await;
        assert!(said.contains("17 of 24"), "{said}");
    }

    async fn the_manager_replies_to_the_leader(&self) {
        self.the_post_goes_out().await;
        sign_in(&self.browser, &self.app, MANAGER).await;
        self.go("/follow-ups").await;
        let list = self.reads("main table").await;
        assert!(list.contains("Ana Núñez"), "{list}");
        assert!(
            !list.contains("Cy Moe"),
            "content people, and those of other agencies, are not in it: {list}"
        );
        let row = "//tr[contains(., 'Ana Núñez')]//a";
        let link = self.browser.page().find(Locator::XPath(row)).await.unwrap();
        link.click().await.unwrap();
        self.waits_for("main", "why this is here").await;
        self.selects("kind", "reply").await;
        self.types("[name=note]", "Called her: we meet on Tuesday, at her office.")
            .await;
        self.click("main form:first-of-type button").await;
        self.waits_for("main ol", "we meet on Tuesday").await;
        self.waits_for("dl.facts", "First reply after").await;
        self.selects("state", "done").await;
        self.click("main form:last-of-type button").await;
        self.waits_for("h1 .chip", "done").await;
    }

    async fn who_did_what_is_in_the_audit_log(&self) {
        let entries = self
            .app
            .read(|conn| rapport::identity::audit::list(conn, None, 200))
            .await;
        let did = |who: &str, action: &str| {
            let mut found = entries.iter().filter(|entry| entry.actor == who);
            found.any(|entry| entry.action == action)
        };
        assert!(did(APPROVER, "survey.approve"));
        for action in [
            "survey.save-draft",
            "survey.publish",
            "round.create",
            "round.edit",
            "roster.import",
            "round.open",
            "round.extend",
            "round.close",
            "round.seal",
            "round.publish",
        ] {
            assert!(did(DESIGNER, action), "{action}: {entries:?}");
        }
        let told = format!("{entries:?}");
        for kept_out in ["staff0@mail.gov", "ana@mail.gov", "we meet on Tuesday"] {
            assert!(!told.contains(kept_out), "{kept_out} is no matter of the log");
        }
    }
}
